//! An engine, a world and a clock: what runs in the page, in the npm package and in tests.

use std::sync::Arc;

use leadline_engine::{
    Announcement, Effect, Engine, EngineConfig, EngineError, Input, LAST_NOW, Output,
    SNAPSHOT_VERSION, SnapshotError,
};
use leadline_model::{Time, Value, WorkflowId};
use serde::{Deserialize, Serialize};

use crate::generate::{self, GeneratedVariable, MAX_GENERATED, MAX_GENERATED_BYTES};
use crate::luck::Luck;
use crate::world::{Outage, World};

/// What a session starts with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionConfig {
    /// The organization, shown in workflows.
    pub organization_id: Arc<str>,
    /// The simulated time before the first input.
    pub now: Time,
    /// The key ids are made with.
    pub key: u64,
    /// Tick only at multiples of so many milliseconds, as a live host does; `None`: whenever
    /// something is due.
    #[serde(default)]
    pub tick_ms: Option<u32>,
}

/// What enters a session: the journal of a simulated host is a list of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum SessionInput {
    /// An input of the engine, at the session's time.
    Apply {
        /// Which.
        #[serde(flatten)]
        input: Input,
    },
    /// Lets time pass, doing everything due on the way.
    Advance {
        /// Until when.
        to: Time,
    },
    /// Says who answers calls and actions from now on: the simulated world, or whoever takes
    /// [`Session::take_effects`]. What is under way is still answered by whom it was given to.
    AnsweredBy {
        /// Whether the simulated world does.
        world: bool,
        /// Whether it answers all but calls even where it does not answer those.
        #[serde(default)]
        webhooks: bool,
    },
    /// Says when the simulated carrier takes no calls, in place of what was said before.
    Outages {
        /// When.
        outages: Vec<Outage>,
    },
    /// Enrols generated leads.
    Generate {
        /// Where to.
        workflow_id: WorkflowId,
        /// How many.
        count: u32,
        /// With which variables.
        variables: Vec<GeneratedVariable>,
        /// The seed of their values.
        seed: u64,
    },
}

/// How far an advance came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advanced {
    /// The time now.
    pub now: Time,
    /// Ticks on the way.
    pub ticks: u64,
    /// What happened on the way, counted.
    pub events: u64,
    /// Whether the instant asked for was reached.
    pub done: bool,
}

/// An engine, a world and a clock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    engine: Engine,
    world: World,
    tick_ms: Option<u32>,
    last_tick: Option<Time>,
    #[serde(default)]
    outside: Outside,
    #[serde(skip)]
    effects: Vec<Effect>,
    /// Whether somebody takes announcements.
    #[serde(skip)]
    listened_to: bool,
    #[serde(skip)]
    news: Vec<News>,
}

/// What is for the host to perform, not for the world. Snapshots know the first two by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Outside {
    #[default]
    Nothing,
    Everything,
    Calls,
}

/// An announcement with its number and its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// Its number; they follow one another without gaps.
    pub number: u64,
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub what: Announcement,
}

/// Outages that can be planned.
const MAX_OUTAGES: usize = 100;

/// Ticks at one instant after which something is wrong with the engine itself.
const MAX_TICKS_AT_ONCE: u32 = 10_000;

impl Session {
    /// An empty organization in a seeded world.
    pub fn new(config: SessionConfig) -> Session {
        Session::in_world(config, World::default())
    }

    /// An empty organization in a world with its own luck.
    pub fn with_luck(config: SessionConfig, luck: Arc<dyn Luck>) -> Session {
        Session::in_world(config, World::new(luck))
    }

    fn in_world(config: SessionConfig, world: World) -> Session {
        let SessionConfig {
            organization_id,
            now,
            key,
            tick_ms,
        } = config;
        let engine = Engine::new(EngineConfig {
            organization_id,
            now,
            key,
        });
        Session {
            engine,
            world,
            tick_ms,
            last_tick: None,
            outside: Outside::Nothing,
            effects: Vec::new(),
            listened_to: false,
            news: Vec::new(),
        }
    }

    /// The engine, to ask.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// When the simulated carrier takes no calls.
    pub fn outages(&self) -> &[Outage] {
        self.world.outages()
    }

    /// The simulated time.
    pub fn now(&self) -> Time {
        self.engine.now()
    }

    /// Takes an input. On an error nothing has changed.
    pub fn apply(&mut self, input: &SessionInput) -> Result<Output, EngineError> {
        match input {
            SessionInput::Apply { input } => self.apply_input(input),
            SessionInput::Advance { to } => self.advance(*to, u64::MAX).map(|_| Output::Done),
            SessionInput::AnsweredBy { world, webhooks } => {
                self.outside = match (world, webhooks) {
                    (true, _) => Outside::Nothing,
                    (false, false) => Outside::Everything,
                    (false, true) => Outside::Calls,
                };
                Ok(Output::Done)
            }
            SessionInput::Outages { outages } => {
                if outages.len() > MAX_OUTAGES {
                    let (what, limit) = ("outages", MAX_OUTAGES);
                    return Err(EngineError::Limit { what, limit });
                }
                if outages.iter().any(|outage| outage.to <= outage.from) {
                    let problem = "an outage ends after it begins";
                    return Err(EngineError::Invalid(problem.into()));
                }
                self.world.set_outages(outages.clone());
                Ok(Output::Done)
            }
            SessionInput::Generate {
                workflow_id,
                count,
                variables,
                seed,
            } => {
                if *count > MAX_GENERATED {
                    let what = "leads generated at once";
                    return Err(EngineError::Limit {
                        what,
                        limit: MAX_GENERATED as usize,
                    });
                }
                let heaviest = |variable: &GeneratedVariable| {
                    variable.values.iter().map(Value::weight).max().unwrap_or(0)
                };
                let weight: usize = variables.iter().map(heaviest).sum();
                if weight.saturating_mul(*count as usize) > MAX_GENERATED_BYTES {
                    let what = "bytes generated at once";
                    return Err(EngineError::Limit {
                        what,
                        limit: MAX_GENERATED_BYTES,
                    });
                }
                let skip = self.engine.lead_count(workflow_id)?;
                let leads = generate::leads(*count, skip, variables, *seed);
                let workflow_id = workflow_id.clone();
                self.apply_input(&Input::Enrol { workflow_id, leads })
            }
        }
    }

    fn apply_input(&mut self, input: &Input) -> Result<Output, EngineError> {
        let output = self
            .engine
            .apply(self.engine.now(), input, &mut self.effects)?;
        if let Input::Reset { workflow_id, .. } = input {
            self.world.forget(self.engine.flow_of(workflow_id)?);
        }
        self.pass_on();
        Ok(output)
    }

    /// The next instant at which something is due, in the engine or in the world.
    pub fn next_due(&self) -> Option<Time> {
        [self.engine_due(), self.world.next_due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// When the engine has to tick next: when something is due, on the grid if there is one.
    fn engine_due(&self) -> Option<Time> {
        let due = self.engine.next_due()?;
        let Some(grid) = self.tick_ms.map(|ms| i64::from(ms.max(1))) else {
            return Some(due);
        };
        let first = self.last_tick.map_or(due, |last| due.max(Time(last.0 + 1)));
        Some(Time(
            first.0.div_euclid(grid) * grid + if first.0 % grid == 0 { 0 } else { grid },
        ))
    }

    /// Lets time pass until `to`, or until about `budget` things have happened; an instant is always
    /// finished, so the result does not depend on where a budget ended.
    pub fn advance(&mut self, to: Time, budget: u64) -> Result<Advanced, EngineError> {
        if to < self.now() {
            return Err(EngineError::TimeWentBack {
                now: self.now(),
                got: to,
            });
        }
        if to > LAST_NOW {
            return Err(EngineError::Invalid(format!(
                "time ends at {LAST_NOW} here"
            )));
        }
        let (mut ticks, mut at_once, mut happened) = (0, 0, 0u64);
        let before = self.engine.total_events();
        // Asking the engine costs more than most happenings; it is asked again only after one that
        // can have made something due.
        let mut engine_due = self.engine_due();
        loop {
            let world_due = self.world.next_due();
            let Some(next) = [engine_due, world_due].into_iter().flatten().min() else {
                break;
            };
            if next > to {
                break;
            }
            if next > self.now() {
                at_once = 0;
                if happened >= budget {
                    return Ok(self.advanced(ticks, before, false));
                }
            }
            let mut may_be_due = false;
            while let Some(moves) = self
                .world
                .happen(&mut self.engine, next, &mut self.effects)?
            {
                may_be_due |= moves;
                happened += 1;
                // Only a run that went on asks for anything here.
                if !self.effects.is_empty() {
                    self.pass_on();
                }
            }
            if may_be_due {
                // Off a grid a tick tells as much as the question, and a tick too many does nothing.
                engine_due = match self.tick_ms {
                    None => Some(next),
                    Some(_) => self.engine_due(),
                };
            }
            if engine_due == Some(next) {
                self.engine.tick(next, &mut self.effects)?;
                self.last_tick = Some(next);
                self.pass_on();
                engine_due = self.engine_due();
                (ticks, at_once, happened) = (ticks + 1, at_once + 1, happened + 1);
                if at_once > MAX_TICKS_AT_ONCE {
                    return Err(EngineError::Stalled { at: next });
                }
            }
        }
        // Everything due has happened at its own instant: a tick here, off the grid perhaps, would
        // make the result depend on how far an advance goes.
        self.engine.pass_time(to)?;
        Ok(self.advanced(ticks, before, true))
    }

    fn advanced(&self, ticks: u64, before: u64, done: bool) -> Advanced {
        let events = self.engine.total_events() - before;
        Advanced {
            now: self.now(),
            ticks,
            events,
            done,
        }
    }

    /// Lets time pass as it does for a live host between its ticks: calls and actions that the
    /// world answers go on, each at its own instant, and nothing else moves until a tick. The
    /// result does not depend on how far each pass goes.
    pub fn pass(&mut self, to: Time) -> Result<(), EngineError> {
        if to < self.now() {
            let now = self.now();
            return Err(EngineError::TimeWentBack { now, got: to });
        }
        if to > LAST_NOW {
            return Err(EngineError::Invalid(format!(
                "time ends at {LAST_NOW} here"
            )));
        }
        while let Some(due) = self.world.next_due().filter(|due| *due <= to) {
            let at = due.max(self.engine.now());
            self.world.happen(&mut self.engine, at, &mut self.effects)?;
            self.pass_on();
        }
        self.engine.pass_time(to)
    }

    /// Whether calls are answered from outside.
    pub fn is_answered_outside(&self) -> bool {
        self.outside != Outside::Nothing
    }

    /// What the engine asked of whoever answers from outside, since this was asked last.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// From here on what subscribers are to be told is kept for [`Session::take_news`].
    pub fn listen(&mut self) {
        self.listened_to = true;
    }

    /// What subscribers are to be told, since this was asked last.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Keeps announcements apart from what is asked of whoever answers.
    fn keep_news(&mut self) {
        let asked = self
            .effects
            .extract_if(.., |effect| matches!(effect, Effect::Announce(_)));
        let new: Vec<Effect> = asked.collect();
        if !self.listened_to {
            return;
        }
        let at = self.engine.now();
        let first = self.engine.announced() + 1 - new.len() as u64;
        let news = new.into_iter().zip(first..);
        self.news
            .extend(news.filter_map(|(effect, number)| match effect {
                Effect::Announce(what) => Some(News { number, at, what }),
                _ => None,
            }));
    }

    fn pass_on(&mut self) {
        if self.effects.is_empty() {
            return;
        }
        if self.engine.announces() {
            self.keep_news();
        }
        let outside = self.outside;
        let now = self.engine.now();
        if outside == Outside::Nothing {
            for effect in self.effects.drain(..) {
                self.world.take(&self.engine, effect, now);
            }
            return;
        }
        let for_world = |effect: &mut Effect| match outside {
            Outside::Nothing => true,
            Outside::Everything => false,
            Outside::Calls => !matches!(effect, Effect::PlaceCall { .. }),
        };
        for effect in self.effects.extract_if(.., for_world) {
            self.world.take(&self.engine, effect, now);
        }
    }

    /// The digest over everything that happened; see [`Engine::digest`].
    pub fn digest(&self) -> String {
        self.engine.digest()
    }

    /// The state as bytes: the version, then everything.
    pub fn snapshot(&self) -> Vec<u8> {
        // Writing to memory cannot fail, and every type in the state has a form.
        postcard::to_allocvec(&(SNAPSHOT_VERSION, self)).unwrap_or_default()
    }

    /// The state that [`Session::snapshot`] wrote.
    pub fn restore(bytes: &[u8]) -> Result<Session, SnapshotError> {
        let damaged = |error: postcard::Error| SnapshotError::Damaged(error.to_string());
        let (found, rest): (u32, _) = postcard::take_from_bytes(bytes).map_err(damaged)?;
        if found != SNAPSHOT_VERSION {
            return Err(SnapshotError::OtherVersion { found });
        }
        let mut session: Session = postcard::from_bytes(rest).map_err(damaged)?;
        session.engine.rebuild();
        Ok(session)
    }
}
