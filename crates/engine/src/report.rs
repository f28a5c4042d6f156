//! What the world says: call statuses and action results (SPEC 4).

use leadline_model::{CallStatus, Duration, Time, limits};

use crate::EngineError;
use crate::dialling::circuit_of;
use crate::flow::{Asked, Flow, Traffic, label};
use crate::input::{ActionResult, CallReport};
use crate::machines::call::{self, Step as CallStep};
use crate::machines::{IllegalTransition, lead::Step};
use crate::state::history::Fact;
use crate::state::leads::NONE;

/// Takes a report about a call. Returns whether it gave back a line.
#[inline]
pub fn call_reported(
    flow: &mut Flow,
    call: u32,
    report: &CallReport,
    now: Time,
) -> Result<bool, EngineError> {
    let status = flow.traffic.calls.status(call);
    match call::next(status, report.status)? {
        CallStep::Nothing => Ok(false),
        CallStep::Progress(next) => {
            if next > CallStatus::Initiated {
                placed(flow, call, now);
            }
            let traffic = &mut flow.traffic;
            traffic.calls.set_status(call, next);
            traffic.counters.call_events += 1;
            let offset = traffic.calls.offset(call, now);
            let row = &mut traffic.calls[call];
            let reached = match next {
                CallStatus::Connected => &mut row.connected,
                _ => &mut row.initiated,
            };
            if *reached == NONE {
                *reached = offset;
            }
            Ok(false)
        }
        CallStep::AttemptEnded(_) if repeats(&flow.traffic, call, report) => Ok(false),
        CallStep::AttemptEnded(_) => {
            placed(flow, call, now);
            let is_final = flow.workflow.status.is_final();
            let lead = flow.traffic.calls[call].lead;
            let queued = flow.traffic.leads.step(lead) == Step::Queued;
            end_attempt(&mut flow.traffic, call, report, is_final, now)?;
            if queued && flow.traffic.leads.step(lead) != Step::Queued {
                flow.traffic.drop_from_queue(|_, queued| queued == lead);
            }
            Ok(status.holds_line())
        }
    }
}

/// Whether a report says once more how the last attempt of a call ended that waits to be dialled
/// again.
fn repeats(traffic: &Traffic, call: u32, report: &CallReport) -> bool {
    traffic.calls.status(call) == CallStatus::Waiting
        && traffic.calls.last_ended(call).is_some()
        && traffic.calls.last_attempt(call).status == report.status
}

/// The provider has the call: it was placed.
fn placed(flow: &mut Flow, call: u32, now: Time) {
    let traffic = &mut flow.traffic;
    if traffic.breaker.is_none() && traffic.unplaced.is_empty() {
        return;
    }
    traffic.unplaced.remove(&call);
    let policy = circuit_of(flow);
    let breaker = &mut flow.traffic.breaker;
    if breaker
        .as_mut()
        .is_some_and(|breaker| breaker.placed(call, &policy, now))
    {
        *breaker = None;
    }
}

/// Refuses a report that is too large to keep.
pub fn check_weight(report: &CallReport) -> Result<(), EngineError> {
    let pairs = report.analysis.iter();
    let analysis: usize = pairs.map(|(key, value)| key.len() + value.weight()).sum();
    let reason = report.end_reason.as_deref().map_or(0, str::len);
    if analysis + reason > limits::MAX_VARIABLES_WEIGHT {
        let (what, limit) = ("bytes of a call's report", limits::MAX_VARIABLES_WEIGHT);
        return Err(EngineError::Limit { what, limit });
    }
    Ok(())
}

impl Traffic {
    /// When the retry policy gives a call up; `None`: never.
    pub fn expiry(&self, call: u32) -> Option<Time> {
        let config = &self.voice_configs[self.calls[call].config as usize];
        let minutes = config.retry.as_ref()?.expires_after_minutes?;
        let created = Time(self.calls[call].created);
        let mut expiry = created.plus(Duration::minutes(i64::from(minutes)));
        // Time that stood still does not count.
        for (from, to) in &self.frozen {
            if *to > created && *from < expiry {
                expiry = expiry.plus(to.since(created.max(*from)));
            }
        }
        Some(expiry)
    }

    /// Whether a call is the step its lead is at.
    pub fn is_current(&self, call: u32) -> bool {
        let lead = self.calls[call].lead;
        // A lead that an operator put back on the node may queue or wait while its old call runs on.
        let at_call = match self.leads.step(lead) {
            Step::Acting => true,
            Step::Waiting | Step::Queued => self.calls.status(call) == CallStatus::Waiting,
            _ => false,
        };
        let node = self.voice_configs[self.calls[call].config as usize].node;
        at_call && self.leads[lead].last_call == call && self.leads[lead].node == node
    }

    /// When a call whose attempt ended so is to be dialled again; `None` when that stands.
    pub fn retry_at(&self, call: u32, report: &CallReport, ended: Time) -> Option<Time> {
        let config = &self.voice_configs[self.calls[call].config as usize];
        let retry = config.retry.as_ref()?;
        let used = u32::from(self.calls[call].attempt);
        if !retry.covers(report.status, report.answered_by) || used > retry.max_retries {
            return None;
        }
        let dial = ended.plus(retry.wait(used));
        Some(
            self.expiry(call)
                .map_or(dial, |expiry| dial.min(expiry.max(ended))),
        )
    }
}

/// Refuses a reason that is too long to keep.
pub fn check_reason(reason: &str) -> Result<(), EngineError> {
    if reason.len() > limits::MAX_LABEL * 4 {
        let (what, limit) = ("bytes of a reason", limits::MAX_LABEL * 4);
        return Err(EngineError::Limit { what, limit });
    }
    Ok(())
}

/// Refuses a result that is too large to keep.
pub fn check_result(result: &ActionResult) -> Result<(), EngineError> {
    let weight = result.body.weight() + result.error.as_deref().map_or(0, str::len);
    if weight > limits::MAX_VARIABLES_WEIGHT {
        let (what, limit) = ("bytes of an action's result", limits::MAX_VARIABLES_WEIGHT);
        return Err(EngineError::Limit { what, limit });
    }
    Ok(())
}

/// Ends a call's attempt: the call waits to be dialled again, or ends and its lead has an outcome.
/// `for_good` allows no further attempt.
pub fn end_attempt(
    traffic: &mut Traffic,
    call: u32,
    report: &CallReport,
    for_good: bool,
    now: Time,
) -> Result<(), IllegalTransition> {
    let retry = if for_good || !traffic.is_current(call) {
        None
    } else {
        traffic.retry_at(call, report, now)
    };
    let Some(at) = retry else {
        return end_call(traffic, call, report, outcome_of(report.status), now);
    };
    let lead = traffic.calls[call].lead;
    if traffic.calls.status(call).holds_line() {
        traffic.live -= 1;
    }
    traffic.counters.call_events += 1;
    traffic.calls.end_attempt(call, report, now);
    let fact = Fact::AttemptEnded(report.status);
    traffic.history.push(now, lead, fact);
    traffic.drop_dials();
    traffic.wait(lead, at)
}

/// Ends a call; `outcome` is what its lead's step comes to, where the lead waits for it.
pub fn end_call(
    traffic: &mut Traffic,
    call: u32,
    report: &CallReport,
    outcome: Option<u16>,
    now: Time,
) -> Result<(), IllegalTransition> {
    let lead = traffic.calls[call].lead;
    let current = traffic.is_current(call);
    match traffic.calls.status(call) {
        CallStatus::Waiting if report.status == CallStatus::Completed => {
            // It was answered after all.
            traffic.calls.take_back(call);
        }
        status if status.holds_line() => traffic.live -= 1,
        _ => {}
    }
    if traffic.unplaced.remove(&call).is_some() && report.status != CallStatus::Completed {
        traffic.calls.was_not_made(call);
    }
    traffic.counters.call_events += 1;
    traffic.calls.set_status(call, report.status);
    traffic.calls[call].ended = traffic.calls.offset(call, now);
    traffic.calls[call].duration = match (report.duration_seconds, report.status) {
        (Some(seconds), _) => seconds.min(NONE - 1),
        (None, CallStatus::Completed) => talked_for(traffic, call),
        (None, _) => NONE,
    };
    traffic.calls.set_details(call, report);
    if current {
        traffic
            .history
            .push(now, lead, Fact::CallEnded(report.status));
    } else {
        let remark = format!(
            "an earlier call ended as {} and moved nobody",
            report.status
        );
        traffic.note(now, lead, &remark);
    }
    traffic.drop_dials();
    if current && let Some(outcome) = outcome {
        traffic.outcome(lead, outcome)?;
    }
    Ok(())
}

/// Seconds between the answer and the end.
fn talked_for(traffic: &Traffic, call: u32) -> u32 {
    let (connected, ended) = (traffic.calls[call].connected, traffic.calls[call].ended);
    if connected == NONE {
        NONE
    } else {
        ended.saturating_sub(connected) / 1_000
    }
}

/// The outcome a final status stands for (SPEC 4); `None` while the call is in progress.
fn outcome_of(status: CallStatus) -> Option<u16> {
    Some(match status {
        CallStatus::Completed => label::COMPLETED,
        CallStatus::DidNotPick | CallStatus::Busy => label::DNP,
        CallStatus::Failed | CallStatus::NoAnswer => label::FAILED,
        CallStatus::Cancelled => label::CANCELLED,
        CallStatus::RetryExpired => label::RETRY_EXPIRED,
        _ => return None,
    })
}

/// Takes what came of the request of a lead's step. A lead that waits for a run goes on when the run
/// is over and by nothing else, so a result that comes then is that of a step the lead has left, and
/// moves nobody; else the run would go on for a lead that is gone.
pub fn action_reported(
    flow: &mut Flow,
    lead: u32,
    result: ActionResult,
    now: Time,
) -> Result<(), IllegalTransition> {
    let action = flow.traffic.actions.get(&lead);
    if action.is_some_and(|action| matches!(action.asked, Asked::Request(_))) {
        end_action(flow, lead, result, now)?;
    }
    Ok(())
}

/// Ends the action of a lead's step; a result for a step that is over moves nobody.
pub fn end_action(
    flow: &mut Flow,
    lead: u32,
    result: ActionResult,
    now: Time,
) -> Result<bool, IllegalTransition> {
    let traffic = &mut flow.traffic;
    if traffic.actions.remove(&lead).is_none() {
        return Ok(false);
    }
    let outcome = if result.success {
        label::SUCCESS
    } else {
        label::FAILURE
    };
    if let Some(error) = &result.error {
        traffic.note(now, lead, &format!("the action failed: {error}"));
    }
    traffic.history.push(now, lead, Fact::ActionEnded(outcome));
    traffic.results.insert(lead, result);
    if traffic.leads.step(lead) == Step::Acting {
        traffic.outcome(lead, outcome)?;
    }
    Ok(true)
}
