//! The call logs of one workflow. A call is its row number.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use leadline_model::{CallStatus, Time, Variables};
use serde::{Deserialize, Serialize};

use super::json;
use super::leads::NONE;
use super::packed;
use super::rows::Rows;

/// What a call ended with beyond its status; the same for many calls, so kept once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Details {
    /// Why it ended.
    pub end_reason: Option<String>,
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
    pub redialled: BTreeMap<u32, Time>,
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
        let again = if self[call].attempt > 1 {
            self.redialled.get(&call)
        } else {
            None
        };
        again.copied().unwrap_or(Time(self[call].created))
    }

    /// Keeps what a call ended with.
    pub fn set_details(&mut self, call: u32, end_reason: Option<&str>, analysis: &Variables) {
        if end_reason.is_none() && analysis.is_empty() {
            self[call].detail = NONE;
            return;
        }
        // The last details are the likeliest: try them before writing the analysis out.
        let last = self.details.len().wrapping_sub(1);
        let same = |i: usize| {
            self.details[i].end_reason.as_deref() == end_reason && self.analyses[i] == *analysis
        };
        let recent = (0..self.details.len().min(8)).map(|back| last.wrapping_sub(back));
        if let Some(found) = recent.into_iter().find(|i| same(*i)) {
            self[call].detail = found as u32;
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
        self[call].detail = index;
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
