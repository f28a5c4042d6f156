//! Shared helpers of the cross-crate tests.

/// The scenario files by name, in the order of their names.
pub const SCENARIOS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// The digests the scenarios came to when somebody last looked at them: a name and a digest a line.
pub const DIGESTS: &str = include_str!("../scenarios/digests.txt");

/// The recorded digest of a scenario.
pub fn recorded_digest(name: &str) -> Option<&'static str> {
    DIGESTS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(recorded, _)| *recorded == name)
        .map(|(_, digest)| digest)
}
