//! Builds the npm package `@leadline/engine` into `npm/dist/`: the folder `package`, which can also
//! be served as it is, and the tarball npm makes of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::{self, Kind, alone};
use crate::fingerprint;
use crate::kept;
use crate::process::{answer, command, run, say};
use crate::project::root;

/// What the package is made of.
const SOURCES: [&str; 10] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "crates",
    "npm/README.md",
    "npm/package.json",
    "npm/src",
    "npm/tools",
    "package-lock.json",
];
/// Crates that take no part in it.
const TAKES_NO_PART: [&str; 7] = [
    "crates/bench",
    "crates/designer",
    "crates/load",
    "crates/protocol",
    "crates/server",
    "crates/sync",
    "crates/worker",
];

fn dist() -> PathBuf {
    root().join("npm/dist")
}

/// The package as a folder.
pub fn folder() -> PathBuf {
    dist().join("package")
}

/// Builds the package, unless it is there already, and answers where its tarball is.
pub fn package(kind: Kind) -> Result<PathBuf> {
    let _alone = alone(LOCK)?;
    built(kind)
}

/// Two builds at once would write into one another's files.
const LOCK: &str = "npm-build";

fn built(kind: Kind) -> Result<PathBuf> {
    let tarball = dist().join(format!("leadline-engine-{}.tgz", version()?));
    let fingerprint = fingerprint::of(&SOURCES, &TAKES_NO_PART, kind.folder())?;
    let stamp = dist().join(".built-from");
    if tarball.is_file() && fs::read_to_string(&stamp).is_ok_and(|built| built == fingerprint) {
        say("the package in npm/dist/ is up to date");
        return Ok(tarball);
    }
    if kept::take("package", &fingerprint, &dist())? {
        say("the package in npm/dist/ is one that was built from the same sources before");
        return Ok(tarball);
    }
    build::programs(kind)?;
    let bound = build::playground(kind)?;
    // What was built before stays until there is something to put in its place.
    let next = dist().join(".next");
    clear(&next)?;
    fs::create_dir_all(dist())?;
    copy(&bound, &next)?;
    say("assembling the package: types, single files, tarball");
    run(command("node")?.arg("npm/tools/build.mjs").arg(&next))?;
    let mut npm = command("npm")?;
    npm.args(["pack", "--silent", "--pack-destination"])
        .arg(dist());
    answer(npm.current_dir(&next)).context("`npm pack` failed")?;
    if !tarball.is_file() {
        bail!("npm made no {}", tarball.display());
    }
    clear(&folder())?;
    fs::rename(&next, folder()).context("cannot put the package in its place")?;
    fs::write(&stamp, &fingerprint).context("cannot note what the package was built from")?;
    kept::keep("package", &fingerprint, &dist())?;
    Ok(tarball)
}

fn clear(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => {
            fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))
        }
        false => Ok(()),
    }
}

/// The version of the package, which is that of the crates.
fn version() -> Result<String> {
    let text = fs::read_to_string(root().join("npm/package.json"))?;
    let manifest: Value = serde_json::from_str(&text).context("npm/package.json")?;
    let version = manifest["version"].as_str().unwrap_or_default();
    if version != env!("CARGO_PKG_VERSION") {
        let ours = env!("CARGO_PKG_VERSION");
        bail!("npm/package.json says version {version}, Cargo.toml says {ours}");
    }
    Ok(version.to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
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

/// Installs the tarball into `npm/tests`, as a user would.
pub fn install_for_tests() -> Result<()> {
    // Held until it is installed: another build would replace the tarball meanwhile.
    let _alone = alone(LOCK)?;
    let tarball = built(Kind::Quick)?;
    say("installing the package's tarball into npm/tests");
    let mut npm = command("npm")?;
    npm.args(["install", "--offline", "--no-save", "--no-package-lock"]);
    npm.args(["--ignore-scripts", "--silent", "--force"])
        .arg(tarball);
    run(npm.current_dir(root().join("npm/tests")))
}
