//! Organizations and their API keys.
//!
//! A key is `ldl_<id>_<secret>`: the id finds the row, of the secret only a SHA-256 is kept. Secrets
//! have 160 bits of chance, so no slow hash is needed.

use anyhow::{Context, Result, bail};
use leadline_model::{Time, id::encode};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::args::{Create, List, Revoke};
use crate::database::{self, wall};

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
}

fn random_letters(count: usize) -> Result<String> {
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
                "INSERT INTO organizations (public_id, name, id_key, begins_at) VALUES (?, ?, ?, ?)",
                params![encode("org_", key, 0), create.organization, key as i64, begins_at.0],
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
    println!(
        "A key of {}; keep it, it is not shown again:",
        create.organization
    );
    println!("{PREFIX}{id}_{secret}");
    Ok(())
}

/// Lists keys, without their secrets.
pub fn list(list: List) -> Result<()> {
    let connection = database::open(&list.data)?;
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
    let connection = database::open(&revoke.data)?;
    let id = revoke.id.strip_prefix(PREFIX).unwrap_or(&revoke.id);
    let changed = connection.execute(
        "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        params![wall().0, id],
    )?;
    if changed == 0 {
        bail!("there is no key {PREFIX}{id} that could be revoked");
    }
    println!("revoked {PREFIX}{id}");
    Ok(())
}

/// The organization a key belongs to; `None` for one that is not good.
pub fn check(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    let Some((id, secret)) = key
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('_'))
    else {
        return Ok(None);
    };
    let mut query = connection.prepare_cached(
        "SELECT organization, hash FROM api_keys WHERE id = ? AND revoked_at IS NULL",
    )?;
    let found: Option<(i64, [u8; 32])> = query
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // A key that does not exist takes as long as one that does.
    let (organization, kept) = found.unwrap_or((0, [0; 32]));
    let same: bool = kept.ct_eq(&hash(secret)).into();
    Ok((found.is_some() && same).then_some(organization))
}

/// One organization, or all.
pub fn organizations(
    connection: &Connection,
    only: Option<i64>,
) -> rusqlite::Result<Vec<Organization>> {
    let mut query = connection.prepare(
        "SELECT id, public_id, id_key, begins_at FROM organizations WHERE ?1 IS NULL OR id = ?1 ORDER BY id",
    )?;
    let found = query.query_map([only], |row| {
        Ok(Organization {
            row: row.get(0)?,
            public_id: row.get(1)?,
            id_key: row.get::<_, i64>(2)? as u64,
            begins_at: Time(row.get(3)?),
        })
    })?;
    found.collect()
}
