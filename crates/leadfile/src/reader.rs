//! Reads a list slice by slice.
//!
//! A CSV is decoded when the reader is made (the one part that cannot be sliced; a second per
//! hundred megabytes at worst) and split and judged row by row in [`Reader::step`]. A workbook's
//! sheet is unpacked as a whole in the first step, because its reader borrows the workbook.
//! To cancel, drop the reader.

use crate::delimiter;
use crate::encoding;
use crate::error::ReadError;
use crate::file::LeadFile;
use crate::intake::Intake;
use crate::kind::{self, Kind};
use crate::limits::Limits;
use crate::records::{Record, Records};

/// How far a list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Data rows so far.
    pub rows: u64,
    /// Whether all is read: [`Reader::finish`] comes next.
    pub finished: bool,
}

/// A list that is being read.
#[derive(Debug)]
pub struct Reader {
    name: String,
    format: String,
    total_bytes: u64,
    source: Source,
    intake: Intake,
}

#[derive(Debug)]
enum Source {
    Text {
        text: String,
        records: Records,
    },
    #[cfg(feature = "xlsx")]
    Workbook(Vec<u8>),
    Done,
}

impl Reader {
    /// Begins to read a file: tells what it is, and refuses what is no list.
    pub fn new(name: &str, bytes: Vec<u8>, limits: Limits) -> Result<Reader, ReadError> {
        let total_bytes = bytes.len() as u64;
        if total_bytes > limits.max_bytes {
            return Err(ReadError::TooLarge {
                what: "file",
                limit_mb: limits.max_bytes >> 20,
            });
        }
        if bytes.is_empty() {
            return Err(ReadError::Empty);
        }
        let (source, format, expected) = match kind::sniff(&bytes)? {
            Kind::Text => {
                let decoded = encoding::decode(bytes)?;
                let delimiter = delimiter::sniff(&decoded.text);
                let format = format!("CSV, {}, {}", delimiter.name, decoded.encoding);
                let max_cells = Intake::max_cells(&limits);
                let records = Records::new(
                    delimiter.byte,
                    delimiter.start,
                    max_cells,
                    limits.max_row_bytes,
                );
                let expected = decoded.text.len();
                (
                    Source::Text {
                        text: decoded.text,
                        records,
                    },
                    format,
                    expected,
                )
            }
            #[cfg(feature = "xlsx")]
            Kind::Workbook => (Source::Workbook(bytes), "Excel workbook".to_owned(), 0),
            #[cfg(not(feature = "xlsx"))]
            Kind::Workbook => return Err(ReadError::NoWorkbooks),
        };
        let intake = Intake::new(limits, expected.min(limits.max_text_bytes));
        Ok(Reader {
            name: name.to_owned(),
            format,
            total_bytes,
            source,
            intake,
        })
    }

    /// Reads up to `max_rows` more rows (at least one).
    pub fn step(&mut self, max_rows: usize) -> Result<Progress, ReadError> {
        let (done_bytes, finished) = match &mut self.source {
            Source::Text { text, records } => {
                let finished = !take_rows(text, records, &mut self.intake, max_rows.max(1))?;
                (scale(records.at(), text.len(), self.total_bytes), finished)
            }
            #[cfg(feature = "xlsx")]
            Source::Workbook(bytes) => {
                let sheet = crate::sheet::read(std::mem::take(bytes), &mut self.intake)?;
                self.format = format!("Excel workbook, sheet \u{201c}{sheet}\u{201d}");
                (self.total_bytes, true)
            }
            Source::Done => (self.total_bytes, true),
        };
        if finished {
            self.source = Source::Done;
        }
        let rows = self.intake.table.len() as u64;
        Ok(Progress {
            done_bytes,
            total_bytes: self.total_bytes,
            rows,
            finished,
        })
    }

    /// The list, after reading whatever is left of it.
    pub fn finish(mut self) -> Result<LeadFile, ReadError> {
        while !self.step(usize::MAX)?.finished {}
        LeadFile::new(self.name, self.format, self.intake)
    }
}

/// Takes that many records; false when there are no more.
fn take_rows(
    text: &str,
    records: &mut Records,
    intake: &mut Intake,
    max_rows: usize,
) -> Result<bool, ReadError> {
    let mut record = Record::default();
    for _ in 0..max_rows {
        if !records.next(text, &mut record) {
            return Ok(false);
        }
        intake.record(&mut record)?;
    }
    Ok(records.at() < text.len())
}

/// A place in the decoded text as a place in the file.
fn scale(at: usize, of: usize, total: u64) -> u64 {
    if of == 0 {
        total
    } else {
        (at as u128 * u128::from(total) / of as u128) as u64
    }
}
