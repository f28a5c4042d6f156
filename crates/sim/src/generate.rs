//! Generated leads: plausible, and the same for the same seed.

use leadline_engine::LeadBatch;
use leadline_model::Value;
use serde::{Deserialize, Serialize};

use crate::luck::{Draw, Purpose};

/// Leads that can be generated at once.
pub const MAX_GENERATED: u32 = 1_000_000;
/// Bytes of variables that can be generated at once.
pub const MAX_GENERATED_BYTES: usize = 512 * 1024 * 1024;

/// A variable of generated leads: one of these values each, drawn evenly. `{n}` in a text becomes
/// the lead's number, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedVariable {
    /// The key.
    pub key: String,
    /// The values to draw from.
    pub values: Vec<Value>,
}

/// Makes a batch of leads. Their numbers are of the form +1 555 01x xxxx, beginning after the first
/// `skip` of them, so that generating twice gives new leads.
pub fn leads(count: u32, skip: u32, variables: &[GeneratedVariable], seed: u64) -> LeadBatch {
    let keys = variables
        .iter()
        .map(|variable| variable.key.clone())
        .collect();
    let rows = (0..count).map(|i| {
        let number = u64::from(skip) + u64::from(i);
        let phone = format!("+1555{:07}", number + 100_000);
        let draw = Draw {
            seed,
            lead: number,
            row: i,
            node: 0,
            visit: 0,
            call: 0,
        };
        let values = variables.iter().enumerate().map(|(index, variable)| {
            let len = variable.values.len() as u64;
            let picked = draw.below(Purpose::Generate, index as u64, len) as usize;
            match variable.values.get(picked) {
                Some(Value::Text(text)) if text.contains("{n}") => {
                    Value::Text(text.replace("{n}", &(number + 1).to_string()))
                }
                Some(value) => value.clone(),
                None => Value::Null,
            }
        });
        (phone, values.collect())
    });
    LeadBatch {
        keys,
        rows: rows.collect(),
    }
}
