//! The built page as an HTTP service: the right types, the Content-Security-Policy, caching that fits
//! hashed names, brotli where there is a copy, and the page itself for every address of the app.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};

macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; ",
            "img-src 'self' data: blob:; worker-src 'self'; ",
            "connect-src 'self' https: http://localhost:* http://127.0.0.1:*; ",
            "object-src 'none'; base-uri 'none'; form-action 'none'",
            $more
        )
    };
}

/// What a page may do, as it says itself, for hosts that send nothing. [`Site`] adds what a page
/// cannot say.
pub const PAGE_POLICY: &str = policy!("");

/// What a page may do, as it is sent.
const HEADER_POLICY: &str = policy!("; frame-ancestors 'none'");

/// A folder served under a base path.
#[derive(Debug, Clone)]
pub struct Site {
    folder: PathBuf,
    base: String,
}

impl Site {
    /// A folder under a base path such as `/` or `/leadline/`.
    pub fn new(folder: impl Into<PathBuf>, base: impl Into<String>) -> Site {
        let (folder, base) = (folder.into(), base.into());
        Site { folder, base }
    }

    /// The answer to a request.
    pub async fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD");
            set(&mut response, header::ALLOW, "GET, HEAD");
            return response;
        }
        let Some(name) = self.file(uri.path()) else {
            return plain(StatusCode::NOT_FOUND, "no such file");
        };
        let file = self.folder.join(&name);
        let packed = match accepts_brotli(headers) {
            true => read(&PathBuf::from(format!("{}.br", file.display()))).await,
            false => Ok(None),
        };
        let found = match packed {
            Ok(Some(contents)) => Ok(Some((contents, true))),
            Ok(None) => read(&file).await.map(|found| Some((found?, false))),
            Err(error) => Err(error),
        };
        let (contents, packed) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return plain(StatusCode::NOT_FOUND, "no such file"),
            Err(error) => {
                let reason = format!("{} cannot be read: {error}", name.display());
                return plain(StatusCode::INTERNAL_SERVER_ERROR, reason);
            }
        };
        let mut response = respond(StatusCode::OK, contents);
        set(&mut response, header::CONTENT_TYPE, content_type(&name));
        set(&mut response, header::CACHE_CONTROL, cache_control(&name));
        set(&mut response, header::VARY, "Accept-Encoding");
        if packed {
            set(&mut response, header::CONTENT_ENCODING, "br");
        }
        response
    }

    /// The file for an address, inside of the folder: itself, or the page for every address that looks
    /// like a place in the app. Nothing outside of the folder, nothing hidden.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let path = match path.strip_prefix(&self.base) {
            Some(path) => path,
            // The base without its last slash.
            None if format!("{path}/") == self.base => "",
            None => return None,
        };
        let safe = |part: &str| !part.starts_with('.') && !part.contains(['\\', '%', '\0', ':']);
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let last = parts.last().copied().unwrap_or_default();
        if !last.contains('.') {
            return Some("index.html".into());
        }
        let inside = parts.iter().all(|part| safe(part));
        inside.then(|| parts.iter().collect())
    }
}

/// What a file holds; `None` when there is none.
async fn read(file: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match tokio::fs::read(file).await {
        Ok(contents) => Ok(Some(contents)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| value.split(',').any(|one| one.trim() == "br"))
}

fn plain(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    let mut response = respond(status, text);
    set(&mut response, header::CONTENT_TYPE, "text/plain");
    response
}

fn respond(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let policy = header::CONTENT_SECURITY_POLICY;
    set(&mut response, policy, HEADER_POLICY);
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    set(&mut response, opener, "same-origin");
    response
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
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

/// A name, of a file or its folder, that holds a hash of the contents never changes its meaning; all
/// others are asked for anew each time, index.html and sw.js above all.
fn cache_control(name: &Path) -> &'static str {
    let is_hash = |part: &str| part.len() >= 12 && part.chars().all(|c| c.is_ascii_hexdigit());
    let mut names = name.iter().filter_map(|name| name.to_str());
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
    use http_body_util::BodyExt;

    use super::*;

    fn check(base: &str, url: &str, file: Option<&str>) {
        let site = Site::new("dist", base);
        let expected = file.map(PathBuf::from);
        assert_eq!(site.file(url), expected, "{url} under {base}");
    }

    #[test]
    fn addresses_lead_to_files_or_to_the_page() {
        check("/", "/", Some("index.html"));
        check("/", "/workflows/wfl_1", Some("index.html"));
        check("/", "/icons/icon.svg", Some("icons/icon.svg"));
        check("/sub/", "/sub", Some("index.html"));
        check("/sub/", "/sub/workflows", Some("index.html"));
        check("/sub/", "/sub/sw.js", Some("sw.js"));
        check("/sub/", "/sw.js", None);
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
            ("worker-8f2a77c01b3d4e5f/start.js", true),
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

    fn get(site: &Site, path: &str, headers: &HeaderMap) -> (u16, HeaderMap, Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().unwrap();
        runtime.block_on(async {
            let uri = path.parse().unwrap();
            let answer = site.answer(&Method::GET, &uri, headers).await;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes().to_vec();
            (parts.status.as_u16(), parts.headers, body)
        })
    }

    #[test]
    fn files_come_with_their_type_packed_where_possible_under_a_policy() {
        let folder = std::env::temp_dir().join(format!("leadline-site-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("icons")).unwrap();
        for (name, text) in [
            ("index.html", "page"),
            ("a.wasm", "plain"),
            ("a.wasm.br", "packed"),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let site = Site::new(&folder, "/");
        let mut headers = HeaderMap::new();
        let (status, got, body) = get(&site, "/workflows/wfl_1?x=1", &headers);
        assert_eq!((status, body.as_slice()), (200, &b"page"[..]));
        assert_eq!(got[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let policy = got[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with(PAGE_POLICY) && policy.contains("frame-ancestors 'none'"));
        assert_eq!(get(&site, "/a.wasm", &headers).2, b"plain");
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("gzip, br"),
        );
        let (_, got, body) = get(&site, "/a.wasm", &headers);
        assert_eq!(
            (body.as_slice(), &got[header::CONTENT_ENCODING]),
            (&b"packed"[..], &HeaderValue::from_static("br"))
        );
        assert_eq!(got[header::CONTENT_TYPE], "application/wasm");
        assert_eq!(
            get(&site, "/", &headers).2,
            b"page",
            "there is no copy of it"
        );
        for absent in ["/absent.js", "/icons/.", "/index.html/x.js"] {
            assert_eq!(get(&site, absent, &headers).0, 404, "{absent}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
