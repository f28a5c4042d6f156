//! What happens when a lead enters a node: one file per node type.

pub mod application;
pub mod conditional;
pub mod terminal;
pub mod time;
pub mod voice_call;

use leadline_model::{CallingWindow, Time};

use crate::compile::{Kind, Plan};
use crate::effect::Effect;
use crate::flow::Traffic;
use crate::machines::IllegalTransition;
use crate::runs::LeadRun;

/// What a node does with a lead that entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// The lead stays for now; its step says why.
    Rests,
    /// The node is done at once, with this outcome.
    Leaves(u16),
    /// Only a person can move it on.
    Stuck(String),
}

/// What entering a node may use.
pub struct Entering<'a> {
    /// The workflow's ordinal.
    pub flow: u32,
    /// The key of the organization's ids.
    pub key: u64,
    /// The time of the tick.
    pub now: Time,
    /// The workflow's calling window, whose time zone serves leads without one.
    pub window: Option<&'a CallingWindow>,
    /// Where runs to be started go.
    pub runs: &'a mut Vec<LeadRun>,
    /// Whether anybody wants to be told of ends.
    pub announce: bool,
    /// Where effects go.
    pub effects: &'a mut Vec<Effect>,
}

impl Entering<'_> {
    fn fallback_zone(&self) -> &str {
        self.window.map_or("UTC", CallingWindow::zone)
    }
}

/// Lets a lead, whose step is `Moving`, enter the node it was put on.
#[inline]
pub fn enter(
    kind: &Kind,
    traffic: &mut Traffic,
    lead: u32,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    match kind {
        Kind::Voice { .. } => voice_call::enter(traffic, lead),
        Kind::Delay { length, lane } => time::enter_delay(traffic, lead, *length, *lane, cx),
        Kind::Until(until) => time::enter_until(traffic, lead, until, cx),
        Kind::From(from) => time::enter_from(traffic, lead, from, cx),
        Kind::Conditional(branches) => Ok(conditional::enter(traffic, lead, branches, cx)),
        Kind::SetVariables(set) => Ok(application::set_variables(traffic, lead, set, cx)),
        Kind::Webhook(webhook) => application::start_webhook(traffic, lead, webhook, cx),
        Kind::StartAgent(start) => application::start_agent(traffic, lead, start, cx),
        Kind::Converted => terminal::enter(traffic, lead, true, cx),
        Kind::Dropped => terminal::enter(traffic, lead, false, cx),
        Kind::Unfinished => Ok(Arrival::Stuck("the node's config is not complete".into())),
        Kind::Gone => Ok(Arrival::Stuck("the node was deleted".into())),
    }
}

/// Whether the workflow still has a plan for the slot.
pub fn kind_of(plan: &Plan, slot: u32) -> &Kind {
    plan.nodes
        .get(slot as usize)
        .map_or(&Kind::Gone, |node| &node.kind)
}
