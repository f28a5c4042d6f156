//! A small static server for the built page, on this machine only: the right types, the
//! Content-Security-Policy, caching that fits hashed names, and the page itself for every address
//! of the app. Not meant for the open network.

use std::{
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use anyhow::{Context, Result, bail};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

use crate::finish::HEADER_POLICY;
use crate::project::dist;

/// Where the page is served unless something else is asked for.
pub const DEFAULT_PORT: u16 = 8080;
const PORTS_TRIED: u16 = 50;

/// A folder served under a base path such as `/`.
struct Site {
    folder: PathBuf,
    base: String,
}

/// A server that runs until this process ends.
pub struct Running {
    /// The address of the page.
    pub url: String,
    thread: thread::JoinHandle<io::Result<()>>,
}

/// Serves the built page and prints its address; returns only on failure.
pub fn until_stopped(base: &str, port: u16) -> Result<()> {
    let running = start(base, port)?;
    println!("\nLeadline is at\n\n{}\n\nCtrl-C stops it.", running.url);
    match running.thread.join() {
        Ok(ended) => ended.context("the server ended"),
        Err(_) => bail!("the server broke off"),
    }
}

/// Serves the built page from a port, or the next one that is free.
pub fn start(base: &str, port: u16) -> Result<Running> {
    let site = Arc::new(Site {
        folder: dist(),
        base: base.to_owned(),
    });
    let (listener, port) = bind(port)?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let router = Router::new().fallback(answer).with_state(site);
    let thread = thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        })
    });
    Ok(Running {
        url: format!("http://127.0.0.1:{port}{base}"),
        thread,
    })
}

fn bind(first: u16) -> Result<(TcpListener, u16)> {
    for port in first..=first.saturating_add(PORTS_TRIED) {
        match TcpListener::bind(("127.0.0.1", port)) {
            // Asked for port 0, the system chooses one.
            Ok(listener) => {
                let port = listener.local_addr()?.port();
                return Ok((listener, port));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => continue,
            Err(error) => bail!("cannot listen on 127.0.0.1:{port}: {error}"),
        }
    }
    bail!("no free port from {first} on; choose another with --port")
}

/// Small files from this machine's own disk: read at once, without a thread for each.
async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
        set(&mut response, header::ALLOW, "GET, HEAD");
        return response;
    }
    let Some(file) = site.file(request.uri().path()) else {
        return plain(StatusCode::NOT_FOUND, "no such file");
    };
    let accepted = request.headers().get(header::ACCEPT_ENCODING);
    let accepts_brotli = accepted
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|one| one.trim() == "br"));
    let packed = PathBuf::from(format!("{}.br", file.display()));
    let packed = (accepts_brotli && packed.is_file()).then_some(packed);
    let contents = match fs::read(packed.as_ref().unwrap_or(&file)) {
        Ok(contents) => contents,
        Err(error) => {
            let reason = format!("cannot read {}: {error}", file.display());
            return plain(StatusCode::INTERNAL_SERVER_ERROR, reason);
        }
    };
    let mut response = respond(StatusCode::OK, contents);
    set(&mut response, header::CONTENT_TYPE, content_type(&file));
    set(&mut response, header::CACHE_CONTROL, cache_control(&file));
    set(&mut response, header::VARY, "Accept-Encoding");
    if packed.is_some() {
        set(&mut response, header::CONTENT_ENCODING, "br");
    }
    response
}

fn plain(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = respond(status, text);
    set(&mut response, header::CONTENT_TYPE, "text/plain");
    response
}

fn respond(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(
        &mut response,
        header::CONTENT_SECURITY_POLICY,
        HEADER_POLICY,
    );
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    set(&mut response, opener, "same-origin");
    response
}

fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
}

impl Site {
    /// The file for an address: itself, or the page for every address that looks like a place in
    /// the app. Nothing outside of the folder, nothing hidden.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let path = match path.strip_prefix(&self.base) {
            Some(path) => path,
            // The base without its last slash.
            None if format!("{path}/") == self.base => "",
            None => return None,
        };
        let mut file = self.folder.clone();
        let safe = |part: &str| !part.starts_with('.') && !part.contains(['\\', '%', '\0', ':']);
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let last = parts.last().copied().unwrap_or_default();
        if !last.contains('.') {
            return Some(file.join("index.html"));
        }
        if !parts.iter().all(|part| safe(part)) {
            return None;
        }
        file.extend(parts);
        file.is_file().then_some(file)
    }
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|kind| kind.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A name, of a file or its folder, that holds a hash of the contents never changes its meaning; all others are asked for
/// anew each time, index.html and sw.js above all.
fn cache_control(file: &Path) -> &'static str {
    let is_hash = |part: &str| part.len() >= 12 && part.chars().all(|c| c.is_ascii_hexdigit());
    let in_dist = file.strip_prefix(dist()).unwrap_or(file);
    let mut names = in_dist.iter().filter_map(|name| name.to_str());
    let hashed = names.any(|name| name.split(['-', '_', '.']).any(is_hash));
    if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_address_names_the_port_that_was_found() {
        let (listener, port) = bind(0).unwrap();
        assert_ne!(port, 0);
        assert_eq!(listener.local_addr().unwrap().port(), port);
        let (_, next) = bind(port).unwrap();
        assert_ne!(next, port);
    }

    fn site(base: &str) -> Site {
        Site {
            folder: Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf(),
            base: base.to_owned(),
        }
    }

    fn check(base: &str, url: &str, file: Option<&str>) {
        let site = site(base);
        let expected = file.map(|file| site.folder.join(file));
        assert_eq!(site.file(url), expected, "{url} under {base}");
    }

    #[test]
    fn addresses_lead_to_files_or_to_the_page() {
        check("/", "/", Some("index.html"));
        check("/", "/workflows/wfl_1", Some("index.html"));
        check("/", "/src/serve.rs", Some("src/serve.rs"));
        check("/", "/src/absent.rs", None);
        check("/sub/", "/sub", Some("index.html"));
        check("/sub/", "/sub/workflows", Some("index.html"));
        check("/sub/", "/sub/Cargo.toml", Some("Cargo.toml"));
        check("/sub/", "/Cargo.toml", None);
    }

    #[test]
    fn nothing_outside_of_the_folder_is_served() {
        for url in [
            "/../Cargo.toml",
            "/src/../../engine/Cargo.toml",
            "/%2e%2e/engine/Cargo.toml",
            "/.hidden/a.txt",
            "/..\\Cargo.toml",
        ] {
            check("/", url, None);
        }
    }

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        for (name, kept) in [
            ("leadline-web-8f2a77c01b3d4e5f_bg.wasm", true),
            ("start-8f2a77c01b3d4e5f.js", true),
            ("playground-8f2a77c01b3d4e5f/index.js", true),
            ("index.html", false),
            ("sw.js", false),
            ("icon-192.png", false),
        ] {
            assert_eq!(
                cache_control(Path::new(name)).contains("immutable"),
                kept,
                "{name}"
            );
        }
    }
}
