//! Lead lists as people have them: CSV in any encoding and Excel workbooks, with every bad row named.
//!
//! A list is read in slices ([`Reader::step`]), so that a worker can report progress and stop in
//! between, and becomes a [`LeadFile`]: its columns, how many rows are good, bad or repeated, the
//! bad ones with what is wrong, corrections, and at last the leads to enrol. Nothing here enrols.
//!
//! What is told from the bytes alone: the encoding (`encoding`), the delimiter (`delimiter`) and
//! whether it is a list at all. What is forgiven: blank lines, nameless empty columns at the right
//! end, blanks around a cell, missing cells at the end of a row, broken quotes (the row is bad, its
//! neighbours are not). What is not: guessing which column holds the phone number.
//!
//! **Row numbers** are those a spreadsheet shows: the first record of the file is row 1, a record
//! with line breaks inside quotes is one row, a blank line counts as a row. **Limits** are in
//! [`Limits`]; memory is the decoded text once, four bytes per cell and about forty per row.

mod delimiter;
mod encoding;
mod error;
mod export;
mod file;
mod header;
mod intake;
mod judge;
mod kind;
mod limits;
mod phone;
mod reader;
mod records;
#[cfg(feature = "xlsx")]
mod sheet;
mod table;

pub use error::{CorrectionError, ReadError};
pub use export::{escape_formula, unescape_formula, write_csv};
pub use file::{BadRow, Counts, LeadFile, LeadRow};
pub use header::PHONE_COLUMN;
pub use limits::Limits;
pub use reader::{Progress, Reader};
