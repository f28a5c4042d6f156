//! Workflows: their list, their graphs, their lifecycle.

use leadline_engine::{EngineError, Input, Output};
use leadline_model::WorkflowId;
use leadline_protocol::{
    Document, Edited, ExportedFile, Imported, Note, Notice, Problem, ProblemCode, Reply, Request,
    ToldEdit, WorkflowFile, Written,
};
use leadline_sim::Session;

use super::{MOST_EVENTS, Outcome, Told, change, problem, read_part, storage};
use crate::host::{Host, Moment, Who};
use crate::import;

type Answer = Result<Reply, EngineError>;

pub(super) fn handle(host: &mut Host, who: Who, request: Request, at: Moment) {
    match request {
        Request::CreateWorkflow { definition } => match read_part(&definition) {
            Ok(definition) => {
                change(host, who, Input::CreateWorkflow { definition }, at, created);
            }
            Err(problem) => host.reply(who, Err(problem)),
        },
        Request::ImportWorkflow { json } => {
            let key = (at.wall as u64).rotate_left(20) ^ at.real.to_bits() ^ json.len() as u64;
            let imported = import::read_workflow(&json).and_then(|found| {
                let definition = import::renew_ids(found.definition, key)?;
                Ok((definition, found.left_out))
            });
            match imported {
                Ok((definition, left_out)) => {
                    let input = Input::CreateWorkflow { definition };
                    change(host, who, input, at, imported_without(left_out));
                }
                Err(problem) => host.reply(who, Err(problem)),
            }
        }
        Request::Edit {
            workflow_id,
            changes,
            notes,
        } => {
            let changes = match storage::check_notes(&notes).and_then(|()| read_part(&changes)) {
                Ok(changes) => changes,
                Err(problem) => return host.reply(who, Err(problem)),
            };
            let told = edited_by_asker(workflow_id.clone(), who.id.clone(), notes);
            change(
                host,
                who,
                Input::Edit {
                    apply_to_waiting: false,
                    workflow_id,
                    changes,
                },
                at,
                told,
            );
        }
        Request::DeleteNodeMovingLeads {
            workflow_id,
            node_id,
            to_node_id,
        } => {
            let told = edited(workflow_id.clone(), who.id.clone());
            let input = Input::DeleteNodeMovingLeads {
                workflow_id,
                node_id,
                to_node_id,
            };
            change(host, who, input, at, told);
        }
        Request::Act {
            workflow_id,
            action,
        } => {
            let told = workflow(workflow_id.clone());
            change(
                host,
                who,
                Input::Act {
                    workflow_id,
                    action,
                },
                at,
                told,
            );
        }
        Request::Reset { workflow_id, seed } => {
            let told = reset(workflow_id.clone());
            change(host, who, Input::Reset { workflow_id, seed }, at, told);
        }
        Request::Duplicate { workflow_id } => {
            change(host, who, Input::Duplicate { workflow_id }, at, created);
        }
        Request::DeleteWorkflow { workflow_id } => {
            let gone = Notice::Deleted {
                workflow_id: workflow_id.clone(),
            };
            let input = Input::DeleteWorkflow { workflow_id };
            change(host, who, input, at, |_, _| {
                Ok(Outcome::new(Reply::Done, vec![gone, Notice::Workflows]))
            });
        }
        request => {
            let answer = read(host.session(), request);
            host.reply(
                who,
                answer
                    .map_err(|error| problem(&error))
                    .and_then(|reply| reply),
            );
        }
    }
}

/// Requests that only read. The outer error is the engine's.
fn read(session: &Session, request: Request) -> Result<Result<Reply, Problem>, EngineError> {
    let engine = session.engine();
    Ok(Ok(match request {
        Request::ListWorkflows => Reply::Workflows(engine.workflows()),
        Request::GetDocument { workflow_id } => document(session, &workflow_id)?,
        Request::Validate {
            workflow_id,
            definition,
        } => match read_part(&definition) {
            Ok(definition) => Reply::Findings(engine.validate(&workflow_id, &definition)?),
            Err(problem) => return Ok(Err(problem)),
        },
        Request::ExportWorkflow { workflow_id } => return exported(session, &workflow_id),
        Request::NodeCounts { workflow_id } => Reply::Counts(engine.node_counts(&workflow_id)?),
        Request::ListEvents {
            workflow_id,
            before,
            limit,
        } => {
            let limit = limit.clamp(1, MOST_EVENTS) as usize;
            Reply::Events(engine.events(&workflow_id, before, limit)?)
        }
        _ => return Ok(Err(super::invalid("this is not asked of a workflow"))),
    }))
}

fn document(session: &Session, id: &WorkflowId) -> Answer {
    let engine = session.engine();
    let (definition, revision, seed) = engine.definition(id)?;
    Ok(Reply::Document(Document {
        summary: engine.workflow(id)?,
        definition: definition.clone(),
        revision,
        findings: engine.workflow_findings(id)?,
        seed,
    }))
}

fn exported(session: &Session, id: &WorkflowId) -> Result<Result<Reply, Problem>, EngineError> {
    let engine = session.engine();
    let (definition, ..) = engine.definition(id)?;
    let file = WorkflowFile {
        leadline: WorkflowFile::VERSION,
        workflow: definition.clone(),
        exported: Some(engine.workflow(id)?.workflow),
    };
    Ok(match serde_json::to_string_pretty(&file) {
        Ok(text) => {
            let name = format!("{}.leadline.json", file_name(&definition.title));
            Ok(Reply::File(ExportedFile { name, text }))
        }
        Err(error) => Err(Problem {
            code: ProblemCode::Internal,
            message: format!("The workflow cannot be written: {error}"),
            findings: Vec::new(),
        }),
    })
}

/// A title as a file name that every system takes.
pub(super) fn file_name(title: &str) -> String {
    let mut name = String::new();
    for c in title.chars().take(60) {
        match c {
            c if c.is_alphanumeric() => name.extend(c.to_lowercase()),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "workflow".to_owned()
    } else {
        name.to_owned()
    }
}

fn created(session: &Session, output: Output) -> Told {
    let Output::Workflow(id) = output else {
        return Err(EngineError::Invalid("no workflow was made".to_owned()));
    };
    let summary = session.engine().workflow(&id)?;
    Ok(Outcome::new(
        Reply::Workflow(summary.clone()),
        vec![Notice::Workflow(summary), Notice::Workflows],
    ))
}

fn imported_without(left_out: Vec<String>) -> impl FnOnce(&Session, Output) -> Told {
    move |session, output| {
        let mut outcome = created(session, output)?;
        if let Reply::Workflow(summary) = outcome.reply {
            outcome.reply = Reply::Imported(Imported { summary, left_out });
        }
        Ok(outcome)
    }
}

fn workflow(id: WorkflowId) -> impl FnOnce(&Session, Output) -> Told {
    move |session, _| {
        let summary = session.engine().workflow(&id)?;
        Ok(Outcome::new(
            Reply::Workflow(summary.clone()),
            vec![Notice::Workflow(summary), Notice::Workflows],
        ))
    }
}

fn reset(id: WorkflowId) -> impl FnOnce(&Session, Output) -> Told {
    move |session, output| {
        let mut outcome = workflow(id.clone())(session, output)?;
        outcome.notices.push(Notice::Leads { workflow_id: id });
        Ok(outcome)
    }
}

/// Whoever asked for this edit has made it already, and everybody else is told.
fn edited_by_asker(
    workflow_id: WorkflowId,
    request: String,
    notes: Vec<Note>,
) -> impl FnOnce(&Session, Output) -> Told {
    move |_, output| {
        let (reply, notice) = edit(workflow_id.clone(), request, output)?;
        Ok(Outcome {
            reply,
            notices: vec![notice],
            edited: Some(workflow_id),
            notes,
        })
    }
}

/// Everybody is told what was edited, whoever asked for it too.
fn edited(workflow_id: WorkflowId, request: String) -> impl FnOnce(&Session, Output) -> Told {
    move |session, output| {
        let summary = session.engine().workflow(&workflow_id)?;
        let (reply, notice) = edit(workflow_id, request, output)?;
        Ok(Outcome::new(reply, vec![notice, Notice::Workflow(summary)]))
    }
}

fn edit(
    workflow_id: WorkflowId,
    request: String,
    output: Output,
) -> Result<(Reply, Notice), EngineError> {
    let Output::Edited {
        revision,
        changes,
        findings,
        ..
    } = output
    else {
        return Err(EngineError::Invalid("nothing was edited".to_owned()));
    };
    let reply = Reply::Edited(Edited {
        revision,
        findings: findings.clone(),
        // Found when the answer is given: other inputs may come in between.
        summary: None,
    });
    let edit = Written::of(&ToldEdit {
        revision,
        request,
        changes,
        findings,
    });
    let notice = Notice::Edited { workflow_id, edit };
    Ok((reply, notice))
}

/// What everybody hears of an edit that is no answer to a request for it. `request` is the one that led to
/// it, by which its page knows its own doing; empty: none did.
pub(crate) fn edited_alone(
    workflow_id: WorkflowId,
    request: &str,
    session: &Session,
    output: Output,
) -> Vec<Notice> {
    let told = edited(workflow_id, request.to_owned())(session, output);
    told.map_or_else(|_| Vec::new(), |outcome| outcome.notices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_file_names() {
        for (title, name) in [
            ("Lead Nurture Sequence", "lead-nurture-sequence"),
            ("  ../../etc/passwd  ", "etc-passwd"),
            ("Größe: 5 µm?", "größe-5-µm"),
            ("<>", "workflow"),
            ("", "workflow"),
        ] {
            assert_eq!(file_name(title), name, "{title}");
        }
    }
}
