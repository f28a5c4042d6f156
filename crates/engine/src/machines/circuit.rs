//! The circuit of a workflow's calls (SPEC 4): when too large a share of them cannot be placed, new ones
//! stop, until one that tries goes through.
//!
//! | from | a call could not be placed | a call was placed | its time comes |
//! |---|---|---|---|
//! | closed | open, when the share is reached | - | - |
//! | open | open | - | trial, by the next call |
//! | trial | open, if it is the trial | closed, if it is the trial | another trial |
//!
//! It is kept only while there is something to tell: a workflow whose calls are all placed has none.

use std::collections::VecDeque;

use leadline_model::{Circuit, Duration, Time};
use serde::{Deserialize, Serialize};

/// Where a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Calls are made.
    Closed,
    /// No call is made before the instant.
    Open {
        /// When it opened.
        since: Time,
        /// When one call tries.
        until: Time,
    },
    /// One call tries; another may after the instant.
    Trial {
        /// When it opened.
        since: Time,
        /// The call.
        call: u32,
        /// When it is given up.
        until: Time,
    },
}

/// The circuit of one workflow, and what was dialled and not placed lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    state: State,
    /// Calls dialled, by the instant, oldest first.
    dialled: VecDeque<(Time, u32)>,
    /// When calls could not be placed.
    failed: VecDeque<Time>,
    /// How long an open circuit waits.
    pause: Duration,
}

impl Breaker {
    /// A closed one. `dialled`: how many calls were dialled in the window that ends now.
    pub fn new(dialled: u32, now: Time) -> Breaker {
        Breaker {
            state: State::Closed,
            dialled: VecDeque::from([(now, dialled)]),
            failed: VecDeque::new(),
            pause: Duration(0),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// When the next call may be made; `None`: now.
    pub fn opens_at(&self) -> Option<Time> {
        match self.state {
            State::Closed => None,
            State::Open { until, .. } | State::Trial { until, .. } => Some(until),
        }
    }

    /// Percent of the calls dialled lately that could not be placed.
    pub fn share(&self) -> u32 {
        let dialled: u64 = self.dialled.iter().map(|(_, n)| u64::from(*n)).sum();
        let failed = self.failed.len() as u64;
        (failed * 100 / dialled.max(failed).max(1)) as u32
    }

    /// A call is dialled. In an open circuit it is the one that tries.
    pub fn dialled(&mut self, call: u32, now: Time) {
        match self.dialled.back_mut() {
            Some((at, n)) if *at == now => *n += 1,
            _ => self.dialled.push_back((now, 1)),
        }
        if let State::Open { since, .. } | State::Trial { since, .. } = self.state {
            let until = now.plus(self.pause);
            self.state = State::Trial { since, call, until };
        }
    }

    /// A call could not be placed.
    pub fn failed(&mut self, call: u32, policy: &Circuit, now: Time) {
        self.failed.push_back(now);
        self.forget(policy, now);
        self.pause = Duration::seconds(i64::from(policy.trial_after_seconds));
        let until = now.plus(self.pause);
        self.state = match self.state {
            State::Closed
                if self.failed.len() >= policy.least as usize
                    && self.share() >= policy.failed_percent =>
            {
                State::Open { since: now, until }
            }
            State::Trial {
                since, call: trial, ..
            } if trial == call => State::Open { since, until },
            other => other,
        };
    }

    /// A call was placed. Whether there is nothing left to tell.
    pub fn placed(&mut self, call: u32, policy: &Circuit, now: Time) -> bool {
        if let State::Trial { call: trial, .. } = self.state
            && trial == call
        {
            self.state = State::Closed;
            // What failed while it was open says nothing of calls made from now on.
            self.failed.clear();
        }
        self.forget(policy, now);
        self.state == State::Closed && self.failed.is_empty()
    }

    /// Drops what lies before the window.
    fn forget(&mut self, policy: &Circuit, now: Time) {
        let window = Duration::seconds(i64::from(policy.window_seconds));
        let first = Time(now.0.saturating_sub(window.0));
        while self.failed.front().is_some_and(|at| *at < first) {
            self.failed.pop_front();
        }
        while self.dialled.front().is_some_and(|(at, _)| *at < first) {
            self.dialled.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Circuit = Circuit {
        failed_percent: 50,
        window_seconds: 10,
        least: 2,
        trial_after_seconds: 60,
    };

    fn at(seconds: i64) -> Time {
        Time(seconds * 1_000)
    }

    #[test]
    fn it_opens_by_the_share_of_the_window_and_closes_by_a_trial() {
        let mut breaker = Breaker::new(0, at(0));
        for call in 0..4 {
            breaker.dialled(call, at(0));
        }
        breaker.failed(0, &POLICY, at(1));
        assert_eq!(breaker.opens_at(), None, "one is not enough");
        breaker.failed(1, &POLICY, at(1));
        assert_eq!(breaker.opens_at(), Some(at(61)), "2 of 4 are");
        // A call that was under way says nothing.
        assert!(!breaker.placed(2, &POLICY, at(2)));
        assert_eq!(breaker.opens_at(), Some(at(61)));
        breaker.dialled(9, at(61));
        assert!(matches!(breaker.state(), State::Trial { call: 9, .. }));
        breaker.failed(9, &POLICY, at(62));
        assert_eq!(breaker.opens_at(), Some(at(122)), "the trial failed");
        breaker.dialled(10, at(122));
        assert!(
            breaker.placed(10, &POLICY, at(123)),
            "nothing is left to tell"
        );
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn what_lies_before_the_window_does_not_count() {
        let mut breaker = Breaker::new(1, at(0));
        breaker.failed(0, &POLICY, at(0));
        breaker.dialled(1, at(20));
        breaker.failed(1, &POLICY, at(20));
        assert_eq!(breaker.state(), State::Closed, "one failure in ten seconds");
        // A few failures among many calls stop nothing.
        let mut breaker = Breaker::new(100, at(0));
        for call in 0..10 {
            breaker.failed(call, &POLICY, at(1));
        }
        assert_eq!((breaker.state(), breaker.share()), (State::Closed, 10));
    }
}
