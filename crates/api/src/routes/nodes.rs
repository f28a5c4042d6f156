//! Nodes, one by one.

use leadline_engine::{Engine, EngineError, Input, Output};
use leadline_model::{
    Change, Definition, Node, NodeConfig, NodeId, NodeType, Position, ReadConfig, WorkflowId,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::graph::{edited, graph, must_exist};
use super::workflows::guard;
use crate::ask::{Ask, page_of};
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write, body};

#[derive(Serialize)]
struct NodeView<'e> {
    workflow_id: &'e WorkflowId,
    #[serde(flatten)]
    node: &'e Node,
}

/// A node as a body has it: checked against its schema, the config not yet made a type.
#[derive(Deserialize)]
pub(super) struct NodeBody {
    pub id: Option<NodeId>,
    node_type: NodeType,
    #[serde(default)]
    label: String,
    #[serde(default)]
    position_x: Position,
    #[serde(default)]
    position_y: Position,
    #[serde(default)]
    config: Map<String, Value>,
    #[serde(default)]
    is_entry: bool,
}

impl NodeBody {
    /// The node; `place` is where it lies in the body.
    pub fn node(self, id: NodeId, place: &str) -> Result<Node, ApiError> {
        Ok(Node {
            id,
            config: NodeConfig::read(
                self.node_type,
                Config {
                    place,
                    fields: self.config,
                },
            )?,
            label: self.label,
            position_x: self.position_x,
            position_y: self.position_y,
            is_entry: self.is_entry,
        })
    }
}

/// A config and where it lies in the body.
struct Config<'place> {
    place: &'place str,
    fields: Map<String, Value>,
}

impl ReadConfig for Config<'_> {
    type Error = ApiError;

    fn read<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        body::typed_at(self.place, Value::Object(self.fields))
    }
}

fn node<'e>(engine: &'e Engine, workflow: &WorkflowId, id: &NodeId) -> Result<&'e Node, ApiError> {
    let found = graph(engine, workflow)?.node(id);
    found.ok_or_else(|| EngineError::UnknownNode(id.clone()).into())
}

fn show_node(engine: &Engine, workflow_id: &WorkflowId, id: &NodeId) -> Result<Reply, ApiError> {
    let node = node(engine, workflow_id, id)?;
    Ok(Reply::object(&NodeView { workflow_id, node }))
}

/// A node after an edit, with how many leads keep a wait that was changed, or take the new one.
fn show_edited(
    engine: &Engine,
    workflow_id: &WorkflowId,
    id: &NodeId,
    waiting: u64,
    applied: bool,
) -> Result<Reply, ApiError> {
    let node = node(engine, workflow_id, id)?;
    let view = NodeView { workflow_id, node };
    if waiting == 0 {
        return Ok(Reply::object(&view));
    }
    let mut shown = serde_json::to_value(&view).map_err(|_| ApiError::fault())?;
    shown["waiting_leads"] = serde_json::json!({"leads": waiting, "applied": applied});
    Ok(Reply::ok(&shown).version(etag(&view)))
}

pub(crate) fn list_nodes(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let workflow_id = ask.workflow_id()?;
    let nodes = graph(desk.engine(), &workflow_id)?.nodes.iter();
    let views = nodes.map(|node| NodeView {
        workflow_id: &workflow_id,
        node,
    });
    Ok(Reply::ok(&page_of(views.collect(), ask.page())))
}

pub(crate) fn get_node(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    show_node(desk.engine(), &ask.workflow_id()?, &ask.node_id()?)
}

/// The changes that put a node, taking the entry's flag from the node that has it.
fn put_node(graph: &Definition, node: Node) -> Vec<Change> {
    let entries = graph
        .nodes
        .iter()
        .filter(|other| other.is_entry && other.id != node.id);
    let others = entries.filter(|_| node.is_entry).map(|other| {
        let mut other = other.clone();
        other.is_entry = false;
        Change::PutNode { node: other }
    });
    let mut changes: Vec<Change> = others.collect();
    changes.push(Change::PutNode { node });
    changes
}

pub(crate) fn create_node(ask: Ask) -> Result<Write, ApiError> {
    let mut new: NodeBody = ask.body()?;
    // An id in a body is ignored (SPEC 9); the one that counts is made when the node is.
    new.id = None;
    let unnamed = NodeId::parse("new").map_err(|_| ApiError::fault())?;
    let mut node = new.node(unnamed, "config")?;
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            (node.id, _) = engine.next_ids(&workflow_id)?;
            let changes = put_node(graph(engine, &workflow_id)?, node);
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        move |engine, output| {
            let made = edited(output)
                .into_iter()
                .rev()
                .find_map(|change| match change {
                    Change::PutNode { node } => Some(node.id),
                    _ => None,
                });
            let made = made.ok_or_else(ApiError::fault)?;
            Ok(show_node(engine, &id, &made)?.created(format!("/v1/workflows/{id}/nodes/{made}")))
        },
    ))
}

#[derive(Deserialize)]
struct NodePatch {
    label: Option<String>,
    position_x: Option<Position>,
    position_y: Option<Position>,
    config: Option<Map<String, Value>>,
    is_entry: Option<bool>,
    #[serde(default)]
    apply_to_waiting: bool,
}

pub(crate) fn update_node(ask: Ask) -> Result<Write, ApiError> {
    let mut patch = ask.json()?;
    let new_type = patch
        .as_object_mut()
        .and_then(|fields| fields.remove("node_type"));
    let patch: NodePatch = match &new_type {
        // A patch that only repeats the type changes nothing, and that is fine.
        Some(_) if patch.as_object().is_some_and(Map::is_empty) => body::typed(patch)?,
        _ => body::read("NodePatch", patch)?,
    };
    let (id, node_id) = (ask.workflow_id()?, ask.node_id()?);
    let (workflow_id, same) = (id.clone(), node_id.clone());
    Ok(Write::new(
        move |engine| {
            let old = node(engine, &workflow_id, &node_id)?;
            let view = NodeView {
                workflow_id: &workflow_id,
                node: old,
            };
            ask.guard(|| Ok([etag(&view)]))?;
            let node_type = old.config.node_type();
            let own = serde_json::to_value(node_type).map_err(|_| ApiError::fault())?;
            if new_type.is_some_and(|asked| asked != own) {
                let message =
                    "`node_type`: a node's type never changes; delete the node and add another.";
                return Err(ApiError::bad("type_change", message));
            }
            let mut new = old.clone();
            if let Some(fields) = patch.config {
                let whole = Value::Object(fields.clone());
                body::check_at(config_schema(node_type), &whole, "config")?;
                let place = "config";
                new.config = NodeConfig::read(node_type, Config { place, fields })?;
            }
            new.label = patch.label.unwrap_or(new.label);
            new.position_x = patch.position_x.unwrap_or(new.position_x);
            new.position_y = patch.position_y.unwrap_or(new.position_y);
            new.is_entry = patch.is_entry.unwrap_or(new.is_entry);
            let changes = put_node(graph(engine, &workflow_id)?, new);
            Ok(Input::Edit {
                apply_to_waiting: patch.apply_to_waiting,
                workflow_id,
                changes,
            })
        },
        move |engine, output| {
            let waiting = match output {
                Output::Edited { waiting, .. } => waiting,
                _ => 0,
            };
            show_edited(engine, &id, &same, waiting, patch.apply_to_waiting)
        },
    ))
}

fn config_schema(node_type: NodeType) -> &'static str {
    match node_type {
        NodeType::VoiceCall => "VoiceCallConfig",
        NodeType::Time => "TimeConfig",
        NodeType::Conditional => "ConditionalConfig",
        NodeType::Application => "ApplicationConfig",
        NodeType::Converted | NodeType::Dropped => "TerminalConfig",
    }
}

pub(crate) fn delete_node(ask: Ask) -> Result<Write, ApiError> {
    let (workflow_id, node_id) = (ask.workflow_id()?, ask.node_id()?);
    let unknown = |_| ApiError::invalid(vec!["`move_leads_to` is no id.".to_owned()]);
    let to = ask
        .query("move_leads_to")
        .map(NodeId::parse)
        .transpose()
        .map_err(unknown)?;
    Ok(Write::new(
        move |engine| {
            let old = node(engine, &workflow_id, &node_id)?;
            let view = NodeView {
                workflow_id: &workflow_id,
                node: old,
            };
            ask.guard(|| Ok([etag(&view)]))?;
            let graph = graph(engine, &workflow_id)?;
            if let Some(to_node_id) = to {
                must_exist(graph, "move_leads_to", &to_node_id)?;
                return Ok(Input::DeleteNodeMovingLeads {
                    workflow_id,
                    node_id,
                    to_node_id,
                });
            }
            let touching = graph
                .edges
                .iter()
                .filter(|edge| edge.from_node_id == node_id || edge.to_node_id == node_id);
            let mut changes: Vec<Change> = touching
                .map(|edge| Change::DeleteEdge {
                    id: edge.id.clone(),
                })
                .collect();
            changes.push(Change::DeleteNode { id: node_id });
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        |_, _| Ok(Reply::done("The node was deleted, with its edges.")),
    ))
}
