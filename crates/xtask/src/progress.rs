//! Long steps: what happens and why is said before, and how far it is while it goes on.
//!
//! How long a step takes is what it took on this machine the last time in the same situation, else what
//! it took on a machine with two cores. A terminal sees one line that changes, a log a line now and then.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, describe, say};
use crate::project::{cache_key, root, target};

/// A long step that cargo does.
pub struct Step {
    /// Its name, by which what it took is kept too.
    pub name: &'static str,
    /// What it is for, as a person would say it.
    pub why: &'static str,
    /// Seconds it takes with two cores.
    pub usual: Usual,
}

/// Seconds a step takes with two cores.
pub struct Usual {
    /// When nothing is there.
    pub cold: u64,
    /// When other people's crates are there, compiled for another checkout.
    pub shared: u64,
    /// After an edit.
    pub again: u64,
}

/// How much of a step's work is done already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Situation {
    Cold,
    Shared,
    Again,
}

impl Situation {
    fn name(self) -> &'static str {
        match self {
            Situation::Cold => "cold",
            Situation::Shared => "shared",
            Situation::Again => "again",
        }
    }
}

/// How often a log hears of a step under way.
const LOGGED: Duration = Duration::from_secs(20);
/// How often a terminal does.
const SHOWN: Duration = Duration::from_millis(500);

impl Step {
    /// Runs cargo to its end. What it says is shown when it fails; warnings are shown always.
    pub fn run(&self, cargo: &mut Command) -> Result<()> {
        let situation = self.situation()?;
        let usual = self.usual(situation);
        cargo.env("CARGO_TERM_PROGRESS_WHEN", "never");
        cargo
            .env("CARGO_TERM_COLOR", color())
            .stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child = process::start(cargo)?;
        let stderr = child.stderr.take().context("no output to read")?;
        let (lines, heard) = mpsc::channel();
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let Ok(line) = line else { return };
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        let mut report = Report::new(self.why, usual, begun);
        loop {
            match heard.recv_timeout(report.pause()) {
                Ok(line) => report.hear(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            report.show();
        }
        if reader.join().is_err() {
            bail!("reading what `{}` says broke off", describe(cargo));
        }
        let status = process::wait(child)?;
        report.end(status.success());
        if !status.success() {
            bail!("`{}` failed ({status})", describe(cargo));
        }
        self.remember(situation, begun.elapsed().as_secs(), report.compiled)
    }

    fn situation(&self) -> Result<Situation> {
        Ok(if self.here().is_file() {
            Situation::Again
        } else if self.anywhere()?.is_file() {
            Situation::Shared
        } else {
            Situation::Cold
        })
    }

    /// The mark that this checkout did the step.
    fn here(&self) -> std::path::PathBuf {
        root().join("target/steps").join(self.name)
    }

    /// The mark that some checkout did it with these very crates.
    fn anywhere(&self) -> Result<std::path::PathBuf> {
        Ok(target()
            .join(".steps")
            .join(format!("{}-{}", self.name, cache_key()?)))
    }

    fn usual(&self, situation: Situation) -> u64 {
        let known = times().get(&self.time_key(situation)).copied();
        known.unwrap_or(match situation {
            Situation::Cold => self.usual.cold,
            Situation::Shared => self.usual.shared,
            Situation::Again => self.usual.again,
        })
    }

    fn time_key(&self, situation: Situation) -> String {
        format!("{}, {}", self.name, situation.name())
    }

    fn remember(&self, situation: Situation, seconds: u64, compiled: usize) -> Result<()> {
        for mark in [self.here(), self.anywhere()?] {
            if let Some(folder) = mark.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&mark, "").with_context(|| format!("cannot write {}", mark.display()))?;
        }
        // Where nothing had to be compiled, the time says nothing about the next one.
        if compiled == 0 {
            return Ok(());
        }
        let mut times = times();
        times.insert(self.time_key(situation), seconds);
        let text = serde_json::to_string_pretty(&times)?;
        let file = target().join(TIMES);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Beside the marks of the steps, whose situations they are of.
const TIMES: &str = ".steps/times.json";

/// What steps took on this machine; nothing when nobody knows.
fn times() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(target().join(TIMES)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn color() -> &'static str {
    match std::io::stderr().is_terminal() {
        true => "always",
        false => "never",
    }
}

/// What a step has said so far.
struct Report {
    /// Said before the first crate is compiled; where all is there, there is nothing to say.
    why: &'static str,
    usual: u64,
    begun: Instant,
    shown: Instant,
    terminal: bool,
    compiled: usize,
    current: String,
    /// Whatever is not a mere "Compiling".
    said: Vec<String>,
}

impl Report {
    fn new(why: &'static str, usual: u64, begun: Instant) -> Report {
        Report {
            why,
            usual,
            begun,
            shown: begun,
            terminal: std::io::stdout().is_terminal(),
            compiled: 0,
            current: String::new(),
            said: Vec::new(),
        }
    }

    fn hear(&mut self, line: String) {
        let plain = without_colours(&line);
        let mut words = plain.split_whitespace();
        match words.next() {
            Some("Compiling" | "Checking") => {
                if self.compiled == 0 {
                    say(self.why);
                }
                self.compiled += 1;
                self.current = words.next().unwrap_or_default().to_owned();
            }
            Some("Blocking") => println!("    another build is under way; waiting for it"),
            Some("Downloaded" | "Downloading" | "Finished" | "Locking" | "Updating") => {}
            _ => self.said.push(line),
        }
    }

    fn show(&mut self) {
        if self.compiled == 0 || self.shown.elapsed() < self.pause() {
            return;
        }
        self.shown = Instant::now();
        let gone = self.begun.elapsed().as_secs();
        let left = match self.usual.checked_sub(gone) {
            Some(left) if left > 5 => format!("about {} left", minutes(left)),
            _ => "nearly there, by what it usually takes".to_owned(),
        };
        let line = format!(
            "    {} crates, now {}; {} gone, {left}",
            self.compiled,
            self.current,
            minutes(gone)
        );
        match self.terminal {
            true => print!("\r\u{1b}[K{line}"),
            false => println!("{line}"),
        }
        // A terminal that is gone is no reason to stop.
        let _gone = std::io::stdout().flush();
    }

    fn pause(&self) -> Duration {
        if self.terminal { SHOWN } else { LOGGED }
    }

    fn end(&mut self, success: bool) {
        if self.terminal {
            print!("\r\u{1b}[K");
        }
        for line in &self.said {
            eprintln!("{line}");
        }
        if success && self.compiled > 0 {
            let gone = self.begun.elapsed().as_secs();
            println!("    {} crates in {}", self.compiled, minutes(gone));
        }
    }
}

/// A line as it would be without a terminal: colours are `ESC [ … m`.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

/// `3:05`
pub fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_is_counted_and_warnings_are_kept() {
        let mut report = Report::new("trying", 10, Instant::now());
        for line in [
            "   Compiling serde v1.0.229",
            "\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m leadline-web v0.1.0 (/somewhere/web)",
            "    Blocking waiting for file lock on build directory",
            "warning: unused variable: `x`",
            "    Finished `dev` profile [optimized] target(s) in 4m 19s",
        ] {
            report.hear(line.to_owned());
        }
        assert_eq!(
            (report.compiled, report.current.as_str()),
            (2, "leadline-web")
        );
        assert_eq!(report.said, ["warning: unused variable: `x`"]);
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        assert_eq!(
            [0, 59, 61, 3_600].map(minutes),
            ["0:00", "0:59", "1:01", "60:00"]
        );
    }
}
