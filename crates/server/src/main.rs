//! `leadline`: the API over SQLite, its keys, and the core on the command line.

mod app;
mod args;
mod clock;
mod config;
mod connections;
mod database;
mod epochs;
mod events;
mod host;
mod keys;
mod limits;
mod load;
mod metrics;
mod offline;
mod outside;
mod serve;
mod transfer;
mod unread;
mod writer;

use std::process::ExitCode;

use args::{Command, EpochCommand, KeysCommand};

fn main() -> ExitCode {
    let command = match args::parse() {
        Ok(command) => command,
        Err(error) => return failed(&error),
    };
    let done = match command {
        Command::Serve(serve) => serve::run(serve),
        Command::Health(health) => outside::health(health.listen),
        Command::Keys(KeysCommand::Create(create)) => keys::create(create),
        Command::Keys(KeysCommand::List(list)) => keys::list(list),
        Command::Keys(KeysCommand::Revoke(revoke)) => keys::revoke(revoke),
        Command::Epoch(EpochCommand::Renew(renew)) => epochs::renew(&renew),
        Command::Export(export) => transfer::export(&export),
        Command::Import(import) => transfer::import(&import),
        Command::Simulate(files) => return offline::simulate(&files),
        Command::Validate(files) => return offline::validate(&files),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("leadline: {error:#}");
    ExitCode::FAILURE
}
