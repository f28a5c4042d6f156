//! The built page beside the API, from one address.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::middleware::{Next, from_fn_with_state};
use leadline_site::Site;

/// The paths of the API, all others are the page's.
fn is_api(path: &str) -> bool {
    let below = path.strip_prefix("/v1");
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || ["/health", "/openapi.json", "/metrics"].contains(&path)
        || leadline_api::PROSE_PATHS.contains(&path)
}

/// Puts the page in a folder before an API.
pub fn before(api: Router, folder: &Path, base: &str) -> Result<Router> {
    if !folder.join("index.html").is_file() {
        bail!(
            "{} holds no index.html: it is no built page",
            folder.display()
        );
    }
    if !base.starts_with('/') || !base.ends_with('/') {
        bail!("--app-base begins and ends with a slash, such as /leadline/");
    }
    let site = Arc::new(Site::new(folder, base));
    Ok(api.layer(from_fn_with_state(site, choose)))
}

async fn choose(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response<Body> {
    if is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let (method, uri) = (request.method(), request.uri());
    site.answer(method, uri, request.headers()).await
}
