//! What an OpenAPI document says of its operations, as the playground needs it.

use serde_json::{Map, Value};

use crate::example;

/// An API.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Its name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Every operation: chapters in the document's order, each sorted by path and method.
    pub operations: Vec<Operation>,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Place {
    Path,
    Query,
    Header,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// Whether a request makes no sense without it.
    pub required: bool,
    /// What it does.
    pub description: String,
    /// The values it can have, where they are few.
    pub options: Vec<String>,
    /// What it may be in words, such as `1 to 100`.
    pub limits: String,
}

/// What a body can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// An example in JSON, indented.
    pub example: String,
    /// The form field of a file, where one can be sent in place of JSON.
    pub file: Option<String>,
    /// The most bytes it may have, where the document says so.
    pub most_bytes: Option<usize>,
}

/// A possible answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// What the document says of it.
    pub description: String,
}

/// Where an answer holds a value that a parameter of other operations takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// A JSON pointer into the answer's body.
    pub pointer: String,
    /// The parameter.
    pub parameter: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its name for programs.
    pub id: String,
    /// Its method, in capitals.
    pub method: String,
    /// Its path, with parameters in braces.
    pub path: String,
    /// The chapter it belongs to.
    pub tag: String,
    /// What it does, in a line.
    pub summary: String,
    /// What else is worth knowing.
    pub description: String,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its body, where it takes one.
    pub body: Option<Body>,
    /// Possible answers by status.
    pub responses: Vec<Response>,
    /// Whether it needs a key.
    pub needs_key: bool,
    /// Whether it can answer as server-sent events.
    pub streams: bool,
    /// Values in its answer that others take.
    pub links: Vec<Link>,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Document {
    /// Reads a document. An error says why it is none.
    pub fn read(text: &str) -> Result<Document, String> {
        let root: Value = serde_json::from_slice(text.as_bytes())
            .map_err(|error| format!("It is not JSON: {error}."))?;
        let paths = root["paths"].as_object();
        let paths = paths.ok_or("It has no `paths`, so it is no OpenAPI document.")?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            for method in METHODS {
                if let Some(described) = item.get(method) {
                    operations.push(operation(&root, path, method, described));
                }
            }
        }
        let tags: Vec<&str> = list(&root["tags"])
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        let chapter = |tag: &str| {
            tags.iter()
                .position(|name| *name == tag)
                .unwrap_or(tags.len())
        };
        // By chapters, and in these as they come: paths sorted, methods in the order above.
        let mut ordered = Vec::with_capacity(operations.len());
        for number in 0..=tags.len() {
            let (here, later): (Vec<_>, Vec<_>) = operations
                .into_iter()
                .partition(|operation: &Operation| chapter(&operation.tag) == number);
            ordered.extend(here);
            operations = later;
        }
        Ok(Document {
            title: text_of(&root["info"]["title"]),
            version: text_of(&root["info"]["version"]),
            operations: ordered,
        })
    }

    /// The operation of a name.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Operations that fit every word of a search: in path, name, summary, description or chapter.
    pub fn search(&self, words: &str) -> Vec<&Operation> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let fits = |operation: &&Operation| {
            let text = operation.searched();
            words.iter().all(|word| text.contains(word))
        };
        self.operations.iter().filter(fits).collect()
    }
}

impl Operation {
    /// The parameters of a place.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.place == place)
    }

    /// Whether the document says that it can answer with a status.
    pub fn answers(&self, status: u16) -> bool {
        self.responses
            .iter()
            .any(|response| response.status == status)
    }

    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }

    fn searched(&self) -> String {
        let Operation {
            id,
            method,
            path,
            tag,
            summary,
            description,
            ..
        } = self;
        format!("{method} {path} {id} {tag} {summary} {description}").to_lowercase()
    }
}

fn operation(root: &Value, path: &str, method: &str, described: &Value) -> Operation {
    let security = described.get("security").or_else(|| root.get("security"));
    let responses = described["responses"].as_object();
    let pairs = responses.into_iter().flatten();
    let successes = pairs.clone().filter(|(status, _)| status.starts_with('2'));
    Operation {
        id: text_of(&described["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        tag: described["tags"][0].as_str().unwrap_or("Other").to_owned(),
        summary: text_of(&described["summary"]),
        description: text_of(&described["description"]),
        parameters: list(&described["parameters"])
            .filter_map(|given| parameter(root, given))
            .collect(),
        body: body(root, &described["requestBody"]),
        responses: pairs
            .filter_map(|(status, response)| {
                let description = text_of(&response["description"]);
                Some(Response {
                    status: status.parse().ok()?,
                    description,
                })
            })
            .collect(),
        needs_key: list(security.unwrap_or(&Value::Null)).next().is_some(),
        streams: successes
            .clone()
            .any(|(_, response)| !response["content"]["text/event-stream"].is_null()),
        links: successes
            .flat_map(|(_, response)| links(response))
            .collect(),
    }
}

fn parameter(root: &Value, given: &Value) -> Option<Parameter> {
    let given = example::resolve(root, given);
    let place = match given["in"].as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        _ => return None,
    };
    let schema = example::resolve(root, &given["schema"]);
    let options = match schema["type"].as_str() {
        Some("boolean") => vec!["true".to_owned(), "false".to_owned()],
        _ => list(&schema["enum"])
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    };
    Some(Parameter {
        name: text_of(&given["name"]),
        place,
        required: given["required"] == true,
        description: text_of(&given["description"]),
        options,
        limits: match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(i64::MAX)) => format!("{least} or more"),
            (Some(least), Some(most)) => format!("{least} to {most}"),
            _ => String::new(),
        },
    })
}

fn body(root: &Value, described: &Value) -> Option<Body> {
    let content = &described["content"];
    let form = example::resolve(root, &content["multipart/form-data"]["schema"]);
    Some(Body {
        example: example::of_content(root, content.get("application/json")?),
        file: form["required"][0].as_str().map(str::to_owned),
        most_bytes: described["x-most-bytes"]
            .as_u64()
            .and_then(|most| most.try_into().ok()),
    })
}

/// `$response.body#/id` of each link, with the parameter it is for.
fn links(response: &Value) -> Vec<Link> {
    let empty = Map::new();
    let links = response["links"].as_object().unwrap_or(&empty).values();
    let given = links
        .filter_map(|link| link["parameters"].as_object())
        .flatten();
    let mut found: Vec<Link> = Vec::new();
    for (parameter, source) in given {
        let pointer = source
            .as_str()
            .and_then(|source| source.strip_prefix("$response.body#"));
        let Some(pointer) = pointer else { continue };
        let link = Link {
            pointer: pointer.to_owned(),
            parameter: parameter.clone(),
        };
        if !found.contains(&link) {
            found.push(link);
        }
    }
    found
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
