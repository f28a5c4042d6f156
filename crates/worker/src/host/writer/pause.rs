//! The pause before a failed commit is tried again: a second, doubled with each failure up to half a
//! minute.

const FIRST_MS: f64 = 1_000.0;
const LONGEST_MS: f64 = 30_000.0;

/// A pause; none at first.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
    over_at: f64,
}

impl Pause {
    /// It failed once more.
    pub(super) fn lengthen(&mut self, real: f64) {
        let length = FIRST_MS * f64::from(1u32 << self.failures.min(5));
        self.failures += 1;
        self.over_at = real + length.min(LONGEST_MS);
    }

    /// The next attempt need not wait.
    pub(super) fn cut_short(&mut self) {
        self.over_at = 0.0;
    }

    /// Whether the last attempt failed.
    pub(super) fn is_set(&self) -> bool {
        self.failures > 0
    }

    pub(super) fn is_over(&self, real: f64) -> bool {
        real >= self.over_at
    }

    /// Milliseconds left.
    pub(super) fn rest(&self, real: f64) -> f64 {
        (self.over_at - real).max(0.0)
    }
}
