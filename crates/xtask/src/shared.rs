//! One target folder for all checkouts.
//!
//! Cargo tells by the times of their files whether crates are as they were built, and takes the crates of a
//! workspace for the same wherever the workspace is. So a checkout that is older than another one's last build
//! would be given what that one built of other sources. When another checkout takes the folder, what cargo
//! knows of our own crates is forgotten; everybody else's crates stay.

use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result};

/// Says which checkout used the folder last.
const LAST: &str = ".checkout";
/// How the folders begin in which cargo notes what it knows of our crates.
const OURS: [&str; 2] = ["leadline-", "xtask-"];

/// Takes the target folder for a checkout.
pub fn take(target: &Path, checkout: &Path) -> Result<()> {
    let name = checkout.to_string_lossy();
    let last = target.join(LAST);
    if fs::read_to_string(&last).is_ok_and(|last| last == name) {
        return Ok(());
    }
    fs::create_dir_all(target)?;
    // `debug`, and `wasm32-unknown-unknown/debug`.
    for profile in folders(target)? {
        forget(&profile)?;
        for profile in folders(&profile)? {
            forget(&profile)?;
        }
    }
    fs::write(&last, name.as_bytes()).context("the target folder cannot be written to")
}

/// Forgets our crates in the folder of one profile, if it is one.
fn forget(profile: &Path) -> Result<()> {
    for known in folders(&profile.join(".fingerprint"))? {
        let name = known.file_name().unwrap_or_default().to_string_lossy();
        if OURS.iter().any(|ours| name.starts_with(ours)) {
            fs::remove_dir_all(&known)
                .with_context(|| format!("cannot forget {}", known.display()))?;
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn another_checkout_forgets_our_crates_and_keeps_the_others() {
        let target = std::env::temp_dir().join(format!("leadline-shared-{}", std::process::id()));
        let ours = |profile: &str| target.join(profile).join(".fingerprint/leadline-model-1");
        let other = target.join("debug/.fingerprint/serde-1");
        let make = || {
            for folder in [
                ours("debug"),
                ours("wasm32-unknown-unknown/debug"),
                other.clone(),
            ] {
                fs::create_dir_all(folder).unwrap();
            }
        };
        make();
        take(&target, Path::new("/one")).unwrap();
        assert!(!ours("debug").exists() && !ours("wasm32-unknown-unknown/debug").exists());
        make();
        take(&target, Path::new("/one")).unwrap();
        assert!(ours("debug").exists(), "it has the folder already");
        take(&target, Path::new("/two")).unwrap();
        assert!(!ours("debug").exists() && !ours("wasm32-unknown-unknown/debug").exists());
        assert!(other.exists());
        fs::remove_dir_all(target).unwrap();
    }
}
