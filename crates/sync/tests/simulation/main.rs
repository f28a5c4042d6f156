//! Replicas, a server and a bad network, seed by seed: at rest all are equal and well formed, every
//! edit is in the result or was shown as a conflict, every enrolment was applied once. Each rule left
//! out is caught.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod server;
mod world;

use world::World;

/// A rule that is left out, to prove that the simulation would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mutant {
    Nothing,
    /// The server takes every write, whatever `If-Match` says.
    LastWriteWins,
    /// Replicas merge without what both began with.
    NoBase,
    /// The server does not remember keys.
    NoKeys,
    /// The server looks at `If-Match` before the key.
    GuardBeforeKey,
    /// A change becomes visible after later ones.
    OutOfOrder,
    /// Late answers are taken for the answer that is awaited.
    LateAnswers,
    /// Versions begin anew after a purge.
    VersionsRestart,
    /// A purge is not told.
    SilentPurge,
}

/// What is wrong at the end of a seed.
fn run(seed: u64, mutant: Mutant) -> Result<(), String> {
    let mut world = World::new(seed, mutant);
    world.live(160);
    world.settle()?;
    world.check()
}

/// Seeds that are tried each time, and with `cargo xtask test --long`.
const SEEDS: u64 = 400;
const SEEDS_LONG: u64 = 3_000;

/// Seeds that once failed.
const ONCE: [u64; 1] = [2_762];

#[test]
fn replicas_agree_and_nothing_is_lost() {
    let long = std::env::var_os("LEADLINE_LONG").is_some();
    let seeds = if long { SEEDS_LONG } else { SEEDS };
    for seed in (0..seeds).chain(ONCE) {
        if let Err(problem) = run(seed, Mutant::Nothing) {
            panic!("seed {seed}: {problem}");
        }
    }
}

#[test]
fn every_rule_left_out_is_noticed() {
    use Mutant::{
        GuardBeforeKey, LastWriteWins, LateAnswers, NoBase, NoKeys, OutOfOrder, SilentPurge,
        VersionsRestart,
    };
    for mutant in [
        LastWriteWins,
        NoBase,
        NoKeys,
        GuardBeforeKey,
        OutOfOrder,
        LateAnswers,
        VersionsRestart,
        SilentPurge,
    ] {
        let noticed = (0..SEEDS_LONG).find(|seed| run(*seed, mutant).is_err());
        println!("{mutant:?} is noticed at seed {noticed:?}");
        assert!(noticed.is_some(), "{mutant:?} goes unnoticed");
    }
}
