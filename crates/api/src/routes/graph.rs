//! The graph as one document.

use leadline_engine::{Engine, Input, Output};
use leadline_model::{Change, Definition, Edge, NodeId, Settings, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::nodes::NodeBody;
use super::workflows::{self, definition_version};
use crate::ask::Ask;
use crate::{ApiError, Desk, Reply, Write, body};

/// The graph of a workflow.
pub(super) fn graph<'e>(engine: &'e Engine, id: &WorkflowId) -> Result<&'e Definition, ApiError> {
    Ok(engine.definition(id)?.0)
}

/// Refuses a body that names a node which is not in the graph.
pub(super) fn must_exist(graph: &Definition, field: &str, id: &NodeId) -> Result<(), ApiError> {
    match graph.node(id) {
        Some(_) => Ok(()),
        None => {
            let message = format!("`{field}`: the node {id} does not exist in this workflow.");
            Err(ApiError::unknown("unknown_node", message))
        }
    }
}

pub(crate) fn definition(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let (definition, revision, _) = desk.engine().definition(&ask.workflow_id()?)?;
    Ok(Reply::ok(definition).version(definition_version(revision)))
}

/// As [`workflows::guard`], for writes of a whole graph: whoever is refused is told the present version.
fn guard(ask: &Ask, engine: &Engine, id: &WorkflowId) -> Result<(), ApiError> {
    let guarded = workflows::guard(ask, engine, id);
    guarded.or_else(|error| match error.status {
        412 => {
            let (_, revision, _) = engine.definition(id)?;
            let etag = Some(definition_version(revision));
            Err(ApiError { etag, ..error })
        }
        _ => Err(error),
    })
}

#[derive(Deserialize)]
struct DefinitionBody {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    nodes: Vec<NodeBody>,
    #[serde(default)]
    edges: Vec<Edge>,
}

pub(crate) fn replace(ask: Ask) -> Result<Write, ApiError> {
    let new: DefinitionBody = ask.body()?;
    let nodes = new.nodes.into_iter().enumerate();
    let nodes = nodes.map(|(index, node)| named(node, &format!("nodes[{index}]")));
    let definition = Definition {
        title: new.title,
        description: new.description,
        settings: new.settings,
        nodes: nodes.collect::<Result<_, _>>()?,
        edges: new.edges,
    };
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::ReplaceDefinition {
                workflow_id,
                definition,
            })
        },
        move |engine, _| {
            let (definition, revision, _) = engine.definition(&id)?;
            Ok(Reply::ok(definition).version(definition_version(revision)))
        },
    ))
}

/// A node that has to bring its id; `place` is where it lies in the body.
fn named(mut node: NodeBody, place: &str) -> Result<leadline_model::Node, ApiError> {
    let missing = || ApiError::invalid(vec![format!("`{place}.id` is missing.")]);
    let id = node.id.take().ok_or_else(missing)?;
    node.node(id, &format!("{place}.config"))
}

#[derive(Deserialize)]
struct PatchBody {
    changes: Vec<Map<String, Value>>,
}

/// A change as its schema says, with precise words about what only the types know.
fn change(mut fields: Map<String, Value>, place: &str) -> Result<Change, ApiError> {
    let kind = fields.remove("change").unwrap_or_default();
    match kind.as_str() {
        Some("put_node") => {
            let place = format!("{place}.node");
            let node = fields.remove("node").unwrap_or_default();
            let node = named(body::typed_at(&place, node)?, &place)?;
            Ok(Change::PutNode { node })
        }
        _ => {
            fields.insert("change".to_owned(), kind);
            body::typed_at(place, Value::Object(fields))
        }
    }
}

#[derive(Serialize)]
struct Patched {
    revision: u64,
    digest: String,
    valid: bool,
}

pub(crate) fn patch(ask: Ask) -> Result<Write, ApiError> {
    let PatchBody { changes } = ask.body()?;
    let changes = changes.into_iter().enumerate();
    let changes = changes.map(|(index, fields)| change(fields, &format!("changes[{index}]")));
    let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        move |engine, output| {
            let Output::Edited { findings, .. } = output else {
                return Err(ApiError::fault());
            };
            let (definition, revision, _) = engine.definition(&id)?;
            let patched = Patched {
                revision,
                digest: definition.digest(),
                valid: findings.valid,
            };
            Ok(Reply::ok(&patched).version(definition_version(revision)))
        },
    ))
}

/// What an edit changed.
pub(super) fn edited(output: Output) -> Vec<Change> {
    match output {
        Output::Edited { changes, .. } => changes,
        _ => Vec::new(),
    }
}
