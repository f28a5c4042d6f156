//! How the server is: what `/health` and `/metrics` say.

use std::sync::atomic::Ordering::Relaxed;

use leadline_api::{Clock, Condition, Problem};
use leadline_engine::Dialling;
use leadline_model::Time;

use super::{Server, lock};
use crate::database::wall;
use crate::metrics::Gauges;

impl Server {
    /// How things stand now.
    pub fn gauges(&self) -> Gauges {
        let all = self.all();
        let live = all
            .iter()
            .map(|one| lock(&one.state).desk.engine().live_calls());
        let failing = all.iter().map(|one| one.failing_subscriptions());
        let dialling = self.dialling();
        Gauges {
            live_calls: live.sum(),
            not_placed: dialling.not_placed,
            open_circuits: dialling.open,
            storage_failing: self.writer.trouble().is_some(),
            organizations: all.len() as u64,
            failing_subscriptions: failing.sum(),
        }
    }

    /// Whether the system's clock is behind an organization's time, beyond what clocks are corrected
    /// by.
    pub(super) fn is_behind(&self, now: Time) -> bool {
        self.info.clock == Clock::Real && now.0 > wall().0 + 1_000
    }

    /// How the placing of calls goes, in all organizations.
    fn dialling(&self) -> Dialling {
        let all = self.all();
        let each = all
            .iter()
            .map(|one| lock(&one.state).desk.engine().dialling());
        each.fold(Dialling::default(), Dialling::and)
    }

    /// What is wrong, worst first.
    pub(super) fn all_problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut say = |condition, code, message| {
            found.push(Problem {
                code,
                condition,
                message,
            });
        };
        if let Some(trouble) = self.writer.trouble() {
            let message = format!(
                "Nothing can be stored: {trouble}. Writes are refused and nothing is due until there is room."
            );
            say(Condition::Failing, "storage_failing", message);
        }
        if self.keys_unreadable.load(Relaxed) {
            let message = "Keys cannot be read: the database is damaged, see the log.".to_owned();
            say(Condition::Failing, "keys_unreadable", message);
        }
        let ahead = self.all().into_iter().filter_map(|one| {
            let now = lock(&one.state).desk.session().now();
            self.is_behind(now).then_some(now)
        });
        if let Some(now) = ahead.max() {
            let message = format!(
                "The system's clock is behind: an organization's time is {now}. Nothing is due there until the clock has caught up."
            );
            say(Condition::Degraded, "clock_behind", message);
        }
        let dialling = self.dialling();
        if dialling.open > 0 {
            let message = format!(
                "New calls of {} workflows stop, since too many could not be placed; single calls try whether it is well again.",
                dialling.open
            );
            say(Condition::Degraded, "calls_not_placed", message);
        } else if dialling.unplaced > 0 {
            let message = format!(
                "{} calls could not be placed and are tried again.",
                dialling.unplaced
            );
            say(Condition::Degraded, "calls_not_placed", message);
        }
        let failing: u64 = self
            .all()
            .iter()
            .map(|one| one.failing_subscriptions())
            .sum();
        if failing > 0 {
            let message = format!(
                "{failing} subscriptions to events do not accept them; they are tried again."
            );
            say(Condition::Degraded, "events_not_delivered", message);
        }
        found
    }
}
