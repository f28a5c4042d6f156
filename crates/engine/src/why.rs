//! "Why is this lead here?", answered from state for every lead, in words (SPEC 3).

use leadline_model::view::{Why, WhyCode};
use leadline_model::{CallStatus, Duration, Time, WorkflowStatus};

use crate::compile::Kind;
use crate::dialling::{Bar, circuit_of, config_of, waits_for_dial};
use crate::engine::Engine;
use crate::flow::{Asked, label};
use crate::machines::circuit::State;
use crate::machines::lead::Step;
use crate::people::Free;
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
        if let Some(answer) = self.not_running(ordinal, lead, step, in_progress.as_ref()) {
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

    /// Whether a lead waits for a time that stands still during a pause that freezes.
    pub(crate) fn is_frozen(&self, ordinal: u32, lead: u32) -> bool {
        let flow = self.flow(ordinal);
        let kind = crate::nodes::kind_of(&flow.plan, flow.traffic.leads[lead].node);
        flow.traffic.leads.step(lead) == Step::Waiting
            && (matches!(kind, Kind::Delay { .. }) || waits_for_dial(&flow.traffic, lead))
    }

    /// What is left of a lead's wait while time stands still.
    fn left_of_wait(&self, ordinal: u32, lead: u32) -> Option<Duration> {
        let flow = self.flow(ordinal);
        let since = flow.traffic.paused_at.filter(|_| flow.stands_still())?;
        let until = Time(flow.traffic.leads[lead].until);
        (self.is_frozen(ordinal, lead) && until > since).then(|| until.since(since))
    }

    /// What the workflow's own status says, when it keeps the lead where it is.
    fn not_running(
        &self,
        ordinal: u32,
        lead: u32,
        step: Step,
        in_progress: Option<&Why>,
    ) -> Option<Why> {
        let left = self.left_of_wait(ordinal, lead);
        let left = left.map(|left| format!(" {} of its wait are left then.", in_words(left)));
        let left = left.unwrap_or_default();
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
                    "The workflow is paused; the lead goes on from here after it is resumed.{also}{left}"
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
        if let Some(why) = self.cannot_be_called(ordinal, lead) {
            return why;
        }
        let queue = flow.traffic.queue.iter();
        let valid = queue.filter(|l| flow.traffic.leads.step(**l) == Step::Queued);
        let position = valid.take_while(|queued| **queued != lead).count() + 1;
        let limit = flow.call_limit().min(self.account.max_concurrent_calls);
        let message = format!(
            "Queued for a line behind the limit of {limit} simultaneous calls, position {position}."
        );
        why(WhyCode::QueuedForLine, message)
    }

    /// What keeps a queued lead from being called, beside the number of lines.
    fn cannot_be_called(&self, ordinal: u32, lead: u32) -> Option<Why> {
        let flow = self.flow(ordinal);
        let config = config_of(flow, lead)?;
        if let Some(bar) = flow.traffic.bar(config) {
            let used = &flow.traffic.voice_configs[usize::from(config)];
            let agent = used.agent_id.as_ref();
            let agent = agent.map_or("?", |id| {
                let known = self.agents.get(id);
                known.map_or(id.as_str(), |agent| agent.name.as_str())
            });
            let number = used.from_phone_number.as_deref().unwrap_or("?");
            let message = match bar {
                Bar::AgentInactive => format!(
                    "The agent {agent} is not active: the lead is called once it is switched on."
                ),
                Bar::AgentGone => {
                    format!("The agent {agent} does not exist any more: choose another.")
                }
                Bar::NumberInactive => format!(
                    "The number {number} is not active: the lead is called once it is switched on."
                ),
                Bar::NumberGone => {
                    format!("The number {number} does not exist any more: choose another.")
                }
            };
            return Some(why(WhyCode::CannotCall, message));
        }
        if let Some(why) = self.at_bound(ordinal, lead) {
            return Some(why);
        }
        let breaker = flow.traffic.breaker.as_ref()?;
        let (since, until) = match breaker.state() {
            State::Closed => return None,
            State::Open { since, until } | State::Trial { since, until, .. } => (since, until),
        };
        let percent = circuit_of(flow).failed_percent;
        let message = format!(
            "New calls stopped at {since}, since {percent} % or more could not be placed; one call \
             tries again at {until}."
        );
        Some(why(WhyCode::CircuitOpen, message))
    }

    /// What is said of a lead whose calls are at their bound.
    fn at_bound(&self, ordinal: u32, lead: u32) -> Option<Why> {
        let flow = self.flow(ordinal);
        let own = flow.workflow.settings.calls_per_person;
        let account = self.account.calls_per_person;
        let bounds = own.unwrap_or_default().and(account.unwrap_or_default());
        let people = self.people.as_ref()?;
        let phone = flow.traffic.leads[lead].phone;
        let free = people.free(phone, bounds, self.now);
        let [day, week, total] = people.counts(phone, self.now);
        let said = [
            (day, bounds.per_day, "in the last 24 hours"),
            (week, bounds.per_week, "in the last 7 days"),
            (total, bounds.total, "in all"),
        ];
        let reached = said.iter().rev().find_map(|(calls, most, words)| {
            let most = (*most)?;
            (*calls >= most as usize)
                .then(|| format!("It was called {calls} times {words}, the limit is {most}"))
        })?;
        let message = match free {
            Free::Now => return None,
            Free::At(at) => format!("{reached}: it is called again from {at} on."),
            Free::Never => format!(
                "{reached}. Raise the limit, or draw an edge labelled LIMIT from this node."
            ),
        };
        Some(why(WhyCode::AtCallBound, message))
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
            if let Some(times) = traffic.unplaced.get(&call) {
                let times = match times {
                    1 => "once".to_owned(),
                    n => format!("{n} times"),
                };
                let message = format!(
                    "Its call could not be placed {times} (attempt {attempt}); it is tried again at {until}."
                );
                return why(WhyCode::CallNotPlaced, message);
            }
            if let Some(why) = self.at_bound(ordinal, lead) {
                return why;
            }
            let message = if traffic.expiry(call).is_some_and(|expiry| expiry <= until) {
                format!("Attempt {attempt} was not answered and the retries expire at {until}.")
            } else {
                format!("Attempt {attempt} was not answered; it is dialled again at {until}.")
            };
            return why(WhyCode::RetryWaiting, message);
        }
        if let Some(why) = self.at_bound(ordinal, lead) {
            return why;
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
                let text = traffic.outcome_text(outcome);
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

/// A length of time in words, to the minute, or to the second when it is shorter.
fn in_words(length: Duration) -> String {
    let minutes = length.0 / 60_000;
    let counted = |n: i64, unit: &str| match n {
        1 => format!("1 {unit}"),
        n => format!("{n} {unit}s"),
    };
    match (minutes / 60, minutes % 60) {
        (0, 0) => counted(length.0 / 1_000, "second"),
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}
