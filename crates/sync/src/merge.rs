//! Three-way merge of a definition by node, edge and field.
//!
//! Fields that only one side changed are taken from that side, positions silently. A field that both
//! changed keeps mine, with theirs beside it as a [`Conflict`]. An edit beats a concurrent delete, and
//! an edge that survives revives its ends; a mere move does not. The result is well formed whenever
//! the three are. Linear in the size of the graphs but for the sorting of ids.

use std::collections::{BTreeMap, BTreeSet};

pub use leadline_model::conflict::{Conflict, Place, Side, Subject};
use leadline_model::ordered::Ordered;
use leadline_model::{ChangeError, Definition, EdgeId, Node, NodeId, json};
use serde_json::{Map, Value};

mod settle;

pub use settle::{keep_both, take_side};

/// What a merge came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Both sides' edits.
    pub definition: Definition,
    /// Where both sides changed the same, or one edited what the other deleted.
    pub conflicts: Vec<Conflict>,
}

/// Why two definitions cannot be merged; both are as they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum MergeError {
    #[error("together they are no workflow: {0}")]
    Together(#[from] ChangeError),
    #[error("a definition cannot be taken apart: {0}")]
    Parts(String),
}

type Fields = BTreeMap<String, Value>;
/// A definition taken apart: each subject with its fields.
type Parts = BTreeMap<Subject, Fields>;

/// The one field that merges silently: where a node is drawn.
const POSITION: &str = "position";
const ENTRY: &str = "is_entry";
const CONFIG: &str = "config.";
const WHOLE_CONFIG: &str = "config";
const ACTION: &str = "config.action";

/// Merges what was changed here and there since `base`.
///
/// # Errors
///
/// Together they exceed a limit of what a workflow can be; both sides can be kept as two workflows.
pub fn merge(
    base: &Definition,
    mine: &Definition,
    theirs: &Definition,
) -> Result<Merged, MergeError> {
    let one_side = match (mine == base, theirs == base) {
        (true, _) => Some(theirs),
        (_, true) => Some(mine),
        _ if mine == theirs => Some(mine),
        _ => None,
    };
    if let Some(changed) = one_side {
        return Ok(Merged {
            definition: changed.clone(),
            conflicts: Vec::new(),
        });
    }
    let parts = Three {
        base: take_apart(base)?,
        mine: take_apart(mine)?,
        theirs: take_apart(theirs)?,
    };
    let mut merge = Merge {
        merged: Parts::new(),
        conflicts: Vec::new(),
        parts,
    };
    merge.subjects();
    merge.revive_ends();
    merge.keep_one_entry();
    merge.drop_repeated_edges();
    let definition = put_together(&merge.merged, [theirs, mine, base])?;
    definition.check()?;
    Ok(Merged {
        definition,
        conflicts: merge.conflicts,
    })
}

struct Three {
    base: Parts,
    mine: Parts,
    theirs: Parts,
}

struct Merge {
    parts: Three,
    merged: Parts,
    conflicts: Vec<Conflict>,
}

impl Merge {
    fn subjects(&mut self) {
        let Three { base, mine, theirs } = &self.parts;
        let all: BTreeSet<Subject> = [base, mine, theirs]
            .into_iter()
            .flat_map(|parts| parts.keys().cloned())
            .collect();
        for subject in all {
            let sides = (base.get(&subject), mine.get(&subject), theirs.get(&subject));
            let mut whole = |kept| {
                self.conflicts.push(Conflict {
                    place: Place {
                        of: subject.clone(),
                        field: None,
                    },
                    base: sides.0.map(shown),
                    mine: sides.1.map(shown),
                    theirs: sides.2.map(shown),
                    kept,
                });
            };
            let merged = match sides {
                (_, None, None) => None,
                (None, Some(only), None) | (None, None, Some(only)) => Some(only.clone()),
                (Some(base), None, Some(theirs)) => edited(base, theirs).then(|| {
                    whole(Side::Theirs);
                    theirs.clone()
                }),
                (Some(base), Some(mine), None) => edited(base, mine).then(|| {
                    whole(Side::Mine);
                    mine.clone()
                }),
                // Nodes of one id and two types were never one node.
                (_, Some(mine), Some(theirs))
                    if mine.get("node_type") != theirs.get("node_type") =>
                {
                    whole(Side::Theirs);
                    Some(theirs.clone())
                }
                (base, Some(mine), Some(theirs)) => {
                    let empty = Fields::new();
                    let base = base.unwrap_or(&empty);
                    Some(fields(&subject, [base, mine, theirs], &mut self.conflicts))
                }
            };
            if let Some(fields) = merged {
                self.merged.insert(subject, fields);
            }
        }
    }

    /// An edge that survives keeps its ends alive.
    fn revive_ends(&mut self) {
        let edges = self
            .merged
            .iter()
            .filter_map(|(subject, fields)| match subject {
                Subject::Edge(_) => Some(fields),
                _ => None,
            });
        let ends: BTreeSet<NodeId> = edges
            .flat_map(|fields| ["from_node_id", "to_node_id"].map(|end| fields.get(end)))
            .filter_map(|end| NodeId::parse(end?.as_str()?).ok())
            .collect();
        for id in ends {
            let subject = Subject::Node(id);
            if self.merged.contains_key(&subject) {
                continue;
            }
            let Three { base, mine, theirs } = &self.parts;
            let (here, there) = (mine.get(&subject), theirs.get(&subject));
            let kept = match there {
                Some(_) => Side::Theirs,
                None => Side::Mine,
            };
            if let Some(fields) = there.or(here).or(base.get(&subject)) {
                self.conflicts.push(Conflict {
                    place: Place {
                        of: subject.clone(),
                        field: None,
                    },
                    base: base.get(&subject).map(shown),
                    mine: here.map(shown),
                    theirs: there.map(shown),
                    kept,
                });
                self.merged.insert(subject, fields.clone());
            }
        }
    }

    /// At most one node is flagged as entry: the one I flagged since base, else theirs.
    fn keep_one_entry(&mut self) {
        let is_flagged = |fields: &Fields| fields.get(ENTRY) == Some(&Value::Bool(true));
        let flagged = |parts: &Parts| {
            let mut found = parts.iter().filter(|(_, fields)| is_flagged(fields));
            found.next().map(|(subject, _)| subject.clone())
        };
        let all: Vec<Subject> = self
            .merged
            .iter()
            .filter(|(_, fields)| is_flagged(fields))
            .map(|(subject, _)| subject.clone())
            .collect();
        if all.len() < 2 {
            return;
        }
        let [base, mine, theirs] =
            [&self.parts.base, &self.parts.mine, &self.parts.theirs].map(flagged);
        let (kept, side) = match mine != base {
            true => (mine.clone(), Side::Mine),
            false => (theirs.clone(), Side::Theirs),
        };
        let kept = kept.filter(|subject| all.contains(subject));
        let kept = kept.unwrap_or_else(|| all[0].clone());
        for subject in all.into_iter().filter(|subject| *subject != kept) {
            if let Some(fields) = self.merged.get_mut(&subject) {
                fields.insert(ENTRY.to_owned(), Value::Bool(false));
            }
            if mine == base || theirs == base {
                continue;
            }
            // Both named an entry of their own.
            let was = |entry: &Option<Subject>| Some(Value::Bool(*entry == Some(subject.clone())));
            self.conflicts.push(Conflict {
                base: was(&base),
                mine: was(&mine),
                theirs: was(&theirs),
                place: Place {
                    of: subject.clone(),
                    field: Some(ENTRY.to_owned()),
                },
                kept: side,
            });
        }
    }

    /// Both sides drew the same edge: the remote's stays.
    fn drop_repeated_edges(&mut self) {
        let mut seen: BTreeMap<[String; 3], Subject> = BTreeMap::new();
        let mut gone = Vec::new();
        for (subject, fields) in &self.merged {
            if !matches!(subject, Subject::Edge(_)) {
                continue;
            }
            let text = |name: &str| fields.get(name).map(Value::to_string).unwrap_or_default();
            let ends = ["from_node_id", "to_node_id", "label"].map(text);
            match seen.get(&ends) {
                Some(other) if self.parts.theirs.contains_key(other) => gone.push(subject.clone()),
                Some(other) => {
                    gone.push(other.clone());
                    seen.insert(ends, subject.clone());
                }
                None => {
                    seen.insert(ends, subject.clone());
                }
            }
        }
        for subject in gone {
            self.merged.remove(&subject);
        }
    }
}

/// Merges the fields of a subject that both sides have. The fields of an action belong together: where
/// the two sides have different actions, the whole config is one field.
fn fields(subject: &Subject, sides: [&Fields; 3], conflicts: &mut Vec<Conflict>) -> Fields {
    let [_, mine, theirs] = sides;
    if mine.get(ACTION) == theirs.get(ACTION) {
        return one_by_one(subject, sides, conflicts);
    }
    let folded = sides.map(|fields| {
        let mut config = Map::new();
        let mut folded = Fields::new();
        for (name, value) in fields {
            match name.strip_prefix(CONFIG) {
                Some(key) => config.insert(key.to_owned(), value.clone()),
                None => folded.insert(name.clone(), value.clone()),
            };
        }
        // Where there is no config at all there is none to be deleted either.
        if !fields.is_empty() {
            folded.insert(WHOLE_CONFIG.to_owned(), Value::Object(config));
        }
        folded
    });
    let mut merged = one_by_one(subject, [&folded[0], &folded[1], &folded[2]], conflicts);
    if let Some(Value::Object(config)) = merged.remove(WHOLE_CONFIG) {
        let config = config.into_iter();
        merged.extend(config.map(|(key, value)| (format!("{CONFIG}{key}"), value)));
    }
    merged
}

fn one_by_one(subject: &Subject, sides: [&Fields; 3], conflicts: &mut Vec<Conflict>) -> Fields {
    let names: BTreeSet<&String> = sides.iter().flat_map(|fields| fields.keys()).into_set();
    let mut merged = Fields::new();
    for name in names {
        let [base, mine, theirs] = sides.map(|fields| fields.get(name));
        let kept = if mine == theirs || theirs == base {
            mine
        } else if mine == base {
            theirs
        } else {
            if name != POSITION {
                conflicts.push(Conflict {
                    place: Place {
                        of: subject.clone(),
                        field: Some(name.clone()),
                    },
                    base: base.cloned(),
                    mine: mine.cloned(),
                    theirs: theirs.cloned(),
                    kept: Side::Mine,
                });
            }
            mine
        };
        if let Some(value) = kept {
            merged.insert(name.clone(), value.clone());
        }
    }
    merged
}

/// Whether something beside the position was changed.
fn edited(base: &Fields, now: &Fields) -> bool {
    let without = |fields: &Fields| {
        let mut fields = fields.clone();
        fields.remove(POSITION);
        fields
    };
    without(base) != without(now)
}

fn shown(fields: &Fields) -> Value {
    Value::Object(fields.clone().into_iter().collect())
}

fn take_apart(definition: &Definition) -> Result<Parts, MergeError> {
    let object = |value: Value| match value {
        Value::Object(map) => Ok(map),
        other => Err(MergeError::Parts(format!("{other} is no object"))),
    };
    let written = |value: Result<Value, String>| value.map_err(MergeError::Parts);
    let mut parts = Parts::new();
    let workflow = [
        ("title".to_owned(), Value::from(definition.title.as_str())),
        (
            "description".to_owned(),
            Value::from(definition.description.as_str()),
        ),
    ];
    parts.insert(Subject::Workflow, workflow.into());
    let settings = object(written(json::to_value(&definition.settings))?)?;
    parts.insert(Subject::Settings, settings.into_iter().collect());
    for node in &definition.nodes {
        let mut fields = Fields::new();
        let mut place = Map::new();
        for (name, value) in object(written(json::to_value(node))?)? {
            match (name.as_str(), value) {
                ("id", _) => {}
                ("position_x" | "position_y", value) => {
                    place.insert(name, value);
                }
                ("config", Value::Object(config)) => {
                    let config = config.into_iter();
                    fields.extend(config.map(|(key, value)| (format!("{CONFIG}{key}"), value)));
                }
                (_, value) => {
                    fields.insert(name, value);
                }
            }
        }
        fields.insert(POSITION.to_owned(), Value::Object(place));
        parts.insert(Subject::Node(node.id.clone()), fields);
    }
    for edge in &definition.edges {
        let mut fields = object(written(json::to_value(edge))?)?;
        fields.remove("id");
        parts.insert(Subject::Edge(edge.id.clone()), fields.into_iter().collect());
    }
    Ok(parts)
}

/// Puts parts together again, in the order of the first definition that has each.
fn put_together(parts: &Parts, orders: [&Definition; 3]) -> Result<Definition, MergeError> {
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    let (mut seen_nodes, mut seen_edges) = (BTreeSet::new(), BTreeSet::new());
    for order in orders {
        for node in order
            .nodes
            .iter()
            .filter(|node| seen_nodes.insert(&node.id))
        {
            if let Some(fields) = parts.get(&Subject::Node(node.id.clone())) {
                nodes.push(node_of(&node.id, fields));
            }
        }
        for edge in order
            .edges
            .iter()
            .filter(|edge| seen_edges.insert(&edge.id))
        {
            if let Some(fields) = parts.get(&Subject::Edge(edge.id.clone())) {
                edges.push(edge_of(&edge.id, fields));
            }
        }
    }
    let mut whole: Map<String, Value> = Map::new();
    if let Some(fields) = parts.get(&Subject::Workflow) {
        whole.extend(fields.clone());
    }
    if let Some(fields) = parts.get(&Subject::Settings) {
        whole.insert("settings".to_owned(), shown(fields));
    }
    whole.insert("nodes".to_owned(), Value::Array(nodes));
    whole.insert("edges".to_owned(), Value::Array(edges));
    json::from_value(&Value::Object(whole)).map_err(MergeError::Parts)
}

fn edge_of(id: &EdgeId, fields: &Fields) -> Value {
    let mut edge: Map<String, Value> = fields.clone().into_iter().collect();
    edge.insert("id".to_owned(), Value::from(id.as_str()));
    Value::Object(edge)
}

/// A node as the parts have it.
fn one_node(id: &NodeId, parts: &Parts) -> Result<Option<Node>, MergeError> {
    let fields = parts.get(&Subject::Node(id.clone()));
    let node = fields.map(|fields| json::from_value(&node_of(id, fields)));
    node.transpose().map_err(MergeError::Parts)
}

fn node_of(id: &NodeId, fields: &Fields) -> Value {
    let mut node = Map::new();
    let mut config = Map::new();
    for (name, value) in fields {
        match (name.strip_prefix(CONFIG), value) {
            (Some(key), value) => {
                config.insert(key.to_owned(), value.clone());
            }
            (None, Value::Object(place)) if name == POSITION => node.extend(place.clone()),
            (None, value) => {
                node.insert(name.clone(), value.clone());
            }
        }
    }
    node.insert("id".to_owned(), Value::from(id.as_str()));
    node.insert("config".to_owned(), Value::Object(config));
    Value::Object(node)
}

#[cfg(test)]
mod tests;
