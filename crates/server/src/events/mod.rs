//! Telling subscribers what happened: each event is posted at least once, signed, until it is
//! accepted, to public addresses unless the server was told otherwise.
//!
//! One task for each organization decides what goes when ([`line`]); what has to be told lies in the
//! database ([`kept`]) from the transaction of the input that caused it until every subscription is
//! past it, so neither a restart nor a receiver that is down loses anything or holds up the engine.

pub mod kept;
mod line;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::http::Request;
use leadline_api::Delivery;
use leadline_model::{Subscription, SubscriptionId};
use leadline_sim::News;
use rusqlite::Connection;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::database::wall;
use crate::host::Organization;
use crate::metrics::Metrics;
use crate::outside::{Client, sign};
use crate::writer::Writer;
use line::{Line, Verdict};

/// The longest a receiver may take to accept an event.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Events after which the progress of a busy subscription is stored.
const STORED_EVERY: u64 = 100;
/// Characters of an error that are kept.
const MOST_OF_ERROR: usize = 500;

/// What all organizations share.
pub struct Announcer {
    /// For reading.
    pub database: Mutex<Connection>,
    /// For how far each subscription is.
    pub writer: Writer,
    /// Posts.
    pub client: Client,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// Organizations as they are opened; made before the server, its other end read after it.
pub fn queue() -> (
    UnboundedSender<Arc<Organization>>,
    UnboundedReceiver<Arc<Organization>>,
) {
    unbounded_channel()
}

/// Tells the subscribers of every organization that is opened, for as long as the runtime runs.
pub async fn run(announcer: Announcer, mut opened: UnboundedReceiver<Arc<Organization>>) {
    let announcer = Arc::new(announcer);
    while let Some(organization) = opened.recv().await {
        tokio::spawn(tell(Arc::clone(&announcer), organization));
    }
}

/// One subscription.
struct Told {
    /// Tells it from what it was before it was made active again.
    generation: u64,
    subscription: Subscription,
    line: Line,
    delivery: Delivery,
    /// The progress that is stored.
    stored: u64,
}

/// What came of one post.
struct Sent {
    id: SubscriptionId,
    generation: u64,
    number: u64,
    error: Option<String>,
}

struct Teller {
    announcer: Arc<Announcer>,
    organization: Arc<Organization>,
    told: BTreeMap<SubscriptionId, Told>,
    sending: JoinSet<Sent>,
    /// The announcements read last.
    page: Vec<News>,
    forgotten: u64,
    generations: u64,
}

async fn tell(announcer: Arc<Announcer>, organization: Arc<Organization>) {
    let mut latest = organization.announced.subscribe();
    let mut subscribers = organization.subscribers.subscribe();
    let mut teller = Teller {
        announcer,
        organization,
        told: BTreeMap::new(),
        sending: JoinSet::new(),
        page: Vec::new(),
        forgotten: 0,
        generations: 0,
    };
    loop {
        let now = Instant::now();
        // In this order: what is stored after a subscription was made must not be forgotten before
        // the subscription is known.
        let number = *latest.borrow_and_update();
        let all = Arc::clone(&subscribers.borrow_and_update());
        teller.take_over(&all, now);
        teller.send(number, now);
        teller.forget(number);
        let told = teller.told.values();
        let wakes = told.filter_map(|told| told.line.wakes(number)).min();
        let woken = async {
            match wakes {
                Some(at) => tokio::time::sleep_until(at.max(now + MOMENT).into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = latest.changed() => if changed.is_err() { return },
            changed = subscribers.changed() => if changed.is_err() { return },
            Some(sent) = teller.sending.join_next() => match sent {
                Ok(sent) => teller.settle(sent),
                Err(error) => tracing::error!("an event was not sent: {error}"),
            },
            () = woken => {}
        }
    }
}

/// So that an instant that has come does not wake again and again.
const MOMENT: Duration = Duration::from_millis(5);

impl Teller {
    /// Takes the subscriptions over as they are now.
    fn take_over(&mut self, all: &BTreeMap<SubscriptionId, Subscription>, now: Instant) {
        let row = self.organization.row();
        // One that was made active again in the meantime begins anew.
        self.told.retain(|id, told| {
            let same = |one: &&Subscription| one.active && one.since == told.subscription.since;
            all.get(id).filter(same).is_some()
        });
        for id in self.organization.known_deliveries() {
            if !all.contains_key(&id) {
                self.organization.set_delivery(id.clone(), None);
                self.announcer.writer.delivery(row, id, None);
            }
        }
        for (id, subscription) in all.iter().filter(|(_, one)| one.active) {
            let told = self.told.entry(id.clone()).or_insert_with(|| {
                let (done, delivery) = self.organization.known_delivery(id);
                let done = done.max(subscription.since);
                self.generations += 1;
                Told {
                    generation: self.generations,
                    subscription: subscription.clone(),
                    line: Line::new(done),
                    delivery,
                    stored: done,
                }
            });
            if told.subscription != *subscription {
                told.subscription = subscription.clone();
                told.line.hurry(now);
            }
        }
    }

    /// Sends what is to be sent now.
    fn send(&mut self, latest: u64, now: Instant) {
        let mut told = std::mem::take(&mut self.told);
        for one in told.values_mut() {
            while let Some(number) = one.line.take(now, latest) {
                match self.news(number) {
                    Ok(Some(news)) if one.subscription.events.contains(&news.what.kind()) => {
                        self.post(one, &news);
                    }
                    Ok(_) => one.line.skip(number),
                    Err(error) => {
                        // Damage is told of, and does not stop what comes after it.
                        tracing::error!("event {number} cannot be told: {error:#}");
                        one.delivery.given_up += 1;
                        one.line.skip(number);
                    }
                }
            }
            self.keep(one, false);
        }
        self.told = told;
    }

    fn news(&mut self, number: u64) -> Result<Option<News>> {
        let at = |page: &[News]| {
            let first = page.first()?.number;
            let index = usize::try_from(number.checked_sub(first)?).ok()?;
            page.get(index).copied()
        };
        if at(&self.page).is_none() {
            let database = &self.announcer.database;
            let database = database.lock().unwrap_or_else(PoisonError::into_inner);
            self.page = kept::page(&database, self.organization.row(), number)?;
        }
        Ok(at(&self.page))
    }

    fn post(&mut self, told: &Told, news: &News) {
        let (subscription, generation) = (&told.subscription, told.generation);
        let (id, number) = (subscription.id.clone(), news.number);
        let message = self.organization.message(news);
        let (url, secret) = (subscription.url.clone(), subscription.secret.clone());
        let announcer = Arc::clone(&self.announcer);
        self.sending.spawn_blocking(move || {
            let body = message.to_string().into_bytes();
            let event = message["id"].as_str().unwrap_or_default();
            let request = Request::builder()
                .method("POST")
                .uri(url)
                .header("content-type", "application/json")
                .header("idempotency-key", event)
                .header("leadline-signature", sign(&secret, wall().0, &body))
                .body(body);
            let error = match request {
                Err(error) => Some(error.to_string()),
                Ok(request) => match announcer.client.send(request, TIMEOUT) {
                    Ok(answer) if (200..300).contains(&answer.status) => None,
                    Ok(answer) => Some(format!("it answered {}", answer.status)),
                    Err(error) => Some(error),
                },
            };
            Sent {
                id,
                generation,
                number,
                error,
            }
        });
    }

    fn settle(&mut self, sent: Sent) {
        let current = self.told.get(&sent.id).map(|told| told.generation);
        if current != Some(sent.generation) {
            return;
        }
        let Some(mut told) = self.told.remove(&sent.id) else {
            return;
        };
        let verdict = told
            .line
            .settle(sent.number, sent.error.is_none(), Instant::now());
        let (delivery, metrics) = (&mut told.delivery, &self.announcer.metrics);
        metrics.told(verdict == Verdict::Accepted, verdict == Verdict::GivenUp);
        match sent.error {
            None => {
                delivery.delivered += 1;
                delivery.last_delivered_at = Some(wall());
                delivery.failing_since = None;
            }
            Some(error) => {
                if delivery.failing_since.is_none() {
                    delivery.failing_since = Some(wall());
                    tracing::warn!(subscription = %sent.id, error, "events are not accepted");
                }
                delivery.last_error = Some(error.chars().take(MOST_OF_ERROR).collect());
            }
        }
        if verdict == Verdict::GivenUp {
            delivery.given_up += 1;
            tracing::error!(subscription = %sent.id, number = sent.number, "an event is given up");
        }
        self.keep(&mut told, verdict != Verdict::Accepted);
        self.organization
            .set_delivery(sent.id.clone(), Some(told.delivery.clone()));
        tracing::debug!(subscription = %sent.id, number = sent.number, "an event was answered");
        self.told.insert(sent.id, told);
    }

    /// Stores how far a subscription is, now and then while it is busy.
    fn keep(&self, told: &mut Told, at_once: bool) {
        let done = told.line.done();
        let far = done >= told.stored + STORED_EVERY;
        if at_once || far || (told.line.is_idle() && done > told.stored) {
            told.stored = done;
            let progress = Some((done, told.delivery.clone()));
            let (row, id) = (self.organization.row(), told.subscription.id.clone());
            self.announcer.writer.delivery(row, id, progress);
        }
    }

    /// Forgets what every subscription is past.
    fn forget(&mut self, latest: u64) {
        let past = self.told.values().map(|told| told.stored).min();
        let past = past.unwrap_or(latest);
        if past > self.forgotten {
            self.forgotten = past;
            self.announcer.writer.forget(self.organization.row(), past);
        }
    }
}
