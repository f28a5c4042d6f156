//! `cargo xtask start`: the app and the API together, from one program on this machine.
//!
//! The server is `leadline serve` over the folder `.leadline`, where what is made stays. The first
//! start makes an organization with a key, which is kept beside the data for the next one to show.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::build::{self, Kind, Wanted};
use crate::process::{answer, command, run, say};
use crate::project::{dist, root};
use crate::{serve, setup};

const ORGANIZATION: &str = "Leadline";

/// Builds what is not there yet, then serves the page and the API until it is interrupted.
pub fn run_until_stopped(public_url: Option<&str>, port: u16) -> Result<()> {
    setup::for_page()?;
    let base = build::page(Kind::Quick, public_url, Wanted::Page)?;
    let leadline = build::server()?;
    let data = root().join(".leadline");
    fs::create_dir_all(&data).context("the folder .leadline cannot be made")?;
    let key = key(&leadline, &data)?;
    // Free a moment ago; whoever takes it meanwhile is told of by the server.
    let (listener, port) = serve::bind(port)?;
    drop(listener);
    println!(
        "\nLeadline is at\n\n  http://127.0.0.1:{port}{base}\n\n\
         and its API at http://127.0.0.1:{port}/v1, with the key\n\n  {key}\n\n\
         Calls are simulated; what you make is in .leadline. Ctrl-C stops it.\n\
         This is the quick build; `cargo xtask dist` makes the small and fast one.\n"
    );
    run(command(leadline)?
        .arg("serve")
        .arg("--data")
        .arg(&data)
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .args(["--clock", "real", "--calls", "simulated"])
        .arg("--app")
        .arg(dist())
        .args(["--app-base", &base])
        .env("LEADLINE_LOG", "warn"))
}

/// The key of the first start.
fn key(leadline: &PathBuf, data: &PathBuf) -> Result<String> {
    let file = data.join("key");
    if let Ok(key) = fs::read_to_string(&file) {
        return Ok(key.trim().to_owned());
    }
    say("making an organization with a key");
    let made = answer(
        command(leadline)?
            .args(["keys", "create", "--organization", ORGANIZATION, "--data"])
            .arg(data),
    );
    let Some(key) = made.as_deref().and_then(|text| text.lines().last()) else {
        bail!("no key could be made in {}", data.display());
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut kept = options.open(&file).context("the key cannot be kept")?;
    writeln!(kept, "{key}").context("the key cannot be kept")?;
    Ok(key.to_owned())
}
