//! A machine with its adapter, driven by hand.

use futures::executor::block_on;
use leadline_model::{Definition, Time};
use leadline_sync::http::Http;
use leadline_sync::machine::{DocKey, Event, Machine, Next, Request, State, Version, What};
use leadline_sync::{Adapter, Answer};

use crate::bad_network::BadNetwork;

pub struct Replica {
    pub machine: Machine,
    stored: State,
    adapter: Adapter,
    pub now: i64,
    pub events: Vec<Event>,
}

impl Replica {
    pub fn new(name: &str, adapter: Adapter) -> Replica {
        let machine = Machine::new(name);
        Replica {
            stored: machine.state().clone(),
            machine,
            adapter,
            now: 1_000_000,
            events: Vec::new(),
        }
    }

    /// Stores what was edited, and goes on until everything is sent and known.
    pub fn settle<S: Http>(&mut self, network: &BadNetwork<'_, S>) {
        self.stored = self.machine.state().clone();
        self.machine.hurry();
        for _ in 0..500 {
            let level = self.machine.is_settled() && self.machine.is_level();
            match self.step(network) {
                true => {}
                false if level => return,
                false => {
                    assert_eq!(self.machine.state().stopped, None, "{:#?}", network.log);
                    self.now += 5_000;
                }
            }
        }
        let (state, log) = (self.machine.state(), network.log.borrow());
        panic!(
            "it never comes to rest: {:#?}\n{log:#?}\n{:?}",
            self.events, state.inflight
        );
    }

    /// Asks what is new there, then as [`Replica::settle`].
    pub fn look<S: Http>(&mut self, network: &BadNetwork<'_, S>) {
        self.machine.hurry();
        self.step(network);
        self.settle(network);
    }

    /// Sends one request; `false`: there is none to send now.
    pub fn step<S: Http>(&mut self, network: &BadNetwork<'_, S>) -> bool {
        self.now += 10;
        let Next::Send(number, request) = self.machine.next(Time(self.now)) else {
            return false;
        };
        self.stored = self.machine.state().clone();
        let key = match &request {
            Request::Write(write) => Some(write.doc),
            Request::Read(remote) => self.machine.key_of(remote),
            _ => None,
        };
        let doc = key.and_then(|key| self.machine.state().docs.get(&key).cloned());
        let epoch = self.machine.state().epoch().map(str::to_owned);
        let adapter = self.adapter;
        let performed = adapter.perform(network, &request, doc.as_ref(), epoch.as_deref());
        let outcome = block_on(performed);
        if network.died() {
            self.machine = Machine::load(self.stored.clone());
            return true;
        }
        if let (Some(key), Some(names)) = (key, outcome.names) {
            self.machine.set_names(key, names);
        }
        if let (Request::Write(write), Answer::Document(version)) = (&request, &outcome.answer) {
            assert!(matches!(write.what, What::Edit { .. }), "{version:?}");
        }
        let events = self
            .machine
            .answered(number, outcome.answer, Time(self.now));
        self.events.extend(events);
        self.stored = self.machine.state().clone();
        true
    }

    pub fn edit(&mut self, key: DocKey, edit: impl FnOnce(&mut Definition)) {
        let mut local = self.local(key);
        edit(&mut local);
        local.check().unwrap();
        self.machine.edit(key, local);
    }

    pub fn local(&self, key: DocKey) -> Definition {
        self.machine.state().docs[&key].local.clone()
    }

    pub fn base(&self, key: DocKey) -> Version {
        self.machine.state().docs[&key].base.clone().unwrap()
    }

    pub fn remote(&self, key: DocKey) -> String {
        self.machine.state().docs[&key].remote.clone().unwrap()
    }

    /// The only document that is called so.
    pub fn titled(&self, title: &str) -> DocKey {
        let docs = self.machine.state().docs.iter();
        let mut found = docs.filter(|(_, doc)| doc.local.title == title);
        let (key, _) = found.next().unwrap_or_else(|| panic!("no {title}"));
        assert!(found.next().is_none(), "{title} is there twice");
        *key
    }
}
