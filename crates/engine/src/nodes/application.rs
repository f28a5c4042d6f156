//! APPLICATION: sets variables at once, or starts a webhook delivery or a run and waits for its result.

use leadline_model::{Duration, LeadId, SetVariables, StartAgent, Time, Value, Webhook, limits};

use super::{Arrival, Entering};
use crate::effect::{ActionRequest, Effect};
use crate::flow::{Action, Asked, LeadRef, Traffic, label};
use crate::machines::IllegalTransition;
use crate::machines::lead::LeadEvent;
use crate::runs::LeadRun;
use crate::state::leads::NONE;
use crate::templates::{Scope, evaluate, render};

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
        rendered.push((key.clone(), value));
    }
    match traffic.set_variables(lead, &rendered) {
        Ok(()) => Arrival::Leaves(label::SUCCESS),
        Err(reason) => {
            traffic.note(cx.now, lead, reason);
            Arrival::Leaves(label::FAILURE)
        }
    }
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
    let request = match rendered(webhook, &scope) {
        Ok(webhook) => ActionRequest { webhook },
        Err(problem) => {
            let remark = format!("the request could not be made: {problem}");
            traffic.note(cx.now, lead, &remark);
            return Ok(Arrival::Leaves(label::FAILURE));
        }
    };
    let deadline = cx.now.plus(longest_delivery(webhook));
    act(traffic, lead, Asked::Request(request), deadline, cx.now)?;
    traffic.action_deadlines.push(deadline, lead);
    cx.effects.push(Effect::PerformAction {
        lead: LeadRef {
            flow: cx.flow,
            lead,
        },
    });
    Ok(Arrival::Rests)
}

/// Asks for a run of an agent with the lead's variables as state, and waits for it (SPEC 6).
pub fn start_agent(
    traffic: &mut Traffic,
    lead: u32,
    start: &StartAgent,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    let id = lead_id(cx, lead);
    let scope = scope(traffic, lead, &id);
    let task = render(start.task.as_deref().unwrap_or_default(), &scope);
    let mut state = Ok(scope.variables.clone());
    for (key, value) in &start.state {
        let value = match value {
            Value::Text(template) => evaluate(template, &scope),
            other => Ok(other.clone()),
        };
        state = state.and_then(|mut state| {
            state.insert(
                key.clone(),
                value.map_err(|problem| format!("“{key}”: {problem}"))?,
            );
            Ok(state)
        });
    }
    let task = task.and_then(|task| match task.len() > limits::MAX_TEXT {
        true => Err(format!(
            "the task is longer than {} bytes",
            limits::MAX_TEXT
        )),
        false => Ok(task),
    });
    let (task, state) = match (task, state) {
        (Ok(task), Ok(state)) => (task, state),
        (Err(problem), _) | (_, Err(problem)) => {
            let remark = format!("the run could not be started: {problem}");
            traffic.note(cx.now, lead, &remark);
            return Ok(Arrival::Leaves(label::FAILURE));
        }
    };
    act(traffic, lead, Asked::Run(None), Time::MAX, cx.now)?;
    cx.runs.push(LeadRun {
        lead: LeadRef {
            flow: cx.flow,
            lead,
        },
        agent_name: start.agent_name.clone().unwrap_or_default(),
        task,
        state,
    });
    Ok(Arrival::Rests)
}

/// The lead's step is an action from now on.
fn act(
    traffic: &mut Traffic,
    lead: u32,
    asked: Asked,
    deadline: Time,
    started: Time,
) -> Result<(), IllegalTransition> {
    traffic.change(lead, LeadEvent::Act)?;
    let count = traffic.action_counts.entry(lead).or_default();
    *count += 1;
    let action = Action {
        asked,
        started,
        deadline,
        ordinal: *count,
    };
    traffic.actions.insert(lead, action);
    Ok(())
}

/// A request with its body and headers rendered; or why that cannot be.
pub fn rendered(webhook: &Webhook, scope: &impl serde::Serialize) -> Result<Webhook, String> {
    let mut request = webhook.clone();
    let texts = request.body.iter_mut().chain(request.headers.values_mut());
    for text in texts {
        *text = render(text, scope)?;
    }
    Ok(request)
}

/// How long a delivery may take with all its tries and the waits between them.
pub fn longest_delivery(webhook: &Webhook) -> Duration {
    let timeout = webhook
        .timeout_seconds
        .map_or(DEFAULT_TIMEOUT_SECONDS, i64::from);
    let tries = webhook.max_retries.map_or(DEFAULT_RETRIES, i64::from) + 1;
    Duration::seconds((timeout + BACKOFF_SECONDS) * tries)
}

impl Traffic {
    /// Changes variables of a lead, all or none.
    ///
    /// # Errors
    ///
    /// They are too large or too many, or one cannot have its name.
    pub fn set_variables(
        &mut self,
        lead: u32,
        values: &[(String, Value)],
    ) -> Result<(), &'static str> {
        let weight: usize = values
            .iter()
            .map(|(key, value)| key.len() + value.weight())
            .sum();
        if weight > limits::MAX_VARIABLES_WEIGHT || !self.leads.cells.has_room_for(weight) {
            return Err("the variables to set are too large");
        }
        let bad = |(key, _): &&(String, Value)| {
            key.trim().is_empty()
                || key.chars().count() > limits::MAX_LABEL
                || key == "phone_number"
        };
        if values.iter().any(|pair| bad(&pair)) {
            return Err("a variable to set has a name that none can have");
        }
        let known = self.leads.cells.keys();
        let new = values.iter().filter(|(key, _)| !known.contains(key));
        if values.len() > limits::MAX_VARIABLES
            || known.len() + new.count() > limits::MAX_VARIABLE_KEYS
        {
            return Err("there are too many variables to set");
        }
        for (key, value) in values {
            let column = self.leads.cells.column_or_new(key);
            self.leads.cells.change(column, lead, value);
        }
        Ok(())
    }
}

fn lead_id(cx: &Entering<'_>, lead: u32) -> LeadId {
    LeadId::from_counter(cx.key, crate::engine::counter(cx.flow, lead))
}
