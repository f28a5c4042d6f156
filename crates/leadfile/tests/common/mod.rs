//! What the tests of lists share: one check for a list that can be read, one for a refusal, and
//! workbooks made by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::io::{Cursor, Write};

use leadline_leadfile::{Counts, LeadFile, Limits, ReadError, Reader};
use zip::CompressionMethod::{Deflated, Stored};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What a list must turn out to be.
pub struct Expected<'e> {
    /// How it was read.
    pub format: &'e str,
    /// Column names, joined by `|`.
    pub columns: &'e str,
    /// Every good row: its number, then its cells, joined by `|`.
    pub leads: &'e [&'e str],
    /// Every bad row: its number and column, joined by `|`, and a part of the message.
    pub bad: &'e [(&'e str, &'e str)],
    /// Rows skipped because their number was there before.
    pub repeated: u64,
}

/// Reads a list at once and in slices of one and of seven rows; all must be as expected.
pub fn check(what: &str, bytes: &[u8], expected: &Expected<'_>) {
    for slice in [usize::MAX, 1, 7] {
        let file = in_slices(bytes, slice, Limits::default())
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(file.format(), expected.format, "{what}");
        assert_eq!(file.columns().join("|"), expected.columns, "{what}");
        assert_eq!(leads(&file), expected.leads, "{what}");
        let bad: Vec<_> = file.bad_rows().collect();
        let places: Vec<_> = bad
            .iter()
            .map(|bad| format!("{}|{}", bad.row, bad.column.as_deref().unwrap_or("-")))
            .collect();
        let wanted: Vec<_> = expected.bad.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, wanted, "{what}: {bad:#?}");
        for (bad, (_, part)) in bad.iter().zip(expected.bad) {
            assert!(
                bad.message.contains(part),
                "{what}: row {}: {}",
                bad.row,
                bad.message
            );
            assert!(
                bad.cells.len() >= file.columns().len(),
                "{what}: row {}",
                bad.row
            );
        }
        let (good, bad) = (expected.leads.len() as u64, expected.bad.len() as u64);
        let repeated = expected.repeated;
        let counts = Counts {
            rows: good + bad + repeated,
            good,
            repeated,
            bad,
        };
        assert_eq!(file.counts(), counts, "{what}");
    }
}

/// The good rows: number and cells, joined by `|`.
pub fn leads(file: &LeadFile) -> Vec<String> {
    file.leads()
        .map(|lead| {
            let cells: Vec<_> = (0..file.columns().len())
                .map(|place| lead.cell(place))
                .collect();
            format!("{}|{}", lead.row(), cells.join("|"))
        })
        .collect()
}

/// Reads a list slice by slice; progress must grow up to the whole file.
pub fn in_slices(bytes: &[u8], rows: usize, limits: Limits) -> Result<LeadFile, ReadError> {
    let mut reader = Reader::new("list.csv", bytes.to_vec(), limits)?;
    let mut done = 0;
    loop {
        let progress = reader.step(rows)?;
        assert!(progress.done_bytes >= done && progress.done_bytes <= progress.total_bytes);
        assert_eq!(progress.total_bytes, bytes.len() as u64);
        done = progress.done_bytes;
        if progress.finished {
            assert_eq!(done, progress.total_bytes);
            return reader.finish();
        }
    }
}

/// A list that must be refused with this code and a message that contains this part.
pub fn check_refused(what: &str, bytes: &[u8], limits: Limits, code: &str, part: &str) {
    let error = in_slices(bytes, 100, limits)
        .err()
        .unwrap_or_else(|| panic!("{what}: was read"));
    let message = error.to_string();
    assert_eq!(error.code(), code, "{what}: {message}");
    assert!(message.contains(part), "{what}: {message}");
}

/// UTF-16 bytes of a text, without a mark.
pub fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

/// A ZIP archive.
pub fn zip<T: AsRef<str>>(members: &[(T, T)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        let (name, text) = (name.as_ref(), text.as_ref());
        // The type of an OpenDocument file stands unpacked in front.
        let packed = if name == "mimetype" { Stored } else { Deflated };
        let options = SimpleFileOptions::default().compression_method(packed);
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook with these sheets (name, state, the XML of its rows), shared strings and a date
/// style (number 1).
pub fn workbook(sheets: &[(&str, &str, &str)], strings: &[&str]) -> Vec<u8> {
    zip(&workbook_parts(sheets, strings))
}

/// The members of [`workbook`].
pub fn workbook_parts(sheets: &[(&str, &str, &str)], strings: &[&str]) -> Vec<(String, String)> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let (mut list, mut relations, mut members) = (String::new(), String::new(), Vec::new());
    for (index, (name, state, rows)) in sheets.iter().enumerate() {
        let id = index + 1;
        list += &format!(r#"<sheet name="{name}" sheetId="{id}" state="{state}" r:id="rId{id}"/>"#);
        relations += &format!(
            r#"<Relationship Id="rId{id}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{id}.xml"/>"#
        );
        let xml = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#);
        members.push((format!("xl/worksheets/sheet{id}.xml"), xml));
    }
    relations += &format!(
        r#"<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="t" Type="{OFFICE}/styles" Target="styles.xml"/>"#
    );
    let shared: String = strings
        .iter()
        .map(|text| format!("<si><t>{text}</t></si>"))
        .collect();
    members.push((
        "_rels/.rels".into(),
        format!(
            r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="w" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        ),
    ));
    members.push((
        "xl/workbook.xml".into(),
        format!(
            r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{list}</sheets></workbook>"#
        ),
    ));
    members.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!(r#"<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>"#),
    ));
    members.push((
        "xl/sharedStrings.xml".into(),
        format!(r#"<sst xmlns="{MAIN}">{shared}</sst>"#),
    ));
    members.push((
        "xl/styles.xml".into(),
        format!(
            r#"<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
        ),
    ));
    members.push((
        "[Content_Types].xml".into(),
        format!(r#"<Types xmlns="{PACKAGE}/content-types"></Types>"#),
    ));
    members
}
