//! Dialogs that make an agent or a number without leaving the canvas.

use leadline_model::lead::{format_phone, parse_phone};
use leadline_model::{Agent, AgentId, PhoneNumber, limits};
use leadline_protocol::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::bound::Bound;
use super::controls::{TextArea, TextField};
use super::surroundings::Surroundings;
use crate::designer::dialog::FormDialog;

/// What is wrong with the name of an agent.
fn name_error(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() {
        Some("Give the agent a name.".to_owned())
    } else if !name.chars().all(fits) {
        Some("Only letters, digits, `_` and `-`, without blanks.".to_owned())
    } else if name.len() > limits::MAX_LABEL {
        Some(format!("At most {} characters.", limits::MAX_LABEL))
    } else {
        None
    }
}

/// Makes an agent.
#[component]
pub fn NewAgent(
    /// What happens with it.
    done: impl Fn(AgentId) + Copy + Send + Sync + 'static,
    /// Whether the dialog is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = Surroundings::here().app;
    let name = Bound::local(String::new());
    let prompt = Bound::local("Hello {{ first_name }}, ".to_owned());
    let refused = RwSignal::new(None::<String>);
    // The engine names the prompt when that is what it refuses; anything else is about the name.
    let about_prompt = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| text.starts_with("The prompt"))
    };
    let bad_name = Signal::derive(move || {
        refused
            .get()
            .filter(|text| !about_prompt(&Some(text.clone())))
    });
    let bad_prompt = Signal::derive(move || {
        refused
            .get()
            .filter(|text| about_prompt(&Some(text.clone())))
    });
    let submit = move || {
        if let Some(error) = name_error(name.peek().trim()) {
            return refused.set(Some(error));
        }
        let request = Request::PutAgent {
            id: None,
            name: name.peek().trim().to_owned(),
            prompt: prompt.peek(),
            workflow: None,
            active: true,
        };
        spawn_local(async move {
            match app.client.ask::<Agent>(request).await {
                Ok(agent) => {
                    done(agent.id);
                    open.set(false);
                }
                Err(problem) => refused.set(Some(problem.message)),
            }
        });
    };
    view! {
        <FormDialog open title="New agent" verb="Create agent" submit>
            <TextField label="Name" value=name error=bad_name placeholder="friendly-caller" />
            <TextArea
                label="Prompt"
                value=prompt
                error=bad_prompt
                rows=6
                help="What the agent says. {{ first_name }} stands for a lead's variable."
            />
        </FormDialog>
    }
}

/// Makes a number calls are made from.
#[component]
pub fn NewNumber(
    /// What happens with it.
    done: impl Fn(String) + Copy + Send + Sync + 'static,
    /// Whether the dialog is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = Surroundings::here().app;
    let number = Bound::local(String::new());
    let label = Bound::local(String::new());
    let refused = RwSignal::new(None::<String>);
    let submit = move || {
        let Some(digits) = parse_phone(&number.peek()) else {
            let words = "Write it with country code, such as +14155550100.";
            return refused.set(Some(words.to_owned()));
        };
        let request = Request::PutPhoneNumber {
            phone_number: format_phone(digits),
            label: label.peek(),
            active: true,
        };
        spawn_local(async move {
            match app.client.ask::<PhoneNumber>(request).await {
                Ok(number) => {
                    done(number.phone_number);
                    open.set(false);
                }
                Err(problem) => refused.set(Some(problem.message)),
            }
        });
    };
    view! {
        <FormDialog open title="New number" verb="Create number" submit>
            <TextField
                label="Phone number"
                value=number
                error=refused
                kind="tel"
                placeholder="+14155550100"
                help="With country code (E.164)."
            />
            <TextField label="Label" value=label placeholder="Sales" help="What people call it." />
        </FormDialog>
    }
}
