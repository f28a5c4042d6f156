//! Files and their contents' names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// All files below a folder, relative to it with forward slashes, with their places, in a fixed order.
pub fn below(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, before: &str, found: &mut Vec<(String, PathBuf)>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let own = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = format!("{before}{}", own.unwrap_or_default());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found)?;
        } else {
            found.push((name, path));
        }
    }
    Ok(())
}

/// Copies a folder with all that is below it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for (name, file) in below(from)? {
        let place = to.join(name);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &place).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

/// Empties a folder, or makes it.
pub fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// The text of a file.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// What files are named by: 16 hexadecimal digits of the SHA-256 over names and contents.
#[derive(Default)]
pub struct ContentName(Sha256);

impl ContentName {
    /// Counts one file in.
    pub fn add(&mut self, name: &str, contents: &[u8]) {
        self.0.update(name);
        self.0.update(Sha256::digest(contents));
    }

    /// Counts all files below a folder in.
    pub fn add_folder(&mut self, folder: &Path) -> Result<()> {
        for (name, file) in below(folder)? {
            self.add(&name, &fs::read(file)?);
        }
        Ok(())
    }

    /// The name.
    pub fn finish(self) -> String {
        let digest = self.0.finalize();
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
