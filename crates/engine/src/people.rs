//! When people were called, by their number, over all workflows: kept only where somebody bounds it.
//!
//! Derived from the calls, and made again from them whenever it is missing.

use std::collections::BTreeMap;

use leadline_model::{CallBounds, Duration, Time};

use crate::flow::Flow;

/// When somebody may be called, as far as bounds go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Free {
    /// Now.
    Now,
    /// From an instant on.
    At(Time),
    /// Never again, as the bounds are.
    Never,
}

/// Dials by number, each list oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    dials: BTreeMap<u64, Vec<i64>>,
}

impl People {
    /// Of all that was dialled. O(calls · log).
    pub fn of(flows: &[Flow]) -> People {
        let mut people = People::default();
        for flow in flows {
            let traffic = &flow.traffic;
            for call in 0..traffic.calls.len() {
                let phone = traffic.leads[traffic.calls[call].lead].phone;
                for at in traffic.calls.dials(call) {
                    people.called(phone, at);
                }
            }
        }
        for dials in people.dials.values_mut() {
            dials.sort_unstable();
        }
        people
    }

    /// Somebody is called now.
    pub fn called(&mut self, phone: u64, now: Time) {
        self.dials.entry(phone).or_default().push(now.0);
    }

    /// The last call to somebody could not be placed.
    pub fn not_called(&mut self, phone: u64, dialled: Time) {
        if let Some(dials) = self.dials.get_mut(&phone)
            && let Some(at) = dials.iter().rposition(|at| *at == dialled.0)
        {
            dials.remove(at);
            if dials.is_empty() {
                self.dials.remove(&phone);
            }
        }
    }

    /// When somebody may be called next. O(calls to them).
    pub fn free(&self, phone: u64, bounds: CallBounds, now: Time) -> Free {
        let none = Vec::new();
        let dials = self.dials.get(&phone).unwrap_or(&none);
        if bounds
            .total
            .is_some_and(|most| dials.len() >= most as usize)
        {
            return Free::Never;
        }
        let spans = [
            (bounds.per_day, Duration::hours(24)),
            (bounds.per_week, Duration::days(7)),
        ];
        // The call that has to leave the span before another fits in.
        let until = spans.into_iter().filter_map(|(most, span)| {
            let first = dials.len().checked_sub(most?.max(1) as usize)?;
            Some(Time(dials[first]).plus(span)).filter(|at| *at > now)
        });
        until.max().map_or(Free::Now, Free::At)
    }

    /// How often somebody was called: in the last 24 hours, in the last 7 days, in all.
    pub fn counts(&self, phone: u64, now: Time) -> [usize; 3] {
        let none = Vec::new();
        let dials = self.dials.get(&phone).unwrap_or(&none);
        let since = |span: Duration| {
            let first = now.0 - span.0;
            dials.len() - dials.partition_point(|at| *at <= first)
        };
        [
            since(Duration::hours(24)),
            since(Duration::days(7)),
            dials.len(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_roll() {
        let mut people = People::default();
        let at = |hours: i64| Time(Duration::hours(hours).0);
        let bounds = CallBounds {
            per_day: Some(2),
            per_week: Some(3),
            total: Some(4),
        };
        for (hours, free) in [
            (0, Free::Now),
            (1, Free::Now),
            (2, Free::At(at(24))),
            (24, Free::Now),
            // Three in a week: the first has to be a week old.
            (60, Free::At(at(168))),
            (168, Free::Now),
            (1_000, Free::Never),
        ] {
            assert_eq!(people.free(7, bounds, at(hours)), free, "{hours}");
            if free == Free::Now {
                people.called(7, at(hours));
            }
        }
        assert_eq!(people.free(8, bounds, at(0)), Free::Now, "somebody else");
        assert_eq!(people.counts(7, at(168)), [1, 3, 4]);
    }
}
