//! Who answers, how long they talk, what they say: integer probabilities drawn from a counter.
//!
//! A draw is keyed by (seed, lead, node, visit, purpose), so a lead's luck depends neither on other
//! leads nor on the order of events, and two variants of a workflow can be compared with the same
//! luck (SPEC 8).

use leadline_engine::{ActionResult, CallReport};
use leadline_model::run::{Approval, SimulatedAnswer};
use leadline_model::simulation::ValueWeights;
use leadline_model::{
    ActionSimulation, AnsweredBy, CallSimulation, CallStatus, Duration, DurationRange, Value,
    Variables,
};

/// What a draw is for; each purpose has its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Purpose {
    Outcome = 1,
    Ring = 2,
    Talk = 3,
    Analysis = 4,
    ActionOutcome = 5,
    ActionLength = 6,
    ActionBody = 7,
    Generate = 8,
    Answer = 9,
    AnswerLength = 10,
    AnsweredBy = 11,
}

/// The key of a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// The seed of the workflow's luck.
    pub seed: u64,
    /// The lead: the digits of its phone number, which do not depend on who else is enrolled.
    pub lead: u64,
    /// The lead's row, for sources of luck that number leads.
    pub row: u32,
    /// The node's slot.
    pub node: u32,
    /// Which visit, or which attempt of which visit.
    pub visit: u32,
    /// Which call of the lead, from 1.
    pub call: u16,
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Draw {
    /// 64 bits for a purpose; `index` tells several draws of one purpose apart.
    pub fn bits(&self, purpose: Purpose, index: u64) -> u64 {
        let place = (u64::from(self.node) << 32) | u64::from(self.visit);
        let what = (purpose as u64) << 48 | index;
        [self.lead, place, what]
            .into_iter()
            .fold(mix(self.seed.wrapping_add(STEP)), |sum, part| {
                mix((sum ^ part).wrapping_add(STEP))
            })
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub fn below(&self, purpose: Purpose, index: u64, bound: u64) -> u64 {
        // Multiply and shift: no modulo bias worth speaking of, no division.
        ((u128::from(self.bits(purpose, index)) * u128::from(bound)) >> 64) as u64
    }

    fn pick<'a, K>(
        &self,
        purpose: Purpose,
        index: u64,
        weights: impl Iterator<Item = (&'a K, &'a u32)> + Clone,
    ) -> Option<&'a K> {
        let total: u64 = weights.clone().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(purpose, index, total);
        for (key, weight) in weights {
            if left < u64::from(*weight) {
                return Some(key);
            }
            left -= u64::from(*weight);
        }
        None
    }

    fn range_ms(&self, purpose: Purpose, range: DurationRange) -> i64 {
        let (min, max) = (u64::from(range.min), u64::from(range.max.max(range.min)));
        let span = (max - min) * 1_000 + 1;
        (min * 1_000 + self.below(purpose, 0, span)) as i64
    }
}

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPlan {
    /// When the provider takes it, after it is placed.
    pub initiated_after: Duration,
    /// When somebody answers; `None`: nobody does.
    pub connected_after: Option<Duration>,
    /// When it ends.
    pub ended_after: Duration,
}

/// How an action goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPlan {
    /// When its result arrives.
    pub after: Duration,
    /// The result.
    pub result: ActionResult,
}

/// A source of luck. The same draw always answers the same.
pub trait Luck: Send + Sync {
    /// When a call is taken, answered and ended.
    fn call(&self, draw: &Draw, ring_seconds: u32, how: &CallSimulation) -> CallPlan;
    /// Writes how the call ends over a report, which may hold an earlier call's.
    fn ending(&self, draw: &Draw, how: &CallSimulation, plan: &CallPlan, report: &mut CallReport);
    /// How an action goes.
    fn action(&self, draw: &Draw, how: &ActionSimulation) -> ActionPlan;
    /// What a person answers to a question, and when; `None`: nobody does.
    fn answer(&self, draw: &Draw, question: &Approval) -> Option<(Duration, Value)> {
        let how = question.simulation.clone()?;
        let answers: Vec<SimulatedAnswer> = if how.answers.is_empty() {
            let options = question.options.iter();
            let alike = options.map(|option| SimulatedAnswer {
                input: Value::from(option.as_str()),
                weight: 1,
            });
            alike.collect()
        } else {
            how.answers
        };
        let nobody = (None, how.unanswered);
        let all = answers.into_iter().map(|a| (Some(a.input), a.weight));
        let all: Vec<(Option<Value>, u32)> = all.chain([nobody]).collect();
        let weights = all.iter().map(|(answer, weight)| (answer, weight));
        let input = draw.pick(Purpose::Answer, 0, weights)?.clone()?;
        let range = how.after_seconds.unwrap_or(THINKING);
        Some((Duration(draw.range_ms(Purpose::AnswerLength, range)), input))
    }
}

/// Luck drawn from the workflow's seed and each node's own settings.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeededLuck;

/// The mixture of a node that does not say: of 15,500 calls.
const MIXTURE: [(CallStatus, u32); 5] = [
    (CallStatus::Completed, 7_000),
    (CallStatus::DidNotPick, 2_500),
    (CallStatus::Busy, 2_000),
    (CallStatus::Failed, 2_000),
    (CallStatus::NoAnswer, 2_000),
];
const TALK: DurationRange = DurationRange { min: 30, max: 300 };
/// How long a person takes to answer when the step does not say.
const THINKING: DurationRange = DurationRange {
    min: 60,
    max: 3_600,
};
const ACTION: DurationRange = DurationRange { min: 1, max: 3 };

fn outcome(draw: &Draw, how: &CallSimulation) -> CallStatus {
    let picked = if how.outcomes.is_empty() {
        draw.pick(
            Purpose::Outcome,
            0,
            MIXTURE.iter().map(|(status, weight)| (status, weight)),
        )
    } else {
        draw.pick(Purpose::Outcome, 0, how.outcomes.iter())
    };
    picked
        .copied()
        .filter(|status| status.is_final())
        .unwrap_or(CallStatus::Failed)
}

impl Luck for SeededLuck {
    fn call(&self, draw: &Draw, ring_seconds: u32, how: &CallSimulation) -> CallPlan {
        let ring_ms = i64::from(ring_seconds.max(1)) * 1_000;
        let initiated_after = Duration(500);
        let at = |ms: i64| Duration(500 + ms);
        let (connected_after, ended_after) = match outcome(draw, how) {
            CallStatus::Completed => {
                let rang = 1_000 + draw.below(Purpose::Ring, 0, ring_ms as u64) as i64;
                let talked = draw.range_ms(Purpose::Talk, how.duration_seconds.unwrap_or(TALK));
                (Some(at(rang)), at(rang + talked))
            }
            CallStatus::DidNotPick | CallStatus::NoAnswer => (None, at(ring_ms)),
            _ => (None, at(1_000 + draw.below(Purpose::Ring, 0, 3_000) as i64)),
        };
        CallPlan {
            initiated_after,
            connected_after,
            ended_after,
        }
    }

    fn ending(&self, draw: &Draw, how: &CallSimulation, plan: &CallPlan, report: &mut CallReport) {
        let status = outcome(draw, how);
        let talked = plan
            .connected_after
            .map(|at| (plan.ended_after.0 - at.0) / 1_000);
        report.status = status;
        report.duration_seconds = talked.and_then(|seconds| u32::try_from(seconds).ok());
        report.end_reason = None;
        report.answered_by = None;
        report.analysis.clear();
        if status == CallStatus::Completed && !how.answered_by.is_empty() {
            let answered = draw.pick(Purpose::AnsweredBy, 0, how.answered_by.iter());
            report.answered_by = answered.copied();
        }
        if status == CallStatus::Completed && report.answered_by != Some(AnsweredBy::Machine) {
            report.analysis = draw_values(draw, Purpose::Analysis, &how.analysis);
        }
    }

    fn action(&self, draw: &Draw, how: &ActionSimulation) -> ActionPlan {
        let picked = draw.pick(Purpose::ActionOutcome, 0, how.outcomes.iter());
        let success = picked.is_none_or(|outcome| outcome == "success");
        let after = draw.range_ms(
            Purpose::ActionLength,
            how.duration_seconds.unwrap_or(ACTION),
        );
        let body = if success {
            Value::Map(draw_values(draw, Purpose::ActionBody, &how.body))
        } else {
            Value::Null
        };
        let (status, error) = if success {
            (200, None)
        } else {
            (503, Some("the simulated service answered 503".to_owned()))
        };
        let result = ActionResult {
            success,
            status: Some(status),
            body,
            error,
        };
        ActionPlan {
            after: Duration(after),
            result,
        }
    }
}

fn draw_values(
    draw: &Draw,
    purpose: Purpose,
    weights: &std::collections::BTreeMap<String, ValueWeights>,
) -> Variables {
    let mut values = Variables::new();
    for (index, (key, weights)) in weights.iter().enumerate() {
        if let Some(text) = draw.pick(purpose, index as u64, weights.iter()) {
            values.insert(key.clone(), Value::from_text(text));
        }
    }
    values
}
