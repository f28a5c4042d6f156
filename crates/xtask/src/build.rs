//! Builds programs and page, in one of two ways: quickly, for whatever is started or tested here, or in
//! release, for what is published.
//!
//! Hosting under a sub-path: the page routes by paths such as `/workflows/wfl_x`, so its own
//! files need absolute addresses and the build must know where it will live:
//! `cargo xtask dist --public-url /leadline/`. The page, its worker and its service worker read
//! that from `<meta name="leadline-base">`. There is no `<base>` element: it would redirect the
//! `#fragment` references inside the drawings, and the Content-Security-Policy forbids it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::fingerprint;
use crate::kept;
use crate::process::{cargo, command, run, say};
use crate::progress::{Step, Usual, minutes};
use crate::project::{built_program, dist, root, target};
use crate::setup::WASM;

/// How to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Compiled in minutes, to be tried and tested.
    Quick,
    /// Small and fast, to be published.
    Release,
}

impl Kind {
    /// The folder below the target folder.
    pub fn folder(self) -> &'static str {
        match self {
            Kind::Quick => "debug",
            Kind::Release => "release",
        }
    }

    /// How hard to compress what is served.
    pub fn quality(self) -> &'static str {
        match self {
            Kind::Quick => "1",
            Kind::Release => "11",
        }
    }
}

/// What of all that runs in a browser.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The page alone.
    Page,
    /// The npm package too: compiled in one call with the page, so that what they share is compiled once.
    PageAndPackage,
}

const PAGE: [&str; 2] = ["leadline-web", "leadline-worker"];
const PACKAGE: [&str; 2] = ["leadline-wasm", "leadline-element"];

/// Builds the page for this public URL (`/` when none is given) and answers that URL. What is compiled with
/// it spares whoever builds the package next the time.
pub fn page(kind: Kind, public_url: Option<&str>, wanted: Wanted) -> Result<String> {
    let base = normal_base(public_url.unwrap_or("/"))?;
    let fingerprint = fingerprint::of_page(&format!("{} {base}", kind.folder()))?;
    let _alone = alone()?;
    if kept::is_built("page", &fingerprint, &dist())? {
        return Ok(base);
    }
    programs(kind, wanted)?;
    let bundle = bundler()?;
    say("putting the page together: splitting and binding its programs");
    let begun = Instant::now();
    run(command(&bundle)?
        .arg("page")
        .arg("--root")
        .arg(root())
        .arg("--linked")
        .arg(linked(kind))
        .args(["--base", &base, "--quality", kind.quality()])
        .arg("--out")
        .arg(dist()))
    .context("the page was not built")?;
    println!("    in {}", minutes(begun.elapsed().as_secs()));
    kept::keep("page", &fingerprint, &dist())?;
    Ok(base)
}

/// The folder with the linked programs of the browser.
pub fn linked(kind: Kind) -> PathBuf {
    target().join(WASM).join(kind.folder())
}

/// Compiles what runs in a browser.
pub fn programs(kind: Kind, wanted: Wanted) -> Result<()> {
    let step = match kind {
        Kind::Quick => Step {
            name: "page-and-engine",
            why: "compiling what runs in the browser: the page and its engine worker",
            usual: Usual {
                cold: 330,
                shared: 200,
                again: 40,
            },
        },
        Kind::Release => Step {
            name: "page-and-engine-release",
            why: "compiling what runs in the browser, as small as it gets (one large program at a time)",
            usual: Usual {
                cold: 900,
                shared: 780,
                again: 780,
            },
        },
    };
    let mut build = cargo()?;
    build.args(["build", "--locked", "--target", WASM]);
    if kind == Kind::Release {
        build.arg("--release");
    }
    let package = PACKAGE.iter().filter(|_| wanted == Wanted::PageAndPackage);
    for name in PAGE.iter().chain(package) {
        build.args(["-p", name]);
    }
    step.run(&mut build)
}

/// The program that binds wasm for browsers; it is wasm-bindgen's own programs too after [`with_cli`].
///
/// It is compiled together with the server: what is started needs both, and they share crates.
pub fn bundler() -> Result<PathBuf> {
    let step = Step {
        name: "server-and-bundler",
        why: "compiling the server, and the bundler that turns wasm into what a browser loads",
        usual: Usual {
            cold: 210,
            shared: 70,
            again: 20,
        },
    };
    let mut build = cargo()?;
    build.args(["build", "--locked", "--bin", "leadline", "--bin", "bundle"]);
    // The same selection each time, or each would build anew what the features of the other differ in.
    match fs::exists(marked_for_tests()).unwrap_or_default() {
        true => build.args(AS_THE_TESTS),
        false => build.args(["-p", "leadline-server", "-p", "leadline-bundle"]),
    };
    step.run(&mut build)?;
    Ok(built_program("bundle"))
}

/// The selection of crates and features that the native tests are built by, so that other programs share
/// what was built for them.
pub const AS_THE_TESTS: [&str; 3] = ["--workspace", "--features", "leadline-bundle/cli"];

/// From now on the bundler is built with wasm-bindgen's own programs: whoever will need them says so
/// before anything is built, or all that both selections share is built twice.
pub fn with_cli() -> Result<()> {
    fs::create_dir_all(target())?;
    fs::write(marked_for_tests(), "").context("the target folder cannot be written to")
}

/// Says that this target folder holds the bundler as the tests need it.
fn marked_for_tests() -> PathBuf {
    target().join(".bundle-with-cli")
}

/// The server for whatever is started or tested here.
pub fn server() -> Result<PathBuf> {
    let fingerprint = fingerprint::of_server("dev")?;
    let folder = root().join("target/server");
    let program = folder.join(format!("leadline{}", std::env::consts::EXE_SUFFIX));
    let _alone = alone()?;
    if kept::is_built("server", &fingerprint, &folder)? {
        return Ok(program);
    }
    bundler()?;
    fs::create_dir_all(&folder)?;
    // Another checkout's build puts its own at the same place; and one that runs cannot be written to.
    if fs::exists(&program)? {
        fs::remove_file(&program)?;
    }
    fs::copy(built_program("leadline"), &program).context("the server was not built")?;
    kept::keep("server", &fingerprint, &folder)?;
    Ok(program)
}

/// Binds the npm package's engine and playground into a folder, beside their scripts.
pub fn bind_package(bundle: &Path, kind: Kind) -> Result<PathBuf> {
    let folder = root().join("target/package").join(kind.folder());
    library(bundle, kind, "leadline_wasm", "engine", &folder)?;
    library(
        bundle,
        kind,
        "leadline_element",
        "playground",
        &folder.join("playground"),
    )?;
    for (from, to) in [("npm/src", ""), ("crates/element/js", "playground")] {
        for entry in fs::read_dir(root().join(from))? {
            let file = entry?.path();
            let name = file.file_name().context("a file without a name")?;
            fs::copy(&file, folder.join(to).join(name))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    Ok(folder)
}

fn library(bundle: &Path, kind: Kind, crate_name: &str, name: &str, out: &Path) -> Result<()> {
    run(command(bundle)?
        .arg("library")
        .arg(linked(kind).join(format!("{crate_name}.wasm")))
        .args(["--name", name, "--out"])
        .arg(out))
}

/// Two builds at once would take one another's files, whatever they build and from whichever checkout: what
/// is linked has one place in the folder that all share. The second waits for the first. Held until it is
/// dropped.
pub fn alone() -> Result<fs::File> {
    let folder = target();
    fs::create_dir_all(&folder)?;
    let file = fs::File::create(folder.join(".build"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            say("another build is under way; waiting for it");
            file.lock().context("cannot wait for the other build")?;
        }
        Err(fs::TryLockError::Error(error)) => {
            say(format!("going on without the lock of builds: {error}"));
        }
    }
    Ok(file)
}

/// The last step of a build by Trunk, which calls it with the place of what it has staged.
pub fn finish_for_trunk() -> Result<()> {
    let variable = |name: &str| {
        std::env::var(name)
            .with_context(|| format!("{name} is not set: only Trunk calls this step"))
    };
    let release = variable("TRUNK_PROFILE")? == "release";
    let kind = if release { Kind::Release } else { Kind::Quick };
    // Trunk's cargo knows nothing of the folder that checkouts share.
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| root().join("target"));
    let mut finish = command(bundler()?)?;
    finish.arg("staged").arg("--root").arg(root());
    finish
        .arg("--linked")
        .arg(target.join(WASM).join(kind.folder()));
    finish.args(["--base", &variable("TRUNK_PUBLIC_URL")?]);
    if release {
        finish.args(["--quality", kind.quality()]);
    }
    run(finish.arg("--staged").arg(variable("TRUNK_STAGING_DIR")?))
}

fn normal_base(public_url: &str) -> Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if !public_url.starts_with('/') || public_url.contains("//") || !public_url.chars().all(plain) {
        bail!("--public-url takes a path such as /leadline/, not `{public_url}`");
    }
    let slash = if public_url.ends_with('/') { "" } else { "/" };
    Ok(format!("{public_url}{slash}"))
}

#[cfg(test)]
mod tests {
    use super::normal_base;

    #[test]
    fn a_public_url_is_a_plain_path() {
        for (given, base) in [
            ("/", Some("/")),
            ("/leadline", Some("/leadline/")),
            ("/a/b/", Some("/a/b/")),
            ("leadline", None),
            ("//elsewhere", None),
            ("/\"><script>", None),
            ("https://example.com/", None),
        ] {
            assert_eq!(normal_base(given).ok().as_deref(), base, "{given}");
        }
    }
}
