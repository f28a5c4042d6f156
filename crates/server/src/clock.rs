//! The real clock: a thread that ticks.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::host::Server;

/// A clock that runs until it is stopped.
pub struct Clock {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Clock {
    /// Ticks now, and every so many milliseconds.
    pub fn start(server: Arc<Server>, every: Duration) -> Result<Clock> {
        let (stop, stopped) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("clock".to_owned())
            .spawn(move || run(&server, every, &stopped))
            .context("the clock's thread cannot be started")?;
        Ok(Clock { stop, thread })
    }

    /// Lets the tick under way finish; no further one begins.
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the clock's thread ended badly");
        }
    }
}

fn run(server: &Server, every: Duration, stopped: &Receiver<()>) {
    loop {
        server.tick();
        match stopped.recv_timeout(every) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
