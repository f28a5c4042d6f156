//! Builds the npm package `@leadline/engine` into `npm/dist/`: the folder `package`, which can also
//! be served as it is, and the tarball npm makes of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::alone;
use crate::fingerprint;
use crate::finish::brotli;
use crate::playground;
use crate::process::{answer, cargo, command, run, say};
use crate::project::{root, target, tool};
use crate::setup::WASM;

/// What the package is made of, besides crates that take no part in it.
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
/// What its Rust is made of.
const RUST_SOURCES: [&str; 4] = [".cargo", "Cargo.lock", "Cargo.toml", "crates"];
const TAKES_NO_PART: [&str; 9] = [
    "crates/bench",
    "crates/designer",
    "crates/load",
    "crates/protocol",
    "crates/server",
    "crates/site",
    "crates/sync",
    "crates/worker",
    "crates/xtask",
];
/// Neither of the two needs the other.
const OTHERS_OF_THE_PACKAGE: [&str; 2] = ["crates/playground", "crates/wasm"];

/// What rustc turns on for wasm32-unknown-unknown; a stripped program no longer says so itself.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

fn dist() -> PathBuf {
    root().join("npm/dist")
}

/// The package as a folder.
pub fn folder() -> PathBuf {
    dist().join("package")
}

/// Builds the package, unless it is there already, and answers where its tarball is.
pub fn package() -> Result<PathBuf> {
    let _alone = alone(LOCK)?;
    built()
}

/// Two builds at once would write into one another's files.
const LOCK: &str = "npm-build";

fn built() -> Result<PathBuf> {
    let tarball = dist().join(format!("leadline-engine-{}.tgz", version()?));
    let fingerprint = fingerprint::of(&SOURCES, &TAKES_NO_PART, "npm")?;
    let stamp = dist().join(".built-from");
    if tarball.is_file() && fs::read_to_string(&stamp).is_ok_and(|built| built == fingerprint) {
        say("the package in npm/dist/ is up to date");
        return Ok(tarball);
    }
    // What was built before stays until there is something to put in its place.
    let next = dist().join(".next");
    clear(&next)?;
    fs::create_dir_all(&next)?;
    library("leadline-wasm", "engine", "-O3", &next)?;
    playground::build(&next.join("playground"))?;
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
    fs::write(&stamp, fingerprint).context("cannot note what the package was built from")?;
    report_sizes(&tarball)?;
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

/// Builds a crate as wasm for the web, with the script that wasm-bindgen makes for it, into a folder;
/// what was built before is copied when none of its sources changed.
pub fn library(package: &str, name: &str, level: &str, folder: &Path) -> Result<()> {
    let own = format!("crates/{}", package.trim_start_matches("leadline-"));
    let others = TAKES_NO_PART.into_iter().chain(OTHERS_OF_THE_PACKAGE);
    let except: Vec<&str> = others.filter(|one| *one != own).collect();
    let fingerprint = fingerprint::of(&RUST_SOURCES, &except, level)?;
    let kept = target().join("npm").join(package);
    let stamp = kept.join(".built-from");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == fingerprint) {
        say(format!("{package} has not changed since it was built"));
        return copy(&kept, name, folder);
    }
    // Whoever is interrupted leaves nothing that could be taken for built.
    clear(&kept)?;
    say(format!("building {package} in release"));
    let mut build = cargo()?;
    build.args(["build", "--release", "-p", package, "--lib"]);
    run(build.args(["--target", WASM]))?;
    let built = package.replace('-', "_") + ".wasm";
    let built = target().join(WASM).join("release").join(built);
    let mut bindgen = command(tool("wasm-bindgen"))?;
    bindgen.args(["--target", "web", "--no-typescript"]);
    bindgen.args(["--omit-default-module-path", "--out-name", name]);
    run(bindgen.arg("--out-dir").arg(&kept).arg(built))?;
    say(format!("making {package} smaller and faster with wasm-opt"));
    let wasm = kept.join(format!("{name}_bg.wasm"));
    let mut opt = command("wasm-opt")?;
    opt.arg(level).args(FEATURES).arg(&wasm);
    run(opt.arg("-o").arg(&wasm))?;
    fs::write(stamp, fingerprint)?;
    copy(&kept, name, folder)
}

fn copy(kept: &Path, name: &str, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for file in [format!("{name}.js"), format!("{name}_bg.wasm")] {
        fs::copy(kept.join(&file), folder.join(&file))
            .with_context(|| format!("cannot copy {file} into {}", folder.display()))?;
    }
    Ok(())
}

/// Prints what a page downloads.
fn report_sizes(tarball: &Path) -> Result<()> {
    println!("    {:>9}  {:>9}", "bytes", "brotli");
    let mut files = Vec::new();
    fingerprint::collect(&folder(), &mut files)?;
    files.sort();
    for file in files {
        let kind = file.extension().and_then(|kind| kind.to_str());
        if !kind.is_some_and(|kind| ["js", "wasm"].contains(&kind)) {
            continue;
        }
        let bytes = fs::read(&file)?;
        let name = file.strip_prefix(folder()).unwrap_or(&file).display();
        let (size, packed) = (bytes.len(), brotli(&bytes)?.len());
        println!("    {size:>9}  {packed:>9}  {name}");
    }
    let (size, name) = (fs::metadata(tarball)?.len(), tarball.display());
    println!("    {size:>9}  {:>9}  {name}", "");
    Ok(())
}

/// Installs the tarball into `npm/tests`, as a user would.
pub fn install_for_tests() -> Result<()> {
    // Held until it is installed: another build would replace the tarball meanwhile.
    let _alone = alone(LOCK)?;
    let tarball = built()?;
    say("installing the package's tarball into npm/tests");
    let mut npm = command("npm")?;
    npm.args(["install", "--offline", "--no-save", "--no-package-lock"]);
    npm.args(["--ignore-scripts", "--silent", "--force"])
        .arg(tarball);
    run(npm.current_dir(root().join("npm/tests")))
}
