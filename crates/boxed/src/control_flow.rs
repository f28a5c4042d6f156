//! The framework's `Show` and `For` with what they are given in boxes, so that they are compiled once and
//! not once for each place they stand at (see the crate). A page that imports these uses them in
//! place of the ones of the prelude.

use std::hash::Hash;
use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::{AnyView, ArcMemo, ChildrenFn, Get, IntoAny, IntoView, ViewFn, component};

/// When something is to be shown.
pub struct Condition(Box<dyn Fn() -> bool + Send + Sync>);

impl<F: Fn() -> bool + Send + Sync + 'static> From<F> for Condition {
    fn from(holds: F) -> Self {
        Condition(Box::new(holds))
    }
}

/// Shows its children while a condition holds.
#[component]
pub fn Show(
    /// The condition; while it stays the same, what is shown stays.
    #[prop(into)]
    when: Condition,
    /// What is shown while it does not hold.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// What is shown while it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let holds = ArcMemo::new(move |_| (when.0)());
    move || match holds.get() {
        true => Either::Left(children()),
        false => Either::Right(fallback.run()),
    }
}

/// An item of a list: what tells it from the others, and how it is drawn.
struct Item<K> {
    key: K,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// A row for each item of a list; a row stays while its item's key is in the list.
#[component]
pub fn For<L, T, K, V>(
    /// The items.
    each: impl Fn() -> L + Send + 'static,
    /// What tells an item from the others.
    key: impl Fn(&T) -> K + Send + 'static,
    /// The row of an item.
    children: impl Fn(T) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    L: IntoIterator<Item = T> + 'static,
    T: Send + 'static,
    K: Eq + Hash + Clone + Send + 'static,
    V: IntoView + 'static,
{
    let children = Arc::new(children);
    let item = move |item: T| {
        let children = Arc::clone(&children);
        Item {
            key: key(&item),
            draw: Box::new(move || children(item).into_any()),
        }
    };
    list(Box::new(move || each().into_iter().map(&item).collect()))
}

fn list<K>(items: Box<dyn Fn() -> Vec<Item<K>> + Send>) -> AnyView
where
    K: Eq + Hash + Clone + Send + 'static,
{
    let props = leptos::control_flow::ForProps::builder()
        .each(items)
        .key(|item: &Item<K>| item.key.clone())
        .children(|item: Item<K>| (item.draw)())
        .build();
    leptos::control_flow::For(props).into_any()
}
