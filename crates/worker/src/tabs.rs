//! Which tab runs the engine, and how the others reach it: the election and the forwarding of
//! requests as a state machine without I/O.
//!
//! A Web Lock makes one worker the leader; the browser grants it to another only when the leader is
//! gone, so there is never a second one. A follower broadcasts what its page asks and keeps it until
//! it is answered. When a new leader announces itself, everybody asks again what was not answered,
//! under the same id; the leader knows from the journal what was carried out already. So no request
//! is lost and none takes effect twice.
//!
//! A leader in a background tab goes on working: browsers neither throttle the timers of workers nor
//! freeze or store away (bfcache) a page that holds a Web Lock, so no heartbeat is needed.

use std::collections::VecDeque;

use leadline_engine::LeadBatch;
use leadline_model::WorkflowId;
use leadline_protocol::{
    Envelope, Hello, Notice, Problem, Reply, Request, Response, Role, Written, inside,
};
use serde::{Deserialize, Serialize};

/// What the leader is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// A page's request.
    Request(Request),
    /// Enrol what a tab's own worker read from a file.
    Enrol {
        /// Where to.
        workflow_id: WorkflowId,
        /// The leads.
        leads: LeadBatch,
    },
}

/// What the tabs' workers tell one another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// A tab is here and would like to know who leads.
    Hello {
        /// Which.
        tab: String,
    },
    /// This tab leads and is ready.
    Leading {
        /// Which.
        tab: String,
    },
    /// To the leader.
    Ask {
        /// Who asks.
        tab: String,
        /// The request's id.
        id: String,
        /// What.
        ask: Ask,
    },
    /// From the leader, to one tab.
    Answer {
        /// To whom.
        to: String,
        /// The answer.
        response: Response,
    },
    /// To the leader: this tab follows it.
    Following {
        /// Which.
        tab: String,
    },
    /// From the leader, to all or to one.
    Tell {
        /// To whom; `None`: everybody.
        to: Option<String>,
        /// To everybody but this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        but: Option<String>,
        /// What.
        notice: Written<Notice>,
    },
}

/// Whom the engine tells something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// Every tab.
    All,
    /// One tab.
    Tab(String),
    /// Every tab but this one, which knows.
    AllBut(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Hand this to the page.
    Respond(Response),
    /// Tell the page this.
    Notify(Written<Notice>),
    /// Tell the other tabs.
    Broadcast(Wire),
    /// Load what is stored and lead.
    StartHost {
        /// Whether another tab led before.
        takeover: bool,
    },
    /// Let the engine do this.
    Submit {
        /// Who asks.
        tab: String,
        /// The request's id.
        id: String,
        /// What.
        ask: Ask,
    },
    /// Find out when this tab goes: wait for its lock.
    WatchOver {
        /// Which.
        tab: String,
    },
}

/// One tab's view of the tabs.
#[derive(Debug)]
pub struct Tabs {
    me: String,
    role: Role,
    had_leader: bool,
    unanswered: VecDeque<(String, Ask)>,
    watching: Option<WorkflowId>,
    /// The browser gives no lock here, so every tab leads by itself.
    without_lock: bool,
    told_apart: bool,
    /// Other tabs that were heard of and not seen to go. Every tab keeps them, since it may come to lead.
    known: Vec<String>,
}

impl Tabs {
    /// A tab that has just started, by its random name.
    pub fn new(me: String) -> Tabs {
        Tabs {
            me,
            role: Role::Starting,
            had_leader: false,
            unanswered: VecDeque::new(),
            watching: None,
            without_lock: false,
            told_apart: false,
            known: Vec::new(),
        }
    }

    /// This tab's name.
    pub fn me(&self) -> &str {
        &self.me
    }

    /// Whether this tab leads, follows or does not know yet.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The tab began to listen.
    pub fn started(&mut self) -> Vec<Action> {
        vec![Action::Broadcast(Wire::Hello {
            tab: self.me.clone(),
        })]
    }

    /// The page asks.
    pub fn from_page(&mut self, envelope: Envelope) -> Vec<Action> {
        self.ask(envelope.id, Ask::Request(envelope.request))
    }

    /// This tab asks the leader, wherever it is.
    pub fn ask(&mut self, id: String, ask: Ask) -> Vec<Action> {
        if let Ask::Request(Request::Watch { workflow_id }) = &ask {
            self.watching.clone_from(workflow_id);
        }
        let tab = self.me.clone();
        match self.role {
            Role::Leading => vec![Action::Submit { tab, id, ask }],
            Role::Starting => {
                self.unanswered.push_back((id, ask));
                Vec::new()
            }
            Role::Following => {
                self.unanswered.push_back((id.clone(), ask.clone()));
                vec![Action::Broadcast(Wire::Ask { tab, id, ask })]
            }
        }
    }

    /// The browser gives no lock, as over a plain connection: nobody keeps tabs from leading side by side.
    pub fn have_no_lock(&mut self) {
        self.without_lock = true;
    }

    /// Another tab's worker said something.
    pub fn from_channel(&mut self, wire: Wire) -> Vec<Action> {
        if self.without_lock {
            return self.apart(&wire);
        }
        match wire {
            Wire::Hello { tab } => self.heard_of(tab),
            Wire::Leading { tab } => self.follow(&tab),
            Wire::Following { tab } => self.know(&tab),
            Wire::Ask { tab, id, ask } => {
                let mut actions = self.know(&tab);
                if self.role != Role::Leading {
                    return actions;
                }
                actions.push(Action::Submit { tab, id, ask });
                actions
            }
            Wire::Answer { to, response } => self.answered(&to, response),
            Wire::Tell { to, but, notice } => {
                let for_another = to.is_some_and(|to| to != self.me);
                if for_another || but.as_ref() == Some(&self.me) {
                    return Vec::new();
                }
                vec![Action::Notify(notice)]
            }
        }
    }

    /// Without a lock tabs know of each other and cannot work together: said before anything is changed.
    fn apart(&mut self, wire: &Wire) -> Vec<Action> {
        let mut actions = Vec::new();
        if matches!(wire, Wire::Hello { .. }) {
            actions.push(Action::Broadcast(Wire::Leading {
                tab: self.me.clone(),
            }));
        }
        if !std::mem::replace(&mut self.told_apart, true) {
            actions.push(Action::Notify(Written::of(&Notice::Apart)));
        }
        actions
    }

    fn heard_of(&mut self, tab: String) -> Vec<Action> {
        let mut actions = self.know(&tab);
        if self.role == Role::Leading {
            actions.push(Action::Broadcast(Wire::Leading {
                tab: self.me.clone(),
            }));
        }
        actions
    }

    /// Keeps in mind that a tab is there. Only the leader has to find out when it goes.
    fn know(&mut self, tab: &str) -> Vec<Action> {
        if tab == self.me || self.known.iter().any(|known| known == tab) {
            return Vec::new();
        }
        self.known.push(tab.to_owned());
        let watch = || Action::WatchOver {
            tab: tab.to_owned(),
        };
        (self.role == Role::Leading)
            .then(watch)
            .into_iter()
            .collect()
    }

    fn follow(&mut self, leader: &str) -> Vec<Action> {
        // The lock makes a second leader impossible; one that says so all the same is not obeyed.
        if self.role == Role::Leading || leader == self.me {
            return Vec::new();
        }
        self.had_leader = true;
        let mut actions = Vec::new();
        if self.role != Role::Following {
            self.role = Role::Following;
            actions.push(Action::Notify(Written::of(&Notice::Role(Role::Following))));
        }
        // A leader that has just taken over does not know who is there, nor does a tab that has just come.
        actions.push(Action::Broadcast(Wire::Following {
            tab: self.me.clone(),
        }));
        let tab = &self.me;
        let ask = |(id, ask): (String, Ask)| {
            Action::Broadcast(Wire::Ask {
                tab: tab.clone(),
                id,
                ask,
            })
        };
        actions.extend(self.unanswered.iter().cloned().map(ask));
        actions.extend(self.watch_again().map(ask));
        actions
    }

    /// A new leader does not know what this tab watches. Nobody waits for the answer.
    fn watch_again(&self) -> Option<(String, Ask)> {
        let workflow_id = Some(self.watching.clone()?);
        let id = format!("{}-watch", self.me);
        Some((id, Ask::Request(Request::Watch { workflow_id })))
    }

    fn answered(&mut self, to: &str, response: Response) -> Vec<Action> {
        if to != self.me {
            return Vec::new();
        }
        // An answer to what is not waiting any more came twice: from the old leader and the new.
        let Some(place) = self
            .unanswered
            .iter()
            .position(|(id, _)| *id == response.id)
        else {
            return Vec::new();
        };
        self.unanswered.remove(place);
        vec![Action::Respond(as_seen_from(Role::Following, response))]
    }

    /// The lock is ours: no other tab leads.
    pub fn lock_granted(&mut self) -> Vec<Action> {
        self.role = Role::Starting;
        let mut actions = Vec::new();
        if self.had_leader {
            actions.push(Action::Notify(Written::of(&Notice::Role(Role::Starting))));
        }
        actions.push(Action::StartHost {
            takeover: self.had_leader,
        });
        actions
    }

    /// The engine is loaded.
    pub fn host_ready(&mut self) -> Vec<Action> {
        self.role = Role::Leading;
        let mut actions = vec![
            Action::Notify(Written::of(&Notice::Role(Role::Leading))),
            Action::Broadcast(Wire::Leading {
                tab: self.me.clone(),
            }),
        ];
        actions.extend(
            self.known
                .iter()
                .cloned()
                .map(|tab| Action::WatchOver { tab }),
        );
        let watch = self.watch_again();
        let waiting = std::mem::take(&mut self.unanswered);
        let tab = &self.me;
        actions.extend(
            waiting
                .into_iter()
                .chain(watch)
                .map(|(id, ask)| Action::Submit {
                    tab: tab.clone(),
                    id,
                    ask,
                }),
        );
        actions
    }

    /// The engine answered.
    pub fn reply(
        &mut self,
        tab: &str,
        id: String,
        result: Result<Written<Reply>, Problem>,
    ) -> Vec<Action> {
        let response = Response { id, result };
        if tab == self.me {
            return vec![Action::Respond(as_seen_from(self.role, response))];
        }
        vec![Action::Broadcast(Wire::Answer {
            to: tab.to_owned(),
            response,
        })]
    }

    /// The engine has something to tell. What is for others goes out only when there are any.
    pub fn tell(&mut self, to: To, notice: Notice) -> Vec<Action> {
        let notice = Written::of(&notice);
        let (to, but) = match to {
            To::Tab(tab) if tab == self.me => return vec![Action::Notify(notice)],
            To::Tab(tab) => (Some(tab), None),
            To::All => (None, None),
            To::AllBut(tab) => (None, Some(tab)),
        };
        let for_me = to.is_none() && but.as_ref() != Some(&self.me);
        let for_others = to.is_some() || self.may_have_others(but.as_deref());
        let mut actions = Vec::new();
        if for_me {
            actions.push(Action::Notify(notice.clone()));
        }
        if for_others {
            actions.push(Action::Broadcast(Wire::Tell { to, but, notice }));
        }
        actions
    }

    /// Whether there may be other tabs than this one and that. Who does not lead has not heard of all.
    fn may_have_others(&self, but: Option<&str>) -> bool {
        let mut known = self.known.iter();
        self.role != Role::Leading || known.any(|known| Some(known.as_str()) != but)
    }

    /// A tab's lock was granted to us: it is gone.
    pub fn tab_gone(&mut self, tab: &str) {
        self.known.retain(|known| known != tab);
    }
}

/// The leader does not know what role the tab has that it answers.
fn as_seen_from(role: Role, mut response: Response) -> Response {
    let hello =
        response.result.as_ref().ok().and_then(|reply| {
            serde_json::from_slice(inside(reply.json(), "hello")?.as_bytes()).ok()
        });
    if let Some(hello) = hello {
        let seen = Reply::Hello(Hello { role, ..hello });
        response.result = Ok(Written::of(&seen));
    }
    response
}

#[cfg(test)]
mod tests;
