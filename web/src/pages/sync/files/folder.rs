//! A folder the user lets the page write into, where the browser can (File System Access).
//!
//! What is written is read back. A file that changed since it was read is not overwritten.

use js_sys::{Array, Object, Reflect};
use leadline_protocol::FileWrites;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions,
    FileSystemHandle, FileSystemHandleKind, FileSystemWritableFileStream,
};

use crate::components::file_drop::read_text;
use crate::dom;

/// The largest file that is read.
pub const MAX_BYTES: u64 = 50_000_000;

#[wasm_bindgen]
extern "C" {
    /// A folder with what web-sys does not know of it yet.
    #[wasm_bindgen(extends = FileSystemDirectoryHandle)]
    #[derive(Clone)]
    pub type Folder;

    #[wasm_bindgen(method, catch, js_name = requestPermission)]
    async fn request_permission(this: &Folder, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = showDirectoryPicker)]
    async fn show_directory_picker(options: &JsValue) -> Result<JsValue, JsValue>;
}

/// Whether this browser lets a page write into a folder.
pub fn is_possible() -> bool {
    Reflect::has(
        &leptos::prelude::window(),
        &JsValue::from_str("showDirectoryPicker"),
    )
    .unwrap_or(false)
}

fn read_and_write() -> JsValue {
    let options = Object::new();
    // A plain object takes every property.
    drop(Reflect::set(
        &options,
        &JsValue::from_str("mode"),
        &JsValue::from_str("readwrite"),
    ));
    options.into()
}

fn name_of(error: &JsValue) -> String {
    Reflect::get(error, &JsValue::from_str("name"))
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default()
}

/// Lets the user choose a folder; `None`: they chose none.
///
/// # Errors
///
/// The browser's reason.
pub async fn choose() -> Result<Option<Folder>, String> {
    match show_directory_picker(&read_and_write()).await {
        Ok(folder) => Ok(Some(folder.unchecked_into())),
        Err(error) if name_of(&error) == "AbortError" => Ok(None),
        Err(error) => Err(dom::error_text(&error)),
    }
}

/// Asks for permission where the browser forgot it.
///
/// # Errors
///
/// It is not given, or the folder is gone.
pub async fn allow(folder: &Folder) -> Result<(), String> {
    let answer = folder
        .request_permission(&read_and_write())
        .await
        .map_err(|error| dom::error_text(&error))?;
    if answer.as_string().as_deref() == Some("granted") {
        return Ok(());
    }
    Err(format!(
        "The browser does not let the page write into “{}”. Nothing was changed.",
        folder.name()
    ))
}

/// Whether a file may hold a workflow.
pub fn is_ours(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".json") && !name.starts_with('.')
}

/// All JSON files of the folder itself, names and texts. One that cannot be read fails all: what is
/// left out would count as deleted.
///
/// # Errors
///
/// Which file, and why.
pub async fn read(folder: &Folder) -> Result<Vec<(String, String)>, String> {
    let fail = |error: JsValue| {
        format!(
            "The folder “{}” cannot be read: {}",
            folder.name(),
            dom::error_text(&error)
        )
    };
    let values = folder.values();
    let mut files = Vec::new();
    loop {
        let next = JsFuture::from(values.next().map_err(fail)?)
            .await
            .map_err(fail)?;
        let get = |key: &str| Reflect::get(&next, &JsValue::from_str(key)).map_err(fail);
        if get("done")?.is_truthy() {
            return Ok(files);
        }
        let entry: FileSystemHandle = get("value")?.unchecked_into();
        if entry.kind() == FileSystemHandleKind::File && is_ours(&entry.name()) {
            let file = entry.unchecked_into::<FileSystemFileHandle>();
            files.push((file.name(), text_of(&file).await?));
        }
    }
}

async fn text_of(handle: &FileSystemFileHandle) -> Result<String, String> {
    let file = JsFuture::from(handle.get_file()).await.map_err(|error| {
        format!(
            "“{}” cannot be read: {}",
            handle.name(),
            dom::error_text(&error)
        )
    })?;
    read_text(&file.unchecked_into::<File>(), MAX_BYTES).await
}

/// Writes and removes what is asked for, having `read` these files before.
///
/// # Errors
///
/// A file changed meanwhile or cannot be written; what was written before it stays.
pub async fn write(
    folder: &Folder,
    writes: &FileWrites,
    read: &[(String, String)],
) -> Result<(), String> {
    let touched = writes.write.iter().map(|(name, _)| name);
    for name in touched.chain(&writes.remove) {
        let before = read.iter().find(|(known, _)| known == name);
        let now = match existing(folder, name).await? {
            Some(handle) => Some(text_of(&handle).await?),
            None => None,
        };
        if now.as_ref() != before.map(|(_, text)| text) {
            return Err(format!(
                "“{name}” changed while it was compared. Exchange the files again."
            ));
        }
    }
    for (name, text) in &writes.write {
        write_one(folder, name, text).await?;
    }
    for name in &writes.remove {
        JsFuture::from(folder.remove_entry(name))
            .await
            .map_err(|error| format!("“{name}” cannot be removed: {}", dom::error_text(&error)))?;
    }
    Ok(())
}

async fn existing(folder: &Folder, name: &str) -> Result<Option<FileSystemFileHandle>, String> {
    match JsFuture::from(folder.get_file_handle(name)).await {
        Ok(handle) => Ok(Some(handle.unchecked_into())),
        Err(error) if name_of(&error) == "NotFoundError" => Ok(None),
        Err(error) => Err(format!(
            "“{name}” cannot be read: {}",
            dom::error_text(&error)
        )),
    }
}

async fn write_one(folder: &Folder, name: &str, text: &str) -> Result<(), String> {
    let fail = |error: JsValue| format!("“{name}” cannot be written: {}", dom::error_text(&error));
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let handle = JsFuture::from(folder.get_file_handle_with_options(name, &options))
        .await
        .map_err(fail)?
        .unchecked_into::<FileSystemFileHandle>();
    let stream = JsFuture::from(handle.create_writable())
        .await
        .map_err(fail)?
        .unchecked_into::<FileSystemWritableFileStream>();
    JsFuture::from(stream.write_with_str(text).map_err(fail)?)
        .await
        .map_err(fail)?;
    // The file changes when the stream is closed, and not before.
    JsFuture::from(stream.close()).await.map_err(fail)?;
    if text_of(&handle).await? == text {
        return Ok(());
    }
    Err(format!("“{name}” does not hold what was written into it."))
}

/// Names and texts of files a user picked.
///
/// # Errors
///
/// Which file cannot be read, and why.
pub async fn read_picked(files: Vec<File>) -> Result<Vec<(String, String)>, String> {
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        texts.push((file.name(), read_text(&file, MAX_BYTES).await?));
    }
    Ok(texts)
}

/// The files of a list of the browser's.
pub fn listed(files: Option<web_sys::FileList>) -> Vec<File> {
    let array = files.map(|files| Array::from(&files)).unwrap_or_default();
    array.iter().map(JsCast::unchecked_into).collect()
}
