//! Builds the page into `dist/` with Trunk, in release, unless it is there already.
//!
//! Hosting under a sub-path: the page routes by paths such as `/workflows/wfl_x`, so its own
//! files need absolute addresses and the build must know where it will live:
//! `cargo xtask build --public-url /leadline/`. The page, its worker and its service worker read
//! that from `<meta name="leadline-base">`. There is no `<base>` element: it would redirect the
//! `#fragment` references inside the drawings, and the Content-Security-Policy forbids it.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::fingerprint;
use crate::pack;
use crate::process::{cargo, command, run, say};
use crate::project::{dist, root, tool};
use crate::setup::WASM;

/// Builds the page for this public URL (`/` when none is given) and answers that URL.
pub fn page(public_url: Option<&str>) -> Result<String> {
    let base = normal_base(public_url.unwrap_or("/"))?;
    let _alone = alone("page-build")?;
    let fingerprint = fingerprint::of_page(&format!("release {base}"))?;
    // Inside dist, so that whoever removes or replaces dist removes the claim with it.
    let stamp = dist().join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|built| built == fingerprint) {
        say("the page in dist/ is up to date");
        return Ok(base);
    }
    // First: the page carries the playground, which is a part of the package.
    pack::package()?;
    say("fetching the crates of Cargo.lock that are not here yet");
    run(cargo()?.args(["fetch", "--quiet", "--target", WASM]))?;
    say("building the page in release");
    run(command(tool("trunk"))?
        .args(["build", "--release", "--public-url", &base])
        // Trunk's own backtrace under a compiler's message helps nobody.
        .env("RUST_BACKTRACE", "0"))
    .context("the page was not built")?;
    fs::write(&stamp, fingerprint).context("cannot note what the page was built from")?;
    report_sizes()?;
    Ok(base)
}

/// Two builds at once would write into one another's files: the second waits for the first, and then
/// has mostly nothing to do. Held until it is dropped.
pub fn alone(build: &str) -> Result<fs::File> {
    let folder = root().join("target");
    fs::create_dir_all(&folder)?;
    let file = fs::File::create(folder.join(format!(".{build}")))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            say("another such build is under way; waiting for it");
            file.lock().context("cannot wait for the other build")?;
        }
        Err(fs::TryLockError::Error(error)) => {
            say(format!("going on without the lock of builds: {error}"));
        }
    }
    Ok(file)
}

/// The file in dist that names what it was built from. Not part of the page.
pub const STAMP: &str = ".built-from";

fn normal_base(public_url: &str) -> Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if !public_url.starts_with('/') || public_url.contains("//") || !public_url.chars().all(plain) {
        bail!("--public-url takes a path such as /leadline/, not `{public_url}`");
    }
    let slash = if public_url.ends_with('/') { "" } else { "/" };
    Ok(format!("{public_url}{slash}"))
}

/// Prints what a visitor downloads.
pub fn report_sizes() -> Result<()> {
    let mut files = Vec::new();
    fingerprint::collect(&dist(), &mut files)?;
    files.sort();
    println!("    {:>9}  {:>9}", "bytes", "brotli");
    for file in &files {
        let Ok(packed) = fs::metadata(format!("{}.br", file.display())) else {
            continue;
        };
        let (size, packed) = (fs::metadata(file)?.len(), packed.len());
        let name = file.strip_prefix(dist()).unwrap_or(file);
        println!("    {size:>9}  {packed:>9}  {}", name.display());
    }
    Ok(())
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
