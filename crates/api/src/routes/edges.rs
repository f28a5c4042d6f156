//! Edges, one by one.

use leadline_engine::{Engine, EngineError, Input};
use leadline_model::{Change, Edge, EdgeId, NodeId, WorkflowId};
use serde::{Deserialize, Serialize};

use super::graph::{edited, graph, must_exist};
use super::workflows::guard;
use crate::ask::{Ask, page_of};
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write, body};

#[derive(Serialize)]
struct EdgeView<'e> {
    workflow_id: &'e WorkflowId,
    #[serde(flatten)]
    edge: &'e Edge,
}

fn edge<'e>(engine: &'e Engine, workflow: &WorkflowId, id: &EdgeId) -> Result<&'e Edge, ApiError> {
    let found = graph(engine, workflow)?.edge(id);
    found.ok_or_else(|| EngineError::UnknownEdge(id.clone()).into())
}

fn show_edge(engine: &Engine, workflow_id: &WorkflowId, id: &EdgeId) -> Result<Reply, ApiError> {
    let edge = edge(engine, workflow_id, id)?;
    Ok(Reply::object(&EdgeView { workflow_id, edge }))
}

#[derive(Deserialize)]
struct NewEdge {
    from_node_id: NodeId,
    to_node_id: NodeId,
    label: Option<String>,
}

#[derive(Deserialize)]
struct EdgePatch {
    from_node_id: Option<NodeId>,
    to_node_id: Option<NodeId>,
    #[serde(default, deserialize_with = "body::nullable")]
    label: Option<Option<String>>,
}

pub(crate) fn list_edges(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let workflow_id = ask.workflow_id()?;
    let edges = graph(desk.engine(), &workflow_id)?.edges.iter();
    let views = edges.map(|edge| EdgeView {
        workflow_id: &workflow_id,
        edge,
    });
    Ok(Reply::ok(&page_of(views.collect(), ask.page())))
}

pub(crate) fn get_edge(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    show_edge(desk.engine(), &ask.workflow_id()?, &ask.edge_id()?)
}

pub(crate) fn create_edge(ask: Ask) -> Result<Write, ApiError> {
    let NewEdge {
        from_node_id,
        to_node_id,
        label,
    } = ask.body()?;
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            let graph = graph(engine, &workflow_id)?;
            must_exist(graph, "from_node_id", &from_node_id)?;
            must_exist(graph, "to_node_id", &to_node_id)?;
            let (_, id) = engine.next_ids(&workflow_id)?;
            let edge = Edge {
                id,
                from_node_id,
                to_node_id,
                label,
            };
            let changes = vec![Change::PutEdge { edge, at: None }];
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        move |engine, output| {
            let made = edited(output).into_iter().find_map(|change| match change {
                Change::PutEdge { edge, .. } => Some(edge.id),
                _ => None,
            });
            let made = made.ok_or_else(ApiError::fault)?;
            Ok(show_edge(engine, &id, &made)?.created(format!("/v1/workflows/{id}/edges/{made}")))
        },
    ))
}

pub(crate) fn update_edge(ask: Ask) -> Result<Write, ApiError> {
    let patch: EdgePatch = ask.body()?;
    let (id, edge_id) = (ask.workflow_id()?, ask.edge_id()?);
    let (workflow_id, same) = (id.clone(), edge_id.clone());
    Ok(Write::new(
        move |engine| {
            let old = edge(engine, &workflow_id, &edge_id)?;
            let view = EdgeView {
                workflow_id: &workflow_id,
                edge: old,
            };
            ask.guard(|| Ok([etag(&view)]))?;
            let mut new = old.clone();
            let graph = graph(engine, &workflow_id)?;
            if let Some(from) = patch.from_node_id {
                must_exist(graph, "from_node_id", &from)?;
                new.from_node_id = from;
            }
            if let Some(to) = patch.to_node_id {
                must_exist(graph, "to_node_id", &to)?;
                new.to_node_id = to;
            }
            new.label = patch.label.unwrap_or(new.label);
            let changes = vec![Change::PutEdge {
                edge: new,
                at: None,
            }];
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        move |engine, _| show_edge(engine, &id, &same),
    ))
}

pub(crate) fn delete_edge(ask: Ask) -> Result<Write, ApiError> {
    let (workflow_id, edge_id) = (ask.workflow_id()?, ask.edge_id()?);
    Ok(Write::new(
        move |engine| {
            let old = edge(engine, &workflow_id, &edge_id)?;
            let view = EdgeView {
                workflow_id: &workflow_id,
                edge: old,
            };
            ask.guard(|| Ok([etag(&view)]))?;
            let changes = vec![Change::DeleteEdge { id: edge_id }];
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        |_, _| Ok(Reply::done("The edge was deleted.")),
    ))
}
