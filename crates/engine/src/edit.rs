//! Creating, editing, duplicating and deleting workflows, while leads may be inside (SPEC 2).

use std::collections::BTreeMap;

use leadline_model::validate::{Context, validate};
use leadline_model::{
    Change, ChangeError, Definition, Duration, EdgeId, Findings, NodeId, Time, Workflow,
    WorkflowId, WorkflowStatus, limits,
};

use crate::compile::{Kind, install, rewrite, room_for};
use crate::dialling::follow_policies;
use crate::engine::{Engine, stop};
use crate::error::EngineError;
use crate::flow::{Flow, Traffic};
use crate::input::Output;
use crate::machines::lead::Step;
use crate::nodes::kind_of;
use crate::state::history::{Fact, NO_LEAD};

/// Separates the ids of nodes and edges made here from those of workflows.
const NODE_KEY: u64 = 0x6E6F_6465;
const EDGE_KEY: u64 = 0x6564_6765;
const AGENT_KEY: u64 = 0x6167_656E;

/// What came of an edit of a definition.
struct Edit {
    /// Whether more changed than words and places.
    behaves_otherwise: bool,
    findings: Findings,
}

impl Engine {
    pub(crate) fn create_workflow(
        &mut self,
        definition: &Definition,
    ) -> Result<Output, EngineError> {
        definition.check()?;
        self.check_room()?;
        let ordinal = self.flows.len() as u32;
        let id = WorkflowId::from_counter(self.config.key, u64::from(ordinal));
        let workflow = Workflow {
            id: id.clone(),
            organization_id: self.config.organization_id.clone(),
            title: definition.title.clone(),
            description: definition.description.clone(),
            status: WorkflowStatus::Draft,
            created_at: self.now,
            updated_at: self.now,
            settings: definition.settings.clone(),
        };
        let mut flow = Flow {
            ordinal,
            workflow,
            definition: Definition::default(),
            revision: 1,
            seed: u64::from(ordinal) + 1,
            plan: Default::default(),
            traffic: Traffic::new(),
        };
        room_for(&flow.traffic, definition)?;
        install(&mut flow, definition.clone());
        flow.traffic.judge_bars(&self.agents, &self.phone_numbers);
        self.flows.push(flow);
        self.deleted.push(false);
        self.by_id.insert(id.clone(), ordinal);
        Ok(Output::Workflow(id))
    }

    fn check_room(&self) -> Result<(), EngineError> {
        let limit = limits::MAX_WORKFLOWS;
        if self.by_id.len() >= limit {
            let what = "workflows";
            return Err(EngineError::Limit { what, limit });
        }
        Ok(())
    }

    pub(crate) fn edit(
        &mut self,
        id: &WorkflowId,
        changes: &[Change],
        apply_to_waiting: bool,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let before = self.delays(ordinal, changes);
        // Edited in place, since a copy of the graph would cost more than most edits do.
        let mut definition = std::mem::take(&mut self.flows[ordinal as usize].definition);
        let edited = self.edit_in_place(ordinal, &mut definition, changes);
        let flow = &mut self.flows[ordinal as usize];
        match &edited {
            Ok(edited) if edited.behaves_otherwise => install(flow, definition),
            // A refused one is what it was; of words and places the plan knows nothing.
            _ => rewrite(flow, definition),
        }
        let edited = edited?;
        let (otherwise, findings) = (edited.behaves_otherwise, edited.findings);
        let waiting = self.follow_delays(ordinal, &before, apply_to_waiting)?;
        self.finish_edit(ordinal, changes.to_vec(), otherwise, findings, waiting)
    }

    /// Applies changes to the definition of a workflow that was taken out of its flow; what is refused
    /// leaves it as it was.
    fn edit_in_place(
        &self,
        ordinal: u32,
        definition: &mut Definition,
        changes: &[Change],
    ) -> Result<Edit, EngineError> {
        let applied = definition.apply_in_place(changes)?;
        let judged = definition
            .check()
            .map_err(EngineError::from)
            .and_then(|()| self.judge_edit(ordinal, definition));
        match judged {
            Ok(findings) => Ok(Edit {
                behaves_otherwise: !applied.leave_behaviour(definition),
                findings,
            }),
            Err(error) => {
                definition.take_back(applied);
                Err(error)
            }
        }
    }

    pub(crate) fn replace_definition(
        &mut self,
        id: &WorkflowId,
        definition: &Definition,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        definition.check()?;
        let changes = self.flow(ordinal).definition.changes_to(definition);
        self.take_definition(ordinal, definition.clone(), changes)
    }

    fn take_definition(
        &mut self,
        ordinal: u32,
        definition: Definition,
        changes: Vec<Change>,
    ) -> Result<Output, EngineError> {
        let findings = self.judge_edit(ordinal, &definition)?;
        let before = self.delays(ordinal, &changes);
        let otherwise = !definition.behaves_as(&self.flow(ordinal).definition);
        install(&mut self.flows[ordinal as usize], definition);
        let waiting = self.follow_delays(ordinal, &before, false)?;
        self.finish_edit(ordinal, changes, otherwise, findings, waiting)
    }

    /// Whether a workflow may become this while leads are inside, and what is wrong with it then.
    fn judge_edit(&self, ordinal: u32, definition: &Definition) -> Result<Findings, EngineError> {
        let flow = self.flow(ordinal);
        let status = flow.workflow.status;
        if status.is_final() {
            return Err(EngineError::NotPossibleNow {
                status,
                what: "edited",
            });
        }
        for slot in &flow.traffic.node_slots {
            let Some(number) = flow.traffic.node_by_id.get(&slot.id) else {
                continue;
            };
            let here = flow.traffic.tallies[*number as usize].here;
            if !slot.alive || here == 0 || definition.node(&slot.id).is_some() {
                continue;
            }
            // Who ended here may stay; who was moved here and is still to enter may not.
            let ended = if slot.node_type.is_terminal() {
                flow.ended_at(*number)
            } else {
                0
            };
            if here > ended {
                return Err(EngineError::LeadsOnNode {
                    node: slot.id.clone(),
                    count: here - ended,
                });
            }
        }
        let same_type = |node: &&leadline_model::Node| {
            let slot = flow.traffic.node_by_id.get(&node.id);
            let slot = slot.map(|slot| &flow.traffic.node_slots[*slot as usize]);
            slot.is_none_or(|old| !old.alive || old.node_type == node.config.node_type())
        };
        if let Some(node) = definition.nodes.iter().find(|node| !same_type(node)) {
            return Err(ChangeError::TypeChange(node.id.clone()).into());
        }
        let findings = self.judge(definition, ordinal);
        if status.is_active() && !findings.valid {
            return Err(EngineError::InvalidGraph(findings.errors));
        }
        room_for(&flow.traffic, definition)?;
        Ok(findings)
    }

    /// A workflow has another definition now.
    fn finish_edit(
        &mut self,
        ordinal: u32,
        changes: Vec<Change>,
        behaves_otherwise: bool,
        findings: Findings,
        waiting: u64,
    ) -> Result<Output, EngineError> {
        let now = self.now;
        let flow = &mut self.flows[ordinal as usize];
        if behaves_otherwise {
            flow.traffic.edited = Some(now);
            if flow.workflow.status != WorkflowStatus::Draft || flow.traffic.counts.active > 0 {
                let note = flow.traffic.notes.number(&in_words(&changes));
                let fact = Fact::Edited(note);
                flow.traffic.history.push(now, NO_LEAD, fact);
            }
        }
        flow.revision += 1;
        flow.workflow.updated_at = now;
        free_stuck(flow)?;
        let known = flow.traffic.barred.len();
        if known != flow.traffic.voice_configs.len() {
            flow.traffic.judge_bars(&self.agents, &self.phone_numbers);
            follow_policies(flow, now)?;
        }
        flow.traffic.let_go();
        Ok(Output::Edited {
            revision: flow.revision,
            changes,
            findings,
            waiting,
        })
    }

    /// The lengths of the delays that an edit is about.
    fn delays(&self, ordinal: u32, changes: &[Change]) -> BTreeMap<u32, Duration> {
        let flow = self.flow(ordinal);
        let put = changes.iter().filter_map(|change| match change {
            Change::PutNode { node } => flow.traffic.node_by_id.get(&node.id),
            _ => None,
        });
        let lengths = put.filter_map(|slot| match kind_of(&flow.plan, *slot) {
            Kind::Delay { length, .. } => Some((*slot, *length)),
            _ => None,
        });
        lengths.collect()
    }

    /// How many leads wait at delays whose length is another now; applies it to them if it is to be.
    fn follow_delays(
        &mut self,
        ordinal: u32,
        before: &BTreeMap<u32, Duration>,
        apply: bool,
    ) -> Result<u64, EngineError> {
        let now = self.now;
        let flow = &mut self.flows[ordinal as usize];
        let changed = |(slot, old): (&u32, &Duration)| match kind_of(&flow.plan, *slot) {
            Kind::Delay { length, .. } if length != old => Some((*slot, length.0 - old.0)),
            _ => None,
        };
        let changed: BTreeMap<u32, i64> = before.iter().filter_map(changed).collect();
        if changed.is_empty() {
            return Ok(0);
        }
        let mut waiting = 0;
        for lead in 0..flow.traffic.leads.len() {
            let row = flow.traffic.leads[lead];
            let Some(longer) = changed.get(&row.node) else {
                continue;
            };
            if row.step != Step::Waiting {
                continue;
            }
            waiting += 1;
            if apply {
                let until = Time(row.until.saturating_add(*longer));
                flow.traffic.wait(lead, until.max(now))?;
            }
        }
        Ok(waiting)
    }

    pub(crate) fn delete_node_moving_leads(
        &mut self,
        id: &WorkflowId,
        node_id: &NodeId,
        to: &NodeId,
    ) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let flow = self.flow(ordinal);
        let unknown = |id: &NodeId| EngineError::UnknownNode(id.clone());
        flow.definition
            .node(node_id)
            .ok_or_else(|| unknown(node_id))?;
        flow.definition.node(to).ok_or_else(|| unknown(to))?;
        if node_id == to {
            return Err(EngineError::Invalid(
                "leads cannot move to the node that is deleted".into(),
            ));
        }
        let mut changes: Vec<Change> = Vec::new();
        for edge in &flow.definition.edges {
            if edge.from_node_id == *node_id || edge.to_node_id == *node_id {
                changes.push(Change::DeleteEdge {
                    id: edge.id.clone(),
                });
            }
        }
        changes.push(Change::DeleteNode {
            id: node_id.clone(),
        });
        let mut definition = flow.definition.clone();
        definition.apply(&changes)?;
        let findings = self.judge(&definition, ordinal);
        if flow.workflow.status.is_active() && !findings.valid {
            return Err(EngineError::InvalidGraph(findings.errors));
        }
        if flow.workflow.status.is_final() {
            let status = flow.workflow.status;
            return Err(EngineError::NotPossibleNow {
                status,
                what: "edited",
            });
        }
        let slot = flow.traffic.node_by_id[node_id];
        let target = flow.traffic.node_by_id[to];
        let leads: Vec<u32> = (0..flow.traffic.leads.len())
            .filter(|lead| {
                flow.traffic.leads[*lead].node == slot && flow.traffic.leads.step(*lead).is_inside()
            })
            .collect();
        self.place(ordinal, &leads, target)?;
        self.take_definition(ordinal, definition, changes)
    }

    pub(crate) fn duplicate(&mut self, id: &WorkflowId) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let original = self.flow(ordinal).definition.clone();
        self.check_room()?;
        let copy = self.with_new_ids(original);
        self.create_workflow(&copy)
    }

    /// The same graph under ids that were never used, with " (Copy)" on the title.
    fn with_new_ids(&mut self, mut definition: Definition) -> Definition {
        let key = self.config.key;
        let mut nodes: BTreeMap<NodeId, NodeId> = BTreeMap::new();
        for node in &mut definition.nodes {
            let id = NodeId::from_counter(key ^ NODE_KEY, self.make());
            nodes.insert(std::mem::replace(&mut node.id, id.clone()), id);
        }
        for edge in &mut definition.edges {
            edge.id = EdgeId::from_counter(key ^ EDGE_KEY, self.make());
            for end in [&mut edge.from_node_id, &mut edge.to_node_id] {
                if let Some(new) = nodes.get(end) {
                    *end = new.clone();
                }
            }
        }
        rename_visits(&mut definition, &nodes);
        let room = limits::MAX_LABEL - " (Copy)".len();
        let title: String = definition.title.chars().take(room).collect();
        definition.title = format!("{title} (Copy)");
        definition
    }

    /// The id of a new agent.
    pub(crate) fn new_agent_id(&mut self) -> leadline_model::AgentId {
        let key = self.config.key ^ AGENT_KEY;
        leadline_model::AgentId::from_counter(key, self.make())
    }

    pub(crate) fn delete_workflow(&mut self, id: &WorkflowId) -> Result<Output, EngineError> {
        let ordinal = self.ordinal(id)?;
        let status = self.flow(ordinal).workflow.status;
        if status.is_active() {
            return Err(EngineError::NotPossibleNow {
                status,
                what: "deleted; pause it first",
            });
        }
        self.end_runs_of(ordinal, "its workflow was deleted")?;
        let now = self.now;
        self.by_id.remove(id);
        self.deleted[ordinal as usize] = true;
        let flow = &mut self.flows[ordinal as usize];
        flow.workflow.status = WorkflowStatus::Cancelled;
        stop(flow, now)?;
        Ok(Output::Done)
    }

    /// What is wrong with a workflow's definition now.
    pub(crate) fn findings(&self, ordinal: u32) -> Findings {
        self.judge(&self.flow(ordinal).definition, ordinal)
    }

    /// What would be wrong with a definition in the place of a workflow's.
    pub(crate) fn judge(&self, definition: &Definition, ordinal: u32) -> Findings {
        let leads = &self.flow(ordinal).traffic.leads;
        let keys = leads.cells.keys().iter().cloned().collect();
        let context = Context {
            agents: &self.agents,
            phone_numbers: &self.phone_numbers,
            account: &self.account,
            variable_keys: (leads.len() > 0).then_some(&keys),
            tools: Engine::tools(),
        };
        validate(definition, context)
    }

    /// What is wrong with a definition that would replace a workflow's.
    pub fn validate(
        &self,
        id: &WorkflowId,
        definition: &Definition,
    ) -> Result<Findings, EngineError> {
        Ok(self.judge(definition, self.ordinal(id)?))
    }

    /// The time of the last change of a workflow, for tests of what touches it.
    pub fn updated_at(&self, id: &WorkflowId) -> Result<Time, EngineError> {
        Ok(self.flow(self.ordinal(id)?).workflow.updated_at)
    }
}

/// An edit in words, for the history: what was changed, by kind.
fn in_words(changes: &[Change]) -> String {
    let count = |which: fn(&Change) -> bool| changes.iter().filter(|change| which(change)).count();
    let counts = [
        (
            count(|c| matches!(c, Change::PutNode { .. })),
            "node",
            "put",
        ),
        (
            count(|c| matches!(c, Change::DeleteNode { .. })),
            "node",
            "deleted",
        ),
        (
            count(|c| matches!(c, Change::PutEdge { .. })),
            "edge",
            "put",
        ),
        (
            count(|c| matches!(c, Change::DeleteEdge { .. })),
            "edge",
            "deleted",
        ),
    ];
    let settings = changes
        .iter()
        .any(|c| matches!(c, Change::SetSettings { .. }));
    let counted = counts.into_iter().filter(|(count, ..)| *count > 0);
    let mut said: Vec<String> = counted
        .map(|(count, what, done)| match count {
            1 => format!("1 {what} {done}"),
            count => format!("{count} {what}s {done}"),
        })
        .collect();
    if settings {
        said.push("settings changed".into());
    }
    match said.is_empty() {
        true => "its order".into(),
        false => said.join(", "),
    }
}

/// Leads that were stuck for want of an edge go on when an edit has drawn it.
fn free_stuck(flow: &mut Flow) -> Result<(), EngineError> {
    if flow.traffic.counts.review_required == 0 {
        return Ok(());
    }
    for lead in 0..flow.traffic.leads.len() {
        if flow.traffic.leads.step(lead) != Step::Review {
            continue;
        }
        let node = flow.traffic.leads[lead].node as usize;
        let outcome = flow.traffic.leads[lead].outcome;
        let routed = flow
            .plan
            .nodes
            .get(node)
            .and_then(|node| node.route(outcome))
            .is_some();
        if routed && outcome != crate::flow::label::UNDECIDED {
            flow.traffic.outcome(lead, outcome)?;
        }
    }
    Ok(())
}

/// Conditions that count visits name nodes by id: they follow the new ids.
fn rename_visits(definition: &mut Definition, nodes: &BTreeMap<NodeId, NodeId>) {
    use leadline_model::{Condition, NodeConfig, condition::ConditionGroup};
    fn rename(group: &mut ConditionGroup, nodes: &BTreeMap<NodeId, NodeId>) {
        for condition in group.all.iter_mut().chain(&mut group.any).flatten() {
            match condition {
                Condition::Group(inner) => rename(inner, nodes),
                Condition::Rule(rule) => {
                    let id = rule
                        .field
                        .strip_prefix("visits.")
                        .and_then(|id| NodeId::parse(id).ok());
                    if let Some(new) = id.and_then(|id| nodes.get(&id)) {
                        rule.field = format!("visits.{new}");
                    }
                }
            }
        }
    }
    for node in &mut definition.nodes {
        if let NodeConfig::Conditional(config) = &mut node.config {
            config
                .branches
                .iter_mut()
                .for_each(|branch| rename(&mut branch.when, nodes));
        }
    }
}
