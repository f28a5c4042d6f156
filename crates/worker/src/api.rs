//! Serves the REST API to the page over a port of its own: an engine in memory, apart from the session and
//! from everything that is stored. The port is `web::api`'s business.
//!
//! What is kept of an engine is its journal, as everywhere: the seed and the requests that changed
//! something. The same requests give the same engine.

use std::collections::BTreeMap;

use leadline_home::{Answer, Home, Next, Options, Refused, Request, Stream};
use leadline_protocol::{ApiAsk, ApiTell};
use serde::{Deserialize, Serialize};

/// A longer journal is not kept.
const MOST_KEPT: usize = 1_500_000;

/// A message to the page with the bytes beside it.
pub type Told = (ApiTell, Vec<u8>);

/// One engine and whoever listens to it.
#[derive(Debug, Default)]
pub struct Serving {
    home: Option<Home>,
    streams: BTreeMap<u32, Stream>,
    journal: Journal,
}

/// What an engine was made by: lines of JSON, after each as many bytes of a body as it says.
#[derive(Debug, Default)]
struct Journal {
    lines: Vec<u8>,
    /// Whether it is longer than what is kept; then nothing is in it.
    too_long: bool,
}

/// A request that changed something, but for its body.
#[derive(Serialize, Deserialize)]
struct Line {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: usize,
}

impl Serving {
    /// Hears a message with the bytes beside it, and answers.
    pub fn hear(&mut self, ask: ApiAsk, bytes: Vec<u8>) -> Vec<Told> {
        let mut told = Vec::new();
        match ask {
            ApiAsk::Open { seed } => self.open(seed, &bytes, &mut told),
            ApiAsk::Send {
                id,
                method,
                target,
                headers,
            } => {
                let request = Request {
                    method,
                    target,
                    headers,
                    body: bytes,
                };
                self.send(id, request, &mut told);
            }
            ApiAsk::Stop { id } => drop(self.streams.remove(&id)),
            ApiAsk::Close => *self = Serving::default(),
        }
        told
    }

    fn open(&mut self, seed: u64, kept: &[u8], told: &mut Vec<Told>) {
        // What another version kept may not be understood, and is no reason to have no engine.
        let restored = !kept.is_empty() && self.replay(kept).is_some();
        if !restored {
            self.journal = Journal::of(seed);
            self.home = home(seed);
        }
        told.push((ApiTell::Keep, self.journal.lines.clone()));
        let now = self.now();
        told.push((ApiTell::Opened { restored, now }, Vec::new()));
    }

    /// Makes the engine of a journal; nothing when one of its requests is refused now.
    fn replay(&mut self, kept: &[u8]) -> Option<()> {
        let (seed, mut rest) = line(kept)?;
        let home = home(serde_json::from_slice(seed).ok()?)?;
        while !rest.is_empty() {
            let (head, after) = line(rest)?;
            let Line {
                method,
                target,
                headers,
                body,
            } = serde_json::from_slice(head).ok()?;
            let (body, after) = after.split_at_checked(body)?;
            let request = Request {
                method,
                target,
                headers,
                body: body.to_vec(),
            };
            let answer = home.send(request).ok();
            answer.filter(|answer| answer.status < 400)?;
            rest = after;
        }
        self.home = Some(home);
        self.journal = Journal {
            lines: kept.to_vec(),
            too_long: false,
        };
        Some(())
    }

    fn send(&mut self, id: u32, request: Request, told: &mut Vec<Told>) {
        let writes = !matches!(request.method.as_str(), "GET" | "HEAD");
        let written = writes.then(|| request.clone());
        let answer = match &self.home {
            Some(home) => home.send(request),
            None => Err(closed()),
        };
        match answer {
            Ok(answer) => {
                let Answer {
                    status,
                    reason,
                    headers,
                    body,
                    stream,
                } = answer;
                // What was refused has changed nothing.
                if let Some(written) = written.filter(|_| status < 400) {
                    self.journal.write(&written, told);
                }
                let head = ApiTell::Answer {
                    id,
                    status,
                    reason: reason.to_owned(),
                    headers,
                    now: self.now(),
                    goes_on: stream.is_some(),
                };
                told.push((head, body));
                if let Some(stream) = stream {
                    self.streams.insert(id, stream);
                }
            }
            Err(Refused { message, .. }) => {
                told.push((ApiTell::Refused { id, message }, Vec::new()));
            }
        }
        // A write may have something to say to whoever listens, and so has a stream that has just begun.
        self.streams.retain(|id, stream| read(*id, stream, told));
    }

    fn now(&self) -> String {
        let now = self.home.as_ref().and_then(Home::now);
        now.map(|now| now.to_string()).unwrap_or_default()
    }
}

impl Journal {
    /// That of an empty engine.
    fn of(seed: u64) -> Journal {
        Journal {
            lines: format!("{seed}\n").into_bytes(),
            too_long: false,
        }
    }

    /// Adds a request and says what is to be kept now.
    fn write(&mut self, request: &Request, told: &mut Vec<Told>) {
        if self.too_long {
            return;
        }
        let line = Line {
            method: request.method.clone(),
            target: request.target.clone(),
            headers: request.headers.clone(),
            body: request.body.len(),
        };
        // Texts and a number always have a form in JSON.
        self.lines
            .extend(serde_json::to_vec(&line).unwrap_or_default());
        self.lines.push(b'\n');
        self.lines.extend(&request.body);
        if self.lines.len() > MOST_KEPT {
            self.lines = Vec::new();
            self.too_long = true;
        }
        told.push((ApiTell::Keep, self.lines.clone()));
    }
}

/// A line and what comes after it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

/// An empty engine. A seed alone is never refused.
fn home(seed: u64) -> Option<Home> {
    let options = Options {
        seed: Some(seed),
        ..Options::default()
    };
    Home::new(&options).ok()
}

fn closed() -> Refused {
    Refused {
        code: "closed",
        message: "This engine is closed.".to_owned(),
    }
}

/// Reads all that a stream has for now; whether it goes on.
fn read(id: u32, stream: &mut Stream, told: &mut Vec<Told>) -> bool {
    loop {
        match stream.read() {
            Next::Bytes(bytes) if bytes.is_empty() => {}
            Next::Bytes(bytes) => told.push((ApiTell::More { id }, bytes.to_vec())),
            Next::NotYet => return true,
            Next::End => {
                told.push((ApiTell::End { id }, Vec::new()));
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests;
