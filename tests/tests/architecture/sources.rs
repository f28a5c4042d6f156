//! What the sources of the core may not contain: clocks, chance, hash order, floating point.
//!
//! The text is cut into words after comments and literals are blanked out, so a ban names whole
//! words and paths and a mention in a comment is none. Floating point may stand where a comment
//! `// float: <reason>` is on the same line or the one above: numbers in JSON are the one reason
//! so far.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::root;

/// The crates that must give the same result everywhere, to the byte.
const PURE: [&str; 3] = ["crates/model/src", "crates/engine/src", "crates/sim/src"];

/// Words, or paths of words, and why they are banned.
const BANNED: &[(&str, &str)] = &[
    ("SystemTime::now", "time comes in with each input"),
    ("Instant::now", "time comes in with each input"),
    ("Date::now", "time comes in with each input"),
    ("Timestamp::now", "time comes in with each input"),
    ("Zoned::now", "time comes in with each input"),
    (
        "TimeZone::system",
        "the machine's time zone is not an input",
    ),
    ("rand", "chance comes from the simulation's own counter"),
    (
        "getrandom",
        "chance comes from the simulation's own counter",
    ),
    (
        "thread_rng",
        "chance comes from the simulation's own counter",
    ),
    ("fastrand", "chance comes from the simulation's own counter"),
    ("HashMap", "its order differs between runs: use BTreeMap"),
    ("HashSet", "its order differs between runs: use BTreeSet"),
    ("RandomState", "seeded by chance: use an ordered map"),
    (
        "DefaultHasher",
        "not stable between Rust versions: use xxh3",
    ),
    ("f32", FLOAT),
    ("f64", FLOAT),
];

const FLOAT: &str = "no floating point in decisions (or say why: `// float: <reason>`)";
const FLOAT_MARK: &str = "// float: ";

/// What was found in one text, as `line: word: reason`.
fn findings(source: &str) -> Vec<String> {
    let code = blank_comments_and_literals(source);
    let lines: Vec<&str> = source.lines().collect();
    let marked = |at: usize| lines.get(at).is_some_and(|line| has_reason(line));
    let mut found = Vec::new();
    for (at, line) in code.lines().enumerate() {
        for (word, reason) in BANNED {
            if *reason == FLOAT && (marked(at) || at > 0 && marked(at - 1)) {
                continue;
            }
            if has_word(line, word) {
                found.push(format!("{}: {word}: {reason}", at + 1));
            }
        }
    }
    found
}

fn has_reason(line: &str) -> bool {
    let reason = line.split_once(FLOAT_MARK).map(|(_, reason)| reason);
    reason.is_some_and(|reason| !reason.trim().is_empty())
}

/// Is the word in the line, not as a part of a longer one? `1.0f64` holds `f64`.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = &line[..at];
        let digits = before.trim_end_matches(part_of_name);
        let suffix_of_number = before[digits.len()..].starts_with(|c: char| c.is_ascii_digit());
        let starts = !before.ends_with(part_of_name) || suffix_of_number;
        starts && !line[at + word.len()..].starts_with(part_of_name)
    })
}

/// The text with the same lines, comments and the insides of strings and characters replaced by
/// spaces.
pub(super) fn blank_comments_and_literals(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = blanked_length(rest, out.chars().next_back());
        let taken = length.unwrap_or(first.len_utf8());
        for c in rest[..taken].chars() {
            let keep = length.is_none() || c == '\n';
            out.push(if keep { c } else { ' ' });
        }
        rest = &rest[taken..];
    }
    out
}

/// How many bytes to blank when a comment or a literal starts here.
fn blanked_length(text: &str, before: Option<char>) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment_length(text));
    }
    if text.starts_with('"') {
        return Some(escaped_length(text, '"'));
    }
    let in_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if !in_name && (text.starts_with('r') || text.starts_with("br")) {
        return raw_string_length(text);
    }
    // A lifetime has no closing quote after one character.
    let mut quoted = text.strip_prefix('\'')?.chars();
    let (first, second) = (quoted.next()?, quoted.next()?);
    (first == '\\' || second == '\'').then(|| escaped_length(text, '\''))
}

fn block_comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn escaped_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn raw_string_length(text: &str) -> Option<usize> {
    let hashes_on = text.trim_start_matches('b').strip_prefix('r')?;
    let inside = hashes_on.trim_start_matches('#');
    let hashes = "#".repeat(hashes_on.len() - inside.len());
    let start = text.len() - inside.len();
    let inside = inside.strip_prefix('"')?;
    let end = format!("\"{hashes}");
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(start + 1 + length)
}

pub(super) fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a file of it").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn the_core_has_no_clock_no_chance_no_hash_order_no_floating_point() {
    let mut found = Vec::new();
    for folder in PURE {
        let mut files = Vec::new();
        rust_files(&root().join(folder), &mut files);
        assert!(!files.is_empty(), "{folder} holds no source");
        files.sort();
        for file in files {
            let source = fs::read_to_string(&file).expect("a readable source");
            let name = file
                .strip_prefix(root())
                .expect("below the root")
                .display()
                .to_string();
            found.extend(
                findings(&source)
                    .iter()
                    .map(|finding| format!("{name}:{finding}")),
            );
        }
    }
    assert!(
        found.is_empty(),
        "banned from the core:\n{}",
        found.join("\n")
    );
}

fn check(source: &str, expected: &[&str]) {
    let found: Vec<String> = findings(source)
        .iter()
        .map(|finding| finding.split(": ").take(2).collect::<Vec<_>>().join(": "))
        .collect();
    assert_eq!(found, expected, "in:\n{source}");
}

#[test]
fn planted_violations_are_found() {
    check(
        "let t = std::time::SystemTime::now();",
        &["1: SystemTime::now"],
    );
    check("\nInstant::now()", &["2: Instant::now"]);
    check("js_sys::Date::now()", &["1: Date::now"]);
    check(
        "use rand::Rng;\nuse getrandom as g;",
        &["1: rand", "2: getrandom"],
    );
    check("let r = thread_rng();", &["1: thread_rng"]);
    check(
        "use std::collections::{HashMap, HashSet};",
        &["1: HashMap", "1: HashSet"],
    );
    check("let x: f64 = 1.0;\nlet y = 2f32;\n", &["1: f64", "2: f32"]);
    check("let y = 1_000.0_f64;", &["1: f64"]);
    check("let a = 'a'; let s = \"\\\"\"; HashMap", &["1: HashMap"]);
    check(
        "fn f<'a>(x: &'a str) -> HashMap<&'a str, u8>",
        &["1: HashMap"],
    );
    check("let s = r#\"a\"b\"#; f32", &["1: f32"]);
    check("/* a /* nested */ f64 */ f32", &["1: f32"]);
}

#[test]
fn mentions_and_parts_of_words_are_not() {
    for source in [
        "// HashMap is banned",
        "/// no f64 here\n/* f32\nf32 */",
        "let s = \"f64 and HashMap\";",
        "let s = r\"f64\"; let b = br##\"HashMap\"# f32\"##;",
        "let s = \"one \\\n f64\";",
        "operand; brand; grand_total; MyHashMapLike; if64; leaf32",
        "let x: f64 = 1.0; // float: JSON numbers arrive so",
        "// float: JSON numbers arrive so\nlet x: f64 = 1.0;",
    ] {
        check(source, &[]);
    }
}

#[test]
fn a_reason_counts_for_one_line_and_must_be_given() {
    check("// float: \nlet x: f64;", &["2: f64"]);
    check("// float: JSON\n\nlet x: f64;", &["3: f64"]);
    check("// float: JSON\nuse HashMap;", &["2: HashMap"]);
}
