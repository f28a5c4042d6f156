//! Organizations and their API keys.
//!
//! A key is `ldl_<id>_<secret>`: the id finds the row, of the secret only a SHA-256 is kept. Secrets
//! have 160 bits of chance, so no slow hash is needed.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use leadline_model::{Time, id::encode};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::args::{Create, List, Revoke};
use crate::database::{self, wall};
use crate::epochs;

const PREFIX: &str = "ldl_";

/// Crockford's base 32, in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An organization as the database has it.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Its row.
    pub row: i64,
    /// Its id in workflows.
    pub public_id: String,
    /// The key its ids are made with.
    pub id_key: u64,
    /// The time before its first input.
    pub begins_at: Time,
    /// The present life of its data.
    pub epoch: String,
}

/// Letters and digits of chance, 5 bits each.
pub fn random_letters(count: usize) -> Result<String> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes
        .iter()
        .map(|byte| ALPHABET[usize::from(byte % 32)] as char)
        .collect())
}

/// A secret to sign events with.
pub fn signing_secret() -> Result<String> {
    Ok(format!("whsec_{}", random_letters(48)?))
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Makes a key, and the organization if there is none of this name.
pub fn create(create: Create) -> Result<()> {
    if create.organization.trim().is_empty() {
        bail!("an organization needs a name");
    }
    let begins_at = create.start.as_deref().map(Time::parse).transpose()?;
    let mut connection = database::open(&create.data)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let known: Option<i64> = transaction
        .query_row(
            "SELECT id FROM organizations WHERE name = ?",
            [&create.organization],
            |row| row.get(0),
        )
        .optional()?;
    let organization = match known {
        Some(_) if create.seed.is_some() || begins_at.is_some() => {
            bail!(
                "the organization {} exists already; --seed and --start are for new ones",
                create.organization
            )
        }
        Some(row) => row,
        None => {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
            let key = create.seed.unwrap_or(u64::from_le_bytes(bytes));
            // Whole minutes look better on a clock.
            let begins_at = begins_at.unwrap_or(Time(wall().0 / 60_000 * 60_000));
            transaction.execute(
                "INSERT INTO organizations (public_id, name, id_key, begins_at, epoch) VALUES (?, ?, ?, ?, ?)",
                params![encode("org_", key, 0), create.organization, key as i64, begins_at.0, epochs::fresh()?],
            )?;
            transaction.last_insert_rowid()
        }
    };
    let (id, secret) = (random_letters(12)?, random_letters(32)?);
    transaction.execute(
        "INSERT INTO api_keys (id, organization, hash, created_at) VALUES (?, ?, ?, ?)",
        params![id, organization, hash(&secret), wall().0],
    )?;
    transaction.commit()?;
    tell(&create.data)?;
    println!(
        "A key of {}; keep it, it is not shown again:",
        create.organization
    );
    println!("{PREFIX}{id}_{secret}");
    Ok(())
}

/// Lists keys, without their secrets.
pub fn list(list: List) -> Result<()> {
    let connection = database::open_to_read(&list.data)?;
    let mut query = connection.prepare(
        "SELECT api_keys.id, name, created_at, revoked_at FROM api_keys
         JOIN organizations ON organizations.id = organization ORDER BY name, created_at, api_keys.id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name): (String, String) = (row.get(0)?, row.get(1)?);
        let created = Time(row.get(2)?);
        let revoked: Option<i64> = row.get(3)?;
        match revoked {
            None => println!("{PREFIX}{id}  {created}  {name}"),
            Some(at) => println!("{PREFIX}{id}  {created}  {name}  revoked {}", Time(at)),
        }
    }
    Ok(())
}

/// Makes a key useless at once.
pub fn revoke(revoke: Revoke) -> Result<()> {
    let connection = database::open_existing(&revoke.data)?;
    let id = revoke.id.strip_prefix(PREFIX).unwrap_or(&revoke.id);
    let changed = connection.execute(
        "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        params![wall().0, id],
    )?;
    if changed == 0 {
        bail!("there is no key {PREFIX}{id} that could be revoked");
    }
    tell(&revoke.data)?;
    println!("revoked {PREFIX}{id}");
    Ok(())
}

/// A file that grows by a byte whenever keys or epochs change: how a server that runs hears of it.
const CHANGES: &str = "keys.changed";

/// How often it was told of a change.
pub fn told(data: &Path) -> u64 {
    std::fs::metadata(data.join(CHANGES)).map_or(0, |file| file.len())
}

/// Tells a server that runs of a change.
pub fn tell(data: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).open(data.join(CHANGES));
    file.and_then(|mut file| file.write_all(b"."))
        .with_context(|| format!("{CHANGES} cannot be written; the server notices in a second"))
}

/// How long what was read of a key holds when nobody tells of a change.
const HOLDS: Duration = Duration::from_secs(1);
/// Keys remembered at once.
const MOST_KEYS: usize = 10_000;

type Known = Option<(i64, [u8; 32])>;

/// Keys as a running server checks them: read once, and again when they change.
pub struct Keys {
    connection: Mutex<Connection>,
    changes: PathBuf,
    read: Mutex<Read>,
}

struct Read {
    /// The length of the file of changes, and when it was looked at.
    at: (u64, Instant),
    known: BTreeMap<String, (i64, [u8; 32])>,
}

impl Keys {
    /// The keys of a data folder.
    pub fn new(connection: Connection, data: &Path) -> Keys {
        Keys {
            connection: Mutex::new(connection),
            changes: data.join(CHANGES),
            read: Mutex::new(Read {
                at: (0, Instant::now()),
                known: BTreeMap::new(),
            }),
        }
    }

    /// The organization a key belongs to; `None` for one that is not good.
    pub fn check(&self, key: &str) -> rusqlite::Result<Option<i64>> {
        let parts = key
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'));
        let Some((id, secret)) = parts else {
            return Ok(None);
        };
        Ok(verify(self.find(id)?, secret))
    }

    fn find(&self, id: &str) -> rusqlite::Result<Known> {
        // Looked at before the database is: a change after that is seen the next time.
        let length = std::fs::metadata(&self.changes).map_or(0, |file| file.len());
        let now = Instant::now();
        {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if read.at.0 != length || now.duration_since(read.at.1) > HOLDS {
                read.at = (length, now);
                read.known.clear();
            } else if let Some(known) = read.known.get(id) {
                return Ok(Some(*known));
            }
        }
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let found = connection
            .prepare_cached(
                "SELECT organization, hash FROM api_keys WHERE id = ? AND revoked_at IS NULL",
            )?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        drop(connection);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        // What was read before a change must not be kept after it.
        if let Some(found) = found
            && read.at.0 == length
            && read.known.len() < MOST_KEYS
        {
            read.known.insert(id.to_owned(), found);
        }
        Ok(found)
    }
}

/// The organization of a key's row, where the secret is its own.
fn verify(found: Known, secret: &str) -> Option<i64> {
    // A key that does not exist takes as long as one that does.
    let (organization, kept) = found.unwrap_or((0, [0; 32]));
    let same: bool = kept.ct_eq(&hash(secret)).into();
    (found.is_some() && same).then_some(organization)
}

/// One organization, or all.
pub fn organizations(
    connection: &Connection,
    only: Option<i64>,
) -> rusqlite::Result<Vec<Organization>> {
    let mut query = connection.prepare(
        "SELECT id, public_id, id_key, begins_at, epoch FROM organizations WHERE ?1 IS NULL OR id = ?1 ORDER BY id",
    )?;
    let found = query.query_map([only], |row| {
        Ok(Organization {
            row: row.get(0)?,
            public_id: row.get(1)?,
            id_key: row.get::<_, i64>(2)? as u64,
            begins_at: Time(row.get(3)?),
            epoch: row.get(4)?,
        })
    })?;
    found.collect()
}
