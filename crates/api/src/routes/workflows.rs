//! Workflows: their list, their lifecycle, what happened in them.

use leadline_engine::{Engine, Input, Output};
use leadline_model::ordered;
use leadline_model::view::{Page, WorkflowSummary};
use leadline_model::{
    Change, Definition, Settings, Workflow, WorkflowAction, WorkflowId, WorkflowStatus,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ask::{Ask, DEFAULT_LIMIT, page_of};
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write, body};

/// What a list can be filtered by.
pub(crate) const STATUSES: &[&str] = &[
    "draft",
    "active",
    "running",
    "paused",
    "completed",
    "cancelled",
];

/// How a list can be sorted.
pub(crate) const SORTS: &[&str] = &[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "title",
    "-title",
    "id",
];

#[derive(Deserialize)]
struct NewWorkflow {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    settings: Settings,
}

#[derive(Deserialize)]
struct Patch {
    title: Option<String>,
    description: Option<String>,
    settings: Option<serde_json::Map<String, Value>>,
}

/// The versions that guard a workflow: its own, and that of its graph.
fn versions(engine: &Engine, id: &WorkflowId) -> Result<[String; 2], ApiError> {
    let workflow = engine.workflow(id)?.workflow;
    let (_, revision, _) = engine.definition(id)?;
    Ok([etag(&(workflow, revision)), definition_version(revision)])
}

/// As [`Ask::guard`], by the versions of a workflow; one that does not exist is refused in any case.
pub(crate) fn guard(ask: &Ask, engine: &Engine, id: &WorkflowId) -> Result<(), ApiError> {
    engine.flow_of(id)?;
    ask.guard(|| versions(engine, id))
}

/// The version of a graph.
pub(crate) fn definition_version(revision: u64) -> String {
    format!("\"r{revision}\"")
}

/// A workflow as it is answered.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    summary: WorkflowSummary,
    /// That of its graph's version.
    revision: u64,
}

fn view(engine: &Engine, id: &WorkflowId) -> Result<Shown, ApiError> {
    let summary = engine.workflow(id)?;
    let (_, revision, _) = engine.definition(id)?;
    Ok(Shown { summary, revision })
}

fn shown(engine: &Engine, id: &WorkflowId) -> Result<Reply, ApiError> {
    let shown = view(engine, id)?;
    let version = etag(&(&shown.summary.workflow, shown.revision));
    Ok(Reply::ok(&shown).version(version))
}

pub(crate) fn create(ask: Ask) -> Result<Write, ApiError> {
    let mut new = ask.json()?;
    if let Some(fields) = new.as_object_mut() {
        if !fields.contains_key("title")
            && let Some(name) = fields.remove("name")
        {
            fields.insert("title".to_owned(), name);
        }
        refuse_status(fields.get("status"))?;
    }
    let NewWorkflow {
        title,
        description,
        settings,
    } = body::read("NewWorkflow", new)?;
    let definition = Definition {
        title,
        description,
        settings,
        ..Definition::default()
    };
    Ok(Write::new(
        |_| Ok(Input::CreateWorkflow { definition }),
        new_one,
    ))
}

fn new_one(engine: &Engine, output: Output) -> Result<Reply, ApiError> {
    match output {
        Output::Workflow(id) => Ok(shown(engine, &id)?.created(format!("/v1/workflows/{id}"))),
        _ => Err(ApiError::fault()),
    }
}

/// A workflow begins as a draft (SPEC 1).
fn refuse_status(status: Option<&Value>) -> Result<(), ApiError> {
    let hint = match status.map(|status| status.as_str()) {
        None | Some(Some("draft")) => return Ok(()),
        Some(Some("running")) => {
            "`status`: running is the old spelling; use active, by activating the draft."
        }
        Some(Some("active")) => {
            "`status`: a workflow begins as a draft; create it, then activate it."
        }
        Some(_) => "`status`: a workflow begins as a draft; leave the status out.",
    };
    Err(ApiError::invalid(vec![hint.to_owned()]))
}

pub(crate) fn list(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let engine = desk.engine();
    let status = ask.one_of("status", &WorkflowStatus::ALL, WorkflowStatus::as_str);
    let search = ask.query("search").map(str::to_lowercase);
    let fits = |workflow: &&Workflow| {
        let by_status = status.is_none_or(|status| {
            workflow.status == status || (status.is_active() && workflow.status.is_active())
        });
        by_status
            && search.as_ref().is_none_or(|text| {
                let texts = [&workflow.title, &workflow.description];
                texts.iter().any(|own| own.to_lowercase().contains(text))
            })
    };
    let sort = ask.query("sort").unwrap_or("-created_at");
    let after = ask.query("after").map(WorkflowId::parse).transpose();
    let after = after.map_err(|_| ApiError::invalid(vec!["`after` is no id.".to_owned()]))?;
    if after.is_some() && sort != "id" {
        let message = "`after` goes on in the order of ids: it needs `sort=id`.";
        return Err(ApiError::invalid(vec![message.to_owned()]));
    }
    let mut all: Vec<&Workflow> = match sort {
        "id" => engine
            .plain_workflows_after(after.as_ref())
            .filter(fits)
            .collect(),
        _ => engine.plain_workflows().rev().filter(fits).collect(),
    };
    match sort.trim_start_matches('-') {
        "title" => {
            let titled = all.iter().map(|one| (one.title.to_lowercase(), *one));
            let mut titled: Vec<(String, &Workflow)> = titled.collect();
            ordered::sort_by(&mut titled, |one, other| one.0.cmp(&other.0));
            all = titled.into_iter().map(|(_, one)| one).collect();
        }
        "updated_at" => ordered::sort_by_key(&mut all, |one| one.updated_at),
        "id" => {}
        // Newest first as they come; those of one instant keep the order in which they were made.
        _ => all.reverse(),
    }
    if sort.starts_with('-') {
        all.reverse();
    }
    let Page { data, meta } = page_of(all, ask.page());
    let data = data.iter().map(|one| view(engine, &one.id));
    let data = data.collect::<Result<Vec<Shown>, _>>()?;
    Ok(Reply::ok(&Page { data, meta }))
}

pub(crate) fn get(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    shown(desk.engine(), &ask.workflow_id()?)
}

pub(crate) fn update(ask: Ask) -> Result<Write, ApiError> {
    let mut patch = ask.json()?;
    // Who sends back what was read repeats the status.
    let fields = patch.as_object_mut();
    let status = fields.and_then(|fields| fields.remove("status"));
    let patch: Patch = match &status {
        Some(_) if patch.as_object().is_some_and(serde_json::Map::is_empty) => body::typed(patch)?,
        _ => body::read("WorkflowPatch", patch)?,
    };
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            let old = &engine.workflow(&workflow_id)?.workflow;
            if status.is_some_and(|status| status != old.status.as_str()) {
                let message = "The status is changed by the actions: activate, pause, resume, cancel, draft, complete.";
                return Err(ApiError::conflict("status_in_patch", message));
            }
            let mut changes = Vec::new();
            if let Some(title) = patch.title {
                changes.push(Change::SetTitle { title });
            }
            if let Some(description) = patch.description {
                changes.push(Change::SetDescription { description });
            }
            if let Some(fields) = patch.settings {
                let settings = merged(&old.settings, fields)?;
                changes.push(Change::SetSettings { settings });
            }
            Ok(Input::Edit {
                apply_to_waiting: false,
                workflow_id,
                changes,
            })
        },
        move |engine, _| shown(engine, &id),
    ))
}

/// The keys given replace those that are there.
fn merged(old: &Settings, fields: serde_json::Map<String, Value>) -> Result<Settings, ApiError> {
    let mut settings = serde_json::to_value(old).map_err(|_| ApiError::fault())?;
    if let Some(settings) = settings.as_object_mut() {
        settings.extend(fields);
    }
    body::typed(settings)
}

pub(crate) fn delete(ask: Ask) -> Result<Write, ApiError> {
    let workflow_id = ask.workflow_id()?;
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::DeleteWorkflow { workflow_id })
        },
        |_, _| Ok(Reply::done("The workflow was deleted.")),
    ))
}

#[derive(Deserialize)]
struct Reset {
    seed: Option<u64>,
}

/// Puts a simulated workflow back to its beginning.
pub(crate) fn reset(ask: Ask) -> Result<Write, ApiError> {
    let Reset { seed } = ask.body()?;
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::Reset { workflow_id, seed })
        },
        move |engine, _| shown(engine, &id),
    ))
}

macro_rules! actions {
    ($($name:ident $action:ident;)*) => {$(
        pub(crate) fn $name(ask: Ask) -> Result<Write, ApiError> {
            act(ask, WorkflowAction::$action)
        }
    )*};
}

actions! {
    activate Activate;
    pause Pause;
    resume Resume;
    cancel Cancel;
    draft Draft;
    complete Complete;
}

fn act(ask: Ask, action: WorkflowAction) -> Result<Write, ApiError> {
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::Act {
                workflow_id,
                action,
            })
        },
        move |engine, _| shown(engine, &id),
    ))
}

pub(crate) fn duplicate(ask: Ask) -> Result<Write, ApiError> {
    let workflow_id = ask.workflow_id()?;
    Ok(Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::Duplicate { workflow_id })
        },
        new_one,
    ))
}

pub(crate) fn validate(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let findings = desk.engine().workflow_findings(&ask.workflow_id()?)?;
    Ok(Reply::ok(&findings))
}

pub(crate) fn node_counts(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let counts = desk.engine().node_counts(&ask.workflow_id()?)?;
    Ok(Reply::ok(&json!({ "data": counts })))
}

pub(crate) fn events(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let limit = ask.number("limit").unwrap_or(DEFAULT_LIMIT) as usize;
    let before = ask.number("cursor");
    let mut events = desk
        .engine()
        .events(&ask.workflow_id()?, before, limit + 1)?;
    let more = events.len() > limit;
    events.truncate(limit);
    let cursor = events
        .last()
        .filter(|_| more)
        .map(|event| event.seq.to_string());
    Ok(Reply::ok(
        &json!({ "data": events, "cursor": cursor, "hasMore": more }),
    ))
}
