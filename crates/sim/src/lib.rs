//! The simulated world and the session that joins it to the engine.
//!
//! [`Session`] is an engine, a world and a clock: inputs go in, time is advanced, and everything else
//! follows from the seed (SPEC 8). [`World`] answers the engine's effects: calls are answered,
//! webhooks delivered. [`Scenario`] is a script of inputs with expectations, run as a test.

mod generate;
mod luck;
pub mod scenario;
mod session;
mod world;

pub use generate::GeneratedVariable;
pub use luck::{ActionPlan, CallPlan, Draw, Luck, SeededLuck};
pub use scenario::{Coverage, Scenario, ScenarioError, ScenarioReport};
pub use session::{Advanced, News, Session, SessionConfig, SessionInput};
pub use world::{Outage, World};
