//! What must hold of the state between any two inputs, computed anew from the rows.
//!
//! For tests: every counter and queue is a short cut to something the rows say, and here the long
//! way is gone. O(everything), so no host calls it.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::view::LeadCounts;
use leadline_model::{CallStatus, NodeType, Time};

use crate::dialling::{Bar, config_of};
use crate::engine::Engine;
use crate::flow::{Asked, Flow, Tally};
use crate::machines::lead::Step;
use crate::people::People;
use crate::state::history::{Fact, NO_LEAD};
use crate::state::leads::NONE;

/// Refuses with a sentence when a condition does not hold.
macro_rules! must {
    ($condition:expr, $($words:tt)*) => {
        if !$condition {
            return Err(format!($($words)*));
        }
    };
}

impl Engine {
    /// Checks every invariant; the first that does not hold is named.
    pub fn check_invariants(&self) -> Result<(), String> {
        let mut live = 0;
        for flow in &self.flows {
            let id = &flow.workflow.id;
            check(flow).map_err(|problem| format!("workflow {id}: {problem}"))?;
            self.held_for_a_reason(flow)
                .map_err(|problem| format!("workflow {id}: {problem}"))?;
            live += flow.traffic.live;
        }
        if let Some(people) = &self.people {
            must!(
                *people == People::of(&self.flows),
                "calls to people are not what the calls say"
            );
        }
        must!(
            live == self.live,
            "{} lines are held, the engine counts {}",
            live,
            self.live
        );
        let present = self.deleted.iter().filter(|deleted| !**deleted).count();
        must!(
            present == self.by_id.len(),
            "{} workflows, {} ids",
            present,
            self.by_id.len()
        );
        self.runs_and_leads_know_each_other()
    }

    /// Who is held cannot be called, and what says so is up to date.
    fn held_for_a_reason(&self, flow: &Flow) -> Result<(), String> {
        if flow.workflow.status.is_final() {
            return Ok(());
        }
        let traffic = &flow.traffic;
        for (i, config) in traffic.voice_configs.iter().enumerate() {
            let bar = Bar::of(config, &self.agents, &self.phone_numbers);
            must!(
                traffic.barred.get(i) == Some(&bar),
                "calls with config {i} are barred by {bar:?}, kept {:?}",
                traffic.barred.get(i)
            );
        }
        let own = flow.workflow.settings.calls_per_person;
        let account = self.account.calls_per_person;
        let bounded = [own, account].iter().flatten().any(|b| b.total.is_some());
        for lead in &traffic.held {
            if traffic.leads.step(*lead) != Step::Queued {
                continue;
            }
            let bar = config_of(flow, *lead).and_then(|config| traffic.bar(config));
            must!(bar.is_some() || bounded, "lead {lead} is held for nothing");
        }
        for call in traffic.unplaced.keys() {
            let status = traffic.calls.status(*call);
            must!(
                matches!(
                    status,
                    CallStatus::Waiting | CallStatus::Created | CallStatus::Initiated
                ),
                "call {call} is {status} and could not be placed"
            );
        }
        Ok(())
    }

    /// A lead that waits for a run is the one the run is for, and a run that is over keeps nobody.
    fn runs_and_leads_know_each_other(&self) -> Result<(), String> {
        for (row, run) in self.runs.iter() {
            must!(
                run.wait.is_some() != run.status.is_final(),
                "run {row} is {:?} and waits for {:?}",
                run.status,
                run.wait
            );
            let Some(lead) = run.lead.filter(|_| !run.status.is_final()) else {
                continue;
            };
            let actions = &self.flow(lead.flow).traffic.actions;
            let asked = actions.get(&lead.lead).map(|action| &action.asked);
            must!(
                asked == Some(&Asked::Run(Some(row))),
                "run {row} is for {lead:?}, which waits for {asked:?}"
            );
        }
        for flow in &self.flows {
            for (lead, action) in &flow.traffic.actions {
                let Asked::Run(run) = action.asked else {
                    continue;
                };
                let run = run.and_then(|row| self.runs.get(row));
                must!(
                    run.is_some_and(|run| !run.status.is_final()),
                    "lead {lead} waits for a run that is over"
                );
            }
        }
        Ok(())
    }
}

fn check(flow: &Flow) -> Result<(), String> {
    slots(flow)?;
    leads_are_counted(flow)?;
    history_agrees(flow)?;
    calls_are_counted(flow)?;
    everyone_is_somewhere(flow)
}

/// Every node has its slot, its tally and its place in the plan.
fn slots(flow: &Flow) -> Result<(), String> {
    let slots = flow.traffic.node_slots.len();
    let (tallies, plan) = (flow.traffic.tallies.len(), flow.plan.nodes.len());
    must!(
        slots == tallies && slots == plan,
        "slots {slots}, tallies {tallies}, plan {plan}"
    );
    let alive = flow
        .traffic
        .node_slots
        .iter()
        .filter(|slot| slot.alive)
        .count();
    let nodes = flow.definition.nodes.len();
    must!(
        alive == nodes,
        "{alive} slots are alive, {nodes} nodes are defined"
    );
    Ok(())
}

/// No lead is lost or counted twice.
fn leads_are_counted(flow: &Flow) -> Result<(), String> {
    let traffic = &flow.traffic;
    let leads = &traffic.leads;
    let mut counts = LeadCounts::default();
    let mut tallies = vec![Tally::default(); traffic.tallies.len()];
    let mut numbers = BTreeSet::new();
    for lead in 0..leads.len() {
        let (step, node) = (leads.step(lead), leads[lead].node);
        must!(step != Step::Moving, "lead {lead} is between two nodes");
        if step == Step::Removed {
            counts.removed += 1;
            continue;
        }
        let new = numbers.insert(leads[lead].phone);
        must!(new, "lead {lead} has the number of another");
        if step == Step::Pending {
            must!(node == NONE, "lead {lead} is pending and stands on a node");
            counts.pending += 1;
            continue;
        }
        let slot = traffic.node_slots.get(node as usize);
        let Some(slot) = slot else {
            return Err(format!("lead {lead} stands on no node"));
        };
        tallies[node as usize].here += 1;
        match (step, slot.node_type) {
            (Step::Ended, NodeType::Converted) => counts.completed += 1,
            (Step::Ended, NodeType::Dropped) => counts.dropped += 1,
            (Step::Ended, other) => return Err(format!("lead {lead} ended at a {other:?}")),
            _ => {
                must!(
                    slot.alive,
                    "lead {lead} stands on the deleted node {}",
                    slot.id
                );
                counts.active += 1;
            }
        }
        if step == Step::Review {
            counts.review_required += 1;
            tallies[node as usize].review += 1;
        }
    }
    must!(
        counts == traffic.counts,
        "leads are {counts:?}, counted {:?}",
        traffic.counts
    );
    for (slot, (got, kept)) in tallies.iter().zip(&traffic.tallies).enumerate() {
        let same = got.here == kept.here && got.review == kept.review;
        let id = &traffic.node_slots[slot].id;
        must!(
            same,
            "node {id}: {} here and {} in review, tally {kept:?}",
            got.here,
            got.review
        );
    }
    Ok(())
}

/// Each lead starts once, and the history tells of every visit.
fn history_agrees(flow: &Flow) -> Result<(), String> {
    let traffic = &flow.traffic;
    let mut at: BTreeMap<u32, u32> = BTreeMap::new();
    let mut visits: BTreeMap<(u32, u32), u16> = BTreeMap::new();
    let mut entered = vec![0u64; traffic.tallies.len()];
    let mut taken = vec![0u64; traffic.taken.len()];
    let mut last = Time::MIN;
    for record in traffic.history.since(0) {
        must!(
            record.at >= last,
            "the history goes back to {} after {last}",
            record.at
        );
        last = record.at;
        let node = match record.fact {
            Fact::Started(node) => {
                must!(
                    !at.contains_key(&record.lead),
                    "lead {} starts twice",
                    record.lead
                );
                node
            }
            Fact::Placed(node) => node,
            Fact::Moved { edge, .. } => {
                let slot = &traffic.edge_slots[edge as usize];
                let from = at.get(&record.lead).copied();
                let fits = from == Some(slot.from);
                must!(
                    fits,
                    "lead {} leaves {} and was at {from:?}",
                    record.lead,
                    slot.from
                );
                taken[edge as usize] += 1;
                slot.to
            }
            _ => continue,
        };
        must!(record.lead != NO_LEAD, "nobody enters node {node}");
        at.insert(record.lead, node);
        entered[node as usize] += 1;
        // As the column that is checked: it stays at its maximum.
        let count = visits.entry((node, record.lead)).or_default();
        *count = count.saturating_add(1);
    }
    for lead in 0..traffic.leads.len() {
        let node = traffic.leads[lead].node;
        let told = at.get(&lead).copied().unwrap_or(NONE);
        must!(
            node == told,
            "lead {lead} stands on {node}, its history ends at {told}"
        );
    }
    for (slot, (got, tally)) in entered.iter().zip(&traffic.tallies).enumerate() {
        let id = &traffic.node_slots[slot].id;
        must!(
            *got == tally.entered,
            "node {id} was entered {got} times, tally {tally:?}"
        );
    }
    must!(
        taken == traffic.taken,
        "edges were taken {taken:?}, counted {:?}",
        traffic.taken
    );
    for column in &traffic.visits {
        for lead in 0..traffic.leads.len() {
            let counted = column.visits.get(lead as usize).copied().unwrap_or(0);
            let got = visits.get(&(column.node, lead)).copied().unwrap_or(0);
            must!(
                counted == got,
                "lead {lead} visited {} {got} times, counted {counted}",
                column.node
            );
        }
    }
    Ok(())
}

/// Every call that holds a line is counted, and can be given up.
fn calls_are_counted(flow: &Flow) -> Result<(), String> {
    let traffic = &flow.traffic;
    let dialled: BTreeSet<(u32, u8)> = traffic.dialled.iter().copied().collect();
    let mut live = 0;
    let mut previous: BTreeMap<u32, u32> = BTreeMap::new();
    for call in 0..traffic.calls.len() {
        let lead = traffic.calls[call].lead;
        let status = traffic.calls.status(call);
        must!(lead < traffic.leads.len(), "call {call} has no lead");
        let before = previous.insert(lead, call).unwrap_or(NONE);
        let linked = traffic.calls[call].previous;
        must!(
            before == linked,
            "call {call} follows {before}, linked to {linked}"
        );
        if status.holds_line() {
            live += 1;
            let dial = (call, traffic.calls[call].attempt);
            must!(dialled.contains(&dial), "call {call} can never be given up");
        }
        let ended = traffic.calls[call].ended != NONE;
        must!(
            ended == status.is_final(),
            "call {call} is {status}, ended: {ended}"
        );
        if status == CallStatus::Waiting && !flow.workflow.status.is_final() {
            let step = traffic.leads.step(lead);
            let fits = matches!(step, Step::Waiting | Step::Queued) && traffic.is_current(call);
            must!(
                fits,
                "call {call} waits to be dialled, its lead {lead} is {step:?}"
            );
        }
    }
    must!(
        live == traffic.live,
        "{live} calls hold a line, counted {}",
        traffic.live
    );
    for lead in 0..traffic.leads.len() {
        let (last, linked) = (previous.get(&lead), traffic.leads[lead].last_call);
        let last = last.copied().unwrap_or(NONE);
        must!(
            last == linked,
            "lead {lead} has the last call {last}, linked to {linked}"
        );
    }
    Ok(())
}

/// Every lead will be found by whatever moves it on.
fn everyone_is_somewhere(flow: &Flow) -> Result<(), String> {
    if flow.workflow.status.is_final() {
        return Ok(());
    }
    let traffic = &flow.traffic;
    let leads = &traffic.leads;
    let count = |list: &mut dyn Iterator<Item = u32>| {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        list.for_each(|lead| *counts.entry(lead).or_default() += 1);
        counts
    };
    let ready = count(&mut traffic.ready.iter().copied());
    let queued = count(&mut traffic.queue.iter().chain(&traffic.held).copied());
    let mut timers = traffic.timers.clone();
    let mut waits = BTreeSet::new();
    while let Some((at, lead)) = timers.pop_due(Time(i64::MAX)) {
        waits.insert((lead, at));
    }
    for lead in 0..leads.len() {
        let times = |counts: &BTreeMap<u32, u32>| counts.get(&lead).copied().unwrap_or(0);
        match leads.step(lead) {
            Step::Ready => must!(
                times(&ready) == 1,
                "lead {lead} is ready {} times",
                times(&ready)
            ),
            Step::Queued => {
                must!(
                    times(&queued) == 1,
                    "lead {lead} is queued {} times",
                    times(&queued)
                );
            }
            Step::Waiting => {
                let until = Time(leads[lead].until);
                must!(
                    waits.contains(&(lead, until)),
                    "nothing wakes lead {lead} at {until}"
                );
            }
            Step::Acting => {
                let call = leads[lead].last_call;
                let calls = call != NONE && traffic.calls.status(call).holds_line();
                let acts = traffic.actions.contains_key(&lead);
                must!(
                    acts || (calls && traffic.is_current(call)),
                    "lead {lead} acts on nothing"
                );
            }
            Step::Pending => {
                must!(
                    lead >= traffic.next_pending,
                    "lead {lead} is pending and was passed over"
                );
            }
            _ => {}
        }
        let acting = leads.step(lead) == Step::Acting;
        let idle = !traffic.actions.contains_key(&lead);
        must!(
            acting || idle,
            "lead {lead} is {:?} with an action under way",
            leads.step(lead)
        );
    }
    Ok(())
}
