//! Leads: enrolling, listing, one lead's path, and freeing one that is stuck.

use leadline_engine::{EngineError, Input, LeadBatch, LeadFilter, Output, SortBy};
use leadline_model::{LeadId, WorkflowId, words};
use leadline_protocol::{Enrolment, LeadPage, LeadQuery, LeadSort, Notice, Reply, Request};
use leadline_sim::{GeneratedVariable, Session, SessionInput};

use super::{MOST_ROWS, Outcome, Told, change, problem};
use crate::host::{Host, Moment, Who};

pub(super) fn handle(host: &mut Host, who: Who, request: Request, at: Moment) {
    match request {
        Request::GenerateLeads {
            workflow_id,
            count,
            variables,
            seed,
        } => {
            let told = enrolled(workflow_id.clone());
            let variables = variables
                .into_iter()
                .map(|plan| GeneratedVariable {
                    key: plan.key,
                    values: plan.values,
                })
                .collect();
            let input = SessionInput::Generate {
                workflow_id,
                count,
                variables,
                seed,
            };
            host.change(who, input, at, told);
        }
        Request::EnrolLead {
            workflow_id,
            phone_number,
            variables,
        } => {
            let (keys, values) = variables.into_iter().unzip();
            let leads = LeadBatch {
                keys,
                rows: vec![(phone_number, values)],
            };
            enrol(host, who, workflow_id, leads, at);
        }
        Request::MoveLead {
            workflow_id,
            lead_id,
            to_node_id,
        } => {
            let told = one(workflow_id.clone(), lead_id.clone());
            change(
                host,
                who,
                Input::MoveLead {
                    workflow_id,
                    lead_id,
                    to_node_id,
                },
                at,
                told,
            );
        }
        Request::ResolveLead {
            workflow_id,
            lead_id,
            outcome,
        } => {
            let told = one(workflow_id.clone(), lead_id.clone());
            change(
                host,
                who,
                Input::ResolveLead {
                    workflow_id,
                    lead_id,
                    outcome,
                },
                at,
                told,
            );
        }
        Request::RemoveLead {
            workflow_id,
            lead_id,
        } => {
            let told = Notice::Leads {
                workflow_id: workflow_id.clone(),
            };
            let input = Input::RemoveLead {
                workflow_id,
                lead_id,
            };
            change(host, who, input, at, |_, _| {
                Ok(Outcome::new(Reply::Done, vec![told]))
            });
        }
        request => {
            let answer = read(host.session(), request);
            host.reply(who, answer.map_err(|error| problem(&error)));
        }
    }
}

/// Enrols leads, all or none.
pub(super) fn enrol(
    host: &mut Host,
    who: Who,
    workflow_id: WorkflowId,
    leads: LeadBatch,
    at: Moment,
) {
    let told = enrolled(workflow_id.clone());
    change(host, who, Input::Enrol { workflow_id, leads }, at, told);
}

fn read(session: &Session, request: Request) -> Result<Reply, EngineError> {
    let engine = session.engine();
    Ok(match request {
        Request::ListLeads { query } => Reply::Leads(page(session, query)?),
        Request::GetLead {
            workflow_id,
            lead_id,
        } => Reply::Lead(Box::new(engine.lead_history(&workflow_id, &lead_id)?)),
        Request::VariableKeys { workflow_id } => {
            Reply::VariableKeys(engine.variable_keys(&workflow_id)?)
        }
        _ => {
            return Err(EngineError::Invalid(
                "this is not asked of leads".to_owned(),
            ));
        }
    })
}

fn page(session: &Session, query: LeadQuery) -> Result<LeadPage, EngineError> {
    let engine = session.engine();
    let filter = LeadFilter {
        status: query.status,
        current_node_id: query.current_node_id,
        review_required: query.review_required,
        search: query.search,
        removed_too: false,
        sort: match query.sort {
            LeadSort::Enrolled => SortBy::Enrolled,
            LeadSort::PhoneNumber => SortBy::PhoneNumber,
            LeadSort::Status => SortBy::Status,
            LeadSort::Node => SortBy::Node,
        },
    };
    let limit = query.limit.clamp(1, MOST_ROWS);
    let page = engine.leads(&query.workflow_id, &filter, query.page.max(1), limit)?;
    let counts = engine.workflow(&query.workflow_id)?.lead_counts;
    Ok(LeadPage {
        data: page.data,
        meta: page.meta,
        counts,
    })
}

fn enrolled(workflow_id: WorkflowId) -> impl FnOnce(&Session, Output) -> Told {
    move |session, output| {
        let Output::Enrolled {
            enrolled, skipped, ..
        } = output
        else {
            return Err(EngineError::Invalid("nobody was enrolled".to_owned()));
        };
        let summary = session.engine().workflow(&workflow_id)?;
        let leads = Notice::Leads {
            workflow_id: workflow_id.clone(),
        };
        let enrolment = Enrolment {
            message: words::enrolment(enrolled, skipped),
            workflow_id,
            leads_enrolled: enrolled,
            leads_skipped: skipped,
        };
        Ok(Outcome::new(
            Reply::Enrolled(enrolment),
            vec![leads, Notice::Workflow(summary)],
        ))
    }
}

fn one(workflow_id: WorkflowId, lead_id: LeadId) -> impl FnOnce(&Session, Output) -> Told {
    move |session, _| {
        let lead = session.engine().lead_history(&workflow_id, &lead_id)?;
        Ok(Outcome::new(
            Reply::Lead(Box::new(lead)),
            vec![Notice::Leads { workflow_id }],
        ))
    }
}
