//! The API against its own document: a public validator judges the document, and schemathesis sends
//! thousands of requests made from it to a real server, with all its checks.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{Heard, answer, command, end, listen, say, start};
use crate::project::target;
use crate::setup::Python;

/// Requests made from the document for each operation, in the phase of random ones.
const EXAMPLES: &str = "2";
/// The same at full length.
const EXAMPLES_LONG: &str = "12";
/// Fewer cases than these prove nothing.
pub const FEWEST_CASES: usize = 2_000;

/// What came of it.
pub struct Outcome {
    /// Requests sent.
    pub cases: usize,
    /// Nothing was found.
    pub good: bool,
}

/// A server with one organization, over a folder of its own; both are gone with it.
struct Server {
    child: Child,
    address: String,
    key: String,
    data: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing it holds is worth an orderly end.
        end(&mut self.child);
        let _left = fs::remove_dir_all(&self.data);
    }
}

impl Server {
    fn start(leadline: &Path) -> Result<Server> {
        let data = target().join(format!("tmp/api-{}", std::process::id()));
        let folder = data.to_str().context("the target folder has an odd name")?;
        let create = ["keys", "create", "--organization", "A", "--data", folder];
        let made = answer(command(leadline)?.args(create));
        let key = made.as_deref().and_then(|text| text.lines().last());
        let key = key.context("no key could be made")?.to_owned();
        let mut serve = command(leadline)?;
        serve
            .args(["serve", "--data", folder, "--listen", "127.0.0.1:0"])
            .args(["--clock", "simulated", "--calls", "simulated"])
            .env("LEADLINE_LOG", "error")
            .stdout(Stdio::piped());
        let mut child = start(&mut serve)?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("no output to read")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let mut server = Server {
            child,
            address: String::new(),
            key,
            data,
        };
        let Some(address) = line.trim().strip_prefix("listening at http://") else {
            bail!("the server did not start: {line}");
        };
        server.address = address.to_owned();
        Ok(server)
    }

    /// The document as the server gives it.
    fn document(&self) -> Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address)?;
        let host = &self.address;
        write!(
            stream,
            "GET /openapi.json HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.context("the server gave no document")?;
        Ok(answer.split_off(end + 4))
    }
}

/// Checks the document and the server against it.
pub fn check(python: &Python, program: &Path, long: bool) -> Result<Outcome> {
    let server = Server::start(program)?;
    let file = server.data.join("openapi.json");
    fs::write(&file, server.document()?).context("the document cannot be written")?;
    say("openapi-spec-validator on the document");
    let valid = listen(command(python.program("openapi-spec-validator"))?.arg(&file))?.success;
    let examples = if long { EXAMPLES_LONG } else { EXAMPLES };
    say("schemathesis against the server, all checks");
    let Heard { text, success } = listen(
        command(python.program("schemathesis"))?
            .args(["--config-file", "tests/schemathesis.toml", "run"])
            .arg(format!("http://{}/openapi.json", server.address))
            .args(["-H", &format!("Authorization: Bearer {}", server.key)])
            .args(["--checks", "all", "--max-examples", examples])
            // One at a time: before Python 3.12, threads that build syntax trees at once get in each other's
            // way ("AST constructor recursion depth mismatch"), and the tool builds them for its messages.
            .args(["--workers", "1", "--no-color"]),
    )?;
    let cases = cases(&text).unwrap_or(0);
    if cases < FEWEST_CASES {
        eprintln!("xtask: {cases} cases are too few, {FEWEST_CASES} are wanted");
    }
    let good = valid && success && cases >= FEWEST_CASES;
    Ok(Outcome { cases, good })
}

/// `  6593 generated, 2 found 2 unique failures, 88 skipped`
fn cases(text: &str) -> Option<usize> {
    let mut lines = text
        .lines()
        .filter_map(|line| line.split_once(" generated"));
    let (before, _) = lines.next_back()?;
    before.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::cases;

    #[test]
    fn the_number_of_cases_is_read_from_the_summary() {
        let text = "Test cases:\n  6593 generated, 2 found 2 unique failures, 88 skipped\n";
        assert_eq!(cases(text), Some(6_593));
        assert_eq!(cases("Test cases:\n  12 generated, 12 passed\n"), Some(12));
        assert_eq!(cases("nothing"), None);
    }
}
