//! The command line. Every option of `serve` can be an environment variable too, or stand in a config
//! file: see [`crate::config`].

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::config;

/// Designs, simulates and runs calling workflows.
#[derive(Debug, Parser)]
#[command(name = "leadline", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers the REST API from a folder of data.
    Serve(Serve),
    /// Asks a server whether it is well; the exit code is 1 when it is not.
    Health(Health),
    /// Organizations and their API keys; also while the server runs.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// What tells clients that data was put back; also while the server runs.
    #[command(subcommand)]
    Epoch(EpochCommand),
    /// Writes an organization's workflows, agents, numbers and limits, also while the server runs. Leads
    /// and calls are not in it: a backup is a copy of the data folder.
    Export(Export),
    /// Adds an export's workflows, as drafts, with the agents and numbers they need. What is there already
    /// stays: an agent of the same name that is another one is added under a name of its own.
    Import(Import),
    /// Runs scenarios; the exit code is 1 when one does not go as it says, 2 when one
    /// cannot be read.
    Simulate(Files),
    /// Judges workflow files as activation would; the exit code is 1 when one is not valid, 2
    /// when one cannot be read. Fields that nobody reads are errors, unless --lenient.
    Validate(Files),
}

/// Which server to ask.
#[derive(Debug, Args)]
pub struct Health {
    /// Where it listens.
    #[arg(long, env = "LEADLINE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// Files to read.
#[derive(Debug, Args)]
pub struct Files {
    /// The files; `-` is the standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Takes fields that nobody reads in silence.
    #[arg(long)]
    pub lenient: bool,
    /// Answers in JSON, one line for each file.
    #[arg(long)]
    pub json: bool,
}

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// A config file; what is said here or in the environment counts more.
    #[arg(long, env = "LEADLINE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Prints what holds and where it comes from, as a config file, and ends.
    #[arg(long)]
    pub print_config: bool,
    /// The folder the data is kept in; made when it is not there.
    #[arg(long, env = "LEADLINE_DATA", default_value = "leadline-data")]
    pub data: PathBuf,
    /// The address to listen at; port 0 takes a free one.
    #[arg(long, env = "LEADLINE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Serves the built page from this folder too, on every path that is not the API's.
    #[arg(long, env = "LEADLINE_APP")]
    pub app: Option<PathBuf>,
    /// The path the page was built for.
    #[arg(long, env = "LEADLINE_APP_BASE", default_value = "/")]
    pub app_base: String,
    /// Who moves time: the system, or whoever posts to /v1/simulation/advance.
    #[arg(long, env = "LEADLINE_CLOCK", value_enum, default_value = "real")]
    pub clock: Clock,
    /// Where call results come from: whoever posts to /v1/call-logs/{id}/status, the simulated world,
    /// or a dialer behind --dialer-url, which posts there too.
    #[arg(long, env = "LEADLINE_CALLS", value_enum, default_value = "manual")]
    pub calls: Calls,
    /// Where calls are placed with --calls http: each is posted there as JSON, once.
    #[arg(long, env = "LEADLINE_DIALER_URL")]
    pub dialer_url: Option<String>,
    /// Lets webhooks go to addresses that are not public, such as those of this machine.
    #[arg(long, env = "LEADLINE_PRIVATE_WEBHOOKS", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = clap::ArgAction::Set)]
    pub private_webhooks: bool,
    /// Signs webhooks with this secret, in the header Leadline-Signature.
    #[arg(long, env = "LEADLINE_WEBHOOK_SECRET", hide_env_values = true)]
    pub webhook_secret: Option<String>,
    /// Milliseconds between two ticks of a real clock.
    #[arg(long, env = "LEADLINE_TICK_MS", default_value = "1000", value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub tick_ms: u64,
    /// An origin whose pages may call the API, such as `https://example.com`, or `*`; repeatable.
    #[arg(long, env = "LEADLINE_CORS_ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<String>,
    /// The longest a request may take, in seconds.
    #[arg(long, env = "LEADLINE_TIMEOUT_SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout_seconds: u64,
    /// How long a client may take to send the head of a request, or to take any of an answer, in
    /// seconds; whoever is slower is cut off.
    #[arg(long, env = "LEADLINE_SLOW_SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub slow_seconds: u64,
    /// Connections at once; more wait.
    #[arg(long, env = "LEADLINE_MAX_CONNECTIONS", default_value = "10000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// Requests a second that each key may make on average; 0 for no limit.
    #[arg(long, env = "LEADLINE_RATE_LIMIT", default_value = "0")]
    pub rate_limit: u32,
    /// How much may happen until a snapshot shortens the next start: about as many inputs, KiB of
    /// them, or fifties of events.
    #[arg(long, env = "LEADLINE_SNAPSHOT_WORK", default_value = "20000", value_parser = clap::value_parser!(u64).range(1..))]
    pub snapshot_work: u64,
    /// Answers /metrics for Prometheus, without a key.
    #[arg(long, env = "LEADLINE_METRICS", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = clap::ArgAction::Set)]
    pub metrics: bool,
    /// Logs as JSON, one line for each.
    #[arg(long, env = "LEADLINE_LOG_JSON", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", action = clap::ArgAction::Set)]
    pub log_json: bool,
}

/// Who moves time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The system's clock.
    Real,
    /// Requests.
    Simulated,
}

/// Where call results come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calls {
    /// Requests.
    Manual,
    /// The simulated world.
    Simulated,
    /// A dialer.
    Http,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key, and the organization if there is none of this name; the key is the last line
    /// printed, and is never shown again.
    Create(Create),
    /// Lists keys, without their secrets.
    List(List),
    /// Makes a key useless at once.
    Revoke(Revoke),
}

/// Makes a key.
#[derive(Debug, Args)]
pub struct Create {
    /// The folder the data is kept in.
    #[arg(long, env = "LEADLINE_DATA")]
    pub data: PathBuf,
    /// Whose key it is.
    #[arg(long)]
    pub organization: String,
    /// Makes the ids of a new organization the same each time, for examples and tests.
    #[arg(long)]
    pub seed: Option<u64>,
    /// When the simulated time of a new organization begins, such as 2026-03-02T09:00:00Z.
    #[arg(long)]
    pub start: Option<String>,
}

/// Lists keys.
#[derive(Debug, Args)]
pub struct List {
    /// The folder the data is kept in.
    #[arg(long, env = "LEADLINE_DATA")]
    pub data: PathBuf,
}

/// Revokes a key.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The folder the data is kept in.
    #[arg(long, env = "LEADLINE_DATA")]
    pub data: PathBuf,
    /// The key's id, as listed: the part before the last underscore.
    pub id: String,
}

/// What to do with epochs.
#[derive(Debug, Subcommand)]
pub enum EpochCommand {
    /// Begins new ones, after a copy of the whole folder was put back: clients then read everything
    /// again. When only the database was, the server notices by itself.
    Renew(Renew),
}

/// Begins new epochs.
#[derive(Debug, Args)]
pub struct Renew {
    /// The folder the data is kept in.
    #[arg(long, env = "LEADLINE_DATA")]
    pub data: PathBuf,
}

/// What the command line asks for; ends the program when it asks for nothing good. Options of `serve`
/// that are said nowhere else are taken from the config file.
pub fn parse() -> anyhow::Result<Command> {
    let matches = Line::command().get_matches();
    let line = Line::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    Ok(match (line.command, matches.subcommand_matches("serve")) {
        (Command::Serve(serve), Some(said)) => Command::Serve(config::complete(serve, said)?),
        (command, _) => command,
    })
}

/// Writes an export.
#[derive(Debug, Args)]
pub struct Export {
    /// The folder the data is kept in.
    #[arg(long, env = "LEADLINE_DATA")]
    pub data: PathBuf,
    /// Whose it is.
    #[arg(long)]
    pub organization: String,
    /// Writes over a file that is there already.
    #[arg(long)]
    pub force: bool,
    /// The file to write; the standard output when nothing is said.
    pub file: Option<PathBuf>,
}

/// Reads an export.
#[derive(Debug, Args)]
pub struct Import {
    /// The folder the data is kept in; no server may be running on it.
    #[arg(long, env = "LEADLINE_DATA")]
    pub data: PathBuf,
    /// Whose it becomes.
    #[arg(long)]
    pub organization: String,
    /// Takes the account's limits over too.
    #[arg(long)]
    pub limits: bool,
    /// Adds workflows that are there already once more.
    #[arg(long)]
    pub again: bool,
    /// The file to read.
    pub file: PathBuf,
}
