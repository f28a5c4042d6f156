//! The worker's side of the browser: what the pure parts decide is carried out here.

mod connection;
mod device;
pub mod idb;
mod jobs;
mod locks;
mod panics;
mod port;
mod quota;
mod remotes;
mod shell;
mod time;

/// Starts the worker: listens to its page and the other tabs, and stands for election.
pub fn run() {
    match shell::Shell::start() {
        Ok(()) => {}
        Err(error) => panics::fail(&format!(
            "The engine cannot start here: {}",
            device::text(&error)
        )),
    }
}
