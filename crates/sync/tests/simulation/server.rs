//! The server of the simulation: one order of commits, versions, keys, tombstones, purges, backups.

use std::collections::BTreeMap;

use leadline_model::Definition;
use leadline_sync::machine::{Answer, Request, Version, What};
use serde_json::Value;

use crate::Mutant;

#[derive(Debug, Clone)]
pub struct Stored {
    pub rev: u64,
    pub definition: Definition,
    /// How often each list of leads was enrolled.
    pub enrolled: BTreeMap<String, u32>,
}

#[derive(Debug, Clone)]
pub struct Server {
    mutant: Mutant,
    pub epoch: u32,
    seq: u64,
    made: u32,
    pub docs: BTreeMap<String, Stored>,
    /// Commits in their order: number, document, whether it was deleted.
    log: Vec<(u64, String, bool)>,
    purged: u64,
    keys: BTreeMap<String, Answer>,
    /// Everything that was enrolled in this life, whatever became of the document.
    pub enrolments: BTreeMap<String, u32>,
}

impl Server {
    pub fn new(mutant: Mutant) -> Server {
        Server {
            mutant,
            epoch: 1,
            seq: 0,
            made: 0,
            docs: BTreeMap::new(),
            log: Vec::new(),
            purged: 0,
            keys: BTreeMap::new(),
            enrolments: BTreeMap::new(),
        }
    }

    /// A backup is put back: what came after it is gone, and its life is another one.
    pub fn restore(&mut self, backup: &Server) {
        let epoch = self.epoch + 1;
        *self = Server {
            epoch,
            ..backup.clone()
        };
    }

    /// Old commits are forgotten.
    pub fn purge(&mut self) {
        self.purged = self.seq;
        self.log.clear();
        if self.mutant == Mutant::VersionsRestart {
            self.seq = 0;
            self.purged = 0;
        }
    }

    fn commit(&mut self, id: &str, deleted: bool) -> u64 {
        self.seq += 1;
        self.log.push((self.seq, id.to_owned(), deleted));
        self.seq
    }

    fn version(&self, stored: &Stored) -> Version {
        let epoch = self.epoch.to_string();
        Version {
            etag: format!("\"{epoch}-{}\"", stored.rev),
            epoch,
            definition: stored.definition.clone(),
        }
    }

    /// `epoch`: the life that the replica knows; the question is one about that life.
    pub fn answer(&mut self, request: &Request, epoch: Option<&str>) -> Answer {
        let life = self.epoch.to_string();
        let other = epoch.is_some_and(|epoch| epoch != life);
        match request {
            Request::Write(write) => {
                let key = &write.key;
                let first = self.mutant == Mutant::GuardBeforeKey;
                if first && let Some(refusal) = self.guard(&write.what) {
                    return refusal;
                }
                if self.mutant != Mutant::NoKeys
                    && let Some(answer) = self.keys.get(key)
                {
                    return answer.clone();
                }
                if other {
                    return Answer::OtherLife(life);
                }
                let answer = match self.guard(&write.what) {
                    Some(refusal) => refusal,
                    None => self.write(&write.what),
                };
                self.keys.insert(key.clone(), answer.clone());
                answer
            }
            Request::Read(_) if other => Answer::OtherLife(life),
            Request::Read(id) => match self.docs.get(id) {
                Some(stored) => Answer::Document(self.version(stored)),
                None => Answer::Missing,
            },
            Request::Changes { after } => self.changes(*after),
            Request::List { after } => self.list(after.as_ref()),
        }
    }

    fn guard(&self, what: &What) -> Option<Answer> {
        let (remote, if_match) = match what {
            What::Edit {
                remote, if_match, ..
            }
            | What::Delete { remote, if_match } => (remote, if_match),
            What::Enrol { remote, .. } => {
                return (!self.docs.contains_key(remote)).then_some(Answer::Missing);
            }
            What::Create { .. } => return None,
        };
        let Some(stored) = self.docs.get(remote) else {
            return Some(Answer::Missing);
        };
        let fresh = self.mutant == Mutant::LastWriteWins || self.version(stored).etag == *if_match;
        (!fresh).then_some(Answer::Stale)
    }

    fn write(&mut self, what: &What) -> Answer {
        match what {
            What::Create { title } => {
                self.made += 1;
                let id = format!("wfl_{}_{}", self.epoch, self.made);
                let definition = Definition {
                    title: title.clone(),
                    ..Definition::default()
                };
                let rev = self.commit(&id, false);
                let stored = Stored {
                    rev,
                    definition,
                    enrolled: BTreeMap::new(),
                };
                let version = self.version(&stored);
                self.docs.insert(id.clone(), stored);
                Answer::Created {
                    remote: id,
                    version,
                }
            }
            What::Edit {
                remote, changes, ..
            } => {
                let rev = self.commit(remote, false);
                let last_write_wins = self.mutant == Mutant::LastWriteWins;
                let stored = self.docs.get_mut(remote).unwrap();
                let edited = stored.definition.apply(changes);
                assert!(edited.is_ok() || last_write_wins, "{edited:?}");
                stored.rev = rev;
                let Version { epoch, etag, .. } = self.version(&self.docs[remote]);
                let digest = Some(self.docs[remote].definition.digest());
                Answer::Taken {
                    epoch,
                    etag,
                    digest,
                }
            }
            What::Delete { remote, .. } => {
                self.commit(remote, true);
                self.docs.remove(remote);
                Answer::Done
            }
            What::Enrol { remote, leads } => {
                let token = token(leads);
                *self.enrolments.entry(token.clone()).or_default() += 1;
                let stored = self.docs.get_mut(remote).unwrap();
                *stored.enrolled.entry(token).or_default() += 1;
                Answer::Done
            }
        }
    }

    fn changes(&self, after: u64) -> Answer {
        if after < self.purged && self.mutant != Mutant::SilentPurge {
            return Answer::TooOld;
        }
        let mut last: BTreeMap<&String, bool> = BTreeMap::new();
        let mut cursor = self.seq.max(after);
        for (seq, id, deleted) in &self.log {
            // One commit in five is seen only once a later one was.
            if self.mutant == Mutant::OutOfOrder && seq.is_multiple_of(5) && *seq == self.seq {
                continue;
            }
            if *seq > after {
                last.insert(id, *deleted);
            }
        }
        if self.mutant == Mutant::VersionsRestart {
            cursor = self.seq;
        }
        let of = |wanted: bool| {
            let ids = last.iter().filter(move |(_, deleted)| **deleted == wanted);
            ids.map(|(id, _)| (*id).clone())
        };
        Answer::Changes {
            from: after,
            cursor,
            epoch: self.epoch.to_string(),
            changed: of(false).map(|id| self.with_version(&id)).collect(),
            deleted: of(true).collect(),
        }
    }

    fn list(&self, after: Option<&String>) -> Answer {
        const PAGE: usize = 2;
        let later = self
            .docs
            .keys()
            .filter(|id| after.is_none_or(|after| *id > after));
        let ids: Vec<String> = later.clone().take(PAGE).cloned().collect();
        Answer::List {
            cursor: Some(self.seq),
            epoch: self.epoch.to_string(),
            more: later.count() > PAGE,
            remotes: ids.iter().map(|id| self.with_version(id)).collect(),
        }
    }

    fn with_version(&self, id: &str) -> (String, Option<String>) {
        let stored = self.docs.get(id);
        (
            id.to_owned(),
            stored.map(|stored| self.version(stored).etag),
        )
    }
}

pub fn token(leads: &Value) -> String {
    leads.as_str().unwrap().to_owned()
}
