//! Serves the REST API to the page over a port of its own: an engine in memory, apart from the session and
//! from everything that is stored. The port is `web::api`'s business.

use std::collections::BTreeMap;

use leadline_home::{Answer, Home, Next, Options, Refused, Request, Stream};
use leadline_protocol::{ApiAsk, ApiTell};

/// A larger engine is not kept.
const MOST_KEPT: usize = 1_500_000;

/// A message to the page with the bytes beside it.
pub type Told = (ApiTell, Vec<u8>);

/// One engine and whoever listens to it.
#[derive(Debug, Default)]
pub struct Serving {
    home: Option<Home>,
    streams: BTreeMap<u32, Stream>,
    /// Writes that a snapshot is not tried after.
    unkept: usize,
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
        // What another version kept cannot be read, and is no reason to have no engine.
        let kept = (!kept.is_empty())
            .then(|| Home::restore(kept).ok())
            .flatten();
        let restored = kept.is_some();
        let options = Options {
            seed: Some(seed),
            ..Options::default()
        };
        // A seed alone is never refused.
        self.home = kept.or_else(|| Home::new(&options).ok());
        self.keep(told);
        let now = self.now();
        told.push((ApiTell::Opened { restored, now }, Vec::new()));
    }

    fn send(&mut self, id: u32, request: Request, told: &mut Vec<Told>) {
        let writes = !matches!(request.method.as_str(), "GET" | "HEAD");
        let answer = match &self.home {
            Some(home) => home.send(request),
            None => Err(closed()),
        };
        if writes {
            self.keep(told);
        }
        match answer {
            Ok(answer) => {
                let Answer {
                    status,
                    reason,
                    headers,
                    body,
                    stream,
                } = answer;
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

    /// The engine as it is now. One that is too large would cost as much again after each write, so the
    /// larger it is the more writes pass until it is tried again.
    fn keep(&mut self, told: &mut Vec<Told>) {
        if self.unkept > 0 {
            self.unkept -= 1;
            return;
        }
        let Some(home) = &self.home else { return };
        let snapshot = home.snapshot();
        if snapshot.len() > MOST_KEPT {
            self.unkept = snapshot.len() / MOST_KEPT;
            told.push((ApiTell::Keep, Vec::new()));
        } else {
            told.push((ApiTell::Keep, snapshot));
        }
    }

    fn now(&self) -> String {
        let now = self.home.as_ref().and_then(Home::now);
        now.map(|now| now.to_string()).unwrap_or_default()
    }
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
