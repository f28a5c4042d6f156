//! Against a server of the plain API.

use std::cell::Cell;
use std::collections::BTreeMap;

use futures::executor::block_on;
use leadline_model::view::PageMeta;
use leadline_model::{Definition, LeadId, NodeId, WorkflowAction, WorkflowStatus, json};
use leadline_sync::machine::Event;
use leadline_sync::there::{AskThere, There};
use leadline_sync::{Adapter, adapter};
use serde_json::{Value, json};

use crate::bad_network::{BadNetwork, Fault, Plan, splitmix};
use crate::graphs::{edge, leads, node, six, without};
use crate::plain_server::{Dialect, OTHER, PlainServer, SEEDS};
use crate::replica::Replica;

const PLAIN: Adapter = Adapter::Plain(adapter::Plain);

/// It shows few at once, so that there are many pages.
const FEW: Dialect = Dialect { shown: 3, ..SEEDS };

/// A graph told by its labels, whatever its ids and their order.
type Told = (String, String, Vec<String>, Vec<String>);

fn told(title: &str, description: &str, nodes: &[Value], edges: &[Value]) -> Told {
    let labels: BTreeMap<&str, &str> = nodes
        .iter()
        .map(|node| {
            (
                node["id"].as_str().unwrap(),
                node["label"].as_str().unwrap(),
            )
        })
        .collect();
    let show_node = |node: &Value| {
        let mut node = node.clone();
        for other in ["id", "workflow_id"] {
            node.as_object_mut().unwrap().remove(other);
        }
        node.to_string()
    };
    let show_edge = |edge: &Value| {
        let label = |end: &str| labels[edge[end].as_str().unwrap()];
        format!(
            "{} -{}-> {}",
            label("from_node_id"),
            edge["label"],
            label("to_node_id")
        )
    };
    let mut nodes: Vec<String> = nodes.iter().map(show_node).collect();
    let mut edges: Vec<String> = edges.iter().map(show_edge).collect();
    nodes.sort();
    edges.sort();
    (title.to_owned(), description.to_owned(), nodes, edges)
}

fn told_here(graph: &Definition) -> Told {
    let list = |value: Value| value.as_array().unwrap().clone();
    let nodes = list(json::to_value(&graph.nodes).unwrap());
    let edges = list(json::to_value(&graph.edges).unwrap());
    told(&graph.title, &graph.description, &nodes, &edges)
}

fn told_there(server: &PlainServer) -> Vec<Told> {
    let kept = server.kept.borrow();
    let all = kept.workflows.iter().map(|one| {
        let text = |name: &str| one.fields[name].as_str().unwrap();
        // As here, so that numbers and what is absent are written alike.
        let graph = |nodes: &[Value]| {
            let nodes = nodes.iter().map(|node| {
                let node: leadline_model::Node = json::from_value(&{
                    let mut node = node.clone();
                    let id = node["id"].as_str().unwrap().replace(':', "-");
                    node["id"] = id.into();
                    node
                })
                .unwrap();
                json::to_value(&node).unwrap()
            });
            nodes.collect::<Vec<_>>()
        };
        let edges: Vec<Value> =
            serde_json::from_str(&json!(one.edges).to_string().replace("node:", "node-")).unwrap();
        told(
            text(server.dialect.title),
            text("description"),
            &graph(&one.nodes),
            &edges,
        )
    });
    let mut all: Vec<Told> = all.collect();
    all.sort();
    all
}

/// Both sides hold the same, and nothing twice.
fn check(replica: &Replica, server: &PlainServer, case: &str) {
    let docs = replica.machine.state().docs.values();
    let mut here: Vec<Told> = docs.map(|doc| told_here(&doc.local)).collect();
    here.sort();
    assert_eq!(here, told_there(server), "{case}");
}

fn check_quiet(replica: &Replica, server: &PlainServer, case: &str) {
    check(replica, server, case);
    let bad = |event: &&Event| matches!(event, Event::Refused(..) | Event::Conflicts(..));
    assert_eq!(replica.events.iter().find(bad), None, "{case}");
}

/// Creates, edits, enrols and deletes; whatever goes wrong on the way.
fn scenario(server: &PlainServer, network: &BadNetwork<'_, PlainServer>, case: &str) {
    let mut replica = Replica::new("a", PLAIN);
    let kept = replica.machine.add(six("Kept"));
    let mut wanted = replica.local(kept);
    replica.settle(network);
    check_quiet(&replica, server, case);
    assert_eq!(
        told_here(&replica.local(kept)),
        told_here(&wanted),
        "{case}"
    );
    let gone = replica.machine.add(small("Gone"));
    replica.edit(kept, |graph| {
        graph.nodes[0].label = "Call".to_owned();
        graph.nodes[0].is_entry = false;
        let mut late = node("n1", "TIME", "Later", json!({}));
        late.is_entry = true;
        graph.nodes.push(late);
        graph.edges[0] = edge("e1", "call", "n1", Some("COMPLETED"));
        graph.edges[3].label = Some("often".to_owned());
        graph.edges.push(edge("e9", "n1", "tell", None));
        wanted = graph.clone();
    });
    replica.settle(network);
    check_quiet(&replica, server, case);
    assert_eq!(
        told_here(&replica.local(kept)),
        told_here(&wanted),
        "{case}"
    );
    replica.edit(kept, |graph| {
        without(graph, "often");
        without(graph, "n1");
        graph.description.clear();
        wanted = graph.clone();
    });
    replica
        .machine
        .enrol(kept, leads(&[14155550101, 14155550102]));
    replica
        .machine
        .enrol(kept, leads(&[14155550102, 14155550103]));
    replica.settle(network);
    check_quiet(&replica, server, case);
    assert_eq!(
        told_here(&replica.local(kept)),
        told_here(&wanted),
        "{case}"
    );
    replica.machine.delete(gone);
    replica.settle(network);
    check_quiet(&replica, server, case);
    assert_eq!(replica.machine.state().docs.len(), 1, "{case}");
    assert!(replica.machine.state().set_aside.is_empty(), "{case}");
    let there = server.kept.borrow();
    let mut numbers: Vec<&str> = there.workflows[0]
        .leads
        .iter()
        .map(|lead| lead["phone_number"].as_str().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        ["+14155550101", "+14155550102", "+14155550103"],
        "{case}"
    );
}

fn small(title: &str) -> Definition {
    let mut small = six(title);
    for id in ["often", "wait", "no"] {
        without(&mut small, id);
    }
    small
}

/// Lets every so manieth request fail.
fn every_cut(dialect: Dialect, step: usize) {
    let server = PlainServer::new(dialect);
    let network = BadNetwork::good(&server);
    scenario(&server, &network, "nothing goes wrong");
    for at in (0..network.sent.get()).step_by(step) {
        for fault in network.faults(at) {
            let server = PlainServer::new(dialect);
            let bad = BadNetwork::with(&server, Plan::At(at, fault));
            scenario(&server, &bad, &format!("{fault:?} at request {at}"));
        }
    }
}

#[test]
fn whatever_request_fails_both_sides_come_to_rest_with_the_same() {
    every_cut(SEEDS, 1);
}

#[test]
fn it_is_so_in_another_spelling() {
    every_cut(OTHER, 5);
}

#[test]
fn many_faults_one_after_another_change_nothing_either() {
    for seed in 0..30 {
        let dialect = [SEEDS, OTHER, FEW][seed as usize % 3];
        let server = PlainServer::new(dialect);
        let network = BadNetwork::with(&server, Plan::OneIn(20, seed.into()));
        scenario(&server, &network, &format!("seed {seed}"));
    }
}

/// Something that somebody does in a replica.
fn edit_by_luck(replica: &mut Replica, luck: &Cell<u64>, made: &mut u32) {
    let below = |n: usize| (splitmix(luck) >> 33) as usize % n;
    let keys: Vec<_> = replica.machine.state().docs.keys().copied().collect();
    let Some(key) = keys.get(below(keys.len() + 1)).copied() else {
        if keys.len() < 3 {
            *made += 1;
            let title = format!("Workflow {made}");
            replica.machine.add(Definition {
                title,
                ..Definition::default()
            });
        }
        return;
    };
    *made += 1;
    let name = format!("v{made}");
    let mut graph = replica.local(key);
    let (nodes, edges) = (graph.nodes.len(), graph.edges.len());
    match below(8) {
        0 => graph.description = name,
        1..=3 => graph.nodes.push(node(
            &format!("{}{made}", ["n", "nod_"][below(2)]),
            "TIME",
            &name,
            json!({}),
        )),
        4 if nodes > 0 => graph.nodes[below(nodes)].label = name,
        5 if nodes > 0 => {
            let id = graph.nodes[below(nodes)].id.to_string();
            without(&mut graph, &id);
        }
        6 if nodes > 1 => {
            let (from, to) = (
                graph.nodes[below(nodes)].id.clone(),
                graph.nodes[below(nodes)].id.clone(),
            );
            let label = ["one", "two"][below(2)];
            graph.edges.push(edge(
                &format!("e{made}"),
                from.as_str(),
                to.as_str(),
                Some(label),
            ));
        }
        7 if edges > 0 => graph.edges[below(edges)].label = Some(name),
        _ => graph.title = name,
    }
    if graph.check().is_ok() {
        replica.machine.edit(key, graph);
    }
}

#[test]
fn two_replicas_and_a_bad_network_come_to_rest_with_the_same() {
    for seed in 0..200u64 {
        let luck = Cell::new(seed * 1_000_003);
        let server = PlainServer::new(if seed % 2 == 0 { SEEDS } else { OTHER });
        let networks = [0, 1]
            .map(|number| BadNetwork::with(&server, Plan::OneIn(25, Cell::new(seed * 2 + number))));
        let mut replicas = ["a", "b"].map(|name| Replica::new(name, PLAIN));
        let mut made = 0;
        for _ in 0..40 {
            let who = (splitmix(&luck) >> 40) as usize % 2;
            match (splitmix(&luck) >> 40) % 3 {
                0 => edit_by_luck(&mut replicas[who], &luck, &mut made),
                1 => replicas[who].now += 20_000,
                _ => drop(replicas[who].step(&networks[who])),
            }
        }
        networks.iter().for_each(BadNetwork::mend);
        for _ in 0..6 {
            for (replica, network) in replicas.iter_mut().zip(&networks) {
                replica.now += 120_000;
                replica.look(network);
            }
            let [a, b] = replicas.each_ref().map(|replica| {
                let docs = replica.machine.state().docs.values();
                docs.map(|doc| (doc.remote.clone(), told_here(&doc.local)))
                    .collect::<BTreeMap<_, _>>()
            });
            if a == b {
                break;
            }
        }
        for (replica, name) in replicas.iter().zip(["a", "b"]) {
            check(replica, &server, &format!("seed {seed}, {name}"));
            for doc in replica.machine.state().docs.values() {
                assert_eq!(
                    doc.base.as_ref().unwrap().definition,
                    doc.local,
                    "seed {seed}"
                );
                let mut labels: Vec<&String> =
                    doc.local.nodes.iter().map(|node| &node.label).collect();
                labels.sort();
                labels.dedup();
                assert_eq!(
                    labels.len(),
                    doc.local.nodes.len(),
                    "seed {seed}: something is there twice"
                );
            }
        }
    }
}

#[test]
fn what_the_api_cannot_say_is_refused_before_anything_is_written() {
    let server = PlainServer::new(SEEDS);
    let network = BadNetwork::good(&server);
    let mut a = Replica::new("a", PLAIN);
    let mut graph = six("Kept");
    graph.settings.max_concurrent_calls = Some(3);
    let key = a.machine.add(graph);
    a.settle(&network);
    let refused = a.machine.state().docs[&key].refused.clone().unwrap();
    assert!(refused.contains("no settings"), "{refused}");
    assert!(server.kept.borrow().workflows[0].nodes.is_empty());
    a.edit(key, |graph| {
        graph.settings = Default::default();
        let run = json!({"action": "agent_workflow", "agent_name": "router"});
        graph.nodes.push(node("run", "APPLICATION", "Route", run));
    });
    a.settle(&network);
    let refused = a.machine.state().docs[&key].refused.clone().unwrap();
    assert!(
        refused.contains("`Route` starts an agent's workflow"),
        "{refused}"
    );
    assert!(server.kept.borrow().workflows[0].nodes.is_empty());
    a.edit(key, |graph| without(graph, "run"));
    a.settle(&network);
    check(&a, &server, "everything can be said now");
}

#[test]
fn settings_are_kept_where_there_are_any() {
    let server = PlainServer::new(OTHER);
    let network = BadNetwork::good(&server);
    let mut a = Replica::new("a", PLAIN);
    let mut graph = six("Kept");
    graph.settings.max_concurrent_calls = Some(3);
    let key = a.machine.add(graph);
    a.settle(&network);
    check_quiet(&a, &server, "settings");
    assert_eq!(
        server.kept.borrow().workflows[0].fields["settings"]["max_concurrent_calls"],
        3
    );
    server.kept.borrow_mut().workflows[0].fields["settings"]["max_concurrent_calls"] = json!(5);
    a.look(&network);
    assert_eq!(a.local(key).settings.max_concurrent_calls, Some(5));
}

#[test]
fn config_that_is_dropped_there_is_told_and_kept_here() {
    let server = PlainServer::new(Dialect {
        drops: Some("delay"),
        ..SEEDS
    });
    let network = BadNetwork::good(&server);
    let mut a = Replica::new("a", PLAIN);
    let key = a.machine.add(six("Kept"));
    let before = a.local(key);
    a.settle(&network);
    let refused = a.machine.state().docs[&key].refused.clone().unwrap();
    assert_eq!(refused, "The remote did not keep `delay` of `Wait`.");
    assert_eq!(a.local(key), before);
}

#[test]
fn simulated_answers_and_strange_config_stay_where_they_are() {
    let server = PlainServer::new(SEEDS);
    let network = BadNetwork::good(&server);
    let mut a = Replica::new("a", PLAIN);
    let mut graph = six("Kept");
    let simulation =
        json!({"outcomes": {"completed": 1}, "duration_seconds": {"min": 1, "max": 2}});
    graph.nodes[0] = node(
        "call",
        "VOICE_CALL",
        "First call",
        json!({"simulation": simulation}),
    );
    let key = a.machine.add(graph);
    a.settle(&network);
    assert!(
        a.local(key).nodes[0]
            == json::from_value(&json::to_value(&a.base(key).definition.nodes[0]).unwrap())
                .unwrap()
    );
    let shown = json::to_value(&a.local(key).nodes[0]).unwrap();
    assert_eq!(shown["config"]["simulation"]["outcomes"]["completed"], 1);
    let config = server.kept.borrow().workflows[0].nodes[0]["config"].clone();
    assert!(config.get("simulation").is_none(), "{config}");
    // What only the remote knows of survives edits of the rest.
    server.kept.borrow_mut().workflows[0].nodes[0]["config"]["voice"] = json!("warm");
    a.edit(key, |graph| {
        graph.nodes[0] = node(
            "call",
            "VOICE_CALL",
            "First call",
            json!({"ring_timeout_seconds": 9, "simulation": simulation}),
        );
    });
    a.settle(&network);
    let config = server.kept.borrow().workflows[0].nodes[0]["config"].clone();
    assert_eq!(
        (&config["voice"], &config["ring_timeout_seconds"]),
        (&json!("warm"), &json!(9))
    );
    let shown = json::to_value(&a.local(key).nodes[0]).unwrap();
    assert_eq!(shown["config"]["simulation"]["outcomes"]["completed"], 1);
}

#[test]
fn a_workflow_that_is_no_workflow_here_does_not_stop_the_others() {
    let server = PlainServer::new(SEEDS);
    let network = BadNetwork::good(&server);
    let mut a = Replica::new("a", PLAIN);
    a.machine.add(six("One"));
    a.machine.add(six("Two"));
    a.settle(&network);
    server.kept.borrow_mut().workflows[0].nodes[1]["node_type"] = json!("FAX");
    let mut b = Replica::new("b", PLAIN);
    b.settle(&network);
    assert_eq!(b.machine.state().docs.len(), 1);
    let told = |event: &Event| matches!(event, Event::Failed(why) if why.contains("FAX"));
    assert!(b.events.iter().any(told), "{:?}", b.events);
    a.look(&network);
    let one = a.titled("One");
    let refused = a.machine.state().docs[&one].refused.clone().unwrap();
    assert!(refused.contains("FAX"), "{refused}");
    server.kept.borrow_mut().workflows[0].nodes[1]["node_type"] = json!("TIME");
    a.edit(one, |graph| graph.description = "Edited".to_owned());
    a.look(&network);
    check(&a, &server, "mended");
}

fn ask(server: &PlainServer, a: &Replica, ask: AskThere) -> Result<There, adapter::Refusal> {
    let doc = a.machine.state().docs.values().next().unwrap();
    block_on(PLAIN.ask(server, doc.remote.as_ref().unwrap(), &doc.names, &ask))
}

#[test]
fn what_runs_there_is_told_in_the_words_of_here() {
    let server = PlainServer::new(OTHER);
    let network = BadNetwork::good(&server);
    let mut a = Replica::new("a", PLAIN);
    let key = a.machine.add(six("Kept"));
    a.machine.enrol(key, leads(&[14155550101, 14155550102]));
    a.settle(&network);
    let act = |action| ask(&server, &a, AskThere::Act(action));
    let Ok(There::Workflow(shown)) = act(WorkflowAction::Activate) else {
        panic!("it is active");
    };
    assert_eq!(shown.workflow.status, WorkflowStatus::Running);
    assert_eq!(
        (
            shown.node_count,
            shown.edge_count,
            shown.lead_counts.pending
        ),
        (6, 8, 2)
    );
    let refusal = act(WorkflowAction::Activate).unwrap_err();
    assert_eq!(
        (refusal.status, refusal.message.as_str()),
        (Some(409), "Cannot activate: it is running.")
    );
    for (question, words) in [
        (
            AskThere::Act(WorkflowAction::Draft),
            "cannot take a workflow back to draft",
        ),
        (AskThere::Act(WorkflowAction::Complete), "cannot complete"),
        (
            AskThere::Events {
                before: None,
                limit: 20,
            },
            "no list of events",
        ),
        (
            AskThere::Leads {
                page: 1,
                limit: 20,
                status: None,
                node: None,
                search: "Ann".to_owned(),
            },
            "does not search",
        ),
    ] {
        let refusal = ask(&server, &a, question).unwrap_err();
        assert!(
            refusal.message.contains(words) && refusal.status == Some(501),
            "{refusal:?}"
        );
    }
    // A lead stands at a node whose id could not even be one here.
    let node = {
        let mut kept = server.kept.borrow_mut();
        let there = &mut kept.workflows[0];
        assert!(there.nodes[0]["id"].as_str().unwrap().starts_with("node:"));
        (there.leads[0]["status"], there.leads[0]["current_node_id"]) =
            (json!("active"), there.nodes[0]["id"].clone());
        NodeId::parse("call").unwrap()
    };
    let Ok(There::Counts(counts)) = ask(&server, &a, AskThere::Counts) else {
        panic!("counts");
    };
    assert_eq!(
        (counts.len(), &counts[0].node_id, counts[0].here),
        (1, &node, 1)
    );
    let all = AskThere::Leads {
        page: 1,
        limit: 20,
        status: None,
        node: Some(node.clone()),
        search: String::new(),
    };
    let Ok(There::Leads(page)) = ask(&server, &a, all) else {
        panic!("leads");
    };
    assert_eq!(page.data[0].current_node_id, Some(node.clone()));
    assert_eq!(page.meta, PageMeta::new(1, 20, 2));
    let lead: LeadId = page.data[0].id.clone();
    let Ok(There::Lead(history)) = ask(&server, &a, AskThere::Lead(lead)) else {
        panic!("a lead");
    };
    assert_eq!(
        (history.history.len(), &history.history[0].node_id),
        (1, &node)
    );
    let Ok(There::Calls(calls)) = ask(
        &server,
        &a,
        AskThere::Calls {
            page: 1,
            limit: 20,
            lead: None,
        },
    ) else {
        panic!("calls");
    };
    assert!(calls.data.is_empty());
    assert!(
        ask(
            &server,
            &a,
            AskThere::Lead(LeadId::parse("wld_none").unwrap())
        )
        .is_err()
    );
    assert_eq!(
        a.machine.state().docs[&key]
            .names
            .get("call")
            .map(|id| id.starts_with("node:")),
        Some(true)
    );
}

#[test]
fn what_others_edit_while_an_edit_is_half_done_brings_nothing_back() {
    // Up to where the edit came, of all the requests it needs.
    for done in 0..40 {
        let server = PlainServer::new(OTHER);
        let network = BadNetwork::good(&server);
        let mut a = Replica::new("a", PLAIN);
        let key = a.machine.add(six("Kept"));
        a.settle(&network);
        a.edit(key, |graph| {
            without(graph, "often");
            graph
                .edges
                .retain(|edge| edge.label.as_deref() != Some("FAILURE"));
            graph.nodes.push(node("new", "TIME", "New", json!({})));
            graph.edges.push(edge("e9", "new", "call", None));
        });
        let wanted = a.local(key);
        let bad = BadNetwork::with(&server, Plan::At(done, Fault::LostAfter));
        a.step(&bad);
        {
            let mut kept = server.kept.borrow_mut();
            let mut nodes = kept.workflows[0].nodes.iter_mut();
            let yes = nodes.find(|node| node["label"] == "Yes").unwrap();
            yes["label"] = json!("Yes, of somebody else");
        }
        a.now += 120_000;
        a.settle(&network);
        check_quiet(&a, &server, &format!("broken off after {done} requests"));
        let mut wanted = wanted;
        wanted.nodes[3].label = "Yes, of somebody else".to_owned();
        assert_eq!(
            told_here(&a.local(key)),
            told_here(&wanted),
            "broken off after {done} requests"
        );
        if bad.sent.get() <= done {
            return;
        }
    }
    panic!("the edit never came to its end");
}
