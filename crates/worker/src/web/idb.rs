//! IndexedDB as a [`Store`]: each table an object store, each value a byte array under a text key.
//!
//! Commits are strict: the browser says done once the data is on the medium. A connection may be lost
//! at any time (site data cleared, storage fault, a newer version in another tab); operations then
//! fail with [`StoreError::Closed`] until [`IdbStore::reopen`] succeeded.

use std::cell::RefCell;

use indexed_db_futures::database::{Database, VersionChangeEvent, VersionChangeListener};
use indexed_db_futures::error::{DomException, Error, OpenDbError, UnexpectedDataError};
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use indexed_db_futures::typed_array::{Uint8Array, Uint8ArraySlice};
use leadline_model::ordered;
use leadline_store::{Record, Store, StoreError, Table, Write, migrations};

/// The name of the database.
pub const NAME: &str = "leadline";

/// A connection to the database.
#[derive(Debug)]
pub struct IdbStore {
    name: String,
    /// Taken out while there is no connection.
    db: RefCell<Option<Database>>,
}

/// A fresh connection.
#[derive(Debug)]
pub struct Opened {
    /// The connection.
    pub store: IdbStore,
    /// The schema the database had, if it was upgraded just now; 0: there was none.
    pub upgraded_from: Option<u32>,
}

impl IdbStore {
    /// Opens the database, upgrading an older one. `blocked` is called when another tab stands in
    /// the way; opening goes on when it has gone.
    pub async fn open(name: &str, blocked: impl FnOnce() + 'static) -> Result<Opened, StoreError> {
        let (db, upgraded_from) = connect(name, blocked).await?;
        let store = IdbStore {
            name: name.to_owned(),
            db: RefCell::new(Some(db)),
        };
        Ok(Opened {
            store,
            upgraded_from,
        })
    }

    /// Opens a lost connection again.
    pub async fn reopen(&self) -> Result<(), StoreError> {
        if self.db.borrow().is_some() {
            return Ok(());
        }
        let (db, _) = connect(&self.name, || {}).await?;
        *self.db.borrow_mut() = Some(db);
        Ok(())
    }

    /// Lets the connection go: another tab wants to upgrade, or it was lost.
    pub fn close(&self) {
        if let Some(db) = self.db.borrow_mut().take() {
            db.close();
        }
    }

    /// Hears of the end of the present connection: an event when a newer Leadline asks for it,
    /// nothing when it was lost.
    pub fn events(&self) -> Result<VersionChangeListener, StoreError> {
        self.connection()?.version_changes().map_err(failed)
    }

    fn connection(&self) -> Result<Database, StoreError> {
        self.db.borrow().clone().ok_or(StoreError::Closed)
    }

    /// After an error that says the connection is gone, it is.
    fn noticed(&self, error: StoreError) -> StoreError {
        if error == StoreError::Closed {
            self.close();
        }
        error
    }

    async fn try_commit(&self, writes: &[Write]) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        let db = self.connection()?;
        let mut names: Vec<&str> = writes.iter().map(|write| write.table().name()).collect();
        ordered::sort(&mut names);
        names.dedup();
        let tx = db
            .transaction(&names[..])
            .with_mode(TransactionMode::Readwrite)
            .with_options(TransactionOptions::new().with_durability(TransactionDurability::Strict))
            .build()
            .map_err(failed)?;
        for write in writes {
            match (perform(&tx, write).await, write) {
                (Ok(()), _) => {}
                (
                    Err(Error::DomException(DomException::ConstraintError(_))),
                    Write::Add(_, key, _),
                ) => return Err(StoreError::Exists { key: key.clone() }),
                (Err(error), _) => return Err(failed(error)),
            }
        }
        // The browser commits by itself once nothing more is asked. Asking it to would use up the
        // transaction, and with it the reason of a failure: no room shows only there.
        if tx.on_done().map_err(failed)?.await.is_ok() {
            return Ok(());
        }
        let given_up = || StoreError::Failed("the browser gave the transaction up".to_owned());
        Err(tx.error().map_or_else(given_up, failed))
    }

    async fn try_range(&self, table: Table, from: &str, limit: u32) -> Result<Vec<Record>, Error> {
        let Ok(db) = self.connection() else {
            return Err(UnexpectedDataError::TransactionAborted.into());
        };
        let tx = db
            .transaction(table.name())
            .with_mode(TransactionMode::Readonly)
            .build()?;
        let store = tx.object_store(table.name())?;
        let query = || from..;
        let keys = store
            .get_all_keys::<String>()
            .with_query(query())
            .with_limit(limit)
            .primitive()?;
        let values = store
            .get_all::<Uint8Array>()
            .with_query(query())
            .with_limit(limit)
            .primitive()?;
        let (keys, values) = (keys.await?, values.await?);
        keys.zip(values)
            .map(|(key, value)| Ok((key?, value?.into())))
            .collect()
    }
}

async fn connect(
    name: &str,
    blocked: impl FnOnce() + 'static,
) -> Result<(Database, Option<u32>), StoreError> {
    let upgraded = std::rc::Rc::new(std::cell::Cell::new(None));
    let seen = upgraded.clone();
    let opening = Database::open(name)
        .with_version(migrations::VERSION)
        .with_on_blocked(move |_: VersionChangeEvent| {
            blocked();
            Ok(())
        })
        .with_on_upgrade_needed(move |event: VersionChangeEvent, db: Database| {
            let from = event.old_version() as u32;
            seen.set(Some(from));
            // An error here makes the browser roll the whole upgrade back.
            let steps =
                migrations::steps(from).map_err(|error| js_sys::Error::new(&error.to_string()))?;
            for table in steps.iter().flat_map(|step| step.creates) {
                db.create_object_store(table.name()).build()?;
            }
            Ok(())
        });
    let opened = match opening.build() {
        Ok(request) => request.await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(db) => Ok((db, upgraded.get())),
        Err(error) => Err(not_opened(name, error).await),
    }
}

async fn not_opened(name: &str, error: OpenDbError) -> StoreError {
    match error {
        OpenDbError::Base(Error::DomException(error)) => {
            let sys: web_sys::DomException = error.into();
            match sys.name().as_str() {
                "VersionError" => too_new(name).await,
                "QuotaExceededError" => StoreError::Full,
                // Blink's word for a user who lets this site keep nothing.
                "UnknownError" if sys.message().contains("denied") => {
                    StoreError::Unavailable(sys.message())
                }
                "AbortError" | "UnknownError" => StoreError::Failed(sys.message()),
                _ => StoreError::Unavailable(sys.message()),
            }
        }
        OpenDbError::Base(error) => StoreError::Failed(error.to_string()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Finds out which version is there.
async fn too_new(name: &str) -> StoreError {
    let found = match Database::open(name).build() {
        Ok(request) => match request.await {
            Ok(db) => {
                let version = db.version() as u32;
                db.close();
                version
            }
            Err(_) => migrations::VERSION + 1,
        },
        Err(_) => migrations::VERSION + 1,
    };
    StoreError::TooNew {
        found,
        known: migrations::VERSION,
    }
}

/// Performs one write. One at a time: the first that fails ends the transaction.
async fn perform(tx: &Transaction<'_>, write: &Write) -> Result<(), Error> {
    let store = tx.object_store(write.table().name())?;
    match write {
        Write::Add(_, key, value) => {
            let value = Uint8ArraySlice::new(value);
            store
                .add(value)
                .with_key(key.as_str())
                .without_key_type()
                .primitive()?
                .await
        }
        Write::Put(_, key, value) => {
            let value = Uint8ArraySlice::new(value);
            store
                .put(value)
                .with_key(key.as_str())
                .without_key_type()
                .primitive()?
                .await
        }
        Write::Delete(_, key) => store.delete(key.as_str()).primitive()?.await,
        Write::Clear(_) => store.clear()?.await,
    }
}

fn failed(error: Error) -> StoreError {
    match error {
        Error::DomException(DomException::InvalidStateError(_)) => StoreError::Closed,
        Error::DomException(error) => {
            let sys: web_sys::DomException = error.into();
            match sys.name().as_str() {
                "QuotaExceededError" => StoreError::Full,
                "InvalidStateError" => StoreError::Closed,
                name => StoreError::Failed(format!("{name}: {}", sys.message())),
            }
        }
        other => StoreError::Failed(other.to_string()),
    }
}

impl Store for IdbStore {
    async fn commit(&self, writes: &[Write]) -> Result<(), StoreError> {
        self.try_commit(writes)
            .await
            .map_err(|error| self.noticed(error))
    }

    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let db = self.connection()?;
        let read = async {
            let tx = db
                .transaction(table.name())
                .with_mode(TransactionMode::Readonly)
                .build()?;
            let store = tx.object_store(table.name())?;
            store.get::<Uint8Array, _, _>(key).primitive()?.await
        };
        match read.await {
            Ok(value) => Ok(value.map(Vec::from)),
            Err(error) => Err(self.noticed(failed(error))),
        }
    }

    async fn keys(&self, table: Table) -> Result<Vec<String>, StoreError> {
        let db = self.connection()?;
        let read = async {
            let tx = db
                .transaction(table.name())
                .with_mode(TransactionMode::Readonly)
                .build()?;
            let store = tx.object_store(table.name())?;
            let keys = store.get_all_keys::<String>().primitive()?.await?;
            keys.collect::<Result<Vec<String>, Error>>()
        };
        read.await.map_err(|error| self.noticed(failed(error)))
    }

    async fn range(&self, table: Table, from: &str, limit: u32) -> Result<Vec<Record>, StoreError> {
        self.connection()?;
        self.try_range(table, from, limit)
            .await
            .map_err(|error| self.noticed(failed(error)))
    }
}
