//! A list that was read: what is in it, what is wrong, corrections, and the leads to enrol.
//!
//! Every data row is good, bad, repeated (good, but an earlier good row has its number, so it is
//! skipped) or left out; the first three add up to [`Counts::rows`]. A correction judges only the
//! rows it touches.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use leadline_model::{Value, Variables};

use crate::error::{CorrectionError, ReadError};
use crate::header::Columns;
use crate::intake::{Intake, Verdicts};
use crate::judge::{Problem, judge};
use crate::limits::Limits;
use crate::reader::Reader;
use crate::records::Flaw;
use crate::table::Table;

/// How many rows of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Data rows without those left out: `good + repeated + bad`.
    pub rows: u64,
    /// Rows that would be enrolled: as many as [`LeadFile::leads`] yields.
    pub good: u64,
    /// Rows whose number stands further up in the list: skipped.
    pub repeated: u64,
    /// Rows that cannot be enrolled as they are.
    pub bad: u64,
}

/// A row that cannot be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its number in a spreadsheet.
    pub row: u64,
    /// The name of the column that is wrong, where it is one.
    pub column: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
    /// Its cells in the order of the columns; those beyond the last column follow.
    pub cells: Vec<String>,
}

/// A list of leads.
#[derive(Debug)]
pub struct LeadFile {
    name: String,
    format: String,
    limits: Limits,
    columns: Columns,
    table: Table,
    verdicts: Verdicts,
    flaws: BTreeMap<u32, Vec<Flaw>>,
    /// Rows as corrected.
    corrected: BTreeMap<u32, Vec<String>>,
    left_out: BTreeSet<u32>,
}

impl LeadFile {
    /// Reads a file at once. For large ones use a [`Reader`].
    pub fn read(name: &str, bytes: Vec<u8>, limits: Limits) -> Result<LeadFile, ReadError> {
        Reader::new(name, bytes, limits)?.finish()
    }

    pub(crate) fn new(name: String, format: String, intake: Intake) -> Result<Self, ReadError> {
        let columns = intake.columns.ok_or(ReadError::Empty)?;
        if intake.table.len() == 0 {
            return Err(ReadError::OnlyHeader);
        }
        let mut table = intake.table;
        table.shrink();
        Ok(LeadFile {
            name,
            format,
            limits: intake.limits,
            columns,
            table,
            verdicts: intake.verdicts,
            flaws: intake.flaws,
            corrected: BTreeMap::new(),
            left_out: BTreeSet::new(),
        })
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it was read, for people: "CSV, semicolons, UTF-16 LE".
    pub fn format(&self) -> &str {
        &self.format
    }

    /// All column names in the file's order, `phone_number` among them.
    pub fn columns(&self) -> &[String] {
        &self.columns.names
    }

    /// How many rows of which kind.
    pub fn counts(&self) -> Counts {
        let rows = (self.table.len() - self.left_out.len()) as u64;
        let (valid, good) = (self.verdicts.good(), self.verdicts.distinct());
        Counts {
            rows,
            good,
            repeated: valid - good,
            bad: rows - valid,
        }
    }

    /// The first rows that are not left out, good or bad: number and cells, as many as columns.
    pub fn sample(&self, rows: usize) -> Vec<(u64, Vec<String>)> {
        self.rows()
            .take(rows)
            .map(|row| {
                let cells = (0..self.columns.names.len()).map(|place| self.cell(row, place).into());
                (self.table.number(row), cells.collect())
            })
            .collect()
    }

    /// The bad rows in the file's order.
    pub fn bad_rows(&self) -> impl Iterator<Item = BadRow> + '_ {
        self.rows()
            .filter(|row| self.verdicts.phone(*row).is_none())
            .filter_map(|row| {
                let problem = self.judge(row).err()?;
                let column = problem
                    .column
                    .map(|place| self.columns.names[place].clone());
                let width = self.width(row).max(self.columns.names.len());
                Some(BadRow {
                    row: self.table.number(row),
                    column,
                    message: problem.what.to_string(),
                    cells: (0..width)
                        .map(|place| self.cell(row, place).to_owned())
                        .collect(),
                })
            })
    }

    /// The leads to enrol: the good rows in the file's order, the first of each number.
    pub fn leads(&self) -> impl Iterator<Item = LeadRow<'_>> {
        let mut seen = HashSet::new();
        (0..self.table.len()).filter_map(move |row| {
            let phone = self.verdicts.phone(row)?;
            seen.insert(phone).then_some(LeadRow {
                file: self,
                row,
                phone,
            })
        })
    }

    /// Changes cells, given as (row number, column name, new text), of any data rows, and leaves
    /// rows out; judges those rows anew. All of it is done, or nothing when part of it is
    /// impossible. What was wrong with a changed cell's quotes or length, or with the number of
    /// cells in its row, counts as seen to.
    pub fn correct(
        &mut self,
        cells: &[(u64, String, String)],
        leave_out: &[u64],
    ) -> Result<(), CorrectionError> {
        let found: Vec<(usize, usize, &str)> = cells
            .iter()
            .map(|(row, column, text)| self.find_cell(*row, column, text.trim()))
            .collect::<Result<_, _>>()?;
        let rows: Vec<usize> = leave_out
            .iter()
            .map(|&row| self.find_row(row))
            .collect::<Result<_, _>>()?;
        for (row, place, text) in found {
            self.change(row, place, text);
        }
        for row in rows {
            self.left_out.insert(row as u32);
            self.verdicts.set(row, None);
        }
        Ok(())
    }

    /// Changes one cell, see [`correct`](Self::correct).
    pub fn set_cell(&mut self, row: u64, column: &str, text: &str) -> Result<(), CorrectionError> {
        let (row, place, text) = self.find_cell(row, column, text.trim())?;
        self.change(row, place, text);
        Ok(())
    }

    /// Leaves a row out, as if it were not in the file.
    pub fn leave_out(&mut self, row: u64) -> Result<(), CorrectionError> {
        self.correct(&[], &[row])
    }

    /// Takes back [`leave_out`](Self::leave_out).
    pub fn keep(&mut self, row: u64) -> Result<(), CorrectionError> {
        let index = self.find_row(row)?;
        self.left_out.remove(&(index as u32));
        self.judge_again(index);
        Ok(())
    }

    /// Rows that are not left out.
    fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.table.len()).filter(|row| !self.left_out.contains(&(*row as u32)))
    }

    fn find_row(&self, row: u64) -> Result<usize, CorrectionError> {
        self.table
            .find(row)
            .ok_or(CorrectionError::NoSuchRow { row })
    }

    fn find_cell<'t>(
        &self,
        row: u64,
        column: &str,
        text: &'t str,
    ) -> Result<(usize, usize, &'t str), CorrectionError> {
        let index = self.find_row(row)?;
        let Some(place) = self.columns.place(column) else {
            return Err(CorrectionError::NoSuchColumn {
                column: column.to_owned(),
            });
        };
        if text.len() > self.limits.max_row_bytes {
            return Err(CorrectionError::TooLong {
                limit: self.limits.max_row_bytes,
            });
        }
        Ok((index, place, text))
    }

    fn change(&mut self, row: usize, place: usize, text: &str) {
        let width = self.columns.names.len();
        let mut cells: Vec<String> = (0..width)
            .map(|place| self.cell(row, place).to_owned())
            .collect();
        cells[place] = text.to_owned();
        self.corrected.insert(row as u32, cells);
        if let Some(flaws) = self.flaws.get_mut(&(row as u32)) {
            flaws.retain(|flaw| match flaw {
                Flaw::Quotes(at) | Flaw::Cut(at) => *at != place && *at < width,
                Flaw::Cells(_) => false,
            });
        }
        self.judge_again(row);
    }

    fn judge_again(&mut self, row: usize) {
        if !self.left_out.contains(&(row as u32)) {
            let verdict = self.judge(row).ok();
            self.verdicts.set(row, verdict);
        }
    }

    fn judge(&self, row: usize) -> Result<u64, Problem> {
        let flaws = self.flaws.get(&(row as u32)).map_or(&[][..], Vec::as_slice);
        judge(&self.columns, &self.limits, flaws, |place| {
            self.cell(row, place)
        })
    }

    fn width(&self, row: usize) -> usize {
        self.corrected
            .get(&(row as u32))
            .map_or(self.table.width(row), Vec::len)
    }

    fn cell(&self, row: usize, place: usize) -> &str {
        match self.corrected.get(&(row as u32)) {
            Some(cells) => cells.get(place).map_or("", String::as_str),
            None => self.table.cell(row, place),
        }
    }
}

/// A lead of a list.
#[derive(Debug, Clone, Copy)]
pub struct LeadRow<'f> {
    file: &'f LeadFile,
    row: usize,
    phone: u64,
}

impl<'f> LeadRow<'f> {
    /// Its row's number in a spreadsheet.
    pub fn row(&self) -> u64 {
        self.file.table.number(self.row)
    }

    /// The phone number's digits, see [`leadline_model::lead::parse_phone`].
    pub fn phone(&self) -> u64 {
        self.phone
    }

    /// The cell of a column by its place in [`LeadFile::columns`]; empty if the row lacks it.
    pub fn cell(&self, place: usize) -> &'f str {
        self.file.cell(self.row, place)
    }

    /// Names and texts of its variables: every column but the phone number whose cell is not empty.
    pub fn variables(self) -> impl Iterator<Item = (&'f str, &'f str)> {
        let columns = &self.file.columns;
        columns
            .names
            .iter()
            .enumerate()
            .filter_map(move |(place, name)| {
                let text = self.cell(place);
                (place != columns.phone && !text.is_empty()).then_some((name.as_str(), text))
            })
    }

    /// The variables as the model has them; lists hold only texts.
    pub fn to_variables(self) -> Variables {
        self.variables()
            .map(|(name, text)| (name.to_owned(), Value::from(text)))
            .collect()
    }
}
