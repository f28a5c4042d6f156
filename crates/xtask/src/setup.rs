//! Set-up of a bare machine that has Rust and Node: finds what is missing, says what it is about
//! to install, installs it into the checkout where that is possible.
//!
//! Outside of the checkout it touches two things only: the wasm target of the Rust toolchain and,
//! for the tests, Debian's Chromium and Python (as root; otherwise it says what to install).

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::process::{answer, cargo, command, run, say};
use crate::project::{self, find_program, root, tool};

/// The target of everything that runs in the browser.
pub const WASM: &str = "wasm32-unknown-unknown";

const TRUNK: &str = "0.21.14";
const NODE_MAJOR: u32 = 20;

/// All that building the page needs.
pub fn for_page() -> Result<()> {
    wasm_target()?;
    node_packages()?;
    cargo_tool(
        "wasm-bindgen",
        "wasm-bindgen-cli",
        &project::locked_version("wasm-bindgen")?,
        "1",
        &[],
    )?;
    // It starts other programs and copies files: the time to build it is all that counts.
    cargo_tool("trunk", "trunk", TRUNK, "0", &["--no-default-features"])
}

/// All that running the tests needs beyond that.
pub fn for_tests() -> Result<()> {
    browser()?;
    python().map(drop)
}

fn wasm_target() -> Result<()> {
    let sysroot = answer(Command::new("rustc").args(["--print", "sysroot"]))
        .context("no working `rustc`: install Rust first")?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    say(format!("installing Rust's {WASM} target with rustup"));
    run(command("rustup")?.args(["target", "add", WASM]))
        .with_context(|| format!("the Rust toolchain lacks {WASM} and rustup could not add it"))
}

/// Installs a cargo tool into `.tools` unless it is there at this very version.
fn cargo_tool(
    program: &str,
    package: &str,
    version: &str,
    level: &str,
    flags: &[&str],
) -> Result<()> {
    let found = answer(Command::new(tool(program)).arg("--version"));
    let current = |found: String| found.split_whitespace().nth(1) == Some(version);
    if found.is_some_and(current) {
        return Ok(());
    }
    say(format!(
        "installing {package} {version} into .tools (built from source, takes some minutes)"
    ));
    run(cargo()?
        .args(["install", "--locked", "--force", "--root", ".tools"])
        .args(["--version", version, package])
        .args(flags)
        // Built once, used for seconds at a time: build it fast rather than make it fast.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level)
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        // A directory of its own, thrown away afterwards by cargo.
        .env_remove("CARGO_TARGET_DIR"))
}

fn node_packages() -> Result<()> {
    let node = answer(Command::new("node").arg("--version"))
        .context("no `node` on the PATH: install Node 20 or later, with npm")?;
    let major = node
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        bail!("Node {NODE_MAJOR} or later is needed, this is {node}");
    }
    // npm has no cheap "is it all there"; a copy of the lock file tells what was installed.
    let wanted = fs::read(root().join("package-lock.json")).context("no package-lock.json")?;
    let stamp = root().join("node_modules/.leadline-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say("installing the npm packages of package-lock.json into node_modules");
    run(command("npm")?.args(["ci", "--ignore-scripts"]))?;
    fs::write(&stamp, wanted).context("cannot note which npm packages are installed")
}

/// The browser of the tests and its driver.
pub struct Browser {
    /// Chromium itself.
    pub chromium: PathBuf,
    /// The WebDriver server that the wasm tests need.
    pub chromedriver: PathBuf,
}

fn find_browser() -> Option<Browser> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let chromium = named
        .or_else(|| find_program(&["chromium", "chromium-browser", "google-chrome", "chrome"]))?;
    let chromedriver = std::env::var_os("CHROMEDRIVER").map(PathBuf::from);
    let chromedriver = chromedriver.or_else(|| find_program(&["chromedriver"]))?;
    Some(Browser {
        chromium,
        chromedriver,
    })
}

/// Finds Chromium, installing Debian's when there is none and we may.
pub fn browser() -> Result<Browser> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    let advice = "the tests need Chromium and its driver: on Debian, as root, \
                  `apt-get install chromium chromium-driver`; elsewhere install them and name \
                  them in CHROMIUM and CHROMEDRIVER";
    install(&["chromium", "chromium-driver"], advice)?;
    find_browser().context(advice)
}

/// Installs packages of Debian's, where we may.
fn install(packages: &[&str], advice: &'static str) -> Result<()> {
    let root_user = answer(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !root_user || find_program(&["apt-get"]).is_none() {
        bail!("{advice}");
    }
    let names = packages.join(" and ");
    say(format!("installing {names} with apt-get, for the tests"));
    let apt = |args: &[&str]| -> Result<()> {
        run(command("apt-get")?
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-qq"])?;
    let options = ["install", "-y", "-qq", "--no-install-recommends"];
    apt(&[&options[..], packages].concat())
}

/// What checks the API against its document.
const PYTHON_TOOLS: [&str; 2] = ["schemathesis==4.32.0", "openapi-spec-validator==0.9.0"];

/// A Python of the checkout's own, with the tools of the API's tests.
pub struct Python(PathBuf);

impl Python {
    /// One of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}

/// Makes the checkout's own Python unless it is there with these very tools.
pub fn python() -> Result<Python> {
    let advice = "the API's tests need Python 3.10 or later with its module venv: on Debian, as root, \
                  `apt-get install python3 python3-venv`";
    let folder = root().join(".tools/python");
    let python = Python(folder.clone());
    let (stamp, wanted) = (folder.join("tools.txt"), PYTHON_TOOLS.join("\n"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let made = || {
        let mut venv = command("python3").ok()?;
        answer(venv.args(["-m", "venv", "--clear"]).arg(&folder))
    };
    if made().is_none() {
        install(&["python3", "python3-venv"], advice)?;
        made().context(advice)?;
    }
    let names = PYTHON_TOOLS.join(" and ");
    say(format!("installing {names} into .tools/python with pip"));
    run(command(python.program("pip"))?
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(PYTHON_TOOLS))?;
    fs::write(&stamp, wanted).context("cannot note which tools are installed")?;
    Ok(python)
}
