//! Finds out how a text is encoded and decodes it: a byte-order mark decides; without one, the
//! places of the zero bytes tell UTF-16, valid UTF-8 is UTF-8, and anything else is what older
//! spreadsheets write, Windows-1252. Characters that cannot be read become U+FFFD, and the rows
//! that hold one are bad (see `judge`), so nothing is lost in silence.
//!
//! The two legacy decoders stand here because encoding_rs brings the tables of all East Asian
//! encodings along, 100 KB of download for a page that needs none; a test holds them against it.

use crate::error::ReadError;

/// Bytes looked at to tell what a file is.
const SAMPLE: usize = 64 * 1024;

/// A decoded text and what it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// The text, without a byte-order mark.
    pub(crate) text: String,
    /// The encoding's name for people.
    pub(crate) encoding: &'static str,
}

/// Decodes a file's bytes; refuses what is no text.
pub(crate) fn decode(mut bytes: Vec<u8>) -> Result<Decoded, ReadError> {
    let decoded = if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
        Decoded {
            text: lossy_utf8(bytes),
            encoding: "UTF-8",
        }
    } else if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        utf16(rest, Endian::Little)
    } else if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        utf16(rest, Endian::Big)
    } else if let Some(endian) = unmarked_utf16(&bytes) {
        utf16(&bytes, endian)
    } else {
        utf8_or_windows(bytes)
    };
    if decoded.text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    if is_binary(&decoded.text) {
        return Err(ReadError::NotAList {
            what: "a file without readable text",
        });
    }
    Ok(decoded)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endian {
    Little,
    Big,
}

fn utf16(bytes: &[u8], endian: Endian) -> Decoded {
    let (unit, encoding): (fn([u8; 2]) -> u16, _) = match endian {
        Endian::Little => (u16::from_le_bytes, "UTF-16 LE"),
        Endian::Big => (u16::from_be_bytes, "UTF-16 BE"),
    };
    let pairs = bytes.chunks_exact(2);
    let half = (!pairs.remainder().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .chain(half)
        .collect();
    Decoded { text, encoding }
}

/// What Windows-1252 has from 0x80 on where Latin-1 has control characters; the five places it
/// leaves free stay what they are.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// UTF-16 without a mark: a list always has delimiters, line ends and digits, and each of these has
/// a zero byte on the same side.
fn unmarked_utf16(bytes: &[u8]) -> Option<Endian> {
    let sample = bytes.get(..SAMPLE.min(bytes.len())).unwrap_or_default();
    let (mut even, mut odd) = (0usize, 0usize);
    for pair in sample.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let pairs = sample.len() / 2;
    let many = |zeros: usize| zeros * 4 > pairs;
    let few = |zeros: usize| zeros * 50 <= pairs;
    match (many(even), many(odd)) {
        (false, true) if few(even) => Some(Endian::Little),
        (true, false) if few(odd) => Some(Endian::Big),
        _ => None,
    }
}

/// Valid UTF-8 is UTF-8. A text with far more sound than broken sequences is UTF-8 that was damaged
/// somewhere: reading all of it as Windows-1252 would garble every name for the sake of one byte.
fn utf8_or_windows(bytes: Vec<u8>) -> Decoded {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => {
            return Decoded {
                text,
                encoding: "UTF-8",
            };
        }
        Err(error) => error.into_bytes(),
    };
    let (mut sound, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if sound > 4 * broken {
        Decoded {
            text: lossy_utf8(bytes),
            encoding: "UTF-8",
        }
    } else {
        let text = bytes.into_iter().map(windows_1252).collect();
        Decoded {
            text,
            encoding: "Windows-1252",
        }
    }
}

fn lossy_utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Whether more than one character in a hundred of the beginning is one that no list has.
fn is_binary(text: &str) -> bool {
    let (mut all, mut odd) = (0usize, 0usize);
    for c in text.chars().take(SAMPLE) {
        all += 1;
        let blank = matches!(
            c,
            '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{85}'
        );
        odd += usize::from((c.is_control() && !blank) || c == char::REPLACEMENT_CHARACTER);
    }
    odd * 100 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_decoders_agree_with_encoding_rs() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
        assert_eq!(
            bytes.iter().map(|&b| windows_1252(b)).collect::<String>(),
            text
        );
        let cases: [&[u8]; 5] = [
            b"a\0\xE9\0\xAC\x20",
            b"\x3D\xD8\x00\xDE",
            b"\x3D\xD8a\0",
            b"\x00\xDE\x00\xDE",
            b"a\0b",
        ];
        for bytes in cases {
            let (little, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes);
            assert_eq!(utf16(bytes, Endian::Little).text, little);
            let (big, _) = encoding_rs::UTF_16BE.decode_without_bom_handling(bytes);
            assert_eq!(utf16(bytes, Endian::Big).text, big);
        }
    }
}
