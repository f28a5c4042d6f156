//! What a visitor downloads, by what they do, against a budget.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::brotli;
use crate::files;
use crate::program::Chunks;
use crate::service_worker::is_part_of_the_page;

/// Kept beside the page: which files each part of it is. Not a part of the page.
const NOTE: &str = ".parts.json";
/// As it is published.
const QUALITY: u32 = 11;

/// The folders of page and worker, and the files of their chunks.
pub struct Parts(Value);

impl Parts {
    /// The parts of a page with these programs.
    pub fn of(page: &str, page_chunks: &Chunks, worker: &str, worker_chunks: &Chunks) -> Parts {
        Parts(json!({
            "page": { "folder": page, "chunks": page_chunks },
            "worker": { "folder": worker, "chunks": worker_chunks },
        }))
    }
}

/// Keeps the parts beside the page.
pub fn note(folder: &Path, parts: &Parts) -> Result<()> {
    fs::write(folder.join(NOTE), format!("{:#}\n", parts.0)).context("cannot note the parts")
}

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder of the page.
    page: PathBuf,
    /// The npm package's folder.
    #[arg(long)]
    package: Option<PathBuf>,
    /// The budget, a JSON object of bytes for each figure; without it nothing is judged.
    #[arg(long)]
    budget: Option<PathBuf>,
}

/// Prints each figure with its budget, and fails when one is over it.
pub fn report(arguments: &Arguments) -> Result<()> {
    let sizes = Sizes::of(&arguments.page)?;
    let budget = match &arguments.budget {
        Some(file) => serde_json::from_str(&files::read_text(file)?)
            .with_context(|| format!("{} cannot be read", file.display()))?,
        None => json!({}),
    };
    let mut figures = sizes.figures();
    if let Some(package) = &arguments.package {
        figures.push((
            "import of the package",
            packed(
                package,
                &[
                    "engine.js",
                    "engine_bg.wasm",
                    "index.js",
                    "leadline.js",
                    "events.js",
                ],
            )?,
        ));
    }
    for (name, size, raw) in &sizes.files {
        println!("    {raw:>10} {size:>9}  {name}");
    }
    println!(
        "\n    {:<46} {:>9} {:>9}",
        "brotli, quality 11", "bytes", "budget"
    );
    let mut over = Vec::new();
    for (name, size) in figures {
        let most = budget[name].as_u64();
        let shown = most.map_or("-".to_owned(), |most| most.to_string());
        println!("    {name:<46} {size:>9} {shown:>9}");
        if most.is_some_and(|most| size > most) {
            over.push(name);
        }
    }
    match over.is_empty() {
        true => Ok(()),
        false => bail!("over the budget: {}", over.join(", ")),
    }
}

struct Sizes {
    /// Name, compressed size, own size.
    files: Vec<(String, u64, u64)>,
    parts: Value,
}

impl Sizes {
    fn of(page: &Path) -> Result<Sizes> {
        let note = page.join(NOTE);
        let parts = serde_json::from_str(&files::read_text(&note)?)
            .with_context(|| format!("{} cannot be read", note.display()))?;
        let mut sizes = Vec::new();
        for (name, file) in files::below(page)? {
            if is_part_of_the_page(&name) && brotli::is_compressed(&name) {
                let bytes = fs::read(file)?;
                let size = brotli::compress(&bytes, QUALITY)?.len();
                sizes.push((name, size as u64, bytes.len() as u64));
            }
        }
        Ok(Sizes {
            files: sizes,
            parts,
        })
    }

    fn sum(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        let files = self.files.iter().filter(|(name, ..)| wanted(name));
        files.map(|(_, size, _)| size).sum()
    }

    /// The files of some chunks of a program, each once, without those it begins with.
    fn chunks(&self, program: &str, chunks: &[&str]) -> u64 {
        let program = &self.parts[program];
        let folder = program["folder"].as_str().unwrap_or_default();
        let listed = |name: &str| {
            chunks.iter().any(|chunk| {
                let files = program["chunks"][chunk].as_array().map(Vec::as_slice);
                let mut files = files.unwrap_or_default().iter().filter_map(Value::as_str);
                files.any(|file| name.strip_prefix(folder) == Some(&format!("/{file}")))
            })
        };
        self.sum(listed)
    }

    /// What a program begins with: its folder without any chunk.
    fn beginning(&self, program: &str) -> u64 {
        let program = &self.parts[program];
        let folder = program["folder"].as_str().unwrap_or_default();
        let chunks = program["chunks"].as_object();
        let files = chunks.into_iter().flat_map(|chunks| chunks.values());
        let files: Vec<&str> = files
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        self.sum(|name| {
            let own = name
                .strip_prefix(folder)
                .and_then(|own| own.strip_prefix('/'));
            own.is_some_and(|own| !files.contains(&own))
        })
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        // Styles, scripts and index.html: all that is in no folder.
        let shell = self.sum(|name| !name.contains('/')) + self.beginning("page");
        vec![
            ("page: the list of workflows", shell),
            (
                "page: until the sample run plays",
                shell + self.chunks("page", &["begin", "simulate"]),
            ),
            (
                "page: until the designer is open",
                shell + self.chunks("page", &["designer"]),
            ),
            ("worker: what a first visit needs", self.beginning("worker")),
            (
                "playground, on top",
                self.chunks("page", &["playground"]) + self.chunks("worker", &["api"]),
            ),
        ]
    }
}

fn packed(folder: &Path, names: &[&str]) -> Result<u64> {
    let sizes = names.iter().map(|name| -> Result<u64> {
        let bytes = fs::read(folder.join(name)).with_context(|| format!("no {name}"))?;
        Ok(brotli::compress(&bytes, QUALITY)?.len() as u64)
    });
    sizes.sum()
}
