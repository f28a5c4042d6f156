//! Clients that are slow, on purpose or not, hold nothing for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;

use common::{Folder, Running, key, workflow};

/// What a server says to somebody who sends this and no more, until it ends the connection.
fn until_it_ends(server: &Running, sent: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn heads_and_bodies_that_never_end_are_given_up_while_others_are_served() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let arguments = ["--slow-seconds", "1", "--timeout-seconds", "1"];
    let server = Running::start(&folder.0, &arguments);
    let head = "POST /v1/workflows HTTP/1.1\r\nhost: test\r\n";
    std::thread::scope(|scope| {
        let slow: Vec<_> = (0..200)
            .map(|_| scope.spawn(|| until_it_ends(&server, head)))
            .collect();
        let silent = scope.spawn(|| until_it_ends(&server, ""));
        let body = format!("{head}authorization: Bearer {key}\r\ncontent-length: 100\r\n\r\n{{");
        let server = &server;
        let bodiless = scope.spawn(move || until_it_ends(server, &body));
        workflow(&server.client(&key));
        for one in slow {
            let answer = one.join().unwrap();
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
                "{answer}"
            );
        }
        assert_eq!(silent.join().unwrap(), "");
        let answer = bodiless.join().unwrap();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    });
}

#[test]
fn whoever_takes_nothing_of_the_answers_is_cut_off() {
    const REQUESTS: usize = 2_000;
    let folder = Folder::new();
    let server = Running::start(
        &folder.0,
        &["--slow-seconds", "1", "--max-connections", "1"],
    );
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: test\r\n\r\n";
    stream.write_all(&request.repeat(REQUESTS)).unwrap();
    // There is one place: whoever comes next is served once the first is cut off.
    let health = server.client("none").text("/health");
    assert!(health.contains("ok"), "{health}");
    let mut got = Vec::new();
    // How a connection ends that was cut off is the system's choice.
    let _ended = stream.read_to_end(&mut got);
    let one = server.client("none").text("/openapi.json").len();
    assert!(got.len() < one * REQUESTS, "{} bytes", got.len());
}
