//! A server that offers only the plain workflow API, in its wire form: no versions, no keys, no changes,
//! no whole graphs. Headers mean nothing to it; what it does not know is 404. It enrols whom it is told
//! to enrol, once more if it is told twice.

use std::cell::RefCell;

use leadline_sync::http::{Http, HttpRequest, HttpResponse, Unreachable};
use serde_json::{Map, Value, json};

use crate::bad_network::answer;

/// How such servers differ.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    pub title: &'static str,
    /// Whether workflows have settings.
    pub settings: bool,
    /// Whether lists come in an envelope, page by page.
    pub pages: bool,
    /// What ids begin with.
    pub node: &'static str,
    /// How many items of a list it shows at once, whatever it is asked for.
    pub shown: usize,
    /// Config it does not know is dropped.
    pub drops: Option<&'static str>,
}

pub const SEEDS: Dialect = Dialect {
    title: "title",
    settings: false,
    pages: true,
    node: "n",
    shown: 50,
    drops: None,
};

/// Another spelling of all that can be spelt otherwise.
pub const OTHER: Dialect = Dialect {
    title: "name",
    settings: true,
    pages: false,
    node: "node:",
    shown: 0,
    drops: None,
};

#[derive(Default)]
pub struct Kept {
    made: u32,
    pub workflows: Vec<Workflow>,
}

pub struct Workflow {
    pub fields: Map<String, Value>,
    pub nodes: Vec<Value>,
    pub edges: Vec<Value>,
    pub leads: Vec<Value>,
}

pub struct PlainServer {
    pub dialect: Dialect,
    pub kept: RefCell<Kept>,
}

type Reply = Result<(u16, Value), (u16, String)>;

fn refuse<T>(status: u16, message: impl Into<String>) -> Result<T, (u16, String)> {
    Err((status, message.into()))
}

impl PlainServer {
    pub fn new(dialect: Dialect) -> PlainServer {
        PlainServer {
            dialect,
            kept: RefCell::default(),
        }
    }

    fn id(&self, prefix: &str) -> String {
        let mut kept = self.kept.borrow_mut();
        kept.made += 1;
        format!("{prefix}{}", kept.made)
    }

    fn list(&self, items: &[Value], query: &str) -> Reply {
        let number = |name: &str, otherwise: usize| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(key, _)| *key == name);
            found.map_or(otherwise, |(_, value)| value.parse().unwrap())
        };
        if !self.dialect.pages {
            return Ok((200, Value::from(items)));
        }
        let (page, limit) = (
            number("page", 1),
            number("limit", 20).min(self.dialect.shown),
        );
        let shown: Vec<&Value> = items.iter().skip((page - 1) * limit).take(limit).collect();
        let pages = items.len().div_ceil(limit);
        let meta = json!({"page": page, "limit": limit, "total": items.len(), "totalPages": pages});
        Ok((200, json!({"data": shown, "meta": meta})))
    }

    fn respond(&self, method: &str, path: &str, query: &str, body: &Value) -> Reply {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["workflows"]) => self.create(body),
            ("GET", ["workflows"]) => {
                let kept = self.kept.borrow();
                let all: Vec<Value> = kept
                    .workflows
                    .iter()
                    .map(|one| one.fields.clone().into())
                    .collect();
                self.list(&all, query)
            }
            (_, ["workflows", id, rest @ ..]) => {
                let id = id.replace("%3A", ":");
                let mut kept = self.kept.borrow_mut();
                let at = kept
                    .workflows
                    .iter()
                    .position(|one| one.fields["id"] == *id);
                let Some(at) = at else {
                    return refuse(404, format!("There is no workflow {id}."));
                };
                if (method, rest) == ("DELETE", &[]) {
                    kept.workflows.remove(at);
                    return Ok((200, json!({"message": "Deleted."})));
                }
                let made = match (method, rest) {
                    ("POST", ["nodes"]) => self.dialect.node,
                    ("POST", ["edges"]) => "e",
                    _ => "wld_",
                };
                drop(kept);
                let fresh = self.id(made);
                let kept = &mut *self.kept.borrow_mut();
                self.within(&mut kept.workflows[at], method, rest, query, body, &fresh)
            }
            ("GET", ["call-logs"]) => self.list(&[], query),
            _ => refuse(404, format!("Cannot {method} {path}")),
        }
    }

    fn create(&self, body: &Value) -> Reply {
        let title = body["title"].as_str().or(body["name"].as_str());
        let Some(title) = title.filter(|title| !title.is_empty()) else {
            return refuse(400, "title must not be empty");
        };
        let mut fields = json!({
            "id": self.id("wf_"), "organization_id": "org_xyz", self.dialect.title: title,
            "description": body["description"].as_str().unwrap_or_default(), "status": "draft",
            "created_at": "2024-03-01T09:00:00.000Z", "updated_at": "2024-03-02T11:00:00.000Z",
        });
        if self.dialect.settings {
            fields["settings"] = json!({"auto_complete": true, "voice": "warm"});
        }
        let fields = fields.as_object().unwrap().clone();
        let shown = Value::Object(fields.clone());
        self.kept.borrow_mut().workflows.push(Workflow {
            fields,
            nodes: Vec::new(),
            edges: Vec::new(),
            leads: Vec::new(),
        });
        Ok((201, shown))
    }

    fn within(
        &self,
        workflow: &mut Workflow,
        method: &str,
        rest: &[&str],
        query: &str,
        body: &Value,
        fresh: &str,
    ) -> Reply {
        let id = rest.get(1).map(|id| Value::from(id.replace("%3A", ":")));
        let find =
            |items: &[Value]| match items.iter().position(|one| Some(&one["id"]) == id.as_ref()) {
                Some(at) => Ok(at),
                None => refuse(404, format!("There is no {id:?}.")),
            };
        let workflow_id = workflow.fields["id"].clone();
        match (method, rest) {
            ("GET", []) => Ok((200, workflow.fields.clone().into())),
            ("PATCH", []) => {
                for (name, value) in body.as_object().unwrap() {
                    if workflow.fields.contains_key(name) {
                        workflow.fields.insert(name.clone(), value.clone());
                    }
                }
                Ok((200, workflow.fields.clone().into()))
            }
            ("POST", [action @ ("activate" | "pause" | "resume" | "cancel")]) => {
                let status = match (*action, workflow.fields["status"].as_str().unwrap()) {
                    ("activate", "draft") | ("resume", "paused") => "running",
                    ("pause", "running" | "active") => "paused",
                    ("cancel", "draft" | "running" | "paused") => "cancelled",
                    (action, status) => {
                        return refuse(409, format!("Cannot {action}: it is {status}."));
                    }
                };
                workflow.fields["status"] = status.into();
                Ok((200, workflow.fields.clone().into()))
            }
            ("GET", ["nodes"]) => self.list(&workflow.nodes, query),
            ("GET", ["edges"]) => self.list(&workflow.edges, query),
            ("GET", ["leads"]) => self.list(&workflow.leads, query),
            ("POST", ["nodes"]) => {
                let types = [
                    "VOICE_CALL",
                    "TIME",
                    "CONDITIONAL",
                    "APPLICATION",
                    "CONVERTED",
                    "DROPPED",
                ];
                if !types.contains(&body["node_type"].as_str().unwrap_or_default()) {
                    return refuse(400, "node_type is wrong");
                }
                let mut node = json!({"id": fresh, "workflow_id": workflow_id, "is_entry": false,
                    "label": "", "config": {}, "position_x": 0, "position_y": 0});
                self.put(&mut node, body);
                only_entry(&workflow.nodes, &node)?;
                workflow.nodes.push(node.clone());
                Ok((201, node))
            }
            ("PATCH", ["nodes", _]) => {
                let at = find(&workflow.nodes)?;
                let mut node = workflow.nodes[at].clone();
                if body
                    .get("node_type")
                    .is_some_and(|asked| *asked != node["node_type"])
                {
                    return refuse(400, "a node keeps its type");
                }
                self.put(&mut node, body);
                only_entry(&workflow.nodes, &node)?;
                workflow.nodes[at] = node.clone();
                Ok((200, node))
            }
            ("DELETE", ["nodes", _]) => {
                let at = find(&workflow.nodes)?;
                let gone = workflow.nodes.remove(at)["id"].clone();
                workflow
                    .edges
                    .retain(|edge| edge["from_node_id"] != gone && edge["to_node_id"] != gone);
                Ok((200, json!({"message": "Deleted."})))
            }
            ("POST", ["edges"]) => {
                let edge = json!({"id": fresh, "workflow_id": workflow_id, "label": body["label"],
                    "from_node_id": body["from_node_id"], "to_node_id": body["to_node_id"]});
                well_joined(workflow, &edge)?;
                workflow.edges.push(edge.clone());
                Ok((201, edge))
            }
            ("PATCH", ["edges", _]) => {
                let at = find(&workflow.edges)?;
                let mut edge = workflow.edges[at].clone();
                edge["label"] = body["label"].clone();
                well_joined(workflow, &edge)?;
                workflow.edges[at] = edge.clone();
                Ok((200, edge))
            }
            ("DELETE", ["edges", _]) => {
                let at = find(&workflow.edges)?;
                workflow.edges.remove(at);
                Ok((204, Value::Null))
            }
            ("POST", ["leads"]) => {
                let leads = body["leads"].as_array().unwrap();
                for (number, lead) in leads.iter().enumerate() {
                    workflow.leads.push(json!({"id": format!("{fresh}-{number}"),
                        "phone_number": lead["phone_number"], "dynamic_variables": lead["dynamic_variables"],
                        "status": "pending", "current_node_id": null, "created_at": "2024-03-02T11:00:00.000Z"}));
                }
                Ok((201, json!({"leads_enrolled": leads.len()})))
            }
            ("GET", ["leads", _]) => {
                let at = find(&workflow.leads)?;
                Ok((200, workflow.leads[at].clone()))
            }
            ("GET", ["leads", _, "history"]) => {
                let at = find(&workflow.leads)?;
                let lead = &workflow.leads[at];
                let visit = json!({"node_id": workflow.nodes[0]["id"], "node_label": "First call",
                    "node_type": "VOICE_CALL", "entered_at": "2024-03-02T11:00:00.000Z"});
                Ok((
                    200,
                    json!({"id": lead["id"], "history": [visit], "execution":
                    {"current_node_id": lead["current_node_id"], "entered_at": "2024-03-02T11:00:00.000Z"}}),
                ))
            }
            _ => refuse(404, format!("Cannot {method} {rest:?}")),
        }
    }

    fn put(&self, node: &mut Value, body: &Value) {
        for name in [
            "node_type",
            "label",
            "config",
            "position_x",
            "position_y",
            "is_entry",
        ] {
            if let Some(value) = body.get(name) {
                node[name] = value.clone();
            }
        }
        if let (Some(dropped), Some(config)) = (self.dialect.drops, node["config"].as_object_mut())
        {
            config.remove(dropped);
        }
    }
}

fn only_entry(nodes: &[Value], node: &Value) -> Result<(), (u16, String)> {
    let other = |one: &&Value| one["is_entry"] == true && one["id"] != node["id"];
    match node["is_entry"] == true && nodes.iter().any(|one| other(&one)) {
        true => refuse(409, "another node is the entry"),
        false => Ok(()),
    }
}

fn well_joined(workflow: &Workflow, edge: &Value) -> Result<(), (u16, String)> {
    for end in ["from_node_id", "to_node_id"] {
        let Some(node) = workflow.nodes.iter().find(|node| node["id"] == edge[end]) else {
            return refuse(404, format!("{end}: there is no node {}", edge[end]));
        };
        let terminal = ["CONVERTED", "DROPPED"].contains(&node["node_type"].as_str().unwrap());
        if end == "from_node_id" && terminal {
            return refuse(400, "an edge cannot begin at a terminal");
        }
    }
    let same = |one: &&Value| {
        one["id"] != edge["id"]
            && ["from_node_id", "to_node_id", "label"]
                .iter()
                .all(|name| one[name] == edge[name])
    };
    match workflow.edges.iter().any(|one| same(&one)) {
        true => refuse(409, "there is such an edge"),
        false => Ok(()),
    }
}

impl Http for PlainServer {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let body = match &request.body {
            Some(body) => serde_json::from_str(body).unwrap(),
            None => Value::Null,
        };
        let (status, body) = match self.respond(request.method, path, query, &body) {
            Ok((status, Value::Null)) => (status, String::new()),
            Ok((status, body)) => (status, body.to_string()),
            Err((status, message)) => (
                status,
                json!({"statusCode": status, "message": message, "error": "Error"}).to_string(),
            ),
        };
        Ok(answer(
            status,
            &[("content-type", "application/json")],
            &body,
        ))
    }
}
