#![allow(clippy::unwrap_used)]

use leadline_model::{EdgeId, NodeId};
use serde_json::json;

use super::*;

fn definition() -> Definition {
    serde_json::from_value(json!({
        "title": "Welcome calls",
        "settings": {"max_concurrent_calls": 5},
        "nodes": [
            {"id": "call", "node_type": "VOICE_CALL", "label": "First attempt", "is_entry": true, "config": {}},
            {"id": "wait", "node_type": "TIME", "label": "Two days",
             "config": {"delay": {"value": 2, "unit": "days"}}},
            {"id": "end", "node_type": "CONVERTED", "label": "", "config": {}}],
        "edges": [
            {"id": "e1", "from_node_id": "call", "to_node_id": "wait", "label": "DNP"},
            {"id": "e2", "from_node_id": "wait", "to_node_id": "end"}]
    }))
    .unwrap()
}

fn node(id: &str) -> Subject {
    Subject::Node(NodeId::parse(id).unwrap())
}

fn edge(id: &str) -> Subject {
    Subject::Edge(EdgeId::parse(id).unwrap())
}

fn conflict(of: Subject, field: Option<&str>, sides: [Option<Value>; 3]) -> Conflict {
    let [base, mine, theirs] = sides;
    Conflict {
        place: Place {
            of,
            field: field.map(str::to_owned),
        },
        base,
        mine,
        theirs,
        kept: Side::Mine,
    }
}

fn open(number: u64, conflict: Conflict) -> OpenConflict {
    OpenConflict { number, conflict }
}

fn told(conflict: &Conflict) -> Words {
    let definition = definition();
    let conflicts = [open(1, conflict.clone())];
    words(
        &definition,
        &Names::of(&definition, &conflicts, &[], "Office"),
        conflict,
    )
}

fn line_of(words: &Words) -> String {
    let side = |told: &Told| format!("{}{}", told.words, if told.in_force { "*" } else { "" });
    format!(
        "{} | {} | {} | {}",
        words.what,
        side(&words.sides[0]),
        side(&words.sides[1]),
        words.before
    )
}

#[test]
fn a_field_is_said_with_both_sides_and_what_was_before() {
    let days = |n: u32| Some(json!({"value": n, "unit": "days"}));
    let length = conflict(
        node("wait"),
        Some("config.delay"),
        [days(1), days(2), days(3)],
    );
    let words = told(&length);
    assert_eq!(
        line_of(&words),
        "Wait for a length of time | 2 days* | 3 days | 1 day"
    );
    assert!(words.both && words.now.is_none());

    let settings = |n: Option<u32>| n.map(|n| json!(n)).or(Some(Value::Null));
    let limit = conflict(
        Subject::Settings,
        Some("max_concurrent_calls"),
        [settings(None), settings(Some(9)), settings(Some(5))],
    );
    let words = told(&limit);
    assert_eq!(
        line_of(&words),
        "Calls at once | 9 | 5* | only the account's limit"
    );
    assert!(!words.both, "there is one set of settings");

    let label = |text: &str| Some(json!(text));
    let outcome = conflict(
        edge("e1"),
        Some("label"),
        [label("FAILED"), label("DNP"), None],
    );
    assert_eq!(
        line_of(&told(&outcome)),
        "Outcome | DNP* | any other outcome | FAILED"
    );
    let ends = conflict(
        edge("e1"),
        Some("to_node_id"),
        [label("end"), label("wait"), label("call")],
    );
    assert_eq!(
        line_of(&told(&ends)),
        "Leads to | Two days* | First attempt | Converted"
    );
}

#[test]
fn what_was_edited_since_is_neither_side() {
    let title = |text: &str| Some(json!(text));
    let conflict = conflict(
        Subject::Workflow,
        Some("title"),
        [title("A"), title("B"), title("C")],
    );
    let words = told(&conflict);
    assert_eq!(line_of(&words), "Title | B | C | A");
    assert_eq!(words.now.as_deref(), Some("Welcome calls"));
}

#[test]
fn a_deleted_node_is_said_with_what_the_other_side_changed() {
    let call = |label: &str, number: Option<&str>| {
        Some(
            json!({"label": label, "node_type": "VOICE_CALL", "is_entry": true,
            "position": {"position_x": 1}, "config.from_phone_number": number}),
        )
    };
    let base = call("First attempt", None);
    let there = call("First attempt", Some("+4930123456"));
    let mine_gone = conflict(node("call"), None, [base.clone(), None, there]);
    let words = told(&mine_gone);
    let wanted = "Deleted here, changed there | deleted | Call from: +4930123456* | \
        Start: leads start here\nName: First attempt\nType: Voice call";
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text
            .split(['|', '\n'])
            .map(|l| l.trim().to_owned())
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&line_of(&words)), sorted(wanted));
    assert!(!words.both, "there is only one node");

    // Its copy was not touched, and a connection keeps it alive.
    let revived = conflict(node("call"), None, [base.clone(), base, None]);
    assert_eq!(told(&revived).sides[0].words, "kept as it was");
}

#[test]
fn both_can_be_kept_only_of_nodes_that_both_sides_have() {
    let whole = |node_type: &str| Some(json!({"node_type": node_type, "label": "x"}));
    let two = conflict(
        node("wait"),
        None,
        [None, whole("VOICE_CALL"), whole("TIME")],
    );
    let words = told(&two);
    assert!(words.both);
    assert_eq!(words.what, "Two different nodes in one place");
    assert!(
        !words.sides[0].in_force && words.sides[1].in_force,
        "the node here is a delay"
    );
    let entry = conflict(
        node("wait"),
        Some("is_entry"),
        [None, Some(json!(true)), Some(json!(false))],
    );
    assert!(!told(&entry).both, "leads start at one node");
    let gone = conflict(
        node("gone"),
        Some("label"),
        [None, Some(json!("a")), Some(json!("b"))],
    );
    assert!(!told(&gone).both, "it is not here any more");
}

#[test]
fn places_are_called_as_on_the_canvas() {
    let definition = definition();
    let names = Names::of(&definition, &[], &[], "Office");
    for (subject, wanted) in [
        (Subject::Workflow, "Workflow"),
        (node("call"), "Voice call First attempt"),
        (node("end"), "Converted"),
        (edge("e1"), "DNP, from First attempt to Two days"),
        (edge("e2"), "Connection from Two days to Converted"),
        (edge("gone"), "A connection that is not here"),
        (node("gone"), "a node that is gone, which is not here"),
    ] {
        assert_eq!(subject_words(&definition, &names, &subject), wanted);
    }
    let deleted = json!({"label": "Last try", "node_type": "VOICE_CALL"});
    let only_there = conflict(node("gone"), None, [None, None, Some(deleted)]);
    let names = Names::of(&definition, &[open(1, only_there)], &[], "Office");
    assert_eq!(
        subject_words(&definition, &names, &node("gone")),
        "Last try, which is not here"
    );
}

#[test]
fn conflicts_are_grouped_by_place_and_gone_through_in_a_round() {
    let at = |number, subject| open(number, conflict(subject, Some("label"), [None, None, None]));
    let list = [
        at(1, node("a")),
        at(2, edge("b")),
        at(3, node("a")),
        at(4, Subject::Settings),
    ];
    let groups = groups(&list);
    let numbers: Vec<Vec<u64>> = groups
        .iter()
        .map(|group| group.conflicts.iter().map(|open| open.number).collect())
        .collect();
    assert_eq!(numbers, [vec![4], vec![1, 3], vec![2]]);
    assert_eq!(next_after(&groups, 1), Some((node("a"), 3)));
    assert_eq!(next_after(&groups, 3), Some((edge("b"), 2)));
    assert_eq!(next_after(&groups, 2), Some((Subject::Settings, 4)));
    assert_eq!(next_after(&groups[..1], 4), None, "it was the last");
    assert_eq!(next_after(&groups, 9), None);
}
