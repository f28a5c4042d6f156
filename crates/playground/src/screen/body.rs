//! The body of a request: JSON, or a file.

use leadline_boxed::control_flow::Show;
use leadline_boxed::{handler, memo};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;

use super::act;
use super::desk::Desk;
use crate::document::Body;
use crate::json;
use crate::request::{Content, Draft};

/// Longer texts are not put into a field.
const MOST_EDITED: usize = 100_000;
/// A list of leads to begin with.
const EXAMPLE_FILE: &str = "phone_number,first_name\n+14155550101,Ann\n+14155550102,Ben\n";

/// The body in the editor.
#[component]
pub fn BodyField(desk: Desk, body: Body) -> impl IntoView {
    let Body { example, file, .. } = body;
    let is_file = memo(move || {
        desk.draft
            .with(|draft| matches!(draft.body, Content::File { .. }))
    });
    let kinds = file.map(|field| {
        let json = example.clone();
        let to_json = move |_| desk.draft.update(|draft| draft.body = Content::Text(json.clone()));
        let to_file = move |_| {
            let (name, bytes) = ("leads.csv".to_owned(), EXAMPLE_FILE.as_bytes().to_vec());
            desk.draft.update(|draft| draft.body = Content::File { field: field.clone(), name, bytes });
        };
        view! {
            <div class="row tabs" role="group" aria-label="Kind of body">
                <button type="button" aria-pressed=move || (!is_file.get()).to_string() on:click=handler(to_json)>"JSON"</button>
                <button type="button" aria-pressed=move || is_file.get().to_string() on:click=handler(to_file)>"File"</button>
            </div>
        }
    });
    let reset = {
        let example = example.clone();
        move |_| {
            let operation = desk
                .draft
                .with_untracked(|draft| act::operation(desk, &draft.operation));
            let Some(operation) = operation else { return };
            desk.draft.update(|draft| {
                draft.body = Content::Text(example.clone());
                let mut filled = Draft {
                    body: draft.body.clone(),
                    ..draft.clone()
                };
                desk.known
                    .with_untracked(|known| known.fill(&operation, &mut filled));
                draft.body = filled.body;
            });
        }
    };
    view! {
        <fieldset class="body-field">
            <legend>"Body"</legend>
            <div class="row spread">
                {kinds}
                <button type="button" class="plain" on:click=handler(reset)>"Reset to the example"</button>
            </div>
            {move || if is_file.get() { file_field(desk).into_any() } else { text_field(desk).into_any() }}
        </fieldset>
    }
}

fn text_field(desk: Desk) -> impl IntoView {
    let text = move || {
        desk.draft.with(|draft| match &draft.body {
            Content::Text(text) => text.clone(),
            _ => String::new(),
        })
    };
    let length = move || {
        desk.draft.with(|draft| match &draft.body {
            Content::Text(text) => text.len(),
            _ => 0,
        })
    };
    let long = memo(move || Some(length()).filter(|length| *length > MOST_EDITED));
    let problem = memo(move || {
        if long.get().is_some() {
            None
        } else {
            json::problem(&text())
        }
    });
    let rows = move || text().lines().count().clamp(3, 18).to_string();
    move || {
        match long.get() {
        Some(length) => view! { <p class="note">{format!("A text of {length} bytes, too long to be edited here.")}</p> }.into_any(),
        None => view! {
            <textarea aria-label="Body, JSON" aria-describedby="body-problem" spellcheck="false" autocapitalize="off" rows=rows
                aria-invalid=move || problem.get().is_some().to_string() prop:value=text
                on:input=handler(move |event: leptos::ev::Event| {
                    desk.draft.update(|draft| draft.body = Content::Text(event_target_value(&event)))
                })></textarea>
            <p class="small bad-text" id="body-problem" role="status">
                {move || problem.get().map(|problem| format!("This is no JSON: {problem} It is sent as it is."))}
            </p>
        }
        .into_any(),
    }
    }
}

fn file_field(desk: Desk) -> impl IntoView {
    let shown = move || {
        desk.draft.with(|draft| match &draft.body {
            Content::File { name, bytes, .. } => {
                let text = std::str::from_utf8(bytes)
                    .ok()
                    .filter(|text| text.len() <= MOST_EDITED);
                (
                    format!("{name}, {} bytes", bytes.len()),
                    text.map(str::to_owned),
                )
            }
            _ => (String::new(), None),
        })
    };
    let edit = move |event| {
        let given = event_target_value(&event).into_bytes();
        desk.draft.update(|draft| {
            if let Content::File { bytes, .. } = &mut draft.body {
                *bytes = given;
            }
        });
    };
    let editable = memo(move || shown().1.is_some());
    let choose = move |event: leptos::ev::Event| {
        let input = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let chosen = input
            .and_then(|input| input.files())
            .and_then(|files| files.get(0));
        let Some(file) = chosen else { return };
        desk.spawn(async move {
            let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
                desk.say("The file could not be read.");
                return;
            };
            let given = js_sys::Uint8Array::new(&buffer).to_vec();
            desk.draft.update(|draft| {
                if let Content::File { name, bytes, .. } = &mut draft.body {
                    (*name, *bytes) = (file.name(), given);
                }
            });
        });
    };
    view! {
        <label class="field">"A CSV file, or an Excel workbook where the server reads them"
            <input type="file" accept=".csv,.xlsx,text/csv" on:change=handler(choose) />
        </label>
        <p class="small muted">{move || shown().0}</p>
        <Show when=move || editable.get()>
            <textarea aria-label="Contents of the file" spellcheck="false" rows="5" prop:value=move || shown().1.unwrap_or_default()
                on:input=handler(edit)></textarea>
        </Show>
    }
}
