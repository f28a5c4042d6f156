//! An edit, one request for each thing that differs from what is to be.
//!
//! What is added comes before what is taken away, so that whoever is on the way through a workflow that
//! runs finds an edge to go on. Every request leaves each node and edge either as it was or as it is to
//! be: an edit that broke off is told by that from what others changed.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{
    Application, Change, Definition, EdgeId, Node, NodeConfig, NodeId, Settings, json,
};
use serde_json::{Map, Value};

use super::graph::{Ids, Known, Snapshot, TheirEdge, TheirNode};
use super::words::{id, object};
use super::{at, version, with_body};
use crate::adapter::wire::{Fault, encoded, read, request, send};
use crate::http::{Http, HttpRequest};
use crate::machine::{Answer, Names};

/// How often an edit begins anew when something that it needs is not as it was read.
const ROUNDS: usize = 3;

/// An edge, by what it is: where it leads from and to, for which outcome.
type Triple<'t> = (&'t str, &'t str, Option<&'t str>);

/// An edit of a workflow.
pub struct Edit<'e> {
    remote: &'e str,
    if_match: &'e str,
    base: &'e Definition,
    target: Definition,
}

impl<'e> Edit<'e> {
    /// An edit of what was read as `base`.
    pub fn new(
        remote: &'e str,
        if_match: &'e str,
        base: &'e Definition,
        changes: &[Change],
    ) -> Result<Edit<'e>, Fault> {
        let mut target = base.clone();
        let refused = |error: leadline_model::ChangeError| Fault::said(422, error.to_string());
        target.apply_unchecked(changes).map_err(refused)?;
        Ok(Edit {
            remote,
            if_match,
            base,
            target,
        })
    }

    /// Makes the remote's what it is to be, and reads what it is then. `names` are kept up to date
    /// whatever happens.
    pub async fn perform(
        &self,
        http: &impl Http,
        before: &Names,
        names: &mut Option<Names>,
    ) -> Result<Answer, Fault> {
        let known = Known {
            base: Some(self.base),
            mine: Some(&self.target),
        };
        let mut now = before.clone();
        for round in 1..=ROUNDS {
            let there = Snapshot::read(http, self.remote).await?;
            let mut ids = there.ids(&now, &known)?;
            if there.etag() != self.if_match && !self.is_half_done(&there, &ids) {
                *names = Some(ids.names(Some(self.base)));
                return Ok(Answer::Stale);
            }
            if let Some(why) = self.impossible(&there) {
                return Ok(Answer::Refused(why));
            }
            let done = self.carry_out(http, &there, &mut ids).await;
            now = ids.names(Some(self.base));
            *names = Some(now.clone());
            match done {
                Ok(dropped) => {
                    let there = Snapshot::read(http, self.remote).await?;
                    let ids = there.ids(&now, &known)?;
                    *names = Some(ids.names(Some(self.base)));
                    let definition = there.definition(&ids, [known.mine, known.base])?;
                    return Ok(match dropped.is_empty() {
                        true => Answer::Document(version(&there, definition)),
                        false => Answer::Refused(dropped.join(" ")),
                    });
                }
                // Somebody was there meanwhile, or it is not possible at all: that is seen by looking again.
                Err(fault) if matches!(fault.status(), Some(404 | 409 | 410)) => {
                    if round == ROUNDS {
                        return Ok(Answer::Refused(fault.message));
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(Answer::Stale)
    }

    /// Whether all that differs from what was read is what this edit makes of it.
    fn is_half_done(&self, there: &Snapshot, ids: &Ids) -> bool {
        let either = |now: &str, base: &str, target: &str| now == base || now == target;
        let settings = [&self.base.settings, &self.target.settings].contains(&&there.settings);
        let (base, target) = (self.base, &self.target);
        let texts = either(&there.title, &base.title, &target.title)
            && (!there.held.description
                || either(&there.description, &base.description, &target.description));
        if !texts || (there.held.settings && !settings) {
            return false;
        }
        let now: BTreeMap<&NodeId, Node> = {
            let by_id: BTreeMap<&str, &TheirNode> = there
                .nodes
                .iter()
                .map(|one| (one.id.as_str(), one))
                .collect();
            let named = ids.nodes.iter().filter_map(|(ours, theirs)| {
                let mut node = by_id.get(theirs.as_str())?.node.clone();
                node.id = ours.clone();
                Some((ours, node))
            });
            named.collect()
        };
        let bare = |definition: &'e Definition| -> BTreeMap<&'e NodeId, Node> {
            let nodes = definition.nodes.iter();
            nodes
                .map(|node| (&node.id, there.held.bare(node)))
                .collect()
        };
        let was = bare(base);
        let to_be: BTreeMap<&NodeId, Node> = target
            .nodes
            .iter()
            .map(|node| (&node.id, there.held.bare(node)))
            .collect();
        let all: BTreeSet<&NodeId> = now
            .keys()
            .chain(was.keys())
            .chain(to_be.keys())
            .copied()
            .collect();
        let nodes = all.into_iter().all(|id| {
            let (now, was, to_be) = (now.get(id), was.get(id), to_be.get(id));
            // The entry's flag is taken from a node before it is deleted.
            let going = || match (now, was, to_be) {
                (Some(now), Some(was), None) => {
                    !now.is_entry
                        && Node {
                            is_entry: false,
                            ..was.clone()
                        } == *now
                }
                _ => false,
            };
            now == was || now == to_be || going()
        });
        let theirs =
            |definition: &Definition| -> Option<BTreeSet<(String, String, Option<String>)>> {
                let end = |id: &NodeId| {
                    Some(
                        ids.nodes
                            .get(id)
                            .cloned()
                            .unwrap_or_else(|| format!("here {id}")),
                    )
                };
                let edges = definition.edges.iter();
                edges
                    .map(|edge| {
                        Some((
                            end(&edge.from_node_id)?,
                            end(&edge.to_node_id)?,
                            edge.label.clone(),
                        ))
                    })
                    .collect()
            };
        let (Some(was), Some(to_be)) = (theirs(base), theirs(target)) else {
            return false;
        };
        let now: BTreeSet<_> = there
            .edges
            .iter()
            .map(|e| (e.from.clone(), e.to.clone(), e.label.clone()))
            .collect();
        let explained = now
            .iter()
            .all(|edge| was.contains(edge) || to_be.contains(edge));
        nodes && explained && was.intersection(&to_be).all(|edge| now.contains(edge))
    }

    /// What the API cannot say, in words; looked at before anything is written.
    fn impossible(&self, there: &Snapshot) -> Option<String> {
        if !there.held.settings && self.target.settings != Settings::default() {
            return Some("This API has no settings, so limits, retries and calling hours of a workflow would not hold there: take them back, or keep the workflow off this remote.".to_owned());
        }
        let runs = |node: &&Node| {
            matches!(
                node.config,
                NodeConfig::Application(Application::AgentWorkflow(_))
            )
        };
        let node = self.target.nodes.iter().find(runs)?;
        Some(format!(
            "`{}` starts an agent's workflow, which this API does not know.",
            node.label
        ))
    }

    /// Makes one request for each thing that differs; answers what the remote did not keep, in words.
    async fn carry_out(
        &self,
        http: &impl Http,
        there: &Snapshot,
        ids: &mut Ids,
    ) -> Result<Vec<String>, Fault> {
        self.workflow(http, there).await?;
        let mut dropped = Vec::new();
        let by_id: BTreeMap<&str, &TheirNode> = there
            .nodes
            .iter()
            .map(|one| (one.id.as_str(), one))
            .collect();
        // A node of another type is another node.
        let mut stays = BTreeMap::new();
        for node in &self.target.nodes {
            let one = ids
                .nodes
                .get(&node.id)
                .and_then(|id| by_id.get(id.as_str()));
            let same = |one: &&&TheirNode| one.node.config.node_type() == node.config.node_type();
            if let Some(one) = one.filter(same) {
                stays.insert(one.id.as_str(), node);
            }
        }
        let gone: Vec<&TheirNode> = there
            .nodes
            .iter()
            .filter(|one| !stays.contains_key(one.id.as_str()))
            .collect();
        // Those that go are known by their names until they are gone, but for those that come back as
        // something else.
        let (again, gone): (Vec<_>, Vec<_>) = gone.into_iter().partition(|one| {
            let mut ours = ids.nodes.iter().filter(|(_, theirs)| **theirs == one.id);
            ours.any(|(ours, _)| self.target.nodes.iter().any(|node| node.id == *ours))
        });
        for one in again {
            taken_away(done(http, request("DELETE", self.node(&one.id))).await)?;
            ids.nodes.retain(|_, theirs| *theirs != one.id);
        }
        // Only one can be the entry: the old one gives the flag back first.
        if there.held.entry && self.target.nodes.iter().any(|node| node.is_entry) {
            for one in there.nodes.iter().filter(|one| one.node.is_entry) {
                match stays.get(one.id.as_str()) {
                    Some(node) if node.is_entry => {}
                    Some(node) => self.update(http, there, one, node, &mut dropped).await?,
                    None => {
                        let flag = json_object([("is_entry", Value::Bool(false))]);
                        done(http, with_body("PATCH", &self.node(&one.id), &flag)).await?;
                    }
                }
            }
        }
        for node in &self.target.nodes {
            let one = ids
                .nodes
                .get(&node.id)
                .and_then(|id| by_id.get(id.as_str()));
            match one {
                Some(one) if one.node.is_entry && !node.is_entry && there.held.entry => {
                    if !self.target.nodes.iter().any(|node| node.is_entry) {
                        self.update(http, there, one, node, &mut dropped).await?;
                    }
                }
                Some(one) => self.update(http, there, one, node, &mut dropped).await?,
                None => {
                    let mut fields = fields_of(node)?;
                    fields.remove("id");
                    let new = with_body(
                        "POST",
                        &at(self.remote, "/nodes"),
                        &Value::Object(fields.clone()),
                    );
                    let made = object(http, new, "node").await?;
                    ids.nodes.insert(node.id.clone(), id(&made)?);
                    dropped.extend(not_kept(node, &fields, &made));
                }
            }
        }
        self.edges(http, there, ids).await?;
        for one in gone {
            taken_away(done(http, request("DELETE", self.node(&one.id))).await)?;
            ids.nodes.retain(|_, theirs| *theirs != one.id);
        }
        Ok(dropped)
    }

    fn node(&self, id: &str) -> String {
        at(self.remote, &format!("/nodes/{}", encoded(id)))
    }

    fn edge(&self, id: &str) -> String {
        at(self.remote, &format!("/edges/{}", encoded(id)))
    }

    async fn workflow(&self, http: &impl Http, there: &Snapshot) -> Result<(), Fault> {
        let mut patch = Map::new();
        let target = &self.target;
        if target.title != there.title {
            patch.insert(
                there.title_key.to_owned(),
                Value::from(target.title.as_str()),
            );
        }
        if there.held.description && target.description != there.description {
            let description = Value::from(target.description.as_str());
            patch.insert("description".to_owned(), description);
        }
        if there.held.settings && target.settings != there.settings {
            let settings = json::to_value(&target.settings).map_err(unwritable)?;
            patch.insert("settings".to_owned(), settings);
        }
        if !patch.is_empty() {
            done(
                http,
                with_body("PATCH", &at(self.remote, ""), &Value::Object(patch)),
            )
            .await?;
        }
        Ok(())
    }

    /// Sends the fields in which a node differs; the config whole, with what is not understood here.
    async fn update(
        &self,
        http: &impl Http,
        there: &Snapshot,
        one: &TheirNode,
        node: &Node,
        dropped: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let (old, new) = (fields_of(&one.node)?, fields_of(&there.held.bare(node))?);
        let differ = new
            .iter()
            .filter(|(name, value)| *name != "id" && old.get(*name) != Some(*value));
        let mut patch: Map<String, Value> = differ
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if patch.is_empty() {
            return Ok(());
        }
        if let (Some(Value::Object(config)), Some(Value::Object(old))) =
            (patch.get_mut("config"), old.get("config"))
        {
            let strange = one
                .config
                .iter()
                .filter(|(name, _)| !old.contains_key(*name));
            for (name, value) in strange {
                config.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        let body = Value::Object(patch.clone());
        let answer = done(http, with_body("PATCH", &self.node(&one.id), &body)).await?;
        if let Some(answer) = answer {
            dropped.extend(not_kept(node, &patch, &answer));
        }
        Ok(())
    }

    /// Edges are what they join for which outcome: those that are missing are drawn, those that are not
    /// to be are taken away; one of which only the outcome changed stays the same edge.
    async fn edges(&self, http: &impl Http, there: &Snapshot, ids: &mut Ids) -> Result<(), Fault> {
        let nodes = ids.nodes.clone();
        let end = |id: &NodeId| nodes.get(id).map_or("", String::as_str);
        let mut wanted: BTreeMap<Triple<'_>, &EdgeId> = BTreeMap::new();
        for edge in &self.target.edges {
            let (from, to) = (end(&edge.from_node_id), end(&edge.to_node_id));
            wanted.insert((from, to, edge.label.as_deref()), &edge.id);
        }
        let mut old: BTreeMap<&str, &TheirEdge> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for one in &there.edges {
            let what = (one.from.as_str(), one.to.as_str(), one.label.as_deref());
            match wanted.remove(&what) {
                Some(ours) => drop(found.insert(ours.clone(), one.id.clone())),
                None => drop(old.insert(&one.id, one)),
            }
        }
        // In the order in which they were made here.
        let missing: Vec<_> = self
            .target
            .edges
            .iter()
            .filter(|edge| {
                let what = (
                    end(&edge.from_node_id),
                    end(&edge.to_node_id),
                    edge.label.as_deref(),
                );
                wanted.get(&what) == Some(&&edge.id)
            })
            .collect();
        let before = std::mem::replace(&mut ids.edges, found);
        let kept: BTreeSet<&EdgeId> = self.target.edges.iter().map(|edge| &edge.id).collect();
        for (ours, theirs) in &before {
            // Known by its name until it is gone.
            if old.contains_key(theirs.as_str()) && !kept.contains(ours) {
                ids.edges.insert(ours.clone(), theirs.clone());
            }
        }
        for edge in missing {
            let (from, to) = (end(&edge.from_node_id), end(&edge.to_node_id));
            let same = before.get(&edge.id).and_then(|id| old.get(id.as_str()));
            let label = edge.label.as_deref().map_or(Value::Null, Value::from);
            match same.filter(|one| (one.from.as_str(), one.to.as_str()) == (from, to)) {
                Some(one) => {
                    let patch = json_object([("label", label)]);
                    done(http, with_body("PATCH", &self.edge(&one.id), &patch)).await?;
                    ids.edges.insert(edge.id.clone(), one.id.clone());
                    old.remove(one.id.clone().as_str());
                }
                None => {
                    let mut new = json_object([
                        ("from_node_id", Value::from(from)),
                        ("to_node_id", Value::from(to)),
                    ]);
                    if !label.is_null() {
                        new["label"] = label;
                    }
                    let made = object(
                        http,
                        with_body("POST", &at(self.remote, "/edges"), &new),
                        "edge",
                    )
                    .await?;
                    ids.edges.insert(edge.id.clone(), id(&made)?);
                }
            }
        }
        for one in old.keys() {
            taken_away(done(http, request("DELETE", self.edge(one))).await)?;
            ids.edges.retain(|_, theirs| theirs != one);
        }
        Ok(())
    }
}

fn json_object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Value::Object(fields.collect())
}

fn unwritable(error: String) -> Fault {
    Fault::said(422, error)
}

/// A node as JSON, without how it is answered in the simulated world.
fn fields_of(node: &Node) -> Result<Map<String, Value>, Fault> {
    let mut fields = match json::to_value(node).map_err(unwritable)? {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    if let Some(Value::Object(config)) = fields.get_mut("config") {
        config.remove("simulation");
    }
    Ok(fields)
}

/// Sends something whose answer need not show anything.
pub(super) async fn done(
    http: &impl Http,
    request: HttpRequest,
) -> Result<Option<Map<String, Value>>, Fault> {
    let response = send(http, request).await?;
    if response.body.trim().is_empty() {
        return Ok(None);
    }
    Ok(match read::<Value>(&response)? {
        Value::Object(mut answer) => match answer.remove("data") {
            Some(Value::Object(inner)) => Some(inner),
            _ => Some(answer),
        },
        _ => None,
    })
}

/// What is gone already need not be taken away.
fn taken_away(done: Result<Option<Map<String, Value>>, Fault>) -> Result<(), Fault> {
    match done {
        Err(fault) if matches!(fault.status(), Some(404 | 410)) => Ok(()),
        done => done.map(drop),
    }
}

/// What of a node's config the remote did not take, in words.
fn not_kept(node: &Node, sent: &Map<String, Value>, answer: &Map<String, Value>) -> Option<String> {
    let (sent, kept) = (
        sent.get("config")?.as_object()?,
        answer.get("config")?.as_object()?,
    );
    let says = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
    let lost: Vec<&str> = sent
        .iter()
        .filter(|(name, value)| says(value) && kept.get(*name).is_none_or(Value::is_null))
        .map(|(name, _)| name.as_str())
        .collect();
    (!lost.is_empty()).then(|| {
        format!(
            "The remote did not keep `{}` of `{}`.",
            lost.join("`, `"),
            node.label
        )
    })
}
