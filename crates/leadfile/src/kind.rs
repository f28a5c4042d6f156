//! Tells a list from the other things people drop on a page, before anything is decoded, so that
//! the refusal can say what the file is.

use crate::error::ReadError;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To be decoded and read as CSV.
    Text,
    /// An Excel workbook (.xlsx).
    Workbook,
}

/// Beginnings of files that are no lists.
const SIGNATURES: [(&[u8], &str); 11] = [
    (b"%PDF", "a PDF document"),
    (
        b"\xD0\xCF\x11\xE0",
        "an old Excel workbook (.xls) or another old Office file",
    ),
    (b"\x89PNG", "a picture"),
    (b"\xFF\xD8\xFF", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1F\x8B", "a compressed file (gzip)"),
    (b"7z\xBC\xAF\x27\x1C", "a compressed file (7-Zip)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"\0asm", "a program"),
    (b"\x7FELF", "a program"),
    (b"SQLite format 3", "a database"),
];

/// Beginnings, in lower case, of texts that are no lists.
const TEXTS: [(&[u8], &str); 7] = [
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
    (b"begin:vcard", "an address card (vCard)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"{", "JSON"),
    (b"[", "JSON"),
];

/// Where a ZIP archive names its first member, which tells OpenDocument files.
const ZIP_START: usize = 4 * 1024;
/// Where a ZIP archive lists its members.
const ZIP_END: usize = 1024 * 1024;

/// What a file is by its first bytes; an error names what it is instead of a list.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Kind, ReadError> {
    if let Some((_, what)) = SIGNATURES
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
    {
        return Err(ReadError::NotAList { what });
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes);
    }
    let text = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let start = text
        .get(..16.min(text.len()))
        .unwrap_or_default()
        .to_ascii_lowercase();
    match TEXTS.iter().find(|(prefix, _)| start.starts_with(prefix)) {
        Some((_, what)) => Err(ReadError::NotAList { what }),
        None => Ok(Kind::Text),
    }
}

/// ZIP archives name their members in plain text, which tells the office formats apart.
fn zip_kind(bytes: &[u8]) -> Result<Kind, ReadError> {
    let start = &bytes[..bytes.len().min(ZIP_START)];
    let end = &bytes[bytes.len().saturating_sub(ZIP_END)..];
    let names = |part: &[u8]| {
        let found = |bytes: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        found(start) || found(end)
    };
    if names(b"application/vnd.oasis.opendocument") {
        Err(ReadError::NotAList {
            what: "an OpenDocument file",
        })
    } else if names(b"xl/workbook.bin") {
        Err(ReadError::NotAList {
            what: "a binary Excel workbook (.xlsb)",
        })
    } else if names(b"xl/") {
        Ok(Kind::Workbook)
    } else if names(b"word/document.xml") {
        Err(ReadError::NotAList {
            what: "a Word document",
        })
    } else {
        Err(ReadError::NotAList {
            what: "a ZIP archive",
        })
    }
}
