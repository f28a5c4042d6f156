//! Set-up of a bare machine that has Rust and, for the tests, Node: finds what is missing, says what it
//! is about to install, and installs it into the checkout or the cache folder.
//!
//! Outside of these it touches two things only: the wasm target of the Rust toolchain and, for the
//! tests, Debian's Chromium and Python (as root; otherwise it says what to install).

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::build;
use crate::process::{answer, cargo, command, run, say};
use crate::project::{cache, find_program, root, tools};

/// The target of everything that runs in the browser.
pub const WASM: &str = "wasm32-unknown-unknown";

const NODE_MAJOR: u32 = 20;

/// All that building the page needs beside Rust.
pub fn for_page() -> Result<()> {
    wasm_target()?;
    fetch()
}

/// All that the package needs beyond that.
pub fn for_package() -> Result<()> {
    for_page()?;
    node_packages()
}

/// All that running the tests needs beyond that.
pub fn for_tests() -> Result<()> {
    for_package()?;
    browser()?;
    python(CHECKERS).map(drop)
}

/// Gets the crates of Cargo.lock, so that building them needs no network and its time can be told.
fn fetch() -> Result<()> {
    let mut offline = cargo()?;
    offline.args(["fetch", "--locked", "--offline"]);
    if answer(&mut offline).is_some() {
        return Ok(());
    }
    say("fetching the crates that Cargo.lock names");
    run(cargo()?.args(["fetch", "--locked", "--quiet"]))
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

/// The folder with wasm-bindgen's own programs at the version of Cargo.lock, for the tests in wasm and
/// for Trunk: the bundler under other names.
pub fn wasm_bindgen() -> Result<PathBuf> {
    build::with_cli()?;
    let _alone = build::alone()?;
    let bundle = build::bundler()?;
    let folder = tools();
    fs::create_dir_all(&folder)?;
    for name in ["wasm-bindgen", "wasm-bindgen-test-runner"] {
        let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        if fs::exists(&program)? {
            fs::remove_file(&program)?;
        }
        fs::copy(&bundle, &program)
            .with_context(|| format!("cannot make {}", program.display()))?;
    }
    say(format!(
        "wasm-bindgen and its test runner are in {}",
        folder.display()
    ));
    Ok(folder)
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
pub const CHECKERS: &[&str] = &["schemathesis==4.32.5", "openapi-spec-validator==0.9.0"];

/// What makes clients from the document, and what the clients in Python need.
pub const GENERATORS: &[&str] = &[
    "openapi-generator-cli==7.26.0",
    "openapi-python-client==0.29.1",
    "ruff",
    "pydantic",
    "python-dateutil",
    "urllib3",
];

/// A Python apart, with tools of the tests.
pub struct Python(PathBuf);

impl Python {
    /// The folder of its programs.
    pub fn programs(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// One of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }
}

/// Makes a Python with these tools, unless it is there with these very ones.
pub fn python(wanted: &[&str]) -> Result<Python> {
    let advice = "the API's tests need Python 3.10 or later with its module venv: on Debian, as root, \
                  `apt-get install python3 python3-venv`";
    let (tools, names, wanted) = (wanted, wanted.join(" and "), wanted.join("\n"));
    let folder = cache().join(format!("python-{}", tools.join("-").replace("==", "-")));
    let python = Python(folder.clone());
    let stamp = folder.join("tools.txt");
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
    say(format!(
        "installing {names} into {} with pip, for the tests of the API",
        folder.display()
    ));
    run(command(python.program("pip"))?
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(tools))?;
    fs::write(&stamp, wanted).context("cannot note which tools are installed")?;
    Ok(python)
}
