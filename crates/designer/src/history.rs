//! The stacks of undo and redo: steps, each with its changes both ways, bounded in number and size.

use leadline_model::{Change, EdgeId, NodeId};
use serde::{Deserialize, Serialize};

use crate::rebase::Turn;
use crate::weight;

const MAX_STEPS: usize = 500;
/// In memory; an edit of all of the largest graph takes about six.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// When saved beside the definition.
const MAX_SAVED_BYTES: usize = 4 * 1024 * 1024;
/// In memory, until they are kept.
const MAX_NEWS_BYTES: usize = 1024 * 1024;
/// Edits of one field that follow each other within this time are one step.
const BURST_MS: f64 = 1_000.0;

/// One step: what was done, and what takes it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub label: String,
    pub forward: Vec<Change>,
    pub backward: Vec<Change>,
    /// The field that was edited and when, while further typing may join in.
    #[serde(skip)]
    pub burst: Option<(String, f64)>,
    /// About the bytes it takes as JSON, for the limits.
    #[serde(skip)]
    weight: usize,
}

impl Step {
    pub fn new(label: String, forward: Vec<Change>, backward: Vec<Change>) -> Step {
        let mut step = Step {
            label,
            forward,
            backward,
            burst: None,
            weight: 0,
        };
        step.weigh();
        step
    }

    fn weigh(&mut self) {
        let changes = self.forward.iter().chain(&self.backward);
        self.weight = self.label.len() + changes.map(weight::of).sum::<usize>();
    }

    /// Takes the later step in when both edit the same field in one burst of typing.
    fn absorb(&mut self, later: &Step) -> bool {
        let (Some((field, at)), Some((other, now))) = (&self.burst, &later.burst) else {
            return false;
        };
        let in_time = *now >= *at && *now - *at <= BURST_MS;
        let edits = |step: &Step| step.forward.iter().chain(&step.backward).all(is_edit);
        if field != other || !in_time || !edits(self) || !edits(later) {
            return false;
        }
        for (hint, change) in later.forward.iter().enumerate() {
            match place_of(&self.forward, hint, change) {
                Some(at) => self.forward[at] = change.clone(),
                None => self.forward.push(change.clone()),
            }
        }
        for (hint, change) in later.backward.iter().enumerate() {
            if place_of(&self.backward, hint, change).is_none() {
                self.backward.push(change.clone());
            }
        }
        self.burst = later.burst.clone();
        self.weigh();
        true
    }
}

/// What a change is about.
#[derive(PartialEq, Eq)]
enum Key<'a> {
    Node(&'a NodeId),
    Edge(&'a EdgeId),
    Title,
    Description,
    Settings,
}

fn key(change: &Change) -> Key<'_> {
    match change {
        Change::PutNode { node } => Key::Node(&node.id),
        Change::DeleteNode { id } => Key::Node(id),
        Change::PutEdge { edge, .. } => Key::Edge(&edge.id),
        Change::DeleteEdge { id } => Key::Edge(id),
        Change::SetTitle { .. } => Key::Title,
        Change::SetDescription { .. } => Key::Description,
        Change::SetSettings { .. } => Key::Settings,
    }
}

/// Where the list has a change of the same entity: mostly at the same place.
fn place_of(list: &[Change], hint: usize, change: &Change) -> Option<usize> {
    if list.get(hint).is_some_and(|own| key(own) == key(change)) {
        return Some(hint);
    }
    list.iter().position(|own| key(own) == key(change))
}

/// Whether the change replaces something that stays, as far as it can tell alone.
fn is_edit(change: &Change) -> bool {
    !matches!(
        change,
        Change::DeleteNode { .. } | Change::DeleteEdge { .. } | Change::PutEdge { at: Some(_), .. }
    )
}

/// What happened to the stacks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Turned {
    /// A step was done.
    Done(Step),
    /// The last step took a later one in.
    Grown(Step),
    Undone,
    Redone,
}

impl Turned {
    fn weight(&self) -> usize {
        match self {
            Turned::Done(step) | Turned::Grown(step) => step.weight,
            Turned::Undone | Turned::Redone => 0,
        }
    }
}

/// What happened since the history was kept last.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum News {
    /// More than can be told step by step.
    #[default]
    All,
    Steps(Vec<Turned>),
}

impl News {
    fn add(&mut self, turned: Turned) {
        let News::Steps(steps) = self else { return };
        match (steps.last_mut(), turned) {
            // Typing goes on in a step that is not kept yet.
            (Some(Turned::Done(last) | Turned::Grown(last)), Turned::Grown(step)) => *last = step,
            (_, turned) => steps.push(turned),
        }
        if steps.iter().map(Turned::weight).sum::<usize>() > MAX_NEWS_BYTES {
            *self = News::All;
        }
    }
}

/// The two stacks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct History {
    pub undo: Vec<Step>,
    pub redo: Vec<Step>,
    /// What is to be kept of it.
    #[serde(skip)]
    pub news: News,
}

impl History {
    /// Adds what was just done. What had been undone before can no longer be redone.
    pub fn push(&mut self, step: Step) {
        self.redo.clear();
        if let Some(last) = self.undo.last_mut()
            && last.absorb(&step)
        {
            self.news.add(Turned::Grown(last.clone()));
            return;
        }
        self.news.add(Turned::Done(step.clone()));
        self.undo.push(step);
        self.trim();
    }

    /// A step that was taken off one stack was carried out and goes onto the other.
    pub fn turned(&mut self, turn: Turn, step: Step) {
        match turn {
            Turn::Undo => self.redo.push(step),
            Turn::Redo => self.undo.push(step),
        }
        self.news.add(match turn {
            Turn::Undo => Turned::Undone,
            Turn::Redo => Turned::Redone,
        });
    }

    /// Does again what happened to the stacks. Steps that were too many to be kept may be missing at the
    /// bottom: what lies beyond them on the other stack is of no use without them.
    pub fn repeat(&mut self, turned: Turned) {
        match turned {
            Turned::Done(mut step) => {
                step.weigh();
                self.redo.clear();
                self.undo.push(step);
                self.trim();
            }
            Turned::Grown(mut step) => {
                step.weigh();
                self.redo.clear();
                self.undo.pop();
                self.undo.push(step);
            }
            Turned::Undone => match self.undo.pop() {
                Some(step) => self.redo.push(step),
                None => self.redo.clear(),
            },
            Turned::Redone => match self.redo.pop() {
                Some(step) => self.undo.push(step),
                None => self.undo.clear(),
            },
        }
    }

    /// Ends a burst: the next edit of the same field is a step of its own.
    pub fn seal(&mut self) {
        if let Some(step) = self.undo.last_mut() {
            step.burst = None;
        }
    }

    /// Forgets the oldest steps above the limits; the last one stays whatever its size.
    fn trim(&mut self) {
        let (mut bytes, mut kept) = (0usize, 0usize);
        for step in self.undo.iter().rev() {
            bytes += step.weight;
            if kept > 0 && (bytes > MAX_BYTES || kept == MAX_STEPS) {
                break;
            }
            kept += 1;
        }
        self.undo.drain(..self.undo.len() - kept);
    }

    /// The steps nearest to now, as many as are saved.
    pub fn to_save(&self) -> History {
        let mut room = MAX_SAVED_BYTES;
        let mut nearest = |steps: &[Step]| -> Vec<Step> {
            let fits = |step: &&Step| {
                let fits = step.weight <= room;
                room -= step.weight.min(room);
                fits
            };
            let mut kept: Vec<Step> = steps.iter().rev().take_while(fits).cloned().collect();
            kept.reverse();
            kept
        };
        History {
            undo: nearest(&self.undo),
            redo: nearest(&self.redo),
            news: News::All,
        }
    }

    /// Completes and bounds what was read.
    pub fn accept(&mut self) {
        for step in self.undo.iter_mut().chain(&mut self.redo) {
            step.weigh();
        }
        self.trim();
        self.redo.drain(..self.redo.len().saturating_sub(MAX_STEPS));
    }
}
