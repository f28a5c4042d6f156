//! Serves the built page to the browser tests, on this machine only.

use std::net::TcpListener;
use std::{io, sync::Arc, thread};

use anyhow::{Result, bail};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use leadline_site::Site;

use crate::project::dist;

/// Where things are served unless something else is asked for.
pub const DEFAULT_PORT: u16 = 8080;
const PORTS_TRIED: u16 = 50;

/// A server that runs until this process ends.
pub struct Running {
    /// The address of the page.
    pub url: String,
}

/// Serves the built page from a port, or the next one that is free.
pub fn start(base: &str, port: u16) -> Result<Running> {
    let site = Arc::new(Site::new(dist(), base));
    let (listener, port) = bind(port)?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let router = Router::new().fallback(answer).with_state(site);
    thread::spawn(move || {
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        });
        if let Err(error) = served {
            eprintln!("xtask: the page is not served any more: {error}");
        }
    });
    let url = format!("http://127.0.0.1:{port}{base}");
    Ok(Running { url })
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (method, uri) = (request.method(), request.uri());
    site.answer(method, uri, request.headers()).await
}

/// The port, or the next one that is free.
pub fn bind(first: u16) -> Result<(TcpListener, u16)> {
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
}
