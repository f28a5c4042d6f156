//! Starting a run by hand: which agent, what for, and the state its steps begin with.

use leadline_model::ordered::Ordered;
use leadline_model::run::RunDetail;
use leadline_model::{Value, Variables, json};
use leadline_protocol::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use crate::boxed::{closes, effect, handler, memo, typed_into};
use crate::components::control_flow::Show;
use crate::components::dialog::Dialog;
use crate::components::field::{SelectField, unique_id};
use crate::components::pairs::{PairRows, Pairs};
use crate::designer::forms::values;
use crate::state::use_app;

/// Reads the state as JSON.
fn read_json(text: &str) -> Result<Variables, String> {
    if text.trim().is_empty() {
        return Ok(Variables::new());
    }
    match json::from_text(text) {
        Ok(Value::Map(state)) => Ok(state),
        Ok(_) => Err("The state is a JSON object, such as {\"leadId\": \"lead-123\"}.".to_owned()),
        Err(error) => Err(format!("This is no JSON: {error}.")),
    }
}

/// The dialog that starts a run.
#[component]
pub fn StartDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The agent chosen at first; empty: the first that can be started.
    #[prop(into)]
    agent: Signal<String>,
) -> impl IntoView {
    let app = use_app();
    let names = memo(move || {
        let agents = app.library().get().map(|l| l.agents).unwrap_or_default();
        let ready = agents
            .into_iter()
            .filter(|a| a.active && a.workflow.is_some());
        ready
            .map(|agent| (agent.name.clone(), agent.name))
            .collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(String::new());
    effect(move || {
        if open.get() {
            let wanted = agent.get_untracked();
            let known = names.with_untracked(|names| {
                let found = names.iter().find(|(name, _)| *name == wanted);
                found.or(names.first()).map(|(name, _)| name.clone())
            });
            chosen.set(known.unwrap_or_default());
        }
    });
    view! {
        <Dialog open title="Start a run">
            {move || match names.with(Vec::is_empty) {
                true => view! {
                    <p>
                        "No active agent has a workflow yet. "
                        <A href="/agents">"Give an agent some steps"</A>" first."
                    </p>
                }.into_any(),
                false => view! { <StartForm open names chosen /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn StartForm(
    open: RwSignal<bool>,
    names: Memo<Vec<(String, String)>>,
    chosen: RwSignal<String>,
) -> impl IntoView {
    let app = use_app();
    let navigate = use_navigate();
    let task = RwSignal::new(String::new());
    let pairs = Pairs::new(&[("", "")]);
    let json = RwSignal::new(String::new());
    let as_json = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let wrong = memo(move || {
        let wrong = as_json
            .get()
            .then(|| json.with(|text| read_json(text)).err());
        wrong.flatten()
    });
    let of_pairs = move || -> Variables {
        let filled = untrack(|| pairs.filled()).into_iter();
        filled
            .map(|(key, text)| (key, values::read(&text)))
            .into_map()
    };
    let switch = move |_| {
        // What was typed goes along, as far as the other way can say it.
        if as_json.get_untracked() {
            let read = read_json(&json.get_untracked()).unwrap_or_default();
            let texts: Vec<_> = read
                .iter()
                .map(|(key, v)| (key.clone(), values::shown(v)))
                .collect();
            pairs.reset(&texts);
        } else {
            let state = of_pairs();
            let text = (!state.is_empty()).then(|| serde_json::to_string_pretty(&state).ok());
            json.set(text.flatten().unwrap_or_default());
        }
        as_json.update(|on| *on = !*on);
    };
    let start = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let state = match as_json.get_untracked() {
            true => match read_json(&json.get_untracked()) {
                Ok(state) => state,
                Err(error) => return problem.set(Some(error)),
            },
            false => of_pairs(),
        };
        let request = Request::StartRun {
            agent: chosen.get_untracked(),
            task: task.get_untracked().trim().to_owned(),
            state,
        };
        let navigate = navigate.clone();
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match app.client.ask::<Box<RunDetail>>(request).await {
                Ok(run) => {
                    open.set(false);
                    navigate(
                        &format!("/runs/{}", run.answer.run_id),
                        NavigateOptions::default(),
                    );
                }
                Err(refused) => {
                    problem.set(Some(refused.message));
                    busy.set(false);
                }
            }
        });
    };
    let (task_id, json_id) = (unique_id("task"), unique_id("state"));
    let note = format!("{json_id}-note");
    view! {
        <form class="stack" on:submit=handler(start)>
            <SelectField label="Agent" value=chosen options=names on_change=move |name: String| chosen.set(name) />
            <div class="field">
                <label for=task_id.clone()>"Task"</label>
                <textarea id=task_id rows="2" placeholder="Route this lead to the right team" prop:value=task
                    on:input=typed_into(task)></textarea>
                <p class="help">"What the run is for; steps read it as {{ task }}."</p>
            </div>
            <Show when=move || as_json.get() fallback=move || view! {
                <PairRows pairs key_name="Key" value_name="Value" placeholder="lead-123"
                    legend="State, which steps read as {{ state.key }}" one="value" />
            }>
                <div class="field">
                    <label for=json_id.clone()>"State as JSON"</label>
                    <textarea id=json_id.clone() class="mono" rows="6" spellcheck="false"
                        placeholder="{\"leadId\": \"lead-123\"}" prop:value=json aria-describedby=note.clone()
                        aria-invalid=move || wrong.with(Option::is_some).to_string()
                        on:input=typed_into(json)></textarea>
                    <p id=note.clone() class="error" aria-live="polite">{move || wrong.get()}</p>
                </div>
            </Show>
            <div><button type="button" class="button button-small" on:click=handler(switch)>
                {move || if as_json.get() { "Write the state as rows" } else { "Write the state as JSON" }}
            </button></div>
            {move || problem.get().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
            <div class="dialog-foot">
                <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                <button type="submit" class="button button-primary"
                    disabled=move || busy.get() || wrong.with(Option::is_some)>"Start run"</button>
            </div>
        </form>
    }
}
