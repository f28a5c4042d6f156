//! LN-1, the lead-nurture workload: an ordinary user's graph with a random source of its own.
//!
//! The random source and the timing of calls are given, so that every implementation of the workload
//! must count the same: completed, dropped, calls, events, makespan.

mod ln1;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use ln1::{Ln1, Prepared, Report, prepare};
