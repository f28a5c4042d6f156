//! `index.html` as Trunk reads it: links and scripts marked `data-trunk` stand for what the build puts
//! there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::files::{self, ContentName};

/// A marked tag.
struct Tag<'a> {
    /// All of it, a script's end included.
    text: &'a str,
    attributes: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Tag<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.attributes.iter().find(|(own, _)| *own == name);
        found.and_then(|(_, value)| *value)
    }
}

/// Copies what the marked tags name out of `root` into `folder`, by names of its contents where it is
/// linked, and answers the page with these names under `base`. Programs are left to the caller: their
/// tags are gone.
pub fn process(html: &str, root: &Path, folder: &Path, base: &str) -> Result<String> {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag, after)) = next_marked(rest)? {
        out.push_str(before);
        out.push_str(&replacement(&tag, root, folder, base)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn replacement(tag: &Tag<'_>, root: &Path, folder: &Path, base: &str) -> Result<String> {
    if let Some(source) = tag.get("src") {
        let name = copy_named(&root.join(source), folder)?;
        let kind = match tag.get("type") {
            Some(kind) => format!(" type=\"{kind}\""),
            None => String::new(),
        };
        return Ok(format!("<script src=\"{base}{name}\"{kind}></script>"));
    }
    let source = tag.get("href").context("a marked link without href")?;
    match tag.get("rel") {
        Some("css") => {
            let name = copy_named(&root.join(source), folder)?;
            Ok(format!("<link rel=\"stylesheet\" href=\"{base}{name}\" />"))
        }
        Some("copy-dir") => {
            files::copy_folder(&root.join(source), folder)?;
            Ok(String::new())
        }
        Some("rust") => Ok(String::new()),
        other => bail!(
            "nothing here does rel={other:?}, as index.html asks: {}",
            tag.text
        ),
    }
}

/// Copies a file under its name with the digest of its contents, which is answered.
fn copy_named(file: &Path, folder: &Path) -> Result<String> {
    let contents = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut digest = ContentName::default();
    digest.add("", &contents);
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (stem, kind) = (part(file.file_stem()), part(file.extension()));
    let name = format!("{stem}-{}.{kind}", digest.finish());
    fs::write(folder.join(&name), contents)?;
    Ok(name)
}

/// The next marked tag, with what is before and behind it. Comments are passed over.
fn next_marked(html: &str) -> Result<Option<(&str, Tag<'_>, &str)>> {
    let mut from = 0;
    while let Some(at) = html[from..].find('<').map(|at| from + at) {
        if html[at..].starts_with("<!--") {
            let end = html[at..].find("-->").context("a comment without end")?;
            from = at + end;
            continue;
        }
        let end = at + html[at..].find('>').context("a tag without end")? + 1;
        let inner = html[at + 1..end - 1].trim_end_matches('/');
        let attributes = attributes(inner);
        if attributes.iter().any(|(name, _)| *name == "data-trunk") {
            let end = match inner.starts_with("script") {
                true => {
                    html[end..]
                        .find("</script>")
                        .context("a script without end")?
                        + end
                        + 9
                }
                false => end,
            };
            let text = &html[at..end];
            return Ok(Some((&html[..at], Tag { text, attributes }, &html[end..])));
        }
        from = end;
    }
    Ok(None)
}

/// The attributes of a tag's inside; our own page quotes every value with `"`.
fn attributes(inner: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut rest = inner.trim_start_matches(|c: char| !c.is_whitespace());
    loop {
        rest = rest.trim_start();
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return found;
        }
        let quoted = after
            .strip_prefix("=\"")
            .and_then(|value| value.split_once('"'));
        match quoted {
            Some((value, after)) => {
                found.push((name, Some(value)));
                rest = after;
            }
            None => {
                found.push((name, None));
                rest = after.trim_start_matches('=');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn marked_tags_are_found_and_comments_passed_over() {
        let html = "<head><!-- <link data-trunk rel=\"css\" href=\"no\"> -->\n\
                    <link rel=\"icon\" href=\"kept\" />\n\
                    <link\n  data-trunk\n  rel=\"css\"\n  href=\"a/b.css\" /><p>\n\
                    <script data-trunk src=\"s.js\" type=\"module\"></script></head>";
        let (before, tag, rest) = next_marked(html).unwrap().unwrap();
        assert!(before.ends_with("href=\"kept\" />\n"));
        assert_eq!(
            (tag.get("rel"), tag.get("href")),
            (Some("css"), Some("a/b.css"))
        );
        let (before, tag, rest) = next_marked(rest).unwrap().unwrap();
        assert_eq!(before, "<p>\n");
        assert_eq!(
            (tag.get("src"), tag.get("type")),
            (Some("s.js"), Some("module"))
        );
        assert_eq!(rest, "</head>");
        assert!(next_marked(rest).unwrap().is_none());
    }

    #[test]
    fn an_unknown_link_is_refused_and_says_so() {
        let html = "<link data-trunk rel=\"sass\" href=\"x\" />";
        let error = process(html, Path::new("."), Path::new("."), "/").unwrap_err();
        assert!(error.to_string().contains("sass"), "{error}");
    }
}
