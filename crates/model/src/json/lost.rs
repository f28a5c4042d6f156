//! What a text holds that a type does not keep.

use serde_json::Value;

/// A way into a value: keys, and places in lists from 1.
pub type Way = Vec<String>;

/// The ways to what is in `text` and was lost on the way to `kept`, the same read and written again. What
/// says nothing, such as programs write where there is nothing, is not missed.
pub fn lost(text: &Value, kept: &Value) -> Vec<Way> {
    let mut lost = Vec::new();
    compare(text, kept, &mut Vec::new(), &mut lost);
    lost
}

fn compare(text: &Value, kept: &Value, way: &mut Way, lost: &mut Vec<Way>) {
    match (text, kept) {
        (Value::Object(text), Value::Object(kept)) => {
            for (key, value) in text {
                way.push(key.clone());
                match kept.get(key) {
                    Some(kept) => compare(value, kept, way, lost),
                    None if says_nothing(value) => {}
                    None => lost.push(way.clone()),
                }
                way.pop();
            }
        }
        (Value::Array(text), Value::Array(kept)) => {
            for (at, (text, kept)) in text.iter().zip(kept).enumerate() {
                way.push((at + 1).to_string());
                compare(text, kept, way, lost);
                way.pop();
            }
        }
        _ => {}
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_kept_is_found() {
        let text =
            json!({"a": 1, "b": [{"c": 2, "d": 3}, {"e": {"f": 0}}], "g": null, "h": [], "i": "x"});
        let kept = json!({"a": 1, "b": [{"c": 2}, {"e": {}}]});
        let ways: Vec<String> = lost(&text, &kept).iter().map(|way| way.join(".")).collect();
        assert_eq!(ways, ["b.1.d", "b.2.e.f", "i"]);
        assert_eq!(lost(&kept, &kept), Vec::<Way>::new());
    }
}
