//! "Why is this lead here?", answered from state for every lead, in words (SPEC 3).

use leadline_model::view::{Why, WhyCode};
use leadline_model::{CallStatus, Time, WorkflowStatus};

use crate::compile::Kind;
use crate::engine::Engine;
use crate::flow::{Asked, label};
use crate::machines::lead::Step;
use crate::state::history::Fact;
use crate::state::leads::NONE;

fn why(code: WhyCode, message: impl Into<String>) -> Why {
    Why {
        code,
        message: message.into(),
    }
}

impl Engine {
    /// Why a lead is where it is. Scans the history only for leads that need review.
    pub(crate) fn why(&self, ordinal: u32, lead: u32) -> Why {
        let flow = self.flow(ordinal);
        let traffic = &flow.traffic;
        let step = traffic.leads.step(lead);
        match step {
            Step::Removed => {
                return why(WhyCode::Removed, "An operator took it out of the workflow.");
            }
            Step::Ended => return self.ended(ordinal, lead),
            _ => {}
        }
        let in_progress = match step {
            Step::Acting => self.acting(ordinal, lead),
            _ => None,
        };
        if let Some(answer) = self.not_running(ordinal, step, in_progress.as_ref()) {
            return answer;
        }
        match step {
            Step::Pending => match flow.plan.entry {
                Some(_) => why(WhyCode::StartsOnNextTick, "It starts on the next tick."),
                None => why(
                    WhyCode::NoEntryNode,
                    "The workflow has no entry node to start at.",
                ),
            },
            Step::Queued => self.queued(ordinal, lead),
            Step::Waiting => self.waiting(ordinal, lead),
            Step::Acting => in_progress
                .unwrap_or_else(|| why(WhyCode::ActionInProgress, "Its step is under way.")),
            Step::Review => why(WhyCode::ReviewRequired, self.review_reason(ordinal, lead)),
            _ => self.moves_next(ordinal, lead),
        }
    }

    fn ended(&self, ordinal: u32, lead: u32) -> Why {
        let flow = self.flow(ordinal);
        let node = flow.traffic.leads[lead].node as usize;
        let slot = &flow.traffic.node_slots[node];
        let label = &slot.label;
        if slot.node_type == leadline_model::NodeType::Converted {
            why(
                WhyCode::Converted,
                format!("It reached the end of its path as converted ({label})."),
            )
        } else {
            why(
                WhyCode::Dropped,
                format!("It reached the end of its path as dropped ({label})."),
            )
        }
    }

    /// What the workflow's own status says, when it keeps the lead where it is.
    fn not_running(&self, ordinal: u32, step: Step, in_progress: Option<&Why>) -> Option<Why> {
        let status = self.flow(ordinal).workflow.status;
        let also = in_progress
            .map(|w| format!(" {}", w.message))
            .unwrap_or_default();
        Some(match status {
            WorkflowStatus::Active | WorkflowStatus::Running => return None,
            WorkflowStatus::Draft if step == Step::Pending => why(
                WhyCode::WorkflowDraft,
                "The workflow is a draft: activate it to start its leads.",
            ),
            WorkflowStatus::Draft => why(
                WhyCode::WorkflowDraft,
                format!(
                    "The workflow is back in draft; the lead goes on from here once it is active.{also}"
                ),
            ),
            WorkflowStatus::Paused => why(
                WhyCode::WorkflowPaused,
                format!(
                    "The workflow is paused; the lead goes on from here after it is resumed.{also}"
                ),
            ),
            WorkflowStatus::Cancelled => why(
                WhyCode::WorkflowCancelled,
                format!("The workflow was cancelled; nothing moves any more.{also}"),
            ),
            WorkflowStatus::Completed => why(
                WhyCode::WorkflowCompleted,
                format!("The workflow was completed; nothing moves any more.{also}"),
            ),
        })
    }

    fn acting(&self, ordinal: u32, lead: u32) -> Option<Why> {
        let traffic = &self.flow(ordinal).traffic;
        if let Some(action) = traffic.actions.get(&lead) {
            let request = match &action.asked {
                Asked::Request(request) => request,
                Asked::Run(run) => return self.why_run((*run)?),
            };
            let url = request.webhook.url.as_deref().unwrap_or("?");
            let message = format!(
                "A webhook to {url} is being delivered since {}; given up at {}.",
                action.started, action.deadline
            );
            return Some(why(WhyCode::ActionInProgress, message));
        }
        let call = traffic.leads[lead].last_call;
        let status = traffic.calls.status(call);
        let attempt = traffic.calls[call].attempt;
        let since = traffic.calls.dialled_at(call);
        let message = format!(
            "A call is in progress, status {status}, attempt {attempt}, dialled at {since}."
        );
        Some(why(WhyCode::CallInProgress, message))
    }

    fn queued(&self, ordinal: u32, lead: u32) -> Why {
        let flow = self.flow(ordinal);
        let queue = flow.traffic.queue.iter();
        let valid = queue.filter(|l| flow.traffic.leads.step(**l) == Step::Queued);
        let position = valid.take_while(|queued| **queued != lead).count() + 1;
        let limit = flow.call_limit().min(self.account.max_concurrent_calls);
        let message = format!(
            "Queued for a line behind the limit of {limit} simultaneous calls, position {position}."
        );
        why(WhyCode::QueuedForLine, message)
    }

    fn waiting(&self, ordinal: u32, lead: u32) -> Why {
        let flow = self.flow(ordinal);
        let traffic = &flow.traffic;
        let until = Time(traffic.leads[lead].until);
        let node = traffic.leads[lead].node;
        if !matches!(crate::nodes::kind_of(&flow.plan, node), Kind::Voice { .. }) {
            return if until <= self.now {
                why(
                    WhyCode::MovesOnNextTick,
                    "Its wait is over; it moves on with the next tick.",
                )
            } else {
                why(WhyCode::WaitingUntil, format!("Waiting until {until}."))
            };
        }
        let call = traffic.leads[lead].last_call;
        if call != NONE && traffic.calls.status(call) == CallStatus::Waiting {
            let attempt = traffic.calls[call].attempt;
            let message = if traffic.expiry(call).is_some_and(|expiry| expiry <= until) {
                format!("Attempt {attempt} was not answered and the retries expire at {until}.")
            } else {
                format!("Attempt {attempt} was not answered; it is dialled again at {until}.")
            };
            return why(WhyCode::RetryWaiting, message);
        }
        if until == Time::MAX {
            let message = "Outside the calling window, which never opens again as it is set.";
            return why(WhyCode::OutsideCallingWindow, message);
        }
        why(
            WhyCode::OutsideCallingWindow,
            format!("Outside the calling window until {until}."),
        )
    }

    fn moves_next(&self, ordinal: u32, lead: u32) -> Why {
        let traffic = &self.flow(ordinal).traffic;
        let outcome = traffic.leads[lead].outcome;
        let message = match outcome {
            label::ENTER => "An operator put it here; its step starts on the next tick.".into(),
            label::NONE => "Its step is done; it moves on with the next tick.".into(),
            outcome => {
                let text = traffic.labels.text(u32::from(outcome));
                format!("Its step ended with {text}; it moves on with the next tick.")
            }
        };
        why(WhyCode::MovesOnNextTick, message)
    }

    fn review_reason(&self, ordinal: u32, lead: u32) -> String {
        let traffic = &self.flow(ordinal).traffic;
        let reasons = traffic
            .history
            .of_lead(lead)
            .filter_map(|record| match record.fact {
                Fact::Stuck(note) => Some(note),
                _ => None,
            });
        let reason = reasons
            .last()
            .map_or("it is stuck", |note| traffic.notes.text(note));
        format!("Somebody has to look at it: {reason}.")
    }
}
