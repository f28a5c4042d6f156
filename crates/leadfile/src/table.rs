//! The cells of a list, packed: one text that holds all of them one after another, where each ends,
//! and which belong to which row. A million rows cost their text and a few bytes per cell instead
//! of a tree of small allocations.

use crate::error::ReadError;
use crate::limits::Limits;

/// All rows of a list, as read.
#[derive(Debug, Default)]
pub(crate) struct Table {
    text: String,
    /// Where each cell ends in `text`; it begins where the one before ends.
    cell_ends: Vec<u32>,
    /// Where each row ends in `cell_ends`.
    row_ends: Vec<u32>,
    /// Each row's number in a spreadsheet, ascending.
    numbers: Vec<u32>,
}

impl Table {
    /// A table with room for this much text.
    pub(crate) fn with_capacity(text: usize) -> Table {
        Table {
            text: String::with_capacity(text),
            ..Table::default()
        }
    }

    /// Rows in all.
    pub(crate) fn len(&self) -> usize {
        self.row_ends.len()
    }

    /// Adds a row; its number is greater than that of the row before.
    pub(crate) fn push<'c>(
        &mut self,
        number: u32,
        cells: impl Iterator<Item = &'c str>,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        for cell in cells {
            let end = self.text.len() + cell.len();
            let too_large = ReadError::TooLarge {
                what: "text",
                limit_mb: (limits.max_text_bytes >> 20) as u64,
            };
            if end > limits.max_text_bytes {
                return Err(too_large);
            }
            self.text.push_str(cell);
            self.cell_ends
                .push(u32::try_from(end).map_err(|_| too_large)?);
        }
        let too_many = ReadError::TooManyCells {
            limit: limits.max_cells,
        };
        if self.cell_ends.len() > limits.max_cells {
            return Err(too_many);
        }
        self.row_ends
            .push(u32::try_from(self.cell_ends.len()).map_err(|_| too_many)?);
        self.numbers.push(number);
        Ok(())
    }

    /// Gives back the room that was not needed.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.cell_ends.shrink_to_fit();
        self.row_ends.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }

    /// A row's number in a spreadsheet.
    pub(crate) fn number(&self, row: usize) -> u64 {
        u64::from(self.numbers[row])
    }

    /// The row of that number.
    pub(crate) fn find(&self, number: u64) -> Option<usize> {
        let number = u32::try_from(number).ok()?;
        self.numbers.binary_search(&number).ok()
    }

    /// How many cells of a row are kept.
    pub(crate) fn width(&self, row: usize) -> usize {
        let (start, end) = self.cells(row);
        end - start
    }

    /// A cell; those that a row lacks are empty.
    pub(crate) fn cell(&self, row: usize, place: usize) -> &str {
        let (start, end) = self.cells(row);
        let cell = start + place;
        if cell >= end {
            return "";
        }
        let from = if cell == 0 {
            0
        } else {
            self.cell_ends[cell - 1] as usize
        };
        &self.text[from..self.cell_ends[cell] as usize]
    }

    fn cells(&self, row: usize) -> (usize, usize) {
        let start = if row == 0 {
            0
        } else {
            self.row_ends[row - 1] as usize
        };
        (start, self.row_ends[row] as usize)
    }
}
