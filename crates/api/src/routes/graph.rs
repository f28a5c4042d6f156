//! The graph as one document.

use leadline_engine::{Engine, Input, Output};
use leadline_model::{Change, Definition, Edge, NodeId, Settings, WorkflowId};
use serde::Deserialize;

use super::nodes::NodeBody;
use super::workflows::{definition_version, versions};
use crate::ask::Ask;
use crate::{ApiError, Desk, Reply, Write};

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
    let nodes = new.nodes.into_iter().enumerate().map(|(index, mut node)| {
        let missing = || ApiError::invalid(vec![format!("`nodes[{index}].id` is missing.")]);
        let id = node.id.take().ok_or_else(missing)?;
        node.node(id, &format!("nodes[{index}].config"))
    });
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
            ask.guard(&versions(engine, &workflow_id)?)?;
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

/// What an edit changed.
pub(super) fn edited(output: Output) -> Vec<Change> {
    match output {
        Output::Edited { changes, .. } => changes,
        _ => Vec::new(),
    }
}
