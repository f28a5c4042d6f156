//! Writes tables as CSV that spreadsheets can open without danger.
//!
//! A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet, so text from outside
//! could act when the export is opened. [`escape_formula`] puts an apostrophe in front; reading a
//! list takes it off again, so that an export reads back as it was. Plain numbers and phone numbers
//! can do nothing and stay as they are.

use std::borrow::Cow;
use std::io;

use csv::{Terminator, WriterBuilder};

/// Shields a text that a spreadsheet would take for a formula.
pub fn escape_formula(text: &str) -> Cow<'_, str> {
    let bare = text.trim_start_matches('\'');
    // Where reading would take an apostrophe off, it has to find one more than the text has.
    let looks_shielded = bare.len() < text.len() && bare.starts_with('+');
    if is_formula(bare) || looks_shielded {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Takes off what [`escape_formula`] put in front. The apostrophe before a phone number, by which
/// people keep spreadsheets from dropping the plus, goes as well.
pub fn unescape_formula(text: &str) -> &str {
    let bare = text.trim_start_matches('\'');
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(bare) || bare.starts_with('+') => rest,
        _ => text,
    }
}

fn is_formula(text: &str) -> bool {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    starts && !is_number(text)
}

/// A sign and then digits, with at most one decimal point.
fn is_number(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let digits = rest.replacen('.', "", 1);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Writes a table as CSV: UTF-8 with a byte-order mark, by which spreadsheets know it, commas and
/// CRLF; formulas are shielded. Rows may differ in length.
pub fn write_csv<R, C>(header: &[C], rows: impl IntoIterator<Item = R>) -> io::Result<Vec<u8>>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = WriterBuilder::new()
        .flexible(true)
        .terminator(Terminator::CRLF)
        .from_writer(bytes);
    writer.write_record(header.iter().map(|cell| shielded(cell.as_ref())))?;
    for row in rows {
        writer.write_record(row.into_iter().map(|cell| shielded(cell.as_ref())))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn shielded(cell: &str) -> Vec<u8> {
    escape_formula(cell).into_owned().into_bytes()
}
