//! The workload for JavaScript hosts, which bring their own clock.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::Prepared;

/// LN-1, prepared up to its activation.
#[wasm_bindgen]
pub struct Bench(Prepared);

#[wasm_bindgen]
impl Bench {
    /// Builds the workload.
    #[wasm_bindgen(constructor)]
    pub fn new(leads: u32, seed: u32) -> Result<Bench, String> {
        crate::prepare(leads, seed)
            .map(Bench)
            .map_err(|error| error.to_string())
    }

    /// Runs it to the end; what is timed.
    pub fn run(&mut self) -> Result<(), String> {
        self.0.run().map_err(|error| error.to_string())
    }

    /// What it came to, as JSON.
    pub fn report(&self) -> Result<String, String> {
        let report = self.0.report().map_err(|error| error.to_string())?;
        serde_json::to_string(&report).map_err(|error| error.to_string())
    }

    /// Bytes of leads, calls, history and timers.
    pub fn bytes(&self) -> f64 {
        self.0.bytes() as f64
    }
}
