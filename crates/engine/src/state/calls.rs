//! The call logs of one workflow, by column. A call is its row number.

use std::collections::BTreeMap;

use leadline_model::{CallStatus, Time, Variables};
use serde::{Deserialize, Serialize};

use super::leads::NONE;
use super::packed;

/// What a call ended with beyond its status; the same for many calls, so kept once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Details {
    /// Why it ended.
    pub end_reason: Option<String>,
    /// What the conversation contained, as JSON (an ordered map, so a stable text).
    pub analysis_json: String,
}

/// One row for each call; 44 bytes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Calls {
    /// Who was called.
    #[serde(with = "packed")]
    pub lead: Vec<u32>,
    /// The lead's call before this one.
    #[serde(with = "packed")]
    pub previous: Vec<u32>,
    /// Which [`crate::flow::VoiceConfig`] it was made with.
    #[serde(with = "packed")]
    pub config: Vec<u32>,
    /// Its status, a [`CallStatus`].
    #[serde(with = "packed")]
    status: Vec<u8>,
    /// 1 for the first dial.
    #[serde(with = "packed")]
    pub attempt: Vec<u8>,
    /// 1 for the lead's first call.
    #[serde(with = "packed")]
    pub ordinal: Vec<u16>,
    /// When it was created.
    #[serde(with = "packed")]
    pub created: Vec<i64>,
    /// When the provider took it, in milliseconds after its creation; [`NONE`]: not yet.
    #[serde(with = "packed")]
    pub initiated: Vec<u32>,
    /// When somebody answered, likewise.
    #[serde(with = "packed")]
    pub connected: Vec<u32>,
    /// When it ended, likewise.
    #[serde(with = "packed")]
    pub ended: Vec<u32>,
    /// Length of the conversation in seconds; [`NONE`]: none.
    #[serde(with = "packed")]
    pub duration: Vec<u32>,
    /// Which of `details`.
    #[serde(with = "packed")]
    pub detail: Vec<u32>,
    details: Vec<Details>,
    analyses: Vec<Variables>,
    known_details: BTreeMap<Details, u32>,
    /// When calls that were dialled again were dialled last.
    pub redialled: BTreeMap<u32, Time>,
}

impl Calls {
    /// How many calls there are.
    pub fn len(&self) -> u32 {
        self.lead.len() as u32
    }

    /// Appends a call.
    pub fn push(&mut self, lead: u32, previous: u32, config: u32, now: Time) -> u32 {
        let ordinal = match previous {
            NONE => 1,
            call => self.ordinal[call as usize].saturating_add(1),
        };
        self.lead.push(lead);
        self.previous.push(previous);
        self.config.push(config);
        self.status.push(CallStatus::Created as u8);
        self.attempt.push(1);
        self.ordinal.push(ordinal);
        self.created.push(now.0);
        self.initiated.push(NONE);
        self.connected.push(NONE);
        self.ended.push(NONE);
        self.duration.push(NONE);
        self.detail.push(NONE);
        self.len() - 1
    }

    /// Its status.
    #[inline]
    pub fn status(&self, call: u32) -> CallStatus {
        CallStatus::ALL[usize::from(self.status[call as usize])]
    }

    /// Sets its status; only reports and the scheduler's own transitions call this.
    #[inline]
    pub fn set_status(&mut self, call: u32, status: CallStatus) {
        self.status[call as usize] = status as u8;
    }

    /// Milliseconds since a call's creation, as its columns keep them.
    #[inline]
    pub fn offset(&self, call: u32, now: Time) -> u32 {
        let ms = now.0 - self.created[call as usize];
        u32::try_from(ms).unwrap_or(NONE - 1).min(NONE - 1)
    }

    /// The instant behind an offset.
    pub fn instant(&self, call: u32, offset: u32) -> Option<Time> {
        (offset != NONE).then(|| Time(self.created[call as usize] + i64::from(offset)))
    }

    /// When the present attempt was dialled.
    pub fn dialled_at(&self, call: u32) -> Time {
        let again = if self.attempt[call as usize] > 1 {
            self.redialled.get(&call)
        } else {
            None
        };
        again.copied().unwrap_or(Time(self.created[call as usize]))
    }

    /// Keeps what a call ended with.
    pub fn set_details(&mut self, call: u32, end_reason: Option<&str>, analysis: &Variables) {
        if end_reason.is_none() && analysis.is_empty() {
            self.detail[call as usize] = NONE;
            return;
        }
        // The last details are the likeliest: try them before writing the analysis out.
        let last = self.details.len().wrapping_sub(1);
        let same = |i: usize| {
            self.details[i].end_reason.as_deref() == end_reason && self.analyses[i] == *analysis
        };
        let recent = (0..self.details.len().min(8)).map(|back| last.wrapping_sub(back));
        if let Some(found) = recent.into_iter().find(|i| same(*i)) {
            self.detail[call as usize] = found as u32;
            return;
        }
        // A map of values with text keys always can be written as JSON.
        let analysis_json = serde_json::to_string(analysis).unwrap_or_default();
        let details = Details {
            end_reason: end_reason.map(str::to_owned),
            analysis_json,
        };
        let next = self.details.len() as u32;
        let index = *self.known_details.entry(details.clone()).or_insert(next);
        if index == next {
            self.details.push(details);
            self.analyses.push(analysis.clone());
        }
        self.detail[call as usize] = index;
    }

    /// What the conversation contained.
    #[inline]
    pub fn analysis(&self, call: u32) -> Option<&Variables> {
        self.analyses.get(self.detail[call as usize] as usize)
    }

    /// Why the call ended.
    pub fn end_reason(&self, call: u32) -> Option<&str> {
        self.details
            .get(self.detail[call as usize] as usize)?
            .end_reason
            .as_deref()
    }

    /// The calls of a lead, newest first, from its last one.
    pub fn of_lead(&self, last: u32) -> impl Iterator<Item = u32> + '_ {
        let step = |call: &u32| Some(self.previous[*call as usize]).filter(|c| *c != NONE);
        std::iter::successors(Some(last).filter(|call| *call != NONE), step)
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        self.lead.capacity() * 44 + self.details.len() * 128
    }
}
