//! The tables a workflow's state is kept in: small rows of numbers, not trees of objects, so that a
//! million leads fit in tens of megabytes and what happens to a lead or a call touches one cache line.

pub mod calls;
pub mod cells;
pub mod history;
pub mod json;
pub mod leads;
pub mod packed;
pub mod rows;
pub mod timers;
