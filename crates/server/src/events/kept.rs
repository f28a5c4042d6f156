//! Announcements and how far each subscription is, as the database keeps them.
//!
//! An announcement takes 17 bytes until it is delivered; it is stored in the transaction of the input
//! that caused it, so none is told of that did not happen, and none is lost.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use leadline_api::Delivery;
use leadline_engine::{Announcement, LeadRef};
use leadline_model::{SubscriptionId, Time, WorkflowStatus};
use leadline_sim::News;
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::checksum;

/// Announcements in one row of the table.
const PAGE: usize = 1_000;
const SIZE: usize = 17;

/// Stores announcements that follow one another.
pub fn store(connection: &Connection, organization: i64, news: &[News]) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(
        "INSERT INTO announcements (organization, first, count, events, checksum) VALUES (?, ?, ?, ?, ?)",
    )?;
    for page in news.chunks(PAGE) {
        let mut bytes = Vec::with_capacity(page.len() * SIZE);
        page.iter().for_each(|one| pack(one, &mut bytes));
        let (first, count) = (page[0].number as i64, page.len() as i64);
        let sum = page_checksum(page[0].number, &bytes);
        query.execute(params![organization, first, count, bytes, sum])?;
    }
    Ok(())
}

fn page_checksum(first: u64, bytes: &[u8]) -> i64 {
    checksum(&[&first.to_le_bytes(), bytes])
}

fn status_number(status: WorkflowStatus) -> u32 {
    let all = WorkflowStatus::ALL.iter();
    all.take_while(|one| **one != status).count() as u32
}

fn pack(news: &News, out: &mut Vec<u8>) {
    let (kind, a, b): (u8, u32, u32) = match news.what {
        Announcement::LeadEnded { lead, completed } => (completed.into(), lead.flow, lead.lead),
        Announcement::StatusChanged { flow, from, to } => {
            (2, flow, status_number(from) << 8 | status_number(to))
        }
    };
    out.push(kind);
    out.extend(a.to_le_bytes());
    out.extend(b.to_le_bytes());
    out.extend(news.at.0.to_le_bytes());
}

fn unpack(number: u64, bytes: &[u8]) -> Option<News> {
    let (kind, rest) = bytes.split_first()?;
    let (flow, rest) = rest.split_first_chunk()?;
    let (second, rest) = rest.split_first_chunk()?;
    let at = Time(i64::from_le_bytes(rest.try_into().ok()?));
    let (flow, second) = (u32::from_le_bytes(*flow), u32::from_le_bytes(*second));
    let status = |number: u32| WorkflowStatus::ALL.get(number as usize).copied();
    let what = match kind {
        0 | 1 => Announcement::LeadEnded {
            lead: LeadRef { flow, lead: second },
            completed: *kind == 1,
        },
        2 => Announcement::StatusChanged {
            flow,
            from: status(second >> 8)?,
            to: status(second & 0xff)?,
        },
        _ => return None,
    };
    Some(News { number, at, what })
}

/// The page of announcements that holds a number; empty when none does.
pub fn page(connection: &Connection, organization: i64, number: u64) -> Result<Vec<News>> {
    let mut query = connection.prepare_cached(
        "SELECT first, events, checksum FROM announcements
         WHERE organization = ? AND first <= ? ORDER BY first DESC LIMIT 1",
    )?;
    let found: Option<(i64, Vec<u8>, i64)> = query
        .query_row(params![organization, number as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((first, bytes, sum)) = found else {
        return Ok(Vec::new());
    };
    let first = first as u64;
    if sum != page_checksum(first, &bytes) {
        bail!("the announcements from {first} on are damaged: their checksum does not fit");
    }
    let rows = bytes.chunks_exact(SIZE).zip(first..);
    Ok(rows
        .filter_map(|(bytes, number)| unpack(number, bytes))
        .collect())
}

/// The number of the last announcement that is stored, 0 for none.
pub fn latest(connection: &Connection, organization: i64) -> rusqlite::Result<u64> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(first + count - 1) FROM announcements WHERE organization = ?",
        [organization],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(0) as u64)
}

/// Forgets announcements up to a number, as far as whole pages go.
pub fn forget(connection: &Connection, organization: i64, up_to: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM announcements WHERE organization = ? AND first + count - 1 <= ?",
        )?
        .execute(params![organization, up_to as i64])?;
    Ok(())
}

/// Stores how far a subscription is; `None`: it has ended.
pub fn store_delivery(
    connection: &Connection,
    organization: i64,
    subscription: &SubscriptionId,
    progress: Option<&(u64, Delivery)>,
) -> rusqlite::Result<()> {
    let id = subscription.as_str();
    let Some((done, delivery)) = progress else {
        connection
            .prepare_cached("DELETE FROM deliveries WHERE organization = ? AND subscription = ?")?
            .execute(params![organization, id])?;
        return Ok(());
    };
    let state = serde_json::to_string(delivery)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO deliveries (organization, subscription, done, state) VALUES (?, ?, ?, ?)",
        )?
        .execute(params![organization, id, *done as i64, state])?;
    Ok(())
}

/// How far every subscription is.
pub fn deliveries(
    connection: &Connection,
    organization: i64,
) -> Result<BTreeMap<SubscriptionId, (u64, Delivery)>> {
    let mut query = connection
        .prepare("SELECT subscription, done, state FROM deliveries WHERE organization = ?")?;
    let mut rows = query.query([organization])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, done, state): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let delivery = serde_json::from_str(&state)?;
        all.insert(SubscriptionId::parse(&id)?, (done as u64, delivery));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn news(number: u64) -> News {
        let what = match number % 3 {
            0 => Announcement::StatusChanged {
                flow: 7,
                from: WorkflowStatus::Active,
                to: WorkflowStatus::Cancelled,
            },
            kind => Announcement::LeadEnded {
                lead: LeadRef {
                    flow: 1,
                    lead: number as u32,
                },
                completed: kind == 1,
            },
        };
        let at = Time(number as i64 - 5);
        News { number, at, what }
    }

    #[test]
    fn announcements_are_read_as_they_were_stored_until_they_are_forgotten() {
        let folder = std::env::temp_dir().join(format!("leadline-events-{}", std::process::id()));
        let connection = crate::database::open(&folder).unwrap();
        let insert = "INSERT INTO organizations VALUES (1, 'org_a', 'A', 0, 0, 'e')";
        connection.execute(insert, []).unwrap();
        let all: Vec<News> = (11..2_511).map(news).collect();
        store(&connection, 1, &all).unwrap();
        assert_eq!(latest(&connection, 1).unwrap(), 2_510);
        for number in [11, 1_010, 1_011, 2_510] {
            let page = page(&connection, 1, number).unwrap();
            assert_eq!(
                page.iter().find(|one| one.number == number),
                Some(&news(number))
            );
        }
        assert_eq!(page(&connection, 1, 10).unwrap(), []);
        forget(&connection, 1, 2_009).unwrap();
        assert_eq!(page(&connection, 1, 1_010).unwrap(), []);
        assert!(
            !page(&connection, 1, 1_011).unwrap().is_empty(),
            "not all of it is done"
        );
        connection
            .execute("UPDATE announcements SET events = zeroblob(17)", [])
            .unwrap();
        assert!(page(&connection, 1, 1_011).is_err());
        drop(connection);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
