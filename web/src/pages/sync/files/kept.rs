//! The folders of remotes, kept in a small database of the page so that they are chosen once. A folder
//! is a handle and can be kept nowhere else.

use futures::channel::oneshot;
use leadline_protocol::RemoteId;
use wasm_bindgen::prelude::*;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode};

use super::folder::Folder;
use crate::dom;

const DATABASE: &str = "leadline-folders";
const STORE: &str = "folders";

/// Waits for a request of the database.
async fn done(request: &IdbRequest) -> Result<JsValue, String> {
    let (sender, receiver) = oneshot::channel();
    let sender = std::rc::Rc::new(std::cell::RefCell::new(Some(sender)));
    let tell = |ok: bool| {
        let sender = sender.clone();
        Closure::<dyn FnMut()>::new(move || {
            if let Some(sender) = sender.borrow_mut().take() {
                // Whoever waited may be gone.
                let _ = sender.send(ok);
            }
        })
    };
    let (good, bad) = (tell(true), tell(false));
    request.set_onsuccess(Some(good.as_ref().unchecked_ref()));
    request.set_onerror(Some(bad.as_ref().unchecked_ref()));
    let went_well = receiver.await.unwrap_or(false);
    request.set_onsuccess(None);
    request.set_onerror(None);
    if went_well {
        return request.result().map_err(|error| dom::error_text(&error));
    }
    let error = request.error().ok().flatten();
    Err(error.map_or_else(|| "the browser gives no reason".to_owned(), |e| e.message()))
}

async fn open() -> Result<IdbDatabase, String> {
    let fail = |error: JsValue| dom::error_text(&error);
    let factory = leptos::prelude::window()
        .indexed_db()
        .map_err(fail)?
        .ok_or("this browser has no database")?;
    let request = factory.open_with_u32(DATABASE, 1).map_err(fail)?;
    let made = request.clone();
    let upgrade = Closure::<dyn FnMut()>::new(move || {
        let database = made.result().map(JsValue::unchecked_into::<IdbDatabase>);
        // A store that cannot be made shows when it is used.
        let _store = database.map(|database| database.create_object_store(STORE));
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    done(&request).await.map(JsCast::unchecked_into)
}

async fn with_store(
    mode: IdbTransactionMode,
    ask: impl FnOnce(&IdbObjectStore) -> Result<IdbRequest, JsValue>,
) -> Result<JsValue, String> {
    let database = open().await?;
    let fail = |error: JsValue| dom::error_text(&error);
    let store = database
        .transaction_with_str_and_mode(STORE, mode)
        .and_then(|transaction| transaction.object_store(STORE))
        .map_err(fail)?;
    let answer = done(&ask(&store).map_err(fail)?).await;
    database.close();
    answer
}

fn key(remote: RemoteId) -> JsValue {
    JsValue::from_f64(f64::from(remote.0))
}

/// The folder of a remote, if one was chosen before.
///
/// # Errors
///
/// The browser's reason.
pub async fn get(remote: RemoteId) -> Result<Option<Folder>, String> {
    let found = with_store(IdbTransactionMode::Readonly, |store| {
        store.get(&key(remote))
    })
    .await?;
    Ok((!found.is_undefined()).then(|| found.unchecked_into()))
}

/// Keeps the folder of a remote.
///
/// # Errors
///
/// The browser's reason; it has to be chosen again next time.
pub async fn put(remote: RemoteId, folder: &Folder) -> Result<(), String> {
    with_store(IdbTransactionMode::Readwrite, |store| {
        store.put_with_key(folder, &key(remote))
    })
    .await
    .map(drop)
}

/// Forgets the folder of a remote; the files stay.
///
/// # Errors
///
/// The browser's reason.
pub async fn forget(remote: RemoteId) -> Result<(), String> {
    with_store(IdbTransactionMode::Readwrite, |store| {
        store.delete(&key(remote))
    })
    .await
    .map(drop)
}

/// Forgets the folders of all remotes; the files stay.
///
/// # Errors
///
/// The browser's reason.
pub async fn forget_all() -> Result<(), String> {
    with_store(IdbTransactionMode::Readwrite, IdbObjectStore::clear)
        .await
        .map(drop)
}
