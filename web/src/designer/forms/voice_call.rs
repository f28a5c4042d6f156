//! The settings of a voice call: who talks, from which number, how often it is tried.

use leadline_model::{VoiceCall, limits};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Limits, NEW, OptionalNumber, SelectField, pairs};
use super::library::{NewAgent, NewNumber};
use super::prompt::PromptEditor;
use super::retry::RetryForm;
use super::simulation::CallSimulationForm;
use super::surroundings::Surroundings;
use crate::boxed::memo;

/// The settings of a voice call.
#[component]
pub fn VoiceCallForm(
    /// Its config.
    config: Bound<VoiceCall>,
) -> impl IntoView {
    view! {
        <AgentPicker config />
        <NumberPicker config />
        <details class="d-section" open>
            <summary>"Prompt"</summary>
            <PromptEditor agent=Signal::derive(move || config.get().agent_id) />
        </details>
        <details class="d-section">
            <summary>"Retries and ringing"</summary>
            <RetryForm
                policy=config.part(|c| c.retry.clone(), |c, retry| c.retry = retry)
                when_off="Use the workflow's retry policy"
                when_on="This call has its own retry policy"
            />
            <OptionalNumber
                label="Ring timeout"
                value=config.part(|c| c.ring_timeout_seconds, |c, n| c.ring_timeout_seconds = n)
                limits=Limits { min: 5, max: 600 }
                unit="seconds"
                placeholder="30"
                help="How long the phone rings before the call counts as not picked up."
            />
        </details>
        <details class="d-section" open>
            <summary>"How people answer (simulation)"</summary>
            <CallSimulationForm
                simulation=config.part(
                    |c| c.simulation.clone().unwrap_or_default(),
                    |c, s| c.simulation = (s != Default::default()).then_some(s),
                )
            />
        </details>
    }
}

/// Picks the agent, or opens the dialog that makes one.
#[component]
fn AgentPicker(config: Bound<VoiceCall>) -> impl IntoView {
    let library = Surroundings::here().library;
    let creating = RwSignal::new(false);
    let choices = Signal::derive(move || {
        let mut list = pairs([("", "Choose an agent")]);
        for agent in library.get().agents {
            let words = if agent.active {
                agent.name
            } else {
                format!("{} (inactive)", agent.name)
            };
            list.push((agent.id.to_string(), words));
        }
        list.extend(pairs([(NEW, "New agent…")]));
        list
    });
    let error = Signal::derive(move || {
        let Some(id) = config.get().agent_id else {
            return Some("A voice call needs an agent.".to_owned());
        };
        match library.get().agents.iter().find(|agent| agent.id == id) {
            None => Some("This agent does not exist.".to_owned()),
            Some(agent) if !agent.active => Some("This agent is not active.".to_owned()),
            Some(_) => None,
        }
    });
    let picked = Bound::new(
        memo(move || {
            config
                .get()
                .agent_id
                .map(|id| id.to_string())
                .unwrap_or_default()
        }),
        move |key: String| match key.as_str() {
            NEW => creating.set(true),
            key => config.update(|c| c.agent_id = leadline_model::AgentId::parse(key).ok()),
        },
    );
    view! {
        <SelectField label="Agent" value=picked choices error help="Who talks to the lead." />
        <NewAgent open=creating done=move |agent| config.update(|c| c.agent_id = Some(agent)) />
    }
}

/// Picks the number calls are made from, or opens the dialog that makes one.
#[component]
fn NumberPicker(config: Bound<VoiceCall>) -> impl IntoView {
    let library = Surroundings::here().library;
    let creating = RwSignal::new(false);
    let choices = Signal::derive(move || {
        let mut list = pairs([("", "Choose a number")]);
        for number in library.get().phone_numbers {
            let label = if number.label.is_empty() {
                String::new()
            } else {
                format!(" {}", number.label)
            };
            let off = if number.active { "" } else { " (inactive)" };
            list.push((
                number.phone_number.clone(),
                format!("{}{label}{off}", number.phone_number),
            ));
        }
        list.extend(pairs([(NEW, "New number…")]));
        list
    });
    let error = Signal::derive(move || {
        let Some(number) = config.get().from_phone_number else {
            return Some("A voice call needs a number to call from.".to_owned());
        };
        match library
            .get()
            .phone_numbers
            .iter()
            .find(|n| n.phone_number == number)
        {
            None => Some("This number does not exist.".to_owned()),
            Some(number) if !number.active => Some("This number is not active.".to_owned()),
            Some(_) => None,
        }
    });
    let picked = Bound::new(
        memo(move || config.get().from_phone_number.unwrap_or_default()),
        move |key: String| match key.as_str() {
            NEW => creating.set(true),
            key => {
                let number = (!key.is_empty()).then(|| key.to_owned());
                config.update(|c| c.from_phone_number = number);
            }
        },
    );
    view! {
        <SelectField label="Call from" value=picked choices error help="The number the lead sees." />
        <NewNumber
            open=creating
            done=move |number: String| config.update(|c| c.from_phone_number = Some(number))
        />
    }
}

/// Numbers of simultaneous calls a limit may have.
pub const CONCURRENCY: Limits = Limits {
    min: 1,
    max: limits::MAX_CONCURRENT_CALLS,
};
