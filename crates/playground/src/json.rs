//! JSON as text: indented without being read into numbers, so that nothing is rounded or reordered.

use serde::de::IgnoredAny;

/// The text indented by two blanks, a line for each value. What is no JSON comes back as it is.
/// Linear in its length.
pub fn pretty(text: &str) -> String {
    if problem(text).is_some() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let mut taken = 1;
        match first {
            '"' => {
                taken = string_length(rest);
                out.push_str(&rest[..taken]);
            }
            '{' | '[' => match rest[1..].trim_start().chars().next() {
                Some(close @ ('}' | ']')) => {
                    out.push(first);
                    out.push(close);
                    taken = rest.find(close).unwrap_or(0) + 1;
                }
                _ => {
                    depth += 1;
                    out.push(first);
                    line(depth, &mut out);
                }
            },
            '}' | ']' => {
                depth -= 1;
                line(depth, &mut out);
                out.push(first);
            }
            ',' => {
                out.push(',');
                line(depth, &mut out);
            }
            ':' => out.push_str(": "),
            other => {
                out.push(other);
                taken = other.len_utf8();
            }
        }
        rest = rest[taken..].trim_start();
    }
    out
}

fn line(depth: usize, out: &mut String) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("  "));
}

/// The length of the string a text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Why a text is no JSON, with line and column.
pub fn problem(text: &str) -> Option<String> {
    let read = serde_json::from_slice::<IgnoredAny>(text.as_bytes());
    read.err().map(|error| match text.trim().is_empty() {
        true => "It is empty.".to_owned(),
        false => format!("{error}."),
    })
}
