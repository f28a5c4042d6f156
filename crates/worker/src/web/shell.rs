//! The shell: one worker's state, and how messages, commits and the clock keep it going.
//!
//! Everything happens on one thread. A borrow never lasts across an await or a call that may come
//! back here.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use leadline_protocol::{
    Envelope, FromWorker, Notice, Problem, ProblemCode, Reply, Request, Response, Role, Written,
};
use leadline_store::Archive;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, MessageEvent};

use super::device::Device;
use super::remotes::Network;
use super::{connection, jobs, lists, locks, online, panics, port, time};
use crate::host::{Host, Job, Out, Who};
use crate::parts::{Arrived, Part, Parts, Unfetched, missing};
use crate::tabs::{Action, Ask, Tabs, To, Wire};

const CHANNEL: &str = "leadline";
const ENGINE_LOCK: &str = "leadline-engine";

/// One worker.
pub struct Shell {
    pub(super) tabs: RefCell<Tabs>,
    pub(super) parts: Parts,
    pub(super) lists: lists::Open,
    pub(super) host: RefCell<Option<Host>>,
    pub(super) archive: RefCell<Option<Rc<Archive<Device>>>>,
    /// What is stored and could not be read; nothing is written there.
    pub(super) unreadable: RefCell<Option<Rc<Archive<Device>>>>,
    pub(super) jobs: RefCell<VecDeque<Job>>,
    /// To the other tabs; none where the browser lets this site have none.
    channel: Option<BroadcastChannel>,
    writing: Cell<bool>,
    retrying: Cell<bool>,
    ticking: Cell<bool>,
    /// What speaks to remotes, once it is here.
    network: RefCell<Option<Rc<dyn Network>>>,
}

fn tab_lock(tab: &str) -> String {
    format!("leadline-tab-{tab}")
}

fn random_name() -> String {
    let (high, low) = (js_sys::Math::random(), js_sys::Math::random());
    format!(
        "{:08x}{:08x}",
        (high * 4_294_967_296.0) as u32,
        (low * 4_294_967_296.0) as u32
    )
}

impl Shell {
    /// Listens, and stands for election.
    pub(super) fn start(parts: Parts) -> Result<(), JsValue> {
        panics::install();
        let scope = port::scope()?;
        let shell = Rc::new(Shell {
            tabs: RefCell::new(Tabs::new(random_name())),
            parts,
            lists: lists::Open::default(),
            host: RefCell::default(),
            archive: RefCell::default(),
            unreadable: RefCell::default(),
            jobs: RefCell::default(),
            channel: BroadcastChannel::new(CHANNEL).ok(),
            writing: Cell::new(false),
            retrying: Cell::new(false),
            ticking: Cell::new(false),
            network: RefCell::default(),
        });
        let this = shell.clone();
        let from_page = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            this.from_page(&event.data());
        });
        scope.set_onmessage(Some(from_page.as_ref().unchecked_ref()));
        let this = shell.clone();
        let from_channel = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            this.from_channel(&event.data());
        });
        if let Some(channel) = &shell.channel {
            channel.set_onmessage(Some(from_channel.as_ref().unchecked_ref()));
        }
        online::hear_of_network(&shell, &scope);
        // They live as long as the worker.
        from_page.forget();
        from_channel.forget();
        // The page holds its requests back until the worker speaks: now it listens.
        port::post(&FromWorker::Notice(Written::of(&Notice::Role(
            Role::Starting,
        ))));
        spawn_local(shell.stand_for_election());
        Ok(())
    }

    async fn stand_for_election(self: Rc<Self>) {
        // First the lock that says this tab lives: the leader waits for it when it hears of us.
        let me = tab_lock(self.tabs.borrow().me());
        let alive = locks::acquire(&me).await;
        self.act(Tabs::started);
        let leadership = locks::acquire(ENGINE_LOCK).await;
        if leadership.is_none() {
            self.tabs.borrow_mut().have_no_lock();
        }
        panics::keep(leadership);
        self.act(Tabs::lock_granted);
        // Held until the worker dies.
        std::mem::forget(alive);
    }

    /// Lets the tabs' state machine take a step and carries it out.
    pub(super) fn act(self: &Rc<Self>, step: impl FnOnce(&mut Tabs) -> Vec<Action>) {
        let actions = step(&mut self.tabs.borrow_mut());
        self.perform(actions);
    }

    fn perform(self: &Rc<Self>, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Respond(response) => port::post(&FromWorker::Response(response)),
                Action::Notify(notice) => port::post(&FromWorker::Notice(notice)),
                Action::Broadcast(wire) => self.broadcast(&wire),
                Action::StartHost { takeover } => {
                    spawn_local(connection::start_host(self.clone(), takeover));
                }
                Action::Submit { tab, id, ask } => {
                    if let Some(host) = &mut *self.host.borrow_mut() {
                        host.submit(Who { tab, id }, ask, time::moment());
                    }
                }
                Action::WatchOver { tab } => spawn_local(self.clone().watch_over(tab)),
            }
        }
        self.drain();
    }

    fn broadcast(&self, wire: &Wire) {
        let (Ok(json), Some(channel)) = (serde_json::to_string(wire), &self.channel) else {
            return;
        };
        if let Err(error) = channel.post_message(&JsValue::from_str(&json)) {
            web_sys::console::error_1(&error);
        }
    }

    async fn watch_over(self: Rc<Self>, tab: String) {
        let Some(held) = locks::acquire(&tab_lock(&tab)).await else {
            return;
        };
        held.release();
        self.tabs.borrow_mut().tab_gone(&tab);
        if let Some(host) = &mut *self.host.borrow_mut() {
            host.forget_tab(&tab);
        }
    }

    /// Passes on what the host has for the tabs and the store, and sees that it goes on.
    pub(super) fn drain(self: &Rc<Self>) {
        loop {
            let (out, jobs) = match &mut *self.host.borrow_mut() {
                Some(host) => (host.take_out(), host.take_jobs()),
                None => return,
            };
            self.jobs.borrow_mut().extend(jobs);
            if out.is_empty() {
                break;
            }
            for out in out {
                let actions = match out {
                    Out::Reply(Who { tab, id }, result) => {
                        self.tabs.borrow_mut().reply(&tab, id, result)
                    }
                    Out::Tell(to, notice) => self.tabs.borrow_mut().tell(to, notice),
                    Out::Fetch(part) => {
                        spawn_local(self.clone().fetch(part));
                        continue;
                    }
                    Out::FetchLater(part, ms) => {
                        spawn_local(self.clone().fetch_later(part, ms));
                        continue;
                    }
                    Out::Exchange(remote, number) => {
                        self.with_network(|network| network.exchange(remote, number));
                        continue;
                    }
                    Out::Unsent(remote, number, reason) => {
                        self.with_network(|network| network.unsent(remote, number, reason));
                        continue;
                    }
                    Out::Question(who, question) => {
                        self.with_network(|network| network.ask(who, question));
                        continue;
                    }
                };
                self.perform_plain(actions);
            }
        }
        self.wake_writer();
        self.wake_clock();
        self.with_network(|network| network.wake());
    }

    /// What is to be sent to a remote comes from the part that syncs, and so does what sends it.
    fn with_network(&self, act: impl FnOnce(&dyn Network)) {
        let network = self.network.borrow().clone();
        if let Some(network) = network {
            act(&*network);
        }
    }

    async fn fetch(self: Rc<Self>, part: Part) {
        let arrived = match part {
            Part::Sync => (self.parts.sync)().await.map(Arrived::Sync),
            Part::Scenarios => (self.parts.scenarios)().await.map(Arrived::Scenarios),
            Part::Snapshots => (self.parts.snapshots)().await.map(Arrived::Snapshots),
        };
        if let Ok(Arrived::Sync(sync)) = arrived {
            *self.network.borrow_mut() = Some((sync.connect)(&self));
        }
        if let Some(host) = &mut *self.host.borrow_mut() {
            match arrived {
                Ok(arrived) => host.part_arrived(arrived, time::moment()),
                Err(Unfetched) => host.part_missing(part, time::moment()),
            }
        }
        self.drain();
    }

    async fn fetch_later(self: Rc<Self>, part: Part, ms: f64) {
        time::sleep(ms).await;
        if let Some(host) = &mut *self.host.borrow_mut() {
            host.fetch_again(part);
        }
        self.drain();
    }

    /// Actions that answers and notices lead to: never anything for the host.
    fn perform_plain(&self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Respond(response) => port::post(&FromWorker::Response(response)),
                Action::Notify(notice) => port::post(&FromWorker::Notice(notice)),
                Action::Broadcast(wire) => self.broadcast(&wire),
                Action::StartHost { .. } | Action::Submit { .. } | Action::WatchOver { .. } => {}
            }
        }
    }

    /// Tells this tab's page and the others.
    pub(super) fn tell(self: &Rc<Self>, notice: Notice) {
        self.act(|tabs| tabs.tell(To::All, notice));
    }

    fn from_channel(self: &Rc<Self>, data: &JsValue) {
        // Another version's words are not understood, and not obeyed.
        let wire = data
            .as_string()
            .and_then(|json| serde_json::from_slice::<Wire>(json.as_bytes()).ok());
        if let Some(wire) = wire {
            self.act(|tabs| tabs.from_channel(wire));
        }
    }

    fn from_page(self: &Rc<Self>, data: &JsValue) {
        let Some((json, beside)) = port::received(data) else {
            return;
        };
        let Envelope { id, request } = match serde_json::from_slice(json.as_bytes()) {
            Ok(envelope) => envelope,
            Err(error) => return misunderstood(&json, &error),
        };
        match request {
            Request::ReadLeadFile { name } => {
                spawn_local(lists::read(self.clone(), id, name, port::bytes(beside)));
            }
            Request::ServeApi => spawn_local(self.clone().serve_api(id, beside)),
            Request::ForgetLeadFile { file } => {
                self.lists.forget(file);
                respond(id, Ok(Reply::Done));
            }
            Request::CorrectLeadFile {
                file,
                cells,
                leave_out,
            } => {
                let corrected = self.lists.correct(file, &cells, &leave_out);
                respond(id, corrected.map(Reply::LeadFile));
            }
            Request::EnrolLeadFileThere { workflow_id, file } => {
                match self.lists.to_send(file, workflow_id) {
                    Ok(enrol) => {
                        let request = Request::Sync(enrol);
                        self.act(|tabs| tabs.from_page(Envelope { id, request }));
                    }
                    Err(problem) => respond(id, Err(problem)),
                }
            }
            Request::EnrolLeadFile { workflow_id, file } => match self.lists.leads(file) {
                Ok(leads) => self.act(|tabs| tabs.ask(id, Ask::Enrol { workflow_id, leads })),
                Err(problem) => respond(id, Err(problem)),
            },
            request => self.act(|tabs| tabs.from_page(Envelope { id, request })),
        }
    }

    /// Serves an API to this tab's page over the port beside its request.
    async fn serve_api(self: Rc<Self>, id: String, beside: JsValue) {
        let served = match (self.parts.api)().await {
            Ok(part) => {
                (part.serve)(beside.unchecked_into());
                Ok(Reply::Done)
            }
            Err(Unfetched) => Err(missing("answers the requests of the playground")),
        };
        respond(id, served);
    }

    /// Sees that what waits for the store is done.
    pub(super) fn wake_writer(self: &Rc<Self>) {
        if !self.writing.replace(true) {
            spawn_local(self.clone().write());
        }
    }

    async fn write(self: Rc<Self>) {
        while jobs::one(&self).await {
            self.drain();
        }
        self.writing.set(false);
        let wait = self
            .host
            .borrow()
            .as_ref()
            .and_then(|host| host.commit_in(time::moment()));
        if let Some(ms) = wait
            && !self.retrying.replace(true)
        {
            time::sleep(ms.max(1.0)).await;
            self.retrying.set(false);
            self.wake_writer();
        }
    }

    fn wake_clock(self: &Rc<Self>) {
        let moving = self.host.borrow().as_ref().is_some_and(Host::is_moving);
        if moving && !self.ticking.replace(true) {
            spawn_local(self.clone().tick());
        }
    }

    async fn tick(self: Rc<Self>) {
        loop {
            let start = time::moment();
            let pause = match &mut *self.host.borrow_mut() {
                None => None,
                Some(host) => host.slice(start).and_then(|sliced| {
                    let end = time::moment();
                    host.sliced(sliced, end.real - start.real, end)
                }),
            };
            self.drain();
            match pause {
                None => break,
                Some(ms) if ms > 0.0 => time::sleep(ms).await,
                Some(_) => time::yield_now().await,
            }
        }
        self.ticking.set(false);
        // It may have been started again while this one ended.
        let again = self.host.borrow().as_ref().is_some_and(Host::is_moving);
        if again {
            self.wake_clock();
        }
    }
}

pub(super) fn respond(id: String, result: Result<Reply, Problem>) {
    let result = result.map(|reply| Written::of(&reply));
    port::post(&FromWorker::Response(Response { id, result }));
}

/// A page of another version asks something unknown: it must not wait for ever.
fn misunderstood(json: &str, error: &serde_json::Error) {
    #[derive(serde::Deserialize)]
    struct Id {
        id: String,
    }
    if let Ok(Id { id }) = serde_json::from_slice(json.as_bytes()) {
        let message = format!("The engine does not understand this request: {error}.");
        let problem = Problem {
            code: ProblemCode::Invalid,
            message,
            findings: Vec::new(),
        };
        respond(id, Err(problem));
    }
}
