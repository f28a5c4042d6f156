//! The whole state as bytes, and the digest that proves two states equal (SPEC 8).
//!
//! A snapshot only shortens a replay: the journal can always make it again. So its form may change
//! with any version; one of another version is refused, and the journal is replayed instead.

use xxhash_rust::xxh3::Xxh3;

use crate::compile::compile;
use crate::engine::Engine;

/// The version of the form written.
pub const SNAPSHOT_VERSION: u32 = 5;

/// Why bytes are no snapshot that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum SnapshotError {
    #[error("the snapshot is of version {found}, this program reads {SNAPSHOT_VERSION}")]
    OtherVersion { found: u32 },
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

impl Engine {
    /// Makes what a snapshot leaves out: plans, and which workflows ticks look at. To be called on
    /// every engine that was read back.
    pub fn rebuild(&mut self) {
        for flow in &mut self.flows {
            flow.plan = compile(&flow.definition, &mut flow.traffic);
            flow.traffic.judge_bars(&self.agents, &self.phone_numbers);
        }
        self.runs.rebuild();
        self.wake();
    }

    /// A digest over everything that happened and where it led, as 32 hexadecimal digits. Equal
    /// digests mean equal histories, on every platform. O(state).
    pub fn digest(&self) -> String {
        let mut hash = Xxh3::new();
        hash.update(&self.now.0.to_le_bytes());
        for flow in &self.flows {
            let traffic = &flow.traffic;
            hash.update(flow.workflow.id.as_str().as_bytes());
            hash.update(flow.workflow.status.as_str().as_bytes());
            traffic.history.digest_into(&mut |bytes| hash.update(bytes));
            let mut bytes = Vec::new();
            for lead in 0..traffic.leads.len() {
                bytes.clear();
                bytes.extend_from_slice(&traffic.leads[lead].phone.to_le_bytes());
                bytes.push(traffic.leads.step(lead) as u8);
                bytes.extend_from_slice(&traffic.leads[lead].node.to_le_bytes());
                bytes.extend_from_slice(&traffic.leads[lead].until.to_le_bytes());
                hash.update(&bytes);
            }
            for call in 0..traffic.calls.len() {
                bytes.clear();
                bytes.push(traffic.calls.status(call) as u8);
                bytes.push(traffic.calls[call].attempt);
                bytes.extend_from_slice(&traffic.calls[call].created.to_le_bytes());
                bytes.extend_from_slice(&traffic.calls[call].ended.to_le_bytes());
                bytes.extend_from_slice(&traffic.calls[call].duration.to_le_bytes());
                hash.update(&bytes);
                if let Some(analysis) = traffic.calls.analysis(call) {
                    for (key, value) in analysis {
                        hash.update(key.as_bytes());
                        hash.update(value.to_string().as_bytes());
                    }
                }
            }
        }
        self.runs.digest_into(&mut |bytes| hash.update(bytes));
        format!("{:032x}", hash.digest128())
    }
}
