//! Arrows between crates that must not exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use super::root;

/// A crate, and those it may not reach through any number of steps. `*` at the end stands for any
/// rest; the crate itself is never meant.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("leadline-model", &["leadline-*"]),
    ("leadline-engine", OUTSIDE_OF_THE_CORE),
    ("leadline-sim", OUTSIDE_OF_THE_CORE),
    ("leadline-designer", OUTSIDE_OF_THE_CORE),
    // The page talks to the engine through the protocol alone.
    (
        "leadline-web",
        &[
            "leadline-engine",
            "leadline-sim",
            "leadline-store",
            "leadline-sync",
            "leadline-api",
            "leadline-home",
        ],
    ),
    ("leadline-store", &["leadline-engine", "leadline-web"]),
    (
        "leadline-protocol",
        &["leadline-engine", "leadline-sync", "leadline-web"],
    ),
    // The API runs in a page too: the check for wasm sees to it that it needs no runtime.
    (
        "leadline-api",
        &[
            "leptos",
            "leadline-home",
            "leadline-server",
            "leadline-web",
            "leadline-worker",
        ],
    ),
    // Everything in memory, everything at once: no screen, no server, no JavaScript.
    (
        "leadline-home",
        &[
            "js-sys",
            "leptos",
            "wasm-bindgen",
            "leadline-playground",
            "leadline-server",
            "leadline-web",
            "leadline-worker",
        ],
    ),
    (
        "leadline-server",
        &["leadline-web", "leadline-home", "leptos"],
    ),
    (
        "leadline-worker",
        &["leadline-web", "leadline-playground", "leptos"],
    ),
    // The playground knows the OpenAPI document and whoever answers requests, nothing of what is behind them.
    (
        "leadline-playground",
        &[
            "leadline-api",
            "leadline-designer",
            "leadline-engine",
            "leadline-home",
            "leadline-leadfile",
            "leadline-model",
            "leadline-protocol",
            "leadline-server",
            "leadline-sim",
            "leadline-store",
            "leadline-sync",
            "leadline-web",
            "leadline-worker",
        ],
    ),
    ("leadline-boxed", &["leadline-*"]),
];

const OUTSIDE_OF_THE_CORE: &[&str] = &[
    "tokio",
    "web-sys",
    "js-sys",
    "leptos",
    "axum",
    "leadline-api",
    "leadline-server",
    "leadline-store",
    "leadline-web",
    "leadline-worker",
];

/// Crates of the core must be there, or the rules above would hold for nothing.
const MUST_EXIST: &[&str] = &[
    "leadline-model",
    "leadline-engine",
    "leadline-sim",
    "leadline-designer",
    "leadline-web",
    "leadline-api",
    "leadline-server",
    "leadline-playground",
    "leadline-home",
];

/// Each package's direct, normal dependencies, by name.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn workspace_graph() -> Graph {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--offline"])
        .args(["--filter-platform", &target])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {errors}");
    graph_of(&serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON"))
}

fn graph_of(metadata: &Value) -> Graph {
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let names: BTreeMap<String, String> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let mut graph = Graph::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        // Two versions of one crate count as one.
        let arrows = graph.entry(names[&text(&node["id"])].clone()).or_default();
        for dep in list(&node["deps"]) {
            // The kind of a normal dependency is null.
            let normal = list(&dep["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null());
            if normal {
                arrows.insert(names[&text(&dep["pkg"])].clone());
            }
        }
    }
    graph
}

/// The way from a crate to a forbidden one, for each one reached.
fn violations(graph: &Graph, rules: &[(&str, &[&str])]) -> Vec<String> {
    let mut found = Vec::new();
    for (start, forbidden) in rules {
        let mut ways = vec![vec![(*start).to_owned()]];
        let mut seen = BTreeSet::from([(*start).to_owned()]);
        while let Some(way) = ways.pop() {
            let Some(next) = way.last().and_then(|last| graph.get(last)) else {
                continue;
            };
            for name in next {
                if !seen.insert(name.clone()) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(name.clone());
                if forbidden.iter().any(|pattern| fits(pattern, name)) {
                    found.push(longer.join(" -> "));
                }
                ways.push(longer);
            }
        }
    }
    found.sort();
    found
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

#[test]
fn no_forbidden_arrow_exists() {
    let graph = workspace_graph();
    for name in MUST_EXIST {
        assert!(graph.contains_key(*name), "{name} is not in the workspace");
    }
    let found = violations(&graph, FORBIDDEN);
    assert!(found.is_empty(), "forbidden arrows:\n{}", found.join("\n"));
}

fn check(arrows: &[(&str, &str)], expected: &[&str]) {
    let mut graph = Graph::new();
    for (from, to) in arrows {
        graph
            .entry((*from).to_owned())
            .or_default()
            .insert((*to).to_owned());
    }
    assert_eq!(violations(&graph, FORBIDDEN), expected, "{arrows:?}");
}

#[test]
fn planted_arrows_are_found() {
    check(&[("leadline-model", "serde")], &[]);
    check(
        &[("leadline-model", "leadline-engine")],
        &["leadline-model -> leadline-engine"],
    );
    // Through others, around a cycle, and once for each crate.
    check(
        &[
            ("leadline-sim", "leadline-engine"),
            ("leadline-engine", "helper"),
            ("helper", "leadline-engine"),
            ("helper", "tokio"),
        ],
        &[
            "leadline-engine -> helper -> tokio",
            "leadline-sim -> leadline-engine -> helper -> tokio",
        ],
    );
    check(&[("leadline-worker", "leadline-engine")], &[]);
}

#[test]
fn only_normal_dependencies_count() {
    let metadata = serde_json::json!({
        "packages": [{"id": "a", "name": "leadline-model"}, {"id": "b", "name": "leadline-sim"},
                     {"id": "c", "name": "leadline-store"}],
        "resolve": {"nodes": [
            {"id": "a", "deps": [
                {"pkg": "b", "dep_kinds": [{"kind": "dev", "target": null}]},
                {"pkg": "c", "dep_kinds": [{"kind": "build"}, {"kind": null}]}]},
            {"id": "b", "deps": []},
            {"id": "c", "deps": []}]}
    });
    let found = violations(&graph_of(&metadata), FORBIDDEN);
    assert_eq!(found, ["leadline-model -> leadline-store"]);
}
