//! What is kept, and how it is kept whole: the journal of inputs, snapshots that shorten its replay,
//! notes and the few facts needed to begin (meta).
//!
//! Nothing here performs I/O. A backend (IndexedDB in the browser, memory anywhere) is a [`Store`]:
//! tables of opaque values under text keys, with all-or-nothing commits. [`Archive`] gives those
//! values their meaning; each is sealed in an [`envelope`], so damage is found and named rather than
//! replayed. The [`conformance`] suite is what every backend has to pass.

pub mod archive;
pub mod backup;
pub mod conformance;
pub mod envelope;
mod error;
pub mod guard;
pub mod journal;
mod memory;
pub mod migrations;
pub mod snapshot;
mod store;

pub use archive::{Archive, JournalEnd, Meta};
pub use error::StoreError;
pub use journal::Entry;
pub use memory::MemoryStore;
pub use snapshot::Snapshot;
pub use store::{Record, Store, Table, Write};
