//! Reads the first visible sheet of an Excel workbook, cell by cell.
//!
//! Before a workbook is opened, all of it is unpacked once into nothing and counted: what a file
//! says about its unpacked size need not be true. Numbers are written as a person would, without
//! `.0` and without exponent; dates as ISO 8601.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use crate::error::ReadError;
use crate::intake::Intake;
use crate::limits::Limits;
use crate::records::Record;

/// Members of a workbook; a real one has some dozens.
const MAX_MEMBERS: usize = 10_000;
/// The greatest place of a row in a sheet.
const LAST_ROW: u32 = 1_048_575;
/// The greatest place of a column in a sheet.
const LAST_COLUMN: u32 = 16_383;

/// Hands the rows of the sheet to the intake and returns the sheet's name.
pub(crate) fn read(bytes: Vec<u8>, intake: &mut Intake) -> Result<String, ReadError> {
    guard_size(&bytes, &intake.limits)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets = workbook.sheets_metadata().iter();
    let worksheets = || {
        sheets
            .clone()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
    };
    let name = worksheets()
        .find(|sheet| sheet.visible == SheetVisible::Visible)
        .or_else(|| worksheets().next())
        .map(|sheet| sheet.name.clone())
        .ok_or_else(|| damaged("it has no worksheet"))?;
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(damaged)?;
    let mut rows = Rows {
        intake,
        record: Record::default(),
        next_column: 0,
    };
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        rows.cell(row, column, text(cell.get_value()))?;
    }
    rows.end_row()?;
    Ok(name)
}

/// Gathers cells into rows.
struct Rows<'i> {
    intake: &'i mut Intake,
    record: Record<'static>,
    next_column: usize,
}

impl Rows<'_> {
    fn cell(&mut self, row: u32, column: u32, text: String) -> Result<(), ReadError> {
        if row > LAST_ROW || column > LAST_COLUMN {
            return Err(damaged("a cell lies outside of the sheet"));
        }
        if row + 1 != self.record.number {
            if row < self.record.number {
                return Err(damaged("its rows are out of order"));
            }
            self.end_row()?;
            self.record.reset(row + 1);
            self.next_column = 0;
        }
        let column = column as usize;
        if column < self.next_column {
            return Err(damaged("its cells are out of order"));
        }
        for gap in self.next_column..column {
            self.push(gap, String::new());
        }
        self.push(column, text);
        self.next_column = column + 1;
        Ok(())
    }

    fn push(&mut self, column: usize, text: String) {
        let limits = &self.intake.limits;
        let (max_cells, max_bytes) = (Intake::max_cells(limits), limits.max_row_bytes);
        self.record
            .push(Cow::Owned(text), max_cells, max_bytes, column);
    }

    fn end_row(&mut self) -> Result<(), ReadError> {
        if self.record.width > 0 {
            self.intake.record(&mut self.record)
        } else {
            Ok(())
        }
    }
}

/// A cell as a person would write it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        // The display of a float has no exponent, and no point where it has no fraction.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(date) if date.is_duration() => date.as_f64().to_string(),
        DataRef::DateTime(date) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            match (date.as_f64() < 1.0, time.as_str()) {
                (true, _) => time,
                (false, "00:00:00") => format!("{year:04}-{month:02}-{day:02}"),
                (false, _) => format!("{year:04}-{month:02}-{day:02}T{time}"),
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Refuses a workbook that unpacks to more than is accepted.
fn guard_size(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MAX_MEMBERS {
        return Err(damaged("it has too many parts"));
    }
    let mut left = limits.max_unpacked_bytes;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(damaged)?;
        // Only sheets are read piece by piece; all other parts are held in memory.
        let sheet = member
            .name()
            .map_err(damaged)?
            .starts_with("xl/worksheets/");
        let most = if sheet {
            left
        } else {
            left.min(limits.max_bytes)
        };
        let unpacked = io::copy(&mut member.take(most + 1), &mut io::sink()).map_err(damaged)?;
        if unpacked > most {
            return Err(ReadError::TooLarge {
                what: "unpacked workbook",
                limit_mb: most >> 20,
            });
        }
        left -= unpacked;
    }
    Ok(())
}

fn damaged(reason: impl ToString) -> ReadError {
    let reason = reason.to_string();
    let reason = reason.trim_end_matches('.');
    // What a reader says may quote the file.
    let end = reason
        .char_indices()
        .nth(200)
        .map_or(reason.len(), |(end, _)| end);
    ReadError::DamagedWorkbook {
        reason: reason[..end].to_owned(),
    }
}
