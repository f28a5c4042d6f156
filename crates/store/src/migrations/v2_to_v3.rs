//! From schema 2 to 3: remotes, so that what waits for them survives a reload.

use super::Step;
use crate::Table;

pub(super) const STEP: Step = Step {
    to: 3,
    creates: &[Table::Remotes],
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::archive::remote_write;
    use crate::{Archive, MemoryStore, Table};
    use futures::executor::block_on;

    #[test]
    fn the_old_form_is_kept_and_gains_remotes() {
        let old = [Table::Journal, Table::Snapshots, Table::Meta, Table::Notes];
        let archive = Archive::new(MemoryStore::with_tables(&old));
        block_on(archive.put_note("k", Some("text"))).unwrap();
        let record = [remote_write("r/1", Some(b"{}"))];
        assert!(
            block_on(archive.commit(&record)).is_err(),
            "schema 2 has no remotes"
        );

        archive.store().upgrade(2).unwrap();
        block_on(archive.commit(&record)).unwrap();
        assert_eq!(
            block_on(archive.remotes()).unwrap(),
            [("r/1".to_owned(), b"{}".to_vec())]
        );
        let note = block_on(archive.note("k")).unwrap();
        assert_eq!(note.as_deref(), Some("text"));
        block_on(archive.commit(&[remote_write("r/1", None)])).unwrap();
        assert!(block_on(archive.remotes()).unwrap().is_empty());
    }
}
