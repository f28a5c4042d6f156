//! Every dependency that is declared is used: by a crate's sources, and of the workspace's list by some
//! crate. Whoever declares one for what it does only by being linked says so here.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::root;
use super::sources::blank_comments_and_literals;

/// Crate and dependency, and what it does there without being named.
const UNNAMED: &[(&str, &str, &str)] = &[];

/// A crate of the workspace: its name, what it declares as its sources would call it, its sources.
struct Declared {
    name: String,
    dependencies: Vec<String>,
    sources: String,
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--offline", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {errors}");
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn declared(metadata: &Value) -> Vec<Declared> {
    let packages = metadata["packages"].as_array().expect("a list");
    let crates = packages.iter().map(|package| {
        let dependencies = package["dependencies"].as_array().expect("a list");
        let called = |dependency: &Value| {
            let renamed = dependency["rename"].as_str().map(str::to_owned);
            renamed
                .unwrap_or_else(|| text(&dependency["name"]))
                .replace('-', "_")
        };
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        Declared {
            name: text(&package["name"]),
            dependencies: dependencies.iter().map(called).collect(),
            sources: sources(manifest.parent().expect("a manifest lies in a folder")),
        }
    });
    crates.collect()
}

/// All Rust below a folder, without comments and literals.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.push_str(&sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = fs::read_to_string(&path).expect("a source");
            all.push_str(&blank_comments_and_literals(&source));
            // A module may lie elsewhere.
            for named in source.split("#[path = \"").skip(1) {
                let file = named.split('"').next().unwrap_or_default();
                let elsewhere = path.with_file_name(file);
                let source = fs::read_to_string(elsewhere).unwrap_or_default();
                all.push_str(&blank_comments_and_literals(&source));
            }
        }
    }
    all
}

/// What is declared and not named, as `crate: dependency`.
fn unused(crates: &[Declared], unnamed: &[(&str, &str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for one in crates {
        let words: BTreeSet<&str> = one
            .sources
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        for dependency in &one.dependencies {
            let excused =
                |(name, of, _): &(&str, &str, &str)| *name == one.name && of == dependency;
            if !words.contains(dependency.as_str()) && !unnamed.iter().any(excused) {
                found.push(format!("{}: {dependency}", one.name));
            }
        }
    }
    found
}

#[test]
fn every_declared_dependency_is_used() {
    let found = unused(&declared(&metadata()), UNNAMED);
    assert!(
        found.is_empty(),
        "declared and not used:\n{}",
        found.join("\n")
    );
}

#[test]
fn every_dependency_of_the_workspace_is_some_crates() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let lines = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()));
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("a list");
    let used: BTreeSet<String> = packages
        .iter()
        .flat_map(|package| package["dependencies"].as_array().expect("a list"))
        .map(|dependency| text(&dependency["name"]))
        .collect();
    let found: Vec<String> = names.filter(|name| !used.contains(name)).collect();
    assert!(found.is_empty(), "no crate uses {}", found.join(", "));
}

#[test]
fn a_planted_dependency_is_found() {
    let crates = [Declared {
        name: "a".to_owned(),
        dependencies: ["serde", "serde_json", "left_out"]
            .map(str::to_owned)
            .to_vec(),
        sources: blank_comments_and_literals("use serde_json::Value; // left_out\n\"serde\""),
    }];
    assert_eq!(unused(&crates, &[]), ["a: serde", "a: left_out"]);
    assert_eq!(unused(&crates, &[("a", "left_out", "why")]), ["a: serde"]);
}
