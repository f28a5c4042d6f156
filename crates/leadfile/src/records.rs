//! Splits CSV text into records and cells.
//!
//! Written here rather than taken from the csv crate, because reading people's files needs three
//! things its reader does not tell: the row number with blank lines counted, where a quotation mark
//! is broken, and a way to go on after it. A stray mark would otherwise swallow all rows up to the
//! next one, and the result would look like a good row. A cell with broken quotes is read as it
//! stands, up to the next delimiter, and reported.

use std::borrow::Cow;

use crate::export::unescape_formula;

/// What is wrong with a row's form, apart from its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The quotes of this cell are broken.
    Quotes(usize),
    /// This cell was cut because it is longer than a whole row may be.
    Cut(usize),
    /// The row has this many cells, more than the header.
    Cells(usize),
}

/// One record as it stands in the text.
#[derive(Debug, Default)]
pub(crate) struct Record<'t> {
    /// As a spreadsheet numbers it.
    pub(crate) number: u32,
    /// The cells, trimmed; no more than the splitter was told to keep.
    pub(crate) cells: Vec<Cow<'t, str>>,
    /// The place after the last cell that is not empty, kept or not.
    pub(crate) width: usize,
    /// What is wrong with its form.
    pub(crate) flaws: Vec<Flaw>,
}

impl<'t> Record<'t> {
    /// Begins another record.
    pub(crate) fn reset(&mut self, number: u32) {
        self.number = number;
        self.cells.clear();
        self.width = 0;
        self.flaws.clear();
    }

    /// Adds the cell at a place; a longer one than `max_bytes` is cut, beyond `max_cells` it is
    /// only counted.
    pub(crate) fn push(
        &mut self,
        cell: Cow<'t, str>,
        max_cells: usize,
        max_bytes: usize,
        at: usize,
    ) {
        let mut cell = tidy(cell);
        if !cell.is_empty() {
            self.width = at + 1;
        }
        if self.cells.len() < max_cells {
            if cell.len() > max_bytes {
                cell = Cow::Owned(cell[..cell.floor_char_boundary(max_bytes)].to_owned());
                self.flaws.push(Flaw::Cut(at));
            }
            self.cells.push(cell);
        }
    }
}

/// Blanks around a cell are noise, and an apostrophe that shields a formula is not part of it.
fn tidy(cell: Cow<'_, str>) -> Cow<'_, str> {
    match cell {
        Cow::Borrowed(text) => Cow::Borrowed(unescape_formula(text.trim())),
        Cow::Owned(text) => Cow::Owned(unescape_formula(text.trim()).to_owned()),
    }
}

/// Where in the text the splitter stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records {
    delimiter: u8,
    at: usize,
    number: u32,
    max_cells: usize,
    max_bytes: usize,
}

/// One cell as found.
struct Field<'t> {
    text: Cow<'t, str>,
    end: usize,
    broken: bool,
}

impl Records {
    /// A splitter at a place in the text. It keeps `max_cells` cells of a row and `max_bytes` of a
    /// cell.
    pub(crate) fn new(delimiter: u8, at: usize, max_cells: usize, max_bytes: usize) -> Records {
        Records {
            delimiter,
            at,
            number: 0,
            max_cells,
            max_bytes,
        }
    }

    /// The place reached.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Reads the next record that is not blank; false at the end.
    pub(crate) fn next<'t>(&mut self, text: &'t str, record: &mut Record<'t>) -> bool {
        while self.at < text.len() {
            self.number = self.number.saturating_add(1);
            record.reset(self.number);
            self.split(text, record);
            if record.width > 0 {
                return true;
            }
        }
        false
    }

    /// Reads one record, blank or not, and steps over its line end.
    fn split<'t>(&mut self, text: &'t str, record: &mut Record<'t>) {
        let bytes = text.as_bytes();
        let mut index = 0;
        loop {
            let field = self.field(text, self.at);
            if field.broken && index < self.max_cells {
                record.flaws.push(Flaw::Quotes(index));
            }
            record.push(field.text, self.max_cells, self.max_bytes, index);
            self.at = field.end;
            index += 1;
            match bytes.get(self.at) {
                Some(&byte) if byte == self.delimiter => self.at += 1,
                Some(b'\r') if bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                Some(_) => self.at += 1,
                None => return,
            }
            if bytes.get(self.at - 1) != Some(&self.delimiter) {
                return;
            }
        }
    }

    /// The cell that begins at a place.
    fn field<'t>(&self, text: &'t str, start: usize) -> Field<'t> {
        let bytes = text.as_bytes();
        let opening = start + count(bytes, start, |b| b == b' ');
        let quoted = bytes.get(opening) == Some(&b'"');
        if quoted && let Some(field) = self.quoted(text, opening) {
            return field;
        }
        let end = start
            + count(bytes, start, |b| {
                b != self.delimiter && b != b'\n' && b != b'\r'
            });
        Field {
            text: Cow::Borrowed(&text[start..end]),
            end,
            broken: quoted,
        }
    }

    /// The quoted cell whose opening mark is at a place, unless its quotes are broken: never closed
    /// within a row's length, or closed in the middle of the cell.
    fn quoted<'t>(&self, text: &'t str, opening: usize) -> Option<Field<'t>> {
        let bytes = text.as_bytes();
        let mut doubled = false;
        let mut at = opening + 1;
        loop {
            at += count(bytes, at, |b| b != b'"');
            if at >= bytes.len() || at - opening > self.max_bytes {
                return None;
            }
            if bytes.get(at + 1) != Some(&b'"') {
                break;
            }
            doubled = true;
            at += 2;
        }
        let end = at + 1 + count(bytes, at + 1, |b| b == b' ');
        let closed = bytes
            .get(end)
            .is_none_or(|&b| b == self.delimiter || b == b'\n' || b == b'\r');
        let body = &text[opening + 1..at];
        let body = if doubled {
            Cow::Owned(body.replace("\"\"", "\""))
        } else {
            body.into()
        };
        closed.then_some(Field {
            text: body,
            end,
            broken: false,
        })
    }
}

/// How many bytes from a place on are of a kind.
fn count(bytes: &[u8], start: usize, of_kind: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.iter().position(|&b| !of_kind(b)).unwrap_or(rest.len())
}
