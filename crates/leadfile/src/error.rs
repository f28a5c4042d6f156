//! Why a list is refused as a whole, or a correction; each with a stable code and a plain message
//! that says what to do.

use thiserror::Error;

use crate::header::PHONE_COLUMN;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// No bytes, or nothing but blanks.
    #[error("The file is empty.")]
    Empty,
    /// Recognizably something else.
    #[error("This is {what}, not a list of leads. Save the list as CSV and try again.")]
    NotAList {
        /// What it is, with its article.
        what: &'static str,
    },
    /// An Excel workbook, in a build without them.
    #[error("Excel workbooks cannot be read here. Save the list as CSV and try again.")]
    NoWorkbooks,
    /// A workbook that cannot be opened or breaks off.
    #[error(
        "The workbook cannot be read: {reason}. Open it in a spreadsheet, save it as CSV and try again."
    )]
    DamagedWorkbook {
        /// What its reader said.
        reason: String,
    },
    /// More bytes than are accepted, packed or unpacked.
    #[error("The {what} is larger than the {limit_mb} MB that can be read. Split the list.")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// The limit in megabytes.
        limit_mb: u64,
    },
    /// More data rows than are accepted.
    #[error("The list has more than {limit} rows. Split it.")]
    TooManyRows {
        /// The limit.
        limit: u32,
    },
    /// More cells than are accepted.
    #[error("The list has more than {limit} cells. Split it, or remove columns.")]
    TooManyCells {
        /// The limit.
        limit: usize,
    },
    /// More columns than are accepted.
    #[error("The header has {found} columns; at most {limit} can be read. Remove some.")]
    TooManyColumns {
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A column without a name between others.
    #[error("Column {letter} has no name in the header (row {row}). Give it one, or remove it.")]
    UnnamedColumn {
        /// As a spreadsheet names the column: A, B, … AA.
        letter: String,
        /// The header's row number.
        row: u64,
    },
    /// A column's name is unreasonably long: the first row is hardly a header.
    #[error(
        "The name of column {letter} is longer than {limit} characters. Is the first row a header?"
    )]
    LongColumnName {
        /// As a spreadsheet names the column.
        letter: String,
        /// The limit.
        limit: usize,
    },
    /// Two columns of one name.
    #[error("Two columns are named \u{201c}{name}\u{201d}. Rename or remove one of them.")]
    RepeatedColumn {
        /// Their name.
        name: String,
    },
    /// No column that holds phone numbers.
    #[error(
        "No column is named {PHONE_COLUMN}. The columns found are: {found}. Name the one with the \
         phone numbers {PHONE_COLUMN} in the first row."
    )]
    NoPhoneColumn {
        /// The names found, abridged.
        found: String,
    },
    /// The first row holds a phone number: there is no header.
    #[error(
        "The first row holds a phone number instead of column names. Add a first row with the \
         names, one of them {PHONE_COLUMN}."
    )]
    NoHeader,
    /// Nothing below the header.
    #[error("The list has a header but no rows below it.")]
    OnlyHeader,
}

impl ReadError {
    /// A code that stays the same over versions.
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Empty => "empty_file",
            ReadError::NotAList { .. } => "not_a_list",
            ReadError::NoWorkbooks => "no_workbooks",
            ReadError::DamagedWorkbook { .. } => "damaged_workbook",
            ReadError::TooLarge { .. } => "file_too_large",
            ReadError::TooManyRows { .. } => "too_many_rows",
            ReadError::TooManyCells { .. } => "too_many_cells",
            ReadError::TooManyColumns { .. } => "too_many_columns",
            ReadError::UnnamedColumn { .. } => "unnamed_column",
            ReadError::LongColumnName { .. } => "long_column_name",
            ReadError::RepeatedColumn { .. } => "repeated_column",
            ReadError::NoPhoneColumn { .. } => "no_phone_column",
            ReadError::NoHeader => "no_header",
            ReadError::OnlyHeader => "only_header",
        }
    }
}

/// Why a correction is refused; the list stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CorrectionError {
    /// No data row of that number.
    #[error("The list has no row {row}.")]
    NoSuchRow {
        /// The number given.
        row: u64,
    },
    /// No column of that name.
    #[error("The list has no column named \u{201c}{column}\u{201d}.")]
    NoSuchColumn {
        /// The name given.
        column: String,
    },
    /// The new text is longer than a row may be.
    #[error("The new text is longer than the {limit} bytes that a lead may have.")]
    TooLong {
        /// The limit.
        limit: usize,
    },
}
