//! A dialog that is a form: it submits with Enter or its verb.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::boxed::{closes, handler};
use crate::components::dialog::Dialog;

/// A dialog that is a form.
#[component]
pub fn FormDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// The verb on its button.
    #[prop(into)]
    verb: Signal<String>,
    /// What the verb does; it closes the dialog itself when all went well.
    submit: impl Fn() + Copy + Send + Sync + 'static,
    /// The controls.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        submit();
    };
    view! {
        <Dialog open title>
            <form class="d-form" on:submit=handler(on_submit)>
                {children.with_value(|children| children())}
                <div class="dialog-foot">
                    <button type="button" class="button" on:click=closes(open)>"Cancel"</button>
                    <button type="submit" class="button button-primary">{verb}</button>
                </div>
            </form>
        </Dialog>
    }
}
