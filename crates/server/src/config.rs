//! The config file of `leadline serve`, and which of several voices counts: the command line, else the
//! environment, else the file, else the default.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::{Deserialize, Serialize};

use crate::args::{Calls, Clock, Serve};

macro_rules! config {
    ($($name:ident: $kind:ty,)*) => {
        /// The file: the options of `serve` by their names, none of which has to be there.
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        struct File {
            $(#[serde(skip_serializing_if = "Option::is_none")] $name: Option<$kind>,)*
        }

        /// Takes what nobody said from the file.
        fn fill(serve: &mut Serve, file: File, said: &ArgMatches) {
            $(if !is_said(said, stringify!($name)) && let Some(value) = file.$name {
                serve.$name = value.into();
            })*
        }

        /// Everything that holds, as a file.
        fn all(serve: &Serve) -> File {
            File { $($name: serve.$name.clone().into(),)* }
        }
    };
}

config! {
    data: PathBuf,
    listen: SocketAddr,
    app: PathBuf,
    app_base: String,
    clock: Clock,
    calls: Calls,
    dialer_url: String,
    private_webhooks: bool,
    webhook_secret: String,
    tick_ms: u64,
    cors_origin: Vec<String>,
    timeout_seconds: u64,
    slow_seconds: u64,
    max_connections: u32,
    rate_limit: u32,
    snapshot_work: u64,
    metrics: bool,
    log_json: bool,
}

fn is_said(said: &ArgMatches, name: &str) -> bool {
    let source = said.value_source(name);
    matches!(
        source,
        Some(ValueSource::CommandLine | ValueSource::EnvVariable)
    )
}

/// Completes what was said with the config file, and judges it as a whole.
pub fn complete(mut serve: Serve, said: &ArgMatches) -> Result<Serve> {
    let file = match &serve.config {
        Some(path) => read(path)?,
        None => File::default(),
    };
    let in_file = names(&file)?;
    fill(&mut serve, file, said);
    check(&serve)?;
    if serve.print_config {
        print!("{}", text(&serve, said, &in_file)?);
        std::process::exit(0);
    }
    Ok(serve)
}

fn read(path: &Path) -> Result<File> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the config file {} cannot be read", path.display()))?;
    // The message shows the line and names what is known.
    toml::from_str(&text).with_context(|| format!("in the config file {}", path.display()))
}

/// The bounds that the command line knows hold for a file too.
fn check(serve: &Serve) -> Result<()> {
    let bounded = [
        ("tick-ms", serve.tick_ms, 10..=3_600_000),
        ("timeout-seconds", serve.timeout_seconds, 1..=86_400),
        ("slow-seconds", serve.slow_seconds, 1..=3_600),
        (
            "max-connections",
            serve.max_connections.into(),
            1..=1_000_000,
        ),
        ("snapshot-work", serve.snapshot_work, 1..=u64::MAX),
    ];
    for (name, value, range) in bounded {
        if !range.contains(&value) {
            bail!(
                "`{name}` lies between {} and {}, not at {value}",
                range.start(),
                range.end()
            );
        }
    }
    if serve.calls == Calls::Http && serve.dialer_url.is_none() {
        bail!("`calls` is http, so `dialer-url` is needed (--dialer-url)");
    }
    Ok(())
}

fn names(file: &File) -> Result<Vec<String>> {
    let table = toml::Table::try_from(file).context("the config file cannot be shown")?;
    Ok(table.into_iter().map(|(name, _)| name).collect())
}

/// What holds, with where it comes from; a secret is not shown.
fn text(serve: &Serve, said: &ArgMatches, in_file: &[String]) -> Result<String> {
    let table = toml::Table::try_from(all(serve)).context("the configuration cannot be shown")?;
    let mut text = String::new();
    for (name, value) in table {
        let source = match said.value_source(&name.replace('-', "_")) {
            Some(ValueSource::CommandLine) => "command line",
            Some(ValueSource::EnvVariable) => "environment",
            _ if in_file.contains(&name) => "file",
            _ => "default",
        };
        match name.as_str() {
            "webhook-secret" => writeln!(text, "# {name} is set  # {source}")?,
            _ => writeln!(text, "{name} = {value}  # {source}")?,
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The documented file names every option, with its default where it has one.
    #[test]
    fn the_example_holds_every_option_with_its_default() {
        let example = include_str!("../../../docs/leadline.toml");
        let options: String = example
            .lines()
            .filter(|line| !line.starts_with("# "))
            .map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line)))
            .collect();
        let file: File = toml::from_str(&options).unwrap();
        let named = names(&file).unwrap();
        assert_eq!(named.len(), 18, "{named:?}");
        use clap::{Args, FromArgMatches};
        let command = Serve::augment_args(clap::Command::new("serve"));
        let serve = Serve::from_arg_matches(&command.get_matches_from(["serve"])).unwrap();
        let defaults = toml::Table::try_from(all(&serve)).unwrap();
        let example = toml::Table::try_from(file).unwrap();
        for (name, value) in defaults {
            assert_eq!(example[&name], value, "{name}");
        }
    }
}
