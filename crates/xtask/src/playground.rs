//! The API playground: built as a part of the npm package, and put from there beside the page, in a
//! folder named by its contents. The page loads it when somebody opens it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::fingerprint::hex;
use crate::pack;
use crate::process::say;
use crate::project::root;

/// How its folder beside the page begins. Not `playground` alone: a folder of that name would stand
/// in the way of the page's address on hosts that list folders.
pub const FOLDER: &str = "playground-";

/// The script that defines the element, in the package and in the folder beside the page.
const ELEMENT: &str = "playground/element.js";
/// What the element needs of the package.
const ENGINE: [&str; 5] = [
    "index.js",
    "engine.js",
    "engine_bg.wasm",
    "leadline.js",
    "events.js",
];
const SCREEN: [&str; 3] = [
    ELEMENT,
    "playground/playground.js",
    "playground/playground_bg.wasm",
];

/// Builds the element into a folder of the package.
pub fn build(folder: &Path) -> Result<()> {
    pack::library("leadline-playground", "playground", "-Oz", folder)?;
    for name in ["element.js", "element.d.ts"] {
        let from = root().join("crates/playground/js").join(name);
        fs::copy(&from, folder.join(name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// Copies engine and element of the package as it is into a folder beside the page, and answers the
/// address of the element's script there; nothing when the package has not been built.
pub fn stage(staged: &Path) -> Result<Option<String>> {
    let package = pack::folder();
    if !package.join(ELEMENT).is_file() {
        say("no playground: npm/dist holds no package (`cargo xtask pack`)");
        return Ok(None);
    }
    let names: Vec<&str> = ENGINE.into_iter().chain(SCREEN).collect();
    let mut hash = Sha256::new();
    for name in &names {
        hash.update(
            fs::read(package.join(name)).with_context(|| format!("the package lacks {name}"))?,
        );
    }
    let folder = format!("{FOLDER}{}", &hex(&hash.finalize())[..16]);
    fs::create_dir_all(staged.join(&folder).join("playground"))?;
    for name in &names {
        fs::copy(package.join(name), staged.join(&folder).join(name))?;
    }
    Ok(Some(format!("{folder}/{ELEMENT}")))
}
