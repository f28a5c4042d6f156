//! What a backend provides: tables of opaque values under text keys.
//!
//! Methods return futures because IndexedDB answers later; a backend that answers at once (memory,
//! SQLite) returns ready ones. Futures need not be `Send`: each store is used by one thread.

use std::future::Future;

use crate::StoreError;

/// The tables, in the order they were introduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Batches of journal entries, by the number of the first.
    Journal,
    /// Snapshots, by the number of the first entry that is not in them.
    Snapshots,
    /// Facts needed to begin.
    Meta,
    /// Small texts of the page: undo history, view, preferences. Since schema 2.
    Notes,
    /// Remotes with their keys, what is linked, what waits to be sent. Never in a backup. Since schema 3.
    Remotes,
}

impl Table {
    /// All tables.
    pub const ALL: [Table; 5] = [
        Table::Journal,
        Table::Snapshots,
        Table::Meta,
        Table::Notes,
        Table::Remotes,
    ];

    /// Its name in a database.
    pub fn name(self) -> &'static str {
        match self {
            Table::Journal => "journal",
            Table::Snapshots => "snapshots",
            Table::Meta => "meta",
            Table::Notes => "notes",
            Table::Remotes => "remotes",
        }
    }
}

/// One step of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Stores a value under a key that must not exist; [`StoreError::Exists`] otherwise.
    Add(Table, String, Vec<u8>),
    /// Stores a value, replacing the one with this key.
    Put(Table, String, Vec<u8>),
    /// Removes a value; nothing happens when there is none.
    Delete(Table, String),
    /// Removes all values of a table.
    Clear(Table),
}

impl Write {
    /// The table it changes.
    pub fn table(&self) -> Table {
        match self {
            Write::Add(table, ..)
            | Write::Put(table, ..)
            | Write::Delete(table, ..)
            | Write::Clear(table) => *table,
        }
    }
}

/// A stored value with its key.
pub type Record = (String, Vec<u8>);

/// A backend.
pub trait Store {
    /// Performs all writes in their order, or none; resolves once they would survive a power loss.
    fn commit(&self, writes: &[Write]) -> impl Future<Output = Result<(), StoreError>>;

    /// The value under a key.
    fn get(
        &self,
        table: Table,
        key: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>>;

    /// All keys of a table, ascending.
    fn keys(&self, table: Table) -> impl Future<Output = Result<Vec<String>, StoreError>>;

    /// Up to `limit` records with keys at or after `from`, ascending.
    fn range(
        &self,
        table: Table,
        from: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>>;
}
