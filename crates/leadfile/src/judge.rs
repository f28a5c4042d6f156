//! Judges one row: whether it can be enrolled and, if not, the first thing that is wrong with it.
//! Judging allocates nothing, so that a million rows can be judged while they are read; a problem's
//! words are made when a bad row is shown.

use thiserror::Error;

use crate::header::Columns;
use crate::limits::Limits;
use crate::phone::{self, PhoneProblem};
use crate::records::Flaw;

/// What spreadsheets put into a cell whose formula failed.
const SPREADSHEET_ERRORS: [&str; 8] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#GETTING_DATA",
];
/// What the model counts for a text besides its bytes.
const TEXT_WEIGHT: usize = 16;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The place of the column, where it is one.
    pub(crate) column: Option<usize>,
    /// What it is.
    pub(crate) what: What,
}

/// The kinds of problems; their words stand as they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum What {
    #[error(transparent)]
    Phone(PhoneProblem),
    #[error(
        "A quotation mark in this cell is not closed, or not doubled inside it. It was read as it stands."
    )]
    Quotes,
    #[error("The text of this cell is longer than the {0} bytes that a lead may have.")]
    CellTooLong(usize),
    #[error("The texts of this row are together longer than the {0} bytes that a lead may have.")]
    RowTooLong(usize),
    #[error(
        "The row has {found} cells where the header has {columns}. Perhaps a text that holds the delimiter is not in quotes. Correct a cell, and what is beyond the last column is dropped."
    )]
    TooManyCells { found: usize, columns: usize },
    #[error("A character of this cell could not be read. Type the text again.")]
    Unreadable,
    #[error("The cell holds the error of a spreadsheet formula instead of a value.")]
    Formula,
}

/// The phone number's digits of a good row.
pub(crate) fn judge<'c>(
    columns: &Columns,
    limits: &Limits,
    flaws: &[Flaw],
    cell: impl Fn(usize) -> &'c str,
) -> Result<u64, Problem> {
    if let Some(flaw) = flaws.first() {
        return Err(flawed(*flaw, columns, limits));
    }
    let at = |place, what| Problem {
        column: Some(place),
        what,
    };
    let mut weight = 0;
    for (place, name) in columns.names.iter().enumerate() {
        let text = cell(place);
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Err(at(place, What::Unreadable));
        }
        if text.starts_with('#') && SPREADSHEET_ERRORS.contains(&text) {
            return Err(at(place, What::Formula));
        }
        if text.len() > limits.max_row_bytes {
            return Err(at(place, What::CellTooLong(limits.max_row_bytes)));
        }
        if place != columns.phone && !text.is_empty() {
            weight += name.len() + TEXT_WEIGHT + text.len();
        }
    }
    if weight + TEXT_WEIGHT > limits.max_row_bytes {
        return Err(Problem {
            column: None,
            what: What::RowTooLong(limits.max_row_bytes),
        });
    }
    phone::read(cell(columns.phone)).map_err(|problem| at(columns.phone, What::Phone(problem)))
}

fn flawed(flaw: Flaw, columns: &Columns, limits: &Limits) -> Problem {
    let inside = |place: usize| (place < columns.names.len()).then_some(place);
    match flaw {
        Flaw::Quotes(place) => Problem {
            column: inside(place),
            what: What::Quotes,
        },
        Flaw::Cut(place) => Problem {
            column: inside(place),
            what: What::CellTooLong(limits.max_row_bytes),
        },
        Flaw::Cells(found) => Problem {
            column: None,
            what: What::TooManyCells {
                found,
                columns: columns.names.len(),
            },
        },
    }
}
