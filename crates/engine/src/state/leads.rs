//! The leads of one workflow. A lead is its row number.

use std::ops::{Index, IndexMut};

use leadline_model::{LeadStatus, Time};
use serde::{Deserialize, Serialize};

use super::cells::Cells;
use super::packed;
use crate::machines::lead::Step;

/// No call yet; no node yet.
pub const NONE: u32 = u32::MAX;

/// The instant of a lead that waits for none.
pub const NEVER: i64 = i64::MAX;

/// One lead; its number is its place in [`Leads`]. 28 bytes, beside its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Lead {
    /// Digits of the E.164 number.
    pub phone: u64,
    /// The instant it waits for: a planned release, the next dial, the opening of the window.
    pub until: i64,
    /// The slot of the node it is at, or ended at.
    pub node: u32,
    /// Its last call.
    pub last_call: u32,
    /// The outcome of its step, once there is one: an index of the flow's labels.
    pub outcome: u16,
    /// What it is doing.
    pub step: Step,
}

packed::row!(Lead {
    phone: u64,
    until: i64,
    node: u32,
    last_call: u32,
    outcome: u16,
    step: Step,
});

impl packed::Item for Step {
    const SIZE: usize = 1;

    fn put(self, out: &mut Vec<u8>) {
        out.push(self as u8);
    }

    fn get(bytes: &[u8]) -> Self {
        let index = usize::from(u8::get(bytes));
        // Snapshots are sealed by a checksum, so another number never comes.
        Step::ALL.get(index).copied().unwrap_or(Step::Removed)
    }
}

/// The leads of a workflow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Leads {
    #[serde(with = "packed")]
    rows: Vec<Lead>,
    /// First lead and instant of each enrolment.
    pub enrolments: Vec<(u32, Time)>,
    /// Their variables.
    pub cells: Cells,
}

impl Index<u32> for Leads {
    type Output = Lead;

    #[inline]
    fn index(&self, lead: u32) -> &Lead {
        &self.rows[lead as usize]
    }
}

impl IndexMut<u32> for Leads {
    #[inline]
    fn index_mut(&mut self, lead: u32) -> &mut Lead {
        &mut self.rows[lead as usize]
    }
}

impl Leads {
    /// How many leads there are.
    pub fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    /// All of them, in the order of their enrolment.
    pub fn rows(&self) -> &[Lead] {
        &self.rows
    }

    /// A lead, if there is one with this number.
    pub fn get(&self, lead: u32) -> Option<&Lead> {
        self.rows.get(lead as usize)
    }

    /// Appends a pending lead.
    pub fn push(&mut self, phone: u64) -> u32 {
        self.rows.push(Lead {
            phone,
            until: NEVER,
            node: NONE,
            last_call: NONE,
            outcome: 0,
            step: Step::Pending,
        });
        self.len() - 1
    }

    /// Makes room for more leads, exactly.
    pub fn reserve(&mut self, more: usize) {
        self.rows.reserve_exact(more);
    }

    /// What the lead is doing.
    #[inline]
    pub fn step(&self, lead: u32) -> Step {
        self[lead].step
    }

    /// When the lead was enrolled.
    pub fn enrolled_at(&self, lead: u32) -> Time {
        let after = self.enrolments.partition_point(|(first, _)| *first <= lead);
        self.enrolments
            .get(after.wrapping_sub(1))
            .map_or(Time::MIN, |(_, at)| *at)
    }

    /// Puts every lead that is still enrolled back to pending.
    pub fn reset(&mut self) {
        for row in &mut self.rows {
            let step = match row.step {
                Step::Removed => Step::Removed,
                _ => Step::Pending,
            };
            *row = Lead {
                phone: row.phone,
                until: NEVER,
                node: NONE,
                last_call: NONE,
                outcome: 0,
                step,
            };
        }
        self.cells.reset();
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Lead>() + self.cells.bytes()
    }
}

/// The status a step and a terminal stand for.
pub fn status_of(step: Step, converted: bool) -> LeadStatus {
    match step {
        Step::Pending => LeadStatus::Pending,
        Step::Ended if converted => LeadStatus::Completed,
        Step::Ended => LeadStatus::Dropped,
        _ => LeadStatus::Active,
    }
}
