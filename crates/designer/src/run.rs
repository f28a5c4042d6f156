//! Commands: those that edit make a plan and commit it as one step of undo; the others change
//! selection or view at once.

use leadline_model::{Change, NodeId};

use crate::clip;
use crate::editor::Focus;
use crate::edits::{self, GRID, Plan, Planned, Spot};
use crate::graph::Graph;
use crate::history::Step;
use crate::rebase::Turn;
use crate::{Command, Editor, Effect, HandleRef, Point, Selection};

impl Editor {
    pub(crate) fn execute(&mut self, command: Command) {
        match command {
            Command::Undo => self.turn(Turn::Undo),
            Command::Redo => self.turn(Turn::Redo),
            Command::Copy => self.copy(),
            Command::SelectAll
            | Command::Select { .. }
            | Command::RevealNode(_)
            | Command::RevealEdge(_) => self.select_by(command),
            Command::ZoomIn
            | Command::ZoomOut
            | Command::ZoomReset
            | Command::ZoomFit
            | Command::CenterOn(_)
            | Command::PanBy(_) => self.view_by(&command),
            Command::ToggleLock => {
                self.cancel_gesture();
                self.locked = !self.locked;
                self.why_locked.clear();
                self.show_selection();
            }
            edit => self.edit(edit),
        }
    }

    fn edit(&mut self, command: Command) {
        if self.refuse_when_locked() {
            return;
        }
        self.cancel_gesture();
        let cut = matches!(command, Command::Cut);
        let added = matches!(command, Command::AddNode { .. });
        let tidied = command == Command::Tidy;
        let planned = self.plan(command);
        if cut && planned.is_ok() && !self.selection.nodes.is_empty() {
            self.copy();
        }
        let added = added && planned.is_ok();
        self.commit(planned);
        if tidied {
            self.keep_in_view();
        }
        let newest = self.graph.nodes().last().map(|node| node.id.clone());
        if let Some(node) = newest.filter(|id| added && self.selection.nodes.contains(id)) {
            // Only what is in view can take the focus.
            if self
                .node_rect(&node)
                .is_some_and(|rect| self.viewport.pan_to(rect))
            {
                self.view_changed();
            }
            self.emit(Effect::Focus(node));
        }
    }

    /// Whether edits are refused just now; says so.
    pub(crate) fn refuse_when_locked(&mut self) -> bool {
        if self.locked {
            let why = match self.why_locked.as_str() {
                "" => "The graph is locked against edits.",
                why => why,
            };
            self.emit(Effect::Refused(why.to_owned()));
        }
        self.locked
    }

    fn plan(&mut self, command: Command) -> Planned {
        let (graph, ids) = (&self.graph, &mut self.ids);
        match command {
            Command::AddNode {
                node_type,
                at,
                from,
            } => {
                let spot = match (at, &from) {
                    (Some(at), _) => Spot::At(at),
                    (None, Some(from)) => Spot::Near(beside(graph, from)?),
                    (None, None) => Spot::Near(self.viewport.world_rect().center()),
                };
                edits::add_node(graph, ids, node_type, spot, from.as_ref())
            }
            Command::Delete | Command::Cut => edits::delete(graph, &self.selection, false),
            Command::DeleteHealing => edits::delete(graph, &self.selection, true),
            Command::DeleteEdge(edge) => edits::delete_edge(graph, &edge),
            Command::MoveBy { by } => {
                Ok(edits::move_by(graph, &chosen(&self.selection)?, by.sane()))
            }
            Command::Nudge { direction, big } => {
                let step = if big { 4.0 * GRID } else { GRID };
                let by = Point::new(direction.unit().x * step, direction.unit().y * step);
                let plan = edits::move_by(graph, &chosen(&self.selection)?, by);
                Ok(Plan {
                    burst: Some(format!("nudge {:?}", self.selection.nodes)),
                    ..plan
                })
            }
            Command::Duplicate => {
                let clip = clip::of_selection(graph, &self.selection).ok_or(NO_NODE)?;
                let offset = Point::new(edits::COPY_STEP, edits::COPY_STEP);
                let plan = edits::insert_clip(graph, ids, &clip, None, offset);
                Ok(Plan {
                    label: plan.label.replace("Paste", "Duplicate"),
                    ..plan
                })
            }
            Command::Paste { text, at } => {
                let clip = clip::read(&text)?;
                let middle = at.unwrap_or_else(|| self.viewport.world_rect().center());
                Ok(edits::insert_clip(
                    graph,
                    ids,
                    &clip,
                    Some(middle),
                    Point::default(),
                ))
            }
            Command::Connect { from, to } => edits::connect(graph, ids, &from, &to),
            Command::ReconnectFrom { edge, from } => edits::reconnect_from(graph, &edge, &from),
            Command::ReconnectTo { edge, to } => edits::reconnect_to(graph, &edge, &to),
            Command::Splice { node, edge } => edits::splice(graph, ids, &node, &edge),
            Command::Tidy => Ok(edits::tidy(graph)),
            field => plan_field(graph, field),
        }
    }

    fn copy(&mut self) {
        let clip = clip::of_selection(&self.graph, &self.selection);
        match clip.map(|clip| (clip.nodes.len(), serde_json::to_string(&clip))) {
            Some((count, Ok(text))) => {
                let done = format!("Copied {}", edits::count(count, "node"));
                self.emit(Effect::CopyToClipboard { text, done });
            }
            Some((_, Err(error))) => self.emit(Effect::Refused(error.to_string())),
            None => self.emit(Effect::Refused(NO_NODE.to_owned())),
        }
    }

    /// Makes a planned edit, or says why not.
    pub(crate) fn commit(&mut self, planned: Planned) {
        let plan = match planned {
            Ok(plan) => plan,
            Err(reason) => return self.emit(Effect::Refused(reason)),
        };
        let changes: Vec<Change> = plan
            .changes
            .into_iter()
            .filter(|change| differs(&self.graph, change))
            .collect();
        if !changes.is_empty() {
            match self.graph.apply(&changes) {
                Ok(inverse) => {
                    self.emit(Effect::Changed {
                        changes: changes.clone(),
                    });
                    if plan.burst.is_none() {
                        self.emit(Effect::Announce(plan.label.clone()));
                    }
                    let mut step = Step::new(plan.label, changes, inverse);
                    step.burst = plan.burst.map(|field| (field, self.now_ms));
                    self.history.push(step);
                }
                Err(error) => return self.emit(Effect::Refused(format!("Not possible: {error}."))),
            }
        }
        if let Some(selection) = plan.select {
            self.select(selection);
        }
        self.after_change();
    }

    /// Drops from selection and focus what is gone, and brings geometry and gesture up to date.
    pub(crate) fn after_change(&mut self) {
        let graph = &self.graph;
        let before = (self.selection.nodes.len(), self.selection.edges.len());
        self.selection
            .nodes
            .retain(|id| graph.node_index(id).is_some());
        self.selection
            .edges
            .retain(|id| graph.edge_index(id).is_some());
        if before != (self.selection.nodes.len(), self.selection.edges.len()) {
            self.emit(Effect::SelectionChanged);
        }
        let focused = self.focus.as_ref().map(Focus::node);
        if focused.is_some_and(|id| self.graph.node_index(id).is_none()) {
            self.focus = None;
        }
        self.show_selection();
        self.resume_gesture();
    }
}

const NO_NODE: &str = "No node is selected.";

fn chosen(selection: &Selection) -> Result<Vec<NodeId>, String> {
    match selection.nodes.is_empty() {
        true => Err(NO_NODE.to_owned()),
        false => Ok(selection.nodes.iter().cloned().collect()),
    }
}

fn beside(graph: &Graph, from: &HandleRef) -> Result<Point, String> {
    edits::beside(graph, from).ok_or_else(|| "That node is gone.".to_owned())
}

/// Commands that set one field.
fn plan_field(graph: &Graph, command: Command) -> Planned {
    match command {
        Command::SetConfig { node, config } => edits::set_config(graph, &node, config),
        Command::SetLabel { node, label } => edits::set_label(graph, &node, &label),
        Command::SetEdgeLabel { edge, label } => {
            edits::set_edge_label(graph, &edge, label.as_deref())
        }
        Command::SetEntry(node) => edits::set_entry(graph, &node),
        Command::SetTitle(title) => Ok(edits::set_title(title)),
        Command::SetDescription(description) => Ok(edits::set_description(description)),
        Command::SetSettings(settings) => Ok(edits::set_settings(settings)),
        other => Err(format!("{other:?} is no edit.")),
    }
}

/// Whether a change changes anything.
fn differs(graph: &Graph, change: &Change) -> bool {
    let definition = graph.definition();
    match change {
        Change::PutNode { node } => graph.node(&node.id) != Some(node),
        Change::PutEdge { edge, .. } => graph.edge(&edge.id) != Some(edge),
        Change::DeleteNode { id } => graph.node(id).is_some(),
        Change::DeleteEdge { id } => graph.edge(id).is_some(),
        Change::SetTitle { title } => definition.title != *title,
        Change::SetDescription { description } => definition.description != *description,
        Change::SetSettings { settings } => definition.settings != *settings,
    }
}
