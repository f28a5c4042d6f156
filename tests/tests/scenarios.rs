//! Every scenario file passes and comes to its recorded digest; together they come by every rule.
//!
//! `UPDATE_GOLDEN=1` records the digests anew; look at the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use leadline_sim::{Scenario, ScenarioReport};
use leadline_tests::{SCENARIOS, recorded_digest};

fn run_all() -> Vec<(&'static str, Scenario, ScenarioReport)> {
    let run = |(name, text): &(&'static str, &str)| {
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = scenario.run();
        (*name, scenario, report)
    };
    SCENARIOS.iter().map(run).collect()
}

#[test]
fn scenarios_pass() {
    assert!(
        SCENARIOS.len() >= 25,
        "only {} scenario files were found",
        SCENARIOS.len()
    );
    let mut failures = String::new();
    let mut digests = String::new();
    let updating = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    for (name, _, report) in run_all() {
        for failure in &report.failures {
            writeln!(failures, "{name}: {failure}").unwrap();
        }
        writeln!(digests, "{name} {}", report.digest).unwrap();
        let recorded = recorded_digest(name).unwrap_or("nothing");
        if !updating && recorded != report.digest {
            writeln!(
                failures,
                "{name}: came to {}, recorded is {recorded}",
                report.digest
            )
            .unwrap();
        }
    }
    if updating && failures.is_empty() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/digests.txt");
        std::fs::write(file, digests).unwrap();
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn scenarios_come_by_every_section_of_the_specification() {
    let mut covered = BTreeSet::new();
    let (mut nodes, mut all_nodes, mut edges, mut all_edges) = (0, 0, 0, 0);
    for (name, scenario, report) in run_all() {
        assert!(
            !scenario.covers().is_empty(),
            "{name} does not say what it covers"
        );
        covered.extend(
            scenario
                .covers()
                .iter()
                .map(|section| section[..1].to_owned()),
        );
        let coverage = &report.coverage;
        nodes += coverage.nodes.len();
        all_nodes += coverage.all_nodes.len();
        edges += coverage.edges.len();
        all_edges += coverage.all_edges.len();
    }
    let sections: Vec<&str> = covered.iter().map(String::as_str).collect();
    assert_eq!(sections, ["1", "2", "3", "4", "5", "6", "8"]);
    assert!(
        nodes * 100 >= all_nodes * 75,
        "leads came to {nodes} of {all_nodes} nodes"
    );
    assert!(
        edges * 100 >= all_edges * 60,
        "leads took {edges} of {all_edges} edges"
    );
}
