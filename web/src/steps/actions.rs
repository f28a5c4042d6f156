//! The forms of the steps that put out values and categories.

use leadline_model::ConditionGroup;
use leadline_model::limits::MAX_BRANCHES;
use leadline_model::run::{CategoryRule, Classify, SetStep};
use leptos::prelude::*;

use crate::boxed::handler;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::condition::{GroupForm, first_group};
use crate::designer::forms::controls::{RemoveButton, TextField, rows};
use crate::designer::forms::values::{TextPairs, as_texts};

/// The values a step puts out.
#[component]
pub fn SetForm(
    /// The action.
    action: Bound<SetStep>,
) -> impl IntoView {
    let map = as_texts(action.part(|a| a.values.clone(), |a, values| a.values = values));
    view! {
        <h4>"Values"</h4>
        <p class="d-note">
            "A value may be a template such as {{ state.leadId }}; numbers, true, false and JSON are taken as such."
        </p>
        <TextPairs what="value" map />
    }
}

/// The rules that give a category.
#[component]
pub fn ClassifyForm(
    /// The action.
    action: Bound<Classify>,
) -> impl IntoView {
    let rules = action.part(|a| a.rules.clone(), |a, rules| a.rules = rules);
    let otherwise = action.part(
        |a| a.otherwise.clone().unwrap_or_default(),
        |a, text| a.otherwise = (!text.is_empty()).then_some(text),
    );
    let add = move |_| {
        rules.update(|list| {
            list.push(CategoryRule {
                category: String::new(),
                when: first_group(),
            });
        });
    };
    let full = move || rules.get().len() >= MAX_BRANCHES;
    view! {
        <p class="d-note">"Tried from top to bottom; the first rule that holds gives the category."</p>
        {rows(rules, move |at| view! { <RuleForm rules at /> })}
        <div><button type="button" class="d-button" disabled=full on:click=handler(add)>"Add category"</button></div>
        <TextField label="Otherwise" value=otherwise placeholder="other"
            help="The category when no rule holds. Without one the step fails then." />
    }
}

#[component]
fn RuleForm(rules: Bound<Vec<CategoryRule>>, at: usize) -> impl IntoView {
    let gone = CategoryRule {
        category: String::new(),
        when: ConditionGroup::default(),
    };
    let rule = rules.item(at, gone);
    let category = rule.part(|r| r.category.clone(), |r, text| r.category = text);
    let error = Signal::derive(move || {
        let empty = category.get().trim().is_empty();
        empty.then(|| "Name the category.".to_owned())
    });
    let is_last = move || at + 1 == rules.get().len();
    let swap = move |other: usize| {
        rules.update(|list| {
            if at < list.len() && other < list.len() {
                list.swap(at, other);
            }
        });
    };
    view! {
        <fieldset class="d-branch">
            <legend>{move || format!("Category {}", category.get())}</legend>
            <div class="d-row">
                <TextField label="Category" value=category error />
                <button type="button" class="d-icon" disabled=at == 0
                    aria-label=move || format!("Move category {} up", category.get())
                    on:click=handler(move |_| swap(at.saturating_sub(1)))>"↑"</button>
                <button type="button" class="d-icon" disabled=is_last
                    aria-label=move || format!("Move category {} down", category.get())
                    on:click=handler(move |_| swap(at + 1))>"↓"</button>
                <RemoveButton
                    name=Signal::derive(move || format!("Remove category {}", category.get()))
                    on_press=move || rules.update(|list| if at < list.len() { list.remove(at); })
                />
            </div>
            <GroupForm group=rule.part(|r| r.when.clone(), |r, when| r.when = when) depth=1 />
        </fieldset>
    }
}
