//! The call logs of one workflow. A call is its row number.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use leadline_model::view::Attempt;
use leadline_model::{AnsweredBy, CallStatus, Time, Variables};
use serde::{Deserialize, Serialize};

use super::json;
use super::leads::NONE;
use super::packed;
use super::rows::Rows;
use crate::input::CallReport;

/// What a call ended with beyond its status; the same for many calls, so kept once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Details {
    /// Why it ended.
    pub end_reason: Option<String>,
    /// Who or what answered.
    pub answered_by: Option<AnsweredBy>,
    /// What the conversation contained, as JSON (an ordered map, so a stable text).
    pub analysis_json: String,
}

/// One call; its number is its place in [`Calls`]. 44 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Call {
    /// When it was created.
    pub created: i64,
    /// Who was called.
    pub lead: u32,
    /// The lead's call before this one.
    pub previous: u32,
    /// Which [`crate::flow::VoiceConfig`] it was made with.
    pub config: u16,
    /// When the provider took it, in milliseconds after its creation; [`NONE`]: not yet.
    pub initiated: u32,
    /// When somebody answered, likewise.
    pub connected: u32,
    /// When it ended, likewise.
    pub ended: u32,
    /// Length of the conversation in seconds; [`NONE`]: none.
    pub duration: u32,
    /// Which of the [`Details`] it ended with.
    detail: u32,
    /// 1 for the lead's first call; stays at its maximum.
    pub ordinal: u16,
    /// 1 for the lead's first call from this node; stays at its maximum.
    pub visit: u16,
    /// 1 for the first dial.
    pub attempt: u8,
    /// Its status; only reports and the scheduler's own transitions set it.
    pub status: CallStatus,
}

packed::row!(Call {
    created: i64,
    lead: u32,
    previous: u32,
    config: u16,
    initiated: u32,
    connected: u32,
    ended: u32,
    duration: u32,
    detail: u32,
    ordinal: u16,
    visit: u16,
    attempt: u8,
    status: CallStatus,
});

impl packed::Item for CallStatus {
    const SIZE: usize = 1;

    fn put(self, out: &mut Vec<u8>) {
        out.push(self as u8);
    }

    fn get(bytes: &[u8]) -> Self {
        // Snapshots are sealed by a checksum, so another number never comes.
        CallStatus::from_index(u8::get(bytes)).unwrap_or(CallStatus::Failed)
    }
}

/// The call logs of a workflow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Calls {
    rows: Rows<Call>,
    details: Vec<Details>,
    #[serde(with = "json")]
    analyses: Vec<Variables>,
    known_details: BTreeMap<Details, u32>,
    /// When calls that were dialled again were dialled last.
    redialled: BTreeMap<u32, Time>,
    /// The attempts that calls which were dialled again ended before their last, oldest first.
    past: BTreeMap<u32, Vec<Past>>,
}

/// An attempt that ended and was not the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Past {
    status: CallStatus,
    dialled: Time,
    ended: Time,
    detail: u32,
}

impl Index<u32> for Calls {
    type Output = Call;

    #[inline]
    fn index(&self, call: u32) -> &Call {
        &self.rows[call]
    }
}

impl IndexMut<u32> for Calls {
    #[inline]
    fn index_mut(&mut self, call: u32) -> &mut Call {
        &mut self.rows[call]
    }
}

impl Calls {
    /// How many calls there are.
    pub fn len(&self) -> u32 {
        self.rows.len()
    }

    /// Appends a call that was just created. `visit`: which of the lead's calls from its node it is.
    pub fn push(&mut self, lead: u32, previous: u32, config: u16, visit: u16, now: Time) -> u32 {
        let ordinal = match previous {
            NONE => 1,
            call => self[call].ordinal.saturating_add(1),
        };
        self.rows.push(Call {
            created: now.0,
            lead,
            previous,
            config,
            initiated: NONE,
            connected: NONE,
            ended: NONE,
            duration: NONE,
            detail: NONE,
            ordinal,
            visit,
            attempt: 1,
            status: CallStatus::Created,
        })
    }

    /// Its status.
    #[inline]
    pub fn status(&self, call: u32) -> CallStatus {
        self[call].status
    }

    /// Sets its status; only reports and the scheduler's own transitions call this.
    #[inline]
    pub fn set_status(&mut self, call: u32, status: CallStatus) {
        self[call].status = status;
    }

    /// Milliseconds since a call's creation, as its columns keep them.
    #[inline]
    pub fn offset(&self, call: u32, now: Time) -> u32 {
        let ms = now.0 - self[call].created;
        u32::try_from(ms).unwrap_or(NONE - 1).min(NONE - 1)
    }

    /// The instant behind an offset.
    pub fn instant(&self, call: u32, offset: u32) -> Option<Time> {
        (offset != NONE).then(|| Time(self[call].created + i64::from(offset)))
    }

    /// When the present attempt was dialled.
    pub fn dialled_at(&self, call: u32) -> Time {
        let again = self.redialled.get(&call).copied();
        again.unwrap_or(Time(self[call].created))
    }

    /// Dials a call again: the next attempt, or once more the one that could not be placed.
    pub fn dial_again(&mut self, call: u32, next: bool, now: Time) {
        let row = &mut self[call];
        row.attempt = row.attempt.saturating_add(u8::from(next));
        (row.initiated, row.connected) = (NONE, NONE);
        row.status = CallStatus::Created;
        self.redialled.insert(call, now);
    }

    /// How many calls were created at or after an instant. They lie in that order: O(log calls).
    pub fn created_since(&self, at: i64) -> u32 {
        self.len() - self.created_before(at)
    }

    /// How many calls were created before an instant. O(log calls).
    pub fn created_before(&self, at: i64) -> u32 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self[middle].created < at {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// Keeps what an attempt ended with; the call is dialled again.
    pub fn end_attempt(&mut self, call: u32, report: &CallReport, now: Time) {
        let past = Past {
            status: report.status,
            dialled: self.dialled_at(call),
            ended: now,
            detail: self.detail(report),
        };
        self.past.entry(call).or_default().push(past);
        self.set_status(call, CallStatus::Waiting);
    }

    /// What the last attempt of a call that waits to be dialled again ended with.
    pub fn last_attempt(&self, call: u32) -> CallReport {
        let past = self.past.get(&call).and_then(|past| past.last());
        let Some(past) = past else {
            return CallReport::of(CallStatus::NoAnswer);
        };
        let mut report = CallReport::of(past.status);
        if let Some(details) = self.details.get(past.detail as usize) {
            report.end_reason.clone_from(&details.end_reason);
            report.answered_by = details.answered_by;
            report.analysis = self.analyses[past.detail as usize].clone();
        }
        report
    }

    /// When the last attempt of a call that waits to be dialled again ended.
    pub fn last_ended(&self, call: u32) -> Option<Time> {
        Some(self.past.get(&call)?.last()?.ended)
    }

    /// The last attempt came to something else than was kept of it.
    pub fn take_back(&mut self, call: u32) {
        let attempts = usize::from(self[call].attempt);
        if let Some(past) = self.past.get_mut(&call)
            && past.len() >= attempts
        {
            past.pop();
        }
    }

    /// A call ends whose last attempt could not be placed: that attempt is none.
    pub fn was_not_made(&mut self, call: u32) {
        let row = &mut self[call];
        row.attempt = row.attempt.saturating_sub(1);
    }

    /// When a call was dialled, attempt by attempt; what could not be placed is none.
    pub fn dials(&self, call: u32) -> impl Iterator<Item = Time> + '_ {
        let past = self.past.get(&call).map_or(&[][..], Vec::as_slice);
        let present = past.len() < usize::from(self[call].attempt)
            && self[call].status != CallStatus::Waiting;
        let last = present.then(|| self.dialled_at(call));
        past.iter().map(|past| past.dialled).chain(last)
    }

    /// The attempts of a call, oldest first.
    pub fn attempts(&self, call: u32) -> Vec<Attempt> {
        let row = &self[call];
        let detail = |detail: u32| self.details.get(detail as usize);
        let past = self.past.get(&call).map_or(&[][..], Vec::as_slice);
        let mut attempts: Vec<Attempt> = (1..)
            .zip(past)
            .map(|(attempt, past)| Attempt {
                attempt,
                status: past.status,
                answered_by: detail(past.detail).and_then(|details| details.answered_by),
                created_at: past.dialled,
                ended_at: Some(past.ended),
                end_reason: detail(past.detail).and_then(|details| details.end_reason.clone()),
            })
            .collect();
        if past.len() < usize::from(row.attempt) && row.status != CallStatus::Waiting {
            attempts.push(Attempt {
                attempt: u32::from(row.attempt),
                status: row.status,
                answered_by: self.answered_by(call),
                created_at: self.dialled_at(call),
                ended_at: self.instant(call, row.ended),
                end_reason: self.end_reason(call).map(str::to_owned),
            });
        }
        attempts
    }

    /// Keeps what a call ended with.
    pub fn set_details(&mut self, call: u32, report: &CallReport) {
        self[call].detail = self.detail(report);
    }

    /// The number of what a report says beyond its status.
    fn detail(&mut self, report: &CallReport) -> u32 {
        let CallReport {
            end_reason,
            answered_by,
            analysis,
            ..
        } = report;
        if end_reason.is_none() && answered_by.is_none() && analysis.is_empty() {
            return NONE;
        }
        // The last details are the likeliest: try them before writing the analysis out.
        let last = self.details.len().wrapping_sub(1);
        let same = |i: usize| {
            let known = &self.details[i];
            known.end_reason == *end_reason
                && known.answered_by == *answered_by
                && self.analyses[i] == *analysis
        };
        let recent = (0..self.details.len().min(8)).map(|back| last.wrapping_sub(back));
        if let Some(found) = recent.into_iter().find(|i| same(*i)) {
            return found as u32;
        }
        // A map of values with text keys always can be written as JSON.
        let analysis_json = serde_json::to_string(analysis).unwrap_or_default();
        let details = Details {
            end_reason: end_reason.clone(),
            answered_by: *answered_by,
            analysis_json,
        };
        let next = self.details.len() as u32;
        let index = *self.known_details.entry(details.clone()).or_insert(next);
        if index == next {
            self.details.push(details);
            self.analyses.push(analysis.clone());
        }
        index
    }

    /// Who or what answered.
    pub fn answered_by(&self, call: u32) -> Option<AnsweredBy> {
        self.details.get(self[call].detail as usize)?.answered_by
    }

    /// What the conversation contained.
    #[inline]
    pub fn analysis(&self, call: u32) -> Option<&Variables> {
        self.analyses.get(self[call].detail as usize)
    }

    /// Why the call ended.
    pub fn end_reason(&self, call: u32) -> Option<&str> {
        self.details
            .get(self[call].detail as usize)?
            .end_reason
            .as_deref()
    }

    /// The calls of a lead, newest first, from its last one.
    pub fn of_lead(&self, last: u32) -> impl Iterator<Item = u32> + '_ {
        let step = |call: &u32| Some(self[*call].previous).filter(|c| *c != NONE);
        std::iter::successors(Some(last).filter(|call| *call != NONE), step)
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.details.len() * 128
    }
}
