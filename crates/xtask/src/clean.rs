//! `cargo xtask clean`: empties the cache folder.

use std::fs;

use anyhow::{Context, Result};

use crate::process::say;
use crate::project::cache;

/// Removes all that checkouts share, and says where it was.
pub fn empty_cache() -> Result<()> {
    let cache = cache();
    if !cache.exists() {
        say(format!("{} is not there", cache.display()));
        return Ok(());
    }
    say(format!("emptying {}", cache.display()));
    fs::remove_dir_all(&cache).with_context(|| format!("cannot empty {}", cache.display()))
}
