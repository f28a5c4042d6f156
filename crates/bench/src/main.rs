//! `ln1 --leads N [--seed S]`: runs LN-1 once and prints one JSON object.

use std::process::ExitCode;
use std::time::Instant;

fn argument(name: &str, default: u32) -> Result<u32, String> {
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == name {
            let value = args.next().ok_or(format!("{name} needs a number"))?;
            return value
                .parse()
                .map_err(|_| format!("{name}: `{value}` is no number"));
        }
    }
    Ok(default)
}

fn run() -> Result<String, String> {
    let (leads, seed) = (argument("--leads", 10_000)?, argument("--seed", 12_345)?);
    let mut prepared = leadline_bench::prepare(leads, seed).map_err(|error| error.to_string())?;
    let start = Instant::now();
    prepared.run().map_err(|error| error.to_string())?;
    let elapsed = start.elapsed();
    let bytes = prepared.bytes();
    let report = prepared.report().map_err(|error| error.to_string())?;
    let mut json = serde_json::to_value(&report).map_err(|error| error.to_string())?;
    let ns = elapsed.as_nanos() as u64;
    json["ns_per_event"] = (ns / report.events.max(1)).into();
    json["bytes_per_lead"] = (bytes as u64 / u64::from(leads.max(1))).into();
    json["seconds"] = (elapsed.as_millis() as u64 as f64 / 1_000.0).into();
    Ok(json.to_string())
}

fn main() -> ExitCode {
    match run() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("ln1: {message}");
            ExitCode::FAILURE
        }
    }
}
