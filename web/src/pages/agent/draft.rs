//! An agent as it is being edited: kept beside the saved one, so that nothing typed is lost.

use gloo_timers::callback::Timeout;
use leadline_model::{Agent, AgentId, AgentWorkflow, json};
use leadline_protocol::{Request, Written};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use crate::dom;
use crate::state::AppState;

/// Rest after a change before it is kept.
const KEEP_MS: u32 = 300;

/// What is edited of an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its prompt.
    pub prompt: String,
    /// Its workflow; one without steps is none.
    pub workflow: AgentWorkflow,
    /// Whether it can be used.
    pub active: bool,
}

impl Draft {
    /// Of a saved agent.
    pub fn of(agent: &Agent) -> Draft {
        Draft {
            name: agent.name.clone(),
            prompt: agent.prompt.clone(),
            workflow: agent.workflow.clone().unwrap_or_default(),
            active: agent.active,
        }
    }

    /// The request that saves it.
    pub fn request(self, id: AgentId) -> Request {
        let workflow = (!self.workflow.steps.is_empty()).then_some(self.workflow);
        Request::PutAgent {
            id: Some(id),
            name: self.name,
            prompt: self.prompt,
            workflow: workflow.as_ref().map(Written::of),
            active: self.active,
        }
    }
}

/// The draft of one agent and the version it began with.
#[derive(Clone, Copy)]
pub struct Drafts {
    app: AppState,
    key: StoredValue<String>,
    /// As it is being edited; `None` until it was looked up whether something unsaved was kept.
    pub now: RwSignal<Option<Draft>>,
    /// The saved version it is compared with.
    pub base: RwSignal<Draft>,
    /// Grows when the draft was replaced as a whole: forms are made anew.
    pub version: RwSignal<u64>,
    /// Whether it was brought back from an earlier visit.
    pub restored: RwSignal<bool>,
    waiting: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Drafts {
    /// Brings back what was not saved at an earlier visit, then keeps each change.
    pub fn start(app: AppState, id: &AgentId, saved: Draft) -> Drafts {
        let drafts = Drafts {
            app,
            key: StoredValue::new(format!("agent:{id}")),
            now: RwSignal::new(None),
            base: RwSignal::new(saved.clone()),
            version: RwSignal::new(0),
            restored: RwSignal::new(false),
            waiting: StoredValue::new_local(None),
        };
        spawn_local(async move {
            let key = drafts.key.get_value();
            // A reload right after a key stroke leaves the engine no time to store anything.
            let kept = match dom::tab_memory(&key).filter(|text| !text.is_empty()) {
                Some(text) => Some(text),
                None => {
                    let note = app.client.ask::<Option<String>>(Request::GetNote { key });
                    note.await.ok().flatten()
                }
            };
            // What cannot be read any more was written by another version of the page.
            let kept = kept.and_then(|text| json::from_text::<Draft>(&text).ok());
            let kept = kept.filter(|draft| *draft != saved);
            if drafts.restored.is_disposed() {
                return;
            }
            drafts.restored.set(kept.is_some());
            drafts.now.set(Some(kept.unwrap_or(saved)));
        });
        on_cleanup(move || {
            if drafts
                .waiting
                .try_update_value(Option::take)
                .flatten()
                .is_some()
            {
                drafts.keep();
            }
        });
        drafts
    }

    /// The draft; the saved version until it is there.
    pub fn get(self) -> Draft {
        self.now.get().unwrap_or_else(|| self.base.get())
    }

    /// Whether something is not saved.
    pub fn is_changed(self) -> bool {
        self.now
            .with(|now| now.as_ref().is_some_and(|now| *now != self.base.get()))
    }

    /// Takes a change.
    pub fn change(self, draft: Draft) {
        self.now.set(Some(draft));
        let text = self.unsaved().unwrap_or_default();
        dom::set_tab_memory(&self.key.get_value(), &text);
        let later = Timeout::new(KEEP_MS, move || {
            if self
                .waiting
                .try_update_value(Option::take)
                .flatten()
                .is_some()
            {
                self.keep();
            }
        });
        self.waiting.set_value(Some(later));
    }

    /// Puts another version in its place, which is saved already.
    pub fn replace(self, saved: Draft) {
        self.base.set(saved.clone());
        self.restored.set(false);
        if self.now.get_untracked().as_ref() != Some(&saved) {
            self.now.set(Some(saved));
            self.version.update(|version| *version += 1);
        }
        self.waiting.set_value(None);
        dom::set_tab_memory(&self.key.get_value(), "");
        self.keep();
    }

    /// What is not saved, as a text; `None` when all is.
    fn unsaved(self) -> Option<String> {
        let draft = self.now.get_untracked();
        let unsaved = draft.filter(|draft| *draft != self.base.get_untracked());
        unsaved.and_then(|draft| serde_json::to_string(&draft).ok())
    }

    /// Keeps what is not saved; nothing when all is.
    fn keep(self) {
        let request = Request::PutNote {
            key: self.key.get_value(),
            text: self.unsaved(),
        };
        // A draft that is not kept is still on the screen: nobody waits for it.
        drop(self.app.client.send(request, None));
    }
}
