//! Reads the phone numbers of lists and says precisely what is wrong with the others, with the hint
//! that fits how such numbers come about: spreadsheets that drop the plus or shorten the number,
//! national spellings, two numbers in one cell.

use leadline_model::lead::parse_phone;
use thiserror::Error;

/// What is wrong with a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum PhoneProblem {
    #[error("The phone number is missing.")]
    Empty,
    #[error(
        "The spreadsheet shortened this number. Format the column as text and write the number again, with + and country code."
    )]
    Shortened,
    #[error("The number starts with 00. Write + instead.")]
    DoubleZero,
    #[error("The number starts with 0. Write + and the country code instead of the 0.")]
    National,
    #[error(
        "The number starts without +. Write + and the country code in front; spreadsheets drop the + from cells that are not text."
    )]
    NoPlus,
    #[error("The country code after the + is missing, or starts with 0.")]
    CountryZero,
    #[error("The number holds a (0), which is not dialled after a country code. Remove it.")]
    TrunkZero,
    #[error("The cell holds more than one number. Keep one.")]
    Several,
    #[error("The number holds the letter \u{201c}{0}\u{201d}. Only digits can be dialled.")]
    Letter(char),
    #[error("The number holds the character \u{201c}{0}\u{201d}, which does not belong in one.")]
    Character(char),
    #[error("The number has only {0} digits; at least 7 are needed, country code included.")]
    TooShort(usize),
    #[error("The number has {0} digits; at most 15 are possible, country code included.")]
    TooLong(usize),
}

/// The digits of a cell's number, or what is wrong with it.
pub(crate) fn read(cell: &str) -> Result<u64, PhoneProblem> {
    if cell.contains(invisible) {
        let visible: String = cell.chars().filter(|&c| !invisible(c)).collect();
        return read_visible(visible.trim());
    }
    read_visible(cell.trim())
}

fn read_visible(text: &str) -> Result<u64, PhoneProblem> {
    if text.contains("(0)") {
        return Err(PhoneProblem::TrunkZero);
    }
    parse_phone(text).ok_or_else(|| diagnose(text))
}

/// Marks of writing direction and joiners, which come along when numbers are copied from contacts
/// and web pages and cannot be seen.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}

/// Characters that people write for reading and the model passes over.
fn filler(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')
}

/// Why the model does not take a text for a phone number.
fn diagnose(text: &str) -> PhoneProblem {
    let rest = text.strip_prefix('+');
    let digits = rest.unwrap_or(text);
    let count = digits.chars().filter(char::is_ascii_digit).count();
    if text.is_empty() {
        return PhoneProblem::Empty;
    }
    if rest.is_none() && shortened(text) {
        return PhoneProblem::Shortened;
    }
    let stranger = digits.chars().find(|&c| !c.is_ascii_digit() && !filler(c));
    match stranger {
        Some('+' | ',' | ';' | '/' | '\n' | '\r') if count > 9 => return PhoneProblem::Several,
        Some(c) if c.is_alphabetic() => return PhoneProblem::Letter(c),
        Some(c) => return PhoneProblem::Character(c),
        None => {}
    }
    let mut only_digits = digits.chars().filter(char::is_ascii_digit);
    let zeros = (
        only_digits.next() == Some('0'),
        only_digits.next() == Some('0'),
    );
    match (rest.is_some(), zeros) {
        (false, (true, true)) => PhoneProblem::DoubleZero,
        (false, (true, false)) => PhoneProblem::National,
        (false, _) => PhoneProblem::NoPlus,
        (true, (true, _)) => PhoneProblem::CountryZero,
        (true, _) if count == 0 => PhoneProblem::CountryZero,
        (true, _) if count < 7 => PhoneProblem::TooShort(count),
        (true, _) => PhoneProblem::TooLong(count),
    }
}

/// A number that a spreadsheet wrote with an exponent, such as `4.91512E+11` or `4,91512E+11`.
fn shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(exponent) && digits(&mantissa.replacen([',', '.'], "", 1))
}
