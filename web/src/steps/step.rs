//! One step: its name, its type, when it is skipped, and what it does.

use leadline_model::{Step, StepAction};
use leptos::prelude::*;

use super::actions::{ClassifyForm, SetForm};
use super::approval::ApprovalForm;
use super::known::{Earlier, StepVariables, fields};
use super::problems::of_step;
use super::{Steps, TYPES, action_of, type_words};
use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;
use crate::components::icon::Icon;
use crate::designer::forms::application::WebhookForm;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::condition::{GroupForm, first_group};
use crate::designer::forms::controls::{CheckField, SelectField, TextField, pairs};
use crate::designer::forms::fields::KnownFields;

/// What a step does, in a few words.
fn summary(step: &Step) -> String {
    let many = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    let does = match &step.action {
        StepAction::Set(set) => set.values.keys().cloned().collect::<Vec<_>>().join(", "),
        StepAction::Classify(classify) => many(classify.rules.len(), "rule", "rules"),
        StepAction::Http(webhook) => {
            let method = webhook.method.as_deref().unwrap_or("POST");
            format!(
                "{method} {}",
                webhook.url.as_deref().unwrap_or("no URL yet")
            )
        }
        StepAction::Approval(approval) => approval.message.clone(),
    };
    match step.when {
        Some(_) => format!("{does} (only under a condition)"),
        None => does,
    }
}

/// One step: a line that opens its form.
#[component]
pub fn StepCard(
    /// All of them.
    steps: Steps,
    /// Which.
    key: u64,
    /// What is wrong with the workflow.
    problems: Signal<Vec<String>>,
) -> impl IntoView {
    let step = steps.step(key);
    let place = memo(move || steps.place(key).unwrap_or_default());
    let earlier = memo(move || {
        let mut list = steps.list.get();
        list.truncate(place.get());
        list
    });
    provide_context(Earlier(earlier));
    provide_context(KnownFields(memo(move || earlier.with(|list| fields(list)))));
    let own = memo(move || {
        let (step, place) = (step.get(), place.get());
        let found = problems.get().into_iter();
        found
            .filter_map(|problem| of_step(&problem, &step, place))
            .collect::<Vec<_>>()
    });
    let open = move || steps.open.with(|open| open.contains(&key));
    let toggle = move |_| {
        steps.open.update(|open| {
            if !open.remove(&key) {
                open.insert(key);
            }
        });
    };
    let name = memo(move || match step.get().name {
        name if name.is_empty() => format!("Step {}", place.get() + 1),
        name => name,
    });
    let is_last = move || steps.list.get().len() == place.get() + 1;
    let body = format!("step-{key}");
    view! {
        <li class="step" class:step-wrong=move || !own.get().is_empty() data-step=key.to_string()>
            <div class="step-head">
                <button type="button" class="step-toggle" aria-expanded=move || open().to_string()
                    aria-controls=body.clone() on:click=handler(toggle)>
                    <span class="step-number" aria-hidden="true">{move || place.get() + 1}</span>
                    <span class="grow">
                        <span class="strong">{name}</span>
                        " "
                        <span class="small muted">{move || type_words(step.get().action.name())}</span>
                        <span class="step-summary small muted">{move || summary(&step.get())}</span>
                    </span>
                    {move || (!own.get().is_empty()).then(|| view! {
                        <span class="badge badge-failed">
                            {match own.get().len() { 1 => "1 problem".to_owned(), n => format!("{n} problems") }}
                        </span>
                    })}
                </button>
                <button type="button" class="d-icon" data-move="up" disabled=move || place.get() == 0
                    aria-label=move || format!("Move step {} up", name.get())
                    on:click=handler(move |_| steps.shift(key, true))>"↑"</button>
                <button type="button" class="d-icon" data-move="down" disabled=is_last
                    aria-label=move || format!("Move step {} down", name.get())
                    on:click=handler(move |_| steps.shift(key, false))>"↓"</button>
                <button type="button" class="icon-button" aria-label=move || format!("Remove step {}", name.get())
                    on:click=handler(move |_| steps.remove(key))>{Icon::Trash.draw()}</button>
            </div>
            <div id=body>
                <Show when=open><StepForm step own /></Show>
            </div>
        </li>
    }
}

#[component]
fn StepForm(step: Bound<Step>, own: Memo<Vec<String>>) -> impl IntoView {
    let name = step.part(|s| s.name.clone(), |s, name| s.name = name);
    let kind = step.part(
        |s| s.action.name().to_owned(),
        |s, kind| {
            if s.action.name() != kind {
                s.action = action_of(&kind);
            }
        },
    );
    let conditional = step.part(|s| s.when.is_some(), |s, on| s.when = on.then(first_group));
    let when = step.part(
        |s| s.when.clone().unwrap_or_default(),
        |s, group| s.when = Some(group),
    );
    view! {
        <div class="step-body">
            <ul class="step-problems" aria-label="Problems of this step" aria-live="polite">
                {move || own.get().into_iter().map(|problem| view! {
                    <li class="d-error">{problem}</li>
                }).collect_view()}
            </ul>
            <div class="d-row">
                <TextField label="Step name" value=name help="Letters, digits, _ and -; other steps refer to it." />
                <SelectField label="What it does" value=kind choices=pairs(TYPES) />
            </div>
            <CheckField label="Only under a condition" value=conditional
                help="The step is skipped when the condition does not hold." />
            <Show when=move || conditional.get()><GroupForm group=when depth=1 /></Show>
            {move || action_form(step, &kind.get())}
        </div>
    }
}

/// The form of a step's action; it is made anew when the type changes.
fn action_form(step: Bound<Step>, kind: &str) -> AnyView {
    macro_rules! form {
        ($variant:ident, $form:ident) => {{
            let action = part!($variant);
            view! { <$form action /> }.into_any()
        }};
    }
    macro_rules! part {
        ($variant:ident) => {
            step.part(
                |s| match &s.action {
                    StepAction::$variant(action) => action.clone(),
                    _ => Default::default(),
                },
                |s, action| s.action = StepAction::$variant(action),
            )
        };
    }
    match kind {
        "set" => form!(Set, SetForm),
        "classify" => form!(Classify, ClassifyForm),
        "approval" => form!(Approval, ApprovalForm),
        _ => {
            let hook = part!(Http);
            let aids = |template| view! { <StepVariables template /> };
            view! {
                <WebhookForm hook aids
                    body_help="A template: {{ state.leadId }} or {{ steps.classify.output.category }}." />
            }
            .into_any()
        }
    }
}
