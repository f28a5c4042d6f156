//! The undo history as it is kept beside the definition, in parts: the first has all steps, each later
//! one only what was done since, so that an edit keeps no more than its own step.
//!
//! A part names the one before by its digest. What another tab wrote in between, or what is left of an
//! older beginning, does not fit and ends the reading, as a torn line ends that of a journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Editor;
use crate::history::{History, News, Turned};

const VERSION: u32 = 1;
/// Parts after the first, before all is written anew: as many are read when a workflow is opened.
const MOST: u32 = 64;
/// Bytes of them: at least these, at most as many as the first has.
const ROOM: usize = 256 * 1024;

/// Why an undo history was not taken over; the editor begins with an empty one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum HistoryError {
    #[error("the undo history cannot be read: {0}")]
    Unreadable(String),
    #[error("the undo history belongs to another version of the workflow")]
    OtherDefinition,
}

/// A part of the history, to be kept under its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPart {
    /// 0 is the beginning.
    pub number: u32,
    /// JSON; `None`: what is kept under the number is not needed any more.
    pub text: Option<String>,
}

/// The first part: only good together with the definition it belongs to.
#[derive(Serialize, Deserialize)]
struct First {
    leadline_history: u32,
    definition: String,
    #[serde(flatten)]
    history: History,
}

/// A later part.
#[derive(Serialize, Deserialize)]
struct Later {
    leadline_history: u32,
    /// The digest of the part before.
    after: String,
    /// What the definition is after it.
    definition: String,
    steps: Vec<Turned>,
}

/// What was handed out to be kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    /// The last part, on which the next one would follow.
    end: Option<End>,
    /// The highest number under which something may be kept.
    highest: u32,
}

#[derive(Debug, Clone)]
struct End {
    number: u32,
    digest: String,
    /// Bytes of the first part, and of those after it.
    bytes: (usize, usize),
}

impl End {
    fn follow(&mut self, number: u32, text: &str) {
        self.number = number;
        self.digest = digest(text.as_bytes());
        self.bytes.1 += text.len();
    }

    fn beginning(text: &str) -> End {
        End {
            number: 0,
            digest: digest(text.as_bytes()),
            bytes: (text.len(), 0),
        }
    }
}

impl Editor {
    /// What is to be kept with the definition as it is now, so that its history can be restored: what
    /// came since this was asked last, or all of it, the latest steps, at most 4 MiB.
    pub fn history_parts(&mut self) -> Vec<HistoryPart> {
        let news = std::mem::replace(&mut self.history.news, News::Steps(Vec::new()));
        let later = match news {
            News::Steps(steps) if steps.is_empty() && self.kept.end.is_some() => return Vec::new(),
            News::Steps(steps) => self.later_part(steps),
            News::All => None,
        };
        match later {
            Some(part) => vec![part],
            None => self.all_parts(),
        }
    }

    /// What was handed out last is not kept: its edit was refused, or somebody else wrote there.
    pub fn history_not_kept(&mut self) {
        self.history.news = News::All;
    }

    /// The next part, unless it is time to write all anew.
    fn later_part(&mut self, steps: Vec<Turned>) -> Option<HistoryPart> {
        let definition = self.fingerprint();
        let end = self.kept.end.as_mut().filter(|end| end.number < MOST)?;
        let later = Later {
            leadline_history: VERSION,
            after: end.digest.clone(),
            definition,
            steps,
        };
        let text = serde_json::to_string(&later).ok()?;
        let (first, others) = end.bytes;
        if others + text.len() > first.max(ROOM) {
            return None;
        }
        end.follow(end.number + 1, &text);
        self.kept.highest = self.kept.highest.max(end.number);
        Some(HistoryPart {
            number: end.number,
            text: Some(text),
        })
    }

    fn all_parts(&mut self) -> Vec<HistoryPart> {
        let first = First {
            leadline_history: VERSION,
            definition: self.fingerprint(),
            history: self.history.to_save(),
        };
        // Steps are made of texts, numbers and lists, which JSON can hold; were it not so, the history
        // would be missing after a reload, as one that does not fit is.
        let text = serde_json::to_string(&first).unwrap_or_default();
        self.kept.end = Some(End::beginning(&text));
        let needless = 1..=std::mem::take(&mut self.kept.highest);
        let first = HistoryPart {
            number: 0,
            text: Some(text),
        };
        let needless = needless.map(|number| HistoryPart { number, text: None });
        std::iter::once(first).chain(needless).collect()
    }

    /// Takes over the history that is kept in these parts, by number, if it belongs to the definition as
    /// it is now. Where nothing is kept there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read or belongs to another definition; the history is as before.
    pub fn restore_history(&mut self, parts: &BTreeMap<u32, String>) -> Result<(), HistoryError> {
        self.kept.highest = parts.keys().max().copied().unwrap_or_default();
        let Some(text) = parts.get(&0) else {
            return Ok(());
        };
        let unreadable = |why: String| HistoryError::Unreadable(why);
        let first: First =
            leadline_model::json::from_text(text).map_err(|error| unreadable(error.to_string()))?;
        if first.leadline_history != VERSION {
            let other = format!("its format is version {}", first.leadline_history);
            return Err(unreadable(other));
        }
        let (mut history, mut definition) = (first.history, first.definition);
        let mut end = End::beginning(text);
        history.accept();
        for (number, text) in (1..).map_while(|number| Some((number, parts.get(&number)?))) {
            let fits =
                |later: &Later| later.leadline_history == VERSION && later.after == end.digest;
            let Some(later) = leadline_model::json::from_text(text).ok().filter(fits) else {
                break;
            };
            later
                .steps
                .into_iter()
                .for_each(|step| history.repeat(step));
            definition = later.definition;
            end.follow(number, text);
        }
        if definition != self.fingerprint() {
            return Err(HistoryError::OtherDefinition);
        }
        history.news = News::Steps(Vec::new());
        self.history = history;
        self.kept.end = Some(end);
        Ok(())
    }

    /// Tells definitions apart: equal ones have equal fingerprints.
    fn fingerprint(&self) -> String {
        digest(&serde_json::to_vec(self.definition()).unwrap_or_default())
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
}
