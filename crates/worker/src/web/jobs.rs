//! What is done with the store, one thing at a time: commits first, then jobs, then snapshots.

use std::rc::Rc;

use leadline_protocol::{ExportedFile, Reply, SaveState, StorageReport};
use leadline_store::{Archive, StoreError, Write, migrations};

use super::device::Device;
use super::shell::Shell;
use super::{connection, quota, time};
use crate::host::{Collected, Host, Job, Replacement, Who, collect, collect_raw};

/// Does the next thing; `false` when nothing is to be done now.
pub(super) async fn one(shell: &Rc<Shell>) -> bool {
    let archive = shell.archive.borrow().clone();
    let Some(archive) = archive else { return false };
    let commit = with(shell, |host| host.next_commit(time::moment()));
    match commit {
        None => return false,
        Some(Ok(Some(commit))) => {
            let result = commit_twice(shell, &archive, &commit.writes).await;
            with(shell, |host| host.committed(result, time::moment()));
            return true;
        }
        Some(Err(error)) => {
            // What cannot be packed is not stored: said as any failure is.
            with(shell, |host| host.committed(Err(error), time::moment()));
        }
        Some(Ok(None)) => {}
    }
    let job = shell.jobs.borrow_mut().pop_front();
    if let Some(job) = job {
        perform(shell, &archive, job).await;
        return true;
    }
    let snapshot = with(shell, |host| host.take_snapshot(time::moment())).flatten();
    if let Some(snapshot) = snapshot {
        let start = time::real();
        // A snapshot that cannot be stored costs time at the next start, nothing else.
        let stored = archive.put_snapshot(&snapshot).await.ok();
        with(shell, |host| {
            host.snapshot_stored(stored, time::real() - start)
        });
        return true;
    }
    // Taking one may have appended the clock to the journal.
    with(shell, |host| host.commit_in(time::moment()) == Some(0.0)).unwrap_or(false)
}

fn with<T>(shell: &Rc<Shell>, act: impl FnOnce(&mut Host) -> T) -> Option<T> {
    shell.host.borrow_mut().as_mut().map(act)
}

/// Commits; when the connection turns out to be lost, opens it again and tries once more.
async fn commit_twice(
    shell: &Rc<Shell>,
    archive: &Archive<Device>,
    writes: &[Write],
) -> Result<(), StoreError> {
    match archive.commit(writes).await {
        Err(StoreError::Closed) => {
            let more = connection::reopen(shell, archive).await?;
            let all: Vec<Write> = more.into_iter().chain(writes.iter().cloned()).collect();
            archive.commit(&all).await
        }
        result => result,
    }
}

async fn perform(shell: &Rc<Shell>, archive: &Archive<Device>, job: Job) {
    match job {
        Job::ReadNote(who, key) => {
            let note = archive.note(&key).await;
            with(shell, |host| match note {
                Ok(text) => host.reply(who, Ok(Reply::Note(text))),
                Err(error) => host.job_failed(who, &error),
            });
        }
        Job::ReadNotes(who, prefix) => {
            let notes = archive.notes_from(&prefix).await;
            with(shell, |host| match notes {
                Ok(notes) => host.notes_read(who, &prefix, notes),
                Err(error) => host.job_failed(who, &error),
            });
        }
        Job::ReadRevision(who, wanted) => {
            let note = archive.note(&wanted.note).await;
            with(shell, |host| match note {
                Ok(text) => host.revision_read(who, wanted, text, time::moment()),
                Err(error) => host.job_failed(who, &error),
            });
        }
        Job::StorageReport(who) => {
            let room = quota::ask().await;
            with(shell, |host| {
                let report = report(host, room);
                host.reply(who, Ok(Reply::Storage(report)));
            });
        }
        Job::ExportBackup(who) => {
            let unreadable = shell.unreadable.borrow().clone();
            let collected = match unreadable {
                // What the host holds is in memory; what is stored goes along as it is.
                Some(stored) => both(archive, &stored).await,
                None => collect(archive).await,
            };
            with(shell, |host| match collected {
                Ok(collected) => export(host, who, collected),
                Err(error) => host.job_failed(who, &error),
            });
        }
        Job::Replace(who, by) => replace(shell, archive, who, *by).await,
    }
}

async fn both(
    archive: &Archive<Device>,
    unreadable: &Archive<Device>,
) -> Result<Collected, StoreError> {
    let mut collected = collect(archive).await?;
    collected.add_damaged(collect_raw(unreadable).await?);
    Ok(collected)
}

fn export(host: &mut Host, who: Who, collected: Collected) {
    let at = time::moment();
    let file = host.backup(collected, at).map(|text| {
        let day = leadline_model::Time(at.wall.max(0)).to_string();
        let name = format!("leadline-backup-{}.json", day.get(..10).unwrap_or("today"));
        Reply::File(ExportedFile { name, text })
    });
    host.reply(who, file);
}

fn report(host: &Host, room: quota::Room) -> StorageReport {
    let (journal_entries, journal_bytes) = host.journal_size();
    StorageReport {
        usage: room.usage.map(|bytes| bytes as u64),
        quota: room.quota.map(|bytes| bytes as u64),
        persisted: room.persisted,
        journal_entries,
        journal_bytes,
        snapshot_bytes: host.snapshot_bytes(),
        schema: migrations::VERSION,
    }
}

async fn replace(shell: &Rc<Shell>, archive: &Archive<Device>, who: Who, by: Replacement) {
    // Replacing everything is the one way to write where a start could not read.
    let unreadable = shell.unreadable.borrow().clone();
    let target = unreadable.as_deref().unwrap_or(archive);
    let committed = match by.writes() {
        Ok(writes) => target.commit(&writes).await,
        Err(error) => Err(error),
    };
    if let Err(error) = committed {
        with(shell, |host| host.job_failed(who, &error));
        return;
    }
    if let Some(readable) = shell.unreadable.borrow_mut().take() {
        *shell.archive.borrow_mut() = Some(readable);
    }
    let on_disk = shell
        .archive
        .borrow()
        .as_ref()
        .is_some_and(|a| a.store().disk().is_some());
    let at = time::moment();
    with(shell, |host| {
        let state = match (on_disk, host.save_state()) {
            (true, _) => SaveState::Saved { at_ms: at.wall },
            (false, state) => state.clone(),
        };
        host.replaced(who, by, state, at);
    });
}
