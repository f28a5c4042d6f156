//! A place to choose a file or to drop one on.

use leptos::ev::DragEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::field::unique_id;
use super::icon::Icon;
use crate::boxed::handler;
use crate::dom;

/// A place to choose a file or to drop one on.
#[component]
pub fn FileDrop(
    /// What to drop, such as "a CSV file".
    what: &'static str,
    /// The endings the file picker shows.
    accept: &'static str,
    /// Hears the file.
    #[prop(into)]
    on_file: Callback<File>,
) -> impl IntoView {
    let id = unique_id("file");
    let input = NodeRef::<html::Input>::new();
    let over = RwSignal::new(false);
    let drag = move |event: DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let drop = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        let file = event
            .data_transfer()
            .and_then(|data| data.files())
            .and_then(|files| files.get(0));
        if let Some(file) = file {
            on_file.run(file);
        }
    };
    let choose = move |_| {
        let Some(input) = input.get() else { return };
        let file = input.files().and_then(|files| files.get(0));
        // The same file chosen again is heard again.
        input.set_value("");
        if let Some(file) = file {
            on_file.run(file);
        }
    };
    view! {
        <div class="file-drop" class:file-drop-over=over on:dragover=handler(drag) on:dragenter=handler(drag)
            on:dragleave=handler(move |_| over.set(false)) on:drop=handler(drop)>
            {Icon::Upload.draw()}
            <p>
                <label for=id.clone() class="file-drop-label">"Choose a file"</label>
                " or drop " {what} " here"
            </p>
            <input id=id node_ref=input type="file" accept=accept on:change=handler(choose) />
        </div>
    }
}

/// The text of a file, unless it is larger than `limit` bytes.
pub async fn read_text(file: &File, limit: u64) -> Result<String, String> {
    check_size(file, limit)?;
    let text = JsFuture::from(file.text()).await.map_err(|error| {
        format!(
            "“{}” cannot be read: {}",
            file.name(),
            dom::error_text(&error)
        )
    })?;
    text.as_string()
        .ok_or_else(|| format!("“{}” holds no text.", file.name()))
}

/// The bytes of a file, unless it is larger than `limit` bytes.
pub async fn read_bytes(file: &File, limit: u64) -> Result<js_sys::ArrayBuffer, String> {
    check_size(file, limit)?;
    JsFuture::from(file.array_buffer())
        .await
        .map(js_sys::ArrayBuffer::from)
        .map_err(|error| {
            format!(
                "“{}” cannot be read: {}",
                file.name(),
                dom::error_text(&error)
            )
        })
}

fn check_size(file: &File, limit: u64) -> Result<(), String> {
    let (size, name) = (file.size() as u64, file.name());
    if size > limit {
        let (size, limit) = (crate::format::bytes(size), crate::format::bytes(limit));
        return Err(format!(
            "“{name}” has {size}; at most {limit} can be read. Nothing was changed."
        ));
    }
    Ok(())
}
