//! The tables a workflow's state is kept in: columns, not trees of objects, so that a million leads
//! fit in tens of megabytes and a tick touches only what is due.

pub mod calls;
pub mod cells;
pub mod history;
pub mod leads;
pub mod packed;
pub mod timers;
