//! The SQLite database: one file in the data folder, opened by the server and by `keys` alike.
//!
//! `synchronous=FULL` in WAL mode: a commit returns once it would survive a power loss. Each row of
//! the journal carries a checksum, since SQLite's pages have none.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use leadline_model::Time;
use rusqlite::{Connection, OpenFlags};

/// One step of the schema each, in order; `user_version` counts those that were taken.
const STEPS: &[&str] = &[
    "
CREATE TABLE organizations (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    id_key INTEGER NOT NULL,
    begins_at INTEGER NOT NULL
);
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organizations,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);
CREATE TABLE journal (
    organization INTEGER NOT NULL REFERENCES organizations,
    seq INTEGER NOT NULL,
    now INTEGER NOT NULL,
    input BLOB NOT NULL,
    request_key TEXT,
    fingerprint BLOB,
    reply TEXT,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (organization, seq)
);
CREATE INDEX requests ON journal (organization, seq) WHERE request_key IS NOT NULL;
CREATE TABLE snapshots (
    organization INTEGER NOT NULL REFERENCES organizations,
    seq INTEGER NOT NULL,
    state BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (organization, seq)
);
",
    "
CREATE TABLE announcements (
    organization INTEGER NOT NULL REFERENCES organizations,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    events BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (organization, first)
);
CREATE TABLE deliveries (
    organization INTEGER NOT NULL REFERENCES organizations,
    subscription TEXT NOT NULL,
    done INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (organization, subscription)
);
",
    "
ALTER TABLE organizations ADD COLUMN epoch TEXT NOT NULL DEFAULT '';
UPDATE organizations SET epoch = lower(hex(randomblob(8)));
CREATE INDEX request_keys ON journal (organization, request_key) WHERE request_key IS NOT NULL;
",
];

/// Opens the database of a data folder, which is made when it is not there, and brings its schema
/// up to date.
pub fn open(data: &Path) -> Result<Connection> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("the folder {} cannot be made", data.display()))?;
    let file = data.join("leadline.sqlite");
    let mut connection = Connection::open(&file)
        .with_context(|| format!("the database {} cannot be opened", file.display()))?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    upgrade(&mut connection)?;
    Ok(connection)
}

/// Opens the database of a data folder that is there: a mistyped folder must not become a new one.
pub fn open_existing(data: &Path) -> Result<Connection> {
    let file = data.join("leadline.sqlite");
    if !file.is_file() {
        bail!(
            "{} holds no data of Leadline: there is no {}",
            data.display(),
            file.display()
        );
    }
    open(data)
}

/// Opens the database of a data folder to read only, also when its disk is full or somebody else's.
pub fn open_to_read(data: &Path) -> Result<Connection> {
    let file = data.join("leadline.sqlite");
    if !file.is_file() {
        bail!(
            "{} holds no data of Leadline: there is no {}",
            data.display(),
            file.display()
        );
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let opened = |address: String| -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(address, flags)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        // Only now is anything read.
        connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))?;
        Ok(connection)
    };
    let address = address_of(&file);
    let log = std::fs::metadata(data.join("leadline.sqlite-wal"));
    let connection = opened(format!("{address}?mode=ro")).or_else(|error| {
        // Without room for the files it shares with writers, and with none there, it can be read as it is.
        match log.is_ok_and(|log| log.len() > 0) {
            true => Err(error),
            false => opened(format!("{address}?immutable=1")),
        }
    });
    let connection =
        connection.with_context(|| format!("the database {} cannot be opened", file.display()))?;
    // What sorting needs goes into memory, not onto that disk.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    let steps: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .context("the database cannot be read")?;
    if steps != STEPS.len() as i64 {
        bail!(
            "the data is of schema {steps}, this Leadline reads {}: start its server once",
            STEPS.len()
        );
    }
    Ok(connection)
}

/// A file as SQLite's addresses write it.
fn address_of(file: &Path) -> String {
    let path = file.to_string_lossy();
    let escaped = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{escaped}")
}

fn upgrade(connection: &mut Connection) -> Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let taken: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let taken = usize::try_from(taken)?;
    if taken > STEPS.len() {
        bail!(
            "the data was written by a newer Leadline (schema {taken}, this one knows {})",
            STEPS.len()
        );
    }
    for step in &STEPS[taken..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len() as i64)?;
    transaction.commit()?;
    Ok(())
}

/// The system's time.
pub fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Time(i64::try_from(ms).unwrap_or(Time::MAX.0).min(Time::MAX.0))
}

/// A checksum over parts, as SQLite keeps numbers.
pub fn checksum(parts: &[&[u8]]) -> i64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.digest() as i64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_newest_schema_opens_again_and_a_newer_one_is_refused() {
        let folder = std::env::temp_dir().join(format!("leadline-schema-{}", std::process::id()));
        drop(open(&folder).unwrap());
        let connection = open(&folder).unwrap();
        let durable: i64 = connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(durable, 2);
        connection
            .pragma_update(None, "user_version", STEPS.len() as i64 + 1)
            .unwrap();
        drop(connection);
        assert!(
            open(&folder)
                .unwrap_err()
                .to_string()
                .contains("newer Leadline")
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
