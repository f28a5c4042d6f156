//! One wasm program for the browser: the linked wasm is split where the code says so, and bound.
//!
//! Split points are functions with `#[wasm_split(chunk)]`: what only they reach becomes a file of its
//! own, which is fetched when one of them is first called. The splitter works on the linker's output
//! with its relocations, before wasm-bindgen; main module, chunks and scripts refer to each other by
//! relative names and stay in one folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use crate::{files, packs};

/// What the splitter leaves in programs with split points.
const SPLIT_MARK: &[u8] = b"__wasm_split_placeholder__";

/// For each split point the files that it needs, beside those that begin the program.
pub type Chunks = BTreeMap<String, Vec<String>>;

/// Splits and binds a linked program into a fresh folder, as `NAME.js`, `NAME_bg.wasm` and chunks in packs.
/// A journey names chunks that a visitor is likely to need one after the other.
pub fn bind(linked: &Path, name: &str, folder: &Path, journeys: &[&[&str]]) -> Result<Chunks> {
    files::fresh(folder)?;
    let wasm = fs::read(linked).with_context(|| format!("cannot read {}", linked.display()))?;
    let is_split = contains(&wasm, SPLIT_MARK);
    let main = folder.join("main.wasm");
    let chunks = if is_split {
        split(&wasm, name, folder, &main)?
    } else {
        fs::write(&main, &wasm)?;
        Chunks::new()
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&main)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name(name)
        // Chunks find what they share with the main module by names that the linker gave.
        .keep_lld_exports(is_split)
        .demangle(!is_split);
    bindgen
        .generate(folder)
        .with_context(|| format!("cannot bind {}", linked.display()))?;
    fs::remove_file(&main)?;
    for file in chunks.values().flatten() {
        let file = folder.join(file);
        let slim = without_custom_sections(&fs::read(&file)?)
            .with_context(|| format!("cannot read {}", file.display()))?;
        fs::write(file, slim)?;
    }
    match chunks.is_empty() {
        true => Ok(chunks),
        false => packs::pack(folder, &chunks, journeys),
    }
}

fn split(wasm: &[u8], name: &str, folder: &Path, main: &Path) -> Result<Chunks> {
    let main_module = format!("./{name}.js");
    let mut options = wasm_split_cli_support::Options::new(wasm);
    options.output_dir = folder;
    options.main_out_path = main;
    options.main_module = &main_module;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("cannot split {name}: {error:#}"))?;
    let named = |files: Vec<String>| files.iter().map(|file| format!("{file}.wasm")).collect();
    let chunks = split.prefetch_map.into_iter();
    Ok(chunks.map(|(name, files)| (name, named(files))).collect())
}

/// The wasm without names, producers and relocations, which nobody reads in a chunk.
fn without_custom_sections(wasm: &[u8]) -> Result<Vec<u8>> {
    const PREAMBLE: usize = 8;
    let mut slim = wasm.get(..PREAMBLE).context("not wasm")?.to_vec();
    let mut from = PREAMBLE;
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let wasmparser::Payload::CustomSection(section) = &payload {
            // A section with its id and length begins where the one before ended.
            from = usize::try_from(section.range().end)?;
        } else if let Some((_, range)) = payload.as_section() {
            let end = usize::try_from(range.end)?;
            slim.extend_from_slice(&wasm[from..end]);
            from = end;
        }
    }
    Ok(slim)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
