//! A request as code, with a placeholder where the key belongs.

use crate::json;
use crate::request::{Content, Key, Sent};

/// A language of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Language {
    Curl,
    JavaScript,
    Rust,
    Package,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Language; 4] = [
        Language::Curl,
        Language::JavaScript,
        Language::Rust,
        Language::Package,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Language::Curl => "curl",
            Language::JavaScript => "JavaScript",
            Language::Rust => "Rust",
            Language::Package => "npm package",
        }
    }

    /// The request as code. `server` is where it is sent, without a slash at its end.
    pub fn code(self, server: &str, sent: &Sent) -> String {
        match self {
            Language::Curl => curl(server, sent),
            Language::JavaScript => script("fetch", &format!("{server}{}", sent.path), sent),
            Language::Rust => rust(server, sent),
            Language::Package => package(sent),
        }
    }
}

/// Headers as they are written in code; a form gets its own from whoever makes it.
fn headers(sent: &Sent) -> impl Iterator<Item = &(String, String)> {
    let form = matches!(sent.body, Content::File { .. });
    sent.headers
        .iter()
        .filter(move |(name, _)| !form || name != "Content-Type")
}

fn curl(server: &str, sent: &Sent) -> String {
    let url = format!("{server}{}", sent.path);
    let mut parts = vec![format!("curl --request {} {}", sent.method, quoted(&url))];
    if sent.key == Key::Own {
        parts.push("--header \"Authorization: Bearer $LEADLINE_KEY\"".to_owned());
    }
    for (name, value) in headers(sent) {
        parts.push(format!("--header {}", quoted(&format!("{name}: {value}"))));
    }
    match &sent.body {
        Content::None => {}
        Content::Text(text) => parts.push(format!("--data-raw {}", quoted(text))),
        Content::File { field, name, .. } => {
            parts.push(format!("--form {}", quoted(&format!("{field}=@{name}"))))
        }
    }
    if sent
        .headers
        .iter()
        .any(|(_, value)| value == "text/event-stream")
    {
        parts.push("--no-buffer".to_owned());
    }
    parts.join(" \\\n  ")
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn script(function: &str, url: &str, sent: &Sent) -> String {
    let mut head = String::new();
    let mut given: Vec<String> = Vec::new();
    if sent.method != "GET" {
        given.push(format!("method: {},", string(&sent.method)));
    }
    let mut lines: Vec<String> = Vec::new();
    if sent.key == Key::Own && function == "fetch" {
        lines.push("Authorization: `Bearer ${process.env.LEADLINE_KEY}`,".to_owned());
    }
    lines
        .extend(headers(sent).map(|(name, value)| format!("{}: {},", string(name), string(value))));
    if !lines.is_empty() {
        given.push(format!("headers: {{\n    {}\n  }},", lines.join("\n    ")));
    }
    match &sent.body {
        Content::None => {}
        Content::Text(text) => given.push(match json::problem(text) {
            None => format!("body: JSON.stringify({}),", indented(text, "  ")),
            Some(_) => format!("body: {},", string(text)),
        }),
        Content::File { field, name, .. } => {
            head = format!(
                "import {{ openAsBlob }} from \"node:fs\";\n\nconst form = new FormData();\n\
                 form.append({}, await openAsBlob({1}), {1});\n",
                string(field),
                string(name)
            );
            given.push("body: form,".to_owned());
        }
    }
    let options = match given.is_empty() {
        true => String::new(),
        false => format!(", {{\n  {}\n}}", given.join("\n  ")),
    };
    format!(
        "{head}const response = await {function}({}{options});\nconsole.log(response.status, await response.text());",
        string(url)
    )
}

fn package(sent: &Sent) -> String {
    format!(
        "import {{ Leadline }} from \"@leadline/engine\";\n\nconst leadline = new Leadline({{ seed: 1 }});\n{}",
        script("leadline.fetch", &sent.path, sent)
    )
}

/// A text as JavaScript and JSON write it.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn indented(text: &str, by: &str) -> String {
    json::pretty(text).replace('\n', &format!("\n{by}"))
}

fn rust(server: &str, sent: &Sent) -> String {
    let method = sent.method.to_lowercase();
    let url = format!("{server}{}", sent.path);
    let mut calls = vec![format!("{method}({url:?})")];
    if sent.key == Key::Own {
        calls.push("bearer_auth(std::env::var(\"LEADLINE_KEY\")?)".to_owned());
    }
    calls.extend(headers(sent).map(|(name, value)| format!("header({name:?}, {value:?})")));
    let mut head = String::new();
    match &sent.body {
        Content::None => {}
        Content::Text(text) => calls.push(format!("body({})", raw(text))),
        Content::File { field, name, .. } => {
            head = format!(
                "let form = reqwest::multipart::Form::new().file({field:?}, {name:?}).await?;\n"
            );
            calls.push("multipart(form)".to_owned());
        }
    }
    format!(
        "// reqwest, in an async function that returns Result<(), Box<dyn std::error::Error>>\n\
         {head}let response = reqwest::Client::new()\n    .{}\n    .send()\n    .await?;\n\
         println!(\"{{}}\", response.status());\nprintln!(\"{{}}\", response.text().await?);",
        calls.join("\n    .")
    )
}

/// A raw string with as many hashes as it needs.
fn raw(text: &str) -> String {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}
