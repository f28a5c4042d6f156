//! From schema 1 to 2: notes, so that undo history, view and preferences survive a reload.

use super::Step;
use crate::Table;

pub(super) const STEP: Step = Step {
    to: 2,
    creates: &[Table::Notes],
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::{Archive, Entry, MemoryStore, Table};
    use futures::executor::block_on;

    #[test]
    fn the_old_form_is_kept_and_gains_notes() {
        let store = MemoryStore::with_tables(&[Table::Journal, Table::Snapshots, Table::Meta]);
        let archive = Archive::new(store);
        let entry = Entry {
            seq: 0,
            at: 5,
            request: None,
            input: b"{}".to_vec(),
            reply: None,
        };
        block_on(archive.append(std::slice::from_ref(&entry), false)).unwrap();
        assert!(
            block_on(archive.put_note("k", Some("text"))).is_err(),
            "schema 1 has no notes"
        );

        archive.store().upgrade(1).unwrap();
        block_on(archive.put_note("k", Some("text"))).unwrap();
        assert_eq!(
            block_on(archive.note("k")).unwrap().as_deref(),
            Some("text")
        );
        let mut seen = Vec::new();
        block_on(archive.read_journal(0, &[], |e| {
            seen.push(e);
            Ok(())
        }))
        .unwrap();
        assert_eq!(seen, [entry]);
    }
}
