//! Where things are: the root of the checkout, its built page, the cache that checkouts share.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::fingerprint::hex;
use crate::process::answer;

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    // Cargo says at run time which checkout it runs from; two checkouts may share a target folder,
    // so what was true when this was compiled serves only without cargo.
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    crate_dir
        .ancestors()
        .nth(2)
        .unwrap_or(&crate_dir)
        .to_path_buf()
});

/// The root of the checkout.
pub fn root() -> &'static Path {
    &ROOT
}

/// Where what takes long to make is kept for all checkouts: tools, compiled crates, built pages. Nothing
/// rests on its being there; `LEADLINE_CACHE` moves it and `cargo xtask clean` empties it.
pub fn cache() -> PathBuf {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = named("LEADLINE_CACHE") {
        return root().join(cache);
    }
    let user = named("XDG_CACHE_HOME").map(PathBuf::from);
    let user = user.or_else(|| named("LOCALAPPDATA").map(PathBuf::from));
    let user = user.or_else(|| named("HOME").map(|home| PathBuf::from(home).join(".cache")));
    match user {
        Some(user) => user.join("leadline"),
        // Nobody's home: the checkout itself has to do.
        None => root().join("target/cache"),
    }
}

/// Where cargo puts what it builds: one folder for each version of the compiler.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(
        || cache().join(format!("target-{}", compiler().short)),
        PathBuf::from,
    )
}

/// The compiler that cargo will use.
pub struct Compiler {
    /// Its version alone, such as `1.95.0`.
    pub short: String,
    /// All it says of itself.
    pub whole: String,
}

/// The compiler that cargo will use; `unknown` when there is none, which the first build says better.
pub fn compiler() -> &'static Compiler {
    static COMPILER: LazyLock<Compiler> = LazyLock::new(|| {
        let whole = answer(Command::new("rustc").arg("-vV")).unwrap_or_default();
        let short = whole.split_whitespace().nth(1).unwrap_or("unknown");
        Compiler {
            short: short.to_owned(),
            whole: whole.clone(),
        }
    });
    &COMPILER
}

/// Names what other people's crates compile to: the lock file, the profiles and the compiler.
pub fn cache_key() -> Result<String> {
    let manifest = fs::read(root().join("Cargo.toml")).context("no Cargo.toml")?;
    let lock = fs::read(root().join("Cargo.lock")).context("no Cargo.lock")?;
    let digest = Sha256::new()
        .chain_update(lock)
        .chain_update(manifest)
        .chain_update(&compiler().whole)
        .finalize();
    Ok(hex(&digest)[..16].to_owned())
}

/// The built page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Our own program of that name in the target folder, in the dev profile.
pub fn built_program(name: &str) -> PathBuf {
    target().join(format!("debug/{name}{}", env::consts::EXE_SUFFIX))
}

/// Programs that stand under names of their own: see `setup::wasm_bindgen`.
pub fn tools() -> PathBuf {
    cache().join("bin")
}

/// The PATH with the checkout's npm packages and our own tools before all others.
pub fn path_with_tools() -> Result<OsString> {
    let own = [tools(), root().join("node_modules/.bin")];
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.into_iter().chain(env::split_paths(&rest)))
        .context("the PATH cannot hold our own folders")
}

/// The first of these programs that is on the PATH.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(name)))
        .find(|program| program.is_file())
}
