//! The leads of one workflow, by column. A lead is its row number.

use leadline_model::{LeadStatus, Time};
use serde::{Deserialize, Serialize};

use super::cells::Cells;
use super::packed;
use crate::machines::lead::Step;

/// No call yet; no node yet.
pub const NONE: u32 = u32::MAX;

/// The instant of a lead that waits for none.
pub const NEVER: i64 = i64::MAX;

/// One row for each lead; 30 bytes beside its variables.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Leads {
    /// Digits of the E.164 number.
    #[serde(with = "packed")]
    pub phone: Vec<u64>,
    /// What the lead is doing, a [`Step`].
    #[serde(with = "packed")]
    step: Vec<u8>,
    /// The slot of the node it is at, or ended at.
    #[serde(with = "packed")]
    pub node: Vec<u32>,
    /// The outcome of its step, once there is one: an index of the flow's labels.
    #[serde(with = "packed")]
    pub outcome: Vec<u16>,
    /// Its last call.
    #[serde(with = "packed")]
    pub last_call: Vec<u32>,
    /// The instant it waits for: a planned release, the next dial, the opening of the window.
    #[serde(with = "packed")]
    pub until: Vec<i64>,
    /// First lead and instant of each enrolment.
    pub enrolments: Vec<(u32, Time)>,
    /// Their variables.
    pub cells: Cells,
}

impl Leads {
    /// How many leads there are.
    pub fn len(&self) -> u32 {
        self.phone.len() as u32
    }

    /// Appends a pending lead.
    pub fn push(&mut self, phone: u64) -> u32 {
        self.phone.push(phone);
        self.step.push(Step::Pending as u8);
        self.node.push(NONE);
        self.outcome.push(0);
        self.last_call.push(NONE);
        self.until.push(NEVER);
        self.len() - 1
    }

    /// Makes room for more leads, exactly.
    pub fn reserve(&mut self, more: usize) {
        self.phone.reserve_exact(more);
        self.step.reserve_exact(more);
        self.node.reserve_exact(more);
        self.outcome.reserve_exact(more);
        self.last_call.reserve_exact(more);
        self.until.reserve_exact(more);
    }

    /// What the lead is doing.
    #[inline]
    pub fn step(&self, lead: u32) -> Step {
        Step::ALL[usize::from(self.step[lead as usize])]
    }

    /// Sets what the lead is doing; only the flow's `enter_step` calls this.
    #[inline]
    pub(crate) fn set_step(&mut self, lead: u32, step: Step) {
        self.step[lead as usize] = step as u8;
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
        for lead in 0..self.len() {
            if self.step(lead) != Step::Removed {
                self.set_step(lead, Step::Pending);
            }
        }
        self.node.fill(NONE);
        self.outcome.fill(0);
        self.last_call.fill(NONE);
        self.until.fill(NEVER);
        self.cells.reset();
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.phone.capacity() * 8
            + self.step.capacity()
            + self.node.capacity() * 4
            + self.outcome.capacity() * 2
            + self.last_call.capacity() * 4
            + self.until.capacity() * 8
            + self.cells.bytes()
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
