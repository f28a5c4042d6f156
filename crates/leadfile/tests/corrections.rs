//! Correcting bad rows and leaving rows out, and what is enrolled then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::leads;
use leadline_leadfile::{CorrectionError, Counts, LeadFile, Limits};

const LIST: &str = "phone_number,name,note\n\
    +14155550101,Ann,a\n\
    14155550102,Bob,b\n\
    +14155550103,Doe, Cy,c\n\
    +14155550104,\"Di,d\n\
    +14155550101,Ann again,\n";

/// One correction.
enum Step {
    Set(u64, &'static str, &'static str),
    LeaveOut(u64),
    Keep(u64),
}

/// After the steps: rows good, repeated and bad, and the numbers of the rows to enrol.
fn check(steps: &[Step], counts: [u64; 3], rows: &[u64]) -> LeadFile {
    let mut file = LeadFile::read("list.csv", LIST.into(), Limits::default()).unwrap();
    for step in steps {
        match *step {
            Step::Set(row, column, text) => file.set_cell(row, column, text).unwrap(),
            Step::LeaveOut(row) => file.leave_out(row).unwrap(),
            Step::Keep(row) => file.keep(row).unwrap(),
        }
    }
    let [good, repeated, bad] = counts;
    assert_eq!(
        file.counts(),
        Counts {
            rows: good + repeated + bad,
            good,
            repeated,
            bad
        }
    );
    assert_eq!(
        file.leads().map(|lead| lead.row()).collect::<Vec<_>>(),
        rows
    );
    assert_eq!(file.bad_rows().count() as u64, bad);
    file
}

#[test]
fn corrections_change_only_what_they_touch() {
    use Step::{Keep, LeaveOut, Set};
    check(&[], [1, 1, 3], &[2]);
    check(
        &[Set(3, "phone_number", " +14155550102 ")],
        [2, 1, 2],
        &[2, 3],
    );
    check(&[Set(3, "phone_number", "+14155550101")], [1, 2, 2], &[2]);
    check(&[Set(3, "name", "Robert")], [1, 1, 3], &[2]);
    check(
        &[Set(4, "name", "Doe, Cy"), Set(4, "note", "c")],
        [2, 1, 2],
        &[2, 4],
    );
    check(&[Set(5, "name", "Di")], [2, 1, 2], &[2, 5]);
    check(&[Set(5, "note", "d")], [1, 1, 3], &[2]);
    check(&[Set(2, "phone_number", "?")], [1, 0, 4], &[6]);
    check(&[LeaveOut(2)], [1, 0, 3], &[6]);
    check(&[LeaveOut(3), LeaveOut(4), LeaveOut(5)], [1, 1, 0], &[2]);
    check(&[LeaveOut(2), LeaveOut(2), Keep(2)], [1, 1, 3], &[2]);
    check(
        &[LeaveOut(3), Set(3, "phone_number", "+14155550102")],
        [1, 1, 2],
        &[2],
    );
    check(
        &[LeaveOut(3), Set(3, "phone_number", "+14155550102"), Keep(3)],
        [2, 1, 2],
        &[2, 3],
    );
}

#[test]
fn a_corrected_row_is_enrolled_as_corrected() {
    let steps = [
        Step::Set(4, "name", "Doe, Cy"),
        Step::Set(4, "note", "c"),
        Step::LeaveOut(2),
    ];
    let file = check(&steps, [2, 0, 2], &[4, 6]);
    assert_eq!(
        leads(&file),
        ["4|+14155550103|Doe, Cy|c", "6|+14155550101|Ann again|"]
    );
    let variables: Vec<_> = file.leads().last().unwrap().variables().collect();
    assert_eq!(
        variables,
        [("name", "Ann again")],
        "an empty cell is no variable"
    );
    assert_eq!(
        file.sample(2)[0],
        (3, vec!["14155550102".into(), "Bob".into(), "b".into()])
    );
}

#[test]
fn the_cells_beyond_the_last_column_are_shown() {
    let file = check(&[], [1, 1, 3], &[2]);
    let bad = file.bad_rows().find(|bad| bad.row == 4).unwrap();
    assert_eq!(bad.cells, ["+14155550103", "Doe", "Cy", "c"]);
}

#[test]
fn wrong_corrections_change_nothing() {
    let mut file = LeadFile::read("list.csv", LIST.into(), Limits::default()).unwrap();
    let before = (file.counts(), leads(&file));
    let long = "x".repeat(Limits::default().max_row_bytes + 1);
    let cases = [
        (
            file.set_cell(1, "name", "x"),
            CorrectionError::NoSuchRow { row: 1 },
        ),
        (
            file.set_cell(u64::MAX, "name", "x"),
            CorrectionError::NoSuchRow { row: u64::MAX },
        ),
        (
            file.set_cell(2, "Name", "x"),
            CorrectionError::NoSuchColumn {
                column: "Name".into(),
            },
        ),
        (
            file.set_cell(2, "name", &long),
            CorrectionError::TooLong {
                limit: long.len() - 1,
            },
        ),
        (file.leave_out(7), CorrectionError::NoSuchRow { row: 7 }),
        (file.keep(0), CorrectionError::NoSuchRow { row: 0 }),
    ];
    for (result, error) in cases {
        assert_eq!(result, Err(error));
    }
    let good = (3, "phone_number".to_owned(), "+14155550102".to_owned());
    let unknown = (3, "x".to_owned(), String::new());
    assert!(file.correct(&[good.clone(), unknown], &[]).is_err());
    assert!(file.correct(std::slice::from_ref(&good), &[2, 99]).is_err());
    assert_eq!((file.counts(), leads(&file)), before);
    assert_eq!(file.correct(&[good], &[2, 4, 5]), Ok(()));
    let after = Counts {
        rows: 2,
        good: 2,
        repeated: 0,
        bad: 0,
    };
    assert_eq!(file.counts(), after);
}
