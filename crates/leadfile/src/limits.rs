//! How much of a list is accepted; everything that a file can make grow is bounded here.

use leadline_model::limits::{MAX_LABEL, MAX_VARIABLES, MAX_VARIABLES_WEIGHT};

/// The bounds of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: u64,
    /// Data rows, without the blank ones.
    pub max_rows: u32,
    /// Columns, the phone number's among them.
    pub max_columns: usize,
    /// Characters of a column's name.
    pub max_column_name: usize,
    /// Bytes of one lead's variables, counted as the model counts them; a longer row is a bad row,
    /// and no quoted cell is searched further than this for its end.
    pub max_row_bytes: usize,
    /// Bytes of all cells together.
    pub max_text_bytes: usize,
    /// Cells in all.
    pub max_cells: usize,
    /// Bytes of a workbook once unpacked: what guards against a file that unpacks without end.
    pub max_unpacked_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 256 << 20,
            max_rows: 2_000_000,
            max_columns: MAX_VARIABLES + 1,
            max_column_name: MAX_LABEL,
            max_row_bytes: MAX_VARIABLES_WEIGHT,
            max_text_bytes: 512 << 20,
            max_cells: 50_000_000,
            max_unpacked_bytes: 1 << 30,
        }
    }
}
