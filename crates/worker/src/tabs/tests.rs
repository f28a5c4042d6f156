//! Tabs in a world of messages that arrive in order, where the leader may die at any moment.

#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// Tabs, the lock, the channel, and what is durable.
#[derive(Default)]
struct World {
    tabs: BTreeMap<String, Tabs>,
    queue: VecDeque<(String, Wire)>,
    lock: VecDeque<String>,
    holder: Option<String>,
    /// Requests carried out durably, in order: the journal.
    journal: Vec<String>,
    /// Answers the leader still owes.
    owed: VecDeque<(String, String)>,
    answers: BTreeMap<String, u32>,
    notices: Vec<(String, Notice)>,
}

impl World {
    fn open(&mut self, name: &str) {
        let mut tab = Tabs::new(name.to_owned());
        let actions = tab.started();
        self.tabs.insert(name.to_owned(), tab);
        self.lock.push_back(name.to_owned());
        self.perform(name, actions);
        self.grant();
    }

    fn grant(&mut self) {
        if self.holder.is_some() {
            return;
        }
        let Some(name) = self.lock.pop_front() else {
            return;
        };
        self.holder = Some(name.clone());
        let actions = self.tabs.get_mut(&name).unwrap().lock_granted();
        self.perform(&name, actions);
        let actions = self.tabs.get_mut(&name).unwrap().host_ready();
        self.perform(&name, actions);
    }

    fn kill(&mut self, name: &str) {
        self.tabs.remove(name);
        self.lock.retain(|waiting| waiting != name);
        if self.holder.as_deref() == Some(name) {
            self.holder = None;
            self.owed.clear();
            self.grant();
        }
    }

    fn ask(&mut self, name: &str, id: &str) {
        let envelope = Envelope {
            id: id.to_owned(),
            request: Request::Stop,
        };
        let actions = self.tabs.get_mut(name).unwrap().from_page(envelope);
        self.perform(name, actions);
    }

    fn perform(&mut self, name: &str, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Respond(response) => *self.answers.entry(response.id).or_default() += 1,
                Action::Notify(notice) => {
                    self.notices.push((name.to_owned(), notice.read().unwrap()))
                }
                Action::Broadcast(wire) => self.queue.push_back((name.to_owned(), wire)),
                Action::Submit { tab, id, .. } => {
                    assert_eq!(self.holder.as_deref(), Some(name), "only the leader works");
                    if !self.journal.contains(&id) {
                        self.journal.push(id.clone());
                    }
                    self.owed.push_back((tab, id));
                }
                Action::StartHost { .. } | Action::WatchOver { .. } => {}
            }
        }
    }

    /// Delivers one message to every other tab.
    fn deliver(&mut self) -> bool {
        let Some((from, wire)) = self.queue.pop_front() else {
            return false;
        };
        let others: Vec<String> = self
            .tabs
            .keys()
            .filter(|name| **name != from)
            .cloned()
            .collect();
        for name in others {
            let actions = self.tabs.get_mut(&name).unwrap().from_channel(wire.clone());
            self.perform(&name, actions);
        }
        true
    }

    fn answer(&mut self) -> bool {
        let (Some(leader), Some((tab, id))) = (self.holder.clone(), self.owed.pop_front()) else {
            return false;
        };
        let actions =
            self.tabs
                .get_mut(&leader)
                .unwrap()
                .reply(&tab, id, Ok(Written::of(&Reply::Done)));
        self.perform(&leader, actions);
        true
    }

    fn settle(&mut self) {
        while self.deliver() || self.answer() {}
    }
}

#[test]
fn the_first_tab_leads_and_the_second_follows() {
    let mut world = World::default();
    world.open("a");
    world.open("b");
    world.settle();
    assert_eq!(world.tabs["a"].role(), Role::Leading);
    assert_eq!(world.tabs["b"].role(), Role::Following);
    world.ask("b", "b-1");
    world.ask("a", "a-1");
    world.settle();
    assert_eq!(world.answers, [("a-1".into(), 1), ("b-1".into(), 1)].into());
}

#[test]
fn what_is_asked_before_anybody_leads_is_answered_later() {
    let mut tab = Tabs::new("a".into());
    assert!(
        tab.from_page(Envelope {
            id: "1".into(),
            request: Request::Hello
        })
        .is_empty()
    );
    assert!(matches!(
        tab.lock_granted()[..],
        [Action::StartHost { takeover: false }]
    ));
    let actions = tab.host_ready();
    let submitted = |a: &Action| matches!(a, Action::Submit { id, .. } if id == "1");
    assert!(actions.iter().any(submitted), "{actions:?}");
}

#[test]
fn a_new_leader_learns_what_the_others_watch() {
    let id = WorkflowId::from_counter(1, 1);
    let mut tab = Tabs::new("b".into());
    tab.from_channel(Wire::Leading { tab: "a".into() });
    let request = Request::Watch {
        workflow_id: Some(id.clone()),
    };
    tab.from_page(Envelope {
        id: "1".into(),
        request,
    });
    let response = Response {
        id: "1".into(),
        result: Ok(Written::of(&Reply::Done)),
    };
    tab.from_channel(Wire::Answer {
        to: "b".into(),
        response,
    });
    let watches = |actions: &[Action]| {
        actions.iter().any(|action| {
            let (Action::Broadcast(Wire::Ask { ask, .. }) | Action::Submit { ask, .. }) = action
            else {
                return false;
            };
            *ask == Ask::Request(Request::Watch {
                workflow_id: Some(id.clone()),
            })
        })
    };
    assert!(watches(
        &tab.from_channel(Wire::Leading { tab: "c".into() })
    ));
    tab.lock_granted();
    assert!(watches(&tab.host_ready()), "when it leads itself, too");
}

#[test]
fn notices_reach_everybody_or_the_one_they_are_for() {
    let mut world = World::default();
    for name in ["a", "b", "c"] {
        world.open(name);
    }
    world.settle();
    world.notices.clear();
    for (to, heard) in [
        (To::All, vec!["a", "b", "c"]),
        (To::Tab("b".into()), vec!["b"]),
        (To::Tab("a".into()), vec!["a"]),
        (To::AllBut("a".into()), vec!["b", "c"]),
        (To::AllBut("c".into()), vec!["a", "b"]),
    ] {
        let actions = world.tabs.get_mut("a").unwrap().tell(to, Notice::Workflows);
        world.perform("a", actions);
        world.settle();
        let names: Vec<String> = world.notices.drain(..).map(|(name, _)| name).collect();
        assert_eq!(names, heard);
    }
}

#[test]
fn the_channel_is_used_only_while_somebody_follows() {
    let mut world = World::default();
    world.open("a");
    world.settle();
    let told = |world: &mut World, name: &str| {
        world.notices.clear();
        let actions = world
            .tabs
            .get_mut(name)
            .unwrap()
            .tell(To::All, Notice::Workflows);
        world.perform(name, actions);
        let broadcasts = world.queue.len();
        world.settle();
        let heard: Vec<String> = world.notices.drain(..).map(|(name, _)| name).collect();
        (broadcasts, heard)
    };
    assert_eq!(told(&mut world, "a"), (0, vec!["a".into()]));
    for name in ["b", "c"] {
        world.open(name);
        world.settle();
    }
    assert_eq!(
        told(&mut world, "a"),
        (1, vec!["a".into(), "b".into(), "c".into()])
    );
    // What a new leader says first is heard by all who were there before, whoever came first.
    world.kill("a");
    world.queue.clear();
    assert_eq!(told(&mut world, "b"), (1, vec!["b".into(), "c".into()]));
    world.kill("c");
    let b = world.tabs.get_mut("b").unwrap();
    b.tab_gone("a");
    b.tab_gone("c");
    assert_eq!(told(&mut world, "b"), (0, vec!["b".into()]));
}

#[test]
fn hello_tells_each_tab_its_own_role() {
    let hello = leadline_protocol::Hello {
        pending_actions: 0,
        version: "0".into(),
        clock: leadline_protocol::Clock {
            now: leadline_model::Time(0),
            state: leadline_protocol::PlayState::Stopped,
            next_due: None,
            ticks: 0,
        },
        role: Role::Leading,
        save: leadline_protocol::SaveState::Saving,
        upgraded_from: None,
    };
    let mut tab = Tabs::new("b".into());
    tab.from_channel(Wire::Leading { tab: "a".into() });
    tab.from_page(Envelope {
        id: "1".into(),
        request: Request::Hello,
    });
    let response = Response {
        id: "1".into(),
        result: Ok(Written::of(&Reply::Hello(hello))),
    };
    let actions = tab.from_channel(Wire::Answer {
        to: "b".into(),
        response,
    });
    let [
        Action::Respond(Response {
            result: Ok(reply), ..
        }),
    ] = &actions[..]
    else {
        panic!("{actions:?}");
    };
    let Reply::Hello(hello) = reply.read().unwrap() else {
        panic!("{reply:?}");
    };
    assert_eq!(hello.role, Role::Following);
}

/// A small generator, so that a failing seed can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn no_request_is_lost_or_carried_out_twice_while_leaders_die() {
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let mut world = World::default();
        let (mut opened, mut asked) = (0, 0);
        let mut waiting: BTreeSet<(String, String)> = BTreeSet::new();
        for _ in 0..200 {
            match dice.roll(10) {
                0 if world.tabs.len() < 4 => {
                    opened += 1;
                    world.open(&format!("t{opened}"));
                }
                1 if world.tabs.len() > 1 => {
                    let nth = dice.roll(world.tabs.len() as u64) as usize;
                    let name = world.tabs.keys().nth(nth).unwrap().clone();
                    world.kill(&name);
                    waiting.retain(|(tab, _)| *tab != name);
                }
                2..=4 if !world.tabs.is_empty() => {
                    let nth = dice.roll(world.tabs.len() as u64) as usize;
                    let name = world.tabs.keys().nth(nth).unwrap().clone();
                    asked += 1;
                    let id = format!("r{asked}");
                    world.ask(&name, &id);
                    waiting.insert((name, id));
                }
                5..=7 => {
                    world.deliver();
                }
                _ => {
                    world.answer();
                }
            }
        }
        world.settle();
        for (tab, id) in &waiting {
            assert_eq!(
                world.answers.get(id),
                Some(&1),
                "seed {seed}: {id} of {tab}"
            );
        }
        assert!(
            world.answers.values().all(|&times| times == 1),
            "seed {seed}: answered twice"
        );
        let unique: BTreeSet<&String> = world.journal.iter().collect();
        assert_eq!(unique.len(), world.journal.len(), "seed {seed}");
    }
}

#[test]
fn tabs_that_cannot_agree_say_so_before_anything_is_changed() {
    let tab = |name: &str| {
        let mut tab = Tabs::new(name.to_owned());
        let hello = tab.started();
        tab.have_no_lock();
        tab.lock_granted();
        tab.host_ready();
        (tab, hello)
    };
    let told = |actions: &[Action]| {
        let apart = Written::of(&Notice::Apart);
        actions.contains(&Action::Notify(apart))
    };
    let (mut old, _) = tab("old");
    let (mut new, hello) = tab("new");
    let [Action::Broadcast(hello)] = &hello[..] else {
        panic!("{hello:?}")
    };
    let answer = old.from_channel(hello.clone());
    assert!(told(&answer), "the older one: {answer:?}");
    let leading = Wire::Leading { tab: "old".into() };
    assert!(answer.contains(&Action::Broadcast(leading.clone())));
    assert!(told(&new.from_channel(leading.clone())), "the newer one");
    assert!(!told(&new.from_channel(leading)), "once");
    assert_eq!(new.role(), Role::Leading, "nobody follows");
}
