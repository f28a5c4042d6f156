//! Dialogs that add a remote, change its name and address, and give it another key.

use leadline_protocol::{Remote, RemoteId, RemoteKind, SyncRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::address::{Checked, Here, check, key_fault};
use crate::boxed::{closes, effect, handler, memo, typed_into};
use crate::components::dialog::Dialog;
use crate::components::field::{TextField, unique_id};
use crate::remotes::standing::kind_words;
use crate::state::{AppState, use_app};

/// What a form has to send, and how it fares.
#[derive(Clone, Copy)]
struct Sending {
    app: AppState,
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
    refused: RwSignal<Option<String>>,
}

impl Sending {
    fn new(open: RwSignal<bool>) -> Sending {
        Sending {
            app: use_app(),
            open,
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
        }
    }

    /// Sends; the dialog closes when it was taken.
    fn send(self, request: SyncRequest, done: impl FnOnce() + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            match self.app.remotes.change(request).await {
                Ok(()) => {
                    self.open.try_set(false);
                    done();
                }
                Err(problem) => drop(self.refused.try_set(Some(problem.message))),
            }
            self.busy.try_set(false);
        });
    }
}

/// Why it was refused, and the buttons at the foot of a form.
#[component]
fn Foot(sending: Sending, verb: &'static str, ready: Signal<bool>) -> impl IntoView {
    view! {
        {move || sending.refused.get().map(|text| view! {
            <p class="error-text wrap-anywhere" role="alert">{text}</p>
        })}
        <div class="dialog-foot">
            <button type="button" class="button" on:click=closes(sending.open)>"Cancel"</button>
            <button type="submit" class="button button-primary"
                disabled=move || !ready.get() || sending.busy.get()>{verb}</button>
        </div>
    }
}

const KINDS: [(RemoteKind, &str); 3] = [
    (
        RemoteKind::Leadline,
        "A server started with “leadline serve”. It tells of changes at once, and only what changed is sent.",
    ),
    (
        RemoteKind::Plain,
        "A server of the plain workflow API. Workflows are sent node by node, and it is asked for changes from time to time.",
    ),
    (
        RemoteKind::Files,
        "A folder of JSON files, on this machine or one that is shared, or files that you carry yourself. No server runs them.",
    ),
];

/// The texts of the form.
#[derive(Clone, Copy)]
struct Form {
    kind: RwSignal<RemoteKind>,
    name: RwSignal<String>,
    address: RwSignal<String>,
    key: RwSignal<String>,
}

impl Form {
    fn has_server(self) -> bool {
        self.kind.get() != RemoteKind::Files
    }

    fn place(self) -> Result<Checked, String> {
        check(&self.address.get(), &Here::now())
    }

    fn place_fault(self) -> Option<String> {
        self.has_server().then(|| self.place().err()).flatten()
    }

    fn key_fault(self) -> Option<String> {
        let needed = self.kind.get() == RemoteKind::Leadline;
        self.has_server()
            .then(|| self.key.with(|key| key_fault(key, needed)))
            .flatten()
    }

    /// What it is called when nobody says: its host.
    fn default_name(self) -> String {
        match self.kind.get() {
            RemoteKind::Files => "My files".to_owned(),
            _ => self.place().map(|place| place.host).unwrap_or_default(),
        }
    }

    fn request(self) -> SyncRequest {
        let name = self.name.get().trim().to_owned();
        let server = self.has_server();
        let text = |text: RwSignal<String>| match server {
            true => text.get().trim().to_owned(),
            false => String::new(),
        };
        SyncRequest::AddRemote {
            name: if name.is_empty() {
                self.default_name()
            } else {
                name
            },
            kind: self.kind.get(),
            address: text(self.address),
            key: text(self.key),
        }
    }
}

/// Adds a remote.
#[component]
pub fn AddRemote(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Hears the number of the one that was added.
    #[prop(into)]
    added: Callback<RemoteId>,
) -> impl IntoView {
    let form = Form {
        kind: RwSignal::new(RemoteKind::Leadline),
        name: RwSignal::new(String::new()),
        address: RwSignal::new(String::new()),
        key: RwSignal::new(String::new()),
    };
    let sending = Sending::new(open);
    // A key does not stay in a form that is closed.
    effect(move || {
        open.track();
        for text in [form.name, form.address, form.key] {
            text.set(String::new());
        }
        sending.refused.set(None);
    });
    let ready = Signal::derive(move || form.place_fault().is_none() && form.key_fault().is_none());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if untrack(|| !ready.get()) {
            return;
        }
        let remotes = sending.app.remotes.list;
        let ids = move || -> Vec<RemoteId> {
            remotes.with_untracked(|list| list.iter().flatten().map(|r| r.id).collect())
        };
        let before = ids();
        sending.send(untrack(|| form.request()), move || {
            if let Some(new) = ids().into_iter().find(|id| !before.contains(id)) {
                added.run(new);
            }
        });
    };
    view! {
        <Dialog open title="Add a remote">
            <form class="stack" on:submit=handler(submit)>
                <KindChoice kind=form.kind />
                {move || form.has_server().then(|| view! {
                    <AddressField address=form.address />
                    <TextField label="Key" kind="password" value=form.key error=Signal::derive(move || form.key_fault())
                        help="Kept in this browser; never shown again, exported or put into a link." />
                })}
                <NameField name=form.name default=Signal::derive(move || form.default_name()) />
                <Foot sending verb="Add remote" ready />
            </form>
        </Dialog>
    }
}

#[component]
fn KindChoice(kind: RwSignal<RemoteKind>) -> impl IntoView {
    let group = unique_id("kind");
    let choice = |(value, _): (RemoteKind, &'static str)| {
        view! {
            <label class="segment">
                <input type="radio" name=group.clone() prop:checked=move || kind.get() == value
                    on:change=handler(move |_| kind.set(value)) />
                <span>{kind_words(value)}</span>
            </label>
        }
    };
    let help = move || {
        let chosen = kind.get();
        KINDS
            .iter()
            .find(|(value, _)| *value == chosen)
            .map(|(_, help)| *help)
    };
    view! {
        <fieldset class="field">
            <legend class="label">"Kind"</legend>
            <div class="segments">{KINDS.map(choice).collect_view()}</div>
            <p class="help">{help}</p>
        </fieldset>
    }
}

/// The address, with what stands in its way and what the server has to allow.
#[component]
fn AddressField(address: RwSignal<String>) -> impl IntoView {
    let here = Here::now();
    let origin = here.origin.clone();
    let place = memo(move || check(&address.get(), &here));
    let error = Signal::derive(move || place.get().err());
    let cors = format!("--cors-origin {origin}");
    view! {
        <TextField label="Address" kind="url" value=address error placeholder="https://leadline.example"
            help="With or without /v1." />
        {move || place.get().ok().map(|place| view! {
            {place.note.map(|note| view! { <p class="note note-warning small">{note}</p> })}
            {(!place.same_origin).then(|| view! {
                <p class="note small wrap-anywhere">
                    "The server has to allow this page. A Leadline server does when it is started with "
                    <code>{cors.clone()}</code>"."
                </p>
            })}
        })}
    }
}

#[component]
fn NameField(name: RwSignal<String>, default: Signal<String>) -> impl IntoView {
    let id = unique_id("name");
    view! {
        <div class="field">
            <label for=id.clone()>"Name"</label>
            <input id=id type="text" autocomplete="off" maxlength="80" prop:value=name
                placeholder=move || default.get()
                on:input=typed_into(name) />
        </div>
    }
}

/// Changes a remote's name and address.
#[component]
pub fn ChangeRemote(
    /// Which.
    remote: Memo<Option<Remote>>,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let (name, address) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let sending = Sending::new(open);
    let server =
        move || remote.with(|remote| remote.as_ref().is_some_and(|r| r.kind != RemoteKind::Files));
    effect(move || {
        if !open.get() {
            return;
        }
        sending.refused.set(None);
        if let Some(remote) = remote.get_untracked() {
            name.set(remote.name);
            address.set(remote.address);
        }
    });
    let ready = Signal::derive(move || {
        let place = !server() || check(&address.get(), &Here::now()).is_ok();
        place && !name.with(|name| name.trim().is_empty())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(known) = remote.get_untracked().filter(|_| ready.get_untracked()) else {
            return;
        };
        let new = |text: RwSignal<String>, old: &str| {
            let text = text.get_untracked().trim().to_owned();
            (text != old).then_some(text)
        };
        let request = SyncRequest::ChangeRemote {
            remote: known.id,
            name: new(name, &known.name),
            address: new(address, &known.address),
            key: None,
        };
        sending.send(request, || ());
    };
    view! {
        <Dialog open title="Change the remote">
            <form class="stack" on:submit=handler(submit)>
                <NameField name default=Signal::derive(String::new) />
                {move || server().then(|| view! { <AddressField address /> })}
                <Foot sending verb="Save" ready />
            </form>
        </Dialog>
    }
}

/// A field for another key, which is tried at once.
#[component]
pub fn KeyForm(
    /// Whose.
    remote: RemoteId,
    /// What the field is called.
    label: &'static str,
    /// Set to false when the key was taken.
    open: RwSignal<bool>,
) -> impl IntoView {
    let key = RwSignal::new(String::new());
    let sending = Sending::new(open);
    let error = Signal::derive(move || key.with(|key| key_fault(key, true)));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if untrack(|| error.get().is_some()) {
            return;
        }
        let request = SyncRequest::ChangeRemote {
            remote,
            name: None,
            address: None,
            key: Some(key.get_untracked().trim().to_owned()),
        };
        sending.send(request, move || {
            key.try_set(String::new());
        });
    };
    view! {
        <form class="key-form" on:submit=handler(submit)>
            <TextField label kind="password" value=key error />
            <button type="submit" class="button button-primary"
                disabled=move || error.get().is_some() || sending.busy.get()>"Use this key"</button>
            {move || sending.refused.get().map(|text| view! {
                <p class="error-text wrap-anywhere" role="alert">{text}</p>
            })}
        </form>
    }
}

/// Gives a remote another key; the present one is not shown.
#[component]
pub fn ChangeKey(
    /// Whose.
    remote: RemoteId,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open title="Change the key">
            <p class="muted">"The key that is kept is not shown. The new one takes its place and is tried at once."</p>
            <KeyForm remote label="New key" open />
        </Dialog>
    }
}
