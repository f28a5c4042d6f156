//! Files that are refused as a whole, each with its code and a message that helps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{check_refused, zip};
use leadline_leadfile::Limits;

#[test]
fn what_is_no_list() {
    let html = "\n <!DOCTYPE html><html></html>";
    let archive = zip(&[("a.csv", "phone_number\n+14155550101")]);
    let document = zip(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]);
    let cases: [(&str, &[u8], &str, &str); 13] = [
        ("nothing", b"", "empty_file", "empty"),
        ("blanks", b" \r\n\t\n ", "empty_file", "empty"),
        ("only a mark", b"\xEF\xBB\xBF", "empty_file", "empty"),
        ("only a stated separator", b"sep=;\n", "empty_file", "empty"),
        ("PDF", b"%PDF-1.7\n", "not_a_list", "PDF"),
        (
            "old Excel",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
            "not_a_list",
            ".xls",
        ),
        ("PNG", b"\x89PNG\r\n\x1a\n", "not_a_list", "picture"),
        ("HTML", html.as_bytes(), "not_a_list", "web page"),
        (
            "JSON",
            b"[{\"phone_number\": \"+14155550101\"}]",
            "not_a_list",
            "JSON",
        ),
        ("ZIP", &archive, "not_a_list", "ZIP"),
        ("ODS", &document, "not_a_list", "OpenDocument"),
        (
            "rubbish",
            b"\x01\x02\x03\x04\x80\x81\x05\x06\x07\x08",
            "not_a_list",
            "readable text",
        ),
        ("zeros", &[0; 4096], "not_a_list", "readable text"),
    ];
    for (what, bytes, code, part) in cases {
        check_refused(what, bytes, Limits::default(), code, part);
    }
}

#[test]
fn headers_that_cannot_be_used() {
    let long = format!("phone_number,{}\n+14155550101,x", "n".repeat(201));
    let many = format!("phone_number{}\n", ",x".repeat(201));
    let cases: [(&str, &str, &str, &str); 9] = [
        (
            "only a header",
            "phone_number,name\n\n,\n",
            "only_header",
            "no rows",
        ),
        (
            "no phone column",
            "Name,Mobile\nAnn,+14155550101",
            "no_phone_column",
            "Name, Mobile",
        ),
        (
            "no header",
            "+14155550101,Ann\n+14155550102,Bob",
            "no_header",
            "first row",
        ),
        (
            "no name",
            "phone_number,,name\n+1,2,3",
            "unnamed_column",
            "Column B",
        ),
        (
            "twice",
            "phone_number,name,name\n+1,2,3",
            "repeated_column",
            "\u{201c}name\u{201d}",
        ),
        (
            "two phones",
            "Phone,phone\n+1,2",
            "repeated_column",
            "Phone",
        ),
        (
            "phone_number twice",
            "phone_number,Phone Number\n+1,2",
            "repeated_column",
            "phone_number",
        ),
        ("long name", &long, "long_column_name", "200 characters"),
        ("many columns", &many, "too_many_columns", "202 columns"),
    ];
    for (what, text, code, part) in cases {
        check_refused(what, text.as_bytes(), Limits::default(), code, part);
    }
}

#[test]
fn limits() {
    let text = "phone_number,name\n+14155550101,Ann\n+14155550102,Bob\n+14155550103,Cy\n";
    let usual = Limits::default();
    let cases = [
        (
            Limits {
                max_bytes: 10,
                ..usual
            },
            "file_too_large",
        ),
        (
            Limits {
                max_rows: 2,
                ..usual
            },
            "too_many_rows",
        ),
        (
            Limits {
                max_cells: 5,
                ..usual
            },
            "too_many_cells",
        ),
        (
            Limits {
                max_text_bytes: 20,
                ..usual
            },
            "file_too_large",
        ),
        (
            Limits {
                max_columns: 1,
                ..usual
            },
            "too_many_columns",
        ),
    ];
    for (limits, code) in cases {
        check_refused(code, text.as_bytes(), limits, code, "");
    }
    let exact = Limits {
        max_bytes: text.len() as u64,
        max_rows: 3,
        max_cells: 6,
        max_columns: 2,
        ..usual
    };
    assert!(common::in_slices(text.as_bytes(), 1, exact).is_ok());
}
