//! Live pictures: frames for the tabs that watch a workflow, and now and then the clock and the
//! counts for everybody. Nothing is sent that did not change.

use std::collections::BTreeMap;

use leadline_model::WorkflowId;
use leadline_model::view::WorkflowSummary;
use leadline_protocol::{Clock, Frame, Notice, Reply, Traveller, Written};

use super::{Host, Moment, Out, Who};
use crate::handlers::problem;
use crate::tabs::To;

/// At most 60 frames a second.
const FRAME_MS: f64 = 1_000.0 / 60.0 - 1.0;
const CLOCK_MS: f64 = 100.0;
const SUMMARY_MS: f64 = 500.0;
const RUNS_MS: f64 = 250.0;
/// Leads drawn moving in one frame.
const TRAVELLERS: usize = 64;

/// What was told, and when.
#[derive(Debug, Default)]
pub(super) struct Frames {
    changed: bool,
    at: f64,
    clock_at: f64,
    summaries_at: f64,
    runs_at: f64,
    /// What the engine said of its runs when the tabs heard of them last.
    runs: Option<u64>,
    clock: Option<Clock>,
    summaries: BTreeMap<WorkflowId, WorkflowSummary>,
    last: BTreeMap<WorkflowId, Frame>,
    /// The history's length at the last frame of a workflow.
    seen: BTreeMap<WorkflowId, u64>,
}

impl Frames {
    /// Something happened that frames may show.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    /// Everybody is told what a workflow is now.
    pub(super) fn know(&mut self, summary: &WorkflowSummary) {
        self.summaries
            .insert(summary.workflow.id.clone(), summary.clone());
    }

    /// Nobody knows anything: all is told anew.
    pub(super) fn forget(&mut self) {
        *self = Frames {
            changed: true,
            ..Frames::default()
        };
    }
}

impl Host {
    /// What every page knows of a start: it asks for clock, runs and workflows when it opens.
    pub(super) fn first_frames(&self) -> Frames {
        let engine = self.session.engine();
        let mut frames = Frames {
            clock: Some(self.clock()),
            runs: Some(engine.runs_mark()),
            ..Frames::default()
        };
        engine
            .workflows()
            .iter()
            .for_each(|summary| frames.know(summary));
        frames
    }

    /// From now on a tab is sent frames of a workflow, or none.
    pub(crate) fn watch(&mut self, who: Who, workflow_id: Option<WorkflowId>) {
        let Some(id) = workflow_id else {
            self.watching.remove(&who.tab);
            return self.reply(who, Ok(Reply::Done));
        };
        match self.frame(&id) {
            Ok(frame) => {
                self.watching.insert(who.tab.clone(), id.clone());
                let told = Written::of(&frame);
                self.frames.last.insert(id, frame);
                let tab = To::Tab(who.tab.clone());
                self.reply(who, Ok(Reply::Done));
                self.out.push(Out::Tell(tab, Notice::Frame(told)));
            }
            Err(error) => self.reply(who, Err(problem(&error))),
        }
    }

    /// Tells the tabs what is due: all of it at once, or what its pace allows.
    pub(crate) fn pulse(&mut self, at: Moment, at_once: bool) {
        let due = |last: f64, every: f64| at_once || at.real - last >= every;
        if due(self.frames.clock_at, CLOCK_MS) {
            let clock = self.clock();
            if self.frames.clock.as_ref() != Some(&clock) {
                self.frames.clock_at = at.real;
                self.frames.clock = Some(clock.clone());
                self.tell(Notice::Clock(clock));
            }
        }
        let runs = self.session.engine().runs_mark();
        if due(self.frames.runs_at, RUNS_MS) && self.frames.runs != Some(runs) {
            self.frames.runs_at = at.real;
            self.frames.runs = Some(runs);
            let pending = self.session.engine().pending_actions() as u64;
            self.tell(Notice::Runs { pending });
        }
        if due(self.frames.at, FRAME_MS) && !self.watching.is_empty() {
            self.frames.at = at.real;
            self.send_frames();
        }
        if due(self.frames.summaries_at, SUMMARY_MS) && self.frames.changed {
            self.frames.summaries_at = at.real;
            self.frames.changed = false;
            self.send_summaries();
        }
    }

    fn send_frames(&mut self) {
        let mut watched: BTreeMap<WorkflowId, Vec<String>> = BTreeMap::new();
        for (tab, id) in &self.watching {
            watched.entry(id.clone()).or_default().push(tab.clone());
        }
        for (id, tabs) in watched {
            // A workflow that was deleted is not watched any more.
            let Ok(frame) = self.frame(&id) else {
                self.watching.retain(|_, watched| *watched != id);
                continue;
            };
            if self.frames.last.get(&id) == Some(&frame) {
                continue;
            }
            let told = Written::of(&frame);
            self.frames.last.insert(
                id,
                Frame {
                    travellers: Vec::new(),
                    ..frame
                },
            );
            for tab in tabs {
                self.out
                    .push(Out::Tell(To::Tab(tab), Notice::Frame(told.clone())));
            }
        }
    }

    fn send_summaries(&mut self) {
        for summary in self.session.engine().workflows() {
            let id = summary.workflow.id.clone();
            if self.frames.summaries.get(&id) != Some(&summary) {
                self.frames.summaries.insert(id, summary.clone());
                self.tell(Notice::Workflow(summary));
            }
        }
    }

    fn frame(&mut self, id: &WorkflowId) -> Result<Frame, leadline_engine::EngineError> {
        let clock = self.clock();
        let engine = self.session.engine();
        let (view, flow) = (engine.live_view(id)?, engine.flow_of(id)?);
        let length = engine.history_len(flow);
        let since = self
            .frames
            .seen
            .insert(id.clone(), length)
            .unwrap_or(length);
        // A reset makes the history short again.
        let since = since.min(length);
        let moves = engine.moves_since(flow, since, TRAVELLERS);
        Ok(Frame {
            workflow_id: id.clone(),
            status: engine.workflow(id)?.workflow.status,
            seed: engine.definition(id)?.2,
            clock,
            leads: view.leads,
            nodes: view.nodes,
            edges: view.edges,
            calls_live: view.calls_live,
            calls_limit: view.calls_limit,
            queued: view.queued,
            calls_total: view.calls_total,
            calls_per_hour: view.calls_per_hour,
            window_open: view.window_open,
            travellers: moves
                .into_iter()
                .map(|(lead_id, edge_id)| Traveller { lead_id, edge_id })
                .collect(),
        })
    }
}
