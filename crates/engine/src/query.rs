//! What is shown: views composed from the tables. Nothing here changes anything.

use std::collections::BTreeMap;
use std::ops::Bound;

use leadline_model::ordered;
use leadline_model::view::{
    CallLog, Event, Execution, LeadCounts, LeadHistory, NodeCounts, Page, PageMeta, Visit,
    WorkflowSummary,
};
use leadline_model::{
    Account, Agent, AgentId, CallId, CallStatus, Definition, EdgeId, Findings, Lead, LeadId,
    LeadStatus, NodeId, NodeType, PhoneNumber, Time, Variables, Workflow, WorkflowId,
};

use crate::effect::ActionRequest;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::{Asked, CallRef, LeadRef, VoiceConfig};
use crate::machines::lead::Step;
use crate::state::leads::{NONE, status_of};

mod calls;
mod decisions;
mod events;
mod path;
mod rows;

pub use rows::Mark;

/// Which leads to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadFilter {
    /// Only with this status.
    pub status: Option<LeadStatus>,
    /// Only at this node.
    pub current_node_id: Option<NodeId>,
    /// Only flagged or unflagged ones.
    pub review_required: Option<bool>,
    /// Only those whose number or a variable contains this text, in any case.
    pub search: String,
    /// Removed leads too.
    pub removed_too: bool,
    /// The order.
    pub sort: SortBy,
}

/// A call as the world sees it.
#[derive(Debug, Clone, Copy)]
pub struct Dialled<'a> {
    /// What it is made with.
    pub config: &'a VoiceConfig,
    /// The seed of the workflow's luck.
    pub seed: u64,
    /// The lead's row.
    pub lead: u32,
    /// The digits of the lead's number.
    pub phone: u64,
    /// Which call of the lead it is, from 1.
    pub ordinal: u16,
    /// Which of the lead's calls from this node it is, from 1.
    pub visit: u16,
    /// Which attempt it is at, from 1.
    pub attempt: u8,
}

/// The order of a list of leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortBy {
    /// As enrolled.
    #[default]
    Enrolled,
    /// By phone number.
    PhoneNumber,
    /// By status, then as enrolled.
    Status,
    /// By node, then as enrolled.
    Node,
}

/// Which calls to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Only of this workflow.
    pub workflow_id: Option<WorkflowId>,
    /// Only of this lead.
    pub lead_id: Option<LeadId>,
    /// Only with this status.
    pub status: Option<CallStatus>,
}

/// The live picture of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveView {
    /// Leads by status.
    pub leads: LeadCounts,
    /// (node, here now, entered so far, flagged for review).
    pub nodes: Vec<(NodeId, u64, u64, u64)>,
    /// (edge, taken so far).
    pub edges: Vec<(EdgeId, u64)>,
    /// Calls that hold a line.
    pub calls_live: u64,
    /// The limit that applies.
    pub calls_limit: u64,
    /// Leads queued for a line.
    pub queued: u64,
    /// Calls created so far.
    pub calls_total: u64,
    /// Calls created in each of the last 24 hours, oldest first.
    pub calls_per_hour: Vec<u64>,
    /// Whether the calling window is open; `None`: there is none.
    pub window_open: Option<bool>,
}

impl Engine {
    /// All workflows, newest first.
    pub fn workflows(&self) -> Vec<WorkflowSummary> {
        let present = self
            .flows
            .iter()
            .rev()
            .filter(|flow| !self.deleted[flow.ordinal as usize]);
        present.map(|flow| self.summary_of(flow.ordinal)).collect()
    }

    /// The workflows without their graphs, in the order in which they were made.
    pub fn plain_workflows(&self) -> impl DoubleEndedIterator<Item = &Workflow> {
        let present = self
            .flows
            .iter()
            .filter(|flow| !self.deleted[flow.ordinal as usize]);
        present.map(|flow| &flow.workflow)
    }

    /// The workflows without their graphs, by their ids, from behind one on. O(log n), then O(1) for each.
    pub fn plain_workflows_after(
        &self,
        after: Option<&WorkflowId>,
    ) -> impl Iterator<Item = &Workflow> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.by_id.range((from, Bound::Unbounded));
        found.map(|(_, ordinal)| &self.flow(*ordinal).workflow)
    }

    /// One workflow with the sizes of what it holds.
    pub fn workflow(&self, id: &WorkflowId) -> Result<WorkflowSummary, EngineError> {
        Ok(self.summary_of(self.ordinal(id)?))
    }

    fn summary_of(&self, ordinal: u32) -> WorkflowSummary {
        let flow = self.flow(ordinal);
        WorkflowSummary {
            workflow: flow.workflow.clone(),
            node_count: flow.definition.nodes.len(),
            edge_count: flow.definition.edges.len(),
            lead_counts: flow.traffic.counts,
        }
    }

    /// The graph, its revision and the seed of its simulated luck.
    pub fn definition(&self, id: &WorkflowId) -> Result<(&Definition, u64, u64), EngineError> {
        let flow = self.flow(self.ordinal(id)?);
        Ok((&flow.definition, flow.revision, flow.seed))
    }

    /// What is wrong with a workflow.
    pub fn workflow_findings(&self, id: &WorkflowId) -> Result<Findings, EngineError> {
        Ok(self.findings(self.ordinal(id)?))
    }

    /// The organization's agents.
    pub fn agents(&self) -> &BTreeMap<AgentId, Agent> {
        &self.agents
    }

    /// The organization's numbers.
    pub fn phone_numbers(&self) -> &BTreeMap<String, PhoneNumber> {
        &self.phone_numbers
    }

    /// The organization's limits.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The variable keys of a workflow's leads, sorted.
    pub fn variable_keys(&self, id: &WorkflowId) -> Result<Vec<String>, EngineError> {
        let mut keys = self
            .flow(self.ordinal(id)?)
            .traffic
            .leads
            .cells
            .keys()
            .to_vec();
        ordered::sort(&mut keys);
        Ok(keys)
    }

    /// Counts at each node of the present graph.
    pub fn node_counts(&self, id: &WorkflowId) -> Result<Vec<NodeCounts>, EngineError> {
        let flow = self.flow(self.ordinal(id)?);
        let traffic = &flow.traffic;
        let counts = flow.definition.nodes.iter().map(|node| {
            let slot = traffic.node_by_id[&node.id];
            let tally = traffic.tallies[slot as usize];
            let mut left: BTreeMap<String, u64> = BTreeMap::new();
            for (edge, taken) in traffic.edge_slots.iter().zip(&traffic.taken) {
                if edge.from == slot && *taken > 0 {
                    let label = traffic.outcome_text(edge.label).to_owned();
                    *left.entry(label).or_default() += taken;
                }
            }
            let (here, entered, review_required) = (tally.here, tally.entered, tally.review);
            NodeCounts {
                node_id: node.id.clone(),
                here,
                entered,
                left,
                review_required,
            }
        });
        Ok(counts.collect())
    }

    /// The live picture of a workflow. O(nodes + edges + calls of the last day).
    pub fn live_view(&self, id: &WorkflowId) -> Result<LiveView, EngineError> {
        let flow = self.flow(self.ordinal(id)?);
        let traffic = &flow.traffic;
        let nodes = flow.definition.nodes.iter().map(|node| {
            let tally = traffic.tallies[traffic.node_by_id[&node.id] as usize];
            (node.id.clone(), tally.here, tally.entered, tally.review)
        });
        let edges = flow.definition.edges.iter().map(|edge| {
            (
                edge.id.clone(),
                traffic.taken[traffic.edge_by_id[&edge.id] as usize],
            )
        });
        let window = flow.workflow.settings.calling_window.as_ref();
        Ok(LiveView {
            leads: traffic.counts,
            nodes: nodes
                .filter(|(_, here, entered, _)| here + entered > 0)
                .collect(),
            edges: edges.filter(|(_, taken)| *taken > 0).collect(),
            calls_live: u64::from(traffic.live),
            calls_limit: u64::from(flow.call_limit().min(self.account.max_concurrent_calls)),
            queued: traffic.queue.len() as u64,
            calls_total: u64::from(traffic.calls.len()),
            calls_per_hour: self.calls_per_hour(flow.ordinal),
            window_open: window.map(|window| {
                crate::window::WindowCache::default()
                    .opening(window, None, self.now)
                    .open
            }),
        })
    }

    fn calls_per_hour(&self, ordinal: u32) -> Vec<u64> {
        const HOUR: i64 = 3_600_000;
        let calls = &self.flow(ordinal).traffic.calls;
        let mut hours = vec![0; 24];
        let first = self.now.0 - 24 * HOUR;
        let created = (0..calls.len()).rev().map(|call| calls[call].created);
        for at in created.take_while(|at| *at > first) {
            let hour = ((at - first - 1) / HOUR).clamp(0, 23) as usize;
            hours[hour] += 1;
        }
        hours
    }

    pub(crate) fn lead_view(&self, ordinal: u32, lead: u32) -> Lead {
        let flow = self.flow(ordinal);
        let leads = &flow.traffic.leads;
        let step = leads.step(lead);
        let node = leads[lead].node;
        let slot = flow.traffic.node_slots.get(node as usize);
        let converted = slot.is_some_and(|slot| slot.node_type == NodeType::Converted);
        Lead {
            id: self.lead_id(LeadRef {
                flow: ordinal,
                lead,
            }),
            workflow_id: flow.workflow.id.clone(),
            phone_number: leadline_model::lead::format_phone(leads[lead].phone),
            dynamic_variables: leads.cells.variables(lead),
            status: match (step, node) {
                (Step::Removed, NONE) => LeadStatus::Pending,
                _ => status_of(step, converted),
            },
            current_node_id: slot.filter(|_| node != NONE).map(|slot| slot.id.clone()),
            review_required: step == Step::Review,
            removed: step == Step::Removed,
            created_at: leads.enrolled_at(lead),
        }
    }

    /// A page of leads, each with its step in words. O(leads) when filtered or sorted.
    pub fn leads(
        &self,
        id: &WorkflowId,
        filter: &LeadFilter,
        page: u64,
        limit: u64,
    ) -> Result<Page<(Lead, String)>, EngineError> {
        let ordinal = self.ordinal(id)?;
        let traffic = &self.flow(ordinal).traffic;
        let node = match &filter.current_node_id {
            Some(id) => Some(
                *traffic
                    .node_by_id
                    .get(id)
                    .ok_or_else(|| EngineError::UnknownNode(id.clone()))?,
            ),
            None => None,
        };
        let search = filter.search.trim().to_lowercase();
        let fits = |lead: &u32| self.fits(ordinal, *lead, filter, node, &search);
        let mut rows: Vec<u32> = (0..traffic.leads.len()).filter(fits).collect();
        let leads = &traffic.leads;
        match filter.sort {
            SortBy::Enrolled => {}
            SortBy::PhoneNumber => ordered::sort_by_key(&mut rows, |lead| leads[*lead].phone),
            SortBy::Status => ordered::sort_by_key(&mut rows, |lead| leads.step(*lead)),
            SortBy::Node => ordered::sort_by_key(&mut rows, |lead| leads[*lead].node),
        }
        let meta = PageMeta::new(page, limit, rows.len() as u64);
        let skip = (page.max(1) - 1).saturating_mul(limit);
        let shown = rows.iter().skip(skip as usize).take(limit as usize);
        let data = shown
            .map(|lead| {
                (
                    self.lead_view(ordinal, *lead),
                    self.why_short(ordinal, *lead),
                )
            })
            .collect();
        Ok(Page { data, meta })
    }

    /// As [`Engine::why`], but without scanning history.
    fn why_short(&self, ordinal: u32, lead: u32) -> String {
        match self.flow(ordinal).traffic.leads.step(lead) {
            Step::Review => "Somebody has to look at it.".into(),
            Step::Queued => "Queued for a line.".into(),
            _ => self.why(ordinal, lead).message,
        }
    }

    fn fits(
        &self,
        ordinal: u32,
        lead: u32,
        filter: &LeadFilter,
        node: Option<u32>,
        search: &str,
    ) -> bool {
        let traffic = &self.flow(ordinal).traffic;
        let step = traffic.leads.step(lead);
        if step == Step::Removed && !filter.removed_too {
            return false;
        }
        if node.is_some_and(|node| traffic.leads[lead].node != node)
            || filter
                .review_required
                .is_some_and(|review| review != (step == Step::Review))
        {
            return false;
        }
        if let Some(status) = filter.status {
            let slot = traffic.node_slots.get(traffic.leads[lead].node as usize);
            let converted = slot.is_some_and(|slot| slot.node_type == NodeType::Converted);
            if status_of(step, converted) != status {
                return false;
            }
        }
        if search.is_empty() {
            return true;
        }
        let phone = leadline_model::lead::format_phone(traffic.leads[lead].phone);
        let variables: Variables = traffic.leads.cells.variables(lead);
        phone.contains(search)
            || variables
                .values()
                .any(|value| value.to_string().to_lowercase().contains(search))
    }

    /// A lead with its path and why it is where it is. O(history of the workflow).
    pub fn lead_history(&self, id: &WorkflowId, lead: &LeadId) -> Result<LeadHistory, EngineError> {
        let ordinal = self.ordinal(id)?;
        let row = self.lead_row(ordinal, lead)?;
        let view = self.lead_view(ordinal, row);
        let history = self.path(ordinal, row);
        let execution = (view.status != LeadStatus::Pending).then(|| {
            let last: Option<&Visit> = history.last();
            Execution {
                status: view.status,
                current_node_id: view.current_node_id.clone(),
                entered_at: last.map(|visit| visit.entered_at),
                release_at: last.and_then(|visit| visit.release_at),
                call_id: last.and_then(|visit| visit.call_id.clone()),
            }
        });
        let why = self.why(ordinal, row);
        let (id, workflow_id) = (view.id.clone(), view.workflow_id.clone());
        Ok(LeadHistory {
            id,
            workflow_id,
            lead: view,
            why,
            execution,
            history,
        })
    }

    /// A call log by its rows.
    pub fn call_log(&self, call: CallRef) -> CallLog {
        let flow = self.flow(call.flow);
        let traffic = &flow.traffic;
        let config = self.voice_config(call);
        let row = &traffic.calls[call.call];
        let (lead, duration) = (row.lead, row.duration);
        CallLog {
            id: self.call_id(call),
            workflow_id: flow.workflow.id.clone(),
            lead_id: self.lead_id(LeadRef {
                flow: call.flow,
                lead,
            }),
            phone_number: leadline_model::lead::format_phone(traffic.leads[lead].phone),
            node_id: traffic.node_slots[config.node as usize].id.clone(),
            agent_id: config.agent_id.clone(),
            status: traffic.calls.status(call.call),
            attempt: u32::from(row.attempt),
            duration_seconds: (duration != NONE).then_some(duration),
            end_reason: traffic.calls.end_reason(call.call).map(str::to_owned),
            answered_by: traffic.calls.answered_by(call.call),
            attempts: traffic.calls.attempts(call.call),
            analysis: traffic
                .calls
                .analysis(call.call)
                .cloned()
                .unwrap_or_default(),
            created_at: Time(row.created),
            ended_at: traffic.calls.instant(call.call, row.ended),
        }
    }

    /// A call log by its id.
    pub fn call(&self, id: &CallId) -> Result<CallLog, EngineError> {
        Ok(self.call_log(self.call_ref(id)?))
    }

    pub(crate) fn voice_config(&self, call: CallRef) -> &VoiceConfig {
        self.dialled(call).config
    }

    /// What a source of luck may know of a call. O(1).
    #[inline]
    pub fn dialled(&self, call: CallRef) -> Dialled<'_> {
        let flow = self.flow(call.flow);
        let row = &flow.traffic.calls[call.call];
        Dialled {
            config: &flow.traffic.voice_configs[row.config as usize],
            seed: flow.seed,
            lead: row.lead,
            phone: flow.traffic.leads[row.lead].phone,
            ordinal: row.ordinal,
            visit: row.visit,
            attempt: row.attempt,
        }
    }

    /// The id of a node by its slot, which never changes.
    pub fn node_id(&self, flow: u32, slot: u32) -> &NodeId {
        &self.flow(flow).traffic.node_slots[slot as usize].id
    }

    /// The digits of a lead's number.
    pub fn lead_phone(&self, flow: u32, lead: u32) -> u64 {
        self.flow(flow).traffic.leads[lead].phone
    }

    /// How many leads were ever enrolled in a workflow.
    pub fn lead_count(&self, id: &WorkflowId) -> Result<u32, EngineError> {
        Ok(self.flow(self.ordinal(id)?).traffic.leads.len())
    }

    /// The request of a lead's action, the seed of the workflow's luck, the node's slot, and which
    /// action of the lead it is.
    pub fn action_request(&self, lead: LeadRef) -> Option<(&ActionRequest, u64, u32, u32)> {
        let flow = self.flow(lead.flow);
        let action = flow.traffic.actions.get(&lead.lead)?;
        let node = flow.traffic.leads[lead.lead].node;
        match &action.asked {
            Asked::Request(request) => Some((request, flow.seed, node, action.ordinal)),
            Asked::Run(_) => None,
        }
    }

    /// How many records a workflow's history has.
    pub fn history_len(&self, flow: u32) -> u64 {
        self.flow(flow).traffic.history.len()
    }

    /// The row of a workflow.
    pub fn flow_of(&self, id: &WorkflowId) -> Result<u32, EngineError> {
        self.ordinal(id)
    }

    /// Events of a workflow, newest first, before a number.
    pub fn events(
        &self,
        id: &WorkflowId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Event>, EngineError> {
        let ordinal = self.ordinal(id)?;
        let records = self.flow(ordinal).traffic.history.newest_first(before);
        Ok(records
            .take(limit)
            .map(|record| self.event(ordinal, record))
            .collect())
    }
}
