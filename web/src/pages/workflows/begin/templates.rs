//! Workflows to begin with.

use leadline_designer::{Ids, Template, templates};
use leadline_model::{Definition, NodeConfig};
use leadline_protocol::Library;
use leptos::prelude::*;

use super::super::choices::{opener, watch};
use super::create;
use crate::boxed::handler;
use crate::client::random_key;
use crate::components::dialog::Dialog;
use crate::components::icon::Icon;
use crate::format;
use crate::state::use_app;

/// Puts the only active agent and number into the calls that have none; where there are several, the
/// choice is left to the author.
fn fill_in(definition: &mut Definition, library: &Library) {
    let mut agents = library.agents.iter().filter(|agent| agent.active);
    let mut numbers = library.phone_numbers.iter().filter(|number| number.active);
    let agent = agents.next().filter(|_| agents.next().is_none());
    let number = numbers.next().filter(|_| numbers.next().is_none());
    for node in &mut definition.nodes {
        if let NodeConfig::VoiceCall(call) = &mut node.config {
            call.agent_id = call
                .agent_id
                .take()
                .or_else(|| agent.map(|agent| agent.id.clone()));
            call.from_phone_number = call
                .from_phone_number
                .take()
                .or_else(|| number.map(|number| number.phone_number.clone()));
        }
    }
}

/// The dialog that offers the templates.
#[component]
pub fn TemplatesDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let app = use_app();
    let opened = opener();
    let choose = Callback::new(move |definition| {
        open.set(false);
        create(app, &definition, opened.clone());
    });
    let watch = watch();
    view! {
        <Dialog open title="Templates" wide=true>
            <p class="muted">"A copy opens in the designer: change whatever you like."</p>
            <TemplateCards on_choose=choose />
            <div class="dialog-foot">
                <p class="muted small grow">"Or see one at work first."</p>
                <button type="button" class="button" disabled=watch.running
                    on:click=handler(move |_| watch.start.run(()))>{Icon::Play.draw()}"Watch a sample run"</button>
            </div>
        </Dialog>
    }
}

#[component]
fn TemplateCards(
    /// Hears the chosen workflow.
    on_choose: Callback<Definition>,
) -> impl IntoView {
    let app = use_app();
    let card = move |template: Template| {
        let Template {
            title,
            description,
            definition,
            ..
        } = template;
        let steps = format::count(definition.nodes.len() as u64, "step", "steps");
        let choose = move |_| {
            let mut definition = definition.clone();
            if let Some(library) = app.library().get_untracked() {
                fill_in(&mut definition, &library);
            }
            on_choose.run(definition);
        };
        view! {
            <li>
                <button type="button" class="choice-card" on:click=handler(choose)>
                    <span class="choice-title">{title}</span>
                    <span class="muted">{description}</span>
                    <span class="small muted">{steps}</span>
                </button>
            </li>
        }
    };
    let cards = templates(&mut Ids::new(random_key()))
        .into_iter()
        .map(card)
        .collect_view();
    view! { <ul class="choice-grid">{cards}</ul> }
}
