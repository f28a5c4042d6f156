//! Where things are kept: IndexedDB, or memory where there is no IndexedDB.

use leadline_store::{MemoryStore, Record, Store, StoreError, Table, Write};
use wasm_bindgen::{JsCast, JsValue};

use super::idb::IdbStore;

/// A store of either kind.
#[derive(Debug)]
pub enum Device {
    /// In the browser's database.
    Disk(IdbStore),
    /// In memory of this worker only.
    Memory(MemoryStore),
}

impl Device {
    /// The database, where there is one.
    pub fn disk(&self) -> Option<&IdbStore> {
        match self {
            Device::Disk(store) => Some(store),
            Device::Memory(_) => None,
        }
    }
}

impl Store for Device {
    async fn commit(&self, writes: &[Write]) -> Result<(), StoreError> {
        match self {
            Device::Disk(store) => store.commit(writes).await,
            Device::Memory(store) => store.commit(writes).await,
        }
    }

    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Device::Disk(store) => store.get(table, key).await,
            Device::Memory(store) => store.get(table, key).await,
        }
    }

    async fn keys(&self, table: Table) -> Result<Vec<String>, StoreError> {
        match self {
            Device::Disk(store) => store.keys(table).await,
            Device::Memory(store) => store.keys(table).await,
        }
    }

    async fn range(&self, table: Table, from: &str, limit: u32) -> Result<Vec<Record>, StoreError> {
        match self {
            Device::Disk(store) => store.range(table, from, limit).await,
            Device::Memory(store) => store.range(table, from, limit).await,
        }
    }
}

/// What a thrown value says.
pub fn text(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error
            .as_string()
            .unwrap_or_else(|| "an unknown error".to_owned()),
    }
}
