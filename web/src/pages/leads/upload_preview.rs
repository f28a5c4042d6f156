//! What was read from a list: its columns, its first rows, and every bad row with what is wrong and
//! room to correct it.

use std::collections::{BTreeMap, BTreeSet};

use leadline_protocol::{BadRow, LeadFilePreview};
use leptos::prelude::*;

use crate::boxed::handler;
use crate::format;

/// Cells to correct as (row, column, text), and rows to leave out.
pub type Corrections = (Vec<(u64, String, String)>, Vec<u64>);

/// What was changed here and not judged yet.
#[derive(Clone, Copy)]
struct Draft {
    cells: RwSignal<BTreeMap<(u64, String), String>>,
    leave_out: RwSignal<BTreeSet<u64>>,
}

impl Draft {
    fn is_empty(self) -> bool {
        self.cells.with(BTreeMap::is_empty) && self.leave_out.with(BTreeSet::is_empty)
    }

    fn corrections(self) -> Corrections {
        let cells = self.cells.get_untracked().into_iter();
        let cells = cells
            .map(|((row, column), text)| (row, column, text))
            .collect();
        (cells, self.leave_out.get_untracked().into_iter().collect())
    }
}

/// What was read.
#[component]
pub fn Preview(
    /// The list.
    preview: LeadFilePreview,
    /// Whether the engine is at work.
    busy: RwSignal<bool>,
    /// Hears what to correct.
    #[prop(into)]
    on_correct: Callback<Corrections>,
) -> impl IntoView {
    let LeadFilePreview {
        name,
        format: kind,
        columns,
        rows,
        good,
        repeated,
        sample,
        bad,
        bad_count,
        ..
    } = preview;
    let fact = |value: String, what: &'static str, class: &'static str| {
        view! { <div class=class><dt>{what}</dt><dd>{value}</dd></div> }
    };
    let bad_class = if bad_count > 0 {
        "fact fact-bad"
    } else {
        "fact"
    };
    view! {
        <div class="stack">
            <p><strong class="wrap-anywhere">{name}</strong> <span class="muted">{format!(" · {kind}")}</span></p>
            <dl class="facts">
                {fact(format::number(rows), "Rows", "fact")}
                {fact(format::number(good), "Good", "fact")}
                {fact(format::number(repeated), "Repeated, skipped", "fact")}
                {fact(format::number(bad_count), "Bad rows", bad_class)}
            </dl>
            {(bad_count > 0).then(|| view! {
                <BadRows bad bad_count columns=columns.clone() busy on_correct />
            })}
            <details class="sample" open=bad_count == 0>
                <summary>"First rows"</summary>
                <Sample columns sample />
            </details>
        </div>
    }
}

#[component]
fn Sample(
    /// The names of the columns.
    columns: Vec<String>,
    /// (row number, cells).
    sample: Vec<(u64, Vec<String>)>,
) -> impl IntoView {
    let head = columns
        .into_iter()
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect_view();
    let row = |(number, cells): (u64, Vec<String>)| {
        let cells = cells
            .into_iter()
            .map(|cell| view! { <td>{cell}</td> })
            .collect_view();
        view! { <tr><th scope="row" class="muted">{format::number(number)}</th>{cells}</tr> }
    };
    view! {
        <div class="table-frame table-frame-short" tabindex="0" role="region" aria-label="First rows of the list">
            <table class="table">
                <thead><tr><th scope="col">"Row"</th>{head}</tr></thead>
                <tbody>{sample.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn BadRows(
    /// The bad rows that are shown.
    bad: Vec<BadRow>,
    /// All bad rows counted.
    bad_count: u64,
    /// The names of the columns.
    columns: Vec<String>,
    /// Whether the engine is at work.
    busy: RwSignal<bool>,
    /// Hears what to correct.
    on_correct: Callback<Corrections>,
) -> impl IntoView {
    let draft = Draft {
        cells: RwSignal::default(),
        leave_out: RwSignal::default(),
    };
    let numbers: Vec<u64> = bad.iter().map(|row| row.row).collect();
    let more = bad_count.saturating_sub(numbers.len() as u64);
    let title = format::count(bad_count, "bad row", "bad rows");
    let head = columns
        .iter()
        .map(|name| view! { <th scope="col">{name.clone()}</th> })
        .collect_view();
    let rows = bad
        .into_iter()
        .map(|row| view! { <BadRowLine row columns=columns.clone() draft /> })
        .collect_view();
    // Enter in a cell checks too.
    let check = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() && !untrack(|| draft.is_empty()) {
            on_correct.run(draft.corrections());
        }
    };
    view! {
        <section aria-label="Bad rows"><form class="bad-rows" on:submit=handler(check)>
            <div class="row spread">
                <h3>{title}</h3>
                <div class="row row-tight">
                    <button type="button" class="button button-small" disabled=busy
                        on:click=handler(move |_| on_correct.run((Vec::new(), numbers.clone())))>"Leave all of these out"</button>
                    <button type="submit" class="button button-small button-primary"
                        disabled=move || busy.get() || draft.is_empty()>"Check corrections"</button>
                </div>
            </div>
            <div class="table-frame table-frame-short">
                <table class="table table-edit">
                    <thead><tr>
                        <th scope="col">"Row"</th><th scope="col">"What is wrong"</th>{head}
                        <th scope="col">"Leave out"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {(more > 0).then(|| view! {
                <p class="small muted">{format!("And {} more, shown once these are dealt with.", format::number(more))}</p>
            })}
        </form></section>
    }
}

#[component]
fn BadRowLine(
    /// The row.
    row: BadRow,
    /// The names of the columns.
    columns: Vec<String>,
    /// What was changed.
    draft: Draft,
) -> impl IntoView {
    let BadRow {
        row: number,
        column: wrong,
        message,
        cells,
    } = row;
    let cell = move |(column, text): (String, String)| {
        let is_wrong = wrong.as_deref() == Some(column.as_str());
        let name = format!("{column}, row {number}");
        let original = text.clone();
        let change = move |event| {
            let typed = event_target_value(&event);
            draft.cells.update(|cells| {
                let key = (number, column.clone());
                if typed == original {
                    cells.remove(&key);
                } else {
                    cells.insert(key, typed);
                }
            });
        };
        view! {
            <td><input aria-label=name aria-invalid=is_wrong.to_string() value=text on:input=handler(change) /></td>
        }
    };
    // A row may have fewer cells than the header: the missing ones can be typed.
    let padded = cells.into_iter().chain(std::iter::repeat_with(String::new));
    let inputs = columns.into_iter().zip(padded).map(cell).collect_view();
    let leave = move |event| {
        let out = event_target_checked(&event);
        draft.leave_out.update(|rows| {
            if out {
                rows.insert(number)
            } else {
                rows.remove(&number)
            };
        });
    };
    view! {
        <tr>
            <th scope="row">{format::number(number)}</th>
            <td class="bad-reason">{message}</td>
            {inputs}
            <td class="cell-center">
                <input type="checkbox" aria-label=format!("Leave out row {number}") on:change=handler(leave) />
            </td>
        </tr>
    }
}
