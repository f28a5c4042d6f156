//! From nothing to schema 1: journal, snapshots, meta.

use super::Step;
use crate::Table;

pub(super) const STEP: Step = Step {
    to: 1,
    creates: &[Table::Journal, Table::Snapshots, Table::Meta],
};
