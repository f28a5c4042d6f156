//! Opening what is stored, and what to do when the connection to it ends.

use std::cell::Cell;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use leadline_protocol::{Notice, SaveState};
use leadline_store::{Archive, MemoryStore, Meta, StoreError, Write};
use wasm_bindgen_futures::spawn_local;

use super::device::Device;
use super::idb::{self, IdbStore, Opened};
use super::shell::Shell;
use super::{online, panics, time};
use crate::host::{Host, Loaded, Start, fresh_config, load};
use crate::tabs::Tabs;

/// How often opening is tried when the browser gives no good reason why it failed.
const TRIES: u32 = 3;
/// How long the storage may be silent before the engine starts without it.
const SILENCE_MS: f64 = 10_000.0;

/// Loads what is stored and leads. Where nothing can be stored, or what is stored cannot be read, the
/// engine works in memory and says so; nothing is written then.
pub(super) async fn start_host(shell: Rc<Shell>, takeover: bool) {
    let wall = time::moment().wall;
    let start = Start {
        snapshots: shell.parts.snapshots,
        config: fresh_config(random_key(), wall),
        state: SaveState::Saved { at_ms: wall },
        upgraded_from: None,
    };
    let loaded = match open(&shell).await {
        Ok(opened) => from_disk(&shell, opened, start.clone()).await,
        Err(error) => Err(error),
    };
    let loaded = match loaded {
        Ok(loaded) => Ok(loaded),
        Err(error) => in_memory(&shell, start, error).await,
    };
    match loaded {
        Ok(loaded) => {
            let mut host = Host::new(loaded);
            host.announce(takeover, time::moment());
            host.network(online::is_online(), time::moment());
            *shell.host.borrow_mut() = Some(host);
            shell.act(Tabs::host_ready);
        }
        Err(error) => panics::fail(&format!("The engine cannot start: {error}")),
    }
}

fn random_key() -> u64 {
    let part = || (js_sys::Math::random() * 4_294_967_296.0) as u64;
    part() << 32 | part()
}

async fn open(shell: &Rc<Shell>) -> Result<Opened, StoreError> {
    for tried in 1.. {
        let this = shell.clone();
        // Opening goes on when the other tab has gone, however long that takes.
        let blocked = Rc::new(Cell::new(false));
        let seen = blocked.clone();
        let on_blocked = move || {
            seen.set(true);
            let reason = StoreError::Blocked.to_string();
            this.tell(Notice::Save(SaveState::NotSaved { reason }));
        };
        let opening = IdbStore::open(idb::NAME, on_blocked);
        let too_late = |opened: Opened| opened.store.close();
        match answered(opening, move || blocked.get(), too_late).await {
            Err(StoreError::Failed(_)) if tried < TRIES => time::sleep(300.0).await,
            opened => return opened,
        }
    }
    Err(StoreError::Closed)
}

/// What comes of it, unless the storage is silent for too long and nobody else is to blame. What comes
/// after that goes to `too_late`.
async fn answered<T: 'static>(
    work: impl Future<Output = Result<T, StoreError>> + 'static,
    is_blocked: impl Fn() -> bool,
    too_late: impl FnOnce(T) + 'static,
) -> Result<T, StoreError> {
    let (sender, mut receiver) = oneshot::channel();
    spawn_local(async move {
        if let Err(Ok(late)) = sender.send(work.await) {
            too_late(late);
        }
    });
    loop {
        match select(receiver, Box::pin(time::sleep(SILENCE_MS))).await {
            Either::Left((answer, _)) => return answer.unwrap_or(Err(StoreError::Closed)),
            Either::Right(((), waiting)) if is_blocked() => receiver = waiting,
            Either::Right(_) => return Err(StoreError::Silent),
        }
    }
}

async fn from_disk(shell: &Rc<Shell>, opened: Opened, start: Start) -> Result<Loaded, StoreError> {
    let start = Start {
        upgraded_from: opened.upgraded_from,
        ..start
    };
    let archive = Rc::new(Archive::new(Device::Disk(opened.store)));
    let asked = archive.clone();
    let first = async move { asked.meta(Meta::Session).await };
    answered(first, || false, drop).await?;
    match load(&archive, start, time::real).await {
        Ok(loaded) => {
            listen(shell, &archive);
            *shell.archive.borrow_mut() = Some(archive);
            Ok(loaded)
        }
        Err(error) => {
            *shell.unreadable.borrow_mut() = Some(archive);
            Err(error)
        }
    }
}

async fn in_memory(
    shell: &Rc<Shell>,
    start: Start,
    error: StoreError,
) -> Result<Loaded, StoreError> {
    let reason = match &error {
        StoreError::Unavailable(_) => format!(
            "Nothing can be kept: {error}. Everything works, in memory of this tab only: export a \
             backup before you close it."
        ),
        StoreError::Silent => {
            "The browser's storage does not answer. What is stored there is left as it is, and what you \
             do now is kept in memory of this tab only: reload to try again, or export a backup before \
             you close it."
                .to_owned()
        }
        _ => format!(
            "What is stored here cannot be read: {error}. It is left as it is, and what you do now \
             is kept in memory of this tab only. Export a backup to have both."
        ),
    };
    let archive = Rc::new(Archive::new(Device::Memory(MemoryStore::new())));
    let start = Start {
        state: SaveState::MemoryOnly { reason },
        ..start
    };
    let loaded = load(&archive, start, time::real).await;
    *shell.archive.borrow_mut() = Some(archive);
    loaded
}

/// Hears of the end of the connection.
fn listen(shell: &Rc<Shell>, archive: &Rc<Archive<Device>>) {
    let Some(disk) = archive.store().disk() else {
        return;
    };
    let Ok(mut events) = disk.events() else {
        return;
    };
    let (shell, archive) = (shell.clone(), archive.clone());
    spawn_local(async move {
        let event = events.recv().await;
        drop(events);
        let Some(disk) = archive.store().disk() else {
            return;
        };
        match event {
            // Lost: whatever has to be written next opens it again.
            None => {
                disk.close();
                shell.wake_writer();
            }
            // A newer Leadline, or somebody deleting everything, waits for us to let go.
            Some(event) => {
                settle(&shell).await;
                disk.close();
                if event.new_version().is_some() {
                    shell.tell(Notice::Failed(
                        "A newer Leadline was opened in another tab. Everything is saved; reload \
                         this tab to go on with it."
                            .to_owned(),
                    ));
                }
            }
        }
    });
}

/// Writes what is still to be written, within reason.
async fn settle(shell: &Rc<Shell>) {
    if let Some(host) = &mut *shell.host.borrow_mut() {
        host.journal_clock(time::moment());
    }
    for _ in 0..100 {
        shell.wake_writer();
        let waits = shell
            .host
            .borrow()
            .as_ref()
            .is_some_and(|host| !host.is_stored());
        if !waits {
            return;
        }
        time::sleep(10.0).await;
    }
}

/// Opens a lost connection again. Where everything stored is gone (the site's data was cleared), the
/// writes that are to go along with the next commit so that a start finds a beginning.
pub(super) async fn reopen(
    shell: &Rc<Shell>,
    archive: &Archive<Device>,
) -> Result<Vec<Write>, StoreError> {
    let Some(disk) = archive.store().disk() else {
        return Ok(Vec::new());
    };
    disk.reopen().await?;
    let whole = shell.archive.borrow().clone();
    if let Some(whole) = whole {
        listen(shell, &whole);
    }
    if archive.meta(Meta::Session).await?.is_some() {
        return Ok(Vec::new());
    }
    match &mut *shell.host.borrow_mut() {
        Some(host) => host.beginning_again(),
        None => Ok(Vec::new()),
    }
}
