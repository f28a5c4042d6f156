//! The engine: a pure, synchronous state machine. `apply(now, input)` changes the state and gives
//! effects; queries read it. It has no clock, no I/O and no randomness of its own (SPEC 8), so the
//! journal of its inputs rebuilds it exactly, on every platform.
//!
//! Where to look: [`Engine`] is the choke point; `scheduler.rs` does what a tick does; `machines/`
//! holds one file per state machine with its transition table; `nodes/` one file per node type;
//! `state/` the tables leads, calls and history are kept in; `query.rs` and `why.rs` what is shown.

mod compile;
mod conditions;
mod dates;
mod dialling;
mod edit;
mod effect;
mod engine;
mod error;
mod flow;
mod input;
mod invariants;
pub mod machines;
mod nodes;
mod operate;
mod people;
mod query;
mod report;
mod runs;
mod scheduler;
mod snapshot;
mod state;
mod subscriptions;
mod templates;
mod why;
mod window;

pub use dialling::{Bar, Dialling};
pub use effect::{ActionRequest, Announcement, Effect};
pub use engine::{Engine, EngineConfig, LAST_NOW};
pub use error::{EngineError, ErrorKind};
pub use flow::{CallRef, Counters, LeadRef};
pub use input::{ActionResult, CallReport, Input, LeadBatch, Output};
pub use query::{CallFilter, Dialled, LeadFilter, LiveView, Mark, SortBy};
pub use runs::{RunFilter, RunRef, StepPlace};
pub use scheduler::{MAX_HOPS, MAX_MOVES};
pub use snapshot::{SNAPSHOT_VERSION, SnapshotError};
pub use state::timers::Timers;
pub use templates::{check_template, knows_timezone};
