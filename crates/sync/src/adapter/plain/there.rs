//! What the plain API is asked about a workflow that runs there, in the shapes of here.

use std::collections::BTreeMap;

use leadline_model::view::{
    CallLog, Execution, LeadCounts, LeadHistory, NodeCounts, Page, PageMeta, Visit, Why, WhyCode,
    WorkflowSummary,
};
use leadline_model::{
    CallId, Lead, LeadId, LeadStatus, NodeId, NodeType, Workflow, WorkflowAction, WorkflowId, json,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::graph::{ours, theirs};
use super::words::{list, object, page, pick};
use super::{Plain, at, edit, title_of};
use crate::adapter::Refusal;
use crate::adapter::leadline::with;
use crate::adapter::wire::{Fault, encoded, fetch, request, text};
use crate::http::Http;
use crate::machine::Names;
use crate::there::{AskThere, There};

/// What the API has no word for.
fn lacks(what: &str) -> Refusal {
    Refusal {
        status: Some(501),
        message: format!("This API {what}."),
    }
}

fn strange(what: &str) -> Refusal {
    Refusal {
        status: Some(200),
        message: format!("it answered {what} that cannot be understood"),
    }
}

/// Answers about one workflow.
struct Asked<'a, H> {
    http: &'a H,
    remote: &'a str,
    names: &'a Names,
    /// What the remote's nodes are called here.
    ours: BTreeMap<&'a str, &'a str>,
}

impl Plain {
    /// Asks about one workflow that runs there.
    pub(in crate::adapter) async fn ask(
        self,
        http: &impl Http,
        remote: &str,
        names: &Names,
        ask: &AskThere,
    ) -> Result<There, Refusal> {
        let asked = Asked {
            http,
            remote,
            names,
            ours: ours(names),
        };
        match ask {
            AskThere::Workflow => asked.workflow().await,
            AskThere::Act(action) => {
                if matches!(action, WorkflowAction::Draft | WorkflowAction::Complete) {
                    return Err(lacks(match action {
                        WorkflowAction::Draft => "cannot take a workflow back to draft",
                        _ => "cannot complete a workflow by hand",
                    }));
                }
                let path = at(remote, &format!("/{}", action.as_str()));
                edit::done(http, request("POST", path)).await?;
                asked.workflow().await
            }
            AskThere::Counts => asked.counts().await,
            AskThere::Leads { search, .. } if !search.is_empty() => {
                Err(lacks("does not search leads"))
            }
            AskThere::Leads {
                page,
                limit,
                status,
                node,
                ..
            } => {
                asked
                    .leads(*page, *limit, status.as_deref(), node.as_ref())
                    .await
            }
            AskThere::Lead(lead) => asked.lead(lead).await,
            AskThere::Calls { page, limit, lead } => {
                asked.calls(*page, *limit, lead.as_ref()).await
            }
            AskThere::Events { .. } => Err(lacks("keeps no list of events")),
        }
    }
}

impl<H: Http> Asked<'_, H> {
    fn node(&self, id: &Value) -> Option<NodeId> {
        let id = id.as_str()?;
        NodeId::parse(self.ours.get(id).copied().unwrap_or(id)).ok()
    }

    async fn get(&self, rest: &str, name: &str) -> Result<Value, Fault> {
        let found = object(self.http, request("GET", at(self.remote, rest)), name).await?;
        Ok(Value::Object(found))
    }

    async fn workflow(&self) -> Result<There, Refusal> {
        let workflow = self.get("", "workflow").await?;
        let read = |names: &[&str]| pick(&workflow, names);
        let organization = read(&["organization_id", "org_id"])
            .map(text)
            .unwrap_or_default();
        let fields = workflow.as_object().cloned().unwrap_or_default();
        let count = |names: &[&str]| read(names).and_then(Value::as_u64);
        let (nodes, edges) = (count(&["node_count"]), count(&["edge_count"]));
        let (nodes, edges) = match (nodes, edges) {
            (Some(nodes), Some(edges)) => (nodes as usize, edges as usize),
            _ => (
                list(self.http, &at(self.remote, "/nodes"), "nodes")
                    .await?
                    .len(),
                list(self.http, &at(self.remote, "/edges"), "edges")
                    .await?
                    .len(),
            ),
        };
        Ok(There::Workflow(WorkflowSummary {
            workflow: Workflow {
                id: WorkflowId::parse(self.remote).map_err(|_| strange("an id"))?,
                organization_id: organization.into(),
                title: title_of(&fields),
                description: text(&workflow["description"]),
                status: typed(read(&["status"])).ok_or_else(|| strange("a status"))?,
                created_at: typed(read(&["created_at"])).unwrap_or_default(),
                updated_at: typed(read(&["updated_at"])).unwrap_or_default(),
                settings: typed(read(&["settings"])).unwrap_or_default(),
            },
            node_count: nodes,
            edge_count: edges,
            lead_counts: match read(&["lead_counts"]).map(json::from_value) {
                Some(Ok(counts)) => counts,
                _ => self.lead_counts().await?,
            },
        }))
    }

    async fn all_leads(&self) -> Result<Vec<Lead>, Refusal> {
        let all = list(self.http, &at(self.remote, "/leads"), "leads").await?;
        all.into_iter()
            .map(|lead| self.one_lead(&Value::Object(lead)))
            .collect()
    }

    /// Counted one by one, where the workflow does not say.
    async fn lead_counts(&self) -> Result<LeadCounts, Refusal> {
        let mut counts = LeadCounts::default();
        for lead in self.all_leads().await? {
            match lead.status {
                LeadStatus::Pending => counts.pending += 1,
                LeadStatus::Active => counts.active += 1,
                LeadStatus::Completed => counts.completed += 1,
                LeadStatus::Dropped => counts.dropped += 1,
            }
            counts.review_required += u64::from(lead.review_required);
        }
        Ok(counts)
    }

    async fn counts(&self) -> Result<There, Refusal> {
        let path = at(self.remote, "/node-counts");
        let counts: Value = match fetch(self.http, request("GET", path)).await {
            Ok(counts) => counts,
            Err(fault) if fault.status() == Some(404) => return self.counts_of_leads().await,
            Err(fault) => return Err(fault.into()),
        };
        let inner = ["data", "counts"]
            .into_iter()
            .find_map(|key| counts.get(key));
        let number = |one: &Value, names: &[&str]| pick(one, names).and_then(Value::as_u64);
        let count = |id: &Value, one: &Value| {
            let here = number(one, &["here", "lead_count", "count", "leads"]).or(one.as_u64());
            Some(NodeCounts {
                node_id: self.node(id)?,
                here: here?,
                entered: number(one, &["entered"]).unwrap_or(0),
                left: typed(pick(one, &["left"])).unwrap_or_default(),
                review_required: number(one, &["review_required"]).unwrap_or(0),
            })
        };
        let counted: Option<Vec<NodeCounts>> = match inner.unwrap_or(&counts) {
            Value::Array(all) => all
                .iter()
                .map(|one| count(pick(one, &["node_id", "id"])?, one))
                .collect(),
            Value::Object(all) => all
                .iter()
                .map(|(id, one)| count(&Value::from(id.as_str()), one))
                .collect(),
            _ => None,
        };
        counted.map(There::Counts).ok_or_else(|| strange("counts"))
    }

    /// Who stands where, where the API does not count.
    async fn counts_of_leads(&self) -> Result<There, Refusal> {
        let mut counts: BTreeMap<NodeId, NodeCounts> = BTreeMap::new();
        for lead in self.all_leads().await? {
            if let Some(node_id) = lead.current_node_id {
                let one = counts.entry(node_id.clone()).or_insert(NodeCounts {
                    node_id,
                    here: 0,
                    entered: 0,
                    left: BTreeMap::new(),
                    review_required: 0,
                });
                one.here += 1;
                one.review_required += u64::from(lead.review_required);
            }
        }
        Ok(There::Counts(counts.into_values().collect()))
    }

    fn one_lead(&self, lead: &Value) -> Result<Lead, Refusal> {
        let read = |names: &[&str]| pick(lead, names);
        let understood = || {
            Some(Lead {
                id: LeadId::parse(read(&["id"])?.as_str()?).ok()?,
                workflow_id: WorkflowId::parse(self.remote).ok()?,
                phone_number: read(&["phone_number", "phone"]).map(text)?,
                dynamic_variables: typed(read(&["dynamic_variables", "variables"]))
                    .unwrap_or_default(),
                // One without an execution record has not started.
                status: match read(&["status"]) {
                    None => LeadStatus::Pending,
                    status => typed(status)?,
                },
                current_node_id: read(&["current_node_id"]).and_then(|id| self.node(id)),
                review_required: read(&["review_required"]) == Some(&Value::Bool(true)),
                removed: false,
                created_at: typed(read(&["created_at"])).unwrap_or_default(),
            })
        };
        understood().ok_or_else(|| strange("a lead"))
    }

    async fn leads(
        &self,
        number: u64,
        limit: u64,
        status: Option<&str>,
        node: Option<&NodeId>,
    ) -> Result<There, Refusal> {
        let mut query = String::new();
        with(&mut query, "status", status);
        let node = node.map(|node| theirs(self.names, node));
        with(&mut query, "current_node_id", node);
        let path = at(self.remote, &query.replacen('&', "/leads?", 1));
        let path = match query.is_empty() {
            true => at(self.remote, "/leads"),
            false => path,
        };
        let (data, meta) = self.page(&path, "leads", number, limit).await?;
        let data = data
            .iter()
            .map(|lead| self.one_lead(lead))
            .collect::<Result<_, _>>()?;
        Ok(There::Leads(Page { data, meta }))
    }

    /// A page of a list, with how many there are, as far as that is told.
    async fn page(
        &self,
        path: &str,
        name: &str,
        number: u64,
        limit: u64,
    ) -> Result<(Vec<Value>, PageMeta), Refusal> {
        let found = page(self.http, path, name, number as usize, limit as usize).await?;
        let items: Vec<Value> = found.items.into_iter().map(Value::Object).collect();
        let behind = u64::from(found.more == Some(true));
        let least = number.saturating_sub(1) * limit + items.len() as u64 + behind;
        Ok((
            items,
            PageMeta::new(number, limit, found.total.unwrap_or(least)),
        ))
    }

    async fn lead(&self, id: &LeadId) -> Result<There, Refusal> {
        let path = format!("/leads/{}", encoded(id.as_str()));
        let told: Value = fetch(
            self.http,
            request("GET", at(self.remote, &format!("{path}/history"))),
        )
        .await?;
        let told = match told.get("data") {
            Some(inner @ Value::Object(_)) => inner.clone(),
            _ => told,
        };
        let lead = match told.get("lead").filter(|lead| lead.get("id").is_some()) {
            Some(lead) => self.one_lead(lead)?,
            None => self.one_lead(&self.get(&path, "lead").await?)?,
        };
        let visits = ["history", "steps"]
            .into_iter()
            .find_map(|key| told.get(key)?.as_array());
        let visits = visits
            .or(told.as_array())
            .ok_or_else(|| strange("a history"))?;
        let history = visits
            .iter()
            .map(|visit| self.visit(visit).ok_or_else(|| strange("a history")));
        let history: Vec<Visit> = history.collect::<Result<_, _>>()?;
        let execution = pick(&told, &["execution"]);
        let read = |names: &[&str]| execution.and_then(|execution| pick(execution, names));
        let started = lead.status != LeadStatus::Pending;
        let execution = started.then(|| Execution {
            status: lead.status,
            current_node_id: read(&["current_node_id"])
                .and_then(|id| self.node(id))
                .or_else(|| lead.current_node_id.clone()),
            entered_at: typed(read(&["entered_at"])),
            release_at: typed(read(&["release_at", "planned_release_at"])),
            call_id: read(&["call_id", "call_log_id"])
                .and_then(|id| CallId::parse(id.as_str()?).ok()),
        });
        let why = match pick(&told, &["why"]).map(json::from_value) {
            Some(Ok(why)) => why,
            _ => why(&lead, execution.as_ref()),
        };
        Ok(There::Lead(Box::new(LeadHistory {
            id: lead.id.clone(),
            workflow_id: lead.workflow_id.clone(),
            lead,
            why,
            execution,
            history,
        })))
    }

    fn visit(&self, visit: &Value) -> Option<Visit> {
        let read = |names: &[&str]| pick(visit, names);
        Some(Visit {
            node_id: self.node(read(&["node_id"])?)?,
            node_label: read(&["node_label", "label"]).map(text).unwrap_or_default(),
            node_type: typed::<NodeType>(read(&["node_type", "type"]))?,
            entered_at: typed(read(&["entered_at"]))?,
            exited_at: typed(read(&["exited_at", "left_at"])),
            release_at: typed(read(&["release_at", "planned_release_at"])),
            outcome: read(&["outcome"]).map(text),
            edge_id: None,
            reason: read(&["reason"]).map(text).unwrap_or_default(),
            call_id: read(&["call_id", "call_log_id"])
                .and_then(|id| CallId::parse(id.as_str()?).ok()),
        })
    }

    async fn calls(
        &self,
        number: u64,
        limit: u64,
        lead: Option<&LeadId>,
    ) -> Result<There, Refusal> {
        let mut path = format!("/v1/call-logs?workflow_id={}", encoded(self.remote));
        with(&mut path, "lead_id", lead.map(LeadId::as_str));
        let (data, meta) = self.page(&path, "calls", number, limit).await?;
        let data = data
            .iter()
            .map(|call| self.call(call).ok_or_else(|| strange("a call")));
        Ok(There::Calls(Page {
            data: data.collect::<Result<_, _>>()?,
            meta,
        }))
    }

    /// A call, by the fields that it has to have; the others where they are.
    fn call(&self, call: &Value) -> Option<CallLog> {
        let mut fields: Map<String, Value> = Map::new();
        for name in [
            "id",
            "lead_id",
            "phone_number",
            "node_id",
            "agent_id",
            "status",
            "attempt",
            "duration_seconds",
            "end_reason",
            "analysis",
            "created_at",
            "ended_at",
        ] {
            fields.insert(
                name.to_owned(),
                pick(call, &[name]).cloned().unwrap_or(Value::Null),
            );
        }
        let node = self.node(&fields["node_id"])?;
        fields.insert("node_id".to_owned(), Value::from(node.as_str()));
        fields.insert("workflow_id".to_owned(), Value::from(self.remote));
        for (name, otherwise) in [
            ("attempt", Value::from(1)),
            ("analysis", Value::Object(Map::new())),
            ("phone_number", Value::from("")),
        ] {
            if fields[name].is_null() {
                fields.insert(name.to_owned(), otherwise);
            }
        }
        json::from_value(&Value::Object(fields)).ok()
    }
}

fn typed<T: DeserializeOwned>(value: Option<&Value>) -> Option<T> {
    json::from_value(value?).ok()
}

/// Why a lead is where it is, as far as it can be told from what the API shows.
fn why(lead: &Lead, execution: Option<&Execution>) -> Why {
    let release = execution.and_then(|execution| execution.release_at);
    let call = execution.and_then(|execution| execution.call_id.clone());
    let (code, message) = match lead.status {
        LeadStatus::Completed => (
            WhyCode::Converted,
            "It reached a converted node.".to_owned(),
        ),
        LeadStatus::Dropped => (WhyCode::Dropped, "It reached a dropped node.".to_owned()),
        LeadStatus::Pending => {
            let message = "It has not started; it does once the workflow is active.";
            (WhyCode::StartsOnNextTick, message.to_owned())
        }
        LeadStatus::Active if lead.review_required => (
            WhyCode::ReviewRequired,
            "Somebody has to look at it.".to_owned(),
        ),
        LeadStatus::Active => match (release, call) {
            (Some(release), _) => (WhyCode::WaitingUntil, format!("It waits until {release}.")),
            (_, Some(call)) => (WhyCode::CallInProgress, format!("Its call is {call}.")),
            _ => {
                let message = "It is at this node; the remote does not say more.";
                (WhyCode::MovesOnNextTick, message.to_owned())
            }
        },
    };
    Why { code, message }
}
