//! What the steps before one put out, as far as it is known: for its conditions and its templates.

use std::collections::BTreeSet;

use leadline_model::ordered::Ordered;
use leadline_model::{Step, StepAction, Value};
use leptos::prelude::*;

use crate::boxed::handler;
use crate::designer::forms::bound::Bound;
use crate::designer::forms::controls::pairs;
use crate::designer::forms::fields::{Fields, Kind};

/// The steps before the one whose form is open, handed down by that form.
#[derive(Clone, Copy)]
pub struct Earlier(pub Memo<Vec<Step>>);

/// One thing a step puts out: the keys that lead to it below `output`, and its values.
struct Known {
    keys: Vec<String>,
    kind: Option<Kind>,
}

fn texts(list: impl IntoIterator<Item = String>) -> Option<Kind> {
    let choices: Vec<String> = list.into_iter().collect();
    (!choices.is_empty()).then(|| Kind::Choice(pairs(choices.into_iter().map(|c| (c.clone(), c)))))
}

/// What a step puts out.
fn outputs(step: &Step) -> Vec<Known> {
    let known = |key: &str, kind| Known {
        keys: vec![key.to_owned()],
        kind,
    };
    match &step.action {
        StepAction::Set(set) => set.values.keys().map(|key| known(key, None)).collect(),
        StepAction::Classify(classify) => {
            let rules = classify.rules.iter().map(|rule| rule.category.clone());
            vec![known(
                "category",
                texts(rules.chain(classify.otherwise.clone())),
            )]
        }
        StepAction::Http(webhook) => {
            let mut list = vec![known("status", Some(Kind::Number)), known("body", None)];
            let simulated = webhook.simulation.iter().flat_map(|s| s.body.keys());
            list.extend(simulated.map(|key| Known {
                keys: vec!["body".to_owned(), key.clone()],
                kind: None,
            }));
            list
        }
        StepAction::Approval(approval) if !approval.options.is_empty() => vec![Known {
            keys: Vec::new(),
            kind: texts(approval.options.clone()),
        }],
        StepAction::Approval(approval) => match fields_of(approval.input_schema.as_ref()) {
            fields if fields.is_empty() => vec![Known {
                keys: Vec::new(),
                kind: None,
            }],
            fields => {
                let kind = |schema: &Value| kind_of(schema);
                let fields = fields.into_iter();
                fields
                    .map(|(key, schema)| known(&key, kind(&schema)))
                    .collect()
            }
        },
    }
}

/// The variables a lead takes from a run of these steps: the fields of the last output, or `result`.
pub fn results(steps: &[Step]) -> BTreeSet<String> {
    let certain = steps.iter().rposition(|step| step.when.is_none());
    let last = &steps[certain.unwrap_or(0)..];
    let keys = last.iter().flat_map(outputs).map(|known| {
        let first = known.keys.into_iter().next();
        first.unwrap_or_else(|| "result".to_owned())
    });
    keys.into_set()
}

/// The fields of an object that a schema describes.
fn fields_of(schema: Option<&Value>) -> Vec<(String, Value)> {
    let Some(Value::Map(schema)) = schema else {
        return Vec::new();
    };
    match schema.get("properties") {
        Some(Value::Map(fields)) => fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        _ => Vec::new(),
    }
}

fn kind_of(schema: &Value) -> Option<Kind> {
    let Value::Map(schema) = schema else {
        return None;
    };
    match (schema.get("enum"), schema.get("type")) {
        (Some(Value::List(choices)), _) => texts(choices.iter().map(ToString::to_string)),
        (_, Some(Value::Text(name))) => match name.as_str() {
            "number" | "integer" => Some(Kind::Number),
            "boolean" => texts(["true".to_owned(), "false".to_owned()]),
            _ => None,
        },
        _ => None,
    }
}

/// The fields that conditions of a step can compare.
pub fn fields(earlier: &[Step]) -> Fields {
    let mut fields = Fields {
        open: vec![
            ("state.", "A value of the state…"),
            ("steps.", "Another output of a step…"),
        ],
        ..Fields::default()
    };
    fields.add("task", "The task", None);
    for step in earlier {
        let name = &step.name;
        for Known { keys, kind } in outputs(step) {
            let words = match keys.is_empty() {
                true => format!("{name}: the answer"),
                false => format!("{name}: {}", keys.join(".")),
            };
            let mut path = format!("steps.{name}.output");
            keys.iter()
                .for_each(|key| path.push_str(&format!(".{key}")));
            fields.add(path, words, kind);
        }
        let ends = ["completed", "skipped"].map(str::to_owned);
        fields.add(
            format!("steps.{name}.status"),
            format!("{name}: its status"),
            texts(ends),
        );
    }
    fields
}

/// A path as templates write it: a name that is none of theirs stands in brackets.
fn expression(path: &[&str]) -> String {
    let mut out = String::new();
    for part in path {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let plain = part.chars().all(letters) && !part.starts_with(|c: char| c.is_ascii_digit());
        if !plain {
            out.push_str(&format!("[{}]", serde_json::json!(part)));
        } else if out.is_empty() {
            out.push_str(part);
        } else {
            out.push_str(&format!(".{part}"));
        }
    }
    out
}

/// The variables a template of a step can use.
fn variables(earlier: &[Step]) -> Vec<String> {
    let mut list = vec!["task".to_owned()];
    for step in earlier {
        for Known { keys, .. } in outputs(step) {
            let mut path = vec!["steps", step.name.as_str(), "output"];
            path.extend(keys.iter().map(String::as_str));
            list.push(expression(&path));
        }
    }
    list
}

/// What a template can use, as buttons that put it in.
#[component]
pub fn StepVariables(
    /// Where to.
    template: Bound<String>,
) -> impl IntoView {
    let Earlier(earlier) = expect_context();
    let put = move |variable: &str| {
        template.update(|text| text.push_str(&format!("{{{{ {variable} }}}}")));
    };
    view! {
        <div class="d-keys" role="group" aria-label="What the template can use">
            {move || variables(&earlier.get()).into_iter().map(|variable| {
                let (name, shown) = (format!("Insert {variable}"), variable.clone());
                view! {
                    <button type="button" class="d-key" aria-label=name
                        on:click=handler(move |_| put(&variable))>{shown}</button>
                }
            }).collect_view()}
            <button type="button" class="d-key" aria-label="Insert a value of the state"
                on:click=handler(move |_| put("state.key"))>"state.…"</button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::example::lead_router;

    #[test]
    fn a_step_can_use_what_came_before_it() {
        let steps = lead_router().steps;
        let known = fields(&steps);
        let names: Vec<&str> = known.list.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(
            names,
            [
                "task",
                "steps.classify.output.category",
                "steps.classify.status",
                "steps.approval.output",
                "steps.approval.status"
            ]
        );
        assert_eq!(
            variables(&steps),
            [
                "task",
                "steps.classify.output.category",
                "steps.approval.output"
            ]
        );
        assert_eq!(
            expression(&["steps", "a-b", "output"]),
            "steps[\"a-b\"].output"
        );
    }
}
