//! A value that a form shows and changes: what it is now, and where a new one goes.
//!
//! Forms are built from parts of a node's config. [`Bound::part`] narrows a whole to one of its
//! parts, so that a control knows nothing of the config around it.

use std::any::Any;
use std::sync::Arc;

use leptos::prelude::*;

use crate::boxed::memo;

/// What a form may show: cloned into signals, compared to draw only what changed.
pub trait Shown: Clone + PartialEq + Send + Sync + 'static {}
impl<T: Clone + PartialEq + Send + Sync + 'static> Shown for T {}

/// A value shown and changed by a form.
pub struct Bound<T: Shown> {
    now: Memo<T>,
    change: StoredValue<Change>,
}

/// Takes the new value out of an `Option` of it. Its type is left out, since storing sixty types of
/// callbacks would mean sixty copies of what the framework has for a stored value.
type Change = Arc<dyn Fn(&mut dyn Any) + Send + Sync>;

impl<T: Shown> Clone for Bound<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Shown> Copy for Bound<T> {}

impl<T: Shown> Bound<T> {
    /// A value read from `now` and changed by `change`.
    pub fn new(now: Memo<T>, change: impl Fn(T) + Send + Sync + 'static) -> Self {
        let change = move |new: &mut dyn Any| {
            // Always there: `set` gives what belongs to the `T` of this `Bound`.
            if let Some(new) = new.downcast_mut::<Option<T>>().and_then(Option::take) {
                change(new);
            }
        };
        Bound {
            now,
            change: StoredValue::new(Arc::new(change)),
        }
    }

    /// The value of a form that is not applied before it is submitted.
    pub fn local(value: T) -> Self {
        let value = RwSignal::new(value);
        Bound::new(memo(move || value.get()), move |new| value.set(new))
    }

    /// The value, followed.
    pub fn get(self) -> T {
        self.now.get()
    }

    /// The value as it is at this moment.
    pub fn peek(self) -> T {
        self.now.get_untracked()
    }

    /// Puts a new value, unless it is the one that stands.
    pub fn set(self, value: T) {
        if self.peek() != value {
            let change = self.change.get_value();
            change(&mut Some(value));
        }
    }

    /// Changes the value in place.
    pub fn update(self, edit: impl FnOnce(&mut T)) {
        let mut value = self.peek();
        edit(&mut value);
        self.set(value);
    }

    /// A part of the value.
    pub fn part<U: Shown>(
        self,
        read: impl Fn(&T) -> U + Send + Sync + 'static,
        write: impl Fn(&mut T, U) + Send + Sync + 'static,
    ) -> Bound<U> {
        let now = memo(move || read(&self.now.read()));
        Bound::new(now, move |part| self.update(|whole| write(whole, part)))
    }
}

impl<T: Shown> Bound<Vec<T>> {
    /// The item at a place of a list. While the list shrinks a row that is about to go may still
    /// ask for its item: it gets `gone` then, and writes nothing.
    pub fn item(self, at: usize, gone: T) -> Bound<T> {
        self.part(
            move |list| list.get(at).unwrap_or(&gone).clone(),
            move |list, value| {
                if let Some(slot) = list.get_mut(at) {
                    *slot = value;
                }
            },
        )
    }

    /// The places of the list, to make a row for each.
    pub fn places(self) -> Memo<Vec<usize>> {
        memo(move || (0..self.now.with(Vec::len)).collect())
    }
}
