//! Numbers for Prometheus, in its text form: `GET /metrics`, with `--metrics`.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper ends of the buckets for how long requests take, in milliseconds.
const BUCKETS: [u64; 10] = [1, 2, 5, 10, 25, 50, 100, 500, 1_000, 10_000];

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// By the first digit of the status.
    requests: [AtomicU64; 6],
    /// Requests that took at most so long and longer than the bucket before.
    took: [AtomicU64; BUCKETS.len()],
    took_us: AtomicU64,
    rows: AtomicU64,
    commits: AtomicU64,
    failed: AtomicU64,
    told: AtomicU64,
    not_told: AtomicU64,
    never_told: AtomicU64,
}

/// How things stand now.
#[derive(Debug, Clone, Copy)]
pub struct Gauges {
    /// Organizations that are loaded.
    pub organizations: u64,
    /// Calls that hold a line.
    pub live_calls: u64,
    /// Subscriptions whose events are not accepted.
    pub failing_subscriptions: u64,
    /// Calls that could not be placed, each as often as it was tried.
    pub not_placed: u64,
    /// Workflows whose new calls stop because of it.
    pub open_circuits: u64,
    /// Whether nothing can be stored.
    pub storage_failing: bool,
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, status: u16, took: Duration) {
        if let Some(count) = self.requests.get(usize::from(status / 100)) {
            count.fetch_add(1, Relaxed);
        }
        let ms = took.as_millis() as u64;
        if let Some(at) = BUCKETS.iter().position(|end| ms <= *end) {
            self.took[at].fetch_add(1, Relaxed);
        }
        self.took_us.fetch_add(took.as_micros() as u64, Relaxed);
    }

    /// Rows were stored in one commit.
    pub fn stored(&self, rows: u64) {
        self.rows.fetch_add(rows, Relaxed);
        self.commits.fetch_add(1, Relaxed);
    }

    /// A commit failed.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    /// An event was sent to a subscriber: whether it was accepted, or is given up.
    pub fn told(&self, accepted: bool, given_up: bool) {
        match accepted {
            true => self.told.fetch_add(1, Relaxed),
            false => self.not_told.fetch_add(1, Relaxed),
        };
        self.never_told.fetch_add(given_up.into(), Relaxed);
    }

    /// Everything as text.
    pub fn text(&self, gauges: Gauges) -> String {
        let mut text = String::new();
        let mut line = |line: std::fmt::Arguments<'_>| {
            // Writing to a text cannot fail.
            let _written = writeln!(text, "{line}");
        };
        line(format_args!(
            "# HELP leadline_requests_total Requests answered, by class of status."
        ));
        line(format_args!("# TYPE leadline_requests_total counter"));
        let mut all = 0;
        for (class, count) in self.requests.iter().enumerate().skip(1) {
            let count = count.load(Relaxed);
            all += count;
            line(format_args!(
                "leadline_requests_total{{status=\"{class}xx\"}} {count}"
            ));
        }
        line(format_args!(
            "# HELP leadline_request_seconds How long requests took."
        ));
        line(format_args!("# TYPE leadline_request_seconds histogram"));
        let mut so_far = 0;
        for (end, count) in BUCKETS.iter().zip(&self.took) {
            so_far += count.load(Relaxed);
            let end = seconds(end * 1_000);
            line(format_args!(
                "leadline_request_seconds_bucket{{le=\"{end}\"}} {so_far}"
            ));
        }
        line(format_args!(
            "leadline_request_seconds_bucket{{le=\"+Inf\"}} {all}"
        ));
        let sum = seconds(self.took_us.load(Relaxed));
        line(format_args!("leadline_request_seconds_sum {sum}"));
        line(format_args!("leadline_request_seconds_count {all}"));
        for (name, kind, help, value) in [
            (
                "leadline_journal_rows_total",
                "counter",
                "Inputs stored.",
                self.rows.load(Relaxed),
            ),
            (
                "leadline_commits_total",
                "counter",
                "Commits of the journal.",
                self.commits.load(Relaxed),
            ),
            (
                "leadline_failed_commits_total",
                "counter",
                "Commits that failed and were tried again.",
                self.failed.load(Relaxed),
            ),
            (
                "leadline_events_delivered_total",
                "counter",
                "Events that subscribers accepted.",
                self.told.load(Relaxed),
            ),
            (
                "leadline_event_failures_total",
                "counter",
                "Events sent to subscribers that did not accept them; each is tried again.",
                self.not_told.load(Relaxed),
            ),
            (
                "leadline_events_given_up_total",
                "counter",
                "Events that were tried in vain for as long as they are.",
                self.never_told.load(Relaxed),
            ),
            (
                "leadline_failing_subscriptions",
                "gauge",
                "Subscriptions whose events are not accepted now.",
                gauges.failing_subscriptions,
            ),
            (
                "leadline_calls_not_placed_total",
                "counter",
                "Calls that could not be placed, each as often as it was tried.",
                gauges.not_placed,
            ),
            (
                "leadline_open_circuits",
                "gauge",
                "Workflows whose new calls stop, since too many could not be placed.",
                gauges.open_circuits,
            ),
            (
                "leadline_storage_failing",
                "gauge",
                "1 while nothing can be stored.",
                gauges.storage_failing.into(),
            ),
            (
                "leadline_organizations",
                "gauge",
                "Organizations that are loaded.",
                gauges.organizations,
            ),
            (
                "leadline_live_calls",
                "gauge",
                "Calls that hold a line.",
                gauges.live_calls,
            ),
        ] {
            line(format_args!("# HELP {name} {help}"));
            line(format_args!("# TYPE {name} {kind}"));
            line(format_args!("{name} {value}"));
        }
        text
    }
}

/// Microseconds as seconds.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let metrics = Metrics::default();
        for (status, ms) in [(200, 1), (201, 7), (404, 60_000)] {
            metrics.answered(status, Duration::from_millis(ms));
        }
        let text = metrics.text(Gauges {
            organizations: 1,
            live_calls: 2,
            failing_subscriptions: 0,
            not_placed: 0,
            open_circuits: 0,
            storage_failing: false,
        });
        for line in [
            "leadline_requests_total{status=\"2xx\"} 2",
            "leadline_requests_total{status=\"4xx\"} 1",
            "leadline_request_seconds_bucket{le=\"0.001000\"} 1",
            "leadline_request_seconds_bucket{le=\"0.010000\"} 2",
            "leadline_request_seconds_bucket{le=\"+Inf\"} 3",
            "leadline_request_seconds_sum 60.008000",
            "leadline_live_calls 2",
        ] {
            assert!(
                text.lines().any(|own| own == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
