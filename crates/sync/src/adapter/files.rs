//! Files as a remote: a folder, or one file that is downloaded and uploaded. The exchange is carried out
//! in memory at once; it counts when the files it asks for are written.
//!
//! A file holds one workflow as the page exports it, `{"leadline": 1, "workflow": …}`, or several,
//! `{"leadline": 1, "workflows": [{"workflow": …}, …]}`; where there is but one file and it is of the
//! second kind, new workflows go into it. Beside each workflow stands `"sync": {"id": …, "folder": …}`:
//! what it is called, and which folder it belongs to. One without is taken in as a new one. A file keeps
//! its name, whatever its workflow is called later. What is not understood is left as it is; if it was
//! understood once, its workflow is not taken for gone.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::ordered::Ordered;
use leadline_model::{Definition, Time, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use crate::machine::{
    Answer, DocKey, Event, Machine, Names, Next, RemoteId, Request, State, Version, What, Write,
};

/// The version of the format.
const VERSION: u64 = 1;

/// Under which [`Names`] tell the file of a document.
const FILE: &str = "file";

/// How the reason begins for which a document is refused whose file cannot be read.
const UNREADABLE: &str = "Its file cannot be read";

/// What an exchange comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct FilesExchange {
    /// The state once the files are written; before that, the one that was given still counts. If only
    /// some of them were written, the next exchange finds that out by itself.
    pub state_after: State,
    /// Files to write: name and text.
    pub write: Vec<(String, String)>,
    /// Files to remove.
    pub remove: Vec<String>,
    /// Files that are left as they are, each with why.
    pub skipped: Vec<(String, String)>,
    /// What happened.
    pub events: Vec<Event>,
}

/// Exchanges with files, by name, as they are now.
pub fn exchange(state: State, files: &BTreeMap<String, String>, now: Time) -> FilesExchange {
    let mut folder = Folder::open(&state, files, now);
    let mut state = state;
    for doc in state.docs.values_mut() {
        let lost = doc
            .remote
            .as_ref()
            .is_some_and(|id| folder.unreadable.contains_key(id));
        let was = doc
            .refused
            .as_ref()
            .is_some_and(|why| why.starts_with(UNREADABLE));
        if was && !lost {
            doc.refused = None;
        }
    }
    let mut machine = Machine::load(state);
    let mut events = Vec::new();
    // Each document is listed, read and written a few times at the most.
    let most = 100 + 20 * (machine.state().docs.len() + files.len() + machine.state().outbox.len());
    for _ in 0..most {
        let Next::Send(number, request) = machine.next(now) else {
            break;
        };
        let answer = folder.answer(&request, machine.state());
        events.extend(machine.answered(number, answer, now));
    }
    let keys: Vec<(DocKey, RemoteId)> = {
        let docs = machine.state().docs.iter();
        docs.filter_map(|(key, doc)| Some((*key, doc.remote.clone()?)))
            .collect()
    };
    for (key, remote) in keys {
        if let Some(kept) = folder.workflows.get(&remote) {
            let names = Names::from([(FILE.to_owned(), kept.file.clone())]);
            if machine
                .state()
                .docs
                .get(&key)
                .is_some_and(|doc| doc.names != names)
            {
                machine.set_names(key, names);
            }
        }
    }
    let (write, remove) = folder.close();
    FilesExchange {
        state_after: machine.state().clone(),
        write,
        remove,
        skipped: folder.skipped,
        events,
    }
}

/// A workflow in a file.
struct Kept {
    file: String,
    definition: Definition,
    /// What else stands beside it.
    rest: Map<String, Value>,
}

/// A file that is understood.
#[derive(Default)]
struct File {
    /// Whether it holds several.
    several: bool,
    /// What it holds, in this order.
    ids: Vec<RemoteId>,
    /// What else it holds.
    rest: Map<String, Value>,
    changed: bool,
}

struct Folder {
    id: String,
    files: BTreeMap<String, File>,
    workflows: BTreeMap<RemoteId, Kept>,
    skipped: Vec<(String, String)>,
    /// Workflows whose files cannot be read now, and why.
    unreadable: BTreeMap<RemoteId, String>,
    /// Names of files that are taken, whatever they hold; in lower case, as some systems see them.
    taken: BTreeSet<String>,
}

/// A workflow as it stands in a file.
#[derive(Deserialize)]
struct Entry {
    workflow: Definition,
    #[serde(default)]
    sync: Option<Mark>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Mark {
    id: WorkflowId,
    folder: String,
}

#[derive(Serialize)]
struct Written<'k> {
    #[serde(skip_serializing_if = "Option::is_none")]
    leadline: Option<u64>,
    workflow: &'k Definition,
    sync: Mark,
    #[serde(flatten)]
    rest: &'k Map<String, Value>,
}

#[derive(Serialize)]
struct WrittenAll<'k> {
    leadline: u64,
    workflows: Vec<Written<'k>>,
    #[serde(flatten)]
    rest: &'k Map<String, Value>,
}

/// A text of sixteen digits that is the same for the same words.
fn digest(words: &[&str]) -> String {
    format!("{:016x}", xxh3_64(words.join("\n").as_bytes()))
}

/// What a file holds: whether it can hold several, its workflows, and the rest.
type Contents = (bool, Vec<Entry>, Map<String, Value>);

fn read(text: &str) -> Result<Contents, String> {
    let foreign = || "it is no workflow of Leadline's".to_owned();
    let whole: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("it is no JSON: {error}"))?;
    let Value::Object(mut fields) = whole else {
        return Err(foreign());
    };
    match fields.remove("leadline").as_ref().map(Value::as_u64) {
        Some(Some(VERSION)) => {}
        Some(Some(version)) if version > VERSION => {
            return Err(format!(
                "it is of version {version}, which only a later Leadline reads"
            ));
        }
        _ => return Err(foreign()),
    }
    let entry = |value: Value| {
        let entry: Entry = leadline_model::json::from_value(&value)
            .map_err(|error| format!("its workflow cannot be understood: {error}"))?;
        match entry.workflow.check() {
            Ok(()) => Ok(entry),
            Err(error) => Err(format!("its workflow cannot be: {error}")),
        }
    };
    match fields.remove("workflows") {
        Some(Value::Array(all)) => {
            let all = all.into_iter().map(entry).collect::<Result<_, _>>()?;
            Ok((true, all, fields))
        }
        Some(_) => Err(foreign()),
        None if !fields.contains_key("workflow") => Err(foreign()),
        None => Ok((false, vec![entry(Value::Object(fields))?], Map::new())),
    }
}

impl Folder {
    fn open(state: &State, files: &BTreeMap<String, String>, now: Time) -> Folder {
        let mut folder = Folder {
            id: String::new(),
            files: BTreeMap::new(),
            workflows: BTreeMap::new(),
            skipped: Vec::new(),
            unreadable: BTreeMap::new(),
            taken: files.keys().map(|name| name.to_lowercase()).collect(),
        };
        let mut opened = Vec::new();
        for (name, text) in files {
            match read(text) {
                Ok(file) => opened.push((name, file)),
                Err(why) => folder.skip(state, name, why),
            }
        }
        let entries = || opened.iter().flat_map(|(_, (_, entries, _))| entries);
        folder.id = folder_id(state, entries(), now);
        // Those whose file is known come first: a copy of one is another workflow.
        let file_of = |id: &str| {
            let mut docs = state.docs.values();
            let doc = docs.find(|doc| doc.remote.as_deref() == Some(id));
            doc.and_then(|doc| doc.names.get(FILE))
        };
        let at_home = |name: &str, id: &str| file_of(id).is_none_or(|file| file == name);
        let mut present: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, (_, entries, _)) in &opened {
            for mark in entries.iter().filter_map(|entry| entry.sync.as_ref()) {
                present
                    .entry(mark.id.as_str())
                    .or_default()
                    .push(name.as_str());
            }
        }
        // Where each id is: in its own file if it is there, else in the first that has it.
        let homes: BTreeMap<String, String> = present
            .iter()
            .filter_map(|(id, names)| {
                let home = names
                    .iter()
                    .find(|name| at_home(name, id))
                    .or(names.first())?;
                Some(((*id).to_owned(), (*home).to_owned()))
            })
            .collect();
        for (name, (several, entries, rest)) in opened {
            let mut file = File {
                several,
                rest,
                ..File::default()
            };
            for (place, entry) in entries.into_iter().enumerate() {
                let mark = entry.sync.filter(|mark| {
                    let id = mark.id.as_str();
                    homes.get(id) == Some(name) && !folder.workflows.contains_key(id)
                });
                file.changed |= mark.as_ref().is_none_or(|mark| mark.folder != folder.id);
                let id = match mark {
                    Some(mark) => mark.id.to_string(),
                    None => folder.free_id(&homes, &[&folder.id, name, &place.to_string()]),
                };
                file.ids.push(id.clone());
                let kept = Kept {
                    file: name.clone(),
                    definition: entry.workflow,
                    rest: entry.rest,
                };
                folder.workflows.insert(id, kept);
            }
            folder.files.insert(name.clone(), file);
        }
        folder
    }

    /// A file that is not understood; the workflows that were in it are still somewhere.
    fn skip(&mut self, state: &State, name: &str, why: String) {
        for doc in state
            .docs
            .values()
            .filter(|doc| doc.names.get(FILE).map(String::as_str) == Some(name))
        {
            if let Some(remote) = &doc.remote {
                let reason = format!(
                    "{UNREADABLE}: {name}: {why}. It is left as it is: mend it or take it away."
                );
                self.unreadable.insert(remote.clone(), reason);
            }
        }
        self.skipped.push((name.to_owned(), why));
    }

    fn free_id(&self, homes: &BTreeMap<String, String>, words: &[&str]) -> RemoteId {
        let mut id = format!("{}{}", WorkflowId::PREFIX, digest(words));
        while homes.contains_key(&id)
            || self.workflows.contains_key(&id)
            || self.unreadable.contains_key(&id)
        {
            id = format!("{}{}", WorkflowId::PREFIX, digest(&[&id]));
        }
        id
    }

    fn version(&self, definition: &Definition) -> Version {
        Version {
            epoch: self.id.clone(),
            etag: definition.digest(),
            definition: definition.clone(),
        }
    }

    fn answer(&mut self, request: &Request, state: &State) -> Answer {
        match request {
            Request::Write(write) => self.write(write, state),
            Request::Read(id) => match (self.workflows.get(id), self.unreadable.get(id)) {
                (Some(kept), _) => Answer::Document(self.version(&kept.definition)),
                (None, Some(why)) => Answer::Refused(why.clone()),
                (None, None) => Answer::Missing,
            },
            Request::Changes { .. } => Answer::TooOld,
            Request::List { .. } => self.list(state),
        }
    }

    /// Everything there is. What this replica made in an exchange of which only some files were written
    /// is met when it is made again; what cannot be read is as it was.
    fn list(&self, state: &State) -> Answer {
        let unmade = state.docs.iter().filter(|(_, doc)| doc.remote.is_none());
        let unmade: BTreeSet<RemoteId> = unmade.map(|(key, _)| made_id(state, *key)).into_set();
        let known = |id: &RemoteId| {
            let mut docs = state
                .docs
                .values()
                .filter(|doc| doc.remote.as_ref() == Some(id));
            docs.find_map(|doc| Some(doc.base.as_ref()?.etag.clone()))
        };
        let there = self
            .workflows
            .iter()
            .filter(|(id, _)| !unmade.contains(*id));
        let there = there.map(|(id, kept)| (id.clone(), Some(kept.definition.digest())));
        let unreadable = self
            .unreadable
            .keys()
            .filter(|id| !self.workflows.contains_key(*id));
        Answer::List {
            cursor: None,
            epoch: self.id.clone(),
            remotes: there
                .chain(unreadable.map(|id| (id.clone(), known(id))))
                .collect(),
            more: false,
        }
    }

    fn write(&mut self, write: &Write, state: &State) -> Answer {
        let (remote, if_match) = match &write.what {
            What::Create { title } => return self.create(write.doc, title, state),
            What::Enrol { .. } => {
                let message = "Files hold no leads: enrol them where the workflow runs.";
                return Answer::Refused(message.to_owned());
            }
            What::Edit {
                remote, if_match, ..
            }
            | What::Delete { remote, if_match } => (remote, if_match),
        };
        let Some(kept) = self.workflows.get_mut(remote) else {
            let why = self.unreadable.get(remote).cloned();
            return why.map_or(Answer::Missing, Answer::Refused);
        };
        if kept.definition.digest() != *if_match {
            return Answer::Stale;
        }
        let file = kept.file.clone();
        let answer = match &write.what {
            What::Edit { changes, .. } => {
                if let Err(error) = kept.definition.apply(changes) {
                    return Answer::Refused(error.to_string());
                }
                let etag = kept.definition.digest();
                Answer::Taken {
                    epoch: self.id.clone(),
                    digest: Some(etag.clone()),
                    etag,
                }
            }
            _ => {
                self.workflows.remove(remote);
                Answer::Done
            }
        };
        if let Some(file) = self.files.get_mut(&file) {
            file.changed = true;
            file.ids.retain(|id| self.workflows.contains_key(id));
        }
        answer
    }

    fn create(&mut self, key: DocKey, title: &str, state: &State) -> Answer {
        let remote = made_id(state, key);
        if !self.workflows.contains_key(&remote) {
            let definition = Definition {
                title: title.to_owned(),
                ..Definition::default()
            };
            let alone = match self.files.len() {
                1 => self.files.iter().find(|(_, file)| file.several),
                _ => None,
            };
            let name = match alone {
                Some((name, _)) => name.clone(),
                None => self.free_name(title),
            };
            let file = self.files.entry(name.clone()).or_default();
            file.ids.push(remote.clone());
            file.changed = true;
            let kept = Kept {
                file: name,
                definition,
                rest: Map::new(),
            };
            self.workflows.insert(remote.clone(), kept);
        }
        let version = self
            .workflows
            .get(&remote)
            .map(|kept| self.version(&kept.definition));
        match version {
            Some(version) => Answer::Created { remote, version },
            None => Answer::Missing,
        }
    }

    /// A name for a file that no file has, such as `lead-nurture-2.json`.
    fn free_name(&mut self, title: &str) -> String {
        let mut name = String::new();
        for c in title.chars() {
            match c {
                c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
                _ if name.is_empty() || name.ends_with('-') => {}
                _ => name.push('-'),
            }
            if name.len() == 60 {
                break;
            }
        }
        let name = name.trim_end_matches('-');
        // Names that some systems keep for themselves.
        let device = |name: &str| {
            let numbered = |kind: &str| {
                name.strip_prefix(kind)
                    .is_some_and(|rest| rest.len() == 1 && rest != "0")
            };
            ["con", "prn", "aux", "nul"].contains(&name) || numbered("com") || numbered("lpt")
        };
        let name = match name {
            "" => "workflow".to_owned(),
            name if device(name) => format!("workflow-{name}"),
            name => name.to_owned(),
        };
        let mut file = format!("{name}.json");
        let mut number = 1;
        while !self.taken.insert(file.clone()) {
            number += 1;
            file = format!("{name}-{number}.json");
        }
        file
    }

    /// What is to be written and removed.
    fn close(&self) -> (Vec<(String, String)>, Vec<String>) {
        let (mut write, mut remove) = (Vec::new(), Vec::new());
        for (name, file) in self.files.iter().filter(|(_, file)| file.changed) {
            let entry = |id: &RemoteId, leadline: Option<u64>| {
                let kept = self.workflows.get(id)?;
                Some(Written {
                    leadline,
                    workflow: &kept.definition,
                    sync: Mark {
                        id: WorkflowId::parse(id).ok()?,
                        folder: self.id.clone(),
                    },
                    rest: &kept.rest,
                })
            };
            // Texts, numbers and lists: there is nothing JSON cannot hold.
            let text = match file.several {
                true => serde_json::to_string_pretty(&WrittenAll {
                    leadline: VERSION,
                    workflows: file.ids.iter().filter_map(|id| entry(id, None)).collect(),
                    rest: &file.rest,
                }),
                false => match file.ids.first().and_then(|id| entry(id, Some(VERSION))) {
                    Some(entry) => serde_json::to_string_pretty(&entry),
                    None => {
                        remove.push(name.clone());
                        continue;
                    }
                },
            };
            write.push((name.clone(), text.unwrap_or_default() + "\n"));
        }
        (write, remove)
    }
}

/// What a workflow is called that a replica makes: the same each time it is tried.
fn made_id(state: &State, key: DocKey) -> RemoteId {
    format!(
        "{}{}",
        WorkflowId::PREFIX,
        digest(&[&state.replica, &key.0.to_string()])
    )
}

/// Which folder this is: the one that is known, if anything in it says so or it is empty; else the one
/// that most say; else a new one.
fn folder_id<'e>(state: &State, entries: impl Iterator<Item = &'e Entry>, now: Time) -> String {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut empty = true;
    for entry in entries {
        empty = false;
        if let Some(mark) = &entry.sync {
            *told.entry(&mark.folder).or_default() += 1;
        }
    }
    if let Some(known) = state.epoch()
        && (empty || told.contains_key(known))
    {
        return known.to_owned();
    }
    match told.iter().max_by_key(|(_, count)| **count) {
        Some((most, _)) => (*most).to_owned(),
        None => format!("fld_{}", digest(&[&state.replica, &now.to_string()])),
    }
}
