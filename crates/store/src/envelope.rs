//! The envelope around every stored value: magic, version, kind, length, checksum, payload.
//!
//! ```text
//! 0      4        6     8       16        24
//! "LDLN" version  kind  length  checksum  payload
//! ```
//!
//! All numbers are little-endian. The checksum (XXH3, 64 bits) covers the first 16 bytes and the
//! payload, so a value that was torn, flipped, swapped for one of another kind or extended is told
//! from a good one. This layout stays the same for all versions; `version` is that of the payload.

use xxhash_rust::xxh3::Xxh3;

const MAGIC: [u8; 4] = *b"LDLN";
const HEAD: usize = 24;

/// The newest payload version this program writes and reads.
pub const VERSION: u16 = 1;

/// What an envelope holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Kind {
    /// A batch of journal entries.
    Journal = 1,
    /// A snapshot of the session.
    Snapshot = 2,
    /// A fact of the meta table.
    Meta = 3,
    /// A note.
    Note = 4,
    /// A home of the API in memory, with all its organizations.
    Home = 5,
    /// A record about a remote.
    Remote = 6,
}

/// Why an envelope cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is shorter or longer than it says.
    #[error("it should have {expected} bytes and has {got}")]
    Torn {
        /// Bytes it should have.
        expected: u64,
        /// Bytes there are.
        got: u64,
    },
    /// It does not begin as all values do.
    #[error("it does not begin as a Leadline value does")]
    Foreign,
    /// A bit of it changed.
    #[error("its checksum does not fit")]
    Flipped,
    /// It is whole, and holds something else.
    #[error("it holds a value of kind {found} where kind {expected} belongs")]
    WrongKind {
        /// The kind asked for.
        expected: u16,
        /// The kind found.
        found: u16,
    },
    /// It is whole, and of a later version.
    #[error("it was written by a newer Leadline (version {found}, this one knows {known})")]
    TooNew {
        /// The version found.
        found: u16,
        /// The newest version known.
        known: u16,
    },
}

/// Puts a payload into an envelope.
pub fn seal(kind: Kind, payload: &[u8]) -> Vec<u8> {
    seal_as(VERSION, kind, payload)
}

/// Puts a payload of a given version into an envelope; for tests of old and future versions.
pub fn seal_as(version: u16, kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD + payload.len());
    sealed.extend_from_slice(&MAGIC);
    sealed.extend_from_slice(&version.to_le_bytes());
    sealed.extend_from_slice(&(kind as u16).to_le_bytes());
    sealed.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    let checksum = checksum(&sealed, payload);
    sealed.extend_from_slice(&checksum.to_le_bytes());
    sealed.extend_from_slice(payload);
    sealed
}

/// The payload of an envelope of this kind.
pub fn open(kind: Kind, sealed: &[u8]) -> Result<&[u8], EnvelopeError> {
    let got = sealed.len() as u64;
    let Some((head, payload)) = sealed.split_at_checked(HEAD) else {
        return Err(EnvelopeError::Torn {
            expected: HEAD as u64,
            got,
        });
    };
    if head[..4] != MAGIC {
        return Err(EnvelopeError::Foreign);
    }
    let expected = number(&head[8..16]).saturating_add(HEAD as u64);
    if expected != got {
        return Err(EnvelopeError::Torn { expected, got });
    }
    if checksum(&head[..16], payload) != number(&head[16..24]) {
        return Err(EnvelopeError::Flipped);
    }
    let (version, found) = (number(&head[4..6]) as u16, number(&head[6..8]) as u16);
    if version > VERSION {
        return Err(EnvelopeError::TooNew {
            found: version,
            known: VERSION,
        });
    }
    if found != kind as u16 {
        return Err(EnvelopeError::WrongKind {
            expected: kind as u16,
            found,
        });
    }
    Ok(payload)
}

fn checksum(head: &[u8], payload: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(head);
    hasher.update(payload);
    hasher.digest()
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_payload_comes_back() {
        for payload in [&b""[..], b"x", &[7; 100_000]] {
            assert_eq!(open(Kind::Note, &seal(Kind::Note, payload)), Ok(payload));
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let sealed = seal(Kind::Journal, b"thirty-one bytes of a payload..");
        for bit in 0..sealed.len() * 8 {
            let mut torn = sealed.clone();
            torn[bit / 8] ^= 1 << (bit % 8);
            assert!(open(Kind::Journal, &torn).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_and_every_extension_is_found() {
        let sealed = seal(Kind::Snapshot, b"a payload");
        for len in 0..sealed.len() {
            let error = open(Kind::Snapshot, &sealed[..len]).unwrap_err();
            assert!(
                matches!(error, EnvelopeError::Torn { .. }),
                "{len}: {error}"
            );
        }
        let longer = [&sealed[..], b"x"].concat();
        assert!(matches!(
            open(Kind::Snapshot, &longer),
            Err(EnvelopeError::Torn { .. })
        ));
    }

    #[test]
    fn other_kinds_and_later_versions_are_refused_by_name() {
        let meta = seal(Kind::Meta, b"x");
        let wrong = open(Kind::Note, &meta);
        assert_eq!(
            wrong,
            Err(EnvelopeError::WrongKind {
                expected: 4,
                found: 3
            })
        );
        let future = seal_as(VERSION + 1, Kind::Note, b"x");
        let newer = open(Kind::Note, &future);
        assert_eq!(
            newer,
            Err(EnvelopeError::TooNew {
                found: VERSION + 1,
                known: VERSION
            })
        );
        assert!(newer.unwrap_err().to_string().contains("newer Leadline"));
    }
}
