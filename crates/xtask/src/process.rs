//! Running other programs: said before, their failure turned into a sentence, and stopped with
//! us when we are interrupted.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::{Context, Result, bail};

use crate::{project, shared};

static CHILDREN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn children() -> MutexGuard<'static, BTreeSet<u32>> {
    // A set of numbers is whole whatever a panicking holder was doing.
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From here on Ctrl-C, or a polite kill, ends our children before it ends us.
pub fn stop_children_on_interrupt() -> Result<()> {
    ctrlc::set_handler(|| {
        eprintln!("\nxtask: told to stop");
        for pid in children().iter() {
            // The shell's own `kill`: a bare machine may have no other. A child that has just
            // ended by itself is no failure.
            let _ended = Command::new("sh")
                .args(["-c", &format!("kill -TERM {pid}")])
                .stderr(Stdio::null())
                .status();
        }
        std::process::exit(130);
    })
    .context("cannot listen for Ctrl-C")
}

/// A command that runs at the root of the checkout with its tools on the PATH.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Result<Command> {
    let mut command = Command::new(program);
    command
        .current_dir(project::root())
        .env("PATH", project::path_with_tools()?);
    Ok(command)
}

/// `cargo`, the one that runs us, with the target folder that all checkouts share.
pub fn cargo() -> Result<Command> {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))?;
    let target = project::target();
    shared::take(&target, project::root())?;
    cargo.env("CARGO_TARGET_DIR", target);
    Ok(cargo)
}

/// Says what is about to happen.
pub fn say(what: impl std::fmt::Display) {
    println!("==> {what}");
}

/// A command as it would be typed.
pub fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Starts a program that is ended with us; [`end`] ends it before.
pub fn start(command: &mut Command) -> Result<Child> {
    let child = command
        .spawn()
        .with_context(|| format!("cannot start `{}`", describe(command)))?;
    children().insert(child.id());
    Ok(child)
}

/// Ends a program that is not needed any more, whatever it is doing.
pub fn end(child: &mut Child) {
    // One that has ended by itself is no failure.
    let _ended = child.kill();
    let _reaped = child.wait();
    children().remove(&child.id());
}

/// Waits for a program that was started.
pub fn wait(mut child: Child) -> Result<ExitStatus> {
    let status = child.wait();
    children().remove(&child.id());
    status.context("cannot wait for a program")
}

/// Runs a program to its end, its output as it comes; a failure is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = start(command).and_then(wait)?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// What a program prints, trimmed, or nothing when it is absent or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// What a program said and whether it succeeded.
pub struct Heard {
    /// All lines of both outputs.
    pub text: String,
    /// The program ended with success.
    pub success: bool,
}

/// Runs a program, shows its output as it comes and keeps it.
pub fn listen(command: &mut Command) -> Result<Heard> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = start(command)?;
    let stdout = child.stdout.take().context("no output to read")?;
    let stderr = child.stderr.take().context("no errors to read")?;
    let errors = thread::spawn(move || echo(stderr, std::io::stderr()));
    let mut text = echo(stdout, std::io::stdout())?;
    match errors.join() {
        Ok(more) => text.push_str(&more?),
        Err(_) => bail!("reading the errors of `{}` broke off", describe(command)),
    }
    let success = wait(child)?.success();
    Ok(Heard { text, success })
}

fn echo(from: impl Read, mut to: impl Write) -> Result<String> {
    let mut reader = BufReader::new(from);
    let mut text = String::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        text.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(text)
}
