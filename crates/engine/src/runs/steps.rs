//! Doing the steps of a run, one after the other, until one has to wait.

use std::borrow::Cow;
use std::collections::BTreeMap;

use leadline_model::ordered::Ordered;
use leadline_model::run::{Approval, Classify, PendingAction, SetStep, StepStatus};
use leadline_model::{Duration, StepAction, Time, Value, Variables, Webhook, limits};
use serde::Serialize;

use super::{Begun, Run, Wait};
use crate::ActionRequest;
use crate::conditions::group_holds;
use crate::dates::Clock;
use crate::machines::run::{RunEvent, next};
use crate::nodes::application::longest_delivery;
use crate::templates::{Context, evaluate, render};
use crate::window::LEAD_TIMEZONE;

/// What a run came to when it went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// For nothing: it is over.
    Over,
    /// For a person.
    Answer,
    /// For the result of a request.
    Result,
}

/// What conditions and templates can see.
#[derive(Serialize)]
struct Scope<'a> {
    task: &'a str,
    state: &'a Variables,
    steps: BTreeMap<&'a str, Seen<'a>>,
}

/// What they can see of a step that is over.
#[derive(Serialize)]
struct Seen<'a> {
    status: &'static str,
    output: &'a Value,
}

impl<'a> Scope<'a> {
    /// What dates are judged by: a lead's own time zone is part of its run's state.
    fn clock(&self, now: Time) -> Clock<'_> {
        let own = match self.state.get(LEAD_TIMEZONE) {
            Some(Value::Text(zone)) => Some(zone.as_str()),
            _ => None,
        };
        Clock {
            now,
            own,
            fallback: "UTC",
        }
    }

    /// The value of a condition's field.
    fn field(&self, name: &str) -> Option<Cow<'a, Value>> {
        match name.split_once('.') {
            None if name == "task" => Some(Cow::Owned(Value::from(self.task))),
            Some(("state", path)) => {
                let (key, rest) = path.split_once('.').unwrap_or((path, ""));
                // A key with a dot in it, as columns of lists may have, comes first.
                let whole = self.state.get(path);
                let found = whole.or_else(|| self.state.get(key)?.at(rest));
                found.map(Cow::Borrowed)
            }
            Some(("steps", rest)) => {
                let (step, rest) = rest.split_once('.')?;
                let seen = self.steps.get(step)?;
                match rest.split_once('.') {
                    None if rest == "status" => Some(Cow::Owned(Value::from(seen.status))),
                    None if rest == "output" => Some(Cow::Borrowed(seen.output)),
                    Some(("output", path)) => seen.output.at(path).map(Cow::Borrowed),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// What doing a step came to.
enum Done {
    Output(Value),
    Ask(PendingAction, u32),
    Send(Box<ActionRequest>),
}

impl Run {
    /// Does the steps that are left until one has to wait or all are done. Bounded by what the steps
    /// of an agent may have in all, [`limits::MAX_STEP_PARTS`], and by what a template may do.
    pub fn go_on(&mut self, now: Time) -> Waits {
        self.updated = now;
        if self.is_too_heavy() {
            return self.too_heavy(now);
        }
        while let Some(step) = self.steps.get(self.begun.len()) {
            let scope = self.scope();
            let holds = step.when.as_ref().is_none_or(|when| {
                group_holds(
                    when,
                    &|field| scope.field(field),
                    &scope.clock(now),
                    &mut Vec::new(),
                )
            });
            let done = match (holds, &step.action) {
                (false, _) => None,
                (true, StepAction::Set(set)) => Some(assign(set, &Context::of(&scope))),
                (true, StepAction::Classify(classify)) => Some(category(classify, &scope, now)),
                (true, StepAction::Http(webhook)) => Some(request(webhook, &Context::of(&scope))),
                (true, StepAction::Approval(approval)) => {
                    let seconds = approval.timeout_seconds.unwrap_or(self.timeout);
                    Some(question(
                        &step.name,
                        approval,
                        &Context::of(&scope),
                        seconds,
                    ))
                }
            };
            let mut begun = Begun {
                status: StepStatus::Skipped,
                input: Value::Null,
                output: Value::Null,
                error: None,
                started: now,
                ended: Some(now),
            };
            match done {
                None => self.begun.push(begun),
                Some(Ok(Done::Output(output))) => {
                    begun.status = StepStatus::Completed;
                    begun.output = output;
                    self.begun.push(begun);
                    if self.is_too_heavy() {
                        return self.too_heavy(now);
                    }
                }
                Some(Ok(Done::Ask(action, seconds))) => {
                    begun.status = StepStatus::Paused;
                    begun.input = as_value(&action);
                    begun.ended = None;
                    self.begun.push(begun);
                    let until = now.plus(Duration::seconds(i64::from(seconds)));
                    self.wait = Some(Wait::Answer {
                        action,
                        seconds,
                        until,
                    });
                    self.become_(RunEvent::Pause);
                    return Waits::Answer;
                }
                Some(Ok(Done::Send(request))) => {
                    begun.status = StepStatus::Running;
                    begun.input = shown(&request.webhook);
                    begun.ended = None;
                    self.begun.push(begun);
                    let until = now.plus(longest_delivery(&request.webhook));
                    self.wait = Some(Wait::Result {
                        request: *request,
                        until,
                    });
                    return Waits::Result;
                }
                Some(Err(reason)) => {
                    self.begun.push(begun);
                    self.fail_last(reason, now);
                    return Waits::Over;
                }
            }
        }
        self.become_(RunEvent::Complete);
        Waits::Over
    }

    /// The step that waits is done, with this output; whoever calls goes on.
    pub fn answered(&mut self, output: Value, now: Time) {
        self.wait = None;
        self.become_(RunEvent::Resume);
        if let Some(begun) = self.begun.last_mut() {
            begun.status = StepStatus::Completed;
            begun.output = output;
            begun.ended = Some(now);
        }
    }

    /// The last step failed, and the run with it.
    pub fn fail_last(&mut self, reason: String, now: Time) {
        if let Some(begun) = self.begun.last_mut() {
            begun.output = Value::Null;
            begun.ended = None;
        }
        self.end(RunEvent::Fail, Some(reason), now);
    }

    /// Whether its steps were given and put out more than is kept.
    fn is_too_heavy(&self) -> bool {
        let weights = self.begun.iter();
        let weights = weights.map(|begun| begun.input.weight() + begun.output.weight());
        weights.sum::<usize>() > limits::MAX_RUN_WEIGHT
    }

    fn too_heavy(&mut self, now: Time) -> Waits {
        let most = limits::MAX_RUN_WEIGHT;
        let reason = format!("what its steps were given and put out is larger than {most} bytes");
        self.fail_last(reason, now);
        Waits::Over
    }

    fn become_(&mut self, event: RunEvent) {
        self.status = next(self.status, event).unwrap_or(self.status);
    }

    fn scope(&self) -> Scope<'_> {
        let names = self.steps.iter().map(|step| step.name.as_str());
        let seen = self.begun.iter().map(|begun| Seen {
            status: begun.status.as_str(),
            output: &begun.output,
        });
        Scope {
            task: &self.task,
            state: &self.state,
            steps: names.zip(seen).into_map(),
        }
    }
}

fn assign(set: &SetStep, scope: &Context) -> Result<Done, String> {
    let mut values = Variables::new();
    for (key, value) in &set.values {
        let value = match value {
            Value::Text(template) => {
                evaluate(template, scope).map_err(|problem| format!("“{key}”: {problem}"))?
            }
            other => other.clone(),
        };
        values.insert(key.clone(), value);
    }
    Ok(Done::Output(Value::Map(values)))
}

fn category(classify: &Classify, scope: &Scope<'_>, now: Time) -> Result<Done, String> {
    let clock = scope.clock(now);
    let read = |field: &str| scope.field(field);
    let mut rules = classify.rules.iter();
    let held = rules.find(|rule| group_holds(&rule.when, &read, &clock, &mut Vec::new()));
    let category = held
        .map(|rule| &rule.category)
        .or(classify.otherwise.as_ref());
    let Some(category) = category else {
        return Err("no rule holds, and there is no `otherwise`".into());
    };
    let output = Variables::from([("category".to_owned(), Value::from(category.as_str()))]);
    Ok(Done::Output(Value::Map(output)))
}

fn request(webhook: &Webhook, scope: &Context) -> Result<Done, String> {
    let webhook = crate::nodes::application::rendered(webhook, scope)?;
    Ok(Done::Send(Box::new(ActionRequest { webhook })))
}

fn question(
    step: &str,
    approval: &Approval,
    scope: &Context,
    seconds: u32,
) -> Result<Done, String> {
    let assignee = approval.assignee.as_deref();
    let assignee = assignee
        .map(|template| render(template, scope))
        .transpose()?;
    let action = PendingAction {
        step: step.to_owned(),
        action_type: approval.action_type,
        message: render(&approval.message, scope)?,
        options: approval.options.clone(),
        input_schema: approval.input_schema.clone(),
        assignee: assignee.filter(|name| !name.trim().is_empty()),
    };
    Ok(Done::Ask(action, seconds))
}

/// What a timeline shows of a question.
fn as_value(action: &PendingAction) -> Value {
    leadline_model::json::to_value(action)
        .and_then(|json| leadline_model::json::from_value(&json))
        .unwrap_or_default()
}

/// What a timeline shows of a request; headers may hold secrets.
fn shown(webhook: &Webhook) -> Value {
    let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
    Value::Map(Variables::from([
        (
            "method".to_owned(),
            Value::from(webhook.method.as_deref().unwrap_or("POST")),
        ),
        ("url".to_owned(), text(&webhook.url)),
        ("body".to_owned(), text(&webhook.body)),
    ]))
}
