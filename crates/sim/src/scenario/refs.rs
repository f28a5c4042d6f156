//! How a script names what the engine makes, and its short forms.
//!
//! | in the script | becomes |
//! |---|---|
//! | `$name` | the id of the workflow the script calls so |
//! | `$agent:name` | the id of an agent |
//! | `$lead:3`, `$lead:name:3` | the id of the third lead (of a workflow; else of `main`) |
//! | `$call:3`, `$call:name:3` | the id of that lead's last call |
//! | `$call:name:3:1` | the id of that lead's first call |
//! | `$run:3` | the id of the third run of an agent |
//! | `$$text` | the text `$text` |
//! | no `workflow_id` | the workflow `main` |
//! | no `do` | `apply` |
//! | node `["call", "VOICE_CALL", {config}]` | a node; without `agent_id` and `from_phone_number` the first ones |
//! | edge `["call", "DNP", "wait"]` | an edge, `null` for no label; its id is `call-DNP-wait` |
//! | definition `"entry": "call"` | `is_entry` of that node |

use serde_json::{Map, Value, json};

/// What references are looked up in.
pub trait Names {
    /// The id behind a reference without its `$`.
    fn find(&self, reference: &str) -> Result<String, String>;
    /// The agent and the number of voice calls that do not say.
    fn defaults(&self) -> (String, String);
}

/// Completes an input of a script.
pub fn input(value: &Value, names: &impl Names) -> Result<Value, String> {
    let mut value = resolve(value, names)?;
    let Value::Object(map) = &mut value else {
        return Err("an input is an object".into());
    };
    map.entry("do").or_insert_with(|| json!("apply"));
    if !map.contains_key("workflow_id")
        && let Ok(main) = names.find("main")
    {
        map.insert("workflow_id".into(), json!(main));
    }
    Ok(value)
}

/// Completes a definition of a script.
pub fn definition(value: &Value, names: &impl Names) -> Result<Value, String> {
    resolve(value, names)
}

fn resolve(value: &Value, names: &impl Names) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match text.strip_prefix('$') {
            Some(rest) if rest.starts_with('$') => Value::String(rest.to_owned()),
            Some(reference) => Value::String(names.find(reference)?),
            None => value.clone(),
        },
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| resolve(item, names)).collect();
            Value::Array(items?)
        }
        Value::Object(map) => Value::Object(object(map, names)?),
        other => other.clone(),
    })
}

/// A value whose texts mean themselves in a script.
pub fn literal(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('$') => Value::String(format!("${text}")),
        Value::Array(items) => items.iter().map(literal).collect(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| (key.clone(), literal(value)));
            Value::Object(pairs.collect())
        }
        other => other.clone(),
    }
}

fn object(map: &Map<String, Value>, names: &impl Names) -> Result<Map<String, Value>, String> {
    let mut full = Map::new();
    for (key, value) in map {
        let value = resolve(value, names)?;
        let value = match (key.as_str(), value) {
            ("nodes", Value::Array(items)) => {
                Value::Array(items.into_iter().map(|item| node(item, names)).collect())
            }
            ("edges", Value::Array(items)) => Value::Array(items.into_iter().map(edge).collect()),
            ("node", value) => node(value, names),
            ("edge", value) => edge(value),
            (_, value) => value,
        };
        full.insert(key.clone(), value);
    }
    if let (true, Some(Value::String(entry))) = (full.contains_key("nodes"), full.remove("entry"))
        && let Some(Value::Array(nodes)) = full.get_mut("nodes")
    {
        for node in nodes.iter_mut().filter(|node| node["id"] == json!(entry)) {
            node["is_entry"] = json!(true);
        }
    }
    Ok(full)
}

fn node(value: Value, names: &impl Names) -> Value {
    let Value::Array(parts) = value else {
        return value;
    };
    let mut parts = parts.into_iter();
    let id = parts.next().unwrap_or_default();
    let node_type = parts.next().unwrap_or_default();
    let mut config = parts.next().unwrap_or_else(|| json!({}));
    if node_type == json!("VOICE_CALL")
        && let Value::Object(config) = &mut config
    {
        let (agent, number) = names.defaults();
        config.entry("agent_id").or_insert_with(|| json!(agent));
        config
            .entry("from_phone_number")
            .or_insert_with(|| json!(number));
    }
    json!({"id": id, "node_type": node_type, "config": config})
}

fn edge(value: Value) -> Value {
    let Value::Array(parts) = value else {
        return value;
    };
    let part = |i: usize| parts.get(i).cloned().unwrap_or_default();
    let (from, label, to) = (part(0), part(1), part(2));
    let words = [&from, &label, &to].map(|part| part.as_str().unwrap_or("").replace(' ', "_"));
    json!({"id": words.join("-"), "from_node_id": from, "to_node_id": to, "label": label})
}
