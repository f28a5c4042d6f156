//! The command line; every option of `serve` can be an environment variable too.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Organizations and their API keys; also while the server runs.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Writes an organization's workflows, agents, numbers and limits, also while the server runs. Leads
    /// and calls are not in it: a backup is a copy of the data folder.
    Export(Export),
    /// Adds an export's workflows, as drafts, with the agents and numbers they need.
    Import(Import),
    /// Runs scenarios; the exit code is 1 when one does not go as it says.
    Simulate(Files),
    /// Judges workflow files as activation would; the exit code is 1 when one is not valid.
    Validate(Files),
}

/// Files to read.
#[derive(Debug, Args)]
pub struct Files {
    /// The files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Answers in JSON, one line for each file.
    #[arg(long)]
    pub json: bool,
}

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// The folder the data is kept in; made when it is not there.
    #[arg(long, env = "LEADLINE_DATA")]
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
    #[arg(long, env = "LEADLINE_DIALER_URL", required_if_eq("calls", "http"))]
    pub dialer_url: Option<String>,
    /// Lets webhooks go to addresses that are not public, such as those of this machine.
    #[arg(long, env = "LEADLINE_PRIVATE_WEBHOOKS")]
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
    /// Requests a second that each key may make on average; 0 for no limit.
    #[arg(long, env = "LEADLINE_RATE_LIMIT", default_value = "0")]
    pub rate_limit: u32,
    /// How much may happen until a snapshot shortens the next start: about as many inputs, KiB of
    /// them, or fifties of events.
    #[arg(long, env = "LEADLINE_SNAPSHOT_WORK", default_value = "20000", value_parser = clap::value_parser!(u64).range(1..))]
    pub snapshot_work: u64,
    /// Answers /metrics for Prometheus, without a key.
    #[arg(long, env = "LEADLINE_METRICS")]
    pub metrics: bool,
    /// Logs as JSON, one line for each.
    #[arg(long, env = "LEADLINE_LOG_JSON")]
    pub log_json: bool,
}

/// Who moves time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Clock {
    /// The system's clock.
    Real,
    /// Requests.
    Simulated,
}

/// Where call results come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
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

/// What the command line asks for; ends the program when it asks for nothing good.
pub fn parse() -> Command {
    Line::parse().command
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
    /// The file to read.
    pub file: PathBuf,
}
