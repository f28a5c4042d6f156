//! What happened in a workflow: 12 bytes a record, in chunks that never move.
//!
//! A record is the time since its chunk began, the lead, and a word of kind and payload. The history
//! of one lead is found by scanning all of it: some milliseconds for millions of records, and only when
//! somebody asks.

use leadline_model::{CallStatus, Time, WorkflowAction};
use serde::{Deserialize, Serialize};

use super::packed;

/// Records in a chunk.
const CHUNK: usize = 16_384;

/// The lead of a record that is about the workflow itself.
pub const NO_LEAD: u32 = u32::MAX;

const PAYLOAD_BITS: u32 = 28;
const LABEL_BITS: u32 = 10;
/// The highest payload.
pub const MAX_PAYLOAD: u32 = (1 << PAYLOAD_BITS) - 1;
/// The highest edge slot a record can name.
pub const MAX_EDGE: u32 = (1 << (PAYLOAD_BITS - LABEL_BITS)) - 1;
/// The highest label a record can name.
pub const MAX_LABEL: u16 = (1 << LABEL_BITS) - 1;

/// A recorded fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// The lead entered the entry node (slot).
    Started(u32),
    /// The lead left its node with an outcome (label) by an edge (slot) and entered the edge's target.
    Moved {
        /// The edge's slot.
        edge: u32,
        /// The outcome, an index of the flow's labels.
        outcome: u16,
    },
    /// The lead's call ended.
    CallEnded(CallStatus),
    /// An attempt ended so and the call waits to be dialled again.
    AttemptEnded(CallStatus),
    /// The lead needs review, for a reason (an index of the flow's notes).
    Stuck(u32),
    /// Something worth knowing (an index of the flow's notes).
    Noted(u32),
    /// The planned release of the delay just left (an index of the flow's instants): it was left
    /// later than planned.
    Late(u32),
    /// An operator put the lead on a node (slot).
    Placed(u32),
    /// An operator gave the lead's step an outcome (label).
    Resolved(u16),
    /// An operator took the lead out.
    Removed,
    /// The lead's action ended with this outcome (label).
    ActionEnded(u16),
    /// The workflow's status was changed by a person.
    Acted(WorkflowAction),
    /// The engine completed the workflow.
    AutoCompleted,
    /// Leads were enrolled: how many, beginning with the record's lead.
    Enrolled(u32),
    /// What the workflow does was edited (an index of the flow's notes).
    Edited(u32),
    /// An operator changed variables of the lead (an index of the flow's notes).
    Changed(u32),
}

fn word(kind: u32, payload: u32) -> u32 {
    (kind << PAYLOAD_BITS) | payload.min(MAX_PAYLOAD)
}

impl Fact {
    #[inline]
    fn pack(self) -> u32 {
        match self {
            Fact::Started(node) => word(0, node),
            Fact::Moved { edge, outcome } => word(1, (edge << LABEL_BITS) | u32::from(outcome)),
            Fact::CallEnded(status) => word(2, status as u32),
            Fact::AttemptEnded(status) => word(3, status as u32),
            Fact::Stuck(note) => word(4, note),
            Fact::Noted(note) => word(5, note),
            Fact::Late(instant) => word(6, instant),
            Fact::Placed(node) => word(7, node),
            Fact::Resolved(label) => word(8, u32::from(label)),
            Fact::Removed => word(9, 0),
            Fact::ActionEnded(label) => word(10, u32::from(label)),
            Fact::Acted(action) => word(11, action as u32),
            Fact::AutoCompleted => word(12, 0),
            Fact::Enrolled(count) => word(13, count),
            Fact::Edited(note) => word(14, note),
            Fact::Changed(note) => word(15, note),
        }
    }

    fn unpack(word: u32) -> Fact {
        let payload = word & MAX_PAYLOAD;
        let label = (payload & u32::from(MAX_LABEL)) as u16;
        let status = CallStatus::from_index(payload as u8).unwrap_or(CallStatus::Failed);
        match word >> PAYLOAD_BITS {
            0 => Fact::Started(payload),
            1 => Fact::Moved {
                edge: payload >> LABEL_BITS,
                outcome: label,
            },
            2 => Fact::CallEnded(status),
            3 => Fact::AttemptEnded(status),
            4 => Fact::Stuck(payload),
            5 => Fact::Noted(payload),
            6 => Fact::Late(payload),
            7 => Fact::Placed(payload),
            8 => Fact::Resolved(label),
            9 => Fact::Removed,
            10 => Fact::ActionEnded(label),
            11 => {
                let action = WorkflowAction::ALL.get(payload as usize).copied();
                Fact::Acted(action.unwrap_or(WorkflowAction::Complete))
            }
            12 => Fact::AutoCompleted,
            13 => Fact::Enrolled(payload),
            14 => Fact::Edited(payload),
            _ => Fact::Changed(payload),
        }
    }
}

/// A fact with its number, time and lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Its number in the workflow's history.
    pub seq: u64,
    /// When it happened.
    pub at: Time,
    /// Whom it is about, or [`NO_LEAD`].
    pub lead: u32,
    /// What happened.
    pub fact: Fact,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Chunk {
    first: u64,
    base: i64,
    #[serde(with = "packed")]
    rows: Vec<Row>,
}

/// A record as it is kept: milliseconds after the chunk's base, the lead, kind and payload.
#[derive(Debug, Clone, Copy)]
struct Row {
    after: u32,
    lead: u32,
    word: u32,
}

packed::row!(Row {
    after: u32,
    lead: u32,
    word: u32,
});

impl Chunk {
    fn record(&self, i: usize) -> Record {
        let row = self.rows[i];
        Record {
            seq: self.first + i as u64,
            at: Time(self.base + i64::from(row.after)),
            lead: row.lead,
            fact: Fact::unpack(row.word),
        }
    }
}

/// All that happened in one workflow, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct History {
    chunks: Vec<Chunk>,
    len: u64,
}

impl History {
    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Appends a record. Times never go back.
    #[inline]
    pub fn push(&mut self, now: Time, lead: u32, fact: Fact) {
        let word = fact.pack();
        self.len += 1;
        if let Some(chunk) = self.chunks.last_mut()
            && chunk.rows.len() < CHUNK
            && let Ok(after) = u32::try_from(now.0 - chunk.base)
        {
            chunk.rows.push(Row { after, lead, word });
            return;
        }
        self.open_chunk(now, lead, word);
    }

    #[cold]
    fn open_chunk(&mut self, now: Time, lead: u32, word: u32) {
        // The first chunk grows as it fills: most workflows are small.
        let room = if self.chunks.is_empty() { 0 } else { CHUNK };
        let mut rows = Vec::with_capacity(room);
        rows.push(Row {
            after: 0,
            lead,
            word,
        });
        self.chunks.push(Chunk {
            first: self.len - 1,
            base: now.0,
            rows,
        });
    }

    /// The records of one lead, oldest first. O(all records), 12 bytes each.
    pub fn of_lead(&self, lead: u32) -> impl Iterator<Item = Record> + '_ {
        self.chunks.iter().flat_map(move |chunk| {
            let rows = chunk.rows.iter().enumerate();
            rows.filter(move |(_, row)| row.lead == lead)
                .map(|(i, _)| chunk.record(i))
        })
    }

    /// Records newest first, beginning with the one before `before`.
    pub fn newest_first(&self, before: Option<u64>) -> impl Iterator<Item = Record> + '_ {
        let end = before.unwrap_or(self.len).min(self.len);
        self.chunks
            .iter()
            .rev()
            .filter(move |chunk| chunk.first < end)
            .flat_map(move |chunk| {
                let len = chunk.rows.len().min((end - chunk.first) as usize);
                (0..len).rev().map(|i| chunk.record(i))
            })
    }

    /// Records oldest first, beginning with number `from`.
    pub fn since(&self, from: u64) -> impl Iterator<Item = Record> + '_ {
        let chunks = self.chunks.iter();
        let kept = chunks.filter(move |chunk| chunk.first + chunk.rows.len() as u64 > from);
        kept.flat_map(move |chunk| {
            let start = from.saturating_sub(chunk.first) as usize;
            (start..chunk.rows.len()).map(|i| chunk.record(i))
        })
    }

    /// Hands every column to a hasher.
    pub fn digest_into(&self, add: &mut impl FnMut(&[u8])) {
        let mut bytes = Vec::with_capacity(CHUNK * 12);
        for chunk in &self.chunks {
            bytes.clear();
            bytes.extend_from_slice(&chunk.base.to_le_bytes());
            let columns: [fn(&Row) -> u32; 3] = [|row| row.after, |row| row.lead, |row| row.word];
            for column in columns {
                let numbers = chunk.rows.iter().map(column);
                numbers.for_each(|number| packed::Item::put(number, &mut bytes));
            }
            add(&bytes);
        }
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.chunks
            .iter()
            .map(|chunk| chunk.rows.capacity() * size_of::<Row>())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_packing() {
        for fact in [
            Fact::Started(9_999),
            Fact::Moved {
                edge: MAX_EDGE,
                outcome: MAX_LABEL,
            },
            Fact::CallEnded(CallStatus::RetryExpired),
            Fact::AttemptEnded(CallStatus::Busy),
            Fact::Stuck(7),
            Fact::Noted(MAX_PAYLOAD),
            Fact::Late(3),
            Fact::Placed(0),
            Fact::Resolved(5),
            Fact::Removed,
            Fact::ActionEnded(6),
            Fact::Acted(WorkflowAction::Pause),
            Fact::AutoCompleted,
            Fact::Enrolled(1_000_000),
            Fact::Edited(8),
            Fact::Changed(MAX_PAYLOAD),
        ] {
            assert_eq!(Fact::unpack(fact.pack()), fact);
        }
    }

    #[test]
    fn records_are_found_from_both_ends() {
        let mut history = History::default();
        let year = 365 * 86_400_000;
        for i in 0..40_000u32 {
            history.push(Time(i64::from(i / 20_000) * year), i % 7, Fact::Started(i));
        }
        assert_eq!(history.len(), 40_000);
        let third: Vec<u64> = history
            .of_lead(3)
            .map(|record| record.seq)
            .take(2)
            .collect();
        assert_eq!(third, [3, 10]);
        let newest: Vec<u64> = history
            .newest_first(Some(20_001))
            .map(|record| record.seq)
            .take(2)
            .collect();
        assert_eq!(newest, [20_000, 19_999]);
        let since: Vec<Time> = history
            .since(19_999)
            .map(|record| record.at)
            .take(2)
            .collect();
        assert_eq!(since, [Time(0), Time(year)]);
    }
}
