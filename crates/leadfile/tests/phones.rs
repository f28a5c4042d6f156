//! What is said about each kind of phone number that cannot be dialled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use leadline_leadfile::{LeadFile, Limits};

fn check(cell: &str, expected: Result<u64, &str>) {
    let text = format!("phone_number\tname\n\"{cell}\"\tAnn\n");
    let file = LeadFile::read("list.csv", text.into_bytes(), Limits::default()).unwrap();
    let bad = file.bad_rows().next();
    match (expected, bad) {
        (Ok(phone), None) => assert_eq!(file.leads().next().unwrap().phone(), phone, "{cell}"),
        (Err(part), Some(bad)) => {
            assert!(bad.message.contains(part), "{cell}: {}", bad.message);
            assert_eq!(bad.column.as_deref(), Some("phone_number"), "{cell}");
        }
        (expected, bad) => panic!("{cell}: expected {expected:?}, got {bad:?}"),
    }
}

#[test]
fn each_problem_is_named() {
    let cases: [(&str, Result<u64, &str>); 29] = [
        ("+14155550101", Ok(14_155_550_101)),
        (" +1 (415) 555-01.01 ", Ok(14_155_550_101)),
        ("+1\u{a0}415\u{a0}5550101", Ok(14_155_550_101)),
        ("\u{202a}+14155550101\u{202c}", Ok(14_155_550_101)),
        ("'+14155550101", Ok(14_155_550_101)),
        ("+1234567", Ok(1_234_567)),
        ("+123456789012345", Ok(123_456_789_012_345)),
        ("", Err("is missing")),
        ("14155550101", Err("without +")),
        ("415-555-0101", Err("without +")),
        ("0014155550101", Err("starts with 00")),
        ("00", Err("starts with 00")),
        ("0151 1234567", Err("starts with 0.")),
        ("+0151123456", Err("country code")),
        ("+", Err("country code")),
        ("+123456", Err("only 6 digits")),
        ("+1234567890123456", Err("has 16 digits")),
        ("+49 (0)151 1234567", Err("(0)")),
        ("4.91512E+11", Err("shortened")),
        ("4,91512E+11", Err("shortened")),
        ("4E11", Err("shortened")),
        ("+1415555O101", Err("letter \u{201c}O\u{201d}")),
        ("+1 415 555 0101 x12", Err("letter \u{201c}x\u{201d}")),
        ("call me", Err("letter \u{201c}c\u{201d}")),
        ("+14155550101, +14155550102", Err("more than one")),
        ("+14155550101/+14155550102", Err("more than one")),
        ("+1_415_5550101", Err("character \u{201c}_\u{201d}")),
        ("+１４１５５５５０１０１", Err("character")),
        ("#REF!", Err("formula")),
    ];
    for (cell, expected) in cases {
        check(cell, expected);
    }
}
