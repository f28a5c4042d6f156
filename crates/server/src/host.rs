//! The server as a home of the API.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use leadline_api::{Calls, Clock, Desk, Host, Info, NotStored, Reply, Write, Written};
use leadline_engine::{
    ActionResult, CallFilter, CallRef, CallReport, Effect, EngineError, Input, LeadRef,
};
use leadline_model::{CallStatus, LeadId, Webhook};
use leadline_sim::SessionInput;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::database::wall;
use crate::keys;
use crate::load::load;
use crate::outside::Task;
use crate::writer::{Ticket, Writer};

/// Rows after which a snapshot is worth its time.
const SNAPSHOT_ROWS: u64 = 20_000;
/// How often a listener hears that the server is still there.
const STILL_HERE: Duration = Duration::from_secs(15);
/// Ticks in a row before others get their turn.
const MOST_TICKS: u32 = 100;

/// One organization.
pub struct Organization {
    row: i64,
    state: Mutex<State>,
    /// The number of the last change.
    changed: watch::Sender<u64>,
}

struct State {
    desk: Desk,
    /// Rows since the last snapshot.
    since_snapshot: u64,
}

/// The server.
pub struct Server {
    info: Info,
    /// For reading: keys, and what is loaded.
    database: Mutex<Connection>,
    organizations: RwLock<BTreeMap<i64, Arc<Organization>>>,
    writer: Writer,
    /// What is asked of the outside.
    tasks: Sender<Task>,
    closing: watch::Sender<bool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here panics; if something did, the state is as the last step left it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Loads every organization of a database.
    pub fn start(
        info: Info,
        database: Connection,
        writer: Writer,
        tasks: Sender<Task>,
    ) -> Result<Server> {
        let found = keys::organizations(&database, None)?;
        let server = Server {
            info,
            database: Mutex::new(database),
            organizations: RwLock::new(BTreeMap::new()),
            writer,
            tasks,
            closing: watch::Sender::new(false),
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
        drop(database);
        if self.info.clock == Clock::Real && desk.session().now().0 > wall().0 + 60_000 {
            bail!(
                "the time of organization {} is {}, ahead of the system's clock: it was run with --clock simulated",
                found.public_id,
                desk.session().now()
            );
        }
        let world = self.info.calls == Calls::Simulated;
        let was_outside = desk.session().is_answered_outside();
        if desk.session().is_answered_outside() == world {
            self.pass(&mut desk);
            let row = desk.put(SessionInput::AnsweredBy { world })?;
            self.writer.append_unheard(found.row, row);
        }
        tracing::info!(organization = found.public_id, replayed, "loaded");
        let organization = Arc::new(Organization {
            row,
            changed: watch::Sender::new(desk.changes().latest()),
            state: Mutex::new(State {
                desk,
                since_snapshot: replayed,
            }),
        });
        all.insert(row, Arc::clone(&organization));
        if was_outside && !world {
            self.take_up(&organization);
        }
        Ok(organization)
    }

    /// Takes up what was asked of the outside and is not answered: webhooks are delivered again, and
    /// calls that nobody began to dial are dialled.
    fn take_up(&self, organization: &Arc<Organization>) {
        let state = lock(&organization.state);
        let engine = state.desk.engine();
        for (lead, _) in engine.actions_under_way() {
            if let Some((.., ordinal)) = engine.action_request(lead) {
                self.task(Task::Webhook(Arc::clone(organization), lead, ordinal));
            }
        }
        let created = CallFilter {
            status: Some(CallStatus::Created),
            ..CallFilter::default()
        };
        // Without a filter by workflow nothing can be unknown.
        let calls = engine.calls(&created, 1, u64::MAX).map(|page| page.data);
        for log in calls.unwrap_or_default() {
            if let Ok(call) = engine.find_call(&log.id) {
                self.task(Task::Dial(Arc::clone(organization), call, log.attempt));
            }
        }
    }

    fn task(&self, task: Task) {
        if self.tasks.send(task).is_err() {
            tracing::error!("nobody performs what is asked of the outside");
        }
    }

    /// Brings a desk to the present, where the clock is real.
    fn pass(&self, desk: &mut Desk) {
        if self.info.clock == Clock::Real
            && let Err(error) = desk.pass(wall())
        {
            tracing::error!("time cannot pass: {error}");
        }
    }

    /// After rows were handed to the writer.
    fn wrote(&self, organization: &Arc<Organization>, state: &mut State, rows: u64) {
        state.since_snapshot += rows;
        let latest = state.desk.changes().latest();
        organization.changed.send_replace(latest);
        for effect in state.desk.take_effects() {
            let organization = Arc::clone(organization);
            let engine = state.desk.engine();
            match effect {
                Effect::PlaceCall { call, attempt } => {
                    self.task(Task::Dial(organization, call, attempt.into()));
                }
                Effect::PerformAction { lead } => {
                    if let Some((.., ordinal)) = engine.action_request(lead) {
                        self.task(Task::Webhook(organization, lead, ordinal));
                    }
                }
            }
        }
        if state.since_snapshot >= SNAPSHOT_ROWS {
            self.snapshot(organization, state);
        }
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

    /// Does what is due now, in every organization.
    pub fn tick(&self) {
        for organization in self.all() {
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
        self.writer.append_unheard(organization.row, row);
        self.wrote(organization, state, 1);
        Ok(true)
    }

    /// The webhook of a lead's action, once everything up to it is stored; `None` when that action is
    /// over. Waits for the store.
    pub fn webhook(
        &self,
        organization: &Organization,
        lead: LeadRef,
        ordinal: u32,
    ) -> Option<Webhook> {
        self.writer.sync().blocking_recv().ok()?;
        let state = lock(&organization.state);
        let (request, .., now) = state.desk.engine().action_request(lead)?;
        (now == ordinal).then(|| request.webhook.clone())
    }

    /// The id of a lead.
    pub fn lead_id(&self, organization: &Organization, lead: LeadRef) -> LeadId {
        lock(&organization.state).desk.engine().lead_id(lead)
    }

    /// Reports what came of a lead's action, unless that is over.
    pub fn report_action(
        &self,
        organization: &Arc<Organization>,
        lead: LeadRef,
        ordinal: u32,
        result: ActionResult,
    ) {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let engine = state.desk.engine();
        let current = engine
            .action_request(lead)
            .is_some_and(|(.., now)| now == ordinal);
        if let Some((workflow_id, _)) = engine.mark(lead.flow).filter(|_| current) {
            let (workflow_id, lead_id) = (workflow_id.clone(), engine.lead_id(lead));
            let input = Input::ReportAction {
                workflow_id,
                lead_id,
                result,
            };
            self.put(organization, &mut state, input);
        }
    }

    /// Begins to dial a call that nobody has begun to dial: what the dialer has to know, and when it
    /// is stored that the dialing began.
    pub fn begin_dial(
        &self,
        organization: &Arc<Organization>,
        call: CallRef,
        attempt: u32,
    ) -> Option<(serde_json::Value, Ticket)> {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let engine = state.desk.engine();
        let log = engine.call_log(call);
        if log.status != CallStatus::Created || log.attempt != attempt {
            return None;
        }
        let agent = log.agent_id.as_ref().and_then(|id| engine.agents().get(id));
        let lead = engine.lead(&log.workflow_id, &log.lead_id).ok();
        let (shown, rings) = engine.dialled_with(call);
        let order = serde_json::json!({
            "call_id": log.id,
            "attempt": attempt,
            "phone_number": log.phone_number,
            "from_phone_number": shown,
            "ring_timeout_seconds": rings,
            "agent": agent,
            "workflow_id": log.workflow_id,
            "node_id": log.node_id,
            "lead": lead,
        });
        let report = CallReport::of(CallStatus::Initiated);
        let input = Input::ReportCall {
            call_id: log.id,
            report,
        };
        self.put(organization, &mut state, input)?;
        Some((order, self.writer.sync()))
    }

    /// Reports the status of a call.
    pub fn report_call(&self, organization: &Arc<Organization>, call: CallRef, report: CallReport) {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        let call_id = state.desk.engine().call_id(call);
        self.put(
            organization,
            &mut state,
            Input::ReportCall { call_id, report },
        );
    }

    fn put(&self, organization: &Arc<Organization>, state: &mut State, input: Input) -> Option<()> {
        match state.desk.put(SessionInput::Apply { input }) {
            Ok(row) => {
                self.writer.append_unheard(organization.row, row);
                self.wrote(organization, state, 1);
                Some(())
            }
            Err(error) => {
                // The call or the step ended in the meantime.
                tracing::debug!("a report came too late: {error}");
                None
            }
        }
    }

    /// Ends streams, and keeps a snapshot so that the next start is quick.
    pub fn close(&self) {
        self.closing.send_replace(true);
        for organization in self.all() {
            let mut state = lock(&organization.state);
            if state.since_snapshot > 0 {
                self.snapshot(&organization, &mut state);
            }
        }
    }

    /// Tells streams to end.
    pub fn end_streams(&self) {
        self.closing.send_replace(true);
    }
}

impl Host for Server {
    type Organization = Arc<Organization>;

    fn info(&self) -> Info {
        self.info
    }

    fn organization(&self, key: &str) -> Option<Arc<Organization>> {
        let row = match keys::check(&lock(&self.database), key) {
            Ok(row) => row?,
            Err(error) => {
                tracing::error!("keys cannot be read: {error}");
                return None;
            }
        };
        match self.open(row) {
            Ok(organization) => Some(organization),
            Err(error) => {
                tracing::error!("an organization cannot be loaded: {error:#}");
                None
            }
        }
    }

    fn read<T>(&self, organization: &Arc<Organization>, ask: impl FnOnce(&Desk) -> T) -> T {
        let mut state = lock(&organization.state);
        self.pass(&mut state.desk);
        ask(&state.desk)
    }

    fn write(
        &self,
        organization: &Arc<Organization>,
        write: Write,
    ) -> impl Future<Output = Result<Reply, NotStored>> + Send {
        let written = {
            let mut state = lock(&organization.state);
            self.pass(&mut state.desk);
            match state.desk.write(write) {
                Written::Now(reply, row) => {
                    let ticket = self.writer.append(organization.row, row);
                    self.wrote(organization, &mut state, 1);
                    Ok((reply, ticket))
                }
                Written::Before(reply) => Ok((reply, self.writer.sync())),
                Written::Refused(reply) => Err(reply),
            }
        };
        async move {
            match written {
                Ok((reply, ticket)) => ticket.await.map(|()| reply).map_err(|_| NotStored),
                Err(refusal) => Ok(refusal),
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
        async move {
            tokio::select! {
                _ = closing.wait_for(|closing| *closing) => false,
                _ = changed.wait_for(|latest| *latest > cursor) => true,
                () = tokio::time::sleep(STILL_HERE) => true,
            }
        }
    }
}
