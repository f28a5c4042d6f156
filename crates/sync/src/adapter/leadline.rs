//! A Leadline server: versions, keys, lives, changes; every request of the machine is one of its own.

use std::collections::BTreeMap;

use leadline_model::view::{CallLog, Event, NodeCounts, Page};
use leadline_model::{Change, Definition, Lead, Settings};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Refusal;
use super::wire::{Fault, encoded, fetch, read, request, send};
use crate::http::{Http, HttpRequest, HttpResponse};
use crate::machine::{Answer, Request, Version, What, Write};
use crate::there::{AskThere, There};

const WORKFLOWS: &str = "/v1/workflows";

/// More pages of changes than a server keeps.
const MOST_PAGES: usize = 1_000;

/// A Leadline server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leadline;

/// A workflow, as far as it matters here.
#[derive(Deserialize)]
struct Workflow {
    id: String,
    revision: u64,
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    settings: Settings,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    revision: u64,
}

#[derive(Deserialize)]
struct Patched {
    revision: u64,
    digest: String,
}

#[derive(Deserialize)]
struct Deleted {
    #[serde(rename = "message")]
    _message: String,
}

#[derive(Deserialize)]
struct Enrolled {
    #[serde(rename = "leads_enrolled")]
    _leads: u64,
}

#[derive(Deserialize)]
struct Changes {
    data: Vec<Told>,
    cursor: String,
    #[serde(rename = "hasMore")]
    more: bool,
}

#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    workflow_id: Option<String>,
    revision: Option<u64>,
}

#[derive(Deserialize)]
struct Data<T> {
    data: Vec<T>,
}

#[derive(Serialize)]
struct Patch<'a> {
    changes: &'a [Change],
}

/// A version as an ETag.
fn etag(revision: u64) -> String {
    format!("\"r{revision}\"")
}

/// The ETag of a definition; servers in between may have weakened it or added how they pack it.
fn etag_of(response: &HttpResponse) -> Result<String, Fault> {
    let given = response.headers.get("etag");
    let digits = given.and_then(|given| {
        let given = given.strip_prefix("W/").unwrap_or(given);
        let given = given.strip_prefix("\"r")?;
        let end = given
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(given.len());
        given[..end].parse().ok().map(etag)
    });
    digits.ok_or_else(|| {
        let message = "it does not tell the version of what it answers (ETag): is it a Leadline server, and does whatever lies before it let that header through?";
        Fault::nonsense(response, message)
    })
}

/// The life of the remote that an answer belongs to.
fn epoch_of(response: &HttpResponse) -> Result<String, Fault> {
    let epoch = response
        .headers
        .get("leadline-epoch")
        .filter(|epoch| !epoch.is_empty());
    epoch.cloned().ok_or_else(|| {
        let message = "it does not say which life of its data this is (Leadline-Epoch): is it a Leadline server of this version, and does whatever lies before it let that header through?";
        Fault::nonsense(response, message)
    })
}

/// What a refusal means to the machine.
fn answer(fault: Fault) -> Answer {
    match (fault.status(), fault.code.as_str(), &fault.epoch) {
        (Some(412), "other_epoch", Some(epoch)) => Answer::OtherLife(epoch.clone()),
        // That it is gone is believed of nobody else.
        (Some(404), "unknown_workflow", _) => Answer::Missing,
        (Some(404), ..) => Answer::Lost(format!(
            "{} Is the address right, and that of a Leadline server of this version?",
            fault.message
        )),
        _ => fault.answer(),
    }
}

impl Leadline {
    /// Performs one request of the machine.
    pub(super) async fn perform(
        self,
        http: &impl Http,
        request: &Request,
        epoch: Option<&str>,
    ) -> Answer {
        let answered = match request {
            Request::Write(write) => self.write(http, write, epoch).await,
            Request::Read(remote) => self.definition(http, remote, epoch).await,
            Request::Changes { after } => self.changes(http, *after, epoch).await,
            Request::List { after } => self.list(http, after.as_deref()).await,
        };
        answered.unwrap_or_else(answer)
    }

    async fn write(
        self,
        http: &impl Http,
        write: &Write,
        epoch: Option<&str>,
    ) -> Result<Answer, Fault> {
        let at = |remote: &str, rest: &str| format!("{WORKFLOWS}/{}{rest}", encoded(remote));
        let (method, path, if_match, body) = match &write.what {
            What::Create { title } => (
                "POST",
                WORKFLOWS.to_owned(),
                None,
                Some(json!({ "title": title }).to_string()),
            ),
            What::Edit {
                remote,
                if_match,
                changes,
            } => {
                // Texts, numbers and lists: there is nothing JSON cannot hold.
                let patch = serde_json::to_string(&Patch { changes }).unwrap_or_default();
                (
                    "PATCH",
                    at(remote, "/definition"),
                    Some(if_match),
                    Some(patch),
                )
            }
            What::Delete { remote, if_match } => ("DELETE", at(remote, ""), Some(if_match), None),
            What::Enrol { remote, leads } => {
                let body = json!({ "leads": leads }).to_string();
                ("POST", at(remote, "/leads"), None, Some(body))
            }
        };
        let mut sent = request(method, path);
        sent.body = body;
        sent.headers.push(("Idempotency-Key", write.key.clone()));
        if let Some(if_match) = if_match {
            if if_match.is_empty() {
                // Which version it was is not known any more.
                return Ok(Answer::Stale);
            }
            sent.headers.push(("If-Match", if_match.clone()));
        }
        if let Some(epoch) = epoch {
            sent.headers.push(("Leadline-Epoch", epoch.to_owned()));
        }
        let response = send(http, sent).await?;
        Ok(match &write.what {
            What::Create { .. } => {
                let made: Workflow = read(&response)?;
                let definition = Definition {
                    title: made.title,
                    description: made.description,
                    settings: made.settings,
                    ..Definition::default()
                };
                Answer::Created {
                    remote: made.id,
                    version: Version {
                        epoch: epoch_of(&response)?,
                        etag: etag(made.revision),
                        definition,
                    },
                }
            }
            What::Edit { .. } => {
                let patched: Patched = read(&response)?;
                Answer::Taken {
                    epoch: epoch_of(&response)?,
                    etag: etag(patched.revision),
                    digest: Some(patched.digest),
                }
            }
            What::Delete { .. } => read::<Deleted>(&response).map(|_| Answer::Done)?,
            What::Enrol { .. } => read::<Enrolled>(&response).map(|_| Answer::Done)?,
        })
    }

    /// In the life that is known: a workflow that another life never had is not taken for deleted.
    async fn definition(
        self,
        http: &impl Http,
        remote: &str,
        epoch: Option<&str>,
    ) -> Result<Answer, Fault> {
        let path = format!("{WORKFLOWS}/{}/definition", encoded(remote));
        let mut sent = request("GET", path);
        if let Some(epoch) = epoch {
            sent.headers.push(("Leadline-Epoch", epoch.to_owned()));
        }
        let response = send(http, sent).await?;
        Ok(Answer::Document(Version {
            definition: read(&response)?,
            epoch: epoch_of(&response)?,
            etag: etag_of(&response)?,
        }))
    }

    async fn changes(
        self,
        http: &impl Http,
        after: u64,
        epoch: Option<&str>,
    ) -> Result<Answer, Fault> {
        let (told, cursor, epoch) = page_of_changes(http, Some(after), epoch).await?;
        // What happened last to each workflow: its version, or that it is gone.
        let mut last: BTreeMap<String, Option<Option<String>>> = BTreeMap::new();
        for told in told.data {
            let news = match told.kind.as_str() {
                "workflow.created" | "workflow.updated" => Some(told.revision.map(etag)),
                "workflow.deleted" => None,
                _ => continue,
            };
            if let Some(id) = told.workflow_id {
                last.insert(id, news);
            }
        }
        let (mut changed, mut deleted) = (Vec::new(), Vec::new());
        for (id, news) in last {
            match news {
                Some(etag) => changed.push((id, etag)),
                None => deleted.push(id),
            }
        }
        Ok(Answer::Changes {
            from: after,
            cursor,
            epoch,
            changed,
            deleted,
        })
    }

    /// A page of everything there is. With the first page the newest cursor is looked for, before the
    /// page itself: what changes while the pages are read is told after it.
    async fn list(self, http: &impl Http, after: Option<&str>) -> Result<Answer, Fault> {
        let newest = match after {
            None => Some(newest_cursor(http).await?),
            Some(_) => None,
        };
        let mut path = format!("{WORKFLOWS}?sort=id&limit=100");
        if let Some(after) = after {
            path.push_str(&format!("&after={}", encoded(after)));
        }
        let response = send(http, request("GET", path)).await?;
        let page: Page<Listed> = read(&response)?;
        let epoch = epoch_of(&response)?;
        if page.data.is_empty() && page.meta.total > 0 {
            let message = "it says that there are workflows and shows none";
            return Err(Fault::nonsense(&response, message));
        }
        if newest.as_ref().is_some_and(|(_, then)| *then != epoch) {
            let message = "its data was put back to a backup while it was read";
            return Err(Fault::nonsense(&response, message));
        }
        let remotes = page.data.into_iter();
        Ok(Answer::List {
            cursor: newest.map(|(cursor, _)| cursor),
            epoch,
            more: page.meta.total_pages > 1,
            remotes: remotes
                .map(|one| (one.id, Some(etag(one.revision))))
                .collect(),
        })
    }

    /// Asks about one workflow that runs there.
    pub(super) async fn ask(
        self,
        http: &impl Http,
        remote: &str,
        ask: &AskThere,
    ) -> Result<There, Refusal> {
        let at = |rest: &str| format!("{WORKFLOWS}/{}{rest}", encoded(remote));
        let get = |path: String| request("GET", path);
        Ok(match ask {
            AskThere::Workflow => There::Workflow(fetch(http, get(at(""))).await?),
            AskThere::Act(action) => {
                let path = at(&format!("/{}", action.as_str()));
                There::Workflow(fetch(http, request("POST", path)).await?)
            }
            AskThere::Counts => {
                let counts: Data<NodeCounts> = fetch(http, get(at("/node-counts"))).await?;
                There::Counts(counts.data)
            }
            AskThere::Leads {
                page,
                limit,
                status,
                node,
                search,
            } => {
                let mut path = at(&format!("/leads?page={page}&limit={limit}"));
                let node = node.as_ref().map(|node| node.as_str());
                let search = Some(search.as_str()).filter(|search| !search.is_empty());
                with(&mut path, "status", status.as_deref());
                with(&mut path, "current_node_id", node);
                with(&mut path, "search", search);
                There::Leads(fetch::<Page<Lead>>(http, get(path)).await?)
            }
            AskThere::Lead(lead) => {
                let path = at(&format!("/leads/{lead}/history"));
                There::Lead(Box::new(fetch(http, get(path)).await?))
            }
            AskThere::Calls { page, limit, lead } => {
                let mut path = format!("/v1/call-logs?page={page}&limit={limit}");
                with(&mut path, "workflow_id", Some(remote));
                with(
                    &mut path,
                    "lead_id",
                    lead.as_ref().map(|lead| lead.as_str()),
                );
                There::Calls(fetch::<Page<CallLog>>(http, get(path)).await?)
            }
            AskThere::Events { before, limit } => {
                let mut path = at(&format!("/events?limit={limit}"));
                let before = before.map(|before| before.to_string());
                with(&mut path, "cursor", before.as_deref());
                There::Events(fetch::<Data<Event>>(http, get(path)).await?.data)
            }
        })
    }
}

/// Adds a parameter to a query that has some already.
pub(super) fn with(path: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        path.push_str(&format!("&{name}={}", encoded(value)));
    }
}

/// Changes after a cursor, where they end, and the life of the remote they belong to.
async fn page_of_changes(
    http: &impl Http,
    after: Option<u64>,
    epoch: Option<&str>,
) -> Result<(Changes, u64, String), Fault> {
    let mut sent: HttpRequest = request("GET", "/v1/changes?limit=100");
    let after = after.map(|after| after.to_string());
    with(&mut sent.path, "after", after.as_deref());
    if let Some(epoch) = epoch {
        sent.headers.push(("Leadline-Epoch", epoch.to_owned()));
    }
    let response = send(http, sent).await?;
    let changes: Changes = read(&response)?;
    let cursor = changes.cursor.parse().map_err(|_| {
        let message = format!(
            "its changes end at `{}`, which is no number",
            changes.cursor
        );
        Fault::nonsense(&response, message)
    })?;
    Ok((changes, cursor, epoch_of(&response)?))
}

/// The cursor after which nothing has changed yet, and the life it belongs to. Without `after` a server
/// begins with the oldest change that it keeps, so they are passed over page by page.
async fn newest_cursor(http: &impl Http) -> Result<(u64, String), Fault> {
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let (changes, cursor, epoch) = page_of_changes(http, after, None).await?;
        if !changes.more {
            return Ok((cursor, epoch));
        }
        after = Some(cursor);
    }
    Err(Fault::said(
        503,
        "its changes come faster than they can be read",
    ))
}
