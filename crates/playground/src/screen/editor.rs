//! The request: parameters, headers, body.

use leadline_boxed::handler;
use leptos::html;
use leptos::prelude::*;

use super::act;
use super::body::BodyField;
use super::desk::Desk;
use super::errors::Errors;
use super::samples::Samples;
use super::words::words;
use crate::document::{Operation, Parameter, Place};
use crate::request::Key;

/// The operation that was chosen, with its request.
#[component]
pub fn Editor(desk: Desk) -> impl IntoView {
    let operation = desk.operation();
    move || match operation.get() {
        Some(operation) => editor(desk, operation).into_any(),
        None => welcome(desk).into_any(),
    }
}

/// The request as code, and what can be answered.
#[component]
pub fn More(desk: Desk) -> impl IntoView {
    let operation = desk.operation();
    move || {
        operation.get().map(|operation| {
            view! {
                <div class="more-of-it">
                    <Samples desk operation=operation.clone() />
                    <Errors desk operation />
                </div>
            }
        })
    }
}

fn welcome(desk: Desk) -> impl IntoView {
    let first = desk.tours.get_value().into_iter().take(4).map(|tour| {
        let id = tour.id.clone();
        view! {
            <li>
                <button type="button" class="card" on:click=handler(move |_| act::start_tour(desk, &id))>
                    <strong>{tour.title.clone()}</strong><span>{tour.about.clone()}</span>
                </button>
            </li>
        }
    });
    view! {
        <section class="welcome">
            <h2>"Every request here is real"</h2>
            <p>
                "An engine runs in this page and answers as a server would: no account, no network. Take a tour, or choose \
                 an operation, change the request and send it. Nothing you do leaves this page unless you connect to a server."
            </p>
            <ul class="cards">{first.collect_view()}</ul>
        </section>
    }
}

fn editor(desk: Desk, operation: Operation) -> impl IntoView {
    let Operation {
        method,
        path,
        summary,
        description,
        body,
        ..
    } = operation.clone();
    let class = format!("method {}", method.to_lowercase());
    let heading = NodeRef::<html::H2>::new();
    let fields = |place: Place, title: &'static str| {
        let all: Vec<Parameter> = operation.at(place).cloned().collect();
        (!all.is_empty()).then(|| {
            let fields = all
                .into_iter()
                .map(|parameter| view! { <Field desk parameter /> });
            view! { <fieldset><legend>{title}</legend>{fields.collect_view()}</fieldset> }
        })
    };
    let busy = move || desk.sending.with(Option::is_some);
    let where_to = move || {
        desk.server
            .get()
            .unwrap_or_else(|| "the engine in this page".to_owned())
    };
    let keyless = move || desk.draft.with(|draft| draft.key == Key::None);
    let listens = (operation.streams && !operation.is_write()).then(|| {
        let listen = move |event| desk.draft.update(|draft| draft.listen = event_target_checked(&event));
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=move || desk.draft.with(|draft| draft.listen) on:change=handler(listen) />
                "Keep listening (server-sent events)"
            </label>
        }
    });
    let key = operation.needs_key.then(|| {
        let set = move |event| desk.draft.update(|draft| draft.key = if event_target_checked(&event) { Key::None } else { Key::Own });
        view! {
            <label class="check"><input type="checkbox" prop:checked=keyless on:change=handler(set) />"Send without the key"</label>
        }
    });
    let asked = operation.clone();
    let lacks = move || {
        let names = desk.draft.with(|draft| draft.lacking(&asked).join(", "));
        (!names.is_empty()).then(|| {
            view! { <p class="note">{format!("{names} is needed. Make one first, or put in one you know.")}</p> }
        })
    };
    view! {
        <section class="editor" aria-label="Request">
            <h2 tabindex="-1" node_ref=heading>{summary}</h2>
            <p class="path"><span class=class>{method}</span> <code>{path}</code></p>
            {(!description.is_empty()).then(|| view! { <p>{words(&description)}</p> })}
            {fields(Place::Path, "Path")}
            {fields(Place::Query, "Query")}
            {body.map(|body| view! { <BodyField desk body /> })}
            <details class="more">
                <summary>"Headers and key"</summary>
                {fields(Place::Header, "Headers")}
                {key}
            </details>
            {listens}
            {lacks}
            <div class="row send">
                <button type="button" class="primary" aria-disabled=move || busy().to_string() on:click=handler(move |_| act::send(desk))>
                    {move || if busy() { "Sending…" } else { "Send" }}
                </button>
                <span class="muted small">"Ctrl+Enter. Goes to "{where_to}"."</span>
            </div>
        </section>
    }
}

#[component]
fn Field(desk: Desk, parameter: Parameter) -> impl IntoView {
    let Parameter {
        name,
        required,
        description,
        options,
        limits,
        ..
    } = parameter;
    let id = format!("field-{name}");
    let (list, help) = (format!("{id}-known"), format!("{id}-help"));
    let value = {
        let name = name.clone();
        move || {
            desk.draft
                .with(|draft| draft.values.get(&name).cloned().unwrap_or_default())
        }
    };
    let set = {
        let name = name.clone();
        move |value: String| {
            desk.draft.update(|draft| {
                draft.values.insert(name.clone(), value);
            });
        }
    };
    let missing = {
        let name = name.clone();
        move || required && desk.draft.with(|draft| draft.value(&name).is_empty())
    };
    let help_text = [description.as_str(), limits.as_str()].join(" ");
    let help_text = help_text.trim().to_owned();
    let offered = {
        let name = name.clone();
        move || {
            let workflow = desk
                .draft
                .with(|draft| draft.value("workflow_id").to_owned());
            let workflow = if name == "workflow_id" {
                ""
            } else {
                workflow.as_str()
            };
            let name = if name.ends_with("node_id") || name == "move_leads_to" {
                "node_id"
            } else {
                name.as_str()
            };
            desk.known.with(|known| {
                let all = known.offered(name, workflow).into_iter();
                let all = all.map(
                    |item| view! { <option value=item.value.clone()>{item.name.clone()}</option> },
                );
                all.collect_view()
            })
        }
    };
    let control = if options.is_empty() {
        let set = set.clone();
        view! {
            <input id=id.clone() list=list.clone() spellcheck="false" autocomplete="off" prop:value=value required=required
                aria-invalid=move || missing().to_string() aria-describedby=help.clone()
                on:input=handler(move |event: leptos::ev::Event| set(event_target_value(&event))) />
            <datalist id=list>{offered}</datalist>
        }
        .into_any()
    } else {
        let choices = options
            .into_iter()
            .map(|option| view! { <option value=option.clone()>{option.clone()}</option> });
        let choices = choices.collect_view();
        view! {
            <select id=id.clone() prop:value=value aria-describedby=help.clone()
                on:change=handler(move |event: leptos::ev::Event| set(event_target_value(&event)))>
                <option value="">"(any)"</option>{choices}
            </select>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label for=id><code>{name}</code>{required.then_some(" (needed)")}</label>
            {control}
            <p class="small muted" id=help>{words(&help_text)}</p>
        </div>
    }
}
