//! Where in a body a reader gave up: it says how much of the text it had read, and that is made a path.

use serde_json::Error;

/// An open object or array, and where in it the reader is.
enum Inside<'text> {
    Object(Option<&'text str>),
    Array(usize),
}

/// The path of what a reader of `text` complained of, such as `nodes[2].config.wait`; empty when it is the
/// whole. The text is JSON as `serde_json` writes it, without blanks.
pub(crate) fn of(error: &Error, text: &str) -> String {
    // What concerns the whole has no line.
    let read = match error.line() {
        0 => 0,
        _ => error.column().min(text.len()),
    };
    let mut open: Vec<Inside<'_>> = Vec::new();
    let (mut closed, mut after_plain, mut at) = (None, false, 0);
    while at < read {
        let rest = text.get(at..).unwrap_or_default();
        let token = length(rest);
        closed = None;
        match (rest.as_bytes().first(), open.last_mut()) {
            (Some(b'{'), _) => open.push(Inside::Object(None)),
            (Some(b'['), _) => open.push(Inside::Array(0)),
            (Some(b'}' | b']'), _) => closed = open.pop().filter(|_| after_plain),
            (Some(b','), Some(Inside::Object(key))) => *key = None,
            (Some(b','), Some(Inside::Array(index))) => *index += 1,
            (Some(b'"'), Some(Inside::Object(key @ None))) => {
                *key = rest.get(1..token.saturating_sub(1));
            }
            _ => {}
        }
        after_plain = !matches!(rest.as_bytes().first(), Some(b'{' | b'}' | b'[' | b']'));
        at += token;
    }
    // A reader that has only begun a list refuses its first item by its type, or else the list.
    let why = error.to_string();
    if text.get(..read).is_some_and(|text| text.ends_with('[')) && !why.starts_with("invalid type")
    {
        open.pop();
    }
    // Of a text or number that its type refuses a reader learns after it, and of the last one with the end of
    // what it is in; what lacks a field is the whole.
    let last = closed.filter(|_| !why.starts_with("missing field"));
    let mut path = String::new();
    for inside in open.iter().chain(&last) {
        match inside {
            Inside::Object(None) => {}
            Inside::Object(Some(key)) if path.is_empty() => path.push_str(key),
            Inside::Object(Some(key)) => path.push_str(&format!(".{key}")),
            Inside::Array(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// The length of the token that a text begins with.
fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'"') => {
            let mut escaped = false;
            let end = bytes.iter().skip(1).position(|byte| {
                let end = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                end
            });
            end.map_or(bytes.len(), |end| end + 2)
        }
        Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => 1,
        _ => {
            let end = bytes
                .iter()
                .position(|byte| matches!(byte, b'}' | b']' | b','));
            end.unwrap_or(bytes.len()).max(1)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use leadline_model::Time;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Whole {
        a: Option<u8>,
        parts: Option<Vec<Part>>,
        z: Option<Time>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Part {
        at: Time,
        note: Option<String>,
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_path() {
        let good = "2026-03-02T09:00:00Z";
        for (body, path) in [
            (json!(7), ""),
            (json!({"a": "x"}), "a"),
            (json!({"a": {}}), "a"),
            (json!({"a": 1, "z": "soon"}), "z"),
            (json!({"z": {"at": 1}}), "z"),
            (
                json!({"parts": [{"at": good}, {"at": "soon"}]}),
                "parts[1].at",
            ),
            (
                json!({"parts": [{"at": "so\"on", "note": "}"}]}),
                "parts[0].at",
            ),
            (
                json!({"parts": [{"at": good, "note": [1]}]}),
                "parts[0].note",
            ),
            (
                json!({"parts": [{"at": good}, {"note": "no time"}], "z": good}),
                "parts[1]",
            ),
            (json!({"parts": [7]}), "parts[0]"),
            (json!({"a": 300, "parts": []}), "a"),
        ] {
            let text = body.to_string();
            let error = serde_json::from_slice::<Whole>(text.as_bytes()).unwrap_err();
            assert_eq!(of(&error, &text), path, "{error} in {text}");
        }
    }
}
