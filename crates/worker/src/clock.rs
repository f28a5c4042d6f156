//! How simulated time follows real time: where a slice of work should get to, how large it may be,
//! and when the next one is due.
//!
//! Real time is given in milliseconds of a steady clock; nothing here reads one. Slices are kept
//! near [`SLICE_MS`] by counting events, so that a request waits no longer than one slice.

use leadline_model::{Duration, Time};
use leadline_protocol::{PlayState, Speed};

/// How long a slice of work should take, in real milliseconds.
pub const SLICE_MS: f64 = 8.0;
/// Time between slices while playing at a speed: a frame of a 60 Hz screen.
pub const FRAME_MS: f64 = 1_000.0 / 60.0;
/// The longest stretch of real time one slice makes up for: after a sleep of the machine simulated
/// time goes on where it was.
const LONGEST_GAP_MS: f64 = 250.0;
/// The fastest speed that is a speed: beyond it, play as fast as it goes.
pub const MAX_PER_SECOND: i64 = 366 * 86_400_000;

/// What the clock should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// It stands still.
    Nothing,
    /// Move to this instant, as far as a slice goes.
    To(Time),
    /// Go from one due instant to the next, up to this one if given, as far as a slice goes.
    Hurry(Option<Time>),
}

/// The clock's drive.
#[derive(Debug)]
pub struct Drive {
    state: PlayState,
    /// Where real and simulated time last met.
    anchor: (f64, Time),
    events_per_ms: f64,
}

impl Default for Drive {
    fn default() -> Self {
        Drive {
            state: PlayState::Stopped,
            anchor: (0.0, Time::MIN),
            events_per_ms: 200.0,
        }
    }
}

impl Drive {
    /// What the clock is doing.
    pub fn state(&self) -> PlayState {
        self.state
    }

    /// Whether it moves.
    pub fn is_moving(&self) -> bool {
        self.state != PlayState::Stopped
    }

    /// Begins to play.
    pub fn play(&mut self, speed: Speed, real: f64, now: Time) {
        self.state = PlayState::Playing { speed };
        self.anchor = (real, now);
    }

    /// Begins to run to an instant, or to the end.
    pub fn run(&mut self, to: Option<Time>, now: Time) {
        self.state = PlayState::Running { from: now, to };
    }

    /// Stands still.
    pub fn stop(&mut self) {
        self.state = PlayState::Stopped;
    }

    /// Where the next slice should get to.
    pub fn aim(&mut self, real: f64, now: Time) -> Aim {
        match self.state {
            PlayState::Stopped => Aim::Nothing,
            PlayState::Playing {
                speed: Speed::Unlimited,
            } => Aim::Hurry(None),
            PlayState::Running { to, .. } => Aim::Hurry(to),
            PlayState::Playing {
                speed: Speed::PerSecond(per_second),
            } => {
                let (met, at) = self.anchor;
                if real - met > LONGEST_GAP_MS {
                    // Less than the gap is made up for; the rest never happened.
                    self.anchor = (real - LONGEST_GAP_MS, now);
                    return self.aim(real, now);
                }
                let elapsed = ((real - met).max(0.0) * 1_000.0) as i64;
                let moved = i128::from(elapsed) * i128::from(per_second) / 1_000_000;
                let moved = i64::try_from(moved).unwrap_or(i64::MAX);
                Aim::To(at.plus(Duration(moved)).max(now))
            }
        }
    }

    /// How many events the next slice may take.
    pub fn budget(&self) -> u64 {
        (self.events_per_ms * SLICE_MS).clamp(50.0, 5_000_000.0) as u64
    }

    /// A slice was done: it got to `now`, and to where it should or not, with so many events in so
    /// many milliseconds.
    pub fn sliced(&mut self, real: f64, now: Time, reached: bool, events: u64, took: f64) {
        if events >= 50 {
            let measured = events as f64 / took.max(0.05);
            // Slow down at once, speed up little by little.
            self.events_per_ms = measured.min(self.events_per_ms * 1.5);
        }
        // Meeting anew after each slice keeps the multiplication small; and where the engine cannot
        // keep up, it plays as fast as it can without a growing debt.
        if real - self.anchor.0 > LONGEST_GAP_MS / 2.0 || !reached {
            self.anchor = (real, now);
        }
        if let PlayState::Running { to: Some(to), .. } = self.state
            && now >= to
        {
            self.state = PlayState::Stopped;
        }
    }

    /// Real milliseconds until the next slice; 0: at once, after what else is waiting.
    pub fn pause(&self, reached: bool) -> f64 {
        match self.state {
            PlayState::Playing {
                speed: Speed::PerSecond(_),
            } if reached => FRAME_MS,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn an_hour_a_second_is_an_hour_a_second() {
        let mut drive = Drive::default();
        let mut now = Time(1_000);
        drive.play(Speed::PerSecond(HOUR), 500.0, now);
        for frame in 1..=60 {
            let real = 500.0 + f64::from(frame) * 1_000.0 / 60.0;
            let Aim::To(to) = drive.aim(real, now) else {
                unreachable!()
            };
            assert!(to >= now);
            now = to;
            drive.sliced(real, now, true, 0, 1.0);
        }
        let off = now.since(Time(1_000 + HOUR)).0.abs();
        assert!(off <= 60, "off by {off} ms of an hour");
    }

    #[test]
    fn a_sleeping_machine_does_not_make_time_leap() {
        let mut drive = Drive::default();
        drive.play(Speed::PerSecond(1_000), 0.0, Time(0));
        assert_eq!(drive.aim(3_600_000.0, Time(10)), Aim::To(Time(10 + 250)));
    }

    #[test]
    fn a_slow_engine_owes_nothing() {
        let mut drive = Drive::default();
        drive.play(Speed::PerSecond(HOUR), 0.0, Time(0));
        drive.sliced(20.0, Time(5), false, 1_000, 10.0);
        assert_eq!(drive.aim(20.0, Time(5)), Aim::To(Time(5)));
        assert_eq!(drive.pause(false), 0.0);
        assert!(drive.budget() <= 800, "{}", drive.budget());
    }

    #[test]
    fn extreme_speeds_and_instants_do_not_overflow() {
        let mut drive = Drive::default();
        drive.play(Speed::PerSecond(i64::MAX), 0.0, Time(5));
        assert_eq!(drive.aim(200.0, Time(5)), Aim::To(Time::MAX));
        drive.play(Speed::PerSecond(1), 100.0, Time(5));
        assert_eq!(
            drive.aim(0.0, Time(5)),
            Aim::To(Time(5)),
            "a clock that went back"
        );
    }

    #[test]
    fn running_ends_where_it_should() {
        let mut drive = Drive::default();
        drive.run(Some(Time(100)), Time(0));
        assert_eq!(drive.aim(0.0, Time(0)), Aim::Hurry(Some(Time(100))));
        drive.sliced(1.0, Time(50), false, 10, 1.0);
        assert!(drive.is_moving());
        drive.sliced(2.0, Time(100), true, 10, 1.0);
        assert!(!drive.is_moving());
    }
}
