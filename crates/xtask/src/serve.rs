//! Ports and the page's server for the browser tests, on this machine only.

use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{command, end, start};
use crate::project::dist;

/// Where things are served unless something else is asked for.
pub const DEFAULT_PORT: u16 = 8080;
const PORTS_TRIED: u16 = 50;

/// The built page, served until this is dropped.
pub struct Running {
    /// The address of the page.
    pub url: String,
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Serves the built page from a free port, by the bundler.
pub fn page(bundle: &Path, base: &str) -> Result<Running> {
    let mut serve = command(bundle)?;
    serve.arg("serve").arg(dist()).args(["--base", base]);
    let mut child = start(serve.stdout(Stdio::piped()))?;
    let stdout = child.stdout.take().context("no output to read")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let url = line.trim().to_owned();
    let running = Running { url, child };
    if running.url.is_empty() {
        bail!("the page's server did not start");
    }
    Ok(running)
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
