//! Tells which character separates the cells, by how well each candidate splits the header and the
//! first rows: one under which a phone column appears wins, then the one under which most rows have
//! as many cells as the header.

use crate::header::is_phone_column;
use crate::records::{Record, Records};

/// The separators people use, the commonest first, with their names.
const CANDIDATES: [(u8, &str); 4] = [
    (b',', "commas"),
    (b';', "semicolons"),
    (b'\t', "tabs"),
    (b'|', "vertical bars"),
];
/// Bytes of the text looked at.
const SAMPLE: usize = 64 * 1024;
/// Rows below the header looked at.
const ROWS: usize = 50;
/// Cells of a row counted.
const CELLS: usize = 256;

/// How a text is separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delimiter {
    /// The separator.
    pub(crate) byte: u8,
    /// Its name for people.
    pub(crate) name: &'static str,
    /// Where the header begins.
    pub(crate) start: usize,
}

/// The delimiter of a text.
pub(crate) fn sniff(text: &str) -> Delimiter {
    if let Some(stated) = stated(text) {
        return stated;
    }
    let sample = &text[..text.floor_char_boundary(SAMPLE.min(text.len()))];
    let cut = sample.len() < text.len();
    let mut best = Delimiter {
        byte: b',',
        name: "one column",
        start: 0,
    };
    let mut best_score = (false, 0, 0);
    for (byte, name) in CANDIDATES {
        let score = score(sample, cut, byte);
        if score.2 > 1 && score > best_score {
            best = Delimiter {
                byte,
                name,
                start: 0,
            };
            best_score = score;
        }
    }
    best
}

/// Spreadsheets write and read a first line such as `sep=;`, which is not a row.
fn stated(text: &str) -> Option<Delimiter> {
    let line = text.lines().next()?;
    let separator = line
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))?;
    let byte = *line.as_bytes().get(separator.len())?;
    let (_, name) = CANDIDATES
        .into_iter()
        .find(|(candidate, _)| *candidate == byte)?;
    (line.len() == 5).then(|| {
        let rest = &text[line.len()..];
        let start = line.len()
            + if rest.starts_with("\r\n") {
                2
            } else {
                1.min(rest.len())
            };
        Delimiter { byte, name, start }
    })
}

/// Whether a phone column appears, how many percent of the rows fit the header, how many columns.
fn score(sample: &str, cut: bool, byte: u8) -> (bool, usize, usize) {
    let mut records = Records::new(byte, 0, CELLS, sample.len());
    let mut record = Record::default();
    if !records.next(sample, &mut record) {
        return (false, 0, 0);
    }
    let columns = record.cells.len();
    let phone = record.cells.iter().any(|name| is_phone_column(name));
    let (mut rows, mut fitting) = (0, 0);
    while rows < ROWS && records.next(sample, &mut record) {
        // The last record of a cut sample is not whole.
        if cut && records.at() >= sample.len() {
            break;
        }
        rows += 1;
        fitting += usize::from(record.cells.len() == columns);
    }
    (
        phone,
        (fitting * 100_usize).checked_div(rows).unwrap_or(100),
        columns,
    )
}
