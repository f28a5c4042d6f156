//! Which event is sent when: the state of one subscription's deliveries, without clock and network.
//!
//! Events are sent in their order, some at once; one that fails comes again after a pause while those
//! after it go on, within a window. When the receiver accepts nothing at all, it is tried with one
//! event at a time, ever more rarely.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Under way at once.
const MOST_AT_ONCE: usize = 8;
/// How far events may run ahead of one that fails.
const WINDOW: u64 = 256;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Tries after which an event is given up when the receiver accepts others.
const MOST_TRIES: u32 = 8;
/// How long an event is tried when the receiver accepts nothing.
const LONGEST: Duration = Duration::from_secs(72 * 3_600);

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Accepted,
    /// It comes again.
    Later,
    /// It was tried for as long as events are.
    GivenUp,
}

/// The deliveries of one subscription.
#[derive(Debug)]
pub struct Line {
    /// Every event up to this number is done with.
    done: u64,
    /// Those after it that are done with too.
    over: BTreeSet<u64>,
    /// The first event that was never tried.
    next: u64,
    /// Tried, and not done with.
    tried: BTreeMap<u64, Tried>,
    at_once: usize,
    /// Failures since an event was accepted, those of one moment counted once.
    failures: u32,
    accepted: u64,
    rests_until: Option<Instant>,
}

#[derive(Debug)]
struct Tried {
    since: Instant,
    tries: u32,
    /// `None` while it is under way.
    due: Option<Instant>,
    /// How many had been accepted when it was tried first.
    accepted: u64,
}

impl Line {
    /// Goes on after an event.
    pub fn new(done: u64) -> Line {
        Line {
            done,
            over: BTreeSet::new(),
            next: done + 1,
            tried: BTreeMap::new(),
            at_once: 0,
            failures: 0,
            accepted: 0,
            rests_until: None,
        }
    }

    /// Every event up to this number is done with.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.at_once == 0
    }

    /// The event to send now, if any, up to number `latest`. It is under way until [`Line::settle`].
    pub fn take(&mut self, now: Instant, latest: u64) -> Option<u64> {
        if self.at_once >= self.most_at_once() || self.rests_until.is_some_and(|until| now < until)
        {
            return None;
        }
        let is_due = |tried: &Tried| tried.due.is_some_and(|due| due <= now);
        let late = self.tried.iter().find(|(_, tried)| is_due(tried));
        let late = late.map(|(number, _)| *number);
        let fresh = self.fresh(latest);
        // Whether one event or the receiver is at fault shows with another event.
        let number = match self.failures > 0 {
            true => fresh.or(late),
            false => late.or(fresh),
        }?;
        if Some(number) == fresh {
            self.next += 1;
        }
        let tried = self.tried.entry(number).or_insert(Tried {
            since: now,
            tries: 0,
            due: None,
            accepted: self.accepted,
        });
        tried.due = None;
        tried.tries += 1;
        self.at_once += 1;
        Some(number)
    }

    /// An event under way came to an end.
    pub fn settle(&mut self, number: u64, accepted: bool, now: Instant) -> Verdict {
        self.at_once -= 1;
        if accepted {
            if self.failures > 2 {
                self.hurry(now);
            }
            self.failures = 0;
            self.rests_until = None;
            self.accepted += 1;
            self.finish(number);
            return Verdict::Accepted;
        }
        // What was under way together fails together.
        if self.rests_until.is_none_or(|until| until <= now) {
            self.failures += 1;
            self.rests_until = Some(now + pause(self.failures));
        }
        let Some(tried) = self.tried.get_mut(&number) else {
            return Verdict::Later;
        };
        let alone = tried.tries >= MOST_TRIES && self.accepted > tried.accepted;
        if alone || now.duration_since(tried.since) >= LONGEST {
            self.finish(number);
            return Verdict::GivenUp;
        }
        tried.due = Some(now + pause(tried.tries));
        Verdict::Later
    }

    /// An event that was taken is none for this subscription.
    pub fn skip(&mut self, number: u64) {
        self.at_once -= 1;
        self.finish(number);
    }

    /// Tries everything again at once: the receiver is another one, or is there again.
    pub fn hurry(&mut self, now: Instant) {
        (self.rests_until, self.failures) = (None, self.failures.min(1));
        for tried in self.tried.values_mut().filter(|tried| tried.due.is_some()) {
            tried.due = Some(now);
        }
    }

    /// When an event up to number `latest` is to be sent, unless something else happens first.
    pub fn wakes(&self, latest: u64) -> Option<Instant> {
        if self.at_once >= self.most_at_once() {
            return None;
        }
        let due = self.tried.values().filter_map(|tried| tried.due).min();
        let due = due.map(|due| self.rests_until.map_or(due, |until| due.max(until)));
        let fresh = self.rests_until.filter(|_| self.fresh(latest).is_some());
        due.into_iter().chain(fresh).min()
    }

    fn most_at_once(&self) -> usize {
        if self.failures > 0 { 1 } else { MOST_AT_ONCE }
    }

    fn fresh(&self, latest: u64) -> Option<u64> {
        (self.next <= latest.min(self.done + WINDOW)).then_some(self.next)
    }

    fn finish(&mut self, number: u64) {
        self.tried.remove(&number);
        self.over.insert(number);
        while self.over.remove(&(self.done + 1)) {
            self.done += 1;
        }
    }
}

/// The pause after so many failures: doubled each time, up to the longest.
fn pause(failures: u32) -> Duration {
    let doubled = failures.saturating_sub(1).min(16);
    (FIRST_PAUSE * (1 << doubled)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn all(line: &mut Line, now: Instant, latest: u64) -> Vec<u64> {
        std::iter::from_fn(|| line.take(now, latest)).collect()
    }

    #[test]
    fn events_go_some_at_once_and_are_done_in_order() {
        let (mut line, now) = (Line::new(4), Instant::now());
        assert_eq!(all(&mut line, now, 6), [5, 6]);
        assert_eq!(all(&mut line, now, 100), [7, 8, 9, 10, 11, 12], "eight");
        line.settle(6, true, now);
        assert_eq!(line.done(), 4, "5 is still under way");
        line.skip(5);
        assert_eq!(line.done(), 6);
        assert_eq!(all(&mut line, now, 100), [13, 14]);
    }

    #[test]
    fn one_bad_event_keeps_back_no_other_and_is_given_up() {
        let (mut line, mut now) = (Line::new(0), Instant::now());
        let (mut sent, mut given_up) = (Vec::new(), false);
        for _ in 0..10_000 {
            now += Duration::from_secs(1);
            for number in all(&mut line, now, 100) {
                sent.push(number);
                given_up |= line.settle(number, number != 3, now) == Verdict::GivenUp;
            }
        }
        assert_eq!(sent.iter().filter(|number| **number == 3).count(), 8);
        assert!(given_up);
        sent.sort_unstable();
        sent.dedup();
        assert_eq!((line.done(), sent.len(), line.wakes(100)), (100, 100, None));
    }

    #[test]
    fn a_receiver_that_is_down_is_tried_ever_more_rarely_and_gets_everything_once_it_is_up() {
        let (mut line, start) = (Line::new(0), Instant::now());
        let mut now = start;
        let mut tries = 0;
        while now < start + Duration::from_secs(24 * 3_600) {
            for number in all(&mut line, now, 1_000) {
                tries += 1;
                assert_eq!(line.settle(number, false, now), Verdict::Later);
            }
            now = line
                .wakes(1_000)
                .unwrap()
                .max(now + Duration::from_millis(1));
        }
        assert!((144..200).contains(&tries), "{tries}");
        now += LONGEST_PAUSE;
        let mut accepted = 0;
        while let [number, ..] = all(&mut line, now, 1_000)[..] {
            // Only the first of those taken at once is answered; the others follow.
            line.settle(number, true, now);
            accepted += 1;
            let under_way: Vec<u64> = line
                .tried
                .iter()
                .filter(|(_, tried)| tried.due.is_none())
                .map(|(number, _)| *number)
                .collect();
            for number in under_way {
                line.settle(number, true, now);
                accepted += 1;
            }
        }
        assert_eq!((line.done(), accepted), (1_000, 1_000));
    }

    #[test]
    fn a_receiver_that_never_comes_back_loses_events_after_days() {
        let (mut line, start) = (Line::new(0), Instant::now());
        let number = line.take(start, 1).unwrap();
        assert_eq!(line.settle(number, false, start), Verdict::Later);
        let later = start + LONGEST;
        let number = line.take(later, 1).unwrap();
        assert_eq!(line.settle(number, false, later), Verdict::GivenUp);
        assert_eq!(line.done(), 1);
    }
}
