//! APPLICATION: sets variables at once, or starts a webhook delivery and waits for its result.

use leadline_model::{Duration, LeadId, SetVariables, Value, Webhook, limits};

use super::{Arrival, Entering};
use crate::effect::{ActionRequest, Effect};
use crate::flow::{Action, LeadRef, Traffic, label};
use crate::machines::IllegalTransition;
use crate::machines::lead::LeadEvent;
use crate::state::leads::NONE;
use crate::templates::{Scope, render};

/// A try may take so long when the node does not say, in seconds.
const DEFAULT_TIMEOUT_SECONDS: i64 = 10;
/// Further tries when the node does not say.
const DEFAULT_RETRIES: i64 = 3;
/// Room for the waits between tries, in seconds for each.
const BACKOFF_SECONDS: i64 = 60;

/// What templates can see of a lead.
pub fn scope(traffic: &Traffic, lead: u32, id: &LeadId) -> Scope {
    let variables = traffic.leads.cells.variables(lead);
    let phone = leadline_model::lead::format_phone(traffic.leads[lead].phone);
    let mut seen = variables.clone();
    seen.insert("id".into(), Value::from(id.as_str()));
    seen.insert("phone_number".into(), Value::from(phone));
    let mut scope = Scope {
        variables,
        lead: seen,
        ..Scope::default()
    };
    let call = traffic.leads[lead].last_call;
    if call != NONE {
        let status = traffic.calls.status(call);
        scope.call.insert("status", Value::from(status.as_str()));
        if let Some(branch) = status.branch() {
            scope.call.insert("outcome", Value::from(branch.label()));
        }
        let seconds = traffic.calls[call].duration;
        if seconds != NONE {
            scope
                .call
                .insert("duration_seconds", Value::from(i64::from(seconds)));
        }
        let analysis = traffic.calls.analysis(call).cloned().unwrap_or_default();
        scope.call.insert("analysis", Value::Map(analysis));
    }
    if let Some(result) = traffic.results.get(&lead) {
        if let Some(status) = result.status {
            scope
                .application
                .insert("status", Value::from(i64::from(status)));
        }
        scope.application.insert("body", result.body.clone());
    }
    scope
}

/// Sets variables of the lead; texts are templates. A template that fails takes FAILURE and the
/// lead's variables stay as they were.
pub fn set_variables(
    traffic: &mut Traffic,
    lead: u32,
    set: &SetVariables,
    cx: &mut Entering<'_>,
) -> Arrival {
    let id = lead_id(cx, lead);
    let scope = scope(traffic, lead, &id);
    let mut rendered = Vec::with_capacity(set.variables.len());
    for (key, value) in &set.variables {
        let value = match value {
            Value::Text(template) => match render(template, &scope) {
                Ok(text) => Value::Text(text),
                Err(problem) => {
                    traffic.note(
                        cx.now,
                        lead,
                        &format!("“{key}” could not be set: {problem}"),
                    );
                    return Arrival::Leaves(label::FAILURE);
                }
            },
            other => other.clone(),
        };
        rendered.push((key, value));
    }
    let weight: usize = rendered
        .iter()
        .map(|(key, value)| key.len() + value.weight())
        .sum();
    if weight > limits::MAX_VARIABLES_WEIGHT || !traffic.leads.cells.has_room_for(weight) {
        traffic.note(cx.now, lead, "the variables to set are too large");
        return Arrival::Leaves(label::FAILURE);
    }
    for (key, value) in rendered {
        let column = traffic.leads.cells.column_or_new(key);
        traffic.leads.cells.change(column, lead, &value);
    }
    Arrival::Leaves(label::SUCCESS)
}

/// Renders the request and asks the world to deliver it.
pub fn start_webhook(
    traffic: &mut Traffic,
    lead: u32,
    webhook: &Webhook,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    let id = lead_id(cx, lead);
    let scope = scope(traffic, lead, &id);
    let mut request = webhook.clone();
    let texts = request.body.iter_mut().chain(request.headers.values_mut());
    for text in texts {
        match render(text, &scope) {
            Ok(rendered) => *text = rendered,
            Err(problem) => {
                traffic.note(
                    cx.now,
                    lead,
                    &format!("the request could not be made: {problem}"),
                );
                return Ok(Arrival::Leaves(label::FAILURE));
            }
        }
    }
    let timeout = webhook
        .timeout_seconds
        .map_or(DEFAULT_TIMEOUT_SECONDS, i64::from);
    let tries = webhook.max_retries.map_or(DEFAULT_RETRIES, i64::from) + 1;
    let deadline = cx
        .now
        .plus(Duration::seconds((timeout + BACKOFF_SECONDS) * tries));
    traffic.change(lead, LeadEvent::Act)?;
    let request = ActionRequest { webhook: request };
    let count = traffic.action_counts.entry(lead).or_default();
    *count += 1;
    let action = Action {
        request,
        started: cx.now,
        deadline,
        ordinal: *count,
    };
    traffic.actions.insert(lead, action);
    traffic.action_deadlines.push(deadline, lead);
    cx.effects.push(Effect::PerformAction {
        lead: LeadRef {
            flow: cx.flow,
            lead,
        },
    });
    Ok(Arrival::Rests)
}

fn lead_id(cx: &Entering<'_>, lead: u32) -> LeadId {
    LeadId::from_counter(cx.key, crate::engine::counter(cx.flow, lead))
}
