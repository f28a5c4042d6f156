//! The worker's side of the browser: what the pure parts decide is carried out here.

mod api;
mod connection;
mod device;
pub mod idb;
mod jobs;
mod lists;
mod locks;
mod online;
mod panics;
mod port;
mod quota;
mod remotes;
mod shell;
mod time;

use crate::parts::Parts;

pub(crate) use api::serve;
pub(crate) use remotes::{Connect, connect};

/// Starts the worker: listens to its page and the other tabs, and stands for election.
pub fn run(parts: Parts) {
    match shell::Shell::start(parts) {
        Ok(()) => {}
        Err(error) => panics::fail(&format!(
            "The engine cannot start here: {}",
            device::text(&error)
        )),
    }
}
