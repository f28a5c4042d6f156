//! Replicas, the network between them and the server, and what people do.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{Change, Definition, Time, json};
use leadline_sync::machine::{Answer, DocKey, Machine, Next, Request, State};
use serde_json::{Value, json};

use crate::Mutant;
use crate::server::{Server, token};

/// A request that nobody answered in so many milliseconds is lost.
const PATIENCE: i64 = 4_000;

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % bound.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

struct Replica {
    machine: Machine,
    stored: State,
    online: bool,
    /// The request under way, and when it is given up.
    awaits: Option<(u64, i64)>,
    clock_skew: i64,
}

enum Message {
    /// With the life of the server that the replica knows.
    ToServer(usize, u64, Request, Option<String>),
    ToReplica(usize, u64, Answer),
}

pub struct World {
    mutant: Mutant,
    luck: Luck,
    now: i64,
    server: Server,
    backup: Option<Server>,
    replicas: Vec<Replica>,
    network: Vec<(i64, Message)>,
    good: bool,
    values: u64,
    /// Every value somebody typed, and whether somebody who saw it typed over it or deleted it.
    typed: BTreeMap<String, bool>,
    shown: BTreeSet<String>,
    /// Who typed a value.
    author: BTreeMap<String, usize>,
    /// A replica that was shown its own edit as somebody else's.
    with_itself: Option<String>,
    enrolled: BTreeSet<String>,
}

impl World {
    pub fn new(seed: u64, mutant: Mutant) -> World {
        let mut luck = Luck(seed);
        let replicas = 2 + luck.below(4) as usize;
        let replica = |n: usize| {
            let machine = Machine::new(&format!("r{n}"));
            Replica {
                stored: machine.state().clone(),
                machine,
                online: true,
                awaits: None,
                clock_skew: (n as i64 - 2) * 3_600_000,
            }
        };
        World {
            mutant,
            now: 0,
            server: Server::new(mutant),
            backup: None,
            replicas: (0..replicas).map(replica).collect(),
            network: Vec::new(),
            good: false,
            values: 0,
            typed: BTreeMap::new(),
            shown: BTreeSet::new(),
            author: BTreeMap::new(),
            with_itself: None,
            enrolled: BTreeSet::new(),
            luck,
        }
    }

    /// People edit while messages are lost, doubled, delayed and out of order.
    pub fn live(&mut self, steps: u32) {
        for _ in 0..steps {
            let who = self.luck.below(self.replicas.len() as u64) as usize;
            match self.luck.below(40) {
                0..=13 => self.edit(who),
                14 | 15 => self.add(who),
                16 => self.delete(who),
                17 | 18 => self.enrol(who),
                19 => self.crash(who),
                20 | 21 => {
                    let replica = &mut self.replicas[who];
                    replica.online = !replica.online;
                    let online = replica.online;
                    replica.machine.online(online);
                }
                22 => self.server.purge(),
                23 if self.luck.one_in(6) => self.backup = Some(self.server.clone()),
                24 if self.luck.one_in(6) => {
                    if let Some(backup) = self.backup.take() {
                        self.server.restore(&backup);
                    }
                }
                _ => {
                    let pass = self.luck.below(3_000) as i64;
                    self.pass(pass);
                }
            }
            self.store(who);
        }
    }

    /// The network is good, everybody is there and nobody edits: everything comes to rest.
    pub fn settle(&mut self) -> Result<(), String> {
        self.good = true;
        for replica in &mut self.replicas {
            replica.online = true;
            replica.machine.online(true);
            replica.machine.go_on();
        }
        for _ in 0..400 {
            self.pass(2_000);
            for replica in &mut self.replicas {
                // Somebody looks, and says that the server is as empty as it says.
                if replica.machine.state().stopped.is_some() {
                    replica.machine.go_on();
                }
                replica.machine.hurry();
            }
            let settled = self.replicas.iter().all(|r| r.machine.is_settled());
            if settled && self.network.is_empty() {
                // Once more round, so that the last push is known to all.
                for _ in 0..6 {
                    for replica in &mut self.replicas {
                        replica.machine.hurry();
                    }
                    self.pass(2_000);
                }
                if self.replicas.iter().all(|r| r.machine.is_settled()) {
                    return Ok(());
                }
            }
        }
        let left = self
            .replicas
            .iter()
            .map(|r| format!("{:?}", r.machine.state().stopped));
        Err(format!(
            "it never comes to rest: {:?}",
            left.collect::<Vec<_>>()
        ))
    }

    /// What must hold at rest.
    pub fn check(&self) -> Result<(), String> {
        for (number, replica) in self.replicas.iter().enumerate() {
            let docs = replica.machine.state().docs.values();
            let known: BTreeMap<&String, &Definition> = docs
                .filter_map(|doc| Some((doc.remote.as_ref()?, &doc.local)))
                .collect();
            let there: BTreeMap<&String, &Definition> = self
                .server
                .docs
                .iter()
                .map(|(id, stored)| (id, &stored.definition))
                .collect();
            let ids: BTreeSet<&String> = known.keys().chain(there.keys()).copied().collect();
            let mut ids = ids.into_iter();
            if let Some(id) = ids.find(|id| known.get(*id) != there.get(*id)) {
                let (here, there) = (known.get(id), there.get(id));
                return Err(format!("replica {number}, {id}: {here:?} is not {there:?}"));
            }
        }
        if let Some(problem) = self.with_itself.as_ref().filter(|_| self.server.epoch == 1) {
            return Err(format!("an edit is in conflict with itself: {problem}"));
        }
        let mut present = String::new();
        for stored in self.server.docs.values() {
            stored
                .definition
                .check()
                .map_err(|error| error.to_string())?;
            present.push_str(&serde_json::to_string(&stored.definition).unwrap());
        }
        for (value, settled) in &self.typed {
            let quoted = format!("\"{value}\"");
            let told = self.shown.iter().any(|shown| shown.contains(&quoted));
            if !settled && !told && !present.contains(&quoted) {
                return Err(format!("{value} is lost"));
            }
        }
        for token in &self.enrolled {
            let times = self.server.enrolments.get(token).copied().unwrap_or(0);
            let aside = self.replicas.iter().any(|replica| {
                let state = replica.machine.state();
                state
                    .set_aside
                    .iter()
                    .any(|aside| self::token(&aside.enrolment.leads) == *token)
            });
            // What was enrolled after a backup is gone with whoever put the backup back.
            let lost = self.server.epoch > 1;
            if times > 1 || (!lost && (times == 0) != aside) {
                return Err(format!(
                    "{token} was enrolled {times} times; set aside: {aside}"
                ));
            }
        }
        Ok(())
    }

    fn store(&mut self, who: usize) {
        let replica = &mut self.replicas[who];
        replica.stored = replica.machine.state().clone();
        for doc in replica
            .stored
            .docs
            .values()
            .filter(|doc| !doc.conflicts.is_empty())
        {
            self.shown
                .insert(serde_json::to_string(&doc.conflicts).unwrap());
            for conflict in doc
                .conflicts
                .values()
                .filter(|conflict| conflict.base.is_some())
            {
                let theirs = conflict.theirs.as_ref().and_then(Value::as_str);
                let author = theirs.and_then(|theirs| self.author.get(theirs));
                if author == Some(&who) && conflict.mine.is_some() {
                    self.with_itself = Some(format!("replica {who}: {conflict:?}"));
                }
            }
        }
    }

    fn pick(&mut self, who: usize) -> Option<(DocKey, Definition)> {
        let docs = self.replicas[who].machine.state().docs.iter();
        let live: Vec<_> = docs.filter(|(_, doc)| !doc.deleted).collect();
        let at = self.luck.below(live.len() as u64) as usize;
        live.get(at).map(|(key, doc)| (**key, doc.local.clone()))
    }

    fn value(&mut self, who: usize) -> String {
        self.values += 1;
        let value = format!("v{}", self.values);
        self.typed.insert(value.clone(), false);
        self.author.insert(value.clone(), who);
        value
    }

    /// Whoever saw this value did away with it.
    fn over(&mut self, text: &str) {
        if let Some(settled) = self.typed.get_mut(text) {
            *settled = true;
        }
    }

    fn add(&mut self, who: usize) {
        let title = self.value(who);
        let definition = Definition {
            title,
            ..Definition::default()
        };
        self.replicas[who].machine.add(definition);
    }

    fn delete(&mut self, who: usize) {
        if !self.luck.one_in(3) {
            return;
        }
        if let Some((key, definition)) = self.pick(who) {
            self.over(&definition.title.clone());
            self.over(&definition.description.clone());
            for node in &definition.nodes {
                self.over(&node.label);
            }
            self.replicas[who].machine.delete(key);
        }
    }

    fn enrol(&mut self, who: usize) {
        if let Some((key, _)) = self.pick(who) {
            self.values += 1;
            let token = format!("list{}", self.values);
            self.enrolled.insert(token.clone());
            self.replicas[who].machine.enrol(key, Value::from(token));
        }
    }

    fn edit(&mut self, who: usize) {
        let Some((key, definition)) = self.pick(who) else {
            return self.add(who);
        };
        let node = |id: u64, label: &str| {
            let kind = ["TIME", "APPLICATION", "CONVERTED"][(id % 3) as usize];
            let node =
                json!({"id": format!("n{id}"), "node_type": kind, "label": label, "config": {}});
            json::from_value(&node).unwrap()
        };
        let mut edited = definition.clone();
        let changes = match self.luck.below(8) {
            0 => {
                self.over(&definition.title);
                vec![Change::SetTitle {
                    title: self.value(who),
                }]
            }
            1 => {
                self.over(&definition.description);
                vec![Change::SetDescription {
                    description: self.value(who),
                }]
            }
            2..=4 => {
                let id = self.luck.below(6);
                let new: leadline_model::Node = node(id, &self.value(who));
                if let Some(old) = definition.node(&new.id) {
                    self.over(&old.label);
                }
                vec![Change::PutNode { node: new }]
            }
            5 => {
                let at = self.luck.below(definition.nodes.len() as u64) as usize;
                let Some(node) = definition.nodes.get(at) else {
                    return;
                };
                self.over(&node.label);
                let id = node.id.clone();
                let edges = definition.edges.iter();
                let touching = edges.filter(|e| e.from_node_id == id || e.to_node_id == id);
                let edges = touching.map(|edge| Change::DeleteEdge {
                    id: edge.id.clone(),
                });
                edges
                    .chain([Change::DeleteNode { id: id.clone() }])
                    .collect()
            }
            6 => {
                let mut pick = || {
                    let at = self.luck.below(definition.nodes.len() as u64) as usize;
                    definition.nodes.get(at).map(|node| node.id.clone())
                };
                let (Some(from), Some(to)) = (pick(), pick()) else {
                    return;
                };
                let id = format!("e{}", self.luck.below(9));
                let edge = json!({"id": id, "from_node_id": from, "to_node_id": to, "label": null});
                vec![Change::PutEdge {
                    edge: json::from_value(&edge).unwrap(),
                    at: None,
                }]
            }
            _ => {
                let at = self.luck.below(definition.edges.len() as u64) as usize;
                let Some(edge) = definition.edges.get(at) else {
                    return;
                };
                vec![Change::DeleteEdge {
                    id: edge.id.clone(),
                }]
            }
        };
        if edited.apply(&changes).is_ok() {
            self.replicas[who].machine.edit(key, edited);
        }
    }

    /// The program dies; what was stored is there again.
    fn crash(&mut self, who: usize) {
        let replica = &mut self.replicas[who];
        replica.machine = Machine::load(replica.stored.clone());
        replica.machine.online(replica.online);
        replica.awaits = None;
    }

    /// Time passes, in small steps: messages arrive, requests are sent and given up.
    fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        while self.now < until {
            self.now += 200;
            self.deliver();
            for who in 0..self.replicas.len() {
                self.drive(who);
            }
        }
    }

    fn drive(&mut self, who: usize) {
        let now = self.now;
        let replica = &mut self.replicas[who];
        let here = Time(now + replica.clock_skew);
        if let Some((number, _)) = replica.awaits.take_if(|(_, until)| *until <= now) {
            replica
                .machine
                .answered(number, Answer::Lost(String::new()), here);
        }
        if self.mutant == Mutant::NoBase {
            let mut state = replica.machine.state().clone();
            for doc in state
                .docs
                .values_mut()
                .filter(|doc| doc.conflicts.is_empty())
            {
                if let Some(base) = &mut doc.base
                    && now % 1_000 == 0
                {
                    base.definition = doc.local.clone();
                }
            }
            if replica.awaits.is_none() {
                replica.machine = Machine::load(state);
                replica.machine.online(replica.online);
            }
        }
        if let Next::Send(number, request) = replica.machine.next(here) {
            replica.awaits = Some((number, now + PATIENCE));
            self.store(who);
            let epoch = self.replicas[who].machine.state().epoch();
            let epoch = epoch.map(str::to_owned);
            self.transmit(Message::ToServer(who, number, request, epoch));
        }
    }

    fn transmit(&mut self, message: Message) {
        let (lost, copies, slow) = match self.good {
            true => (false, 1, 200),
            false => (
                self.luck.one_in(6),
                1 + u64::from(self.luck.one_in(8)),
                6_000,
            ),
        };
        if lost {
            return;
        }
        for _ in 0..copies {
            let at = self.now + 50 + self.luck.below(slow) as i64;
            let copy = match &message {
                Message::ToServer(who, number, request, epoch) => {
                    Message::ToServer(*who, *number, request.clone(), epoch.clone())
                }
                Message::ToReplica(who, number, answer) => {
                    Message::ToReplica(*who, *number, answer.clone())
                }
            };
            self.network.push((at, copy));
        }
    }

    fn deliver(&mut self) {
        let now = self.now;
        let mut due: Vec<(i64, Message)> =
            self.network.extract_if(.., |(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        for (_, message) in due {
            match message {
                Message::ToServer(who, number, request, epoch) => {
                    if self.replicas[who].online {
                        let answer = self.server.answer(&request, epoch.as_deref());
                        self.transmit(Message::ToReplica(who, number, answer));
                    }
                }
                Message::ToReplica(who, number, answer) => {
                    let replica = &mut self.replicas[who];
                    if !replica.online {
                        continue;
                    }
                    let awaited = replica.awaits.map(|(awaited, _)| awaited);
                    let number = match (self.mutant, awaited) {
                        (Mutant::LateAnswers, Some(awaited)) => awaited,
                        _ => number,
                    };
                    if awaited == Some(number) {
                        replica.awaits = None;
                    }
                    let here = Time(now + replica.clock_skew);
                    replica.machine.answered(number, answer, here);
                    self.store(who);
                }
            }
        }
    }
}
