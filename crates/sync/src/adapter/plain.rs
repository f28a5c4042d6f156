//! A server of the plain workflow API: workflows, nodes, edges and leads one by one, without versions,
//! keys or changes.
//!
//! What the API lacks is made up for here. A version is the digest of what was read. An edit that broke
//! off is recognized by what there is, and goes on. What was made without an answer is found again
//! before it is made a second time: a node or edge by what it is, leads by their numbers, a workflow by
//! a mark in its description that its first edit takes away. The remote gives the ids, [`Names`] keeps
//! which is whose; it also gives the order of nodes and edges. How people answer in the simulated world
//! (`config.simulation`) is never sent and stays here, as does whatever its answers have no field for.

use std::collections::BTreeSet;

use leadline_model::lead::parse_phone;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::wire::{Fault, encoded, request, text};
use crate::http::{Http, HttpRequest};
use crate::machine::{Answer, Doc, Names, RemoteId, Request, Version, What, Write};

mod edit;
mod graph;
mod there;
mod words;

use graph::{Known, Snapshot};
use words::{id, list, object, pick};

/// There is only one life that is known of.
const EPOCH: &str = "plain";

const WORKFLOWS: &str = "/v1/workflows";

/// More pages than anything has.
const MOST_PAGES: usize = 10_000;

/// A server of the plain workflow API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plain;

impl Plain {
    /// Performs one request of the machine.
    pub(super) async fn perform(
        self,
        http: &impl Http,
        request: &Request,
        doc: Option<&Doc>,
    ) -> Outcome {
        let mut names = None;
        let answered = match request {
            Request::Write(write) => self.write(http, write, doc, &mut names).await,
            Request::Read(remote) => self.read(http, remote, doc, &mut names).await,
            // It does not tell what changes.
            Request::Changes { .. } => Ok(Answer::TooOld),
            Request::List { .. } => self.list(http).await,
        };
        let answer = match answered {
            Ok(answer) => answer,
            Err(fault) => settle(http, request, fault).await,
        };
        Outcome { answer, names }
    }

    async fn write(
        self,
        http: &impl Http,
        write: &Write,
        doc: Option<&Doc>,
        names: &mut Option<Names>,
    ) -> Result<Answer, Fault> {
        match &write.what {
            What::Create { title } => self.create(http, title, &write.key).await,
            What::Edit {
                remote,
                if_match,
                changes,
            } => match doc.and_then(|doc| Some((doc, doc.base.as_ref()?))) {
                Some((doc, base)) if !if_match.is_empty() => {
                    let edit = edit::Edit::new(remote, if_match, &base.definition, changes)?;
                    edit.perform(http, &doc.names, names).await
                }
                // What it was is not known any more.
                _ => Ok(Answer::Stale),
            },
            What::Delete { remote, if_match } => {
                let there = Snapshot::read(http, remote).await?;
                if there.etag() != *if_match {
                    return Ok(Answer::Stale);
                }
                match edit::done(http, request("DELETE", at(remote, ""))).await {
                    Ok(_) => Ok(Answer::Done),
                    // Gone, or is it that the API cannot delete?
                    Err(fault) if matches!(fault.status(), Some(404 | 405 | 410)) => {
                        Snapshot::read(http, remote).await?;
                        let words = "This API does not delete workflows";
                        Ok(Answer::Refused(format!("{words}: {}", fault.message)))
                    }
                    Err(fault) => Err(fault),
                }
            }
            What::Enrol { remote, leads } => self.enrol(http, remote, leads).await,
        }
    }

    /// A workflow, marked with the key of the request that makes it until its first edit: if the answer
    /// is lost, it is found by that.
    async fn create(self, http: &impl Http, title: &str, key: &str) -> Result<Answer, Fault> {
        let mark = format!("(Leadline {key})");
        let mut made = None;
        for workflow in list(http, WORKFLOWS, "workflows").await? {
            let workflow = match workflow.contains_key("description") {
                true => workflow,
                // Not every list shows all there is.
                false if title_of(&workflow) == title => {
                    object(http, request("GET", at(&id(&workflow)?, "")), "workflow").await?
                }
                false => continue,
            };
            if text(&workflow["description"]).contains(&mark) {
                made = Some(id(&workflow)?);
            }
        }
        let remote = match made {
            Some(remote) => remote,
            None => {
                let description = format!("Its description follows. {mark}");
                // The API is known with either spelling.
                let new = json!({"title": title, "name": title, "description": description});
                let new = with_body("POST", WORKFLOWS, &new);
                id(&object(http, new, "workflow").await?)?
            }
        };
        let there = Snapshot::read(http, &remote).await?;
        let (definition, _) = there.translate(&Names::new(), &Known::default())?;
        Ok(Answer::Created {
            version: version(&there, definition),
            remote,
        })
    }

    async fn read(
        self,
        http: &impl Http,
        remote: &str,
        doc: Option<&Doc>,
        names: &mut Option<Names>,
    ) -> Result<Answer, Fault> {
        let there = Snapshot::read(http, remote).await?;
        let nothing = Names::new();
        let known = doc.map(|doc| Known {
            base: doc.base.as_ref().map(|base| &base.definition),
            mine: Some(&doc.local),
        });
        let before = doc.map_or(&nothing, |doc| &doc.names);
        let (definition, now) = there.translate(before, &known.unwrap_or_default())?;
        *names = Some(now);
        Ok(Answer::Document(version(&there, definition)))
    }

    /// All of them. What is deleted while several pages are read may push another over to a page that was
    /// read already, so they are read until they are the same twice.
    async fn list(self, http: &impl Http) -> Result<Answer, Fault> {
        let mut before: Option<BTreeSet<RemoteId>> = None;
        for _ in 0..5 {
            let all = list(http, WORKFLOWS, "workflows").await?;
            let ids: BTreeSet<RemoteId> = all.iter().map(id).collect::<Result<_, _>>()?;
            if all.len() <= words::PAGE || before.as_ref() == Some(&ids) {
                return Ok(Answer::List {
                    cursor: None,
                    epoch: EPOCH.to_owned(),
                    remotes: ids.into_iter().map(|id| (id, None)).collect(),
                    more: false,
                });
            }
            before = Some(ids);
        }
        Err(Fault::said(
            503,
            "its workflows change faster than they can be read",
        ))
    }

    /// Enrols those whose numbers are not enrolled yet: nobody says whether an earlier try took effect.
    async fn enrol(self, http: &impl Http, remote: &str, leads: &Value) -> Result<Answer, Fault> {
        let there = list(http, &at(remote, "/leads"), "leads").await?;
        let number = |lead: &Value| parse_phone(pick(lead, &["phone_number", "phone"])?.as_str()?);
        let enrolled: BTreeSet<u64> = there
            .into_iter()
            .filter_map(|lead| number(&Value::Object(lead)))
            .collect();
        let new = |lead: &&Value| number(lead).is_none_or(|number| !enrolled.contains(&number));
        let new: Vec<&Value> = leads.as_array().into_iter().flatten().filter(new).collect();
        if !new.is_empty() {
            let body = json!({ "leads": new });
            edit::done(http, with_body("POST", &at(remote, "/leads"), &body)).await?;
        }
        Ok(Answer::Done)
    }
}

/// What a machine is told of what went wrong. That a workflow is gone is believed only of a server that
/// can still list them; a graph that cannot be understood is to be read, and is told of then.
async fn settle(http: &impl Http, request: &Request, fault: Fault) -> Answer {
    let reads = matches!(request, Request::Read(_));
    match (fault.status(), request) {
        _ if fault.code == words::UNREADABLE && !reads => Answer::Stale,
        (Some(404 | 410), Request::List { .. }) => Answer::Lost(format!(
            "{} Is the address right, and that of a server of the workflow API?",
            fault.message
        )),
        (Some(404 | 410), _) => match list_page(http).await {
            Ok(()) => Answer::Missing,
            Err(other) => match other.answer() {
                Answer::Missing | Answer::TooOld | Answer::Stale | Answer::Refused(_) => {
                    Answer::Lost(fault.message)
                }
                answer => answer,
            },
        },
        _ => fault.answer(),
    }
}

/// Whether the server can list workflows at all.
async fn list_page(http: &impl Http) -> Result<(), Fault> {
    words::page(http, WORKFLOWS, "workflows", 1, 1)
        .await
        .map(drop)
}

fn version(there: &Snapshot, definition: leadline_model::Definition) -> Version {
    Version {
        epoch: EPOCH.to_owned(),
        etag: there.etag(),
        definition,
    }
}

/// The path of a workflow, or of what belongs to it.
fn at(remote: &str, rest: &str) -> String {
    format!("{WORKFLOWS}/{}{rest}", encoded(remote))
}

fn with_body(method: &'static str, path: &str, body: &Value) -> HttpRequest {
    let mut request = request(method, path);
    request.body = Some(body.to_string());
    request
}

fn title_of(workflow: &Map<String, Value>) -> String {
    let title = ["title", "name"]
        .iter()
        .find_map(|key| workflow.get(*key)?.as_str());
    title.unwrap_or_default().to_owned()
}
