//! What must hold of every merge, over random graphs and random edits on both sides.

#![allow(clippy::unwrap_used)]

use leadline_model::Change;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// One edit: what, which node or edge, and how.
type Edit = (u8, u8, u8);

const TYPES: [&str; 4] = ["VOICE_CALL", "TIME", "APPLICATION", "DROPPED"];

/// A node's type follows from its id, as ids of two types are never made alike.
fn node(id: u8, n: u8) -> Value {
    let node_type = TYPES[usize::from(id) % TYPES.len()];
    let config = match node_type {
        "VOICE_CALL" => json!({"agent_id": format!("agt_{}", n % 3), "from_phone_number": null}),
        "TIME" => json!({"delay": {"value": n % 5 + 1, "unit": "hours"}}),
        "APPLICATION" if n.is_multiple_of(3) => {
            json!({"action": "set_variables", "variables": {"a": n}})
        }
        "APPLICATION" => json!({"action": "webhook", "url": format!("https://example.com/{n}")}),
        _ => json!({}),
    };
    json!({"id": format!("n{id}"), "node_type": node_type, "label": format!("L{}", n % 4), "config": config,
        "position_x": n, "position_y": 0})
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Option<T> {
    json::from_value(&value).ok()
}

fn change(definition: &Definition, (what, which, how): Edit) -> Option<Vec<Change>> {
    let pick = definition
        .nodes
        .get(usize::from(which) % definition.nodes.len().max(1));
    Some(match what % 9 {
        0 => vec![Change::SetTitle {
            title: format!("T{how}"),
        }],
        1 => vec![Change::SetDescription {
            description: format!("D{}", how % 3),
        }],
        2 => {
            let settings = json!({"max_concurrent_calls": how % 4 + 1, "auto_complete": which.is_multiple_of(2)});
            vec![Change::SetSettings {
                settings: read(settings)?,
            }]
        }
        3 | 4 => vec![Change::PutNode {
            node: read(node(which % 10, how))?,
        }],
        5 => {
            let mut node = pick?.clone();
            node.is_entry = !node.is_entry;
            vec![Change::PutNode { node }]
        }
        6 => {
            let id = pick?.id.clone();
            let edges = definition.edges.iter();
            let touching = edges.filter(|edge| edge.from_node_id == id || edge.to_node_id == id);
            let mut changes: Vec<Change> = touching
                .map(|edge| Change::DeleteEdge {
                    id: edge.id.clone(),
                })
                .collect();
            changes.push(Change::DeleteNode { id });
            changes
        }
        7 => {
            let from = pick?;
            let to = definition
                .nodes
                .get(usize::from(how) % definition.nodes.len())?;
            let edge = json!({"id": format!("e{}", how % 12), "from_node_id": from.id, "to_node_id": to.id,
                "label": if how.is_multiple_of(2) { Some("SUCCESS") } else { None }});
            vec![Change::PutEdge {
                edge: read(edge)?,
                at: None,
            }]
        }
        _ => {
            let edge = definition
                .edges
                .get(usize::from(which) % definition.edges.len().max(1))?;
            vec![Change::DeleteEdge {
                id: edge.id.clone(),
            }]
        }
    })
}

fn edit(definition: &Definition, edits: &[Edit]) -> Definition {
    let mut edited = definition.clone();
    for one in edits {
        if let Some(changes) = change(&edited, *one) {
            // What is no workflow is refused, and changes nothing.
            let _refused = edited.apply(&changes);
        }
    }
    edited
}

fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(any::<Edit>(), 0..most)
}

/// Every edit of a side is in the result, or in a conflict, or the other side made it too.
fn accounted(
    side: &Parts,
    base: &Parts,
    other: &Parts,
    merged: &Merged,
    shows: fn(&Conflict) -> &Option<Value>,
) {
    let result = take_apart(&merged.definition).unwrap();
    let empty = Fields::new();
    for (subject, fields) in side {
        let field =
            |parts: &Parts, name: &str| parts.get(subject).unwrap_or(&empty).get(name).cloned();
        for (name, value) in fields {
            let value = Some(value.clone());
            if value == field(base, name) || value == field(&result, name) || name == POSITION {
                continue;
            }
            let told = merged.conflicts.iter().any(|conflict| {
                conflict.place.of == *subject
                    && match &conflict.place.field {
                        Some(field) if field == WHOLE_CONFIG => {
                            let key = name.strip_prefix(CONFIG);
                            let config = shows(conflict).as_ref();
                            key.is_some_and(|key| config.and_then(|c| c.get(key)) == value.as_ref())
                        }
                        Some(field) => field == name && *shows(conflict) == value,
                        None => shows(conflict)
                            .as_ref()
                            .is_some_and(|whole| whole.get(name) == value.as_ref()),
                    }
            });
            // Of two flagged nodes one was unflagged, of two equal edges one dropped.
            let only_one = name == ENTRY
                || matches!(subject, Subject::Edge(_)) && !result.contains_key(subject);
            assert!(
                told || only_one,
                "{subject:?} {name}: {value:?} is lost; {:?}",
                merged.conflicts
            );
        }
    }
    // What was deleted is gone, or told of.
    for subject in base.keys().filter(|subject| !side.contains_key(*subject)) {
        let gone = !result.contains_key(subject);
        let told = merged
            .conflicts
            .iter()
            .any(|conflict| conflict.place.of == *subject);
        let drawn_again = !other.contains_key(subject) || told;
        assert!(gone || drawn_again, "{subject:?} is back without a word");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_sides_edits_survive(first in edits(30), here in edits(8), there in edits(8)) {
        let start = Definition { title: "Start".into(), ..Definition::default() };
        let base = edit(&start, &first);
        let (mine, theirs) = (edit(&base, &here), edit(&base, &there));
        let merged = merge(&base, &mine, &theirs).unwrap();
        let whole = merged.definition.check();
        prop_assert!(whole.is_ok(), "{whole:?}");
        let [b, m, t] = [&base, &mine, &theirs].map(|definition| take_apart(definition).unwrap());
        accounted(&m, &b, &t, &merged, |conflict| &conflict.mine);
        accounted(&t, &b, &m, &merged, |conflict| &conflict.theirs);

        // One side alone is taken as it is; the same on both is no conflict.
        for (left, right, result) in [(&mine, &base, &mine), (&base, &theirs, &theirs), (&mine, &mine, &mine)] {
            let alone = merge(&base, left, right).unwrap();
            prop_assert_eq!(take_apart(&alone.definition).unwrap(), take_apart(result).unwrap());
            prop_assert_eq!(alone.conflicts, []);
        }
        // Any graph can be made of any other, to the order of what is in it.
        let mut turned = merged.definition.clone();
        turned.nodes.reverse();
        turned.edges.reverse();
        let pairs = [(&base, &mine), (&mine, &theirs), (&theirs, &merged.definition), (&mine, &turned)];
        for (from, to) in pairs {
            let mut made = from.clone();
            made.apply(&from.changes_to(to)).unwrap();
            prop_assert_eq!(&made, to);
        }
        // Whichever side is chosen, what comes out is well formed or refused, and what was chosen is in it.
        for conflict in &merged.conflicts {
            for (side, chosen) in [(Side::Mine, &conflict.mine), (Side::Theirs, &conflict.theirs)] {
                let Ok(settled) = take_side(&merged.definition, conflict, side) else {
                    continue;
                };
                prop_assert!(settled.check().is_ok());
                let parts = take_apart(&settled).unwrap();
                let now = parts.get(&conflict.place.of);
                match conflict.place.field.as_deref() {
                    None => prop_assert_eq!(now.map(shown), chosen.clone()),
                    Some(WHOLE_CONFIG) => {}
                    Some(field) => prop_assert_eq!(now.and_then(|now| now.get(field)), chosen.as_ref()),
                }
            }
            let copy = NodeId::parse("copy").unwrap();
            if let Some(both) = keep_both(&merged.definition, conflict, copy.clone()).unwrap() {
                prop_assert!(both.check().is_ok());
                prop_assert_eq!(both.nodes.len(), merged.definition.nodes.len() + 1);
                prop_assert!(both.node(&copy).is_some());
            }
        }
        // What has been merged is not merged again.
        let again = merge(&theirs, &merged.definition, &theirs).unwrap();
        prop_assert_eq!(again.definition, merged.definition);
    }
}

fn definition(nodes: &[Value], edges: &[Value]) -> Definition {
    json::from_value(&json!({"title": "T", "nodes": nodes, "edges": edges})).unwrap()
}

fn labelled(id: u8, label: &str) -> Value {
    let mut node = node(id, 1);
    node["label"] = json!(label);
    node
}

fn places(merged: &Merged) -> Vec<String> {
    let shown = merged.conflicts.iter().map(|conflict| {
        let of = match &conflict.place.of {
            Subject::Workflow => "workflow".to_owned(),
            Subject::Settings => "settings".to_owned(),
            Subject::Node(id) => id.to_string(),
            Subject::Edge(id) => id.to_string(),
        };
        let field = conflict.place.field.as_deref().unwrap_or("*");
        format!("{of}.{field} kept {:?}", conflict.kept)
    });
    shown.collect()
}

#[test]
fn what_both_sides_change_is_decided_as_documented() {
    let edge = |id: &str, from: u8, to: u8| json!({"id": id, "from_node_id": format!("n{from}"), "to_node_id": format!("n{to}")});
    let base = definition(&[labelled(1, "a"), labelled(3, "end")], &[edge("e", 1, 3)]);
    // The same field.
    let (mine, theirs) = (
        definition(
            &[labelled(1, "mine"), labelled(3, "end")],
            &[edge("e", 1, 3)],
        ),
        definition(
            &[labelled(1, "theirs"), labelled(3, "end")],
            &[edge("e", 1, 3)],
        ),
    );
    let merged = merge(&base, &mine, &theirs).unwrap();
    assert_eq!(places(&merged), ["n1.label kept Mine"]);
    assert_eq!(merged.definition.nodes[0].label, "mine");
    assert_eq!(merged.conflicts[0].theirs, Some(json!("theirs")));
    // An edit beats a delete, whichever side it is on.
    let gone = definition(&[labelled(3, "end")], &[]);
    for (mine, theirs, kept) in [(&gone, &theirs, "Theirs"), (&mine, &gone, "Mine")] {
        let merged = merge(&base, mine, theirs).unwrap();
        assert_eq!(places(&merged), [format!("n1.* kept {kept}")]);
        assert_eq!(merged.definition.nodes.len(), 2);
    }
    // An edge that is drawn anew revives the end that the other side deleted.
    let drawn = definition(
        &[labelled(1, "a"), labelled(3, "end")],
        &[edge("e", 1, 3), edge("f", 1, 1)],
    );
    let merged = merge(&base, &drawn, &gone).unwrap();
    assert_eq!(places(&merged), ["n1.* kept Mine"]);
    assert_eq!(merged.definition.edges.len(), 1);
    // A mere move does not beat a delete.
    let mut moved = base.clone();
    moved.nodes[0].position_x = leadline_model::Position::px(500);
    let merged = merge(&base, &moved, &gone).unwrap();
    assert_eq!(
        (places(&merged), merged.definition.nodes.len()),
        (vec![], 1)
    );
    // Both draw the same edge.
    let bare = definition(&[labelled(1, "a"), labelled(3, "end")], &[]);
    let (mine, theirs) = (
        definition(&[labelled(1, "a"), labelled(3, "end")], &[edge("m", 1, 3)]),
        definition(&[labelled(1, "a"), labelled(3, "end")], &[edge("t", 1, 3)]),
    );
    let merged = merge(&bare, &mine, &theirs).unwrap();
    assert_eq!(merged.definition.edges[0].id.as_str(), "t");
    assert_eq!(
        (places(&merged), merged.definition.edges.len()),
        (vec![], 1)
    );
    // Both name an entry.
    let entry = |at: usize| {
        let mut definition = base.clone();
        definition.nodes[at].is_entry = true;
        definition
    };
    let merged = merge(&base, &entry(0), &entry(1)).unwrap();
    assert!(merged.definition.nodes[0].is_entry && !merged.definition.nodes[1].is_entry);
    assert_eq!(places(&merged), ["n3.is_entry kept Mine"]);
}
