//! The layer over the canvas: one element for each visible node, handle and edge, transparent, named
//! for assistive technology, reachable by keyboard, with exactly the box of what is painted below.
//!
//! The layer is in world coordinates and moved as a whole; elements are made and removed only when
//! something comes into or goes out of view. Handles and edges stand around a point and are never
//! smaller than 24 pixels on the screen, which the style sees to.

use std::collections::HashMap;

use leadline_designer::{Editor, HandleRef, Point, Rect, Scene, SceneEdge, SceneNode};
use leadline_model::{EdgeId, NodeId};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::live::Live;

/// Nodes with elements at once; further ones are reached through the outline.
const MAX_NODES: usize = 200;
/// The least width of an edge's element.
const EDGE: f64 = 24.0;

/// What stands behind an element.
#[derive(Debug, Clone, PartialEq)]
pub enum Behind {
    /// A node.
    Node(NodeId),
    /// An output.
    Handle(HandleRef),
    /// An edge.
    Edge(EdgeId),
}

struct NodeElements {
    node: Placed,
    handles: Vec<(HandleRef, Placed)>,
}

/// An element with what it was last told, to tell it only what is new.
struct Placed {
    element: HtmlElement,
    rect: Rect,
    name: String,
    round: u64,
}

impl Placed {
    fn new(tag: &str, class: &str) -> Option<Placed> {
        let element: HtmlElement = document().create_element(tag).ok()?.dyn_into().ok()?;
        element.set_class_name(class);
        if tag == "button" {
            // Attributes with plain names and values are always accepted, here and below.
            drop(element.set_attribute("type", "button"));
        } else {
            drop(element.set_attribute("role", "group"));
            element.set_tab_index(0);
        }
        Some(Placed {
            element,
            rect: Rect::default(),
            name: String::new(),
            round: 0,
        })
    }

    fn tell(&mut self, name: String, rect: Rect) {
        if self.name != name {
            drop(self.element.set_attribute("aria-label", &name));
            self.name = name;
        }
        if self.rect != rect {
            let style = self.element.style();
            let set = |property: &str, value: f64| {
                drop(style.set_property(property, &format!("{value}px")));
            };
            set("left", rect.x);
            set("top", rect.y);
            // What stands around a point has its size from the style.
            if rect.w > 0.0 {
                set("width", rect.w);
            }
            if rect.h > 0.0 {
                set("height", rect.h);
            }
            self.rect = rect;
        }
    }
}

/// The elements that stand at present.
#[derive(Default)]
pub struct Overlay {
    nodes: HashMap<NodeId, NodeElements>,
    edges: HashMap<EdgeId, Placed>,
    round: u64,
}

impl Overlay {
    /// Brings the layer in line with what is visible. The element that has the focus stays where it
    /// is, whatever its order, even out of view. Returns whether what had the focus was deleted.
    pub fn sync(
        &mut self,
        layer: &HtmlElement,
        editor: &Editor,
        scene: &Scene<'_>,
        live: &Live,
        focused: Option<&Element>,
    ) -> bool {
        self.round += 1;
        let mut order = Vec::new();
        for node in scene.nodes.iter().take(MAX_NODES) {
            if let Some(element) = self.sync_node(editor, node, live) {
                order.push(element);
            }
        }
        for edge in scene.edges.iter().take(2 * MAX_NODES) {
            if let Some(element) = self.sync_edge(editor, edge, live) {
                order.push(element);
            }
        }
        let lost = self.remove_unseen(editor, focused);
        put_in_order(layer, &order, focused);
        lost
    }

    fn sync_node(
        &mut self,
        editor: &Editor,
        node: &SceneNode<'_>,
        live: &Live,
    ) -> Option<HtmlElement> {
        let id = &node.node.id;
        if !self.nodes.contains_key(id) {
            let new = Placed::new("div", "c-node")?;
            self.nodes.insert(
                id.clone(),
                NodeElements {
                    node: new,
                    handles: Vec::new(),
                },
            );
        }
        let entry = self.nodes.get_mut(id)?;
        entry.node.round = self.round;
        let leads = live.on.then(|| live.nodes.get(id).map_or(0, |at| at.here));
        entry.node.tell(editor.node_name(id, leads), node.rect);
        let selected = if node.selected { "true" } else { "false" };
        drop(entry.node.element.set_attribute("data-selected", selected));
        let corner = Point::new(node.rect.x, node.rect.y);
        let wanted: Vec<HandleRef> = node
            .handles
            .iter()
            .map(|h| HandleRef::new(id, h.label.as_deref()))
            .collect();
        entry.handles.retain(|(handle, placed)| {
            let stays = wanted.contains(handle);
            if !stays {
                placed.element.remove();
            }
            stays
        });
        for (handle, shown) in wanted.into_iter().zip(node.handles) {
            let at = shown.at.minus(corner);
            let rect = Rect::new(at.x, at.y, 0.0, 0.0);
            let name = editor.handle_name(&handle);
            match entry.handles.iter_mut().find(|(known, _)| *known == handle) {
                Some((_, placed)) => placed.tell(name, rect),
                None => {
                    let mut placed = Placed::new("button", "c-handle")?;
                    placed.tell(name, rect);
                    // A parent that stands takes any child.
                    drop(entry.node.element.append_child(&placed.element));
                    entry.handles.push((handle, placed));
                }
            }
        }
        Some(entry.node.element.clone())
    }

    fn sync_edge(
        &mut self,
        editor: &Editor,
        edge: &SceneEdge<'_>,
        live: &Live,
    ) -> Option<HtmlElement> {
        let id = &edge.edge.id;
        if !self.edges.contains_key(id) {
            self.edges
                .insert(id.clone(), Placed::new("button", "c-edge")?);
        }
        let placed = self.edges.get_mut(id)?;
        placed.round = self.round;
        let mut name = editor.edge_name(id);
        if let Some((count, share)) = live.edges.get(id) {
            let count = crate::format::count(*count, "lead", "leads");
            name = format!("{name}, {count}, {}.{} %", share / 10, share % 10);
        }
        let width = edge.edge.label.as_deref().map_or(EDGE, |label| {
            (label.chars().count() as f64 * 7.0 + 14.0).clamp(EDGE, 160.0)
        });
        let at = edge.path.label_at;
        placed.tell(name, Rect::new(at.x, at.y, width, 0.0));
        Some(placed.element.clone())
    }

    fn remove_unseen(&mut self, editor: &Editor, focused: Option<&Element>) -> bool {
        let round = self.round;
        let mut lost = false;
        let mut stays = |placed: &Placed, exists: bool| {
            let has_focus = focused.is_some_and(|f| placed.element.contains(Some(f)));
            let stays = placed.round == round || (has_focus && exists);
            if !stays {
                lost |= has_focus;
                placed.element.remove();
            }
            stays
        };
        let exists = |id: &NodeId| editor.node_rect(id).is_some();
        self.nodes
            .retain(|id, entry| stays(&entry.node, exists(id)));
        let exists = |id: &EdgeId| editor.definition().edge(id).is_some();
        self.edges.retain(|id, placed| stays(placed, exists(id)));
        lost
    }

    /// The element of a node.
    pub fn element_of(&self, node: &NodeId) -> Option<HtmlElement> {
        self.nodes.get(node).map(|entry| entry.node.element.clone())
    }

    /// What stands behind an element of the layer.
    pub fn behind(&self, element: &Element) -> Option<Behind> {
        for (id, entry) in &self.nodes {
            if entry.node.element.is_same_node(Some(element)) {
                return Some(Behind::Node(id.clone()));
            }
            for (handle, placed) in &entry.handles {
                if placed.element.is_same_node(Some(element)) {
                    return Some(Behind::Handle(handle.clone()));
                }
            }
        }
        let same = |placed: &Placed| placed.element.is_same_node(Some(element));
        let (id, _) = self.edges.iter().find(|(_, placed)| same(placed))?;
        Some(Behind::Edge(id.clone()))
    }
}

/// Puts the elements into their order with as few moves as possible, so that Tab follows it.
fn put_in_order(layer: &HtmlElement, order: &[HtmlElement], focused: Option<&Element>) {
    let mut next = layer.first_element_child();
    for element in order {
        if next
            .as_ref()
            .is_some_and(|next| next.is_same_node(Some(element)))
        {
            next = next.and_then(|next| next.next_element_sibling());
            continue;
        }
        let holds_focus = focused.is_some_and(|f| element.contains(Some(f)));
        if element.parent_node().is_some() && holds_focus {
            // Moving it would take the focus away.
            continue;
        }
        // The layer takes any child before one of its own.
        drop(layer.insert_before(element, next.as_ref().map(|next| next.as_ref())));
    }
}
