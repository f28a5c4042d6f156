//! What a tab remembers of a playground over a reload: never a key, never more than a little.

use serde::{Deserialize, Serialize};

use super::desk::{Desk, Entry};
use crate::known::Known;
use crate::request::{Content, Draft};
use crate::tour::{Checked, Names};
use leptos::prelude::*;

/// Requests kept.
const MOST_ENTRIES: usize = 50;
/// Bytes of one body, of a request or an answer, that are kept.
const MOST_BODY: usize = 16 * 1024;

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    pub entries: Vec<Entry>,
    pub known: Known,
    pub draft: Draft,
    pub run: u32,
    pub server: Option<String>,
    pub seed: Option<f64>,
    pub tour: Option<KeptTour>,
}

/// A tour under way.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeptTour {
    pub id: String,
    pub names: Names,
    pub shown: Vec<Vec<Checked>>,
}

const NAME: &str = "state";

/// What was kept; nothing when there is nothing of use.
pub fn read(desk: Desk) -> Kept {
    let text = desk.host.with_value(|host| host.kept(NAME));
    text.and_then(|text| serde_json::from_slice(text.as_bytes()).ok())
        .unwrap_or_default()
}

/// Keeps how things stand.
pub fn write(desk: Desk) {
    let entries = desk.log.get_untracked();
    let kept = Kept {
        entries: entries.into_iter().take(MOST_ENTRIES).map(small).collect(),
        known: desk.known.get_untracked(),
        draft: short(desk.draft.get_untracked(), MOST_BODY),
        run: desk.run.get_value(),
        server: desk.server.get_untracked(),
        seed: desk.seed.get_untracked(),
        tour: desk.tour.get_untracked().map(|running| KeptTour {
            id: running.tour.id.clone(),
            names: running.names,
            shown: running.shown,
        }),
    };
    // Plain values under text keys: nothing in it can fail to be written.
    if let Ok(text) = serde_json::to_string(&kept) {
        desk.host.with_value(|host| host.keep(NAME, &text));
    }
}

fn small(mut entry: Entry) -> Entry {
    entry.draft = short(entry.draft, MOST_BODY);
    entry.answer = entry.answer.filter(|answer| answer.body.len() <= MOST_BODY);
    entry
}

/// The request without its body, where that is longer than it may be.
pub fn short(mut draft: Draft, most: usize) -> Draft {
    let long = match &draft.body {
        Content::None => false,
        Content::Text(text) => text.len() > most,
        Content::File { bytes, .. } => bytes.len() > most,
    };
    if long {
        draft.body = Content::None;
    }
    draft
}
