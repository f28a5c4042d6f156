//! The same inputs give the same results everywhere (SPEC 8): every scenario comes to its recorded
//! digest natively, in wasm in Node and in wasm in Chromium. The three runs are the same program.

#![allow(clippy::panic)]

use leadline_sim::Scenario;
use leadline_tests::{SCENARIOS, recorded_digest};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn scenarios_come_to_their_recorded_digests_here_too() {
    assert!(SCENARIOS.len() >= 25, "only {} scenarios", SCENARIOS.len());
    for (name, text) in SCENARIOS {
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = scenario.run();
        assert!(report.passed, "{name}: {:?}", report.failures);
        assert_eq!(
            Some(report.digest.as_str()),
            recorded_digest(name),
            "{name}"
        );
    }
}
