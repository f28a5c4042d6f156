//! The simulated world: it takes the engine's effects and answers them in its own time.

use std::fmt;
use std::sync::Arc;

use leadline_engine::{
    ActionResult, CallRef, CallReport, Dialled, Effect, Engine, EngineError, LeadRef, RunRef,
    Timers,
};
use leadline_model::{CallStatus, Duration, Time, Value, limits};
use serde::{Deserialize, Serialize};

use crate::luck::{ActionPlan, Draw, Luck, SeededLuck};

/// Something that will happen in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Happening {
    Initiated(CallRef),
    Connected(CallRef),
    Ended(CallRef),
    ActionDone(LeadRef),
    StepDone(RunRef),
    Answered(RunRef),
    NotPlaced(CallRef, u16),
}

/// How soon a call is refused that cannot be placed.
const REFUSAL: Duration = Duration::seconds(1);

/// A time in which no call can be placed: the carrier is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// From when.
    pub from: Time,
    /// Until when, exclusively.
    pub to: Time,
}

impl Outage {
    fn covers(self, now: Time) -> bool {
        self.from <= now && now < self.to
    }
}

/// Calls and actions under way.
#[derive(Clone, Serialize, Deserialize)]
pub struct World {
    timers: Timers<Happening>,
    /// When no call can be placed.
    outages: Vec<Outage>,
    #[serde(skip, default = "seeded")]
    luck: Arc<dyn Luck>,
    #[serde(skip, default = "blank")]
    report: CallReport,
}

fn seeded() -> Arc<dyn Luck> {
    Arc::new(SeededLuck)
}

fn blank() -> CallReport {
    CallReport::of(CallStatus::Created)
}

impl Default for World {
    fn default() -> Self {
        World::new(seeded())
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("under way", &self.timers.len())
            .finish_non_exhaustive()
    }
}

impl World {
    /// A world with its own source of luck.
    pub fn new(luck: Arc<dyn Luck>) -> World {
        World {
            timers: Timers::default(),
            outages: Vec::new(),
            luck,
            report: blank(),
        }
    }

    /// Says when no call can be placed.
    pub fn set_outages(&mut self, outages: Vec<Outage>) {
        self.outages = outages;
    }

    /// When no call can be placed.
    pub fn outages(&self) -> &[Outage] {
        &self.outages
    }

    /// Takes an effect: schedules what the world will answer.
    #[inline]
    pub fn take(&mut self, engine: &Engine, effect: Effect, now: Time) {
        match effect {
            Effect::PlaceCall { call, attempt }
                if self.outages.iter().any(|outage| outage.covers(now)) =>
            {
                let at = now.plus(REFUSAL);
                self.timers.push(at, Happening::NotPlaced(call, attempt));
            }
            Effect::PlaceCall { call, .. } => {
                let dialled = engine.dialled(call);
                let config = dialled.config;
                let draw = call_draw(&dialled);
                let plan = self
                    .luck
                    .call(&draw, config.ring_timeout_seconds, &config.simulation);
                self.push(now, plan.initiated_after.0, Happening::Initiated(call));
                if let Some(after) = plan.connected_after {
                    self.push(now, after.0, Happening::Connected(call));
                }
                self.timers
                    .push(now.plus(plan.ended_after), Happening::Ended(call));
            }
            Effect::PerformAction { lead } => {
                let Some((request, draw)) = action_draw(engine, lead) else {
                    return;
                };
                let how = request.webhook.simulation.clone().unwrap_or_default();
                let plan = self.luck.action(&draw, &how);
                self.timers
                    .push(now.plus(plan.after), Happening::ActionDone(lead));
            }
            Effect::PerformStep { at } => {
                if let Some(plan) = self.step(engine, at) {
                    self.timers
                        .push(now.plus(plan.after), Happening::StepDone(at));
                }
            }
            Effect::AskPerson { at } => {
                if let Some((after, _)) = self.answer(engine, at) {
                    self.timers.push(now.plus(after), Happening::Answered(at));
                }
            }
            // The session keeps these.
            Effect::Announce(_) => {}
        }
    }

    /// How the request of a run's step goes.
    fn step(&self, engine: &Engine, at: RunRef) -> Option<ActionPlan> {
        let request = engine.step_request(at)?;
        let how = request.webhook.simulation.clone().unwrap_or_default();
        Some(self.luck.action(&step_draw(engine, at)?, &how))
    }

    /// What somebody answers to the question of a run's step, and when.
    fn answer(&self, engine: &Engine, at: RunRef) -> Option<(Duration, Value)> {
        let question = engine.question(at)?;
        self.luck.answer(&step_draw(engine, at)?, question)
    }

    /// Delays that many calls share have a lane.
    fn push(&mut self, now: Time, after: i64, happening: Happening) {
        let at = Time(now.0 + after);
        match self.timers.lane(after).filter(|lane| *lane < 4) {
            Some(lane) => self.timers.push_lane(lane, at, happening),
            None => self.timers.push(at, happening),
        }
    }

    /// When something will happen.
    #[inline]
    pub fn next_due(&self) -> Option<Time> {
        self.timers.next_due()
    }

    /// Lets the first thing due at or before `now` happen. `None`: there is none; else whether the
    /// engine may have something to do because of it.
    #[inline]
    pub fn happen(
        &mut self,
        engine: &mut Engine,
        now: Time,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<bool>, EngineError> {
        let Some((_, happening)) = self.timers.pop_due(now) else {
            return Ok(None);
        };
        match happening {
            Happening::Initiated(call) => {
                self.progress(engine, call, CallStatus::Initiated, now)?
            }
            Happening::Connected(call) => {
                self.progress(engine, call, CallStatus::Connected, now)?
            }
            Happening::Ended(call) => {
                self.end(engine, call, now)?;
                return Ok(Some(true));
            }
            Happening::ActionDone(lead) => {
                if let Some((request, draw)) = action_draw(engine, lead) {
                    let how = request.webhook.simulation.clone().unwrap_or_default();
                    let result = self.luck.action(&draw, &how).result;
                    engine.report_action(now, lead, bounded(result))?;
                }
                return Ok(Some(true));
            }
            Happening::NotPlaced(call, attempt) => {
                let reason = "the simulated carrier is out";
                engine.call_not_placed(now, call, attempt, reason, None)?;
                return Ok(Some(true));
            }
            Happening::StepDone(at) => {
                if let Some(plan) = self.step(engine, at) {
                    engine.report_step(now, at, bounded(plan.result), effects)?;
                }
                return Ok(Some(true));
            }
            Happening::Answered(at) => {
                if let Some((_, answer)) = self.answer(engine, at) {
                    engine.answer(now, at, answer, effects)?;
                }
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    fn progress(
        &mut self,
        engine: &mut Engine,
        call: CallRef,
        status: CallStatus,
        now: Time,
    ) -> Result<(), EngineError> {
        self.report.status = status;
        accept(engine.report_call(now, call, &self.report))
    }

    fn end(&mut self, engine: &mut Engine, call: CallRef, now: Time) -> Result<(), EngineError> {
        let dialled = engine.dialled(call);
        let config = dialled.config;
        let draw = call_draw(&dialled);
        let plan = self
            .luck
            .call(&draw, config.ring_timeout_seconds, &config.simulation);
        self.luck
            .ending(&draw, &config.simulation, &plan, &mut self.report);
        accept(engine.report_call(now, call, &self.report))
    }

    /// Forgets what is under way for a workflow that starts anew.
    pub fn forget(&mut self, flow: u32) {
        self.timers.retain(|happening| match happening {
            Happening::Initiated(call)
            | Happening::Connected(call)
            | Happening::Ended(call)
            | Happening::NotPlaced(call, _) => call.flow != flow,
            Happening::ActionDone(lead) => lead.flow != flow,
            // A run that was cancelled takes no answer any more.
            Happening::StepDone(_) | Happening::Answered(_) => true,
        });
    }
}

/// A person may have reported another ending by hand before the world did: the first one stands.
fn accept(result: Result<(), EngineError>) -> Result<(), EngineError> {
    match result {
        Err(EngineError::CallEnded { .. }) => Ok(()),
        other => other,
    }
}

/// An answer that is larger than a real one may be has failed: the world itself never does.
fn bounded(result: ActionResult) -> ActionResult {
    match result.body.weight() > limits::MAX_VARIABLES_WEIGHT / 2 {
        false => result,
        true => ActionResult {
            success: false,
            status: result.status,
            body: Value::Null,
            error: Some("the simulated answer is too large".to_owned()),
        },
    }
}

#[inline]
fn call_draw(call: &Dialled<'_>) -> Draw {
    Draw {
        seed: call.seed,
        lead: call.phone,
        row: call.lead,
        node: call.config.node,
        // Attempts of one visit have luck of their own: 256 of them fit beside the visit.
        visit: (u32::from(call.visit) << 8) | u32::from(call.attempt),
        call: call.ordinal,
    }
}

fn step_draw(engine: &Engine, at: RunRef) -> Option<Draw> {
    let place = engine.step_place(at)?;
    Some(Draw {
        seed: place.seed,
        lead: place.lead,
        row: place.row,
        node: place.node,
        visit: place.visit,
        call: 0,
    })
}

fn action_draw(engine: &Engine, lead: LeadRef) -> Option<(leadline_engine::ActionRequest, Draw)> {
    let (request, seed, node, visit) = engine.action_request(lead)?;
    let phone = engine.lead_phone(lead.flow, lead.lead);
    let draw = Draw {
        seed,
        lead: phone,
        row: lead.lead,
        node,
        visit,
        call: 0,
    };
    Some((request.clone(), draw))
}
