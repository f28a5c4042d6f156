//! The lead lists a tab has open: read in slices with progress, corrected, turned into leads.
//!
//! Lists live in the worker of the tab that opened them, leading or not, so they survive a change of
//! leader; only the leads travel to the engine.

use std::collections::BTreeMap;

use leadline_engine::LeadBatch;
use leadline_leadfile::{LeadFile, Limits, PHONE_COLUMN, Reader};
use leadline_model::lead::format_phone;
use leadline_model::{Value, WorkflowId};
use leadline_protocol::{
    BadRow, FileProgress, LeadFilePreview, Problem, ProblemCode, SyncRequest, Written,
};

/// Lists open at once; opening one more closes the oldest.
const MOST_OPEN: usize = 4;
/// Rows shown of a list.
const SAMPLE: usize = 20;
/// Bad rows handed to the page.
const MOST_BAD: usize = 1_000;

/// What a slice of reading came to.
#[derive(Debug)]
pub enum Step {
    /// There is more.
    Going(FileProgress),
    /// It was read.
    Read(Box<LeadFilePreview>),
    /// It cannot be read, or reading was stopped.
    Ended(Problem),
}

/// What the shell asks of the lists of a tab. What does it is a part that is fetched when the first list
/// is read, see [`crate::parts`].
pub trait Lists {
    /// Begins to read a list; the number is that of the list.
    fn begin(&mut self, name: &str, bytes: Vec<u8>) -> Result<u32, Problem>;
    /// Reads on.
    fn step(&mut self, file: u32, rows: usize) -> Step;
    /// Closes a list. While one is being read its number is not known to the page yet, so any
    /// number that is not an open list stops the reading.
    fn forget(&mut self, file: u32);
    /// Corrects cells and leaves rows out: all of it, or nothing when part of it is impossible.
    fn correct(
        &mut self,
        file: u32,
        cells: &[(u64, String, String)],
        leave_out: &[u64],
    ) -> Result<LeadFilePreview, Problem>;
    /// The leads of a list that has no bad row.
    fn leads(&self, file: u32) -> Result<LeadBatch, Problem>;
    /// The same as what queues them for a workflow's remote.
    fn to_send(&self, file: u32, workflow_id: WorkflowId) -> Result<Written<SyncRequest>, Problem>;
}

/// The lists of a tab.
#[derive(Debug, Default)]
pub struct Files {
    last: u32,
    reading: BTreeMap<u32, Reader>,
    open: BTreeMap<u32, LeadFile>,
}

impl Lists for Files {
    fn begin(&mut self, name: &str, bytes: Vec<u8>) -> Result<u32, Problem> {
        let reader = Reader::new(name, bytes, Limits::default()).map_err(bad_file)?;
        self.last += 1;
        self.reading.insert(self.last, reader);
        Ok(self.last)
    }

    fn step(&mut self, file: u32, rows: usize) -> Step {
        let Some(mut reader) = self.reading.remove(&file) else {
            return Step::Ended(stopped());
        };
        match reader.step(rows) {
            Err(error) => Step::Ended(bad_file(error)),
            Ok(progress) if !progress.finished => {
                self.reading.insert(file, reader);
                Step::Going(FileProgress {
                    done: progress.done_bytes,
                    total: progress.total_bytes,
                })
            }
            Ok(_) => match reader.finish() {
                Err(error) => Step::Ended(bad_file(error)),
                Ok(list) => {
                    let preview = preview(file, &list);
                    while self.open.len() >= MOST_OPEN
                        && let Some((&oldest, _)) = self.open.first_key_value()
                    {
                        self.open.remove(&oldest);
                    }
                    self.open.insert(file, list);
                    Step::Read(Box::new(preview))
                }
            },
        }
    }

    fn forget(&mut self, file: u32) {
        if self.open.remove(&file).is_none() {
            self.reading.clear();
        }
    }

    fn correct(
        &mut self,
        file: u32,
        cells: &[(u64, String, String)],
        leave_out: &[u64],
    ) -> Result<LeadFilePreview, Problem> {
        let list = self.open.get_mut(&file).ok_or_else(not_open)?;
        let refused = |error: leadline_leadfile::CorrectionError| {
            problem(ProblemCode::Invalid, error.to_string())
        };
        for (row, column, text) in cells {
            list.set_cell(*row, column, text).map_err(refused)?;
        }
        for row in leave_out {
            list.leave_out(*row).map_err(refused)?;
        }
        Ok(preview(file, list))
    }

    fn leads(&self, file: u32) -> Result<LeadBatch, Problem> {
        let list = self.open.get(&file).ok_or_else(not_open)?;
        let counts = list.counts();
        if counts.bad > 0 {
            let rows = if counts.bad == 1 {
                "1 row".into()
            } else {
                format!("{} rows", counts.bad)
            };
            let message =
                format!("{rows} of the list cannot be enrolled. Correct them or leave them out.");
            return Err(problem(ProblemCode::Invalid, message));
        }
        let places: Vec<usize> = (0..list.columns().len())
            .filter(|&place| list.columns()[place] != PHONE_COLUMN)
            .collect();
        let cell = |text: &str| {
            if text.is_empty() {
                Value::Null
            } else {
                Value::from(text)
            }
        };
        let row = |lead: leadline_leadfile::LeadRow<'_>| {
            let values = places.iter().map(|&place| cell(lead.cell(place))).collect();
            (format_phone(lead.phone()), values)
        };
        Ok(LeadBatch {
            keys: places
                .iter()
                .map(|&place| list.columns()[place].clone())
                .collect(),
            rows: list.leads().map(row).collect(),
        })
    }

    fn to_send(&self, file: u32, workflow_id: WorkflowId) -> Result<Written<SyncRequest>, Problem> {
        let LeadBatch { keys, rows } = self.leads(file)?;
        let lead = |(phone, values): (String, Vec<Value>)| {
            (phone, keys.iter().cloned().zip(values).collect())
        };
        let leads = rows.into_iter().map(lead).collect();
        Ok(Written::of(&SyncRequest::Enrol { workflow_id, leads }))
    }
}

fn preview(file: u32, list: &LeadFile) -> LeadFilePreview {
    let counts = list.counts();
    let bad = list.bad_rows().take(MOST_BAD).map(|bad| BadRow {
        row: bad.row,
        column: bad.column,
        message: bad.message,
        cells: bad.cells,
    });
    LeadFilePreview {
        file,
        name: list.name().to_owned(),
        format: list.format().to_owned(),
        columns: list.columns().to_vec(),
        rows: counts.rows,
        good: counts.good,
        repeated: counts.repeated,
        sample: list.sample(SAMPLE),
        bad: bad.collect(),
        bad_count: counts.bad,
    }
}

fn problem(code: ProblemCode, message: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
        findings: Vec::new(),
    }
}

fn bad_file(error: leadline_leadfile::ReadError) -> Problem {
    problem(ProblemCode::BadFile, error.to_string())
}

/// Reading a list was stopped by its reader.
pub fn stopped() -> Problem {
    problem(ProblemCode::BadFile, "Reading the list was stopped.")
}

/// A list is not open, or not any more.
pub fn not_open() -> Problem {
    problem(
        ProblemCode::NotFound,
        "This list is not open any more. Choose the file again.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn read(files: &mut Files, csv: &str) -> LeadFilePreview {
        let file = files.begin("leads.csv", csv.as_bytes().to_vec()).unwrap();
        loop {
            match files.step(file, 1) {
                Step::Going(progress) => assert!(progress.done <= progress.total),
                Step::Read(preview) => return *preview,
                Step::Ended(problem) => panic!("{problem:?}"),
            }
        }
    }

    #[test]
    fn a_list_is_read_corrected_and_turned_into_leads() {
        let mut files = Files::default();
        let csv = "phone_number,name\n+14155550101,Ann\n12,Bob\n+14155550102,\n";
        let preview = read(&mut files, csv);
        assert_eq!((preview.rows, preview.good, preview.bad_count), (3, 2, 1));
        assert_eq!(preview.bad[0].row, 3);
        let refused = files.leads(preview.file).unwrap_err();
        assert!(refused.message.contains("1 row"), "{refused:?}");
        let fix = (3, "phone_number".to_owned(), "+14155550103".to_owned());
        let corrected = files.correct(preview.file, &[fix], &[]).unwrap();
        assert_eq!((corrected.good, corrected.bad_count), (3, 0));
        let batch = files.leads(preview.file).unwrap();
        assert_eq!(batch.keys, ["name"]);
        assert_eq!(
            batch.rows[0],
            ("+14155550101".into(), vec![Value::from("Ann")])
        );
        assert_eq!(batch.rows[2].1, [Value::Null]);
    }

    #[test]
    fn reading_can_be_stopped_and_lists_forgotten() {
        let mut files = Files::default();
        let file = files.begin(
            "x.csv",
            b"phone_number\n+14155550101\n+14155550102\n".to_vec(),
        );
        assert!(matches!(files.step(file.unwrap(), 1), Step::Going(_)));
        files.forget(0);
        assert!(matches!(files.step(1, 1), Step::Ended(_)));
        let preview = read(&mut files, "phone_number\n+14155550101\n");
        files.forget(preview.file);
        assert_eq!(
            files.leads(preview.file).unwrap_err().code,
            ProblemCode::NotFound
        );
        assert!(files.begin("x.csv", Vec::new()).is_err());
    }

    #[test]
    fn only_so_many_stay_open() {
        let mut files = Files::default();
        let first = read(&mut files, "phone_number\n+14155550101\n").file;
        for _ in 0..MOST_OPEN {
            read(&mut files, "phone_number\n+14155550101\n");
        }
        assert!(files.leads(first).is_err());
        assert_eq!(files.open.len(), MOST_OPEN);
    }
}
