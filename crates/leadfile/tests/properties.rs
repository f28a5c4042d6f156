//! What holds for every file: nothing panics, slices make no difference, and what is written reads
//! back as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{in_slices, leads, workbook, workbook_parts, zip};
use leadline_leadfile::{LeadFile, Limits, Reader, escape_formula, unescape_formula, write_csv};
use leadline_model::lead::format_phone;
use proptest::prelude::*;

/// Limits so small that arbitrary files reach them.
const SMALL: Limits = Limits {
    max_bytes: 1 << 16,
    max_rows: 20,
    max_columns: 6,
    max_column_name: 20,
    max_row_bytes: 120,
    max_text_bytes: 2_000,
    max_cells: 60,
    max_unpacked_bytes: 1 << 20,
};

/// A small sheet and the strings it shares.
const SHEET: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><v>9</v></c></row>"#;
const STRINGS: [&str; 2] = ["phone", "+14155550101"];

/// Reads a file in slices and uses everything that can be asked of a list.
fn exercise(bytes: &[u8], limits: Limits) -> Result<(), TestCaseError> {
    let whole = in_slices(bytes, usize::MAX, limits);
    let sliced = in_slices(bytes, 2, limits);
    let (mut file, sliced) = match (whole, sliced) {
        (Ok(whole), Ok(sliced)) => (whole, sliced),
        (whole, sliced) => {
            prop_assert_eq!(whole.err(), sliced.err());
            return Ok(());
        }
    };
    prop_assert_eq!(leads(&file), leads(&sliced));
    let counts = file.counts();
    prop_assert_eq!(counts, sliced.counts());
    prop_assert_eq!(counts.rows, counts.good + counts.repeated + counts.bad);
    prop_assert_eq!(file.leads().count() as u64, counts.good);
    let bad: Vec<_> = file.bad_rows().collect();
    prop_assert_eq!(bad.len() as u64, counts.bad);
    let sample = file.sample(usize::MAX);
    prop_assert_eq!(sample.len() as u64, counts.rows);
    prop_assert!(
        sample
            .iter()
            .all(|(_, cells)| cells.len() == file.columns().len())
    );
    prop_assert!(sample.is_sorted_by(|a, b| a.0 < b.0));
    for row in &bad {
        file.leave_out(row.row).unwrap();
    }
    let left = file.counts();
    prop_assert_eq!(
        (left.good, left.repeated, left.bad),
        (counts.good, counts.repeated, 0)
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        exercise(&bytes, SMALL)?;
        exercise(&bytes, Limits::default())?;
    }

    #[test]
    fn arbitrary_rows_below_a_header(
        rows in prop::collection::vec(
            prop::sample::select(vec![
                "+1415555010", "1", ",", ";", "\"", "\"\"", "\n", "\r\n", "\r", "\t", "|", " ", "x",
                "é", "\u{fffd}", "'", "=", "#N/A", "+49", "\u{0}", "\u{feff}", "(0)", "E+1",
            ]),
            0..300,
        ),
        mark in prop::sample::select(vec!["", "\u{feff}", "sep=;\n", "\n"]),
    ) {
        let text = format!("{mark}phone_number,name,note\n{}", rows.concat());
        exercise(text.as_bytes(), SMALL)?;
        exercise(text.as_bytes(), Limits::default())?;
        exercise(&common::utf16(&text, u16::to_le_bytes), Limits::default())?;
    }

    #[test]
    fn damaged_workbooks(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = workbook(&[("Leads", "visible", SHEET)], &STRINGS);
        for (place, byte) in hits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()) + 1);
        }
        exercise(&bytes, Limits::default())?;
    }

    /// Damage inside of the XML of any part, which checksums would hide from its readers.
    #[test]
    fn damaged_parts(
        part in any::<prop::sample::Index>(),
        hits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..12, "[ -~]{0,2}|</|\"/>|99999999999|\\.\\./|&#x;"),
            1..5,
        ),
    ) {
        let mut parts = workbook_parts(&[("Leads", "visible", SHEET)], &STRINGS);
        let part = part.index(parts.len());
        for (place, length, text) in hits {
            let start = place.index(parts[part].1.len().max(1));
            let end = (start + length).min(parts[part].1.len());
            parts[part].1.replace_range(start..end, &text);
        }
        exercise(&zip(&parts), Limits::default())?;
    }

    /// Damage inside of the sheet's XML, which a checksum would catch before the sheet's reader.
    #[test]
    fn arbitrary_sheets(parts in prop::collection::vec(
        prop::sample::select(vec![
            "<row r=\"1\">", "<row>", "</row>", "<c r=\"A1\" t=\"s\">", "<c r=\"B9\">", "<c t=\"e\">",
            "<c r=\"ZZZZZZZZ1\">", "<c r=\"A99999999999\">", "<c r=\"\">", "<c s=\"99\">", "</c>", "<v>0</v>",
            "<v>1</v>", "<v>99</v>", "<v>-1</v>", "<v>1E400</v>", "<v>x</v>", "<f>A1</f>", "<is><t>+14155550101</t></is>",
            "<f t=\"shared\" si=\"9999999999\" ref=\"A1:B2\">A1</f>", "<c s=\"1\"><v>-5</v></c>", "<c t=\"n\"><v>+5</v></c>", "<c t=\"n\"><v>nan</v></c>", "<c s=\"1\"><v>1E300</v></c>", "&amp;", "&x;", "<!--",
        ]), 0..30,
    )) {
        let rows = format!(r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>{}"#, parts.concat());
        exercise(&workbook(&[("Leads", "visible", &rows)], &["phone", "+14155550101"]), Limits::default())?;
    }

    #[test]
    fn shields_come_off_again(text in "['=+@\\-0-9a.\t]{0,6}|\\PC{0,10}") {
        let shielded = escape_formula(&text);
        prop_assert_eq!(unescape_formula(&shielded), text.as_str());
        let harmless = !shielded.starts_with(['=', '@'])
            && (!shielded.starts_with(['+', '-'])
                || shielded[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        prop_assert!(harmless, "{shielded}");
    }

    #[test]
    fn what_is_written_reads_back(
        rows in prop::collection::vec((1_000_000u64..=999_999_999_999_999, cell(), cell()), 1..20),
    ) {
        let written = write_csv(
            &["phone_number".to_owned(), "name".to_owned(), "note".to_owned()],
            rows.iter().map(|(phone, a, b)| [format_phone(*phone), a.clone(), b.clone()]),
        ).unwrap();
        let file = LeadFile::read("list.csv", written, Limits::default()).unwrap();
        prop_assert_eq!(file.format(), "CSV, commas, UTF-8");
        prop_assert_eq!(file.counts().bad, 0);
        prop_assert_eq!(file.counts().rows, rows.len() as u64);
        for lead in file.leads() {
            let (phone, a, b) = &rows[lead.row() as usize - 2];
            prop_assert_eq!(lead.phone(), *phone);
            prop_assert_eq!((lead.cell(1), lead.cell(2)), (a.as_str(), b.as_str()));
        }
    }
}

/// A cell without blanks around it, which reading takes off.
fn cell() -> impl Strategy<Value = String> {
    "([ -~]|[é€漢😀\n\t\r\";,|'=+@-]){0,12}".prop_map(|text| text.trim().to_owned())
}

#[test]
fn a_hundred_thousand_rows_in_slices() {
    let mut text = String::from("\u{feff}phone_number;first_name;city;note\r\n");
    for n in 0..100_000u64 {
        // Every thousandth is bad, every thousandth repeats the one before.
        let phone = match n % 1_000 {
            7 => "none".to_owned(),
            8 => format_phone(14_150_000_000 + n - 2),
            _ => format_phone(14_150_000_000 + n),
        };
        text += &format!(
            "{phone};Name {n};\"City; {}\";\"line 1\nline 2\"\r\n",
            n % 50
        );
    }
    let mut reader = Reader::new("big.csv", text.into_bytes(), Limits::default()).unwrap();
    let mut steps = 0;
    while !reader.step(5_000).unwrap().finished {
        steps += 1;
    }
    assert_eq!(steps, 20);
    let file = reader.finish().unwrap();
    let counts = file.counts();
    assert_eq!(
        (counts.rows, counts.good, counts.repeated, counts.bad),
        (100_000, 99_800, 100, 100)
    );
    let last = file.leads().last().unwrap();
    assert_eq!((last.row(), last.phone()), (100_001, 14_150_099_999));
    assert_eq!(last.cell(2), "City; 49");
    assert_eq!(file.bad_rows().next().unwrap().row, 9);
}
