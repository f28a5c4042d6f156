//! Builds the npm package `@leadline/engine` into `npm/dist/`: the folder `package`, which can also
//! be served as it is, and the tarball npm makes of it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::{self, Kind, Wanted, alone};
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
    let _alone = alone()?;
    built(kind)
}

fn built(kind: Kind) -> Result<PathBuf> {
    let tarball = dist().join(format!("leadline-engine-{}.tgz", version()?));
    let fingerprint = fingerprint::of(&SOURCES, &TAKES_NO_PART, kind.folder())?;
    if kept::is_built("package", &fingerprint, &dist())? && tarball.is_file() {
        return Ok(tarball);
    }
    build::programs(kind, Wanted::PageAndPackage)?;
    let bound = build::bind_package(&build::bundler()?, kind)?;
    // What was built before stays until there is something to put in its place.
    let next = dist().join(".next");
    kept::clear(&next)?;
    fs::create_dir_all(dist())?;
    kept::copy(&bound, &next)?;
    say("assembling the package: types, single files, tarball");
    run(command("node")?.arg("npm/tools/build.mjs").arg(&next))?;
    let mut npm = command("npm")?;
    npm.args(["pack", "--silent", "--pack-destination"])
        .arg(dist());
    answer(npm.current_dir(&next)).context("`npm pack` failed")?;
    if !tarball.is_file() {
        bail!("npm made no {}", tarball.display());
    }
    kept::clear(&folder())?;
    fs::rename(&next, folder()).context("cannot put the package in its place")?;
    kept::keep("package", &fingerprint, &dist())?;
    Ok(tarball)
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

/// Installs the tarball into `npm/tests`, as a user would.
pub fn install_for_tests() -> Result<()> {
    // Held until it is installed: another build would replace the tarball meanwhile.
    let _alone = alone()?;
    let tarball = built(Kind::Quick)?;
    say("installing the package's tarball into npm/tests");
    let mut npm = command("npm")?;
    npm.args(["install", "--offline", "--no-save", "--no-package-lock"]);
    npm.args(["--ignore-scripts", "--silent", "--force"])
        .arg(tarball);
    run(npm.current_dir(root().join("npm/tests")))
}
