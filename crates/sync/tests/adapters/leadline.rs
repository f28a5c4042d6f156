//! Against the real API.

use std::collections::BTreeMap;

use futures::executor::block_on;
use leadline_model::{Definition, NodeId, Position, WorkflowAction};
use leadline_sync::machine::{Event, Names, Stopped};
use leadline_sync::there::{AskThere, There};
use leadline_sync::{Adapter, adapter};
use serde_json::json;

use crate::bad_network::{BadNetwork, Plan};
use crate::graphs::{edge, leads, node, six, without};
use crate::home::Home;
use crate::replica::Replica;

const LEADLINE: Adapter = Adapter::Leadline(adapter::Leadline);

/// Both sides hold the very same, and nothing twice.
fn check(replica: &Replica, home: &Home, case: &str) {
    let docs = replica.machine.state().docs.values();
    let here: BTreeMap<String, Definition> = docs
        .map(|doc| (doc.remote.clone().unwrap(), doc.local.clone()))
        .collect();
    let there: BTreeMap<String, Definition> = home
        .graphs()
        .into_iter()
        .map(|(id, graph)| (id.to_string(), graph))
        .collect();
    assert_eq!(here, there, "{case}");
    let refused = |event: &&Event| matches!(event, Event::Refused(..) | Event::Conflicts(..));
    assert_eq!(replica.events.iter().find(refused), None, "{case}");
}

/// Creates, edits, enrols and deletes; whatever goes wrong on the way.
fn scenario(home: &Home, network: &BadNetwork<'_, Home>, case: &str) {
    let mut replica = Replica::new("a", LEADLINE);
    let kept = replica.machine.add(six("Kept"));
    replica.settle(network);
    check(&replica, home, case);
    let gone = replica.machine.add(six("Gone"));
    replica.edit(kept, |graph| {
        graph.nodes[0].label = "Call".to_owned();
        graph.nodes.push(node("late", "TIME", "Later", json!({})));
        graph.edges[0] = edge("e1", "call", "late", Some("COMPLETED"));
        graph.edges.push(edge("e9", "late", "tell", None));
    });
    replica.settle(network);
    check(&replica, home, case);
    replica.edit(kept, |graph| without(graph, "often"));
    replica
        .machine
        .enrol(kept, leads(&[14155550101, 14155550102]));
    replica
        .machine
        .enrol(kept, leads(&[14155550102, 14155550103]));
    replica.settle(network);
    check(&replica, home, case);
    let id = replica.remote(kept);
    let counted = home.desk(|desk| {
        let id = leadline_model::WorkflowId::parse(&id).unwrap();
        desk.engine().workflow(&id).unwrap().lead_counts.total()
    });
    assert_eq!(counted, 3, "{case}");
    replica.machine.delete(gone);
    replica.settle(network);
    check(&replica, home, case);
    assert_eq!(replica.machine.state().docs.len(), 1, "{case}");
    assert!(replica.machine.state().set_aside.is_empty(), "{case}");
}

#[test]
fn whatever_request_fails_both_sides_come_to_rest_with_the_same() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    scenario(&home, &network, "nothing goes wrong");
    let requests = network.sent.get();
    assert!(requests > 12);
    for at in 0..requests {
        for fault in network.faults(at) {
            let home = Home::new();
            let bad = BadNetwork::with(&home, Plan::At(at, fault));
            scenario(&home, &bad, &format!("{fault:?} at request {at}"));
        }
    }
}

#[test]
fn many_faults_one_after_another_change_nothing_either() {
    for seed in 0..50 {
        let home = Home::new();
        let network = BadNetwork::with(&home, Plan::OneIn(3, seed.into()));
        scenario(&home, &network, &format!("seed {seed}"));
    }
}

#[test]
fn two_replicas_merge_what_both_changed() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    let (mut a, mut b) = (Replica::new("a", LEADLINE), Replica::new("b", LEADLINE));
    a.machine.add(six("Both"));
    a.settle(&network);
    b.settle(&network);
    let (of_a, of_b) = (a.titled("Both"), b.titled("Both"));
    a.edit(of_a, |graph| graph.nodes[1].label = "of a".to_owned());
    // Two fields of one node, too: whoever comes second must not put the whole node back.
    b.edit(of_b, |graph| {
        graph.nodes[1].position_x = Position::px(500);
        graph.nodes[2].label = "of b".to_owned();
    });
    b.machine.add(six("Another"));
    a.settle(&network);
    b.settle(&network);
    a.look(&network);
    b.look(&network);
    check(&a, &home, "a");
    check(&b, &home, "b");
    let merged = &home.graphs()[0].1;
    let labels: Vec<&str> = merged
        .nodes
        .iter()
        .map(|node| node.label.as_str())
        .collect();
    assert_eq!(labels[1..3], ["of a", "of b"]);
    assert_eq!(merged.nodes[1].position_x, Position::px(500));
    a.machine.delete(of_a);
    a.settle(&network);
    b.look(&network);
    check(&b, &home, "b");
    assert_eq!(b.machine.state().docs.len(), 1);
}

#[test]
fn many_workflows_come_page_by_page() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    let mut a = Replica::new("a", LEADLINE);
    for number in 0..120 {
        a.machine.add(Definition {
            title: format!("Workflow {number}"),
            ..Definition::default()
        });
    }
    a.settle(&network);
    let mut b = Replica::new("b", LEADLINE);
    b.settle(&network);
    check(&b, &home, "b");
    assert_eq!(b.machine.state().docs.len(), 120);
    // What is known is not read again; when it is compared anew, everything is.
    let reads = || {
        network
            .log
            .borrow()
            .iter()
            .filter(|line| line.contains("/definition"))
            .count()
    };
    let before = reads();
    b.look(&network);
    assert_eq!(reads(), before);
    b.machine.pull_everything();
    b.settle(&network);
    assert_eq!(reads() - before, 120);
    check(&b, &home, "b again");
}

#[test]
fn a_backup_put_back_is_another_life() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    let mut a = Replica::new("a", LEADLINE);
    let early = a.machine.add(six("Early"));
    a.settle(&network);
    let backup = home.backup();
    a.edit(early, |graph| {
        graph.nodes[0].label = "After the backup".to_owned()
    });
    let late = a.machine.add(six("Late"));
    a.machine.enrol(early, leads(&[14155550101]));
    a.settle(&network);
    home.restore(&backup);
    // Leads that wait are enrolled in the new life, not refused because of it.
    a.machine.enrol(early, leads(&[14155550102]));
    a.settle(&network);
    check_without_conflicts(&a, &home);
    assert!(a.events.contains(&Event::NewLife));
    assert!(a.machine.state().set_aside.is_empty());
    assert_eq!(a.local(early).nodes[0].label, "After the backup");
    assert_eq!(
        a.local(late),
        home.graphs()
            .into_iter()
            .find(|(_, graph)| graph.title == "Late")
            .unwrap()
            .1
    );
}

fn check_without_conflicts(replica: &Replica, home: &Home) {
    let mut quiet = Replica::new("quiet", LEADLINE);
    quiet.settle(&BadNetwork::good(home));
    check(&quiet, home, "another replica");
    let mut here: Vec<Definition> = replica
        .machine
        .state()
        .docs
        .values()
        .map(|doc| doc.local.clone())
        .collect();
    let mut there: Vec<Definition> = home.graphs().into_iter().map(|(_, graph)| graph).collect();
    here.sort_by(|a, b| a.title.cmp(&b.title));
    there.sort_by(|a, b| a.title.cmp(&b.title));
    assert_eq!(here, there);
}

#[test]
fn a_key_that_is_not_taken_any_more_stops_everything() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    let mut a = Replica::new("a", LEADLINE);
    let key = a.machine.add(six("Kept"));
    a.settle(&network);
    home.change_key("another");
    a.edit(key, |graph| graph.title = "Renamed".to_owned());
    while a.step(&network) {}
    assert_eq!(a.machine.state().stopped, Some(Stopped::Unauthorized));
    home.change_key("key");
    a.machine.go_on();
    a.settle(&network);
    check(&a, &home, "the key is good again");
}

#[test]
fn one_field_of_a_large_graph_is_a_small_request() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    let mut a = Replica::new("a", LEADLINE);
    let mut large = Definition {
        title: "Large".to_owned(),
        ..Definition::default()
    };
    for number in 0..5_000 {
        let id = format!("n{number}");
        large.nodes.push(node(
            &id,
            "TIME",
            "Wait",
            json!({"delay": {"value": 1, "unit": "days"}}),
        ));
        if number > 0 {
            let from = format!("n{}", number - 1);
            large
                .edges
                .push(edge(&format!("e{number}"), &from, &id, None));
        }
    }
    home.put(&large);
    a.settle(&network);
    let key = a.titled("Large");
    let one = BadNetwork::good(&home);
    a.edit(key, |graph| {
        graph.nodes[2_500].label = "Wait longer".to_owned()
    });
    a.settle(&one);
    check(&a, &home, "large");
    let (largest, all) = one.bytes.get();
    assert!(largest < 2_048, "{largest} bytes");
    assert!(
        all < 2_048,
        "{all} bytes in {} requests: {:?}",
        one.sent.get(),
        one.log
    );
    let patches = one
        .log
        .borrow()
        .iter()
        .filter(|line| line.starts_with("PATCH"))
        .count();
    assert_eq!(patches, 1);
}

#[test]
fn what_runs_there_is_told() {
    let home = Home::new();
    let network = BadNetwork::good(&home);
    let mut a = Replica::new("a", LEADLINE);
    let mut graph = six("Runs");
    graph.nodes[0] = node(
        "call",
        "TIME",
        "Wait",
        json!({"delay": {"value": 1, "unit": "hours"}}),
    );
    graph.nodes[0].is_entry = true;
    graph
        .edges
        .retain(|edge| edge.from_node_id.as_str() != "call");
    graph.edges.push(edge("e10", "call", "tell", None));
    let key = a.machine.add(graph);
    a.machine.enrol(key, leads(&[14155550101, 14155550102]));
    a.settle(&network);
    let remote = a.remote(key);
    let ask = |ask: AskThere| block_on(LEADLINE.ask(&home, &remote, &Names::new(), &ask));
    let refusal = ask(AskThere::Act(WorkflowAction::Pause)).unwrap_err();
    assert_eq!(refusal.status, Some(409), "{refusal:?}");
    let Ok(There::Workflow(shown)) = ask(AskThere::Act(WorkflowAction::Activate)) else {
        panic!("{:?}", ask(AskThere::Act(WorkflowAction::Activate)));
    };
    assert_eq!(
        (shown.workflow.status.as_str(), shown.node_count),
        ("active", 6)
    );
    let advance = json!({"by_ms": 60_000}).to_string();
    let advanced = home.ask("POST", "/v1/simulation/advance", &advance);
    assert_ne!(advanced["ticks"], 0, "{advanced}");
    let Ok(There::Counts(counts)) = ask(AskThere::Counts) else {
        panic!("counts");
    };
    let call = NodeId::parse("call").unwrap();
    let at_call = counts.iter().find(|counts| counts.node_id == call).unwrap();
    assert_eq!((at_call.here, at_call.entered), (2, 2), "{counts:?}");
    let at = |node: Option<NodeId>, search: &str, page| AskThere::Leads {
        page,
        limit: 1,
        status: Some("active".to_owned()),
        node,
        search: search.to_owned(),
    };
    let Ok(There::Leads(found)) = ask(at(Some(call.clone()), "5550102", 1)) else {
        panic!("leads");
    };
    assert_eq!(
        (found.meta.total, found.data[0].phone_number.as_str()),
        (1, "+14155550102")
    );
    let Ok(There::Leads(all)) = ask(at(None, "", 2)) else {
        panic!("leads");
    };
    assert_eq!((all.meta.total, all.data.len()), (2, 1));
    let Ok(There::Lead(history)) = ask(AskThere::Lead(found.data[0].id.clone())) else {
        panic!("a lead");
    };
    assert_eq!(history.history[0].node_id, call);
    let lead = Some(found.data[0].id.clone());
    let Ok(There::Calls(calls)) = ask(AskThere::Calls {
        page: 1,
        limit: 20,
        lead,
    }) else {
        panic!("calls");
    };
    assert_eq!(calls.meta.total, 0);
    let Ok(There::Events(events)) = ask(AskThere::Events {
        before: None,
        limit: 2,
    }) else {
        panic!("events");
    };
    assert_eq!(events.len(), 2);
    let before = Some(events[1].seq);
    let Ok(There::Events(older)) = ask(AskThere::Events { before, limit: 2 }) else {
        panic!("events");
    };
    assert!(older.iter().all(|event| event.seq < events[1].seq));
    assert!(matches!(ask(AskThere::Workflow), Ok(There::Workflow(_))));
}
