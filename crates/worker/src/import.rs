//! Workflows as files: what an import must satisfy, and ids made anew.
//!
//! A file from outside is judged before it is parsed (size, depth), then parsed, then cut down to
//! what its author meant: title, settings and graph. Nothing changes unless all of it is good.

mod lost;

use std::collections::BTreeMap;

use leadline_model::{Definition, EdgeId, NodeId, json, limits};
use leadline_protocol::{Problem, ProblemCode, WorkflowFile};
use leadline_store::guard;
use serde_json::Value as Json;

/// The largest file read, in bytes.
pub const MAX_SIZE: usize = 64 << 20;
/// The deepest nesting read.
pub const MAX_DEPTH: usize = 64;
/// Statuses a file may carry; the imported workflow is a draft whatever it says.
const STATUSES: [&str; 6] = [
    "draft",
    "active",
    "running",
    "paused",
    "completed",
    "cancelled",
];

fn bad(message: impl Into<String>) -> Problem {
    Problem {
        code: ProblemCode::BadFile,
        message: message.into(),
        findings: Vec::new(),
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Title, settings and graph.
    pub definition: Definition,
    /// What stands in the file and is not in the definition, place by place in words.
    pub left_out: Vec<String>,
}

/// The definition in a file: `{"leadline": 1, "workflow": …}` or a bare definition.
pub fn read_workflow(json: &str) -> Result<Found, Problem> {
    let json = json.trim_start_matches('\u{feff}').trim();
    if json.is_empty() {
        return Err(bad("The file is empty. Nothing was changed."));
    }
    guard::check(json, MAX_SIZE, MAX_DEPTH).map_err(|error| {
        bad(format!(
            "This file is not read: {error}. Nothing was changed."
        ))
    })?;
    let mut file: Json = serde_json::from_slice(json.as_bytes()).map_err(|error| {
        bad(format!(
            "This is not a JSON file: {error}. Nothing was changed."
        ))
    })?;
    if file.get("leadline_backup").is_some() {
        return Err(bad(
            "This is a backup of everything, not a workflow. Import it in Settings.",
        ));
    }
    let mut workflow = match file.get("leadline") {
        None => file,
        Some(version) => {
            check_version(version)?;
            let exported = file.get_mut("workflow").map(Json::take);
            exported.ok_or_else(|| bad("The file holds no workflow. Nothing was changed."))?
        }
    };
    normalize(&mut workflow)?;
    lost::check_operators(&workflow)?;
    let definition: Definition = json::from_value(&workflow).map_err(|error| {
        bad(format!(
            "The workflow in this file cannot be read: {error}. Nothing was changed."
        ))
    })?;
    check_size(&definition)?;
    lost::check_labels(&definition)?;
    let left_out = lost::left_out(&workflow, &definition)?;
    Ok(Found {
        definition,
        left_out,
    })
}

fn check_version(version: &Json) -> Result<(), Problem> {
    match version.as_u64() {
        Some(found) if found > u64::from(WorkflowFile::VERSION) => Err(bad(format!(
            "This file was written by a newer Leadline (version {found}, this one knows {}). \
             Update Leadline and import it then; nothing was changed.",
            WorkflowFile::VERSION
        ))),
        Some(1..) => Ok(()),
        _ => Err(bad(
            "The file's version is not a number from 1. Nothing was changed.",
        )),
    }
}

/// Accepts the spellings of older files and of the REST API.
fn normalize(workflow: &mut Json) -> Result<(), Problem> {
    let Some(fields) = workflow.as_object_mut() else {
        return Err(bad(
            "The file does not hold a workflow. Nothing was changed.",
        ));
    };
    if !fields.contains_key("title")
        && let Some(name) = fields.remove("name")
    {
        fields.insert("title".to_owned(), name);
    }
    if fields.contains_key("steps") && fields.contains_key("workflows") {
        return Err(bad(
            "This is a scenario, not a workflow. Run it on the Scenarios page. Nothing was changed.",
        ));
    }
    if !fields.contains_key("title") {
        return Err(bad(
            "The workflow in this file has no title. Nothing was changed.",
        ));
    }
    if !fields.get("nodes").is_some_and(Json::is_array) {
        return Err(bad(
            "This is no workflow: it has a title, but no list of nodes. Nothing was changed.",
        ));
    }
    match fields.get("status").map(|status| status.as_str()) {
        None => Ok(()),
        Some(Some(status)) if STATUSES.contains(&status) => Ok(()),
        Some(_) => Err(bad(format!(
            "The workflow's status in this file is none of {}. Nothing was changed.",
            STATUSES.join(", ")
        ))),
    }
}

fn check_size(definition: &Definition) -> Result<(), Problem> {
    for (what, count, limit) in [
        ("nodes", definition.nodes.len(), limits::MAX_NODES),
        ("edges", definition.edges.len(), limits::MAX_EDGES),
    ] {
        if count > limit {
            let message = format!("The workflow has {count} {what}; at most {limit} are possible.");
            return Err(bad(message));
        }
    }
    Ok(())
}

/// Gives every node and edge a new id, made from `key`, and follows them wherever they are used:
/// in edges, and in conditions on visits. Doubled ids and edges to nowhere are refused.
pub fn renew_ids(mut definition: Definition, key: u64) -> Result<Definition, Problem> {
    let mut nodes: BTreeMap<NodeId, NodeId> = BTreeMap::new();
    for (n, node) in definition.nodes.iter_mut().enumerate() {
        let id = NodeId::from_counter(key, n as u64);
        if nodes.insert(node.id.clone(), id.clone()).is_some() {
            return Err(bad(format!(
                "Two nodes have the id {}. Nothing was changed.",
                node.id
            )));
        }
        node.id = id;
    }
    let mut seen = BTreeMap::new();
    for (n, edge) in definition.edges.iter_mut().enumerate() {
        let id = EdgeId::from_counter(key, n as u64);
        if seen.insert(edge.id.clone(), ()).is_some() {
            return Err(bad(format!(
                "Two edges have the id {}. Nothing was changed.",
                edge.id
            )));
        }
        for end in [&mut edge.from_node_id, &mut edge.to_node_id] {
            let Some(renewed) = nodes.get(end) else {
                let message = format!(
                    "The edge {} leads from or to {end}, which is no node.",
                    edge.id
                );
                return Err(bad(message));
            };
            *end = renewed.clone();
        }
        edge.id = id;
    }
    follow_visits(definition, &nodes)
}

/// Conditions name nodes in fields such as `visits.nod_…`.
fn follow_visits(
    definition: Definition,
    renewed: &BTreeMap<NodeId, NodeId>,
) -> Result<Definition, Problem> {
    let failed = |error: String| {
        bad(format!(
            "The workflow in this file cannot be read: {error}. Nothing was changed."
        ))
    };
    let mut json = json::to_value(&definition.nodes).map_err(failed)?;
    let mut stack = vec![&mut json];
    while let Some(value) = stack.pop() {
        match value {
            Json::Object(fields) => {
                if let Some(Json::String(field)) = fields.get_mut("field")
                    && let Some(old) = field.strip_prefix("visits.")
                    && let Ok(old) = NodeId::parse(old)
                    && let Some(new) = renewed.get(&old)
                {
                    *field = format!("visits.{new}");
                }
                stack.extend(fields.values_mut());
            }
            Json::Array(items) => stack.extend(items),
            _ => {}
        }
    }
    Ok(Definition {
        nodes: json::from_value(&json).map_err(failed)?,
        ..definition
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NODES: &str = r#"[
        {"id": "a", "node_type": "CONDITIONAL", "label": "n", "config": {"branches": [
            {"label": "enough", "all": [{"field": "visits.b", "operator": "equals", "value": 3}]}],
            "otherwise": "again"}},
        {"id": "b", "node_type": "CONVERTED", "label": "end", "config": {}}]"#;

    fn file(fields: &str) -> String {
        format!(r#"{{"leadline": 1, "workflow": {{{fields}}}}}"#)
    }

    #[test]
    fn files_in_every_accepted_spelling_are_read() {
        for json in [
            file(r#""title": "T", "nodes": []"#),
            file(r#""name": "T", "nodes": []"#),
            r#"{"title": "T", "status": "running", "organization_id": "x", "nodes": [], "unknown": [1]}"#.into(),
            "\u{feff}{\"name\": \"T\", \"nodes\": [], \"edges\": []}\n".into(),
        ] {
            assert_eq!(
                read_workflow(&json).map(|found| found.definition.title),
                Ok("T".to_owned()),
                "{json}"
            );
        }
    }

    #[test]
    fn what_is_no_workflow_is_refused_in_words() {
        for (json, says) in [
            ("", "empty"),
            ("{", "not a JSON file"),
            ("[]", "does not hold a workflow"),
            ("{}", "no title"),
            (r#"{"leadline": 1}"#, "holds no workflow"),
            (
                r#"{"leadline": 2, "workflow": {"title": "T"}}"#,
                "newer Leadline",
            ),
            (
                r#"{"leadline": "x", "workflow": {"title": "T"}}"#,
                "version",
            ),
            (r#"{"leadline_backup": 1}"#, "backup"),
            (
                r#"{"title": "pkg", "version": "1.0.0"}"#,
                "no list of nodes",
            ),
            (
                r#"{"title": "T", "workflows": {}, "steps": []}"#,
                "Scenarios page",
            ),
            (
                r#"{"title": "T", "nodes": [], "status": "sleeping"}"#,
                "none of",
            ),
            (
                r#"{"title": "T", "nodes": [{"id": "<b>"}]}"#,
                "cannot be read",
            ),
            (r#"{"title": 7, "nodes": []}"#, "cannot be read"),
            (&"[".repeat(10_000), "nests deeper"),
            (&" ".repeat(3), "empty"),
        ] {
            let problem = read_workflow(json).unwrap_err();
            assert!(
                problem.message.contains(says),
                "{says}: {}",
                problem.message
            );
            assert_eq!(problem.code, ProblemCode::BadFile);
        }
        let huge = format!("\"{}\"", "x".repeat(MAX_SIZE));
        assert!(read_workflow(&huge).unwrap_err().message.contains("64 MiB"));
    }

    #[test]
    fn ids_are_renewed_wherever_they_are_used() {
        let edges = r#"[{"id": "e", "from_node_id": "a", "to_node_id": "b", "label": "enough"}]"#;
        let json = file(&format!(
            r#""title": "T", "nodes": {NODES}, "edges": {edges}"#
        ));
        let new = renew_ids(read_workflow(&json).unwrap().definition, 9).unwrap();
        assert_eq!(new.nodes[0].id, NodeId::from_counter(9, 0));
        assert_eq!(new.edges[0].from_node_id, new.nodes[0].id);
        assert_eq!(new.edges[0].to_node_id, new.nodes[1].id);
        let text = serde_json::to_string(&new.nodes[0]).unwrap();
        assert!(
            text.contains(&format!("visits.{}", new.nodes[1].id)),
            "{text}"
        );
    }

    #[test]
    fn doubled_ids_and_edges_to_nowhere_are_refused() {
        let node = r#"{"id": "a", "node_type": "CONVERTED", "config": {}}"#;
        let edge = r#"{"id": "e", "from_node_id": "a", "to_node_id": "a"}"#;
        let away = r#"{"id": "e", "from_node_id": "a", "to_node_id": "z"}"#;
        for (nodes, edges, says) in [
            (format!("[{node},{node}]"), "[]".to_owned(), "Two nodes"),
            (format!("[{node}]"), format!("[{edge},{edge}]"), "Two edges"),
            (format!("[{node}]"), format!("[{away}]"), "which is no node"),
        ] {
            let json = file(&format!(
                r#""title": "T", "nodes": {nodes}, "edges": {edges}"#
            ));
            let problem = renew_ids(read_workflow(&json).unwrap().definition, 1).unwrap_err();
            assert!(problem.message.contains(says), "{}", problem.message);
        }
    }
}
