//! The server as a home of the API.

mod events;
mod health;
mod outside;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result};
use leadline_api::{
    Calls, Clock, Delivery, Desk, Host, Info, NotStored, Problem, Reply, RequestKey, Row, Stamp,
    Unavailable, Write, Written,
};
use leadline_engine::EngineError;
use leadline_model::{Subscription, SubscriptionId};
use leadline_sim::SessionInput;
use rusqlite::Connection;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use crate::database::wall;
use crate::epochs::{self, Epochs};
use crate::events::kept;
use crate::keys::{self, Keys};
use crate::load::{load, stamp};
use crate::outside::Task;
use crate::writer::{Ticket, Writer};

/// How often a listener hears that the server is still there.
const STILL_HERE: Duration = Duration::from_secs(15);
/// How often a lock that another holds is tried before a thread waits for it.
const SPINS: u32 = 100;
/// Ticks in a row before others get their turn.
const MOST_TICKS: u32 = 100;

/// Why a write is not carried out.
enum Stopped {
    /// It cannot be.
    Refused(Reply),
    /// It could not be stored.
    NotStored(NotStored),
}

/// One organization.
pub struct Organization {
    row: i64,
    public_id: String,
    /// The present life of its data; durable.
    epoch: watch::Sender<String>,
    state: Mutex<State>,
    /// The number of the last change.
    changed: watch::Sender<u64>,
    /// The number of the last announcement that is stored.
    pub announced: watch::Sender<u64>,
    /// Who is told.
    pub subscribers: watch::Sender<Arc<BTreeMap<SubscriptionId, Subscription>>>,
    /// How far each subscription was at the start, and how it goes.
    deliveries: Mutex<BTreeMap<SubscriptionId, (u64, Delivery)>>,
}

impl Organization {
    /// Waits for others on a thread that answers requests, and lets that thread's other requests go
    /// elsewhere if it takes long.
    fn lock(&self) -> MutexGuard<'_, State> {
        // Most hold it for some microseconds, and to step aside costs more than that.
        for _ in 0..SPINS {
            if let Ok(state) = self.state.try_lock() {
                return state;
            }
            std::hint::spin_loop();
        }
        tokio::task::block_in_place(|| lock(&self.state))
    }

    /// The present life of its data.
    fn epoch(&self) -> String {
        self.epoch.borrow().clone()
    }

    /// Whether something panicked while it changed the state, which may be of no journal since.
    /// Nothing is written to it any more, until it is replayed by the next start.
    fn is_broken(&self) -> bool {
        let broken = self.state.is_poisoned();
        if broken {
            tracing::error!("an organization's state is broken by a fault: restart the server");
        }
        broken
    }
}

struct State {
    desk: Desk,
    /// Work since the last snapshot: rows, KiB of them, and fifties of events; each takes some 20 µs to
    /// replay.
    since_snapshot: u64,
    /// Events in all that are counted in it or before.
    events: u64,
}

/// What a server is made of.
pub struct Parts {
    /// How it is run.
    pub info: Info,
    /// For reading what is loaded.
    pub database: Connection,
    /// For finding requests of long ago.
    pub requests: Connection,
    /// Who may ask.
    pub keys: Keys,
    /// Which lives there are.
    pub epochs: Arc<Epochs>,
    /// What stores.
    pub writer: Writer,
    /// Work after which another snapshot is worth its time.
    pub snapshot_work: u64,
}

/// The server.
pub struct Server {
    info: Info,
    /// For reading what is loaded.
    database: Mutex<Connection>,
    /// For finding requests of long ago.
    requests: Mutex<Connection>,
    keys: Keys,
    epochs: Arc<Epochs>,
    /// Held by whoever changes an epoch.
    renewing: tokio::sync::Mutex<()>,
    organizations: RwLock<BTreeMap<i64, Arc<Organization>>>,
    writer: Writer,
    /// What is asked of the outside.
    tasks: Sender<Task>,
    /// Who tells subscribers hears of every organization.
    opened: UnboundedSender<Arc<Organization>>,
    /// Work after which another snapshot is worth its time.
    snapshot_work: u64,
    closing: watch::Sender<bool>,
    /// Whether the keys could not be read when they were needed last.
    keys_unreadable: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // If something in here panicked, an organization says so itself (`is_broken`); of the others the
    // state is as the last step left it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Loads every organization of a database.
    pub fn start(
        parts: Parts,
        tasks: Sender<Task>,
        opened: UnboundedSender<Arc<Organization>>,
    ) -> Result<Server> {
        let Parts {
            info,
            database,
            requests,
            keys,
            epochs,
            writer,
            snapshot_work,
        } = parts;
        let found = keys::organizations(&database, None)?;
        let server = Server {
            info,
            database: Mutex::new(database),
            requests: Mutex::new(requests),
            keys,
            epochs,
            renewing: tokio::sync::Mutex::default(),
            organizations: RwLock::new(BTreeMap::new()),
            writer,
            tasks,
            opened,
            snapshot_work,
            closing: watch::Sender::new(false),
            keys_unreadable: AtomicBool::new(false),
        };
        for organization in found {
            server.open(organization.row)?;
        }
        Ok(server)
    }

    /// An organization, loaded when it is not yet: `keys create` makes new ones while the server runs.
    fn open(&self, row: i64) -> Result<Arc<Organization>> {
        let known = self
            .organizations
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&row)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let mut all = self
            .organizations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&row) {
            return Ok(Arc::clone(known));
        }
        let database = lock(&self.database);
        let found = keys::organizations(&database, Some(row))?
            .pop()
            .context("the organization is gone")?;
        let (mut desk, replayed) = load(&database, &found)?;
        let deliveries = kept::deliveries(&database, row)?;
        let announced = kept::latest(&database, row)?;
        let last = desk.next_seq() - 1;
        let epoch = self.epochs.admit(&database, &found, last)?;
        drop(database);
        let other_life = epoch != found.epoch;
        if other_life {
            desk.begin_life();
        }
        self.writer.stored().note(row, last);
        desk.listen();
        for (id, (_, delivery)) in &deliveries {
            desk.set_delivery(id.clone(), Some(delivery.clone()));
        }
        let now = desk.session().now();
        if self.is_behind(now) {
            tracing::warn!(
                organization = found.public_id.as_str(),
                "its time is {now}, ahead of the system's clock, which was set back since, or it was run with \
                 --clock simulated: nothing is due there until the clock has caught up"
            );
        }
        let world = self.info.calls == Calls::Simulated;
        let was_outside = desk.session().is_answered_outside();
        if desk.session().is_answered_outside() == world {
            self.pass(&mut desk);
            let row = desk.put(SessionInput::AnsweredBy {
                world,
                webhooks: false,
            })?;
            self.writer.append(found.row, row, None);
        }
        tracing::info!(organization = found.public_id.as_str(), replayed, "loaded");
        let organization = Arc::new(Organization {
            row,
            public_id: found.public_id,
            epoch: watch::Sender::new(epoch),
            changed: watch::Sender::new(desk.changes().latest()),
            announced: watch::Sender::new(announced),
            subscribers: watch::Sender::new(Arc::clone(desk.engine().subscriptions())),
            deliveries: Mutex::new(deliveries),
            state: Mutex::new(State {
                since_snapshot: replayed,
                events: desk.engine().total_events(),
                desk,
            }),
        });
        if other_life {
            // So that no later start knows more.
            self.snapshot(&organization, &mut lock(&organization.state));
        }
        all.insert(row, Arc::clone(&organization));
        if self.opened.send(Arc::clone(&organization)).is_err() {
            tracing::debug!("the server ends: subscribers are told after the next start");
        }
        if was_outside && !world {
            self.take_up(&organization);
        }
        Ok(organization)
    }

    /// Brings a desk to the present, where the clock is real.
    fn pass(&self, desk: &mut Desk) {
        if self.info.clock == Clock::Real
            && let Err(error) = desk.pass(wall())
        {
            tracing::error!("time cannot pass: {error}");
        }
    }

    /// Hands a row that just took effect to the writer, and goes on with what follows from it.
    fn keep(&self, organization: &Arc<Organization>, state: &mut State, row: Row) -> Ticket {
        let bytes = row.input.len();
        let news = state.desk.take_news();
        let news = (!news.is_empty()).then(|| (news, organization.announced.clone()));
        let ticket = self.writer.append(organization.row, row, news);
        let subscriptions = state.desk.engine().subscriptions();
        organization.subscribers.send_if_modified(|known| {
            let other = !Arc::ptr_eq(known, subscriptions);
            if other {
                *known = Arc::clone(subscriptions);
            }
            other
        });
        let events = state.desk.engine().total_events();
        let happened = events.saturating_sub(state.events);
        state.events = events;
        state.since_snapshot += 1 + bytes as u64 / 1_024 + happened / 50;
        let latest = state.desk.changes().latest();
        organization.changed.send_replace(latest);
        self.ask_outside(organization, state.desk.take_effects(), state.desk.engine());
        if state.since_snapshot >= self.snapshot_work {
            self.snapshot(organization, state);
        }
        ticket
    }

    fn snapshot(&self, organization: &Organization, state: &mut State) {
        state.since_snapshot = 0;
        let (seq, bytes) = (state.desk.next_seq(), state.desk.snapshot());
        self.writer.snapshot(organization.row, seq, bytes);
    }

    fn all(&self) -> Vec<Arc<Organization>> {
        let all = self
            .organizations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }

    /// Does what is due now, in every organization. While nothing can be stored nothing is due:
    /// what is begun must not be forgotten.
    pub fn tick(&self) {
        if self.writer.trouble().is_some() {
            return;
        }
        for organization in self.all() {
            if organization.is_broken() {
                continue;
            }
            let mut state = lock(&organization.state);
            for _ in 0..MOST_TICKS {
                match self.tick_one(&organization, &mut state) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::error!("a tick failed: {error}");
                        break;
                    }
                }
            }
        }
    }

    /// Whether there was something to do.
    fn tick_one(
        &self,
        organization: &Arc<Organization>,
        state: &mut State,
    ) -> Result<bool, EngineError> {
        let Some(row) = state.desk.tick(wall())? else {
            return Ok(false);
        };
        self.keep(organization, state, row);
        Ok(true)
    }

    /// Ends streams, and keeps a snapshot so that the next start is quick.
    pub fn close(&self) {
        self.closing.send_replace(true);
        for organization in self.all() {
            let mut state = lock(&organization.state);
            if state.since_snapshot > 0 && !organization.is_broken() {
                self.snapshot(&organization, &mut state);
            }
        }
    }

    /// Writes beside the database what is known of it.
    pub fn keep_epochs(&self) -> Result<()> {
        self.epochs.write()
    }

    /// Takes over epochs that somebody else wrote into the database.
    pub fn adopt_epochs(&self) -> Result<()> {
        let _alone = self.renewing.blocking_lock();
        let found = keys::organizations(&lock(&self.database), None)?;
        let all = self.all();
        for organization in all {
            let mut found = found.iter();
            if let Some(found) = found.find(|found| found.row == organization.row)
                && found.epoch != organization.epoch()
            {
                self.begin_epoch(&organization, &found.epoch)?;
            }
        }
        Ok(())
    }

    /// Another life begins; its epoch is durable in the database.
    fn begin_epoch(&self, organization: &Organization, epoch: &str) -> Result<()> {
        let Organization { row, public_id, .. } = organization;
        tracing::warn!(organization = public_id.as_str(), "a new epoch begins");
        self.epochs.set(*row, public_id, epoch);
        self.epochs.write()?;
        organization.epoch.send_replace(epoch.to_owned());
        let mut state = lock(&organization.state);
        state.desk.begin_life();
        self.snapshot(organization, &mut state);
        drop(state);
        let stored = self.writer.sync().blocking_recv();
        stored.context("that another life began cannot be stored")
    }

    /// As [`Host::lost`].
    async fn renew_epoch(&self, organization: &Organization, epoch: &str) -> Result<()> {
        let _alone = self.renewing.lock().await;
        if organization.epoch() != epoch {
            return Ok(());
        }
        let fresh = epochs::fresh()?;
        self.writer.epoch(organization.row, fresh.clone()).await?;
        tokio::task::block_in_place(|| self.begin_epoch(organization, &fresh))
    }

    /// Tells streams to end.
    pub fn end_streams(&self) {
        self.closing.send_replace(true);
    }
}

impl Server {
    /// What a request was answered that was carried out so long ago that the desk does not remember it,
    /// from the journal, which has every one that is durable.
    fn long_ago(
        &self,
        organization: &Organization,
        request: &RequestKey,
    ) -> Result<Option<Stamp>, NotStored> {
        {
            let state = organization.lock();
            let recent = state.desk.recent();
            if recent.has_all() || recent.get(&request.key).is_some() {
                return Ok(None);
            }
        }
        let found = stamp(&lock(&self.requests), organization.row, &request.key);
        found.map_err(|error| {
            tracing::error!("a request of long ago cannot be looked up: {error:#}");
            NotStored::NothingDone
        })
    }
}

impl Host for Server {
    type Organization = Arc<Organization>;

    fn info(&self) -> Info {
        self.info
    }

    fn problems(&self) -> Vec<Problem> {
        self.all_problems()
    }

    fn organization(&self, key: &str) -> Result<Option<Arc<Organization>>, Unavailable> {
        let checked = self.keys.check(key);
        self.keys_unreadable.store(checked.is_err(), Relaxed);
        let row = match checked {
            Ok(None) => return Ok(None),
            Ok(Some(row)) => row,
            Err(error) => {
                tracing::error!("keys cannot be read: {error}");
                return Err(Unavailable);
            }
        };
        match self.open(row) {
            Ok(organization) => Ok(Some(organization)),
            Err(error) => {
                tracing::error!("an organization cannot be loaded: {error:#}");
                Err(Unavailable)
            }
        }
    }

    fn secret(&self) -> Option<String> {
        let made = keys::signing_secret();
        made.inspect_err(|error| tracing::error!("{error:#}")).ok()
    }

    fn long<T>(&self, work: impl FnOnce() -> T) -> T {
        tokio::task::block_in_place(work)
    }

    fn read<T>(&self, organization: &Arc<Organization>, ask: impl FnOnce(&Desk) -> T) -> T {
        let mut state = organization.lock();
        self.pass(&mut state.desk);
        ask(&state.desk)
    }

    fn write(
        &self,
        organization: &Arc<Organization>,
        write: Write,
    ) -> impl Future<Output = Result<Reply, NotStored>> + Send {
        let long = write.is_long();
        let carry_out = || {
            if organization.is_broken() {
                return Ok(None);
            }
            let request = write.request();
            let before = request.map(|request| self.long_ago(organization, request));
            let Ok(before) = before.transpose() else {
                return Ok(None);
            };
            let mut state = organization.lock();
            if self.writer.trouble().is_some() {
                let known =
                    request.is_some_and(|request| state.desk.carried_out(request).is_some());
                return Err(Stopped::NotStored(match known {
                    true => NotStored::Unknown,
                    false => NotStored::NothingDone,
                }));
            }
            self.pass(&mut state.desk);
            if let Some(before) = before.flatten() {
                state.desk.remember(before);
            }
            match state.desk.write(write) {
                Written::Now(reply, row) => {
                    let ticket = self.keep(organization, &mut state, row);
                    Ok(Some((reply, ticket)))
                }
                Written::Before(reply) => Ok(Some((reply, self.writer.sync()))),
                Written::Refused(reply) => Err(Stopped::Refused(reply)),
            }
        };
        let written = match long {
            true => self.long(carry_out),
            false => carry_out(),
        };
        async move {
            match written {
                Ok(Some((reply, ticket))) => {
                    ticket.await.map(|()| reply).map_err(|_| NotStored::Unknown)
                }
                Ok(None) => Err(NotStored::NothingDone),
                Err(Stopped::NotStored(why)) => Err(why),
                Err(Stopped::Refused(refusal)) => Ok(refusal),
            }
        }
    }

    fn carried_out(
        &self,
        organization: &Arc<Organization>,
        request: &RequestKey,
    ) -> Result<Option<Reply>, NotStored> {
        let known = self.read(organization, |desk| desk.carried_out(request).cloned());
        if known.is_some() {
            return Ok(known);
        }
        let found = self.long_ago(organization, request)?;
        let found = found.filter(|found| found.request == *request);
        Ok(found.map(|found| found.reply))
    }

    fn epoch(&self, organization: &Arc<Organization>) -> String {
        organization.epoch()
    }

    async fn lost(&self, organization: &Arc<Organization>, epoch: &str) -> Result<(), NotStored> {
        let renewed = self.renew_epoch(organization, epoch).await;
        renewed.map_err(|error| {
            tracing::error!("a new epoch cannot be stored: {error:#}");
            NotStored::NothingDone
        })
    }

    fn stored(
        &self,
        organization: &Arc<Organization>,
    ) -> impl Future<Output = Result<(), NotStored>> + Send {
        let last = organization.lock().desk.next_seq() - 1;
        let waits = self.writer.stored().of(organization.row) < last;
        let trouble = self.writer.trouble().is_some();
        let ticket = (waits && !trouble).then(|| self.writer.sync());
        async move {
            match ticket {
                Some(ticket) => ticket.await.map_err(|_| NotStored::NothingDone),
                None if waits => Err(NotStored::NothingDone),
                None => Ok(()),
            }
        }
    }

    fn changed(
        &self,
        organization: &Arc<Organization>,
        cursor: u64,
    ) -> impl Future<Output = bool> + Send {
        let mut changed = organization.changed.subscribe();
        let mut closing = self.closing.subscribe();
        let mut epoch = organization.epoch.subscribe();
        async move {
            tokio::select! {
                _ = epoch.changed() => true,
                _ = closing.wait_for(|closing| *closing) => false,
                _ = changed.wait_for(|latest| *latest > cursor) => true,
                () = tokio::time::sleep(STILL_HERE) => true,
            }
        }
    }
}
