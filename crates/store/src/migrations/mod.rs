//! The versions of the database's schema and the steps between them, one file each.
//!
//! A step says what it creates; a backend performs it inside the platform's own upgrade, so that a
//! step happens whole or not at all. The payloads inside have versions of their own, see
//! [`crate::envelope`]. Newer data than this program knows is refused, never guessed at.

mod v0_to_v1;
mod v1_to_v2;
mod v2_to_v3;

use crate::{StoreError, Table};

/// The newest schema, the one this program writes.
pub const VERSION: u32 = 3;

/// One step from a schema version to the next.
#[derive(Debug)]
pub struct Step {
    /// The version it makes.
    pub to: u32,
    /// The tables it creates.
    pub creates: &'static [Table],
}

const STEPS: [Step; VERSION as usize] = [v0_to_v1::STEP, v1_to_v2::STEP, v2_to_v3::STEP];

/// The steps from a version (0: nothing there yet) to the newest.
pub fn steps(from: u32) -> Result<&'static [Step], StoreError> {
    STEPS.get(from as usize..).ok_or(StoreError::TooNew {
        found: from,
        known: VERSION,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_steps_form_one_path_that_creates_every_table_once() {
        let mut tables: Vec<Table> = Vec::new();
        for (i, step) in steps(0).unwrap().iter().enumerate() {
            assert_eq!(step.to as usize, i + 1);
            tables.extend(step.creates);
        }
        tables.sort();
        assert_eq!(tables, Table::ALL);
    }

    #[test]
    fn the_newest_needs_no_step_and_a_newer_one_is_refused() {
        assert!(steps(VERSION).unwrap().is_empty());
        let error = steps(VERSION + 1).unwrap_err();
        assert_eq!(
            error,
            StoreError::TooNew {
                found: VERSION + 1,
                known: VERSION
            }
        );
        assert!(error.to_string().contains("newer Leadline"), "{error}");
    }
}
