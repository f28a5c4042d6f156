//! The settings of a condition: branches tried in order, built without typing syntax.

use leadline_model::condition::LabelledBranch;
use leadline_model::{Branches, Condition, ConditionGroup, Operator, Rule, Value, limits};
use leptos::prelude::*;

use super::bound::Bound;
use super::controls::{Choices, RemoveButton, TextField, pairs, rows};
use super::fields::KnownFields;
use super::rule::RuleRow;
use crate::boxed::{handler, memo};
use crate::components::control_flow::Show;

/// The settings of a condition.
#[component]
pub fn ConditionForm(
    /// Its config.
    config: Bound<Branches>,
) -> impl IntoView {
    let branches = config.part(|c| c.branches.clone(), |c, list| c.branches = list);
    let otherwise = config.part(
        |c| c.otherwise.clone().unwrap_or_default(),
        |c, text| c.otherwise = (!text.trim().is_empty()).then_some(text),
    );
    let add = move |_| {
        branches.update(|list| {
            let label = (1..)
                .map(|n| format!("branch {n}"))
                .find(|label| list.iter().all(|b| b.label != *label))
                .unwrap_or_default();
            list.push(LabelledBranch {
                label,
                when: first_group(),
            });
        })
    };
    KnownFields::provide_of_lead();
    let full = move || branches.get().len() >= limits::MAX_BRANCHES;
    view! {
        <p class="d-note">"Tried from top to bottom; the first branch that holds is taken."</p>
        {rows(branches, move |at| view! { <BranchForm branches at /> })}
        <button type="button" class="d-button" disabled=full on:click=handler(add)>"Add branch"</button>
        <TextField
            label="Otherwise"
            value=otherwise
            placeholder="otherwise"
            help="The outcome when no branch holds. Without one the lead is flagged for review."
        />
    }
}

/// A group to begin with: one rule to be filled in.
pub fn first_group() -> ConditionGroup {
    group(true, vec![Condition::Rule(empty_rule())])
}

/// A rule to begin with.
fn empty_rule() -> Rule {
    Rule {
        field: String::new(),
        operator: Operator::Equals,
        value: Value::Null,
    }
}

/// A group of conditions.
fn group(all: bool, list: Vec<Condition>) -> ConditionGroup {
    if all {
        ConditionGroup {
            all: Some(list),
            any: None,
        }
    } else {
        ConditionGroup {
            all: None,
            any: Some(list),
        }
    }
}

fn is_all(group: &ConditionGroup) -> bool {
    group.any.is_none()
}

fn list_of(group: &ConditionGroup) -> Vec<Condition> {
    group
        .all
        .clone()
        .or_else(|| group.any.clone())
        .unwrap_or_default()
}

#[component]
fn BranchForm(branches: Bound<Vec<LabelledBranch>>, at: usize) -> impl IntoView {
    let gone = LabelledBranch {
        label: String::new(),
        when: ConditionGroup::default(),
    };
    let branch = branches.item(at, gone);
    let label = branch.part(|b| b.label.clone(), |b, text| b.label = text);
    let error = Signal::derive(move || {
        let text = label.get();
        let same = branches.get().iter().filter(|b| b.label == text).count();
        if text.trim().is_empty() {
            Some("Name the outcome.".to_owned())
        } else if same > 1 {
            Some("Another branch has this name.".to_owned())
        } else {
            None
        }
    });
    let is_last = move || at + 1 == branches.get().len();
    let swap = move |other: usize| {
        branches.update(|list| {
            if at < list.len() && other < list.len() {
                list.swap(at, other);
            }
        })
    };
    view! {
        <fieldset class="d-branch">
            <legend>{move || format!("Branch {}", label.get())}</legend>
            <div class="d-row">
                <TextField label="Outcome" value=label error />
                <button type="button" class="d-icon" disabled=at == 0
                    aria-label=move || format!("Move branch {} up", label.get())
                    on:click=handler(move |_| swap(at.saturating_sub(1)))>"↑"</button>
                <button type="button" class="d-icon"
                    disabled=is_last
                    aria-label=move || format!("Move branch {} down", label.get())
                    on:click=handler(move |_| swap(at + 1))>"↓"</button>
                <RemoveButton
                    name=Signal::derive(move || format!("Remove branch {}", label.get()))
                    on_press=move || branches.update(|list| if at < list.len() { list.remove(at); })
                />
            </div>
            <GroupForm group=branch.part(|b| b.when.clone(), |b, when| b.when = when) depth=1 />
        </fieldset>
    }
}

/// `all` or `any` of several rules and groups; what they can compare is in the context, see
/// [`KnownFields`].
#[component]
pub fn GroupForm(
    /// The group.
    group: Bound<ConditionGroup>,
    /// How deep it lies, from 1.
    depth: usize,
) -> impl IntoView {
    let list = group.part(list_of, |g, list| *g = self::group(is_all(g), list));
    let mode = group.part(
        |g| if is_all(g) { "all" } else { "any" }.to_owned(),
        |g, key| *g = self::group(key == "all", list_of(g)),
    );
    let may_nest = move || depth < limits::MAX_CONDITION_DEPTH;
    let add_rule = move |_| list.update(|l| l.push(Condition::Rule(empty_rule())));
    let add_group = move |_| {
        list.update(|l| {
            let inner = self::group(mode.peek() != "all", vec![Condition::Rule(empty_rule())]);
            l.push(Condition::Group(inner));
        })
    };
    view! {
        <div class="d-group">
            <div class="d-row">
                <Choices
                    value=mode
                    name="How the conditions combine"
                    choices=pairs([("all", "All of these hold"), ("any", "Any of these holds")])
                />
            </div>
            {rows(list, move |at| view! { <ConditionRow list at depth /> })}
            <Show when=move || list.get().is_empty()>
                <p class="d-error">"Add a rule; without one this never holds."</p>
            </Show>
            <div class="d-row">
                <button type="button" class="d-button" on:click=handler(add_rule)>"Add rule"</button>
                <Show when=may_nest>
                    <button type="button" class="d-button" on:click=handler(add_group)>"Add group"</button>
                </Show>
            </div>
        </div>
    }
}

#[component]
fn ConditionRow(list: Bound<Vec<Condition>>, at: usize, depth: usize) -> impl IntoView {
    let condition = list.item(at, Condition::Group(ConditionGroup::default()));
    let is_rule = memo(move || matches!(condition.get(), Condition::Rule(_)));
    let remove = move || {
        list.update(|l| {
            if at < l.len() {
                l.remove(at);
            }
        })
    };
    view! {
        {move || if is_rule.get() {
            let rule = condition.part(
                |c| match c { Condition::Rule(rule) => rule.clone(), Condition::Group(_) => empty_rule() },
                |c, rule| *c = Condition::Rule(rule),
            );
            view! { <RuleRow rule number=at + 1 remove /> }.into_any()
        } else {
            let group = condition.part(
                |c| match c { Condition::Group(g) => g.clone(), Condition::Rule(_) => ConditionGroup::default() },
                |c, group| *c = Condition::Group(group),
            );
            view! {
                <div class="d-nested">
                    <GroupForm group depth=depth + 1 />
                    <RemoveButton name=format!("Remove group {}", at + 1) on_press=remove />
                </div>
            }.into_any()
        }}
    }
}
