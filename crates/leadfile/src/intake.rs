//! Takes records in as they are read, from CSV and workbooks alike: the first becomes the header,
//! each further one is packed and judged.

use std::collections::{BTreeMap, HashMap};

use crate::error::ReadError;
use crate::header::Columns;
use crate::judge::judge;
use crate::limits::Limits;
use crate::records::{Flaw, Record};
use crate::table::Table;

/// Cells kept beyond the last column, to show what is wrong with a row that has too many.
const EXTRA_CELLS: usize = 8;

/// The list so far.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) limits: Limits,
    pub(crate) columns: Option<Columns>,
    pub(crate) table: Table,
    pub(crate) verdicts: Verdicts,
    /// What is wrong with the form of rows, by row; few rows have any.
    pub(crate) flaws: BTreeMap<u32, Vec<Flaw>>,
}

/// The verdict on every row.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// The phone number of good rows, 0 for the others.
    phones: Vec<u64>,
    /// How many good rows have a number. Only looked up, never walked through: the order of a hash
    /// map is nobody's business.
    numbers: HashMap<u64, u32>,
    good: u64,
}

impl Verdicts {
    /// The phone number of a row that can be enrolled.
    pub(crate) fn phone(&self, row: usize) -> Option<u64> {
        self.phones.get(row).copied().filter(|&phone| phone != 0)
    }

    /// Good rows, those with a repeated number among them.
    pub(crate) fn good(&self) -> u64 {
        self.good
    }

    /// Different numbers of good rows.
    pub(crate) fn distinct(&self) -> u64 {
        self.numbers.len() as u64
    }

    /// Adds a verdict for the next row.
    pub(crate) fn push(&mut self, phone: Option<u64>) {
        self.phones.push(0);
        self.set(self.phones.len() - 1, phone);
    }

    /// Changes a row's verdict.
    pub(crate) fn set(&mut self, row: usize, phone: Option<u64>) {
        let before = std::mem::replace(&mut self.phones[row], phone.unwrap_or(0));
        if before != 0 {
            self.good -= 1;
            if let Some(count) = self.numbers.get_mut(&before) {
                *count -= 1;
                if *count == 0 {
                    self.numbers.remove(&before);
                }
            }
        }
        if let Some(phone) = phone {
            self.good += 1;
            *self.numbers.entry(phone).or_insert(0) += 1;
        }
    }
}

impl Intake {
    /// Nothing yet; `text` is how much text to expect.
    pub(crate) fn new(limits: Limits, text: usize) -> Intake {
        Intake {
            limits,
            columns: None,
            table: Table::with_capacity(text),
            verdicts: Verdicts::default(),
            flaws: BTreeMap::new(),
        }
    }

    /// How many cells of a record are of interest.
    pub(crate) fn max_cells(limits: &Limits) -> usize {
        limits.max_columns + EXTRA_CELLS
    }

    /// Takes the next record.
    pub(crate) fn record(&mut self, record: &mut Record<'_>) -> Result<(), ReadError> {
        let Some(columns) = &self.columns else {
            self.columns = Some(Columns::from_header(record, &self.limits)?);
            return Ok(());
        };
        if self.table.len() >= self.limits.max_rows as usize {
            return Err(ReadError::TooManyRows {
                limit: self.limits.max_rows,
            });
        }
        let names = columns.names.len();
        if record.width > names {
            record.flaws.push(Flaw::Cells(record.width));
        }
        let row = self.table.len();
        let kept = record
            .width
            .min(names + EXTRA_CELLS)
            .min(record.cells.len());
        let cells = record.cells[..kept].iter().map(AsRef::as_ref);
        self.table.push(record.number, cells, &self.limits)?;
        let cell = |place: usize| record.cells.get(place).map_or("", AsRef::as_ref);
        let verdict = judge(columns, &self.limits, &record.flaws, cell);
        self.verdicts.push(verdict.ok());
        if !record.flaws.is_empty() {
            self.flaws
                .insert(row as u32, std::mem::take(&mut record.flaws));
        }
        Ok(())
    }
}
