//! The variables of leads: a column for each key, cells packed into one text.
//!
//! Lists repeat themselves (cities, segments, yes and no), so each column remembers its last few
//! distinct cells and uses them again; names and numbers are stored once each, back to back.

use std::collections::BTreeMap;

use leadline_model::{Value, Variables};
use serde::{Deserialize, Serialize};

use super::{json, packed};

/// A cell: 0 is absent; a text is `2 * index + 1`, any other value `2 * index + 2`.
pub type Cell = u32;

/// No value.
pub const ABSENT: Cell = 0;

const REMEMBERED: usize = 16;

/// The variables of all leads of a workflow.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Cells {
    keys: Vec<String>,
    columns: Vec<Column>,
    text: String,
    #[serde(with = "packed")]
    ends: Vec<u32>,
    #[serde(with = "json")]
    others: Vec<Value>,
    /// What the workflow changed, as it was at enrolment: (column, lead) and the cell.
    originals: BTreeMap<(u32, u32), Cell>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Column {
    #[serde(with = "packed")]
    cells: Vec<Cell>,
    /// The last few distinct cells, to be used again.
    #[serde(with = "packed")]
    recent: Vec<Cell>,
}

impl Cells {
    /// All keys ever seen, in the order they were first seen.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The column of a key, if there is one.
    pub fn column(&self, key: &str) -> Option<usize> {
        self.keys.iter().position(|k| k == key)
    }

    /// The column of a key, made when there is none.
    pub fn column_or_new(&mut self, key: &str) -> usize {
        self.column(key).unwrap_or_else(|| {
            self.keys.push(key.to_owned());
            self.columns.push(Column::default());
            self.keys.len() - 1
        })
    }

    /// Whether another text of this length still fits: texts of all leads stay below 4 GiB.
    pub fn has_room_for(&self, bytes: usize) -> bool {
        self.text.len().saturating_add(bytes) < u32::MAX as usize / 2
    }

    /// The cell of a lead.
    #[inline]
    pub fn cell(&self, column: usize, lead: u32) -> Cell {
        self.columns[column]
            .cells
            .get(lead as usize)
            .copied()
            .unwrap_or(ABSENT)
    }

    /// The text in a cell.
    #[inline]
    pub fn text_of(&self, cell: Cell) -> Option<&str> {
        let index = (cell.wrapping_sub(1) / 2) as usize;
        (cell % 2 == 1).then(|| {
            let start = if index == 0 {
                0
            } else {
                self.ends[index - 1] as usize
            };
            &self.text[start..self.ends[index] as usize]
        })
    }

    /// The value in a cell.
    pub fn value_of(&self, cell: Cell) -> Option<Value> {
        match cell {
            ABSENT => None,
            _ => Some(match self.text_of(cell) {
                Some(text) => Value::Text(text.to_owned()),
                None => self.others[(cell / 2) as usize - 1].clone(),
            }),
        }
    }

    /// Sets the value of a lead; `Null` makes it absent.
    pub fn set(&mut self, column: usize, lead: u32, value: &Value) {
        let cell = match value {
            Value::Null => ABSENT,
            _ => self
                .find_recent(column, value)
                .unwrap_or_else(|| self.store(column, value)),
        };
        let cells = &mut self.columns[column].cells;
        if cells.len() <= lead as usize {
            if cell == ABSENT {
                return;
            }
            cells.resize(lead as usize + 1, ABSENT);
        }
        cells[lead as usize] = cell;
    }

    /// As [`Cells::set`], but remembers what was there, for [`Cells::reset`].
    pub fn change(&mut self, column: usize, lead: u32, value: &Value) {
        let original = self.cell(column, lead);
        let place = (column as u32, lead);
        self.originals.entry(place).or_insert(original);
        self.set(column, lead, value);
    }

    /// Puts everything that the workflow changed back to what was enrolled.
    pub fn reset(&mut self) {
        for ((column, lead), cell) in std::mem::take(&mut self.originals) {
            let cells = &mut self.columns[column as usize].cells;
            if let Some(changed) = cells.get_mut(lead as usize) {
                *changed = cell;
            }
        }
    }

    fn find_recent(&self, column: usize, value: &Value) -> Option<Cell> {
        self.columns[column]
            .recent
            .iter()
            .copied()
            .find(|cell| match value {
                Value::Text(text) => self.text_of(*cell) == Some(text),
                other => cell % 2 == 0 && self.others[(*cell / 2) as usize - 1] == *other,
            })
    }

    fn store(&mut self, column: usize, value: &Value) -> Cell {
        let cell = match value {
            Value::Text(text) => {
                self.text.push_str(text);
                self.ends.push(self.text.len() as u32);
                self.ends.len() as u32 * 2 - 1
            }
            other => {
                self.others.push(other.clone());
                self.others.len() as u32 * 2
            }
        };
        let recent = &mut self.columns[column].recent;
        if recent.len() == REMEMBERED {
            recent.remove(0);
        }
        recent.push(cell);
        cell
    }

    /// All variables of a lead.
    pub fn variables(&self, lead: u32) -> Variables {
        let mut variables = Variables::new();
        for (column, key) in self.keys.iter().enumerate() {
            if let Some(value) = self.value_of(self.cell(column, lead)) {
                variables.insert(key.clone(), value);
            }
        }
        variables
    }

    /// Bytes in memory, roughly.
    pub fn bytes(&self) -> usize {
        let cells: usize = self
            .columns
            .iter()
            .map(|column| column.cells.capacity() * 4)
            .sum();
        let values = self.text.capacity() + self.ends.capacity() * 4 + self.others.len() * 48;
        cells + values + self.originals.len() * 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_what_was_set() {
        let mut cells = Cells::default();
        let name = cells.column_or_new("name");
        let age = cells.column_or_new("age");
        for lead in 0..100 {
            cells.set(name, lead, &Value::Text(format!("Lead {}", lead % 40)));
            cells.set(age, lead, &Value::from(i64::from(lead % 3)));
        }
        cells.set(name, 7, &Value::Null);
        cells.set(name, 8, &Value::from(""));
        for lead in 9..100 {
            let expected = Value::Text(format!("Lead {}", lead % 40));
            assert_eq!(cells.value_of(cells.cell(name, lead)), Some(expected));
        }
        assert_eq!(
            cells.variables(7),
            Variables::from([("age".into(), Value::from(1))])
        );
        assert_eq!(cells.value_of(cells.cell(name, 8)), Some(Value::from("")));
        assert_eq!(cells.others.len(), 3, "repeated values are stored once");
        assert_eq!(cells.cell(name, 1_000), ABSENT);
        let enrolled = cells.variables(9);
        cells.change(name, 9, &Value::from("changed"));
        cells.change(name, 9, &Value::Null);
        let new = cells.column_or_new("new");
        cells.change(new, 9, &Value::from(true));
        assert_ne!(cells.variables(9), enrolled);
        cells.reset();
        assert_eq!(cells.variables(9), enrolled);
    }
}
