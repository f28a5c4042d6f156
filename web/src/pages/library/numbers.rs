//! Phone numbers: what calls are made from.

use leadline_model::PhoneNumber;
use leadline_model::lead::{format_phone, parse_phone};
use leadline_protocol::{Library, Request};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::boxed::{closes, effect, handler, memo};
use crate::components::control_flow::Show;
use crate::components::dialog::Dialog;
use crate::components::field::TextField;
use crate::components::icon::Icon;
use crate::pages::leads::phone_error;
use crate::state::{AppState, use_app};

/// What is being edited: nothing, a new number, or one that exists.
type Editing = RwSignal<Option<Option<PhoneNumber>>>;

/// The list of numbers.
#[component]
pub fn NumberList() -> impl IntoView {
    let app = use_app();
    let editing: Editing = RwSignal::new(None);
    let numbers = memo(move || {
        app.library()
            .with(|l| l.as_ref().map(|l| l.phone_numbers.clone()))
    });
    view! {
        <section class="card stack">
            <div class="row spread">
                <h2>"Phone numbers"</h2>
                <button type="button" class="button button-primary" on:click=handler(move |_| editing.set(Some(None)))>
                    {Icon::Plus.draw()}"New number"
                </button>
            </div>
            {move || match numbers.get() {
                None => view! { <p class="muted opening">"Reading numbers…"</p> }.into_any(),
                Some(list) if list.is_empty() => view! {
                    <p class="muted">"No number yet. In simulation any number will do, such as +14155550100."</p>
                }.into_any(),
                Some(list) => view! {
                    <ul class="item-list">
                        {list.into_iter().map(|number| view! { <NumberRow number editing /> }).collect_view()}
                    </ul>
                }.into_any(),
            }}
        </section>
        <NumberDialog editing />
    }
}

#[component]
fn NumberRow(
    /// Which.
    number: PhoneNumber,
    /// Opens the editor.
    editing: Editing,
) -> impl IntoView {
    let app = use_app();
    let PhoneNumber {
        phone_number,
        label,
        active,
        ..
    } = number.clone();
    let toggle = {
        let number = number.clone();
        move |event| {
            let PhoneNumber {
                phone_number,
                label,
                ..
            } = number.clone();
            let active = event_target_checked(&event);
            app.run(
                Request::PutPhoneNumber {
                    phone_number,
                    label,
                    active,
                },
                |_: PhoneNumber| {},
            );
        }
    };
    let delete = {
        let phone_number = phone_number.clone();
        move |_| ask_to_delete(app, phone_number.clone())
    };
    let edit = move |_| editing.set(Some(Some(number.clone())));
    view! {
        <li class="item">
            <div class="grow">
                <p class="strong mono">{phone_number.clone()}</p>
                <p class="small muted">{if label.is_empty() { "No label".to_owned() } else { label }}</p>
            </div>
            <label class="check">
                <input type="checkbox" prop:checked=active on:change=handler(toggle)
                    aria-label=format!("{phone_number} is active") />
                "Active"
            </label>
            <button type="button" class="icon-button" title="Edit" aria-label=format!("Edit {phone_number}")
                on:click=handler(edit)>{Icon::Edit.draw()}</button>
            <button type="button" class="icon-button" title="Delete" aria-label=format!("Delete {phone_number}")
                on:click=handler(delete)>{Icon::Trash.draw()}</button>
        </li>
    }
}

fn ask_to_delete(app: AppState, phone_number: String) {
    let text = "A number that a workflow uses cannot be deleted. This cannot be undone.";
    app.confirm(
        format!("Delete {phone_number}?"),
        text,
        "Delete",
        move || {
            let request = Request::DeletePhoneNumber {
                phone_number: phone_number.clone(),
            };
            app.run(request, move |()| {
                app.toasts.info("The number was deleted.")
            });
        },
    );
}

fn new_number_error(text: &str, library: &Option<Library>) -> Option<String> {
    if let Some(error) = phone_error(text) {
        return Some(error);
    }
    let plain = parse_phone(text).map(format_phone);
    let numbers = library
        .as_ref()
        .map(|library| library.phone_numbers.as_slice())
        .unwrap_or_default();
    let taken = numbers
        .iter()
        .any(|number| Some(&number.phone_number) == plain.as_ref());
    taken.then(|| "This number is in the list already.".to_owned())
}

#[component]
fn NumberDialog(
    /// What is being edited.
    editing: Editing,
) -> impl IntoView {
    let app = use_app();
    let open = RwSignal::new(false);
    let (phone, label) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let known = memo(move || editing.get().flatten());
    effect(move || {
        let Some(number) = editing.get() else { return };
        phone.set(
            number
                .as_ref()
                .map(|number| number.phone_number.clone())
                .unwrap_or_default(),
        );
        label.set(number.map(|number| number.label).unwrap_or_default());
        problem.set(None);
        open.set(true);
    });
    // The number is the key: it is typed once and then stays.
    let error = Signal::derive(move || {
        if known.with(Option::is_some) {
            return None;
        }
        phone.with(|phone| {
            app.library()
                .with(|library| new_number_error(phone, library))
        })
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(phone_number) = phone
            .with_untracked(|text| parse_phone(text))
            .map(format_phone)
        else {
            return;
        };
        if error.get_untracked().is_some() {
            return;
        }
        let active =
            known.with_untracked(|known| known.as_ref().is_none_or(|number| number.active));
        let request = Request::PutPhoneNumber {
            phone_number,
            label: label.get_untracked(),
            active,
        };
        problem.set(None);
        spawn_local(async move {
            match app.client.ask::<PhoneNumber>(request).await {
                Ok(_) => open.set(false),
                Err(refused) => problem.set(Some(refused.message)),
            }
        });
    };
    let title = move || match known.get() {
        Some(number) => format!("Edit {}", number.phone_number),
        None => "New number".to_owned(),
    };
    view! {
        <Dialog open title=Signal::derive(title)>
            <form class="stack" on:submit=handler(save)>
                <Show when=move || known.with(Option::is_none)>
                    <TextField label="Phone number" kind="tel" value=phone error autofocus=true
                        placeholder="+14155550100" help="With its country code." />
                </Show>
                <TextField label="Label" value=label placeholder="Sales" help="What people call it." />
                {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="submit" class="button button-primary" disabled=move || error.get().is_some()>
                        "Save number"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
