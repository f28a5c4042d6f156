//! A server under test: the real binary, a folder of its own, and a client that speaks HTTP.

// Each file of tests uses a part of this.
#![allow(dead_code)]

#[path = "../../../api/tests/common/script.rs"]
pub mod script;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use script::{Got, Sent};
use serde_json::Value;

/// A folder that is gone after the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("leadline-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's own temporary folder.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

pub fn leadline(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadline"));
    command.args(arguments).env("LEADLINE_LOG", "warn");
    command
}

fn serve(data: &Path, more: &[&str]) -> Command {
    let data = data.to_str().unwrap();
    let mut command = leadline(&["serve", "--data", data, "--listen", "127.0.0.1:0"]);
    command.args(more);
    command
}

/// What a command prints, once it has ended well.
pub fn output(arguments: &[&str]) -> String {
    let output = leadline(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A new key: the last line that is printed.
pub fn key(data: &Path, organization: &str, more: &[&str]) -> String {
    let data = data.to_str().unwrap();
    let mut arguments = vec![
        "keys",
        "create",
        "--data",
        data,
        "--organization",
        organization,
    ];
    arguments.extend(more);
    output(&arguments).lines().last().unwrap().to_owned()
}

/// The longest anything is waited for: what has not come by then never comes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a server logs, line by line.
pub struct Log(Receiver<String>);

impl Log {
    /// Waits until a line says so.
    pub fn hear(&self, words: &str) {
        loop {
            let line = self.0.recv_timeout(PATIENCE);
            if line.expect("the log never says so").contains(words) {
                return;
            }
        }
    }
}

/// A server that runs until it is dropped.
pub struct Running {
    pub child: Child,
    pub address: String,
}

impl Running {
    pub fn start(data: &Path, more: &[&str]) -> Running {
        Running::launch(&mut serve(data, more))
    }

    /// A server that logs what is asked for, such as `leadline::events=debug`, to be waited for.
    pub fn logging(what: &str, data: &Path, more: &[&str]) -> (Running, Log) {
        let mut command = serve(data, more);
        command
            .env("LEADLINE_LOG", format!("warn,{what}"))
            .stderr(Stdio::piped());
        let mut running = Running::launch(&mut command);
        let errors = running.child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // Read to its end, heard or not: a server must never wait for its log to be read.
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                let _heard = sender.send(line);
            }
        });
        (running, Log(lines))
    }

    fn launch(command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening at http://");
        let address = address
            .unwrap_or_else(|| panic!("it said {line:?}"))
            .to_owned();
        Running { child, address }
    }

    /// A server whose clock and calls are simulated.
    pub fn simulated(data: &Path) -> Running {
        Running::start(data, &["--clock", "simulated", "--calls", "simulated"])
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub fn end(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().success()
    }

    pub fn client(&self, key: &str) -> Client {
        Client {
            address: self.address.clone(),
            key: key.to_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.kill();
        }
    }
}

/// Speaks HTTP/1.1, one connection for each request.
#[derive(Clone)]
pub struct Client {
    pub address: String,
    pub key: String,
}

impl Client {
    /// Sends a request with a JSON body; an error when the connection breaks.
    pub fn send(
        &self,
        request: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> std::io::Result<(u16, Value)> {
        let got = self.got(request, body, headers)?;
        Ok((
            got.status,
            serde_json::from_slice(&got.body).unwrap_or(Value::Null),
        ))
    }

    /// As [`Client::send`], with everything of the answer.
    pub fn got(&self, request: &str, body: &str, headers: &[(&str, &str)]) -> std::io::Result<Got> {
        let (method, path) = request.split_once(' ').unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let sent = Sent {
            method: method.to_owned(),
            path: path.to_owned(),
            key: self.key.clone(),
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
        };
        exchange(&self.address, &sent)
    }

    /// The life the data is in.
    pub fn epoch(&self) -> String {
        let got = self.got("GET /v1/account", "", &[]).unwrap();
        got.epoch.expect("every answer names the life")
    }

    /// The answer to a request that must succeed.
    pub fn ask(&self, request: &str, body: &str) -> Value {
        let (status, answer) = self.send(request, body, &[]).unwrap();
        assert!((200..300).contains(&status), "{request} {body}: {answer}");
        answer
    }

    /// The status of the answer to a request.
    pub fn status(&self, request: &str, body: &str) -> u16 {
        self.send(request, body, &[]).unwrap().0
    }

    /// The text at a path that needs no key.
    pub fn text(&self, path: &str) -> String {
        let sent = Sent {
            method: "GET".into(),
            path: path.into(),
            key: "none".into(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let got = exchange(&self.address, &sent).unwrap();
        String::from_utf8(got.body).unwrap()
    }

    /// Lines of a stream, as they come.
    pub fn listen(&self, path: &str) -> impl Iterator<Item = String> + use<> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: test\r\naccept: text/event-stream\r\nauthorization: Bearer {}\r\n\r\n",
            self.key
        )
        .unwrap();
        BufReader::new(stream).lines().map(Result::unwrap)
    }
}

/// Sends a request and reads the answer.
pub fn exchange(address: &str, sent: &Sent) -> std::io::Result<Got> {
    let mut stream = TcpStream::connect(address)?;
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n",
        sent.method,
        sent.path,
        sent.body.len()
    );
    if sent.key != "none" {
        head.push_str(&format!("authorization: Bearer {}\r\n", sent.key));
    }
    for (name, value) in &sent.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    // A server may answer and close before it has read everything.
    let _cut_short = stream.write_all(&sent.body);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    read(&answer).ok_or_else(|| std::io::Error::other("the answer breaks off"))
}

fn read(answer: &[u8]) -> Option<Got> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..end].to_vec()).ok()?;
    let body = answer[end + 4..].to_vec();
    let header = |name: &str| {
        let lines = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length")?.parse().ok()?;
    (body.len() == length).then_some(())?;
    Some(Got {
        status: head.split(' ').nth(1)?.parse().ok()?,
        etag: header("etag"),
        location: header("location"),
        epoch: header("leadline-epoch"),
        body,
    })
}

const GRAPH: &str = r#"{"title": "Wait", "settings": {"auto_complete": false},
    "nodes": [{"id": "w", "node_type": "TIME", "config": {"delay": {"value": 1, "unit": "days"}}}, {"id": "d", "node_type": "CONVERTED"}],
    "edges": [{"id": "e", "from_node_id": "w", "to_node_id": "d"}]}"#;

/// A workflow with a graph that can be activated; its path.
pub fn workflow(client: &Client) -> String {
    let id = client.ask("POST /v1/workflows", r#"{"title": "Wait"}"#)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    client.ask(&format!("PUT /v1/workflows/{id}/definition"), GRAPH);
    format!("/v1/workflows/{id}")
}
