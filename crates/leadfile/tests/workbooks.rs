//! Excel workbooks, sound and otherwise.
#![cfg(feature = "xlsx")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Expected, check, check_refused, workbook, zip};
use leadline_leadfile::{LeadFile, Limits};

const ROWS: &str = r#"
<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="D2" t="inlineStr"><is><t>member</t></is></c></row>
<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3" t="s"><v>4</v></c><c r="C3" s="1"><v>45352</v></c><c r="D3" t="b"><v>1</v></c></row>
<row r="4"><c r="A4"><v>4915112345678</v></c><c r="B4"><v>7</v></c></row>
<row r="6"><c r="A6" t="s"><v>5</v></c><c r="C6" s="1"><v>45352.375</v></c><c r="D6"><v>0.5</v></c></row>
<row r="7"><c r="A7" t="s"><v>3</v></c><c r="B7" t="e"><v>#REF!</v></c></row>
<row r="8"><c r="A8"><v>4.915112345678E12</v></c></row>"#;
const STRINGS: [&str; 6] = [
    "Phone Number",
    "name",
    "since",
    "+14155550101",
    "Doe, Ann &amp; Co",
    "+14155550102",
];

#[test]
fn the_first_visible_sheet_is_read() {
    let bytes = workbook(
        &[("Notes", "hidden", ""), ("Leads", "visible", ROWS)],
        &STRINGS,
    );
    let expected = Expected {
        format: "Excel workbook, sheet \u{201c}Leads\u{201d}",
        columns: "phone_number|name|since|member",
        leads: &[
            "3|+14155550101|Doe, Ann & Co|2024-03-01|true",
            "6|+14155550102||2024-03-01T09:00:00|0.5",
        ],
        bad: &[
            ("4|phone_number", "spreadsheets drop the +"),
            ("7|name", "formula"),
            ("8|phone_number", "without +"),
        ],
        repeated: 0,
    };
    check("workbook", &bytes, &expected);
    let file = LeadFile::read("list.xlsx", bytes, Limits::default()).unwrap();
    let cells: Vec<_> = file.bad_rows().map(|bad| bad.cells[0].clone()).collect();
    assert_eq!(cells, ["4915112345678", "+14155550101", "4915112345678"]);
}

#[test]
fn broken_workbooks_are_refused() {
    let usual = Limits::default();
    let bytes = workbook(&[("Leads", "visible", ROWS)], &STRINGS);
    let sheet = |rows: &str| workbook(&[("Leads", "visible", rows)], &STRINGS);
    let missing = zip(&[("xl/other.xml", "<a/>")]);
    let cases: [(&str, &[u8], &str); 8] = [
        ("half of it", &bytes[..bytes.len() / 2], "damaged_workbook"),
        ("no workbook in it", &missing, "damaged_workbook"),
        ("no sheet", &workbook(&[], &STRINGS), "damaged_workbook"),
        ("an empty sheet", &sheet(""), "empty_file"),
        (
            "only a header",
            &sheet(&ROWS[..ROWS.find("<row r=\"3\"").unwrap()]),
            "only_header",
        ),
        (
            "rows backwards",
            &sheet(
                r#"<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#,
            ),
            "damaged_workbook",
        ),
        (
            "outside of the sheet",
            &sheet(r#"<row r="4000000000"><c r="A4000000000"><v>1</v></c></row>"#),
            "damaged_workbook",
        ),
        (
            "unclosed",
            &sheet(r#"<row r="1"><c r="A1"><v>1"#),
            "damaged_workbook",
        ),
    ];
    for (what, bytes, code) in cases {
        check_refused(what, bytes, usual, code, "");
    }
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let blanks = " ".repeat(4 << 20);
    let bytes = workbook(&[("Leads", "visible", &blanks)], &STRINGS);
    assert!(bytes.len() < 64 << 10);
    let limits = Limits {
        max_unpacked_bytes: 1 << 20,
        ..Limits::default()
    };
    check_refused("a bomb", &bytes, limits, "file_too_large", "unpacked");
    // Parts that are held in memory are bounded like a file.
    let bytes = workbook(&[("Leads", "visible", ROWS)], &[&blanks]);
    let limits = Limits {
        max_bytes: 1 << 20,
        ..Limits::default()
    };
    check_refused(
        "a bomb of strings",
        &bytes,
        limits,
        "file_too_large",
        "unpacked",
    );
    // One long string that many cells share.
    let long = "x".repeat(50_000);
    let rows: String = (2..200)
        .map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>1</v></c></row>"#))
        .collect();
    let rows = format!(r#"<row r="1"><c r="A1" t="s"><v>0</v></c></row>{rows}"#);
    let bytes = workbook(&[("Leads", "visible", &rows)], &["phone", &long]);
    let limits = Limits {
        max_text_bytes: 1 << 20,
        ..Limits::default()
    };
    check_refused("a shared string", &bytes, limits, "file_too_large", "text");
}
