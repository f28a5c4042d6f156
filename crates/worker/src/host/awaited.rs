//! Requests that wait for a part of the worker to be fetched. They keep their order among those that
//! wait for the same part; all others go on.

use leadline_protocol::Request;

use super::{Host, Moment, Out, Who};
use crate::parts::{Arrived, Part, ScenariosPart, SnapshotsPart};
use crate::tabs::Ask;

/// The parts that are here, and who waits for the others.
#[derive(Default)]
pub(super) struct Awaited {
    scenarios: Option<ScenariosPart>,
    pub(super) snapshots: Option<SnapshotsPart>,
    waiting: Vec<(Part, Who, Request)>,
    under_way: Vec<Part>,
}

impl Awaited {
    /// Nobody waits, and what reads snapshots may be here already.
    pub(super) fn with(snapshots: Option<SnapshotsPart>) -> Awaited {
        Awaited {
            snapshots,
            ..Awaited::default()
        }
    }

    /// Whether a request waits for a part.
    pub(super) fn is_awaited(&self, part: Part) -> bool {
        self.waiting.iter().any(|(awaited, ..)| *awaited == part)
    }

    /// Those who wait, to be told that it was in vain.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = Who> + use<> {
        std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|(_, who, _)| who)
    }

    fn take(&mut self, part: Part) -> Vec<(Part, Who, Request)> {
        self.under_way.retain(|fetched| *fetched != part);
        let (mine, others) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(awaited, ..)| *awaited == part);
        self.waiting = others;
        mine
    }
}

impl std::fmt::Debug for Awaited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} requests wait for parts", self.waiting.len())
    }
}

impl Host {
    /// What runs scenarios, once it is here.
    pub(crate) fn scenarios(&self) -> Option<ScenariosPart> {
        self.parts.scenarios
    }

    /// Keeps a request until a part is here, and asks for the part.
    pub(crate) fn wait_for(&mut self, part: Part, who: Who, request: Request) {
        // A tab that hears of the leader anew asks everything again that was not answered.
        if !self.parts.waiting.iter().any(|(_, waits, _)| *waits == who) {
            self.parts.waiting.push((part, who, request));
        }
        self.fetch(part);
    }

    /// Asks for a part, unless it is on its way.
    pub(super) fn fetch(&mut self, part: Part) {
        if !self.parts.under_way.contains(&part) {
            self.parts.under_way.push(part);
            self.out.push(Out::Fetch(part));
        }
    }

    /// The time that [`Out::FetchLater`] gave has passed.
    pub fn fetch_again(&mut self, part: Part) {
        match part {
            Part::Sync => self.take_syncing_up(),
            // Whoever wants it asks again.
            Part::Scenarios | Part::Snapshots => {}
        }
    }

    /// A part is here: what waited for it is done.
    pub fn part_arrived(&mut self, arrived: Arrived, at: Moment) {
        let part = match arrived {
            Arrived::Sync(part) => {
                self.begin_syncing(part, at);
                Part::Sync
            }
            Arrived::Scenarios(part) => {
                self.parts.scenarios = Some(part);
                Part::Scenarios
            }
            Arrived::Snapshots(part) => {
                self.parts.snapshots = Some(part);
                Part::Snapshots
            }
        };
        for (_, who, request) in self.parts.take(part) {
            self.submit(who, Ask::Request(request), at);
        }
    }

    /// A part could not be fetched: what waited for it is not done, and may be asked again.
    pub fn part_missing(&mut self, part: Part, at: Moment) {
        match part {
            Part::Sync => self.put_syncing_off(at),
            Part::Snapshots => self.snapshots.put_off(at),
            Part::Scenarios => {}
        }
        for (_, who, request) in self.parts.take(part) {
            match request {
                // Whoever only looks is shown what is known.
                Request::Remotes | Request::Linked { .. } if self.remotes_are_known() => {
                    self.submit(who, Ask::Request(request), at);
                }
                _ => self.reply(who, Err(part.missing())),
            }
        }
    }
}
