//! An organization as it was: its newest good snapshot, then the journal from there.

use anyhow::{Context, Result, anyhow, bail};
use leadline_api::{Desk, Recent, RequestKey, Row, Stamp};
use leadline_model::Time;
use leadline_sim::SessionConfig;
use rusqlite::{Connection, params};

use crate::database::checksum;
use crate::keys::Organization;
use crate::writer::row_checksum;

/// Bytes of inputs that are read for the requests behind them: a start must not take long.
const MOST_READ: usize = 32 << 20;

/// Loads an organization; also how many rows were replayed. O(what came after the snapshot).
pub fn load(connection: &Connection, organization: &Organization) -> Result<(Desk, u64)> {
    let mut desk = newest_snapshot(connection, organization.row)?.unwrap_or_else(|| {
        Desk::new(SessionConfig {
            organization_id: organization.public_id.as_str().into(),
            now: organization.begins_at,
            key: organization.id_key,
            tick_ms: None,
        })
    });
    let from = desk.next_seq();
    remember(connection, organization.row, &mut desk, from)?;
    let mut query = connection.prepare(
        "SELECT seq, now, input, request_key, fingerprint, reply, checksum FROM journal
         WHERE organization = ? AND seq >= ? ORDER BY seq",
    )?;
    let mut rows = query.query(params![organization.row, from as i64])?;
    while let Some(row) = rows.next()? {
        desk.replay(&read_row(row)?)
            .with_context(|| format!("organization {}", organization.public_id))?;
    }
    let replayed = desk.next_seq() - from;
    desk.begin();
    Ok((desk, replayed))
}

/// The newest snapshot that is whole and of this version; the journal has it all without one.
fn newest_snapshot(connection: &Connection, organization: i64) -> Result<Option<Desk>> {
    let mut query = connection.prepare(
        "SELECT seq, state, checksum FROM snapshots WHERE organization = ? ORDER BY seq DESC",
    )?;
    let mut rows = query.query([organization])?;
    while let Some(row) = rows.next()? {
        let (seq, state, sum): (i64, Vec<u8>, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if sum != checksum(&[&state]) {
            tracing::warn!("the snapshot before entry {seq} is damaged and passed over");
            continue;
        }
        match Desk::restore(&state, seq as u64) {
            Ok(desk) => return Ok(Some(desk)),
            Err(error) => tracing::warn!("the snapshot before entry {seq} is passed over: {error}"),
        }
    }
    Ok(None)
}

/// The last requests that were carried out before the rows that are replayed; the journal has the others.
fn remember(
    connection: &Connection,
    organization: i64,
    desk: &mut Desk,
    before: u64,
) -> Result<()> {
    let mut query = connection.prepare(
        "SELECT seq, now, input, request_key, fingerprint, reply, checksum FROM journal
         WHERE organization = ? AND seq < ? AND request_key IS NOT NULL ORDER BY seq DESC LIMIT ?",
    )?;
    // One more than are remembered shows that there are more.
    let most = Recent::MOST as i64 + 1;
    let mut rows = query.query(params![organization, before as i64, most])?;
    let (mut stamps, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if bytes > MOST_READ {
            desk.forget();
            break;
        }
        let row = read_row(row)?;
        bytes += row.input.len();
        stamps.extend(row.stamp);
    }
    for stamp in stamps.into_iter().rev() {
        desk.remember(stamp);
    }
    Ok(())
}

/// The last request of a key that was carried out, and what it was answered. O(log n).
pub fn stamp(connection: &Connection, organization: i64, key: &str) -> Result<Option<Stamp>> {
    let mut query = connection.prepare_cached(
        "SELECT seq, now, input, request_key, fingerprint, reply, checksum FROM journal
         WHERE organization = ? AND request_key = ? ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = query.query(params![organization, key])?;
    match rows.next()? {
        Some(row) => Ok(read_row(row)?.stamp),
        None => Ok(None),
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row> {
    let seq = row.get::<_, i64>(0)? as u64;
    let reply: Option<String> = row.get(5)?;
    let stamp = match (
        row.get::<_, Option<String>>(3)?,
        row.get::<_, Option<[u8; 16]>>(4)?,
        &reply,
    ) {
        (Some(key), Some(fingerprint), Some(reply)) => Some(Stamp {
            request: RequestKey {
                key,
                fingerprint: u128::from_le_bytes(fingerprint),
            },
            reply: serde_json::from_str(reply).map_err(|error| {
                anyhow!("journal entry {seq}: its answer cannot be read: {error}")
            })?,
        }),
        _ => None,
    };
    let found = Row {
        seq,
        now: Time(row.get(1)?),
        input: row.get(2)?,
        stamp,
    };
    if row.get::<_, i64>(6)? != row_checksum(&found, reply.as_deref()) {
        bail!("journal entry {seq} is damaged: its checksum does not fit");
    }
    Ok(found)
}
