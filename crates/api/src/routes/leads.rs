//! Leads: enrolling, listing, one lead's path, and freeing one that is stuck (SPEC 3).

use std::collections::BTreeMap;

use leadline_engine::{Input, LeadBatch, LeadFilter, Output, SortBy, knows_timezone};
use leadline_leadfile::{LeadFile, Limits, PHONE_COLUMN};
use leadline_model::lead::parse_phone;
use leadline_model::view::Page;
use leadline_model::words::{self, sentence};
use leadline_model::{LeadStatus, NodeId, Value, Variables};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::workflows::guard;
use crate::ask::{Ask, Upload};
use crate::reply::etag;
use crate::{ApiError, Desk, Reply, Write, body, schema};

/// What a list can be filtered by.
pub(crate) const STATUSES: &[&str] = &["pending", "active", "completed", "dropped"];

/// Rows that take so long that others should not have to wait.
const LONG: usize = 1_000;

/// The most rows whose problems are told one by one.
const MOST_PROBLEMS: usize = 1_000;

pub(crate) fn enrol(ask: Ask) -> Result<Write, ApiError> {
    let (leads, repeated) = match &ask.upload {
        Some(upload) => from_file(upload)?,
        None => (from_json(ask.json()?)?, 0),
    };
    let long = leads.rows.len() > LONG;
    let warnings = unknown_zones(&leads);
    let id = ask.workflow_id()?;
    let workflow_id = id.clone();
    let mut write = Write::new(
        move |engine| {
            guard(&ask, engine, &workflow_id)?;
            Ok(Input::Enrol { workflow_id, leads })
        },
        move |_, output| {
            let Output::Enrolled {
                enrolled,
                skipped,
                ids,
            } = output
            else {
                return Err(ApiError::fault());
            };
            let skipped = skipped + repeated;
            let mut reply = json!({
                "workflow_id": id,
                "leads_enrolled": enrolled,
                "leads_skipped": skipped,
                "message": words::enrolment(enrolled, skipped),
                "data": ids,
            });
            if !warnings.is_empty() {
                reply["warnings"] = json!(warnings);
            }
            Ok(Reply::json(201, &reply))
        },
    );
    write.long = long;
    Ok(write)
}

/// What is said of leads whose time zone does not exist: they are called by the window's.
fn unknown_zones(leads: &LeadBatch) -> Vec<String> {
    const SHOWN: usize = 5;
    let Some(column) = leads.keys.iter().position(|key| key == "timezone") else {
        return Vec::new();
    };
    let mut count = 0;
    let mut zones: Vec<String> = Vec::new();
    for (_, values) in &leads.rows {
        let zone = match values.get(column) {
            None | Some(Value::Null) => continue,
            Some(Value::Text(zone)) if knows_timezone(zone.trim()) => continue,
            Some(other) => other.to_string().chars().take(40).collect::<String>(),
        };
        count += 1;
        if zones.len() < SHOWN && !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    let named: Vec<String> = zones.iter().map(|zone| format!("`{zone}`")).collect();
    let leads = match count {
        0 => return Vec::new(),
        1 => "1 lead has a time zone".to_owned(),
        count => format!("{count} leads have a time zone"),
    };
    vec![format!(
        "{leads} that does not exist ({}): they are called by the time zone of the workflow's calling \
         window. Write an IANA name such as Europe/Berlin.",
        named.join(", ")
    )]
}

/// One lead, or those under `leads`; every problem of every row at once (SPEC 3).
fn from_json(body: Json) -> Result<LeadBatch, ApiError> {
    let Json::Object(mut fields) = body else {
        return Err(ApiError::invalid(vec![
            "The body must be an object.".to_owned(),
        ]));
    };
    let (rows, alone) = match fields.remove("leads") {
        Some(Json::Array(rows)) if rows.is_empty() => {
            return Err(ApiError::invalid(vec![
                "`leads` must not be empty.".to_owned(),
            ]));
        }
        Some(Json::Array(rows)) => (rows, false),
        Some(_) => {
            return Err(ApiError::invalid(vec![
                "`leads` must be a list.".to_owned(),
            ]));
        }
        None => (vec![Json::Object(fields)], true),
    };
    let mut problems = Vec::new();
    let mut batch = LeadBatch::default();
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    for (index, row) in rows.into_iter().enumerate() {
        match lead(row) {
            Ok(lead) => {
                let mut values = Vec::new();
                for (key, value) in lead.dynamic_variables {
                    let next = columns.len();
                    let column = *columns.entry(key).or_insert_with_key(|key| {
                        batch.keys.push(key.clone());
                        next
                    });
                    if values.len() <= column {
                        values.resize(column + 1, Value::Null);
                    }
                    values[column] = value;
                }
                batch.rows.push((lead.phone_number, values));
            }
            Err(found) if alone => problems.extend(found),
            Err(found) => {
                problems.extend(
                    found
                        .iter()
                        .map(|problem| format!("Lead {}: {problem}", index + 1)),
                );
            }
        }
    }
    match problems.is_empty() {
        true => Ok(batch),
        false => Err(bad_leads(problems)),
    }
}

fn bad_leads(mut problems: Vec<String>) -> ApiError {
    if problems.len() > MOST_PROBLEMS {
        let more = problems.len() - MOST_PROBLEMS;
        problems.truncate(MOST_PROBLEMS);
        problems.push(format!("And {more} more."));
    }
    ApiError {
        code: "bad_leads",
        ..ApiError::invalid(problems)
    }
}

fn lead(row: Json) -> Result<leadline_model::NewLead, Vec<String>> {
    let problems = schema::problems("NewLead", &row);
    if !problems.is_empty() {
        let told = |problem: &String| sentence(&problem.replace("the body", "a lead"));
        return Err(problems.iter().map(told).collect());
    }
    let lead: leadline_model::NewLead = body::typed(row).map_err(|error| error.messages)?;
    match parse_phone(&lead.phone_number) {
        Some(_) => Ok(lead),
        None => {
            let shown: String = lead.phone_number.chars().take(32).collect();
            Err(vec![format!(
                "`phone_number`: `{shown}` is no number such as +14155550101."
            )])
        }
    }
}

/// The leads of a file, and how many rows repeat the number of an earlier one.
fn from_file(upload: &Upload) -> Result<(LeadBatch, u64), ApiError> {
    let file = LeadFile::read(&upload.name, upload.bytes.clone(), Limits::default())
        .map_err(|error| ApiError::bad(error.code(), error.to_string()))?;
    let problems: Vec<String> = file
        .bad_rows()
        .map(|bad| match bad.column {
            Some(column) => format!(
                "Row {}, column {column}: {}",
                bad.row,
                sentence(&bad.message)
            ),
            None => format!("Row {}: {}", bad.row, sentence(&bad.message)),
        })
        .collect();
    if !problems.is_empty() {
        return Err(bad_leads(problems));
    }
    let columns: Vec<usize> = (0..file.columns().len())
        .filter(|place| file.columns()[*place] != PHONE_COLUMN)
        .collect();
    let text = |cell: &str| match cell {
        "" => Value::Null,
        cell => Value::from(cell),
    };
    let rows = file.leads().map(|lead| {
        let values = columns.iter().map(|place| text(lead.cell(*place)));
        (
            leadline_model::lead::format_phone(lead.phone()),
            values.collect(),
        )
    });
    let batch = LeadBatch {
        keys: columns
            .iter()
            .map(|place| file.columns()[*place].clone())
            .collect(),
        rows: rows.collect(),
    };
    Ok((batch, file.counts().repeated))
}

pub(crate) fn list(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let unknown = |_| ApiError::invalid(vec!["`current_node_id` is no id.".to_owned()]);
    let node = ask.query("current_node_id").map(NodeId::parse).transpose();
    let filter = LeadFilter {
        status: ask.one_of("status", &LeadStatus::ALL, LeadStatus::as_str),
        current_node_id: node.map_err(unknown)?,
        review_required: ask.query("review_required").map(|text| text == "true"),
        search: ask.query("search").unwrap_or_default().to_owned(),
        removed_too: false,
        sort: SortBy::Enrolled,
    };
    let (page, limit) = ask.page();
    let Page { data, meta } = desk
        .engine()
        .leads(&ask.workflow_id()?, &filter, page, limit)?;
    let data = data.into_iter().map(|(lead, _)| lead).collect();
    Ok(Reply::ok(&Page { data, meta }))
}

pub(crate) fn variable_keys(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let keys = desk.engine().variable_keys(&ask.workflow_id()?)?;
    Ok(Reply::ok(&json!({ "keys": keys })))
}

pub(crate) fn get(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let lead = desk.engine().lead(&ask.workflow_id()?, &ask.lead_id()?)?;
    Ok(Reply::object(&lead))
}

pub(crate) fn history(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let history = desk
        .engine()
        .lead_history(&ask.workflow_id()?, &ask.lead_id()?)?;
    Ok(Reply::ok(&history))
}

#[derive(Deserialize)]
struct LeadPatch {
    dynamic_variables: Variables,
}

pub(crate) fn update(ask: Ask) -> Result<Write, ApiError> {
    let LeadPatch { dynamic_variables } = ask.body()?;
    let (workflow_id, lead_id) = (ask.workflow_id()?, ask.lead_id()?);
    let (id, same) = (workflow_id.clone(), lead_id.clone());
    Ok(Write::new(
        move |engine| {
            let lead = engine.lead(&workflow_id, &lead_id)?;
            ask.guard(|| Ok([etag(&lead)]))?;
            Ok(Input::ChangeLead {
                workflow_id,
                lead_id,
                variables: dynamic_variables,
            })
        },
        move |engine, _| Ok(Reply::object(&engine.lead(&id, &same)?)),
    ))
}

pub(crate) fn remove(ask: Ask) -> Result<Write, ApiError> {
    let (workflow_id, lead_id) = (ask.workflow_id()?, ask.lead_id()?);
    Ok(Write::new(
        move |engine| {
            let lead = engine.lead(&workflow_id, &lead_id)?;
            ask.guard(|| Ok([etag(&lead)]))?;
            Ok(Input::RemoveLead {
                workflow_id,
                lead_id,
            })
        },
        |_, _| Ok(Reply::done("The lead was taken out; its history stays.")),
    ))
}

#[derive(Deserialize)]
struct Free {
    to_node_id: Option<NodeId>,
    outcome: Option<String>,
}

pub(crate) fn free(ask: Ask) -> Result<Write, ApiError> {
    let Free {
        to_node_id,
        outcome,
    } = ask.body()?;
    let (workflow_id, lead_id) = (ask.workflow_id()?, ask.lead_id()?);
    let (id, same) = (workflow_id.clone(), lead_id.clone());
    Ok(Write::new(
        move |engine| {
            let lead = engine.lead(&workflow_id, &lead_id)?;
            ask.guard(|| Ok([etag(&lead)]))?;
            if let Some(to_node_id) = to_node_id {
                if engine
                    .definition(&workflow_id)?
                    .0
                    .node(&to_node_id)
                    .is_none()
                {
                    let message = format!(
                        "`to_node_id`: the node {to_node_id} does not exist in this workflow."
                    );
                    return Err(ApiError::unknown("unknown_node", message));
                }
                return Ok(Input::MoveLead {
                    workflow_id,
                    lead_id,
                    to_node_id,
                });
            }
            let outcome = outcome.unwrap_or_default();
            Ok(Input::ResolveLead {
                workflow_id,
                lead_id,
                outcome,
            })
        },
        move |engine, _| Ok(Reply::object(&engine.lead(&id, &same)?)),
    ))
}
