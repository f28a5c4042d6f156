//! Serves a built page on this machine, for the browser tests.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use leadline_site::Site;

/// Serves until the process is ended; the first line printed is the address.
pub fn serve(folder: PathBuf, base: &str, port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::new(Site::new(folder, base)));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
            .await
            .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        println!("http://{}{base}", listener.local_addr()?);
        std::io::stdout().flush()?;
        axum::serve(listener, router)
            .await
            .context("the page is not served any more")
    })
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (method, uri) = (request.method(), request.uri());
    site.answer(method, uri, request.headers()).await
}
