//! The server under measurement: the real program, over a folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::client::{Connection, request};

/// The server that runs now.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// From here on the server ends with us when we are told to end.
pub fn end_with_us() -> Result<()> {
    ctrlc::set_handler(|| {
        let id = RUNNING.load(Ordering::SeqCst);
        if id != 0 {
            // It may have ended by itself.
            let _ended = Command::new("kill").arg(id.to_string()).status();
        }
        std::process::exit(130);
    })
    .context("signals cannot be heard")
}

/// A running server.
pub struct Server {
    program: PathBuf,
    data: PathBuf,
    child: Child,
    /// Where it listens.
    pub address: String,
    /// The key of its organization.
    pub key: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data is thrown away.
        RUNNING.store(0, Ordering::SeqCst);
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn spawn(program: &Path, data: &Path) -> Result<(Child, String)> {
    let mut child = Command::new(program)
        .arg("serve")
        .arg("--data")
        .arg(data)
        .args([
            "--listen",
            "127.0.0.1:0",
            "--clock",
            "simulated",
            "--calls",
            "simulated",
        ])
        .env("LEADLINE_LOG", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    let mut line = String::new();
    let stdout = child.stdout.take().context("no output to read")?;
    BufReader::new(stdout).read_line(&mut line)?;
    match line.trim().strip_prefix("listening at http://") {
        Some(address) => Ok((child, address.to_owned())),
        None => bail!("the server did not start: {line}"),
    }
}

impl Server {
    /// Starts the server over a new folder, with one organization.
    pub fn start(program: &Path, data: &Path) -> Result<Server> {
        let made = Command::new(program)
            .args(["keys", "create", "--organization", "Bench", "--data"])
            .arg(data)
            .output()?;
        let made = String::from_utf8(made.stdout)?;
        let key = made.lines().last().context("no key was made")?.to_owned();
        let (child, address) = spawn(program, data)?;
        RUNNING.store(child.id(), Ordering::SeqCst);
        Ok(Server {
            program: program.to_owned(),
            data: data.to_owned(),
            child,
            address,
            key,
        })
    }

    /// Ends it, by force or in order, starts it again, and says how long the end and the start took:
    /// until the first answer.
    pub fn restart(&mut self, by_force: bool) -> Result<(Duration, Duration)> {
        let ending = Instant::now();
        match by_force {
            true => self.child.kill()?,
            false => {
                let id = self.child.id().to_string();
                Command::new("kill").args(["-TERM", &id]).status()?;
            }
        }
        self.child.wait()?;
        let ended = ending.elapsed();
        let starting = Instant::now();
        (self.child, self.address) = spawn(&self.program, &self.data)?;
        RUNNING.store(self.child.id(), Ordering::SeqCst);
        self.ask("GET", "/v1/workflows", "application/json", b"")?;
        Ok((ended, starting.elapsed()))
    }

    /// The answer to a request that must succeed.
    pub fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Value> {
        let mut connection = Connection::open(&self.address)?;
        let (status, answer) = connection.send(&request(method, path, &self.key, kind, body))?;
        if !(200..300).contains(&status) {
            bail!(
                "{method} {path}: {status} {}",
                String::from_utf8_lossy(answer)
            );
        }
        Ok(serde_json::from_slice(answer)?)
    }

    /// As [`Server::ask`], with JSON.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        self.ask(
            method,
            path,
            "application/json",
            body.to_string().as_bytes(),
        )
    }

    /// Megabytes in memory, now and at most; 0 where the system does not say.
    pub fn megabytes(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            Some(kilobytes / 1_024)
        };
        let (now, most) = (value("VmRSS:"), value("VmHWM:"));
        (now.unwrap_or(0), most.unwrap_or(0))
    }
}
