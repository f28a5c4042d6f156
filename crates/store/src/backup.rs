//! A backup: everything in one JSON file that a person can read and a program can trust.
//!
//! ```text
//! {"leadline_backup": 1, "program": "0.1.0", "written_at_ms": …, "checksum": "9f…",
//!  "session": {…}, "journal": [{"seq": 0, "at": …, "request": null, "input": {…}}, …],
//!  "notes": {"key": "text"}, "damaged": [{"table": "journal", "key": "…", "bytes": "<hex>"}]}
//! ```
//!
//! Inputs stand in it as they were stored, byte for byte, and the checksum covers them all, so a
//! file that was cut or altered is refused whole. `damaged` holds what could not be read, for
//! whoever can repair it; it is not imported.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use xxhash_rust::xxh3::Xxh3;

use crate::guard::{self, GuardError};
use crate::{Entry, Record, Table};

/// The version written.
pub const VERSION: u32 = 1;
/// The largest backup that is read, in bytes.
pub const MAX_SIZE: usize = 512 << 20;
/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;

/// Everything that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backup {
    /// What the session is created from, as JSON.
    pub session: String,
    /// The journal, without the replies.
    pub journal: Vec<Entry>,
    /// The notes.
    pub notes: BTreeMap<String, String>,
}

/// Why a file cannot be restored. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Not worth parsing.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// Not JSON of the expected form.
    #[error("this is not a Leadline backup, or it was cut short: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Of a later version.
    #[error(
        "this backup was written by a newer Leadline (version {found}, this one knows {VERSION}); \
         update Leadline and import it then"
    )]
    TooNew {
        /// The version found.
        found: u64,
    },
    /// Altered or cut.
    #[error("this backup is damaged: its contents do not fit its checksum")]
    Altered,
    /// Inconsistent in itself.
    #[error("this backup is damaged: entry {place} of its journal is numbered {found}")]
    OutOfOrder {
        /// Where.
        place: usize,
        /// The number there.
        found: u64,
    },
}

#[derive(Deserialize)]
struct Version {
    leadline_backup: u64,
}

#[derive(Serialize, Deserialize)]
struct File {
    leadline_backup: u32,
    program: String,
    written_at_ms: i64,
    checksum: String,
    session: Box<RawValue>,
    journal: Vec<Line>,
    notes: BTreeMap<String, String>,
    #[serde(default)]
    damaged: Vec<DamagedRecord>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: i64,
    #[serde(default)]
    request: Option<String>,
    input: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
struct DamagedRecord {
    table: String,
    key: String,
    bytes: String,
}

impl Backup {
    /// As a file's text. `damaged` are stored values that could not be read.
    pub fn write(
        &self,
        program: &str,
        now_ms: i64,
        damaged: &[(Table, Record)],
    ) -> Result<String, BackupError> {
        let journal = self
            .journal
            .iter()
            .map(|entry| {
                Ok(Line {
                    seq: entry.seq,
                    at: entry.at,
                    request: entry.request.clone(),
                    input: serde_json::from_slice(&entry.input)?,
                })
            })
            .collect::<Result<_, serde_json::Error>>()?;
        let mut file = File {
            leadline_backup: VERSION,
            program: program.to_owned(),
            written_at_ms: now_ms,
            checksum: String::new(),
            session: serde_json::from_str(&self.session)?,
            journal,
            notes: self.notes.clone(),
            damaged: damaged
                .iter()
                .map(|(table, (key, bytes))| DamagedRecord {
                    table: table.name().to_owned(),
                    key: key.clone(),
                    bytes: hex(bytes),
                })
                .collect(),
        };
        file.checksum = checksum(&file);
        Ok(serde_json::to_string(&file)?)
    }

    /// From a file's text, checked whole.
    pub fn read(json: &str) -> Result<Backup, BackupError> {
        let json = json.trim_start_matches('\u{feff}');
        guard::check(json, MAX_SIZE, MAX_DEPTH)?;
        let Version {
            leadline_backup: found,
        } = serde_json::from_str(json)?;
        if found > u64::from(VERSION) {
            return Err(BackupError::TooNew { found });
        }
        let file: File = serde_json::from_str(json)?;
        if checksum(&file) != file.checksum {
            return Err(BackupError::Altered);
        }
        for (place, line) in file.journal.iter().enumerate() {
            if line.seq != place as u64 {
                return Err(BackupError::OutOfOrder {
                    place,
                    found: line.seq,
                });
            }
        }
        let journal = file.journal.into_iter().map(|line| Entry {
            seq: line.seq,
            at: line.at,
            request: line.request,
            input: line.input.get().as_bytes().to_vec(),
            reply: None,
        });
        Ok(Backup {
            session: file.session.get().to_owned(),
            journal: journal.collect(),
            notes: file.notes,
        })
    }
}

fn checksum(file: &File) -> String {
    let mut hasher = Xxh3::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(file.session.get().as_bytes());
    for line in &file.journal {
        add(&line.seq.to_le_bytes());
        add(&line.at.to_le_bytes());
        add(line.request.as_deref().unwrap_or_default().as_bytes());
        add(line.input.get().as_bytes());
    }
    for (key, text) in &file.notes {
        add(key.as_bytes());
        add(text.as_bytes());
    }
    format!("{:016x}", hasher.digest())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sample() -> Backup {
        let entry = |seq: u64, input: &str| Entry {
            seq,
            at: 7,
            request: (seq == 1).then(|| "tab-1".to_owned()),
            input: input.as_bytes().to_vec(),
            reply: None,
        };
        Backup {
            session: r#"{"organization_id":"org_1","key":18446744073709551615}"#.into(),
            journal: vec![
                entry(0, r#"{"type":"a","n":1.50}"#),
                entry(1, r#"{"text":"\u00e9 ü"}"#),
            ],
            notes: [("undo".to_owned(), "[]".to_owned())].into(),
        }
    }

    #[test]
    fn a_backup_comes_back_byte_for_byte() {
        let damaged = [(
            Table::Journal,
            ("0000000000000002.0000".to_owned(), vec![1, 255]),
        )];
        let text = sample().write("0.1.0", 9, &damaged).unwrap();
        assert!(
            text.starts_with(r#"{"leadline_backup":1,"#) && text.contains("01ff"),
            "{text}"
        );
        assert_eq!(Backup::read(&text).unwrap(), sample());
        assert_eq!(
            Backup::read(&format!("\u{feff}{text}\n")).unwrap(),
            sample()
        );
    }

    #[test]
    fn whatever_is_not_a_whole_backup_is_refused() {
        let good = sample().write("0.1.0", 9, &[]).unwrap();
        let deep = format!("{{\"leadline_backup\":1,\"x\":{}", "[".repeat(10_000));
        for (text, says) in [
            ("", "not a Leadline backup"),
            ("[]", "not a Leadline backup"),
            (r#"{"leadline":1}"#, "not a Leadline backup"),
            (&good[..good.len() - 1], "not a Leadline backup"),
            (&good.replace("\"n\":1.50", "\"n\":1.51"), "checksum"),
            (
                &good.replace("\"undo\":\"[]\"", "\"undo\":\"[1]\""),
                "checksum",
            ),
            (
                &good.replace("\"leadline_backup\":1", "\"leadline_backup\":2"),
                "newer Leadline",
            ),
            (&good.replace("\"seq\":1", "\"seq\":7"), "checksum"),
            (&deep, "nests deeper"),
        ] {
            let error = Backup::read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{says}: {error}");
        }
    }

    #[test]
    fn a_journal_with_a_hole_is_refused() {
        let mut backup = sample();
        backup.journal[1].seq = 2;
        let error = Backup::read(&backup.write("0.1.0", 9, &[]).unwrap()).unwrap_err();
        assert!(
            matches!(error, BackupError::OutOfOrder { place: 1, found: 2 }),
            "{error}"
        );
    }
}
