//! One lead's path: its records folded into visits.

use leadline_model::view::Visit;
use leadline_model::{CallStatus, NodeType, Time};

use crate::compile::Kind;
use crate::engine::Engine;
use crate::flow::{CallRef, label};
use crate::machines::lead::Step;
use crate::state::history::Fact;

use super::decisions::Decisions;

impl Engine {
    pub(super) fn path(&self, ordinal: u32, lead: u32) -> Vec<Visit> {
        let traffic = &self.flow(ordinal).traffic;
        let mut visits: Vec<Visit> = Vec::new();
        let mut remarks: Vec<String> = Vec::new();
        let mut ended: Option<CallStatus> = None;
        let mut planned: Option<Time> = None;
        let mut decisions = Decisions::default();
        for record in traffic.history.of_lead(lead) {
            decisions.follow(self, ordinal, record.fact);
            match record.fact {
                Fact::Started(node) => {
                    visits.push(self.visit(ordinal, node, record.at));
                }
                Fact::Placed(node) => {
                    if let Some(status) = ended.take() {
                        remarks.push(format!("the call ended as {status}"));
                    }
                    planned = None;
                    if let Some(last) = visits.last_mut() {
                        last.exited_at = Some(record.at);
                        last.reason = join(&mut remarks, "an operator moved the lead");
                    }
                    visits.push(self.visit(ordinal, node, record.at));
                }
                Fact::Moved { edge, outcome } => {
                    let slot = &traffic.edge_slots[edge as usize];
                    if let Some(last) = visits.last_mut() {
                        last.exited_at = Some(record.at);
                        last.outcome = outcome_text(traffic.outcome_text(outcome));
                        last.edge_id = Some(slot.id.clone());
                        if last.node_type == NodeType::Time {
                            last.release_at = Some(planned.unwrap_or(record.at));
                        }
                        let otherwise = self.is_otherwise(ordinal, slot.from, outcome);
                        let why = reason(last, outcome, slot.label, ended, otherwise);
                        last.reason = join(&mut remarks, &why);
                    }
                    if traffic.node_slots[slot.from as usize].node_type == NodeType::Conditional {
                        let visit = visits.len().saturating_sub(1);
                        decisions.decided(visit, slot.from, outcome, record.at);
                    }
                    (ended, planned) = (None, None);
                    visits.push(self.visit(ordinal, slot.to, record.at));
                }
                Fact::CallEnded(status) => ended = Some(status),
                Fact::AttemptEnded(status) => {
                    remarks.push(format!(
                        "an attempt ended as {status} and was dialled again"
                    ));
                }
                Fact::Stuck(note) | Fact::Noted(note) => {
                    remarks.push(traffic.notes.text(note).to_owned());
                }
                Fact::Late(instant) => planned = Some(Time(traffic.instants[instant as usize])),
                Fact::Resolved(number) => {
                    let text = traffic.outcome_text(number);
                    remarks.push(format!("an operator gave the outcome {text}"));
                }
                Fact::Removed => remarks.push("an operator took the lead out".into()),
                Fact::Changed(note) => {
                    let keys = traffic.notes.text(note);
                    remarks.push(format!("an operator changed {keys}"));
                }
                Fact::ActionEnded(_)
                | Fact::Acted(_)
                | Fact::AutoCompleted
                | Fact::Enrolled(_)
                | Fact::Edited(_) => {}
            }
        }
        self.finish(ordinal, lead, &mut visits, remarks, ended);
        self.link_calls(ordinal, lead, &mut visits);
        for (visit, compared) in decisions.explain(self, ordinal, lead) {
            visits[visit].reason.push_str(&compared);
        }
        visits
    }

    fn is_otherwise(&self, ordinal: u32, node: u32, outcome: u16) -> bool {
        match crate::nodes::kind_of(&self.flow(ordinal).plan, node) {
            Kind::Conditional(branches) => branches.is_otherwise(outcome),
            _ => false,
        }
    }

    fn visit(&self, ordinal: u32, node: u32, at: Time) -> Visit {
        let slot = &self.flow(ordinal).traffic.node_slots[node as usize];
        Visit {
            node_id: slot.id.clone(),
            node_label: slot.label.clone(),
            node_type: slot.node_type,
            entered_at: at,
            exited_at: None,
            release_at: None,
            outcome: None,
            edge_id: None,
            reason: String::new(),
            call_id: None,
        }
    }

    /// What is known of the last visit, which has not ended.
    fn finish(
        &self,
        ordinal: u32,
        lead: u32,
        visits: &mut [Visit],
        mut remarks: Vec<String>,
        ended: Option<CallStatus>,
    ) {
        let Some(last) = visits.last_mut() else {
            return;
        };
        let leads = &self.flow(ordinal).traffic.leads;
        let step = leads.step(lead);
        let stands_still = self.flow(ordinal).stands_still();
        if step == Step::Waiting && !(stands_still && self.is_frozen(ordinal, lead)) {
            last.release_at = Some(Time(leads[lead].until));
        }
        if let Some(status) = ended {
            last.outcome = status.branch().map(|branch| branch.label().to_owned());
            remarks.push(format!("the call ended as {status}"));
        }
        last.reason = join(&mut remarks, "");
    }

    /// Gives each visit of a voice call its call: the one created while the visit lasted.
    fn link_calls(&self, ordinal: u32, lead: u32, visits: &mut [Visit]) {
        let traffic = &self.flow(ordinal).traffic;
        let mut calls: Vec<u32> = traffic
            .calls
            .of_lead(traffic.leads[lead].last_call)
            .collect();
        calls.reverse();
        let mut calls = calls.into_iter().peekable();
        for visit in visits
            .iter_mut()
            .filter(|visit| visit.node_type == NodeType::VoiceCall)
        {
            let fits = |call: &u32| {
                let node = self
                    .voice_config(CallRef {
                        flow: ordinal,
                        call: *call,
                    })
                    .node;
                let created = Time(traffic.calls[*call].created);
                *self.node_id(ordinal, node) == visit.node_id
                    && created >= visit.entered_at
                    && visit.exited_at.is_none_or(|exit| created <= exit)
            };
            if let Some(call) = calls.next_if(fits) {
                visit.call_id = Some(self.call_id(CallRef {
                    flow: ordinal,
                    call,
                }));
            }
        }
    }
}

fn outcome_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn reason(
    visit: &Visit,
    outcome: u16,
    edge_label: u16,
    ended: Option<CallStatus>,
    otherwise: bool,
) -> String {
    let what = match (visit.node_type, ended, &visit.outcome) {
        (NodeType::VoiceCall, Some(status), _) => format!("the call ended as {status}"),
        (NodeType::Time, ..) => "the wait was over".into(),
        (NodeType::Conditional, _, Some(branch)) if otherwise => {
            format!("no branch held, so it took “{branch}”")
        }
        (NodeType::Conditional, _, Some(branch)) => format!("the branch “{branch}” held"),
        (NodeType::Application, _, Some(result)) => format!("the action ended with {result}"),
        (_, _, Some(outcome)) => format!("the outcome was {outcome}"),
        _ => "the step was done".into(),
    };
    if edge_label == label::NONE && outcome != label::NONE {
        format!("{what}; no edge is labelled so, so the unlabelled edge was taken")
    } else {
        what
    }
}

fn join(remarks: &mut Vec<String>, last: &str) -> String {
    if !last.is_empty() {
        remarks.push(last.to_owned());
    }
    std::mem::take(remarks).join("; ")
}
