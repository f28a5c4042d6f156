//! Exchanging definitions with a remote: what both sides changed, put together.
//!
//! Nothing here performs I/O or knows the time. Leads, calls and history belong to whoever runs a
//! workflow; what is merged is what its author edits.

pub mod adapter;
pub mod http;
pub mod machine;
pub mod merge;

pub use adapter::{Adapter, Outcome, Refusal};
pub use leadline_model::there;
pub use machine::{Answer, DocKey, Event, Machine, Next, Request, State};
pub use merge::{Conflict, MergeError, Merged, Place, Side, Subject, merge};
