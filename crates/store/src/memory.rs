//! A store in memory: for private modes, for tests, and with faults on demand.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, ready};

use crate::store::{Record, Store, Table, Write};
use crate::{StoreError, migrations};

type Values = BTreeMap<String, Vec<u8>>;

/// Tables in memory.
#[derive(Debug)]
pub struct MemoryStore {
    tables: RefCell<BTreeMap<Table, Values>>,
    fault: RefCell<Option<StoreError>>,
    room: Cell<Option<usize>>,
    commits: Cell<u64>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::with_tables(&Table::ALL)
    }
}

impl MemoryStore {
    /// An empty store of the newest schema.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// A store with only these tables, as an older schema had.
    pub fn with_tables(tables: &[Table]) -> MemoryStore {
        MemoryStore {
            tables: RefCell::new(tables.iter().map(|&table| (table, Values::new())).collect()),
            fault: RefCell::new(None),
            room: Cell::new(None),
            commits: Cell::new(0),
        }
    }

    /// Brings a store of an older schema to the newest; see [`migrations`].
    pub fn upgrade(&self, from: u32) -> Result<(), StoreError> {
        let mut tables = self.tables.borrow_mut();
        for step in migrations::steps(from)? {
            for &table in step.creates {
                tables.entry(table).or_default();
            }
        }
        Ok(())
    }

    /// From now on every commit fails like this, writing nothing; `None` ends it.
    pub fn fail_with(&self, fault: Option<StoreError>) {
        *self.fault.borrow_mut() = fault;
    }

    /// From now on a commit that writes more than so many bytes of values fails with
    /// [`StoreError::Full`], writing nothing; `None` ends it.
    pub fn leave_room(&self, bytes: Option<usize>) {
        self.room.set(bytes);
    }

    /// How many commits succeeded.
    pub fn commits(&self) -> u64 {
        self.commits.get()
    }

    fn with<T>(&self, table: Table, read: impl FnOnce(&Values) -> T) -> Result<T, StoreError> {
        self.tables
            .borrow()
            .get(&table)
            .map(read)
            .ok_or_else(|| StoreError::Failed(format!("there is no table {}", table.name())))
    }

    /// Finds what would make a commit fail before anything of it is done.
    fn check(&self, writes: &[Write]) -> Result<(), StoreError> {
        let mut cleared = BTreeSet::new();
        let mut present: BTreeMap<(Table, &str), bool> = BTreeMap::new();
        for write in writes {
            let table = write.table();
            match write {
                Write::Add(_, key, _) => {
                    let stored = self.with(table, |values| values.contains_key(key))?;
                    let before = stored && !cleared.contains(&table);
                    if *present.get(&(table, key)).unwrap_or(&before) {
                        return Err(StoreError::Exists { key: key.clone() });
                    }
                    present.insert((table, key), true);
                }
                Write::Put(_, key, _) => {
                    present.insert((table, key), true);
                }
                Write::Delete(_, key) => {
                    present.insert((table, key), false);
                }
                Write::Clear(_) => {
                    cleared.insert(table);
                    present.retain(|(of, _), _| *of != table);
                }
            }
            self.with(table, |_| ())?;
        }
        Ok(())
    }

    fn commit_now(&self, writes: &[Write]) -> Result<(), StoreError> {
        if let Some(fault) = &*self.fault.borrow() {
            return Err(fault.clone());
        }
        let length = |write: &Write| match write {
            Write::Add(_, _, value) | Write::Put(_, _, value) => value.len(),
            Write::Delete(..) | Write::Clear(_) => 0,
        };
        let length: usize = writes.iter().map(length).sum();
        if self.room.get().is_some_and(|room| length > room) {
            return Err(StoreError::Full);
        }
        self.check(writes)?;
        let mut tables = self.tables.borrow_mut();
        for write in writes {
            let Some(values) = tables.get_mut(&write.table()) else {
                continue;
            };
            match write {
                Write::Add(_, key, value) | Write::Put(_, key, value) => {
                    values.insert(key.clone(), value.clone());
                }
                Write::Delete(_, key) => {
                    values.remove(key);
                }
                Write::Clear(_) => values.clear(),
            }
        }
        self.commits.set(self.commits.get() + 1);
        Ok(())
    }
}

impl Store for MemoryStore {
    fn commit(&self, writes: &[Write]) -> impl Future<Output = Result<(), StoreError>> {
        ready(self.commit_now(writes))
    }

    fn get(
        &self,
        table: Table,
        key: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> {
        ready(self.with(table, |values| values.get(key).cloned()))
    }

    fn keys(&self, table: Table) -> impl Future<Output = Result<Vec<String>, StoreError>> {
        ready(self.with(table, |values| values.keys().cloned().collect()))
    }

    fn range(
        &self,
        table: Table,
        from: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>> {
        ready(self.with(table, |values| {
            values
                .range(from.to_owned()..)
                .take(limit as usize)
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        }))
    }
}
