//! One organization at work: its session, what it answered last, what changed.
//!
//! The desk decides and applies; it stores nothing. Every input that took effect comes out as a
//! [`Row`] of the journal. Rows in their order lead back to the same desk, see [`Desk::replay`].

use std::collections::BTreeMap;

use leadline_engine::{Effect, Engine, EngineError, Input, Output, SnapshotError};
use leadline_model::{SubscriptionId, Time};
use leadline_sim::{News, Session, SessionConfig, SessionInput};
use serde::{Deserialize, Serialize};

use crate::write::Done;
use crate::{ApiError, Changes, Recent, Reply, RequestKey, Write};

/// What may happen in one request that lets time pass, so that it holds nobody up for long.
const MOST_AT_ONCE: u64 = 2_000_000;

/// What the journal keeps of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// The organization's time when it took effect.
    pub now: Time,
    /// The input, as JSON.
    pub input: Vec<u8>,
    /// The request behind it and what that was answered, where it had a key.
    pub stamp: Option<Stamp>,
}

/// A request with a key, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What the client called it.
    pub request: RequestKey,
    /// What it was answered.
    pub reply: Reply,
}

/// What came of a write.
#[derive(Debug)]
pub enum Written {
    /// It took effect: the answer may be sent once the row is stored.
    Now(Reply, Row),
    /// It took effect before, and is answered as then, once everything there is by now is stored.
    Before(Reply),
    /// It was refused and changed nothing.
    Refused(Reply),
}

/// Why a row cannot be replayed: the journal is not of this desk, or of another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayError {
    /// The row's number.
    pub seq: u64,
    /// What is wrong with it.
    pub why: String,
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "journal entry {} cannot be replayed: {}",
            self.seq, self.why
        )
    }
}

impl std::error::Error for ReplayError {}

/// How the delivery of a subscription's events goes, by the clock of whoever delivers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delivery {
    /// When an event was accepted last.
    pub last_delivered_at: Option<Time>,
    /// Since when every try has failed; `None` while things are well.
    pub failing_since: Option<Time>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Events that were accepted.
    pub delivered: u64,
    /// Events that were tried for as long as they are, in vain.
    pub given_up: u64,
}

/// One organization at work.
#[derive(Debug)]
pub struct Desk {
    session: Session,
    recent: Recent,
    changes: Changes,
    /// As the host says; not part of the state.
    deliveries: BTreeMap<SubscriptionId, Delivery>,
    /// The number of the next row.
    seq: u64,
}

impl Desk {
    /// A new organization.
    pub fn new(config: SessionConfig) -> Desk {
        Desk::with(Session::new(config), 1)
    }

    /// The state that [`Desk::snapshot`] gave, before the row of a number.
    pub fn restore(snapshot: &[u8], seq: u64) -> Result<Desk, SnapshotError> {
        let damaged = || SnapshotError::Damaged("it ends too early".to_owned());
        let (length, rest) = snapshot.split_first_chunk().ok_or_else(damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
        let (session, changes) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let mut desk = Desk::with(Session::restore(session)?, seq);
        let taken = desk.changes.take_over(changes);
        taken.map_err(|error| SnapshotError::Damaged(error.to_string()))?;
        Ok(desk)
    }

    fn with(session: Session, seq: u64) -> Desk {
        Desk {
            changes: Changes::new(seq, session.engine()),
            recent: Recent::default(),
            deliveries: BTreeMap::new(),
            session,
            seq,
        }
    }

    /// The state as bytes, before the row of number [`Desk::next_seq`].
    pub fn snapshot(&self) -> Vec<u8> {
        let session = self.session.snapshot();
        let mut bytes = Vec::with_capacity(session.len() + 1_024);
        bytes.extend_from_slice(&(session.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&session);
        bytes.extend_from_slice(&self.changes.snapshot());
        bytes
    }

    /// The number of the next row.
    pub fn next_seq(&self) -> u64 {
        self.seq
    }

    /// The session, to ask.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The engine, to ask.
    pub fn engine(&self) -> &Engine {
        self.session.engine()
    }

    /// What changed last.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Remembers a request that was carried out before the rows that are replayed.
    pub fn remember(&mut self, stamp: Stamp) {
        self.recent.put(stamp.request, stamp.reply);
    }

    /// There are more requests than are remembered here.
    pub fn forget(&mut self) {
        self.recent.forget();
    }

    /// The requests remembered.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// What a request that is remembered was answered.
    pub fn carried_out(&self, request: &RequestKey) -> Option<&Reply> {
        let (fingerprint, reply) = self.recent.get(&request.key)?;
        (fingerprint == request.fingerprint).then_some(reply)
    }

    /// Everything is replayed: what changes from here on is told.
    pub fn begin(&mut self) {
        self.changes.after_restart(self.session.engine());
        // What was asked for before is known from the state.
        self.session.take_effects();
    }

    /// Another life begins: whoever comes with a cursor of the one before has to read everything again.
    pub fn begin_life(&mut self) {
        self.changes.forget();
    }

    /// Takes a row of the journal again.
    pub fn replay(&mut self, row: &Row) -> Result<(), ReplayError> {
        let failed = |why: String| ReplayError { seq: row.seq, why };
        if row.seq != self.seq {
            return Err(failed(format!("entry {} was expected", self.seq)));
        }
        let input: SessionInput =
            serde_json::from_slice(&row.input).map_err(|error| failed(error.to_string()))?;
        let output = self
            .pass(row.now)
            .and_then(|()| self.session.apply(&input))
            .map_err(|error| failed(error.to_string()))?;
        self.changes
            .note(row.seq, &input, Some(&output), self.session.engine());
        self.session.take_effects();
        if let Some(stamp) = row.stamp.clone() {
            self.remember(stamp);
        }
        self.seq += 1;
        Ok(())
    }

    /// Lets time pass on a host with a real clock, without a tick; see [`Session::pass`]. An instant
    /// that is past already changes nothing.
    pub fn pass(&mut self, now: Time) -> Result<(), EngineError> {
        match now > self.session.now() {
            true => self.session.pass(now),
            false => Ok(()),
        }
    }

    /// Does everything due now on a host with a real clock; `None` when nothing is.
    pub fn tick(&mut self, now: Time) -> Result<Option<Row>, EngineError> {
        self.pass(now)?;
        let now = self.session.now();
        if self.engine().next_due().is_none_or(|due| due > now) {
            return Ok(None);
        }
        self.put(SessionInput::Apply { input: Input::Tick })
            .map(Some)
    }

    /// Puts an input in that comes from the host itself: the result of an action, the status of a
    /// call, who answers calls.
    pub fn put(&mut self, input: SessionInput) -> Result<Row, EngineError> {
        let now = self.session.now();
        let output = self.session.apply(&input)?;
        Ok(self.row(now, &input, Some(&output)))
    }

    /// Carries out a write, unless it was carried out before.
    pub fn write(&mut self, write: Write) -> Written {
        if let Some(request) = &write.request
            && let Some((fingerprint, reply)) = self.recent.get(&request.key)
        {
            if fingerprint == request.fingerprint {
                return Written::Before(reply.clone());
            }
            let message = "This Idempotency-Key was used for another request; take a new one.";
            return refused(ApiError::conflict("idempotency_key_reused", message));
        }
        let now = self.session.now();
        let (input, done) = match self.apply(write.plan) {
            Ok(applied) => applied,
            Err(error) => return refused(error),
        };
        let output = match &done {
            Done::Output(output) => Some(output.clone()),
            Done::Advanced(_) => None,
        };
        let mut row = self.row(now, &input, output.as_ref());
        // It took effect: if its answer cannot be made, that is what is answered.
        let reply =
            (write.answer)(self.session.engine(), done).unwrap_or_else(ApiError::into_reply);
        if let Some(request) = write.request {
            let stamp = Stamp {
                request,
                reply: reply.clone(),
            };
            self.remember(stamp.clone());
            row.stamp = Some(stamp);
        }
        Written::Now(reply, row)
    }

    fn apply(
        &mut self,
        plan: impl FnOnce(&Engine) -> Result<SessionInput, ApiError>,
    ) -> Result<(SessionInput, Done), ApiError> {
        let input = plan(self.session.engine())?;
        let done = match &input {
            SessionInput::Advance { to } => {
                let advanced = self.session.advance(*to, MOST_AT_ONCE)?;
                // The journal has how far it came.
                let to = advanced.now;
                return Ok((SessionInput::Advance { to }, Done::Advanced(advanced)));
            }
            input => Done::Output(self.session.apply(input)?),
        };
        Ok((input, done))
    }

    fn row(&mut self, now: Time, input: &SessionInput, output: Option<&Output>) -> Row {
        let seq = self.seq;
        self.seq += 1;
        self.changes.note(seq, input, output, self.session.engine());
        Row {
            seq,
            now,
            // Inputs are made of texts, numbers and lists: there is nothing JSON cannot hold.
            input: serde_json::to_vec(input).unwrap_or_default(),
            stamp: None,
        }
    }

    /// What the engine asked of the host since this was asked last; nothing while the simulated
    /// world answers.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        self.session.take_effects()
    }
}

impl Desk {
    /// From here on [`Desk::take_news`] is asked for what subscribers are to be told.
    pub fn listen(&mut self) {
        self.session.listen();
    }

    /// What subscribers are to be told since this was asked last.
    pub fn take_news(&mut self) -> Vec<News> {
        self.session.take_news()
    }

    /// How the delivery of a subscription's events goes; at its beginning where nobody delivers.
    pub fn delivery(&self, id: &SubscriptionId) -> Delivery {
        self.deliveries.get(id).cloned().unwrap_or_default()
    }

    /// The host says how a delivery goes; `None`: the subscription is gone.
    pub fn set_delivery(&mut self, id: SubscriptionId, delivery: Option<Delivery>) {
        match delivery {
            Some(delivery) => self.deliveries.insert(id, delivery),
            None => self.deliveries.remove(&id),
        };
    }
}

fn refused(error: ApiError) -> Written {
    Written::Refused(error.into_reply())
}
