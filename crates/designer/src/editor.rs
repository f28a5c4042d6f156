//! The designer's state machine: its parts and what can be asked of it.

use std::collections::{BTreeMap, HashMap};

use leadline_model::{
    Change, ChangeError, Definition, EdgeId, Finding, Findings, NodeId, Severity,
};

use crate::gesture::Gesture;
use crate::graph::Graph;
use crate::history::{History, Step};
use crate::kept::Kept;
use crate::{
    Command, Cursor, Effect, Event, HandleRef, Ids, Point, Rect, Selection, Target, Viewport,
};

/// How many findings there are about a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NodeMarks {
    /// They block activation.
    pub errors: u32,
    /// They do not.
    pub warnings: u32,
}

/// How many findings there are about an edge.
pub type EdgeMarks = NodeMarks;

/// Where keyboard focus is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Focus {
    Node(NodeId),
    Handle(HandleRef),
}

impl Focus {
    pub fn node(&self) -> &NodeId {
        match self {
            Focus::Node(node) => node,
            Focus::Handle(handle) => &handle.node,
        }
    }
}

/// The designer of one workflow.
#[derive(Debug, Clone)]
pub struct Editor {
    pub(crate) graph: Graph,
    pub(crate) ids: Ids,
    pub(crate) selection: Selection,
    pub(crate) viewport: Viewport,
    /// The size of what lies over the lower right corner of the canvas.
    pub(crate) corner: Point,
    /// The canvas's size is known and the view chosen.
    pub(crate) opened: bool,
    pub(crate) gesture: Gesture,
    pub(crate) history: History,
    pub(crate) kept: Kept,
    pub(crate) locked: bool,
    /// Said to whoever tries to edit all the same.
    pub(crate) why_locked: String,
    pub(crate) focus: Option<Focus>,
    pub(crate) cursor: Cursor,
    /// Where the pointer last was on the canvas.
    pub(crate) pointer: Option<Point>,
    /// Keys have moved the focus since the pointer last moved.
    pub(crate) by_key: bool,
    /// Fingers on the screen.
    pub(crate) fingers: BTreeMap<i32, Point>,
    pub(crate) now_ms: f64,
    pub(crate) node_marks: HashMap<NodeId, NodeMarks>,
    pub(crate) edge_marks: HashMap<EdgeId, EdgeMarks>,
    effects: Vec<Effect>,
}

impl Editor {
    /// Opens a definition. Once [`Event::Resize`] tells the canvas's size the view shows all of it,
    /// or, where that would be too small to read, where leads start.
    pub fn new(definition: Definition, ids: Ids) -> Editor {
        Editor {
            graph: Graph::new(definition),
            ids,
            selection: Selection::default(),
            viewport: Viewport::default(),
            corner: Point::default(),
            opened: false,
            gesture: Gesture::Idle,
            history: History::default(),
            kept: Kept::default(),
            locked: false,
            why_locked: String::new(),
            focus: None,
            cursor: Cursor::Default,
            pointer: None,
            by_key: false,
            fingers: BTreeMap::new(),
            now_ms: 0.0,
            node_marks: HashMap::new(),
            edge_marks: HashMap::new(),
            effects: Vec::new(),
        }
    }

    /// Takes an event and says what to do.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.on_event(event);
        std::mem::take(&mut self.effects)
    }

    /// Runs a command and says what to do. `now_ms` on the clock of the events: bursts of typing
    /// into one field become one step of undo.
    pub fn run(&mut self, command: Command, now_ms: f64) -> Vec<Effect> {
        self.tell_time(now_ms);
        self.execute(command);
        std::mem::take(&mut self.effects)
    }

    /// Adds an effect; one that says no more than another of its kind only once.
    pub(crate) fn emit(&mut self, effect: Effect) {
        let once = matches!(
            effect,
            Effect::Redraw | Effect::ViewChanged | Effect::SelectionChanged | Effect::Consumed
        );
        if !once || !self.effects.contains(&effect) {
            self.effects.push(effect);
        }
    }

    pub(crate) fn tell_time(&mut self, now_ms: f64) {
        if now_ms.is_finite() {
            self.now_ms = now_ms;
        }
    }

    /// The definition as it is now; during a drag as before it.
    pub fn definition(&self) -> &Definition {
        self.graph.definition()
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Pan and zoom.
    pub fn viewport(&self) -> Viewport {
        self.viewport
    }

    /// Takes over a saved pan and zoom.
    pub fn restore_view(&mut self, saved: Viewport) -> Vec<Effect> {
        self.viewport.restore(saved);
        self.opened = true;
        vec![Effect::ViewChanged, Effect::Redraw]
    }

    /// The part of the world that is visible.
    pub fn visible_world_rect(&self) -> Rect {
        self.viewport.world_rect()
    }

    /// A rectangle around the whole graph (the minimap's extent); `None` for an empty one.
    pub fn world_bounds(&self) -> Option<Rect> {
        self.graph.bounds()
    }

    /// The box of a node, for laying panels and badges beside it.
    pub fn node_rect(&self, node: &NodeId) -> Option<Rect> {
        self.graph.box_of(node).map(|node_box| node_box.rect)
    }

    /// Where the label of an edge stands, for laying panels and badges beside it. O(1).
    pub fn edge_place(&self, edge: &EdgeId) -> Option<Point> {
        let path = self.graph.path(self.graph.edge_index(edge)?);
        Some(path.label_at)
    }

    /// The boxes of all nodes, for the minimap.
    pub fn node_rects(&self) -> impl Iterator<Item = (&NodeId, Rect)> {
        let nodes = self.graph.nodes().iter().enumerate();
        nodes.map(|(index, node)| (&node.id, self.graph.node_box(index).rect))
    }

    /// The node leads start at: flagged, or the only one without incoming edges.
    pub fn entry(&self) -> Option<&NodeId> {
        self.graph
            .entry()
            .map(|index| &self.graph.nodes()[index].id)
    }

    /// The mouse cursor as it should be.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// What lies at a screen point: handle, node, edge end or edge, in this order.
    pub fn hit(&self, at: Point) -> Target {
        self.target_at(at, crate::PointerKind::Mouse)
    }

    /// Whether edits are refused (the Simulate page; a workflow that is over).
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// Refuses edits for this reason, or allows them again. Pan, zoom, selection and search always work.
    pub fn set_locked(&mut self, why: Option<String>) -> Vec<Effect> {
        let locked = why.is_some();
        self.why_locked = why.unwrap_or_default();
        if self.locked != locked {
            self.cancel_gesture();
            self.locked = locked;
            self.show_selection();
        }
        std::mem::take(&mut self.effects)
    }

    /// Nodes, edges and entries of the spatial index that were looked at so far: what the editor's work
    /// grows with, the same on every machine.
    pub fn looked_at(&self) -> u64 {
        self.graph.looked_at()
    }

    /// Marks nodes and edges with what validation found.
    pub fn set_findings(&mut self, findings: &Findings) -> Vec<Effect> {
        fn note(marks: &mut NodeMarks, finding: &Finding) {
            match finding.severity {
                Severity::Error => marks.errors += 1,
                Severity::Warning => marks.warnings += 1,
            }
        }
        self.node_marks.clear();
        self.edge_marks.clear();
        for finding in findings.iter() {
            if let Some(id) = &finding.node_id {
                note(self.node_marks.entry(id.clone()).or_default(), finding);
            }
            if let Some(id) = &finding.edge_id {
                note(self.edge_marks.entry(id.clone()).or_default(), finding);
            }
        }
        vec![Effect::Redraw]
    }

    /// What undo would take back, in words such as "Move 2 nodes"; `None`: nothing.
    pub fn undo_label(&self) -> Option<&str> {
        self.history.undo.last().map(|step| step.label.as_str())
    }

    /// What redo would do again.
    pub fn redo_label(&self) -> Option<&str> {
        self.history.redo.last().map(|step| step.label.as_str())
    }

    /// Applies what another tab changed. Undo steps stay; what they would change of entities that
    /// are gone is skipped when its turn comes.
    pub fn apply_remote(&mut self, changes: &[Change]) -> Result<Vec<Effect>, ChangeError> {
        self.graph.apply(changes)?;
        self.history.seal();
        // The other tab keeps its own history in the place of this one's.
        self.history_not_kept();
        self.after_change();
        Ok(std::mem::take(&mut self.effects))
    }

    /// Applies what was done elsewhere because this user asked for it, such as settling a conflict: a step
    /// of undo like any other. It is saved already.
    ///
    /// # Errors
    ///
    /// They do not fit the definition as it is here; nothing was applied.
    pub fn apply_own(
        &mut self,
        label: String,
        changes: &[Change],
    ) -> Result<Vec<Effect>, ChangeError> {
        let inverse = self.graph.apply(changes)?;
        self.history.seal();
        self.history
            .push(Step::new(label, changes.to_vec(), inverse));
        self.after_change();
        Ok(std::mem::take(&mut self.effects))
    }

    /// Opens another version of the definition (it was imported, or an edit was refused). The
    /// history goes; selection and view stay as far as they fit.
    pub fn replace(&mut self, definition: Definition) -> Vec<Effect> {
        self.gesture = Gesture::Idle;
        self.graph = Graph::new(definition);
        self.history = History::default();
        self.after_change();
        std::mem::take(&mut self.effects)
    }
}
