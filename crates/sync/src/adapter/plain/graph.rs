//! A workflow as the remote has it, and what of it is what here.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{
    Application, Definition, Edge, EdgeId, Node, NodeConfig, NodeId, Position, Settings, json,
};
use serde::Serialize;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::at;
use super::words::{id, list, object, pick, unreadable};
use crate::adapter::wire::{Fault, request, text};
use crate::http::Http;
use crate::machine::Names;

/// What its answers have fields for. The rest stays as it is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Held {
    pub description: bool,
    pub settings: bool,
    pub entry: bool,
    pub position: bool,
}

/// A node there; the node's own id means nothing.
#[derive(Debug, Clone)]
pub struct TheirNode {
    pub id: String,
    pub node: Node,
    /// Its config as it came, with what is not understood here.
    pub config: Map<String, Value>,
}

/// An edge there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TheirEdge {
    pub id: String,
    pub from: String,
    pub to: String,
    pub label: Option<String>,
}

/// A workflow as the remote has it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// How the title is spelt there.
    pub title_key: &'static str,
    pub title: String,
    pub description: String,
    pub settings: Settings,
    pub held: Held,
    pub nodes: Vec<TheirNode>,
    pub edges: Vec<TheirEdge>,
}

/// What is known of a workflow here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'d> {
    /// What it was when it was read last.
    pub base: Option<&'d Definition>,
    /// What is in the remote, or is to be, as far as it was made here.
    pub mine: Option<&'d Definition>,
}

/// Which of the remote's is which here, whether or not the two are called the same.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    pub nodes: BTreeMap<NodeId, String>,
    pub edges: BTreeMap<EdgeId, String>,
}

/// Nodes and edges may share ids; no id has a blank.
fn edge_key(id: &EdgeId) -> String {
    format!("edge {id}")
}

impl Ids {
    /// What is to be remembered: where the two differ, or have not been read yet.
    pub fn names(&self, base: Option<&Definition>) -> Names {
        let read: BTreeSet<&str> = base
            .iter()
            .flat_map(|base| &base.nodes)
            .map(|n| n.id.as_str())
            .collect();
        let nodes = self.nodes.iter();
        let nodes = nodes
            .filter(|(ours, theirs)| ours.as_str() != *theirs || !read.contains(ours.as_str()))
            .map(|(ours, theirs)| (ours.to_string(), theirs.clone()));
        let read: BTreeSet<&str> = base
            .iter()
            .flat_map(|base| &base.edges)
            .map(|e| e.id.as_str())
            .collect();
        let edges = self.edges.iter();
        let edges = edges
            .filter(|(ours, theirs)| ours.as_str() != *theirs || !read.contains(ours.as_str()))
            .map(|(ours, theirs)| (edge_key(ours), theirs.clone()));
        nodes.chain(edges).collect()
    }
}

/// What the remote calls a node.
pub fn theirs<'n>(names: &'n Names, node: &'n NodeId) -> &'n str {
    names
        .get(node.as_str())
        .map_or(node.as_str(), String::as_str)
}

/// What the remote's nodes are called here, where the two differ.
pub fn ours(names: &Names) -> BTreeMap<&str, &str> {
    let nodes = names.iter().filter(|(ours, _)| !ours.contains(' '));
    nodes
        .map(|(ours, theirs)| (theirs.as_str(), ours.as_str()))
        .collect()
}

impl Snapshot {
    /// Reads a workflow with its graph.
    pub async fn read(http: &impl Http, remote: &str) -> Result<Snapshot, Fault> {
        let workflow = object(http, request("GET", at(remote, "")), "workflow").await?;
        // That these are not found does not say that the workflow is gone.
        let part = |fault: Fault| match fault.status() {
            Some(404 | 410) => unreadable(fault.message),
            _ => fault,
        };
        let nodes = list(http, &at(remote, "/nodes"), "nodes")
            .await
            .map_err(part)?;
        let edges = list(http, &at(remote, "/edges"), "edges")
            .await
            .map_err(part)?;
        let workflow = Value::Object(workflow);
        let title_key = if workflow.get("title").is_some() {
            "title"
        } else {
            "name"
        };
        let has = |key: &str| nodes.iter().all(|node| node.contains_key(key));
        let position = nodes.iter().all(|node| position(node, "x").is_some());
        let settings = workflow
            .get("settings")
            .filter(|settings| settings.is_object());
        let held = Held {
            description: workflow.get("description").is_some(),
            settings: settings.is_some(),
            entry: has("is_entry") || has("isEntry"),
            position,
        };
        let fits =
            |error: String| unreadable(format!("the settings cannot be understood: {error}"));
        Ok(Snapshot {
            title_key,
            title: text(&workflow[title_key]),
            description: text(&workflow["description"]),
            settings: settings.map_or(Ok(Settings::default()), |it| {
                json::from_value(it).map_err(fits)
            })?,
            held,
            nodes: nodes
                .into_iter()
                .map(|node| their_node(node, held))
                .collect::<Result<_, _>>()?,
            edges: edges
                .into_iter()
                .map(their_edge)
                .collect::<Result<_, _>>()?,
        })
    }

    /// A version: what was read, as far as it matters here.
    pub fn etag(&self) -> String {
        let nodes: Vec<_> = self.nodes.iter().map(|one| (&one.id, &one.node)).collect();
        let all = (
            &self.title,
            &self.description,
            &self.settings,
            self.held,
            nodes,
            &self.edges,
        );
        // Texts, numbers and lists: there is nothing JSON cannot hold.
        format!(
            "{:016x}",
            xxh3_64(&serde_json::to_vec(&all).unwrap_or_default())
        )
    }

    /// The workflow in the words of here, with what is to be remembered of its ids. What the remote has
    /// no field for is as it was read last, or as it was made here.
    pub fn translate(
        &self,
        names: &Names,
        known: &Known<'_>,
    ) -> Result<(Definition, Names), Fault> {
        let ids = self.ids(names, known)?;
        let definition = self.definition(&ids, [known.base, known.mine])?;
        Ok((definition, ids.names(known.base)))
    }

    /// The workflow under the ids of here; what the remote has no field for is as in the first of `as_in`
    /// that has the node.
    pub fn definition(
        &self,
        ids: &Ids,
        as_in: [Option<&Definition>; 2],
    ) -> Result<Definition, Fault> {
        let node_ids: BTreeMap<&str, &NodeId> = ids
            .nodes
            .iter()
            .map(|(ours, theirs)| (theirs.as_str(), ours))
            .collect();
        let edge_ids: BTreeMap<&str, &EdgeId> = ids
            .edges
            .iter()
            .map(|(ours, theirs)| (theirs.as_str(), ours))
            .collect();
        let index = |one: Option<&'_ Definition>| -> BTreeMap<NodeId, Node> {
            let nodes = one.into_iter().flat_map(|one| &one.nodes);
            nodes.map(|node| (node.id.clone(), node.clone())).collect()
        };
        let known = as_in.map(index);
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for one in &self.nodes {
            let mut node = one.node.clone();
            if let Some(id) = node_ids.get(one.id.as_str()) {
                node.id = (*id).clone();
            }
            if let Some(known) = known.iter().find_map(|known| known.get(&node.id)) {
                self.held.keep(&mut node, known);
            }
            nodes.push(node);
        }
        let end = |theirs: &String| match node_ids.get(theirs.as_str()) {
            Some(ours) => Ok((*ours).clone()),
            None => Err(unreadable(format!(
                "an edge leads from or to {theirs}, which is no node"
            ))),
        };
        let mut edges = Vec::with_capacity(self.edges.len());
        for one in &self.edges {
            let Some(id) = edge_ids.get(one.id.as_str()) else {
                continue;
            };
            edges.push(Edge {
                id: (*id).clone(),
                from_node_id: end(&one.from)?,
                to_node_id: end(&one.to)?,
                label: one.label.clone(),
            });
        }
        let first = as_in.into_iter().flatten().next();
        let mut definition = Definition {
            title: self.title.clone(),
            description: self.description.clone(),
            settings: self.settings.clone(),
            nodes,
            edges,
        };
        if let Some(first) = first {
            if !self.held.description {
                definition.description = first.description.clone();
            }
            if !self.held.settings {
                definition.settings = first.settings.clone();
            }
        }
        let not_ours = |error| unreadable(format!("it is no workflow here: {error}"));
        definition.check().map_err(not_ours)?;
        Ok(definition)
    }

    /// Which is which: by what is remembered, else by what was read last, else by being the same as
    /// something that was made here; else it is new.
    pub fn ids(&self, names: &Names, known: &Known<'_>) -> Result<Ids, Fault> {
        let mut ids = Ids::default();
        self.node_ids(names, known, &mut ids);
        self.edge_ids(names, known, &mut ids)?;
        Ok(ids)
    }

    fn node_ids(&self, names: &Names, known: &Known<'_>, ids: &mut Ids) {
        let named = ours(names);
        let read: BTreeSet<&str> = known
            .base
            .iter()
            .flat_map(|base| &base.nodes)
            .map(|node| node.id.as_str())
            .collect();
        let mut new = Vec::new();
        for one in &self.nodes {
            let same = || {
                read.get(one.id.as_str())
                    .copied()
                    .filter(|id| !names.contains_key(*id))
            };
            let found = named.get(one.id.as_str()).copied().or_else(same);
            match found.and_then(|id| NodeId::parse(id).ok()) {
                Some(id) => drop(ids.nodes.insert(id, one.id.clone())),
                None => new.push(one),
            }
        }
        // What was made here and is not there under any name, by what it is.
        let mut made: BTreeMap<(String, &str), Vec<&Node>> = BTreeMap::new();
        for node in known.mine.iter().flat_map(|mine| &mine.nodes) {
            if !ids.nodes.contains_key(&node.id) {
                let kind = format!("{:?}", node.config.node_type());
                made.entry((kind, &node.label)).or_default().push(node);
            }
        }
        let mut strangers = Vec::new();
        for one in new {
            let kind = format!("{:?}", one.node.config.node_type());
            let alike = made.get_mut(&(kind, one.node.label.as_str()));
            let found = alike.and_then(|alike| {
                let at = alike
                    .iter()
                    .position(|mine| self.held.is_same(mine, &one.node))?;
                Some(alike.remove(at))
            });
            match found {
                Some(mine) => drop(ids.nodes.insert(mine.id.clone(), one.id.clone())),
                None => strangers.push(one),
            }
        }
        let taken: BTreeSet<NodeId> = [known.base, known.mine]
            .into_iter()
            .flatten()
            .flat_map(|known| known.nodes.iter().map(|node| node.id.clone()))
            .collect();
        for one in strangers {
            let free = |id: &NodeId| !taken.contains(id) && !ids.nodes.contains_key(id);
            let id = fresh(&one.id, NodeId::PREFIX, |text| {
                NodeId::parse(text).ok().filter(free)
            });
            if let Some(id) = id {
                ids.nodes.insert(id, one.id.clone());
            }
        }
    }

    fn edge_ids(&self, names: &Names, known: &Known<'_>, ids: &mut Ids) -> Result<(), Fault> {
        let named: BTreeMap<&str, &str> = names
            .iter()
            .filter_map(|(ours, theirs)| Some((theirs.as_str(), ours.strip_prefix("edge ")?)))
            .collect();
        let read: BTreeMap<&str, &EdgeId> = known
            .base
            .iter()
            .flat_map(|base| &base.edges)
            .map(|edge| (edge.id.as_str(), &edge.id))
            .collect();
        let mut new = Vec::new();
        for one in &self.edges {
            let same = || {
                let id = read.get(one.id.as_str())?;
                (!names.contains_key(&edge_key(id))).then_some(id.as_str())
            };
            let found = named.get(one.id.as_str()).copied().or_else(same);
            match found.and_then(|id| EdgeId::parse(id).ok()) {
                Some(id) => drop(ids.edges.insert(id, one.id.clone())),
                None => new.push(one),
            }
        }
        // An edge is what it joins for which outcome.
        let mut made: BTreeMap<(&str, &str, Option<&str>), &EdgeId> = BTreeMap::new();
        for edge in known.mine.iter().flat_map(|mine| &mine.edges) {
            let ends = [&edge.from_node_id, &edge.to_node_id].map(|end| ids.nodes.get(end));
            if let ([Some(from), Some(to)], false) = (ends, ids.edges.contains_key(&edge.id)) {
                made.insert((from, to, edge.label.as_deref()), &edge.id);
            }
        }
        let taken: BTreeSet<EdgeId> = [known.base, known.mine]
            .into_iter()
            .flatten()
            .flat_map(|known| known.edges.iter().map(|edge| edge.id.clone()))
            .collect();
        for one in new {
            let what = (one.from.as_str(), one.to.as_str(), one.label.as_deref());
            let free = |id: &EdgeId| !taken.contains(id) && !ids.edges.contains_key(id);
            let id = match made.remove(&what) {
                Some(mine) => Some(mine.clone()),
                None => fresh(&one.id, EdgeId::PREFIX, |text| {
                    EdgeId::parse(text).ok().filter(free)
                }),
            };
            if let Some(id) = id {
                ids.edges.insert(id, one.id.clone());
            }
        }
        Ok(())
    }
}

/// The remote's own id where it can be one here and is free, else one made of it.
fn fresh<T>(theirs: &str, prefix: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let made = |turn: u32| {
        format!(
            "{prefix}{:016x}",
            xxh3_64(format!("{turn} {theirs}").as_bytes())
        )
    };
    parse(theirs).or_else(|| (0..1_000).find_map(|turn| parse(&made(turn))))
}

impl Held {
    /// A node without what the remote does not hold.
    pub fn bare(self, node: &Node) -> Node {
        let mut bare = node.clone();
        set_simulation(&mut bare.config, None);
        if !self.entry {
            bare.is_entry = false;
        }
        if !self.position {
            (bare.position_x, bare.position_y) = Default::default();
        }
        bare
    }

    /// Gives a node what the remote does not hold of it.
    fn keep(self, node: &mut Node, known: &Node) {
        if node.config.node_type() == known.config.node_type() {
            set_simulation(&mut node.config, Some(&known.config));
        }
        if !self.entry {
            node.is_entry = known.is_entry;
        }
        if !self.position {
            (node.position_x, node.position_y) = (known.position_x, known.position_y);
        }
    }

    /// Whether a node made here may well be this one; positions may have been rounded on the way.
    fn is_same(self, mine: &Node, theirs: &Node) -> bool {
        let mut mine = self.bare(mine);
        let near = |a: Position, b: Position| (a.0 - b.0).abs() < 100;
        let placed =
            near(mine.position_x, theirs.position_x) && near(mine.position_y, theirs.position_y);
        mine.id = theirs.id.clone();
        (mine.position_x, mine.position_y) = (theirs.position_x, theirs.position_y);
        placed && mine == *theirs
    }
}

/// Sets how a node is answered in the simulated world to what it is in another config.
fn set_simulation(config: &mut NodeConfig, of: Option<&NodeConfig>) {
    match config {
        NodeConfig::VoiceCall(call) => {
            call.simulation = match of {
                Some(NodeConfig::VoiceCall(of)) => of.simulation.clone(),
                _ => None,
            };
        }
        NodeConfig::Application(Application::Webhook(webhook)) => {
            webhook.simulation = match of {
                Some(NodeConfig::Application(Application::Webhook(of))) => of.simulation.clone(),
                _ => None,
            };
        }
        _ => {}
    }
}

fn position<'n>(node: &'n Map<String, Value>, axis: &str) -> Option<&'n Value> {
    let flat = node.get(&format!("position_{axis}"));
    let flat = flat.or_else(|| node.get(&format!("position{}", axis.to_uppercase())));
    flat.or_else(|| node.get("position")?.get(axis))
        .filter(|place| place.is_number())
}

fn their_node(node: Map<String, Value>, held: Held) -> Result<TheirNode, Fault> {
    let id = id(&node)?;
    let place = |axis: &str| position(&node, axis).cloned().unwrap_or(Value::from(0));
    let (x, y) = (place("x"), place("y"));
    let node = Value::Object(node);
    let config = match node.get("config") {
        Some(Value::Object(config)) => config.clone(),
        _ => Map::new(),
    };
    let mut written = Map::new();
    let field = |name: &str, names: &[&str]| Some((name.to_owned(), pick(&node, names)?.clone()));
    written.extend(field("node_type", &["node_type", "type"]));
    written.extend(field("label", &["label", "name"]));
    written.extend(field("is_entry", &["is_entry"]));
    written.insert("id".to_owned(), Value::from("theirs"));
    written.insert("config".to_owned(), Value::Object(config.clone()));
    written.insert("position_x".to_owned(), x);
    written.insert("position_y".to_owned(), y);
    let read: Node = json::from_value(&Value::Object(written))
        .map_err(|error| unreadable(format!("the node {id} cannot be understood: {error}")))?;
    Ok(TheirNode {
        node: held.bare(&read),
        id,
        config,
    })
}

fn their_edge(edge: Map<String, Value>) -> Result<TheirEdge, Fault> {
    let id = id(&edge)?;
    let edge = Value::Object(edge);
    let end = |names: &[&str]| match pick(&edge, names) {
        Some(Value::String(end)) => Ok(end.clone()),
        Some(Value::Number(end)) => Ok(end.to_string()),
        _ => Err(unreadable(format!(
            "the edge {id} does not say what it joins"
        ))),
    };
    let label = pick(&edge, &["label"]).map(text);
    Ok(TheirEdge {
        from: end(&["from_node_id", "source_node_id", "from", "source"])?,
        to: end(&["to_node_id", "target_node_id", "to", "target"])?,
        label: label.filter(|label| !label.is_empty()),
        id,
    })
}
