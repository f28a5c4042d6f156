//! The page's folder: index.html, styles and scripts by names of their contents, the programs of page
//! and worker in a folder each, the service worker, compressed copies.
//!
//! Every name comes from contents, so that an old page never meets a new program. A page that `trunk
//! serve` rebuilds and reloads carries Trunk's inline reload script; such a build is called `dev`,
//! allows inline scripts and registers no service worker.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use leadline_site::PAGE_POLICY;

use crate::brotli;
use crate::files::{self, ContentName};
use crate::html;
use crate::program::{self, Chunks};
use crate::service_worker::{self, is_part_of_the_page};
use crate::sizes::{self, Parts};

/// Where index.html wants what the build has to say.
const HEAD_MARK: &str = "<!-- leadline:head -->";
/// A link to a file of web/public, or a script there, which is copied but not addressed.
const PUBLIC_MARK: &str = " data-leadline-public";
/// Trunk puts its address here when it serves; so a page that holds this is served by Trunk.
const TRUNK_SERVES_MARK: &str = "__TRUNK_ADDRESS__";
/// As the binaries are called in web/Cargo.toml and crates/worker/Cargo.toml.
const PAGE: &str = "leadline-web";
const WORKER: &str = "leadline-worker";
/// What a visitor does first, by the chunks of the page (`web/src/lazy.rs`): draws a workflow, watches the
/// sample, or tries the API.
const JOURNEYS: &[&[&str]] = &[&["designer"], &["begin", "simulate"], &["playground"]];
/// What the worker does for the last (`crates/worker/src/chunks.rs`).
const WORKER_JOURNEYS: &[&[&str]] = &[&["api"]];

/// What every build of the page needs to be told.
#[derive(clap::Args)]
pub struct Source {
    /// The root of the checkout.
    #[arg(long)]
    root: PathBuf,
    /// The folder with the linked `leadline-web.wasm` and `leadline-worker.wasm`.
    #[arg(long)]
    linked: PathBuf,
    /// The path that the page will be served under.
    #[arg(long, default_value = "/")]
    base: String,
    /// How hard to compress, 0 to 11; nothing is compressed without it.
    #[arg(long)]
    quality: Option<u32>,
}

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    source: Source,
    /// The folder of the page; what it held is replaced.
    #[arg(long)]
    out: PathBuf,
}

#[derive(clap::Args)]
pub struct Staged {
    #[command(flatten)]
    source: Source,
    /// The folder where Trunk has staged its build.
    #[arg(long)]
    staged: PathBuf,
}

/// Builds the whole page; what was there stays until there is something to put in its place.
pub fn build(arguments: &Arguments) -> Result<()> {
    let Arguments { source, out } = arguments;
    let next = out.with_extension("next");
    files::fresh(&next)?;
    let html = files::read_text(&source.root.join("index.html"))?;
    let html = html::process(&html, &source.root, &next, &source.base)?;
    assemble(source, &next, &html)?;
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot clear {}", out.display()))?;
    }
    fs::rename(&next, out).with_context(|| format!("cannot make {}", out.display()))
}

/// Finishes what Trunk has staged: it binds programs whole, so its own copies give way to split ones.
pub fn finish(arguments: &Staged) -> Result<()> {
    let Staged { source, staged } = arguments;
    for (name, file) in files::below(staged)? {
        let own = name.starts_with(PAGE) || name.starts_with(WORKER);
        if own || name.starts_with("snippets/") {
            fs::remove_file(file)?;
        }
    }
    let html = files::read_text(&staged.join("index.html"))?;
    assemble(source, staged, &without_trunks_programs(&html))
}

/// The page without the lines by which Trunk preloads its own copies of the programs.
fn without_trunks_programs(html: &str) -> String {
    let names_a_program =
        |line: &&str| line.contains("rel=\"modulepreload\"") || line.contains("as=\"fetch\"");
    let lines = html.lines().filter(|line| !names_a_program(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The programs, as the page names them.
struct Programs {
    page: String,
    worker: String,
}

fn assemble(source: &Source, folder: &Path, html: &str) -> Result<()> {
    let dev = html.contains(TRUNK_SERVES_MARK);
    let (page, page_chunks) = program(source, PAGE, "app", folder, JOURNEYS)?;
    let (worker, worker_chunks) = program(source, WORKER, "worker", folder, WORKER_JOURNEYS)?;
    fs::write(
        folder.join(&worker).join("start.js"),
        format!(
            "import start from \"./{WORKER}.js\";\n\
             // A rejected promise in a worker reaches nobody; an error thrown does reach its owner.\n\
             start({{ module_or_path: new URL(\"./{WORKER}_bg.wasm\", import.meta.url) }})\n  \
             .catch((error) => setTimeout(() => {{ throw error; }}));\n"
        ),
    )?;
    let programs = Programs { page, worker };
    // The id covers index.html as it is without its own id.
    let index = folder.join("index.html");
    fs::write(&index, with_head(html, &source.base, &programs, "", dev)?)?;
    let build = match dev {
        true => "dev".to_owned(),
        false => build_id(folder)?,
    };
    fs::write(
        &index,
        with_head(html, &source.base, &programs, &build, dev)?,
    )?;
    if dev {
        return Ok(());
    }
    let program = source.root.join("web/shell/sw.js");
    fs::write(
        folder.join("sw.js"),
        service_worker::text(folder, &program, &build)?,
    )?;
    sizes::note(
        folder,
        &Parts::of(
            &programs.page,
            &page_chunks,
            &programs.worker,
            &worker_chunks,
        ),
    )?;
    match source.quality {
        Some(quality) => brotli::compress_folder(folder, quality),
        None => Ok(()),
    }
}

/// Binds a program into a folder named by its contents, and answers the folder's name.
fn program(
    source: &Source,
    name: &str,
    short: &str,
    folder: &Path,
    journeys: &[&[&str]],
) -> Result<(String, Chunks)> {
    let place = folder.join(short);
    let linked = source.linked.join(format!("{name}.wasm"));
    let chunks = program::bind(&linked, name, &place, journeys)?;
    let mut digest = ContentName::default();
    digest.add_folder(&place)?;
    let named = format!("{short}-{}", digest.finish());
    fs::rename(place, folder.join(&named))?;
    Ok((named, chunks))
}

fn with_head(
    html: &str,
    base: &str,
    programs: &Programs,
    build: &str,
    dev: bool,
) -> Result<String> {
    if !html.contains(HEAD_MARK) {
        bail!("index.html has lost its line {HEAD_MARK}");
    }
    if !dev && has_inline_script(html) {
        bail!("index.html holds an inline script, which the Content-Security-Policy forbids");
    }
    let policy = match dev {
        true => PAGE_POLICY.replace("script-src", "script-src 'unsafe-inline'"),
        false => PAGE_POLICY.to_owned(),
    };
    let Programs { page, worker } = programs;
    let metas = [
        ("base", base.to_owned()),
        ("script", format!("{base}{page}/{PAGE}.js")),
        ("wasm", format!("{base}{page}/{PAGE}_bg.wasm")),
        ("worker", format!("{base}{worker}/start.js")),
        ("build", build.to_owned()),
    ];
    let metas: String = metas
        .into_iter()
        .map(|(name, content)| {
            format!("\n    <meta name=\"leadline-{name}\" content=\"{content}\" />")
        })
        .collect();
    // The worker's own fetch would not be answered by a preload of the page.
    let preloads = format!(
        "\n    <link rel=\"modulepreload\" href=\"{base}{page}/{PAGE}.js\" />\
         \n    <link rel=\"preload\" href=\"{base}{page}/{PAGE}_bg.wasm\" as=\"fetch\" \
         type=\"application/wasm\" crossorigin />"
    );
    let head = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />{metas}{preloads}"
    );
    Ok(address_public_files(&html.replace(HEAD_MARK, &head), base))
}

/// Puts the public URL before the links that carry the mark, and takes the mark away.
fn address_public_files(html: &str, base: &str) -> String {
    let lines = html.lines().map(|line| {
        if line.contains(PUBLIC_MARK) {
            line.replace(PUBLIC_MARK, "")
                .replacen("href=\"", &format!("href=\"{base}"), 1)
                .replacen("src=\"", &format!("src=\"{base}"), 1)
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

fn build_id(folder: &Path) -> Result<String> {
    let mut digest = ContentName::default();
    for (name, file) in files::below(folder)? {
        if is_part_of_the_page(&name) {
            digest.add(&name, &fs::read(file)?);
        }
    }
    Ok(digest.finish())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HTML: &str = "<head>\n<!-- leadline:head -->\n\
        <link rel=\"icon\" href=\"icons/icon.svg\" data-leadline-public />\n\
        <script src=\"rescue.js\" data-leadline-public></script>\n\
        <script src=\"/start.js\"></script>\n</head>\n";

    fn head(html: &str, dev: bool) -> Result<String> {
        let programs = Programs {
            page: "app-1".to_owned(),
            worker: "worker-2".to_owned(),
        };
        with_head(html, "/sub/", &programs, "b1", dev)
    }

    #[test]
    fn the_head_names_what_the_page_needs() {
        let html = head(HTML, false).unwrap();
        for part in [
            PAGE_POLICY,
            "name=\"leadline-base\" content=\"/sub/\"",
            "name=\"leadline-script\" content=\"/sub/app-1/leadline-web.js\"",
            "name=\"leadline-worker\" content=\"/sub/worker-2/start.js\"",
            "name=\"leadline-build\" content=\"b1\"",
            "href=\"/sub/app-1/leadline-web_bg.wasm\" as=\"fetch\"",
            "href=\"/sub/icons/icon.svg\" />",
            "<script src=\"/sub/rescue.js\"></script>",
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

    #[test]
    fn what_trunk_preloads_of_its_own_is_left_out() {
        let html = "<link rel=\"modulepreload\" href=\"/x.js\">\n<p>\n\
                    <link rel=\"preload\" href=\"/x_bg.wasm\" as=\"fetch\">\n";
        assert_eq!(without_trunks_programs(html), "<p>\n");
    }
}
