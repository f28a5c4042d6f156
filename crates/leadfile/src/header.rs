//! The columns of a list: names as they stand in the header, trimmed, and which holds the phone
//! number. Variable keys are the names; nothing is renamed but the phone column, which is always
//! shown as `phone_number`.

use std::collections::BTreeSet;

use leadline_model::lead::parse_phone;

use crate::error::ReadError;
use crate::limits::Limits;
use crate::records::Record;

/// What the phone column is called.
pub const PHONE_COLUMN: &str = "phone_number";

/// The columns of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Names in the file's order.
    pub(crate) names: Vec<String>,
    /// The place of the phone column.
    pub(crate) phone: usize,
}

/// Whether a name is the phone column's: `phone_number` or, where there is none, `phone`; case,
/// blanks, dashes and underscores do not matter. Other names are not guessed at.
pub(crate) fn is_phone_column(name: &str) -> bool {
    matches!(plain(name).as_str(), "phonenumber" | "phone")
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A column's letters in a spreadsheet: A, B, … Z, AA.
pub(crate) fn letter(mut place: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (place % 26) as u8));
        if place < 26 {
            return letters.into_iter().rev().collect();
        }
        place = place / 26 - 1;
    }
}

impl Columns {
    /// Reads the header. Empty columns at the right end are passed over.
    pub(crate) fn from_header(header: &Record<'_>, limits: &Limits) -> Result<Columns, ReadError> {
        if header.width > limits.max_columns {
            let (found, limit) = (header.width, limits.max_columns);
            return Err(ReadError::TooManyColumns { found, limit });
        }
        let mut names: Vec<String> = (header.cells.iter().take(header.width))
            .map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        for (place, name) in names.iter().enumerate() {
            if name.chars().count() > limits.max_column_name {
                let limit = limits.max_column_name;
                return Err(ReadError::LongColumnName {
                    letter: letter(place),
                    limit,
                });
            }
        }
        let phone = phone_place(&names)?;
        names[phone] = PHONE_COLUMN.to_owned();
        let mut seen = BTreeSet::new();
        for (place, name) in names.iter().enumerate() {
            if name.is_empty() {
                let row = u64::from(header.number);
                return Err(ReadError::UnnamedColumn {
                    letter: letter(place),
                    row,
                });
            }
            if !seen.insert(name.as_str()) {
                return Err(ReadError::RepeatedColumn { name: name.clone() });
            }
        }
        Ok(Columns { names, phone })
    }

    /// The place of a column.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }
}

fn phone_place(names: &[String]) -> Result<usize, ReadError> {
    for wanted in ["phonenumber", "phone"] {
        let mut places = (0..names.len()).filter(|&place| plain(&names[place]) == wanted);
        match (places.next(), places.next()) {
            (Some(place), None) => return Ok(place),
            (Some(place), Some(_)) => {
                return Err(ReadError::RepeatedColumn {
                    name: names[place].clone(),
                });
            }
            (None, _) => {}
        }
    }
    if names.iter().any(|name| parse_phone(name).is_some()) {
        return Err(ReadError::NoHeader);
    }
    Err(ReadError::NoPhoneColumn { found: list(names) })
}

/// Names for a message, abridged: the first dozen, each at most 40 characters.
fn list(names: &[String]) -> String {
    let mut shown: Vec<String> = (names.iter().take(12))
        .map(|name| match name.char_indices().nth(40) {
            Some((end, _)) => format!("{}\u{2026}", &name[..end]),
            None if name.is_empty() => "(no name)".to_owned(),
            None => name.clone(),
        })
        .collect();
    if names.len() > shown.len() {
        shown.push(format!("and {} more", names.len() - shown.len()));
    }
    shown.join(", ")
}
