//! What every backend has to do, as a suite any backend's tests call: natively for memory and
//! SQLite, in Chromium for IndexedDB.

use std::future::Future;

use crate::archive::Archive;
use crate::journal::{Entry, part_key};
use crate::{JournalEnd, Meta, Snapshot, Store, StoreError, Table, Write};

/// A failed check, in words.
type Failure = String;

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Result<(), Failure> {
    if got == want {
        Ok(())
    } else {
        Err(format!("{what}: got {got:?}, expected {want:?}"))
    }
}

fn told(error: StoreError) -> Failure {
    error.to_string()
}

/// Runs every check, each on a fresh, empty store. Returns how many passed.
pub async fn run<S, F, Fut>(fresh: F) -> Result<usize, Failure>
where
    S: Store,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    named("values", values(&fresh().await).await)?;
    named("ranges", ranges(&fresh().await).await)?;
    named(
        "a commit is whole or nothing",
        whole_or_nothing(&fresh().await).await,
    )?;
    named(
        "clearing and adding in one commit",
        clear_and_add(&fresh().await).await,
    )?;
    named("large values", large_values(&fresh().await).await)?;
    named("journal", journal(Archive::new(fresh().await)).await)?;
    named(
        "a damaged journal",
        damaged_journal(Archive::new(fresh().await)).await,
    )?;
    named(
        "a refused entry",
        refused_entry(Archive::new(fresh().await)).await,
    )?;
    named("snapshots", snapshots(Archive::new(fresh().await)).await)?;
    named(
        "meta and notes",
        meta_and_notes(Archive::new(fresh().await)).await,
    )?;
    Ok(10)
}

fn named(name: &str, result: Result<(), Failure>) -> Result<(), Failure> {
    result.map_err(|failure| format!("{name}: {failure}"))
}

async fn values(store: &impl Store) -> Result<(), Failure> {
    for table in Table::ALL {
        expect(
            "nothing yet",
            store.get(table, "a").await.map_err(told)?,
            None,
        )?;
        let put = |value: &[u8]| [Write::Put(table, "a".into(), value.to_vec())];
        store.commit(&put(b"1")).await.map_err(told)?;
        store.commit(&put(b"22")).await.map_err(told)?;
        let got = store.get(table, "a").await.map_err(told)?;
        expect("the newer value", got, Some(b"22".to_vec()))?;
        store
            .commit(&[Write::Delete(table, "a".into())])
            .await
            .map_err(told)?;
        store
            .commit(&[Write::Delete(table, "a".into())])
            .await
            .map_err(told)?;
        expect("deleted", store.get(table, "a").await.map_err(told)?, None)?;
    }
    Ok(())
}

async fn ranges(store: &impl Store) -> Result<(), Failure> {
    let keys: Vec<String> = (0..10).map(|n| part_key(n * 7, 0)).collect();
    let writes: Vec<Write> = keys
        .iter()
        .rev()
        .map(|k| Write::Add(Table::Journal, k.clone(), k[..3].into()))
        .collect();
    store.commit(&writes).await.map_err(told)?;
    expect(
        "keys",
        store.keys(Table::Journal).await.map_err(told)?,
        keys.clone(),
    )?;
    expect(
        "other table",
        store.keys(Table::Notes).await.map_err(told)?,
        Vec::new(),
    )?;
    for (from, limit, want) in [
        ("", 3, &keys[..3]),
        (&part_key(7, 0), 2, &keys[1..3]),
        (&part_key(8, 0), 99, &keys[2..]),
    ] {
        let got = store
            .range(Table::Journal, from, limit)
            .await
            .map_err(told)?;
        let got: Vec<String> = got.into_iter().map(|(key, _)| key).collect();
        expect(from, got, want.to_vec())?;
    }
    Ok(())
}

async fn whole_or_nothing(store: &impl Store) -> Result<(), Failure> {
    let add = |key: &str, value: &[u8]| Write::Add(Table::Journal, key.into(), value.to_vec());
    store.commit(&[add("b", b"old")]).await.map_err(told)?;
    let writes = [
        add("a", b"new"),
        Write::Put(Table::Meta, "m".into(), b"new".to_vec()),
        add("b", b"new"),
    ];
    let error = store.commit(&writes).await;
    expect(
        "the second add",
        error,
        Err(StoreError::Exists { key: "b".into() }),
    )?;
    expect(
        "before it",
        store.get(Table::Journal, "a").await.map_err(told)?,
        None,
    )?;
    expect(
        "other table",
        store.get(Table::Meta, "m").await.map_err(told)?,
        None,
    )?;
    let kept = store.get(Table::Journal, "b").await.map_err(told)?;
    expect("what was there", kept, Some(b"old".to_vec()))
}

async fn clear_and_add(store: &impl Store) -> Result<(), Failure> {
    let add = |key: &str| Write::Add(Table::Journal, key.into(), b"x".to_vec());
    store.commit(&[add("a"), add("b")]).await.map_err(told)?;
    store
        .commit(&[Write::Clear(Table::Journal), add("b"), add("c")])
        .await
        .map_err(told)?;
    let keys = store.keys(Table::Journal).await.map_err(told)?;
    expect("keys", keys, vec!["b".to_owned(), "c".to_owned()])
}

async fn large_values(store: &impl Store) -> Result<(), Failure> {
    let value: Vec<u8> = (0..crate::journal::PART).map(|i| (i % 251) as u8).collect();
    let writes = [Write::Add(Table::Snapshots, "s".into(), value.clone())];
    store.commit(&writes).await.map_err(told)?;
    let got = store.get(Table::Snapshots, "s").await.map_err(told)?;
    expect("16 MiB", got == Some(value), true)
}

fn entry(seq: u64, input: &str) -> Entry {
    let request = (seq % 2 == 1).then(|| format!("tab-{seq}"));
    Entry {
        seq,
        at: 1_000,
        request,
        input: input.as_bytes().to_vec(),
        reply: None,
    }
}

async fn read<S: Store>(
    archive: &Archive<S>,
    from: u64,
    cuts: &[(u64, u64)],
) -> Result<(Vec<u64>, JournalEnd), Failure> {
    let mut seen = Vec::new();
    let end = archive
        .read_journal(from, cuts, |e| {
            seen.push(e.seq);
            Ok(())
        })
        .await
        .map_err(told)?;
    Ok((seen, end))
}

async fn journal<S: Store>(archive: Archive<S>) -> Result<(), Failure> {
    expect(
        "empty",
        read(&archive, 0, &[]).await?,
        (vec![], JournalEnd::Whole { next: 0 }),
    )?;
    for seq in 0..150 {
        archive
            .append(&[entry(seq * 2, "a"), entry(seq * 2 + 1, "b")], false)
            .await
            .map_err(told)?;
    }
    let (seen, end) = read(&archive, 0, &[]).await?;
    expect("all", seen, (0..300).collect())?;
    expect("end", end, JournalEnd::Whole { next: 300 })?;
    expect(
        "the rest",
        read(&archive, 298, &[]).await?.0,
        vec![298, 299],
    )?;
    let again = archive.append(&[entry(298, "other")], false).await;
    expect(
        "a number twice",
        again,
        Err(StoreError::Exists {
            key: part_key(298, 0),
        }),
    )?;
    archive
        .append(&[entry(300, "short")], false)
        .await
        .map_err(told)?;
    archive
        .append(&[entry(300, "long")], true)
        .await
        .map_err(told)?;
    let mut last = None;
    archive
        .read_journal(300, &[], |e| {
            last = Some(e);
            Ok(())
        })
        .await
        .map_err(told)?;
    expect("written over on purpose", last, Some(entry(300, "long")))
}

async fn damaged_journal<S: Store>(archive: Archive<S>) -> Result<(), Failure> {
    for seq in 0..5 {
        archive
            .append(&[entry(seq, "x")], false)
            .await
            .map_err(told)?;
    }
    let key = part_key(3, 0);
    let Some(mut bytes) = archive
        .store()
        .get(Table::Journal, &key)
        .await
        .map_err(told)?
    else {
        return Err("entry 3 is not there".into());
    };
    if let Some(last) = bytes.last_mut() {
        *last ^= 4;
    }
    let put = [Write::Put(Table::Journal, key.clone(), bytes)];
    archive.store().commit(&put).await.map_err(told)?;
    let (seen, end) = read(&archive, 0, &[]).await?;
    expect("up to the damage", seen, vec![0, 1, 2])?;
    let JournalEnd::Damaged {
        next: 3,
        beyond,
        error,
    } = end
    else {
        return Err(format!("the damage was not found: {end:?}"));
    };
    expect(
        "it is named",
        error.to_string().contains("journal entry 3 is damaged"),
        true,
    )?;
    archive
        .append(&[entry(beyond, "y")], false)
        .await
        .map_err(told)?;
    let (seen, end) = read(&archive, 0, &[(3, beyond)]).await?;
    expect("around the cut", seen, vec![0, 1, 2, beyond])?;
    expect("whole again", end, JournalEnd::Whole { next: beyond + 1 })?;

    let delete = [Write::Delete(Table::Journal, part_key(1, 0))];
    archive.store().commit(&delete).await.map_err(told)?;
    let (seen, end) = read(&archive, 0, &[(3, beyond)]).await?;
    expect("up to the hole", seen, vec![0])?;
    expect(
        "a hole is damage",
        matches!(end, JournalEnd::Damaged { next: 1, .. }),
        true,
    )
}

async fn refused_entry<S: Store>(archive: Archive<S>) -> Result<(), Failure> {
    let batch: Vec<Entry> = (0..4).map(|seq| entry(seq, "x")).collect();
    archive.append(&batch, false).await.map_err(told)?;
    let visit = |e: Entry| match e.seq {
        2 => Err(StoreError::Damaged {
            what: "entry 2".into(),
            why: "refused".into(),
        }),
        _ => Ok(()),
    };
    let end = archive.read_journal(0, &[], visit).await.map_err(told)?;
    let JournalEnd::Damaged {
        next: 2, beyond, ..
    } = end
    else {
        return Err(format!("it was not refused: {end:?}"));
    };
    archive
        .append(&[entry(beyond, "y")], false)
        .await
        .map_err(told)?;
    let (seen, end) = read(&archive, 0, &[(2, beyond)]).await?;
    expect("around a part of a batch", seen, vec![0, 1, beyond])?;
    expect("whole again", end, JournalEnd::Whole { next: beyond + 1 })
}

async fn snapshots<S: Store>(archive: Archive<S>) -> Result<(), Failure> {
    let snapshot = |seq: u64, len: usize| Snapshot {
        seq,
        entries: seq,
        journal_bytes: 9,
        recent: vec![("tab-1".into(), None)],
        state: vec![seq as u8; len],
    };
    for (seq, len) in [(10, 5), (20, crate::journal::PART + 1), (30, 7)] {
        archive
            .put_snapshot(&snapshot(seq, len))
            .await
            .map_err(told)?;
    }
    expect(
        "two are kept",
        archive.snapshots().await.map_err(told)?,
        vec![30, 20],
    )?;
    let large = archive.snapshot(20).await.map_err(told)?;
    expect(
        "in parts",
        large == snapshot(20, crate::journal::PART + 1),
        true,
    )?;
    let delete = [Write::Delete(Table::Snapshots, part_key(20, 1))];
    archive.store().commit(&delete).await.map_err(told)?;
    let torn = archive.snapshot(20).await;
    expect(
        "a torn one",
        matches!(torn, Err(StoreError::Damaged { .. })),
        true,
    )?;
    expect(
        "the other",
        archive.snapshot(30).await.map_err(told)?,
        snapshot(30, 7),
    )
}

async fn meta_and_notes<S: Store>(archive: Archive<S>) -> Result<(), Failure> {
    expect(
        "none yet",
        archive.meta(Meta::Session).await.map_err(told)?,
        None,
    )?;
    archive
        .commit(&[Meta::Session.write(b"{}")])
        .await
        .map_err(told)?;
    let session = archive.meta(Meta::Session).await.map_err(told)?;
    expect("meta", session, Some(b"{}".to_vec()))?;
    for key in ["undo", "größe", "view/1"] {
        archive.put_note(key, Some("text")).await.map_err(told)?;
        expect(
            key,
            archive.note(key).await.map_err(told)?,
            Some("text".to_owned()),
        )?;
    }
    let some = archive.notes_from("view").await.map_err(told)?;
    let wanted = vec![("view/1".to_owned(), "text".to_owned())];
    expect("notes by the beginning of their keys", some, wanted)?;
    expect("all notes", archive.notes().await.map_err(told)?.len(), 3)?;
    archive.put_note("undo", None).await.map_err(told)?;
    expect("deleted", archive.note("undo").await.map_err(told)?, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[test]
    fn memory_conforms() {
        let result = futures::executor::block_on(run(|| async { MemoryStore::new() }));
        assert_eq!(result, Ok(10));
    }
}
