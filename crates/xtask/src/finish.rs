//! The last step of a Trunk build, run by Trunk itself (Trunk.toml, `post_build`) on the staged
//! files, so that `trunk serve` and `trunk build` give what `cargo xtask start` gives:
//!
//! 1. names the programs of page and worker by their final contents (Trunk names the page's by
//!    what it was before wasm-opt and the worker's not at all, so an old page could meet a new
//!    program) and writes the small script that loads the worker;
//! 2. writes into index.html the Content-Security-Policy, the public URL, the worker's address
//!    and the id of the build;
//! 3. writes the service worker with the list of all files and their hashes;
//! 4. in release, puts a brotli copy beside everything worth compressing.
//!
//! A page that `trunk serve` rebuilds and reloads carries Trunk's inline reload script; such a
//! build is called `dev`, allows inline scripts and registers no service worker.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use leadline_site::PAGE_POLICY;
use sha2::{Digest, Sha256};

use crate::fingerprint::{collect, hex};
use crate::playground;
use crate::project::root;

/// Where index.html wants the lines of step 2.
const HEAD_MARK: &str = "<!-- leadline:head -->";
/// A link to a file of web/public, which Trunk copies but does not address.
const PUBLIC_MARK: &str = " data-leadline-public";
/// Trunk puts its address here when it serves; so a page that holds this is served by Trunk.
const TRUNK_SERVES_MARK: &str = "__TRUNK_ADDRESS__";
/// As the binaries are called in web/Cargo.toml and crates/worker/Cargo.toml.
const PAGE: &str = "leadline-web";
const WORKER: &str = "leadline-worker";
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;
const COMPRESSED: [&str; 6] = ["html", "js", "css", "wasm", "svg", "webmanifest"];

/// Finishes the build whose place Trunk tells in the environment.
pub fn from_trunk() -> Result<()> {
    let variable = |name: &str| {
        env::var(name).with_context(|| format!("{name} is not set: only Trunk calls this step"))
    };
    let staged = PathBuf::from(variable("TRUNK_STAGING_DIR")?);
    let release = variable("TRUNK_PROFILE")? == "release";
    finish(&staged, &variable("TRUNK_PUBLIC_URL")?, release)
}

fn finish(staged: &Path, base: &str, release: bool) -> Result<()> {
    let index = staged.join("index.html");
    let html = read_text(&index)?;
    let dev = html.contains(TRUNK_SERVES_MARK);
    let script = meta_content(&html, "leadline-script")?;
    let main = script.strip_prefix(base).unwrap_or(&script);
    let main = main.strip_suffix(".js").unwrap_or(main);
    let html = html.replace(main, &name_by_contents(staged, main, PAGE)?);
    let worker = name_by_contents(staged, WORKER, WORKER)?;
    let page = Page {
        html: &html,
        base,
        worker: &write_loader(staged, &worker)?,
        playground: playground::stage(staged)?,
    };

    // The id covers index.html as it is without its own id.
    fs::write(&index, page.with_head("", dev)?)?;
    let build = if dev {
        "dev".to_owned()
    } else {
        build_id(staged)?
    };
    fs::write(&index, page.with_head(&build, dev)?)?;
    if !dev {
        fs::write(staged.join("sw.js"), service_worker(staged, &build)?)?;
    }
    if release && !dev {
        compress(staged)?;
    }
    Ok(())
}

/// The content of a `<meta>` that Trunk.toml has Trunk write.
fn meta_content(html: &str, name: &str) -> Result<String> {
    let start = format!("<meta name=\"{name}\" content=\"");
    let rest = html.split_once(&start).map(|(_, rest)| rest);
    let content = rest.and_then(|rest| rest.split('"').next());
    Ok(content
        .with_context(|| format!("Trunk wrote no <meta name=\"{name}\">: see Trunk.toml"))?
        .to_owned())
}

/// Renames a program's script and wasm by the contents of both and answers the new name.
fn name_by_contents(staged: &Path, old: &str, plain: &str) -> Result<String> {
    let files = |name: &str| {
        [
            staged.join(format!("{name}.js")),
            staged.join(format!("{name}_bg.wasm")),
        ]
    };
    let mut hash = Sha256::new();
    for file in files(old) {
        hash.update(fs::read(&file).with_context(|| format!("Trunk left no {}", file.display()))?);
    }
    let name = format!("{plain}-{}", &hex(&hash.finalize())[..16]);
    for (from, to) in files(old).iter().zip(files(&name)) {
        fs::rename(from, to)?;
    }
    Ok(name)
}

/// Writes the script that a page starts as its worker, and answers its name.
fn write_loader(staged: &Path, worker: &str) -> Result<String> {
    // A rejected promise in a worker reaches nobody; an error thrown does reach its owner.
    let loader = format!(
        "importScripts(\"./{worker}.js\");\n\
         wasm_bindgen({{ module_or_path: \"./{worker}_bg.wasm\" }})\n  \
         .catch((error) => setTimeout(() => {{ throw error; }}));\n"
    );
    let name = format!("{worker}_loader.js");
    fs::write(staged.join(&name), loader)?;
    Ok(name)
}

struct Page<'a> {
    html: &'a str,
    base: &'a str,
    worker: &'a str,
    playground: Option<String>,
}

impl Page<'_> {
    fn with_head(&self, build: &str, dev: bool) -> Result<String> {
        if !self.html.contains(HEAD_MARK) {
            bail!("index.html has lost its line {HEAD_MARK}");
        }
        if !dev && has_inline_script(self.html) {
            bail!("index.html holds an inline script, which the Content-Security-Policy forbids");
        }
        let policy = if dev {
            PAGE_POLICY.replace("script-src", "script-src 'unsafe-inline'")
        } else {
            PAGE_POLICY.to_owned()
        };
        let Page { base, worker, .. } = self;
        let playground = self.playground.iter().map(|script| {
            format!("\n    <meta name=\"leadline-playground\" content=\"{base}{script}\" />")
        });
        let playground: String = playground.collect();
        let head = format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />\n    \
             <meta name=\"leadline-base\" content=\"{base}\" />\n    \
             <meta name=\"leadline-worker\" content=\"{base}{worker}\" />\n    \
             <meta name=\"leadline-build\" content=\"{build}\" />{playground}"
        );
        let html = self.html.replace(HEAD_MARK, &head);
        Ok(address_public_files(&html, base))
    }
}

/// Puts the public URL before the links that carry the mark, and takes the mark away.
fn address_public_files(html: &str, base: &str) -> String {
    let lines = html.lines().map(|line| {
        if line.contains(PUBLIC_MARK) {
            line.replace(PUBLIC_MARK, "")
                .replacen("href=\"", &format!("href=\"{base}"), 1)
        } else {
            line.to_owned()
        }
    });
    lines.map(|line| line + "\n").collect()
}

fn has_inline_script(html: &str) -> bool {
    html.match_indices("<script").any(|(at, _)| {
        let tag = html[at..].split('>').next().unwrap_or_default();
        !tag.contains(" src=")
    })
}

/// The files of the page, relative to its root with forward slashes, in a fixed order.
fn page_files(staged: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    collect(staged, &mut files)?;
    let mut named: Vec<_> = files
        .into_iter()
        .filter_map(|file| {
            let relative = file.strip_prefix(staged).ok()?;
            let parts: Vec<_> = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            Some((parts.join("/"), file))
        })
        .filter(|(name, _)| name != "sw.js" && !name.starts_with('.') && !name.ends_with(".br"))
        .collect();
    named.sort();
    Ok(named)
}

fn build_id(staged: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for (name, file) in page_files(staged)? {
        hash.update(name);
        hash.update(Sha256::digest(fs::read(file)?));
    }
    Ok(hex(&hash.finalize())[..16].to_owned())
}

/// The service worker: its lists of files, then web/shell/sw.js. What the page loads only when
/// somebody opens the playground has a list of its own.
fn service_worker(staged: &Path, build: &str) -> Result<String> {
    let (mut list, mut later) = (String::new(), String::new());
    for (name, file) in page_files(staged)? {
        let integrity = BASE64_STANDARD.encode(Sha256::digest(fs::read(file)?));
        // Some hosts redirect /index.html to /, and a redirected answer cannot open a page.
        let url = if name == "index.html" {
            "./"
        } else {
            name.as_str()
        };
        let url = serde_json::to_string(url)?;
        let list = if name.starts_with(playground::FOLDER) {
            &mut later
        } else {
            &mut list
        };
        list.push_str(&format!("  [{url}, \"sha256-{integrity}\"],\n"));
    }
    let program = read_text(&root().join("web/shell/sw.js"))?;
    Ok(format!(
        "const BUILD = \"{build}\";\nconst FILES = [\n{list}];\nconst LATER = [\n{later}];\n\n{program}"
    ))
}

fn compress(staged: &Path) -> Result<()> {
    let mut files: Vec<_> = page_files(staged)?
        .into_iter()
        .map(|(_, file)| file)
        .collect();
    files.push(staged.join("sw.js"));
    for file in files {
        let kind = file.extension().and_then(|kind| kind.to_str());
        if !kind.is_some_and(|kind| COMPRESSED.contains(&kind)) {
            continue;
        }
        let packed = brotli(&fs::read(&file)?)?;
        fs::write(format!("{}.br", file.display()), packed)?;
    }
    Ok(())
}

/// Bytes as they are sent to browsers.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed =
        brotli::CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW);
    packed.write_all(bytes)?;
    Ok(packed.into_inner())
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HTML: &str = "<head>\n<!-- leadline:head -->\n\
        <link rel=\"icon\" href=\"icons/icon.svg\" data-leadline-public />\n\
        <script src=\"/start.js\"></script>\n</head>\n";

    fn head(html: &str, dev: bool) -> Result<String> {
        let page = Page {
            html,
            base: "/sub/",
            worker: "w.js",
            playground: Some("p/element.js".to_owned()),
        };
        page.with_head("b1", dev)
    }

    #[test]
    fn the_head_names_what_the_page_needs() {
        let html = head(HTML, false).unwrap();
        for part in [
            PAGE_POLICY,
            "name=\"leadline-base\" content=\"/sub/\"",
            "name=\"leadline-worker\" content=\"/sub/w.js\"",
            "name=\"leadline-build\" content=\"b1\"",
            "name=\"leadline-playground\" content=\"/sub/p/element.js\"",
            "href=\"/sub/icons/icon.svg\" />",
        ] {
            assert!(html.contains(part), "{part} is not in:\n{html}");
        }
        assert!(!html.contains("unsafe-inline"));
    }

    #[test]
    fn inline_scripts_are_for_development_only() {
        let html = HTML.replace("</head>", "<script>1</script></head>");
        assert!(head(&html, false).is_err());
        assert!(head(&html, true).unwrap().contains("'unsafe-inline'"));
    }

    #[test]
    fn a_page_without_its_mark_is_refused() {
        assert!(head("<head></head>", false).is_err());
    }
}
