//! Records of the history in words.

use leadline_model::view::Event;

use crate::engine::Engine;
use crate::flow::{LeadRef, label};
use crate::state::history::{Fact, NO_LEAD, Record};

impl Engine {
    pub(super) fn event(&self, ordinal: u32, record: Record) -> Event {
        let traffic = &self.flow(ordinal).traffic;
        let name = |slot: u32| {
            let slot = &traffic.node_slots[slot as usize];
            if slot.label.is_empty() {
                slot.id.to_string()
            } else {
                format!("“{}”", slot.label)
            }
        };
        let outcome = |number: u16| match number {
            label::NONE => "done".to_owned(),
            number => traffic.outcome_text(number).to_owned(),
        };
        let (kind, message, node) = match record.fact {
            Fact::Started(node) => (
                "lead_started",
                format!("The lead started at {}.", name(node)),
                Some(node),
            ),
            Fact::Moved {
                edge,
                outcome: number,
            } => {
                let slot = &traffic.edge_slots[edge as usize];
                let (from, to) = (name(slot.from), name(slot.to));
                let message = format!(
                    "The lead left {from} with {} and entered {to}.",
                    outcome(number)
                );
                ("lead_moved", message, Some(slot.to))
            }
            Fact::CallEnded(status) => ("call_ended", format!("The call ended as {status}."), None),
            Fact::AttemptEnded(status) => (
                "call_retried",
                format!("An attempt ended as {status}; it will be dialled again."),
                None,
            ),
            Fact::Stuck(note) => (
                "review_required",
                format!(
                    "Somebody has to look at the lead: {}.",
                    traffic.notes.text(note)
                ),
                None,
            ),
            Fact::Noted(note) => ("remark", format!("{}.", traffic.notes.text(note)), None),
            Fact::Late(instant) => {
                let planned = leadline_model::Time(traffic.instants[instant as usize]);
                (
                    "released_late",
                    format!("The delay was planned to end at {planned}."),
                    None,
                )
            }
            Fact::Placed(node) => (
                "lead_placed",
                format!("An operator moved the lead to {}.", name(node)),
                Some(node),
            ),
            Fact::Resolved(number) => (
                "step_resolved",
                format!("An operator gave the step the outcome {}.", outcome(number)),
                None,
            ),
            Fact::Removed => (
                "lead_removed",
                "An operator took the lead out.".into(),
                None,
            ),
            Fact::ActionEnded(number) => (
                "action_ended",
                format!("The action ended with {}.", outcome(number)),
                None,
            ),
            Fact::Acted(action) => (
                "workflow_acted",
                format!("Somebody chose {}.", action.as_str()),
                None,
            ),
            Fact::AutoCompleted => (
                "workflow_completed",
                "Every lead is final: the workflow is completed.".into(),
                None,
            ),
            Fact::Enrolled(count) => (
                "leads_enrolled",
                match count {
                    1 => "1 lead was enrolled.".to_owned(),
                    count => format!("{count} leads were enrolled."),
                },
                None,
            ),
            Fact::Edited(note) => (
                "workflow_edited",
                format!(
                    "Somebody edited the workflow: {}.",
                    traffic.notes.text(note)
                ),
                None,
            ),
            Fact::Changed(note) => (
                "lead_changed",
                format!("An operator changed {}.", traffic.notes.text(note)),
                None,
            ),
        };
        let about_lead = record.lead != NO_LEAD && !matches!(record.fact, Fact::Enrolled(_));
        Event {
            seq: record.seq,
            at: record.at,
            kind: kind.into(),
            message,
            lead_id: about_lead.then(|| {
                self.lead_id(LeadRef {
                    flow: ordinal,
                    lead: record.lead,
                })
            }),
            node_id: node.map(|slot| traffic.node_slots[slot as usize].id.clone()),
        }
    }

    /// Moves along edges since a record, oldest first: (lead, edge), at most `limit`, and the number
    /// of the next record.
    pub fn moves_since(
        &self,
        flow: u32,
        from: u64,
        limit: usize,
    ) -> Vec<(leadline_model::LeadId, leadline_model::EdgeId)> {
        let traffic = &self.flow(flow).traffic;
        let moves = traffic
            .history
            .since(from)
            .filter_map(|record| match record.fact {
                Fact::Moved { edge, .. } => {
                    let lead = self.lead_id(LeadRef {
                        flow,
                        lead: record.lead,
                    });
                    Some((lead, traffic.edge_slots[edge as usize].id.clone()))
                }
                _ => None,
            });
        moves.take(limit).collect()
    }
}
