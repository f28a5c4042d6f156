//! Lists as people have them, each with what must be read from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Expected, check, utf16};

const NONE: Expected<'_> = Expected {
    format: "",
    columns: "",
    leads: &[],
    bad: &[],
    repeated: 0,
};

#[test]
fn delimiters_and_line_ends() {
    for (separator, name) in [
        (",", "commas"),
        (";", "semicolons"),
        ("\t", "tabs"),
        ("|", "vertical bars"),
    ] {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!(
                "phone_number{separator}first_name{separator}note{end}\
                 +14155550101{separator}Ann{separator}\"a{separator}b, c; d\"{end}\
                 {end}\
                 +14155550102{separator}Bob{end}"
            );
            let format = format!("CSV, {name}, UTF-8");
            let quoted = format!("2|+14155550101|Ann|a{separator}b, c; d");
            let expected = Expected {
                format: &format,
                columns: "phone_number|first_name|note",
                leads: &[&quoted, "4|+14155550102|Bob|"],
                ..NONE
            };
            check(&format!("{name} {end:?}"), text.as_bytes(), &expected);
        }
    }
}

#[test]
fn encodings() {
    let text = "phone_number;Vorname\r\n+4915112345678;Jörg\r\n+4915112345679;Zoë\r\n";
    let leads: &[&str] = &["2|+4915112345678|Jörg", "3|+4915112345679|Zoë"];
    let windows: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    let cases = [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8", marked(b"\xEF\xBB\xBF", text.as_bytes().to_vec())),
        (
            "UTF-16 LE",
            marked(b"\xFF\xFE", utf16(text, u16::to_le_bytes)),
        ),
        (
            "UTF-16 BE",
            marked(b"\xFE\xFF", utf16(text, u16::to_be_bytes)),
        ),
        ("UTF-16 LE", utf16(text, u16::to_le_bytes)),
        ("UTF-16 BE", utf16(text, u16::to_be_bytes)),
        ("Windows-1252", windows),
    ];
    for (name, bytes) in cases {
        let format = format!("CSV, semicolons, {name}");
        let expected = Expected {
            format: &format,
            columns: "phone_number|Vorname",
            leads,
            ..NONE
        };
        check(name, &bytes, &expected);
    }
}

#[test]
fn utf16_of_another_script_without_a_mark() {
    let text = "phone_number\tимя\r\n+79161234567\tАнастасия Филипповна\r\n";
    let expected = Expected {
        format: "CSV, tabs, UTF-16 LE",
        columns: "phone_number|имя",
        leads: &["2|+79161234567|Анастасия Филипповна"],
        ..NONE
    };
    check("Cyrillic", &utf16(text, u16::to_le_bytes), &expected);
}

#[test]
fn quotes() {
    let text = "phone_number,name,note\n\
        +14155550101,\"Doe, Ann\",\"she said \"\"hi\"\"\"\n\
        +14155550102,\"two\nlines\r\nand three\",\"\"\n\
        +14155550103, \"blank before\" ,x\n\
        +14155550104,5\" nail,inch mark\n\
        +14155550105,\"Bob\" Smith,nickname\n\
        +14155550106,\"never closed,x\n\
        +14155550107,\"after it\",x";
    let expected = Expected {
        format: "CSV, commas, UTF-8",
        columns: "phone_number|name|note",
        leads: &[
            "2|+14155550101|Doe, Ann|she said \"hi\"",
            "3|+14155550102|two\nlines\r\nand three|",
            "4|+14155550103|blank before|x",
            "5|+14155550104|5\" nail|inch mark",
            "8|+14155550107|after it|x",
        ],
        bad: &[("6|name", "quotation mark"), ("7|name", "quotation mark")],
        ..NONE
    };
    check("quotes", text.as_bytes(), &expected);
}

#[test]
fn headers() {
    let cases = [
        (
            "phone_number,name",
            "phone_number|name",
            "2|+14155550101|Ann",
        ),
        (
            " Phone Number , name ",
            "phone_number|name",
            "2|+14155550101|Ann",
        ),
        (
            "PHONE-NUMBER,name",
            "phone_number|name",
            "2|+14155550101|Ann",
        ),
        ("Phone,name", "phone_number|name", "2|+14155550101|Ann"),
        (
            "\"phone_number\",\"First\nName\"",
            "phone_number|First Name",
            "2|+14155550101|Ann",
        ),
        (
            "phone_number,phone",
            "phone_number|phone",
            "2|+14155550101|Ann",
        ),
        (
            "phone_number,name,,",
            "phone_number|name",
            "2|+14155550101|Ann",
        ),
    ];
    for (header, columns, lead) in cases {
        let text = format!("{header}\n+14155550101,Ann,,\n");
        let expected = Expected {
            format: "CSV, commas, UTF-8",
            columns,
            leads: &[lead],
            ..NONE
        };
        check(header, text.as_bytes(), &expected);
    }
}

#[test]
fn one_column() {
    let expected = Expected {
        format: "CSV, one column, UTF-8",
        columns: "phone_number",
        leads: &["2|+14155550101", "4|+1 (415) 555-0102"],
        ..NONE
    };
    check(
        "one column",
        b"phone_number\n+14155550101\n\n+1 (415) 555-0102",
        &expected,
    );
}

#[test]
fn stated_separator_is_no_row() {
    let expected = Expected {
        format: "CSV, semicolons, UTF-8",
        columns: "phone_number|a,b",
        leads: &["2|+14155550101|1,2"],
        ..NONE
    };
    check(
        "sep=",
        b"sep=;\r\nphone_number;a,b\r\n+14155550101;1,2\r\n",
        &expected,
    );
}

#[test]
fn numbers_of_rows_are_those_of_a_spreadsheet() {
    let text = "\n\nphone_number,note\n\n+14155550101,\"1\n2\n3\"\n,\n   \nx,y\n+14155550102,\n";
    let expected = Expected {
        format: "CSV, commas, UTF-8",
        columns: "phone_number|note",
        leads: &["5|+14155550101|1\n2\n3", "9|+14155550102|"],
        bad: &[("8|phone_number", "letter \u{201c}x\u{201d}")],
        ..NONE
    };
    check("row numbers", text.as_bytes(), &expected);
}

#[test]
fn repeated_numbers_are_skipped_in_any_spelling() {
    let text =
        "phone_number,name\n+14155550101,first\n+1 415 555-0101,second\n+14155550101,third\n";
    let expected = Expected {
        format: "CSV, commas, UTF-8",
        columns: "phone_number|name",
        leads: &["2|+14155550101|first"],
        repeated: 2,
        ..NONE
    };
    check("repeated", text.as_bytes(), &expected);
}

#[test]
fn rows_of_a_wrong_form() {
    let long = "x".repeat(70_000);
    let half = "y".repeat(40_000);
    let text = format!(
        "phone_number,a,b\n\
         +14155550101\n\
         +14155550102,Doe, Ann,x\n\
         +14155550103,1,2,,,\n\
         +14155550104,{long},x\n\
         +14155550105,{half},{half}\n\
         +14155550106,#N/A,x\n\
         +14155550107,\"{long}\",x\n"
    );
    let expected = Expected {
        format: "CSV, commas, UTF-8",
        columns: "phone_number|a|b",
        leads: &["2|+14155550101||", "4|+14155550103|1|2"],
        bad: &[
            ("3|-", "4 cells where the header has 3"),
            ("5|a", "longer than the 65536 bytes"),
            ("6|-", "together longer"),
            ("7|a", "formula"),
            ("8|a", "quotation mark"),
        ],
        ..NONE
    };
    check("wrong form", text.as_bytes(), &expected);
}

#[test]
fn damaged_characters_are_named_not_garbled() {
    let mut bytes = "phone_number,name\n+14155550101,Jörg\n+14155550102,Zoë\n+14155550103,Añna\n\
         +14155550104,Łódź é\n+14155550105,M\n"
        .as_bytes()
        .to_vec();
    let last = bytes.len() - 2;
    bytes[last] = 0xFF;
    let expected = Expected {
        format: "CSV, commas, UTF-8",
        columns: "phone_number|name",
        leads: &[
            "2|+14155550101|Jörg",
            "3|+14155550102|Zoë",
            "4|+14155550103|Añna",
            "5|+14155550104|Łódź é",
        ],
        bad: &[("6|name", "could not be read")],
        ..NONE
    };
    check("a broken byte", &bytes, &expected);
}

#[test]
fn shielded_cells_lose_their_apostrophe() {
    let expected = Expected {
        format: "CSV, commas, UTF-8",
        columns: "phone_number|note",
        leads: &[
            "2|+14155550101|=1+1",
            "3|+14155550102|'tis",
            "4|+14155550103|'=x",
        ],
        ..NONE
    };
    let text = b"phone_number,note\n'+14155550101,'=1+1\n+14155550102,'tis\n'+14155550103,''=x\n";
    check("shielded", text, &expected);
}
