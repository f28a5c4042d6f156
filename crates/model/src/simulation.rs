//! How the simulated world answers a node: weights, durations and analysis (SPEC 9).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AnsweredBy, CallStatus};

/// Weights of values written as texts, such as `{"true": 1, "false": 3}`.
pub type ValueWeights = BTreeMap<String, u32>;

/// How people answer the calls of a node. Probabilities are integer weights.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallSimulation {
    /// Weight of each final call status; empty: the built-in mixture.
    #[serde(default)]
    pub outcomes: BTreeMap<CallStatus, u32>,
    /// How long a completed conversation takes.
    #[serde(default)]
    pub duration_seconds: Option<DurationRange>,
    /// For each analysis key of a completed call, the weights of its values.
    #[serde(default)]
    pub analysis: BTreeMap<String, ValueWeights>,
    /// Weights of who answers a completed call; empty: it is not said. What a machine answers has no
    /// analysis.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answered_by: BTreeMap<AnsweredBy, u32>,
}

/// How an application action is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActionSimulation {
    /// Weights of `success` and `failure`; empty: always success.
    #[serde(default)]
    pub outcomes: BTreeMap<String, u32>,
    /// How long the action takes.
    #[serde(default)]
    pub duration_seconds: Option<DurationRange>,
    /// For each key of the answered body, the weights of its values.
    #[serde(default)]
    pub body: BTreeMap<String, ValueWeights>,
}

/// A range in whole seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurationRange {
    /// The shortest, in seconds.
    pub min: u32,
    /// The longest, in seconds.
    pub max: u32,
}
