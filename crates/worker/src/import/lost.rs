//! What a file holds that Leadline does not know: said, never dropped in silence. Where leads would take
//! another way without it, in the condition of a branch, the file is refused.

use leadline_model::{Definition, NodeConfig, Operator, json, limits};
use leadline_protocol::Problem;
use serde_json::Value as Json;

use super::bad;

/// Places named in one message.
const MOST_NAMED: usize = 8;
/// What every place that keeps workflows writes beside what their authors mean.
const BOOKKEEPING: [&str; 10] = [
    "id",
    "organization_id",
    "workflow_id",
    "status",
    "created_at",
    "updated_at",
    "revision",
    "counts",
    "leads",
    "version",
];

/// Refuses rules with operators that nobody knows, by where they stand.
pub(super) fn check_operators(workflow: &Json) -> Result<(), Problem> {
    let known: Vec<Json> = Operator::ALL
        .iter()
        .filter_map(|operator| json::to_value(operator).ok())
        .collect();
    let words: Vec<&str> = known.iter().filter_map(Json::as_str).collect();
    for node in list(workflow, "nodes") {
        for branch in list(&node["config"], "branches") {
            let mut stack = vec![branch];
            while let Some(group) = stack.pop() {
                let conditions = list(group, "all").chain(list(group, "any"));
                for (at, condition) in conditions.enumerate() {
                    let operator = condition.get("operator").and_then(Json::as_str);
                    if let Some(operator) = operator.filter(|operator| !words.contains(operator)) {
                        return Err(bad(format!(
                            "Rule {} of the branch {} of the node {} compares by “{operator}”, which \
                             is no operator. There are {}. Nothing was changed.",
                            at + 1,
                            named(branch),
                            named(node),
                            words.join(", ")
                        )));
                    }
                    stack.push(condition);
                }
            }
        }
    }
    Ok(())
}

/// Refuses labels that are too long, by which they are.
pub(super) fn check_labels(definition: &Definition) -> Result<(), Problem> {
    let check = |what: &str, label: &str| {
        let length = label.chars().count();
        if length <= limits::MAX_LABEL {
            return Ok(());
        }
        let start: String = label.chars().take(40).collect();
        Err(bad(format!(
            "The label of {what} has {length} characters, {} are possible. It begins “{start}”. \
             Nothing was changed.",
            limits::MAX_LABEL
        )))
    };
    for node in &definition.nodes {
        check(&format!("the node {}", node.id), &node.label)?;
        if let NodeConfig::Conditional(config) = &node.config {
            let labels = config.branches.iter().map(|branch| &branch.label);
            for label in labels.chain(&config.otherwise) {
                check(&format!("a branch of the node {}", node.id), label)?;
            }
        }
    }
    for edge in &definition.edges {
        let label = edge.label.as_deref().unwrap_or_default();
        check(&format!("the edge {}", edge.id), label)?;
    }
    Ok(())
}

/// What of a file's workflow is not in what was read from it, in words.
///
/// # Errors
///
/// It belongs to a condition.
pub(super) fn left_out(workflow: &Json, definition: &Definition) -> Result<Vec<String>, Problem> {
    let read = json::to_value(definition).map_err(bad)?;
    let mut said: Vec<String> = Vec::new();
    for way in json::lost(workflow, &read) {
        if is_bookkeeping(&way) {
            continue;
        }
        if let [list, at, ..] = &way[..]
            && list == "nodes"
            && way.iter().any(|part| part == "branches")
        {
            return Err(bad(format!(
                "The conditions of the node {} hold {}, which Leadline does not know. Without it \
                 leads would take another way. Nothing was changed.",
                name_at(workflow, list, at),
                quoted(&way[2..])
            )));
        }
        said.push(place(workflow, &way));
    }
    let more = said.len().saturating_sub(MOST_NAMED);
    said.truncate(MOST_NAMED);
    if more > 0 {
        said.push(format!("{more} more"));
    }
    Ok(said)
}

/// Of the whole workflow, or of one node or edge.
fn is_bookkeeping(way: &[String]) -> bool {
    let outer = way.len() == 1 || way.len() == 3;
    outer
        && way
            .last()
            .is_some_and(|key| BOOKKEEPING.contains(&key.as_str()))
}

fn place(workflow: &Json, way: &[String]) -> String {
    let of = |what: &str, list: &str, at: &str| {
        format!(
            "{} of the {what} {}",
            quoted(&way[2..]),
            name_at(workflow, list, at)
        )
    };
    match way {
        [list, at, _, ..] if list == "nodes" => of("node", list, at),
        [list, at, _, ..] if list == "edges" => of("edge", list, at),
        _ => quoted(way),
    }
}

fn quoted(way: &[String]) -> String {
    format!("“{}”", way.join("."))
}

fn name_at(workflow: &Json, list: &str, at: &str) -> String {
    let index = at.parse::<usize>().unwrap_or(1).saturating_sub(1);
    named(&workflow[list][index])
}

/// A node, an edge or a branch by its label, else by its id.
fn named(of: &Json) -> String {
    let text = |key: &str| of[key].as_str().filter(|text| !text.is_empty());
    let name = text("label").or(text("id")).unwrap_or("without a name");
    format!("“{}”", name.chars().take(60).collect::<String>())
}

fn list<'a>(of: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> + use<'a> {
    of.get(key).and_then(Json::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::super::read_workflow;
    use super::*;

    fn workflow(branch: Json) -> Json {
        json!({"title": "T", "nodes": [
            {"id": "a", "node_type": "CONDITIONAL", "label": "Score", "config": {
                "branches": [branch], "otherwise": "low"}},
            {"id": "b", "node_type": "CONVERTED", "label": "Won", "config": {}}]})
    }

    fn refused(workflow: &Json) -> String {
        read_workflow(&workflow.to_string()).unwrap_err().message
    }

    #[test]
    fn a_rule_that_is_not_known_is_refused_by_its_place() {
        let rule =
            |operator: &str| json!({"field": "lead.score", "operator": operator, "value": 50});
        let inside = json!({"label": "high", "all": [rule("equals"), {"any": [rule("gte")]}]});
        let message = refused(&workflow(inside));
        for part in [
            "Rule 1",
            "“high”",
            "“Score”",
            "“gte”",
            "greater_than_or_equal",
        ] {
            assert!(message.contains(part), "{part}: {message}");
        }
        // In a place of which nothing is read it would be emptied.
        for branch in [
            json!({"label": "high", "field": "lead.score", "operator": "gte", "value": 50}),
            json!({"label": "high", "when": {"all": [rule("equals")]}}),
            json!({"label": "high", "all": [{"condition": rule("equals")}]}),
            json!({"label": "high", "none": [rule("equals")]}),
        ] {
            let message = refused(&workflow(branch));
            assert!(
                message.contains("The conditions of the node “Score” hold “config.branches.1."),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_left_out_is_named() {
        let plain = json!({"label": "high", "all": []});
        let mut file = workflow(plain);
        assert_eq!(read_workflow(&file.to_string()).unwrap().left_out, [""; 0]);
        file["id"] = json!("wfl_1");
        file["status"] = json!("active");
        file["nodes"][1]["created_at"] = json!("2026-01-01T00:00:00Z");
        file["nodes"][1]["notes"] = json!("");
        assert_eq!(read_workflow(&file.to_string()).unwrap().left_out, [""; 0]);
        file["colour"] = json!("red");
        file["settings"] = json!({"speed": 3});
        file["nodes"][1]["config"]["weight"] = json!(7);
        file["edges"] = json!([{"id": "e", "from_node_id": "a", "to_node_id": "b", "label": "high", "bend": 1}]);
        let read = read_workflow(&file.to_string()).unwrap();
        assert_eq!(
            read.left_out,
            [
                "“colour”",
                "“bend” of the edge “high”",
                "“config.weight” of the node “Won”",
                "“settings.speed”"
            ]
        );
        for n in 0..20 {
            file[format!("more_{n}")] = json!(1);
        }
        let read = read_workflow(&file.to_string()).unwrap();
        assert_eq!(read.left_out.len(), MOST_NAMED + 1);
        assert_eq!(read.left_out.last().unwrap(), "16 more");
    }

    #[test]
    fn a_label_that_is_too_long_is_named() {
        let mut file = workflow(json!({"label": "high", "all": []}));
        file["nodes"][1]["label"] = json!("é".repeat(201));
        let message = refused(&file);
        for part in ["the node b", "201 characters", "200", "“ééé"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        let mut file = workflow(json!({"label": "x".repeat(300), "all": []}));
        assert!(refused(&file).contains("a branch of the node a"));
        file = workflow(json!({"label": "high", "all": []}));
        file["edges"] =
            json!([{"id": "e", "from_node_id": "a", "to_node_id": "b", "label": "y".repeat(201)}]);
        assert!(refused(&file).contains("the edge e"));
    }
}
