//! Notes, backups, and how much is stored. What needs the store becomes a job, done between commits.

use leadline_model::Time;
use leadline_protocol::{Note, Problem, Reply, Request};
use leadline_sim::SessionConfig;

use super::invalid;
use crate::host::{Host, Job, Moment, Replacement, Who, fresh_config, read_backup};

/// Characters of a note's key.
const MAX_KEY: usize = 200;
/// Bytes of a note.
const MAX_NOTE: usize = 16 << 20;

pub(super) fn handle(host: &mut Host, who: Who, request: Request, at: Moment) {
    match request {
        Request::StorageReport => host.job(Job::StorageReport(who)),
        Request::ExportBackup => {
            host.journal_clock(at);
            host.job(Job::ExportBackup(who));
        }
        Request::ImportBackup { json } => replace(host, who, read_backup(&json)),
        Request::ClearEverything => {
            let config = another(host, at);
            replace(host, who, Replacement::empty(config));
        }
        Request::PutNote { key, text } => {
            let note = Note { key, text };
            match check_notes(std::slice::from_ref(&note)) {
                Ok(()) => host.put_note(who, note),
                Err(problem) => host.reply(who, Err(problem)),
            }
        }
        Request::GetNote { key } => match host.unsaved_note(&key) {
            Some(text) => {
                let text = text.map(str::to_owned);
                host.reply(who, Ok(Reply::Note(text)));
            }
            None => host.job(Job::ReadNote(who, key)),
        },
        Request::GetNotes { prefix } => host.job(Job::ReadNotes(who, prefix)),
        _ => host.flush(who, at),
    }
}

fn replace(host: &mut Host, who: Who, by: Result<Replacement, Problem>) {
    match by {
        Ok(by) => host.job(Job::Replace(who, Box::new(by))),
        Err(problem) => host.reply(who, Err(problem)),
    }
}

/// A beginning whose ids differ from the present ones.
fn another(host: &Host, at: Moment) -> SessionConfig {
    let (entries, bytes) = host.journal_size();
    let key =
        (at.wall as u64).rotate_left(32) ^ at.real.to_bits() ^ entries ^ bytes.rotate_left(16);
    let config = fresh_config(key, at.wall);
    SessionConfig {
        now: config.now.max(Time::MIN),
        ..config
    }
}

/// Refuses notes that are longer than notes may be.
pub(super) fn check_notes(notes: &[Note]) -> Result<(), Problem> {
    for Note { key, text } in notes {
        if key.is_empty() || key.chars().count() > MAX_KEY {
            return Err(invalid("a note's key has 1 to 200 characters"));
        }
        if text.as_ref().is_some_and(|text| text.len() > MAX_NOTE) {
            return Err(invalid("a note has at most 16 MiB"));
        }
    }
    Ok(())
}
