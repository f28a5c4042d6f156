//! `api-bench --server PATH`: the server beside bare servers, then a workflow with a million leads.
//!
//! Client, server and bare servers share one machine and one run, so what counts is the ratio.

mod bare;
mod client;
mod server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use client::{Figures, measure, request};
use serde_json::{Value, json};
use server::Server;

/// Measures the server.
#[derive(Parser)]
struct Line {
    /// The program `leadline`.
    #[arg(long)]
    server: PathBuf,
    /// A folder for data, made anew and removed at the end.
    #[arg(long)]
    data: PathBuf,
    /// Seconds of each measurement.
    #[arg(long, default_value = "5")]
    seconds: u64,
    /// Leads of the large workflow.
    #[arg(long, default_value = "1000000")]
    leads: u32,
}

/// Connections for reads, and for durable writes, which wait for the disk.
const READERS: u64 = 16;
const WRITERS: u64 = 64;

fn main() -> Result<()> {
    let line = Line::parse();
    server::end_with_us()?;
    if line.data.exists() {
        std::fs::remove_dir_all(&line.data)?;
    }
    std::fs::create_dir_all(&line.data).context("no folder for data")?;
    let done = requests(&line).and_then(|()| large(&line));
    std::fs::remove_dir_all(&line.data)?;
    done
}

/// An ordinary workflow that calls, with the ids the server gave.
fn workflow(server: &Server) -> Result<String> {
    let agent = server.json("POST", "/v1/agents", &json!({"name": "bench"}));
    let agent = match agent {
        Ok(agent) => agent,
        Err(_) => server.ask("GET", "/v1/agents", "application/json", b"")?["data"][0].clone(),
    };
    // A second workflow uses the number that is there.
    let number = json!({"phone_number": "+14155550100"});
    let _there = server.json("POST", "/v1/phone-numbers", &number);
    let made = server.json("POST", "/v1/workflows", &json!({"title": "Bench"}))?;
    let id = made["id"].as_str().context("a workflow has an id")?;
    let call = json!({"agent_id": agent["id"], "from_phone_number": "+14155550100"});
    let graph = json!({
        "title": "Bench",
        "settings": {"auto_complete": false},
        "nodes": [
            {"id": "call", "node_type": "VOICE_CALL", "is_entry": true, "config": call},
            {"id": "wait", "node_type": "TIME", "config": {"delay": {"value": 2, "unit": "days"}}},
            {"id": "won", "node_type": "CONVERTED"}, {"id": "lost", "node_type": "DROPPED"}],
        "edges": [
            {"id": "1", "from_node_id": "call", "to_node_id": "won", "label": "COMPLETED"},
            {"id": "2", "from_node_id": "call", "to_node_id": "wait", "label": "DNP"},
            {"id": "3", "from_node_id": "call", "to_node_id": "lost", "label": "FAILED"},
            {"id": "4", "from_node_id": "wait", "to_node_id": "call"}],
    });
    server.json("PUT", &format!("/v1/workflows/{id}/definition"), &graph)?;
    Ok(format!("/v1/workflows/{id}"))
}

fn requests(line: &Line) -> Result<()> {
    let length = Duration::from_secs(line.seconds);
    let server = Server::start(&line.server, &line.data.join("requests"))?;
    let at = workflow(&server)?;
    let shown = server.ask("GET", &at, "application/json", b"")?;
    let text = serde_json::to_vec(&shown)?;
    let bytes = text.len();
    let grouped = bare::serve(text.clone(), &line.data, true)?;
    let single = bare::serve(text, &line.data, false)?;
    let kind = "application/json";
    println!(
        "{:<46} {:>10} {:>10} {:>8}",
        "requests", "a second", "p99 ms", "ratio"
    );
    let read = request("GET", "/get", "none", kind, b"");
    let bare = measure(&grouped.address, READERS, length, |_| read.clone())?;
    show(&format!("GET of {bytes} bytes, bare axum"), bare, None);
    let read = request("GET", &at, &server.key, kind, b"");
    let ours = measure(&server.address, READERS, length, |_| read.clone())?;
    show("the same from Leadline", ours, Some(bare));
    let lead = |number: u64| {
        let (worker, number) = (number >> 32, number & 0xffff_ffff);
        json!({"phone_number": format!("+1{:03}{number:07}", 200 + worker), "first_name": "Ann"})
    };
    let post = |path: &str, key: &str, number| {
        let body = lead(number).to_string();
        request("POST", path, key, kind, body.as_bytes())
    };
    let bare = measure(&single.address, WRITERS, length, |n| {
        post("/post", "none", n)
    })?;
    show("durable POST, bare axum + SQLite, autocommit", bare, None);
    let bare = measure(&grouped.address, WRITERS, length, |n| {
        post("/post", "none", n)
    })?;
    show("the same, group commit", bare, None);
    let path = format!("{at}/leads");
    let ours = measure(&server.address, WRITERS, length, |n| {
        post(&path, &server.key, n)
    })?;
    show("a lead enrolled in Leadline", ours, Some(bare));
    Ok(())
}

fn show(what: &str, figures: Figures, beside: Option<Figures>) {
    let ratio = beside.map(|beside| figures.per_second / beside.per_second * 100.0);
    let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.0} %"));
    let (per_second, p99) = (figures.per_second, figures.p99.as_secs_f64() * 1_000.0);
    println!("{what:<46} {per_second:>10.0} {p99:>10.2} {ratio:>8}");
}

/// A form with a list of so many leads.
fn list(leads: u32) -> Vec<u8> {
    let mut body = b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"leads.csv\"\r\n\r\nphone_number,first_name\n".to_vec();
    for lead in 0..leads {
        body.extend(format!("+1415{lead:07},Ann{}\n", lead % 1_000).into_bytes());
    }
    body.extend(b"\r\n--edge--\r\n");
    body
}

fn large(line: &Line) -> Result<()> {
    let data: &Path = &line.data.join("large");
    let mut server = Server::start(&line.server, data)?;
    let at = workflow(&server)?;
    println!(
        "\n{:<46} {:>10} {:>10}",
        format!("a workflow with {} leads", line.leads),
        "seconds",
        "MB"
    );
    let row = |what: &str, took: Duration, server: &Server| {
        let (now, _) = server.megabytes();
        println!("{what:<46} {:>10.2} {now:>10}", took.as_secs_f64());
    };
    let body = list(line.leads);
    let began = Instant::now();
    let form = "multipart/form-data; boundary=edge";
    server.ask("POST", &format!("{at}/leads"), form, &body)?;
    row("upload of the list as CSV", began.elapsed(), &server);
    drop(body);
    let limits = json!({"max_concurrent_calls": (line.leads / 100).max(10)});
    server.json("PATCH", "/v1/account", &limits)?;
    let timed = |method: &str, path: &str, body: &Value| -> Result<Duration> {
        let began = Instant::now();
        server.json(method, path, body)?;
        Ok(began.elapsed())
    };
    row(
        "activate",
        timed("POST", &format!("{at}/activate"), &Value::Null)?,
        &server,
    );
    let advance = |ms: u64| timed("POST", "/v1/simulation/advance", &json!({ "by_ms": ms }));
    row(
        "the first millisecond: every lead starts",
        advance(1)?,
        &server,
    );
    row("the first hour", advance(3_600_000)?, &server);
    let one = json!({"phone_number": "+442071838750"});
    row(
        "one more lead",
        timed("POST", &format!("{at}/leads"), &one)?,
        &server,
    );
    let one = json!({"phone_number": "+442071838751"});
    row(
        "and another",
        timed("POST", &format!("{at}/leads"), &one)?,
        &server,
    );
    for (what, path) in [
        ("a page of leads", format!("{at}/leads?page=5000&limit=100")),
        (
            "a page of call logs",
            "/v1/call-logs?page=50&limit=100".to_owned(),
        ),
        ("counts of the nodes", format!("{at}/node-counts")),
    ] {
        row(what, timed("GET", &path, &Value::Null)?, &server);
    }
    let (_, most) = server.megabytes();
    println!("{:<46} {:>10} {most:>10}", "most memory so far", "");
    let (_, start) = server.restart(true)?;
    row("killed: start to the first answer", start, &server);
    let (end, start) = server.restart(false)?;
    row("told to end: the end", end, &server);
    row("told to end: start to the first answer", start, &server);
    Ok(())
}
