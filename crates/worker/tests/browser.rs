//! IndexedDB in a real browser's worker: the conformance suite, upgrades, lost connections.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::cell::Cell;
use std::rc::Rc;

use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use leadline_store::{
    Archive, Entry, JournalEnd, Record, Store, StoreError, Table, Write, conformance, migrations,
};
use leadline_worker::web::idb::IdbStore;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn fresh(name: &str) -> IdbStore {
    Database::delete_by_name(name).unwrap().await.unwrap();
    IdbStore::open(name, || {}).await.unwrap().store
}

fn entry(seq: u64) -> Entry {
    Entry {
        seq,
        at: 1,
        request: None,
        input: b"{}".to_vec(),
        reply: None,
    }
}

#[wasm_bindgen_test]
async fn indexed_db_conforms() {
    let n = Cell::new(0);
    let open = || {
        n.set(n.get() + 1);
        let name = format!("conformance-{}", n.get());
        async move { fresh(&name).await }
    };
    assert_eq!(conformance::run(open).await, Ok(10));
}

/// Makes a database as schema `version` had it.
async fn old_form(name: &str, version: u32) -> Database {
    Database::delete_by_name(name).unwrap().await.unwrap();
    let upgrade = move |_: indexed_db_futures::database::VersionChangeEvent, db: Database| {
        let steps = migrations::steps(0)
            .unwrap()
            .iter()
            .filter(|step| step.to <= version);
        for table in steps.flat_map(|step| step.creates) {
            db.create_object_store(table.name()).build()?;
        }
        Ok(())
    };
    Database::open(name)
        .with_version(version)
        .with_on_upgrade_needed(upgrade)
        .build()
        .unwrap()
        .await
        .unwrap()
}

#[wasm_bindgen_test]
async fn schema_1_is_upgraded_with_its_data() {
    let name = "upgrade-1-2";
    let old = old_form(name, 1).await;
    assert_eq!(old.object_store_names().count(), 3);
    let writes = leadline_store::journal::batch_writes(&[entry(0)], false).unwrap();
    let Write::Add(_, key, value) = &writes[0] else {
        unreachable!()
    };
    let tx = old
        .transaction("journal")
        .with_mode(indexed_db_futures::transaction::TransactionMode::Readwrite)
        .build()
        .unwrap();
    let value = indexed_db_futures::typed_array::Uint8ArraySlice::new(value);
    tx.object_store("journal")
        .unwrap()
        .add(value)
        .with_key(key.as_str())
        .without_key_type()
        .primitive()
        .unwrap()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    old.close();

    let opened = IdbStore::open(name, || {}).await.unwrap();
    assert_eq!(opened.upgraded_from, Some(1));
    let archive = Archive::new(opened.store);
    let mut seen = Vec::new();
    let end = archive
        .read_journal(0, &[], |e| {
            seen.push(e);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!((seen, end), (vec![entry(0)], JournalEnd::Whole { next: 1 }));
    archive.put_note("k", Some("text")).await.unwrap();

    archive.store().close();
    let again = IdbStore::open(name, || {}).await.unwrap();
    assert_eq!(again.upgraded_from, None);
    assert_eq!(
        Archive::new(again.store)
            .note("k")
            .await
            .unwrap()
            .as_deref(),
        Some("text")
    );
}

#[wasm_bindgen_test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let name = "newer";
    Database::delete_by_name(name).unwrap().await.unwrap();
    let newer = Database::open(name)
        .with_version(migrations::VERSION + 1)
        .build()
        .unwrap()
        .await
        .unwrap();
    newer.close();
    let error = IdbStore::open(name, || {}).await.unwrap_err();
    let known = migrations::VERSION;
    assert_eq!(
        error,
        StoreError::TooNew {
            found: known + 1,
            known
        }
    );
}

#[wasm_bindgen_test]
async fn an_upgrade_waits_for_the_old_tab_which_hears_of_it() {
    let name = "blocked";
    let old = old_form(name, 1).await;
    let mut events = old.version_changes().unwrap();
    let blocked = Rc::new(Cell::new(false));
    let told = blocked.clone();
    let opening = IdbStore::open(name, move || told.set(true));
    let old_tab = async {
        let event = events.recv().await.unwrap();
        assert_eq!(event.new_version(), Some(f64::from(migrations::VERSION)));
        drop(events);
        old.close();
    };
    let (opened, ()) = futures::join!(opening, old_tab);
    assert_eq!(opened.unwrap().upgraded_from, Some(1));
    assert!(!blocked.get(), "it closed in time");
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_noticed_and_opened_again() {
    let store = fresh("lost").await;
    let archive = Archive::new(store);
    archive.append(&[entry(0)], false).await.unwrap();
    archive.store().close();
    assert_eq!(
        archive.append(&[entry(1)], false).await,
        Err(StoreError::Closed)
    );
    assert_eq!(
        archive.store().get(Table::Journal, "x").await,
        Err(StoreError::Closed)
    );
    archive.store().reopen().await.unwrap();
    archive.append(&[entry(1)], false).await.unwrap();
    let end = archive.read_journal(0, &[], |_| Ok(())).await.unwrap();
    assert_eq!(end, JournalEnd::Whole { next: 2 });
}

/// A store that counts what is asked of it: each of these is one transaction of the browser's.
struct Counted {
    store: IdbStore,
    commits: Cell<u32>,
    gets: Cell<u32>,
    others: Cell<u32>,
}

fn one_more(count: &Cell<u32>) {
    count.set(count.get() + 1);
}

impl Store for Counted {
    async fn commit(&self, writes: &[Write]) -> Result<(), StoreError> {
        one_more(&self.commits);
        self.store.commit(writes).await
    }

    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        one_more(&self.gets);
        self.store.get(table, key).await
    }

    async fn keys(&self, table: Table) -> Result<Vec<String>, StoreError> {
        one_more(&self.others);
        self.store.keys(table).await
    }

    async fn range(&self, table: Table, from: &str, limit: u32) -> Result<Vec<Record>, StoreError> {
        one_more(&self.others);
        self.store.range(table, from, limit).await
    }
}

/// What takes time is the browser's transactions: one to write and one to read back, however many
/// entries come together and however long the journal is.
#[wasm_bindgen_test]
async fn a_verified_commit_is_one_write_and_one_reading() {
    let archive = Archive::new(Counted {
        store: fresh("counted").await,
        commits: Cell::default(),
        gets: Cell::default(),
        others: Cell::default(),
    });
    let batch = |from: u64, many: u64| (from..from + many).map(entry).collect::<Vec<_>>();
    for seq in 0..100 {
        archive.append(&batch(seq, 1), false).await.unwrap();
    }
    archive.append(&batch(100, 50), false).await.unwrap();
    let Counted {
        commits,
        gets,
        others,
        ..
    } = archive.store();
    assert_eq!((commits.get(), gets.get(), others.get()), (101, 101, 0));
}
