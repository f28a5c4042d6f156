//! The published JSON schemas, and the check of bodies against them.
//!
//! Only what the schemas in `openapi/schemas.json` use is known; a test sees to it that they use
//! nothing else.

use std::sync::LazyLock;

use leadline_model::schema::{self, Named};
use serde_json::Value;

mod forms;

/// All named schemas.
pub(crate) static SCHEMAS: LazyLock<Named> = LazyLock::new(|| {
    // The file is part of the program, and a test reads it.
    let written = serde_json::from_slice(include_bytes!("../openapi/schemas.json"));
    forms::written_out(written.unwrap_or_default())
});

/// What is wrong with a body, naming each field; empty when nothing is.
pub fn problems(schema: &str, body: &Value) -> Vec<String> {
    problems_at(schema, body, "")
}

/// As [`problems`], for a part of a body that lies at a path.
pub(crate) fn problems_at(schema: &str, body: &Value, path: &str) -> Vec<String> {
    let schema = SCHEMAS.get(schema);
    schema.map_or_else(Vec::new, |schema| {
        schema::problems(&SCHEMAS, schema, body, path)
    })
}

#[cfg(test)]
mod tests;
