//! What was built before from the very same sources, kept in the cache folder for other checkouts.
//!
//! The key is the digest of all sources, options and the compiler, so what is taken is what would be
//! built. A damaged or missing copy costs a build and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::fingerprint;
use crate::process::say;
use crate::project::cache;

/// How many of a kind are kept.
const MOST: usize = 4;

fn place(kind: &str, key: &str) -> PathBuf {
    cache().join("built").join(format!("{kind}-{key}"))
}

/// The file in a built folder that names what it was built from: whoever removes or replaces the folder
/// removes the claim with it.
const STAMP: &str = ".built-from";

/// Whether `folder` is what is built under this key: it is so already, or what was kept is put there.
pub fn is_built(kind: &str, key: &str, folder: &Path) -> Result<bool> {
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|built| built == key) {
        say(format!("the {kind} is up to date"));
        return Ok(true);
    }
    let taken = take(kind, key, folder)?;
    if taken {
        say(format!(
            "the {kind} is one that was built from the same sources before"
        ));
    }
    Ok(taken)
}

/// Puts what was kept under this key at `to`, in place of what is there; whether there was any.
fn take(kind: &str, key: &str, to: &Path) -> Result<bool> {
    let from = place(kind, key);
    if !from.is_dir() {
        return Ok(false);
    }
    let next = to.with_extension("taken");
    if let Err(error) = clear(&next).and_then(|()| copy(&from, &next)) {
        say(format!(
            "what was kept of an earlier build cannot be used: {error:#}"
        ));
        clear(&next)?;
        return Ok(false);
    }
    clear(to)?;
    fs::rename(&next, to).with_context(|| format!("cannot make {}", to.display()))?;
    Ok(true)
}

/// A folder was built under this key: notes so in it, keeps it for other checkouts, and forgets the oldest
/// of its kind.
pub fn keep(kind: &str, key: &str, folder: &Path) -> Result<()> {
    fs::write(folder.join(STAMP), key)
        .with_context(|| format!("cannot note what the {kind} was built from"))?;
    let to = place(kind, key);
    let next = to.with_extension(format!("{}", std::process::id()));
    let kept = clear(&next)
        .and_then(|()| copy(folder, &next))
        .and_then(|()| clear(&to))
        .and_then(|()| Ok(fs::rename(&next, &to)?))
        .and_then(|()| forget(kind));
    if let Err(error) = kept {
        // A full disk, a read-only cache: the build itself stands.
        say(format!(
            "the build is not kept for other checkouts: {error:#}"
        ));
    }
    Ok(())
}

fn forget(kind: &str) -> Result<()> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(cache().join("built"))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(&format!("{kind}-")) {
            let age = entry
                .metadata()?
                .modified()
                .unwrap_or(SystemTime::UNIX_EPOCH);
            kept.push((age, entry.path()));
        }
    }
    kept.sort();
    let too_many = kept.len().saturating_sub(MOST);
    for (_, old) in kept.into_iter().take(too_many) {
        clear(&old)?;
    }
    Ok(())
}

/// Removes a folder, if it is there.
pub fn clear(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => {
            fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))
        }
        false => Ok(()),
    }
}

/// Copies a folder with all that is below it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut files = Vec::new();
    fingerprint::collect(from, &mut files)?;
    for file in files {
        let place = to.join(file.strip_prefix(from)?);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &place).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}
