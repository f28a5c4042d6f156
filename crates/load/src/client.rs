//! A client that speaks HTTP/1.1 over connections it keeps, and measures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// One connection.
pub struct Connection {
    reader: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    /// Connects to an address such as `127.0.0.1:8080`.
    pub fn open(address: &str) -> Result<Connection> {
        let stream =
            TcpStream::connect(address).with_context(|| format!("nobody answers at {address}"))?;
        stream.set_nodelay(true)?;
        let reader = BufReader::new(stream);
        let body = Vec::new();
        Ok(Connection { reader, body })
    }

    /// Sends a request as it is and reads the answer: its status and body.
    pub fn send(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.reader.get_mut().write_all(request)?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                bail!("the connection was closed");
            }
            let line = line.trim_end();
            if status.is_none() {
                let code = line.split(' ').nth(1).and_then(|code| code.parse().ok());
                status = Some(code.context("no answer of HTTP")?);
            } else if line.is_empty() {
                break;
            } else if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.parse()?;
            }
        }
        self.body.resize(length, 0);
        self.reader.read_exact(&mut self.body)?;
        Ok((status.unwrap_or(0), &self.body))
    }
}

/// A request as bytes.
pub fn request(method: &str, path: &str, key: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// What a run came to.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Requests answered in a second.
    pub per_second: f64,
    /// What 99 of 100 requests took at most.
    pub p99: Duration,
}

/// Sends requests over so many connections at once, each after the answer to the one before, and
/// measures after a warm-up. `make` gets a number that is never the same.
pub fn measure(
    address: &str,
    connections: u64,
    length: Duration,
    make: impl Fn(u64) -> Vec<u8> + Sync,
) -> Result<Figures> {
    let begin = Instant::now() + length / 4;
    let end = begin + length;
    let all: Mutex<Vec<Duration>> = Mutex::default();
    let (make, gathered) = (&make, &all);
    thread::scope(|scope| {
        let one = |worker: u64| -> Result<()> {
            let mut connection = Connection::open(address)?;
            let mut took = Vec::new();
            for number in 0.. {
                let request = make((worker << 32) | number);
                let sent = Instant::now();
                if sent >= end {
                    break;
                }
                let (status, body) = connection.send(&request)?;
                if !(200..300).contains(&status) {
                    bail!("{status}: {}", String::from_utf8_lossy(body));
                }
                if sent >= begin {
                    took.push(sent.elapsed());
                }
            }
            if let Ok(mut all) = gathered.lock() {
                all.extend(took);
            }
            Ok(())
        };
        let workers: Vec<_> = (0..connections)
            .map(|worker| scope.spawn(move || one(worker)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(done) => done,
                Err(_) => bail!("a client broke off"),
            })
    })?;
    let mut took = all.into_inner().unwrap_or_default();
    took.sort_unstable();
    let p99 = took.len().saturating_sub(1) * 99 / 100;
    Ok(Figures {
        per_second: took.len() as f64 / length.as_secs_f64(),
        p99: took.get(p99).copied().unwrap_or_default(),
    })
}
