//! The host's clock: slices of work while it runs, and what the tabs hear of it.

use leadline_engine::EngineError;
use leadline_model::{Duration, Time};
use leadline_protocol::{Notice, Reply, Speed, Written};
use leadline_sim::SessionInput;

use super::{Host, Moment, Until, Waiter, Who};
use crate::clock::{Aim, MAX_PER_SECOND};
use crate::handlers::{invalid, problem};

/// How often the journal hears of a running clock, in real milliseconds.
const JOURNAL_MS: f64 = 500.0;
/// A live host's tick, in simulated milliseconds.
const TICK_MS: i64 = 1_000;
/// How far one hop goes while a lot is happening, in simulated milliseconds.
const HOP_MS: i64 = 1_000;
/// Events in a hop below which the next one goes to the next due instant and no further.
const SPARSE: u64 = 8;

/// A slice that was done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sliced {
    /// Events it took.
    pub events: u64,
    /// Whether it got to where it should.
    pub reached: bool,
}

impl Host {
    /// Whether slices are needed.
    pub fn is_moving(&self) -> bool {
        self.drive.is_moving()
    }

    pub(crate) fn play(&mut self, who: Who, speed: Speed, at: Moment) {
        if let Speed::PerSecond(per_second) = speed
            && !(1..=MAX_PER_SECOND).contains(&per_second)
        {
            let message = "a speed lies between 1 ms and 366 days in each second";
            return self.reply(who, Err(invalid(message)));
        }
        self.drive.play(speed, at.real, self.session.now());
        self.clock_changed(who, at);
    }

    pub(crate) fn run(&mut self, who: Who, to: Option<Time>, at: Moment) {
        let now = self.session.now();
        match to {
            Some(to) if to < now => {
                let error = EngineError::TimeWentBack { now, got: to };
                return self.reply(who, Err(problem(&error)));
            }
            Some(to) if to == now => self.drive.stop(),
            to => self.drive.run(to, now),
        }
        self.clock_changed(who, at);
    }

    pub(crate) fn stop(&mut self, who: Who, at: Moment) {
        self.drive.stop();
        self.journal_clock(at);
        self.clock_changed(who, at);
    }

    fn clock_changed(&mut self, who: Who, at: Moment) {
        self.pulse(at, true);
        let clock = self.clock();
        self.reply(who, Ok(Reply::Clock(clock)));
    }

    /// To the next tick of a live host.
    pub(crate) fn tick(&mut self, who: Who, at: Moment) {
        let now = self.session.now().0;
        let to = Time((now.div_euclid(TICK_MS) + 1) * TICK_MS).min(Time::MAX);
        self.step(who, to, at);
    }

    /// To the next due instant.
    pub(crate) fn next_event(&mut self, who: Who, at: Moment) {
        match self.session.next_due() {
            Some(due) => self.step(who, due.max(self.session.now()), at),
            None => self.clock_changed(who, at),
        }
    }

    fn step(&mut self, who: Who, to: Time, at: Moment) {
        self.drive.stop();
        self.journal_clock(at);
        match self.session.advance(to, u64::MAX) {
            Ok(advanced) => {
                self.ticks += advanced.ticks;
                let reply = Ok(Written::of(&Reply::Clock(self.clock())));
                self.journal(&who, &SessionInput::Advance { to }, &reply, at);
                self.frames.touch();
                self.pulse(at, true);
                self.land_after(Until::Journal, Waiter::Page(who, reply, Vec::new()));
            }
            Err(error) => self.reply(who, Err(problem(&error))),
        }
    }

    /// Does a slice of work, if the clock runs.
    pub fn slice(&mut self, at: Moment) -> Option<Sliced> {
        let budget = self.drive.budget();
        let sliced = match self.drive.aim(at.real, self.session.now()) {
            Aim::Nothing => return None,
            Aim::To(to) => self.advance(to, budget),
            Aim::Hurry(limit) => self.hurry(limit, budget),
        };
        match sliced {
            Ok(sliced) => {
                if sliced.events > 0 {
                    self.frames.touch();
                }
                Some(sliced)
            }
            Err(error) => {
                self.drive.stop();
                self.tell(Notice::Failed(format!("The simulation stopped: {error}.")));
                None
            }
        }
    }

    fn advance(&mut self, to: Time, budget: u64) -> Result<Sliced, EngineError> {
        let advanced = self.session.advance(to, budget)?;
        self.ticks += advanced.ticks;
        Ok(Sliced {
            events: advanced.events,
            reached: advanced.done,
        })
    }

    /// From one due instant to the next. While much is happening, hops are longer; the last one goes
    /// no further than what is due, so that a run ends at its last event.
    fn hurry(&mut self, limit: Option<Time>, budget: u64) -> Result<Sliced, EngineError> {
        let (mut events, mut dense) = (0, false);
        while events < budget {
            let due = self
                .session
                .next_due()
                .filter(|&due| limit.is_none_or(|limit| due <= limit));
            let Some(due) = due else {
                if let Some(limit) = limit {
                    self.advance(limit, u64::MAX)?;
                }
                self.drive.stop();
                return Ok(Sliced {
                    events,
                    reached: true,
                });
            };
            let hop = if dense {
                Duration(HOP_MS)
            } else {
                Duration::ZERO
            };
            let to = due
                .plus(hop)
                .min(limit.unwrap_or(Time::MAX))
                .max(self.session.now());
            let hopped = self.advance(to, budget)?;
            dense = hopped.events > SPARSE;
            // An instant at which nothing is counted still costs something.
            events += hopped.events.max(1);
        }
        Ok(Sliced {
            events,
            reached: false,
        })
    }

    /// A slice took so many milliseconds. Tells the tabs and the journal what is due; answers how
    /// many milliseconds to wait before the next slice, `None` when the clock stands.
    pub fn sliced(&mut self, sliced: Sliced, took: f64, at: Moment) -> Option<f64> {
        let now = self.session.now();
        self.drive
            .sliced(at.real, now, sliced.reached, sliced.events, took);
        self.snapshots.took(took);
        let moving = self.drive.is_moving();
        if !moving || at.real - self.journaled_at >= JOURNAL_MS {
            self.journal_clock(at);
        }
        self.pulse(at, !moving);
        self.tell_save();
        moving.then(|| self.drive.pause(sliced.reached))
    }
}
