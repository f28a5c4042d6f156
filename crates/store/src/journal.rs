//! Journal entries and how a batch of them becomes stored values.
//!
//! Entries that were waiting together are written together: one batch is one sealed value, cut into
//! parts where a platform would refuse a single value of that size.

use serde::{Deserialize, Serialize};

use crate::envelope::{self, Kind};
use crate::{StoreError, Table, Write};

/// Bytes in one stored part; Chromium refuses single values of 128 MiB and more.
pub const PART: usize = 16 << 20;

/// One input in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 0 without gaps.
    pub seq: u64,
    /// When it was accepted: wall-clock milliseconds since 1970, for people to read.
    pub at: i64,
    /// The request that caused it; a request sent again is recognized by it.
    pub request: Option<String>,
    /// The input, as JSON.
    #[serde(with = "serde_bytes")]
    pub input: Vec<u8>,
    /// What the request was answered, as JSON, unless that is long: the answer to the same request
    /// sent again.
    #[serde(with = "serde_bytes")]
    pub reply: Option<Vec<u8>>,
}

impl Entry {
    /// Roughly how many bytes it takes.
    pub fn weight(&self) -> usize {
        40 + self.input.len()
            + self.reply.as_ref().map_or(0, Vec::len)
            + self.request.as_ref().map_or(0, String::len)
    }
}

/// The key of a part of the value that begins at an entry's number.
pub fn part_key(seq: u64, part: usize) -> String {
    format!("{seq:016x}.{part:04x}")
}

/// The number and the part a key stands for.
pub fn parse_part_key(key: &str) -> Option<(u64, usize)> {
    let (seq, part) = key.split_once('.')?;
    if seq.len() != 16 || part.len() != 4 {
        return None;
    }
    Some((
        u64::from_str_radix(seq, 16).ok()?,
        usize::from_str_radix(part, 16).ok()?,
    ))
}

/// The writes that store a sealed value under a number, in parts.
pub fn parts(table: Table, seq: u64, sealed: Vec<u8>, replace: bool) -> Vec<Write> {
    let write = |key, value| match replace {
        true => Write::Put(table, key, value),
        false => Write::Add(table, key, value),
    };
    if sealed.len() <= PART {
        return vec![write(part_key(seq, 0), sealed)];
    }
    sealed
        .chunks(PART)
        .enumerate()
        .map(|(part, chunk)| write(part_key(seq, part), chunk.to_vec()))
        .collect()
}

/// The writes that store a batch. `replace` is for the one entry that may be written over: a
/// journal's last advance of the clock, by one that goes further.
pub fn batch_writes(batch: &[Entry], replace: bool) -> Result<Vec<Write>, StoreError> {
    let Some(first) = batch.first() else {
        return Ok(Vec::new());
    };
    let payload = postcard::to_allocvec(batch)
        .map_err(|error| StoreError::Failed(format!("a batch cannot be packed: {error}")))?;
    Ok(parts(
        Table::Journal,
        first.seq,
        envelope::seal(Kind::Journal, &payload),
        replace,
    ))
}

/// The entries of a batch stored under a number.
pub fn open_batch(seq: u64, sealed: &[u8]) -> Result<Vec<Entry>, StoreError> {
    let what = || format!("journal entry {seq}");
    let payload =
        envelope::open(Kind::Journal, sealed).map_err(|error| StoreError::sealed(what(), error))?;
    let batch: Vec<Entry> = postcard::from_bytes(payload).map_err(|error| StoreError::Damaged {
        what: what(),
        why: error.to_string(),
    })?;
    let in_order = batch
        .iter()
        .zip(seq..)
        .all(|(entry, expected)| entry.seq == expected);
    if batch.is_empty() || !in_order {
        let why = "its entries are not numbered as its key says".to_owned();
        return Err(StoreError::Damaged { what: what(), why });
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(seq: u64, len: usize) -> Entry {
        Entry {
            seq,
            at: 1,
            request: Some("tab-1".into()),
            input: vec![b'x'; len],
            reply: Some(b"null".to_vec()),
        }
    }

    #[test]
    fn a_large_batch_is_cut_and_joined() {
        let batch = [entry(3, PART), entry(4, PART / 2)];
        let writes = batch_writes(&batch, false).unwrap();
        assert_eq!(writes.len(), 2);
        let mut sealed = Vec::new();
        for (i, write) in writes.into_iter().enumerate() {
            let Write::Add(Table::Journal, key, value) = write else {
                unreachable!()
            };
            assert_eq!(parse_part_key(&key), Some((3, i)));
            sealed.extend(value);
        }
        assert_eq!(open_batch(3, &sealed).unwrap(), batch);
        assert!(open_batch(2, &sealed).is_err(), "under another key");
    }

    #[test]
    fn keys_sort_as_their_numbers_do() {
        let keys: Vec<_> = [(0, 0), (0, 1), (9, 0), (10, 0), (255, 3), (1 << 40, 0)]
            .map(|(s, p)| part_key(s, p))
            .into();
        assert!(keys.is_sorted());
        for odd in ["", "1.2", "000000000000000g.0000", "0000000000000001-0000"] {
            assert_eq!(parse_part_key(odd), None, "{odd}");
        }
    }
}
