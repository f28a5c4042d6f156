//! Rows in chunks that never move: growing copies nothing, and no doubling wastes memory.

use std::ops::{Index, IndexMut};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::packed::{self, Item};

/// Rows in a chunk, as a power of two.
const CHUNK_BITS: u32 = 12;
const CHUNK: usize = 1 << CHUNK_BITS;

/// A growing table of fixed-size rows. O(1) to append to and to read.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    chunks: Vec<Vec<T>>,
    len: u32,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        let chunks = Vec::new();
        Rows { chunks, len: 0 }
    }
}

impl<T> Rows<T> {
    /// How many rows there are.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Appends a row and returns its number.
    #[inline]
    pub fn push(&mut self, row: T) -> u32 {
        let number = self.len;
        if (number as usize).is_multiple_of(CHUNK) {
            // The first chunk grows as it fills: most workflows are small.
            let room = if number == 0 { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(room));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(row);
            self.len += 1;
        }
        number
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        let rows: usize = self.chunks.iter().map(Vec::capacity).sum();
        rows * size_of::<T>()
    }
}

impl<T> Index<u32> for Rows<T> {
    type Output = T;

    #[inline]
    fn index(&self, row: u32) -> &T {
        &self.chunks[(row >> CHUNK_BITS) as usize][row as usize % CHUNK]
    }
}

impl<T> IndexMut<u32> for Rows<T> {
    #[inline]
    fn index_mut(&mut self, row: u32) -> &mut T {
        &mut self.chunks[(row >> CHUNK_BITS) as usize][row as usize % CHUNK]
    }
}

/// A chunk as its rows' bytes.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: Item")]
struct Chunk<T: Item>(#[serde(with = "packed")] Vec<T>);

impl<T: Item> Serialize for Rows<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Bytes<'a, T>(&'a [T]);
        impl<T: Item> Serialize for Bytes<'_, T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                packed::serialize(self.0, serializer)
            }
        }
        serializer.collect_seq(self.chunks.iter().map(|chunk| Bytes(chunk)))
    }
}

impl<'de, T: Item> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let chunks: Vec<Chunk<T>> = Deserialize::deserialize(deserializer)?;
        let mut chunks: Vec<Vec<T>> = chunks.into_iter().map(|chunk| chunk.0).collect();
        let filled = chunks.split_last().is_none_or(|(last, full)| {
            !last.is_empty() && last.len() <= CHUNK && full.iter().all(|rows| rows.len() == CHUNK)
        });
        let len = chunks.iter().map(Vec::len).sum::<usize>();
        let Some(len) = u32::try_from(len).ok().filter(|_| filled) else {
            return Err(D::Error::custom("rows are missing"));
        };
        if chunks.len() > 1
            && let Some(last) = chunks.last_mut()
        {
            last.reserve_exact(CHUNK - last.len());
        }
        Ok(Rows { chunks, len })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_where_they_are_and_survive_a_snapshot() {
        for count in [0, 1, CHUNK as u32, CHUNK as u32 + 1, 3 * CHUNK as u32 - 1] {
            let mut rows = Rows::default();
            for row in 0..count {
                assert_eq!(rows.push(u64::from(row) * 3), row);
            }
            let bytes = serde_json::to_vec(&rows).unwrap();
            let mut again: Rows<u64> = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(again.len(), count);
            assert!((0..count).all(|row| again[row] == u64::from(row) * 3));
            assert_eq!(again.push(7), count);
            assert_eq!(again[count], 7);
        }
    }

    #[test]
    fn a_chunk_that_is_cut_short_is_refused() {
        let chunks = [[0u8; 8]; 2];
        let bytes = serde_json::to_vec(&chunks).unwrap();
        assert!(serde_json::from_slice::<Rows<u64>>(&bytes).is_err());
    }
}
