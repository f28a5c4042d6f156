//! Agents, phone numbers and the account's limits.

use leadline_engine::{Engine, Input, Output};
use leadline_model::lead::{format_phone, parse_phone};
use leadline_model::{Account, Agent, AgentId, AgentWorkflow, CallBounds, PhoneNumber};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ask::{Ask, page_of};
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write};

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct NewAgent {
    name: String,
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    workflow: Option<AgentWorkflow>,
    #[serde(default = "yes")]
    active: bool,
}

#[derive(Deserialize)]
struct AgentPatch {
    name: Option<String>,
    prompt: Option<String>,
    /// `null` takes the steps away.
    #[serde(default, deserialize_with = "given")]
    workflow: Option<Option<AgentWorkflow>>,
    active: Option<bool>,
}

/// What is there, `null` too, apart from what is not.
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

fn agent<'e>(engine: &'e Engine, id: &str) -> Result<&'e Agent, ApiError> {
    let found = AgentId::parse(id)
        .ok()
        .and_then(|id| engine.agents().get(&id));
    found.ok_or_else(|| {
        let shown: String = id.chars().take(64).collect();
        ApiError::unknown(
            "unknown_agent",
            format!("The agent {shown} does not exist."),
        )
    })
}

pub(crate) fn create_agent(ask: Ask) -> Result<Write, ApiError> {
    let NewAgent {
        name,
        prompt,
        workflow,
        active,
    } = ask.body()?;
    let input = Input::PutAgent {
        id: None,
        name,
        prompt,
        workflow,
        active,
    };
    Ok(Write::new(
        |_| Ok(input),
        |engine, output| {
            let Output::Agent(id) = output else {
                return Err(ApiError::fault());
            };
            Ok(Reply::object(agent(engine, id.as_str())?).created(format!("/v1/agents/{id}")))
        },
    ))
}

pub(crate) fn list_agents(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let all: Vec<&Agent> = desk.engine().agents().values().collect();
    Ok(Reply::ok(&page_of(all, ask.page())))
}

pub(crate) fn get_agent(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    Ok(Reply::object(agent(desk.engine(), ask.path("agent_id"))?))
}

pub(crate) fn update_agent(ask: Ask) -> Result<Write, ApiError> {
    let patch: AgentPatch = ask.body()?;
    let id = ask.path("agent_id").to_owned();
    Ok(Write::new(
        move |engine| {
            let old = agent(engine, ask.path("agent_id"))?;
            ask.guard(|| Ok([etag(old)]))?;
            Ok(Input::PutAgent {
                id: Some(old.id.clone()),
                name: patch.name.unwrap_or_else(|| old.name.clone()),
                prompt: patch.prompt.unwrap_or_else(|| old.prompt.clone()),
                workflow: patch.workflow.unwrap_or_else(|| old.workflow.clone()),
                active: patch.active.unwrap_or(old.active),
            })
        },
        move |engine, _| Ok(Reply::object(agent(engine, &id)?)),
    ))
}

pub(crate) fn delete_agent(ask: Ask) -> Result<Write, ApiError> {
    Ok(Write::new(
        move |engine| {
            let old = agent(engine, ask.path("agent_id"))?;
            ask.guard(|| Ok([etag(old)]))?;
            Ok(Input::DeleteAgent { id: old.id.clone() })
        },
        |_, _| Ok(Reply::done("The agent was deleted.")),
    ))
}

#[derive(Deserialize)]
struct NewNumber {
    phone_number: String,
    #[serde(default)]
    label: String,
    #[serde(default = "yes")]
    active: bool,
}

#[derive(Deserialize)]
struct NumberPatch {
    label: Option<String>,
    active: Option<bool>,
}

fn number<'e>(engine: &'e Engine, text: &str) -> Result<&'e PhoneNumber, ApiError> {
    let known =
        parse_phone(text).and_then(|digits| engine.phone_numbers().get(&format_phone(digits)));
    known.ok_or_else(|| {
        let shown: String = text.chars().take(32).collect();
        let message = format!("The phone number {shown} is not one of yours.");
        ApiError::unknown("unknown_phone_number", message)
    })
}

pub(crate) fn create_number(ask: Ask) -> Result<Write, ApiError> {
    let NewNumber {
        phone_number,
        label,
        active,
    } = ask.body()?;
    let text = phone_number.clone();
    Ok(Write::new(
        move |engine| {
            if number(engine, &phone_number).is_ok() {
                let message = "This number is there already; change it instead.";
                return Err(ApiError::conflict("already_exists", message));
            }
            Ok(Input::PutPhoneNumber {
                phone_number,
                label,
                active,
            })
        },
        move |engine, _| {
            let new = number(engine, &text)?;
            let at = format!("/v1/phone-numbers/{}", new.phone_number);
            Ok(Reply::object(new).created(at))
        },
    ))
}

pub(crate) fn list_numbers(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let all: Vec<&PhoneNumber> = desk.engine().phone_numbers().values().collect();
    Ok(Reply::ok(&page_of(all, ask.page())))
}

pub(crate) fn get_number(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    Ok(Reply::object(number(
        desk.engine(),
        ask.path("phone_number"),
    )?))
}

pub(crate) fn update_number(ask: Ask) -> Result<Write, ApiError> {
    let patch: NumberPatch = ask.body()?;
    let text = ask.path("phone_number").to_owned();
    Ok(Write::new(
        move |engine| {
            let old = number(engine, ask.path("phone_number"))?;
            ask.guard(|| Ok([etag(old)]))?;
            Ok(Input::PutPhoneNumber {
                phone_number: old.phone_number.clone(),
                label: patch.label.unwrap_or_else(|| old.label.clone()),
                active: patch.active.unwrap_or(old.active),
            })
        },
        move |engine, _| Ok(Reply::object(number(engine, &text)?)),
    ))
}

pub(crate) fn delete_number(ask: Ask) -> Result<Write, ApiError> {
    Ok(Write::new(
        move |engine| {
            let old = number(engine, ask.path("phone_number"))?;
            ask.guard(|| Ok([etag(old)]))?;
            let phone_number = old.phone_number.clone();
            Ok(Input::DeletePhoneNumber { phone_number })
        },
        |_, _| Ok(Reply::done("The phone number was deleted.")),
    ))
}

#[derive(Serialize)]
struct Limits<'e> {
    organization_id: &'e str,
    #[serde(flatten)]
    account: &'e Account,
}

fn limits(engine: &Engine) -> Limits<'_> {
    Limits {
        organization_id: engine.organization_id(),
        account: engine.account(),
    }
}

#[derive(Deserialize)]
struct AccountPatch {
    max_concurrent_calls: Option<u32>,
    call_deadline_minutes: Option<u32>,
    run_timeout_seconds: Option<u32>,
    /// `null` takes the bounds away.
    #[serde(default, deserialize_with = "given")]
    calls_per_person: Option<Option<CallBounds>>,
}

pub(crate) fn account(desk: &Desk, _: &Ask) -> Result<Reply, ApiError> {
    Ok(Reply::object(&limits(desk.engine())))
}

pub(crate) fn update_account(ask: Ask) -> Result<Write, ApiError> {
    let patch: AccountPatch = ask.body()?;
    Ok(Write::new(
        move |engine| {
            ask.guard(|| Ok([etag(&limits(engine))]))?;
            let old = engine.account();
            let account = Account {
                max_concurrent_calls: patch
                    .max_concurrent_calls
                    .unwrap_or(old.max_concurrent_calls),
                call_deadline_minutes: patch
                    .call_deadline_minutes
                    .unwrap_or(old.call_deadline_minutes),
                run_timeout_seconds: patch.run_timeout_seconds.unwrap_or(old.run_timeout_seconds),
                calls_per_person: patch.calls_per_person.unwrap_or(old.calls_per_person),
            };
            Ok(Input::PutAccount { account })
        },
        |engine, _| Ok(Reply::object(&limits(engine))),
    ))
}
