//! Has anything changed since the page was built? One digest over everything the page is made of,
//! by contents, so that a checkout or a touch alone causes no build.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::project::{compiler, root};

/// What the page is made of.
const PAGE: [&str; 6] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "crates",
    "index.html",
    "web",
];
/// Crates that take no part in it.
const NOT_OF_THE_PAGE: [&str; 5] = [
    "crates/bench",
    "crates/element",
    "crates/load",
    "crates/server",
    "crates/wasm",
];

/// The digest of the page's sources together with the options of the build.
pub fn of_page(options: &str) -> Result<String> {
    of(&PAGE, &NOT_OF_THE_PAGE, options)
}

/// What the server is made of.
const SERVER: [&str; 4] = [".cargo", "Cargo.lock", "Cargo.toml", "crates"];
/// Crates that take no part in it.
const NOT_OF_THE_SERVER: [&str; 13] = [
    "crates/bench",
    "crates/boxed",
    "crates/bundle",
    "crates/designer",
    "crates/element",
    "crates/home",
    "crates/load",
    "crates/playground",
    "crates/protocol",
    "crates/sync",
    "crates/wasm",
    "crates/worker",
    "crates/xtask",
];

/// The digest of the server's sources together with the options of the build.
pub fn of_server(options: &str) -> Result<String> {
    of(&SERVER, &NOT_OF_THE_SERVER, options)
}

/// The digest of sources but for some, together with the options of a build and the compiler. It says
/// nothing of where the checkout is.
pub fn of(sources: &[&str], except: &[&str], options: &str) -> Result<String> {
    let mut files = Vec::new();
    for source in sources {
        collect(&root().join(source), &mut files)?;
    }
    let left_out = |file: &PathBuf| except.iter().any(|one| file.starts_with(root().join(one)));
    files.retain(|file| !left_out(file));
    files.sort();
    let mut hash = Sha256::new();
    hash.update(options);
    hash.update(&compiler().whole);
    for file in files {
        let contents =
            fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(root()).unwrap_or(&file);
        hash.update(name.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(contents.len().to_le_bytes());
        hash.update(contents);
    }
    Ok(hex(&hash.finalize()))
}

/// All files below a path; the path itself when it is a file.
pub fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    for entry in entries {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
