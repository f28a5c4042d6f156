//! Chunks put together into packs. The splitter makes a file for each set of split points that share code,
//! dozens of them, many small: each is compressed without knowing the others, which costs a quarter of
//! the download. A pack is several of these files in one, and what one journey through the page needs is in
//! as few packs as there are ways to share it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::program::Chunks;

/// From so many bytes on a file is worth a request of its own.
const LARGE: usize = 16_384;
/// What the splitter's script calls to get a file.
const FETCHES: &str = "fetch(new URL(\"";

/// Packs the files of chunks, by the journeys that need them, and teaches the splitter's script where each is.
/// The chunks are then said by their packs.
pub fn pack(folder: &Path, chunks: &Chunks, journeys: &[&[&str]]) -> Result<Chunks> {
    let mut packs: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for (file, owners) in owners(chunks) {
        let path = folder.join(file);
        let wasm = fs::read(&path).with_context(|| format!("no {}", path.display()))?;
        fs::remove_file(path)?;
        let pack = pack_of(&owners, wasm.len(), journeys);
        let bytes = packs.entry(pack.clone()).or_default();
        let from = bytes.len();
        bytes.extend(wasm);
        places.insert(
            file.to_owned(),
            Place {
                pack,
                from,
                to: bytes.len(),
            },
        );
    }
    for (pack, bytes) in packs {
        fs::write(folder.join(pack), bytes)?;
    }
    let script = folder.join("__wasm_split.js");
    let text = fs::read_to_string(&script).context("the splitter left no script")?;
    fs::write(&script, taught(&text, &places)?)?;
    let in_packs = |files: &Vec<String>| {
        let packs: BTreeSet<&String> = files
            .iter()
            .filter_map(|file| places.get(file).map(|place| &place.pack))
            .collect();
        packs.into_iter().cloned().collect()
    };
    Ok(chunks
        .iter()
        .map(|(name, files)| (name.clone(), in_packs(files)))
        .collect())
}

/// Where a file lies.
struct Place {
    pack: String,
    from: usize,
    to: usize,
}

/// Which chunks need each file.
fn owners(chunks: &Chunks) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (chunk, files) in chunks {
        for file in files {
            owners.entry(file).or_default().insert(chunk);
        }
    }
    owners
}

/// The pack of a file: by the journeys that need it and whether other chunks need it too, or these would load
/// all of the journeys. What no journey needs lies with all else that the same chunks need, or, where it is
/// small, with all else that is.
///
/// The names end in `.wasm`, so that hosts compress and cache packs as they do programs.
fn pack_of(owners: &BTreeSet<&str>, length: usize, journeys: &[&[&str]]) -> String {
    let needed = |journey: &&&[&str]| journey.iter().any(|chunk| owners.contains(chunk));
    let needing: Vec<&str> = journeys
        .iter()
        .filter(needed)
        .filter_map(|journey| journey.last().copied())
        .collect();
    let elsewhere = owners
        .iter()
        .any(|owner| !journeys.iter().any(|journey| journey.contains(owner)));
    match (&needing[..], elsewhere) {
        ([], _) if owners.len() == 1 || length >= LARGE => {
            let owners: Vec<&str> = owners.iter().copied().collect();
            format!("{}.wasm", owners.join("-"))
        }
        ([], _) => "others.wasm".to_owned(),
        (some, false) => format!("journey-{}.wasm", some.join("-")),
        (some, true) => format!("journey-{}-and-others.wasm", some.join("-")),
    }
}

/// The splitter's script, which fetches packs and takes files out of them.
fn taught(script: &str, places: &BTreeMap<String, Place>) -> Result<String> {
    const ENDS: &str = ", import.meta.url))";
    let mut text = TAKES.to_owned();
    let mut rest = script;
    while let Some(at) = rest.find(FETCHES) {
        text.push_str(&rest[..at]);
        rest = &rest[at + FETCHES.len()..];
        let (file, after) = rest.split_once('"').context("an address without end")?;
        let name = file.trim_start_matches("./");
        let Some(Place { pack, from, to }) = places.get(name) else {
            bail!("the splitter's script fetches {name}, which it did not list");
        };
        rest = after
            .strip_prefix(ENDS)
            .context("the splitter's script fetches in another way than before")?;
        write!(text, "piece(\"./{pack}\", {from}, {to})")?;
    }
    text.push_str(rest);
    Ok(text)
}

/// One that could not be fetched is forgotten, so that it can be asked for again.
const TAKES: &str = r#"const packs = new Map();
async function fetched(pack) {
    const response = await fetch(new URL(pack, import.meta.url));
    if (!response.ok) throw new Error(`${pack} was answered with ${response.status}`);
    return response.blob();
}
async function piece(pack, from, to) {
    if (!packs.has(pack)) packs.set(pack, fetched(pack));
    try {
        return new Response((await packs.get(pack)).slice(from, to, "application/wasm"));
    } catch (error) {
        packs.delete(pack);
        throw error;
    }
}
"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const JOURNEYS: &[&[&str]] = &[&["designer"], &["begin", "simulate"]];

    #[test]
    fn a_file_is_packed_by_the_journeys_that_need_it() {
        for (owners, pack) in [
            (
                &["designer", "simulate"][..],
                "journey-designer-simulate.wasm",
            ),
            (
                &["designer", "simulate", "runs"],
                "journey-designer-simulate-and-others.wasm",
            ),
            (&["designer"], "journey-designer.wasm"),
            (&["begin", "simulate"], "journey-simulate.wasm"),
            (&["simulate", "leads"], "journey-simulate-and-others.wasm"),
            (&["runs"], "runs.wasm"),
            (&["runs", "leads"], "others.wasm"),
        ] {
            let owners = owners.iter().copied().collect();
            assert_eq!(pack_of(&owners, 5, JOURNEYS), pack, "{owners:?}");
        }
        let large = pack_of(&BTreeSet::from(["runs", "leads"]), LARGE, JOURNEYS);
        assert_eq!(large, "leads-runs.wasm");
    }

    #[test]
    fn the_script_takes_files_out_of_their_packs() {
        let place = Place {
            pack: "others.wasm".to_owned(),
            from: 40,
            to: 42,
        };
        let places = BTreeMap::from([("chunk_8.wasm".to_owned(), place)]);
        let script = "a = fetch(new URL(\"./chunk_8.wasm\", import.meta.url)); b";
        let text = taught(script, &places).unwrap();
        assert!(
            text.ends_with("a = piece(\"./others.wasm\", 40, 42); b"),
            "{text}"
        );
        assert!(taught(script, &BTreeMap::new()).is_err());
        assert!(taught("fetch(new URL(\"./chunk_8.wasm\")", &places).is_err());
    }

    #[test]
    fn chunks_are_said_by_their_packs() {
        let folder = std::env::temp_dir().join(format!("packs-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.wasm"), "one").unwrap();
        fs::write(folder.join("b.wasm"), "two").unwrap();
        let script = "fetch(new URL(\"./a.wasm\", import.meta.url))fetch(new URL(\"./b.wasm\", import.meta.url))";
        fs::write(folder.join("__wasm_split.js"), script).unwrap();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let chunks = Chunks::from([
            ("runs".to_owned(), list(&["a.wasm", "b.wasm"])),
            ("leads".to_owned(), list(&["a.wasm", "b.wasm"])),
        ]);
        let packed = pack(&folder, &chunks, JOURNEYS).unwrap();
        assert_eq!(packed["runs"], ["others.wasm"]);
        assert_eq!(fs::read(folder.join("others.wasm")).unwrap(), b"onetwo");
        let text = fs::read_to_string(folder.join("__wasm_split.js")).unwrap();
        assert!(text.ends_with("piece(\"./others.wasm\", 0, 3)piece(\"./others.wasm\", 3, 6)"));
        fs::remove_dir_all(folder).unwrap();
    }
}
