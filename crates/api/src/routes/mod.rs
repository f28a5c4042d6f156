//! What each operation does: one file for each chapter of the table.

pub(crate) mod calls;
pub(crate) mod edges;
pub(crate) mod graph;
pub(crate) mod leads;
pub(crate) mod nodes;
pub(crate) mod organization;
pub(crate) mod runs;
pub(crate) mod subscriptions;
pub(crate) mod system;
pub(crate) mod workflows;
