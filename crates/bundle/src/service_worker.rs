//! Writes the service worker: its list of files, then `web/shell/sw.js`.

use std::fs;
use std::path::Path;

use anyhow::Result;
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::files;

/// The service worker of the page in `folder`.
pub fn text(folder: &Path, program: &Path, build: &str) -> Result<String> {
    let mut list = String::new();
    for (name, file) in files::below(folder)? {
        if !is_part_of_the_page(&name) {
            continue;
        }
        let integrity = BASE64_STANDARD.encode(Sha256::digest(fs::read(file)?));
        // Some hosts redirect /index.html to /, and a redirected answer cannot open a page.
        let url = match name.as_str() {
            "index.html" => "./",
            name => name,
        };
        let url = serde_json::to_string(url)?;
        list.push_str(&format!("  [{url}, \"sha256-{integrity}\"],\n"));
    }
    let program = files::read_text(program)?;
    Ok(format!(
        "const BUILD = \"{build}\";\nconst FILES = [\n{list}];\n\n{program}"
    ))
}

/// Whether a visitor can be sent this file: not the service worker itself, compressed copies or notes
/// of the build.
pub fn is_part_of_the_page(name: &str) -> bool {
    name != "sw.js" && !name.starts_with('.') && !name.ends_with(".br")
}
