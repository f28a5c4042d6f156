//! What both APIs have in common: sending, reading answers, and what goes wrong on the way.

use leadline_model::time::days_from_civil;
use leadline_model::{Duration, Time};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use crate::http::{Http, HttpRequest, HttpResponse};
use crate::machine::Answer;

/// The longest wait that a remote may ask for.
const LONGEST_WAIT: Duration = Duration::hours(1);

/// The most characters of a remote's words that are passed on.
const MOST_WORDS: usize = 1_000;

/// Why a request has no answer that can be used.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// What happened.
    pub kind: Kind,
    /// A stable code, where the remote has any.
    pub code: String,
    /// In words.
    pub message: String,
    /// The life of the remote's data, where it says so.
    pub epoch: Option<String>,
    /// How long it wants to be left alone.
    pub after: Option<Duration>,
}

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nobody answered.
    Unreachable,
    /// Somebody answered with this status what the API would never say.
    Nonsense(u16),
    /// The API refused with this status.
    Said(u16),
}

impl Fault {
    /// An answer that is not what the API would say.
    pub fn nonsense(response: &HttpResponse, message: impl Into<String>) -> Fault {
        Fault {
            kind: Kind::Nonsense(response.status),
            ..Fault::said(response.status, message)
        }
    }

    /// A refusal, in words of our own.
    pub fn said(status: u16, message: impl Into<String>) -> Fault {
        Fault {
            kind: Kind::Said(status),
            code: String::new(),
            message: message.into(),
            epoch: None,
            after: None,
        }
    }

    /// What the API refused with.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Said(status) => Some(status),
            Kind::Unreachable | Kind::Nonsense(_) => None,
        }
    }

    /// What a machine is told.
    pub fn answer(self) -> Answer {
        match self.status() {
            None => Answer::Lost(self.message),
            Some(401 | 403) => Answer::Unauthorized,
            Some(404) => Answer::Missing,
            Some(410) => Answer::TooOld,
            Some(412) => Answer::Stale,
            Some(408 | 425 | 429 | 500..=599) => Answer::Later(self.after, self.message),
            Some(_) => Answer::Refused(self.message),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        Refusal {
            status: match fault.kind {
                Kind::Unreachable => None,
                Kind::Nonsense(status) | Kind::Said(status) => Some(status),
            },
            message: fault.message,
        }
    }
}

/// A request without headers and body.
pub(super) fn request(method: &'static str, path: impl Into<String>) -> HttpRequest {
    HttpRequest {
        method,
        path: path.into(),
        headers: Vec::new(),
        body: None,
    }
}

/// Sends a request; only a 2xx is an answer.
pub(super) async fn send(http: &impl Http, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let response = http.send(request).await.map_err(|nobody| Fault {
        kind: Kind::Unreachable,
        ..Fault::said(0, nobody.0)
    })?;
    match response.status {
        200..=299 => Ok(response),
        _ => Err(refusal(&response)),
    }
}

/// Sends a request and reads the JSON that is answered.
pub(super) async fn fetch<T: DeserializeOwned>(
    http: &impl Http,
    request: HttpRequest,
) -> Result<T, Fault> {
    read(&send(http, request).await?)
}

/// The JSON of an answer.
pub(super) fn read<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, Fault> {
    serde_json::from_slice(response.body.as_bytes()).map_err(|error| {
        let message = match is_page(response) {
            true => "it answered a web page: is the address right?".to_owned(),
            false => format!("it answered something else than was asked ({error}): is it the kind of server that was chosen?"),
        };
        Fault::nonsense(response, message)
    })
}

fn is_page(response: &HttpResponse) -> bool {
    let html = |kind: &String| kind.contains("html");
    response.body.trim_start().starts_with('<')
        || response.headers.get("content-type").is_some_and(html)
}

/// What a status other than 2xx says.
fn refusal(response: &HttpResponse) -> Fault {
    let status = response.status;
    let body: Option<Value> = serde_json::from_str(&response.body).ok();
    let said = body.as_ref().and_then(words);
    let fault = |message: String| Fault {
        after: wait(response),
        ..Fault::said(status, message)
    };
    match status {
        // Somebody on the way speaks for the server, in whatever words; it has to be asked again.
        401 | 408 | 425 | 429 | 500..=599 => {
            fault(said.unwrap_or_else(|| format!("it answered {}", name(status))))
        }
        300..=399 => {
            let message = format!(
                "it leads elsewhere ({}), as a login page would: is the address right?",
                name(status)
            );
            Fault::nonsense(response, message)
        }
        403 if response.body.trim().is_empty() => fault("it answered 403 Forbidden".to_owned()),
        _ => match said {
            Some(message) => Fault {
                code: body
                    .as_ref()
                    .map_or_else(String::new, |body| text(&body["code"])),
                epoch: response.headers.get("leadline-epoch").cloned(),
                ..fault(message)
            },
            None if is_page(response) => {
                let message = format!(
                    "it answered a web page with {}: is the address right?",
                    name(status)
                );
                Fault::nonsense(response, message)
            }
            None => {
                let message = format!(
                    "it answered {} and nothing that says why: is the address right?",
                    name(status)
                );
                Fault::nonsense(response, message)
            }
        },
    }
}

/// A refusal in the remote's own words, with what it found and how that is mended.
fn words(body: &Value) -> Option<String> {
    let findings = body["findings"].as_array().map(Vec::as_slice);
    let found = findings.unwrap_or_default().iter().filter_map(|finding| {
        let message = finding["message"].as_str()?;
        let fix = finding["fix"].as_str().unwrap_or_default();
        Some(format!("{message} {fix}").trim_end().to_owned())
    });
    let mut all: Vec<String> = found.collect();
    if all.is_empty() {
        let list = |list: &Vec<Value>| list.iter().map(text).collect();
        all = match &body["message"] {
            Value::Array(messages) => list(messages),
            Value::String(message) => vec![message.clone()],
            _ => match &body["error"] {
                Value::String(error) => vec![error.clone()],
                error => vec![text(&error["message"])],
            },
        };
    }
    all.retain(|message| !message.trim().is_empty());
    let all = all.join(" ");
    match all.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => Some(format!("{}…", &all[..end])),
        None => Some(all).filter(|all| !all.is_empty()),
    }
}

/// A text, or nothing.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn name(status: u16) -> String {
    let name = match status {
        301 | 308 => " Moved Permanently",
        302 => " Found",
        303 => " See Other",
        307 => " Temporary Redirect",
        401 => " Unauthorized",
        403 => " Forbidden",
        404 => " Not Found",
        408 => " Request Timeout",
        410 => " Gone",
        412 => " Precondition Failed",
        413 => " Content Too Large",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    };
    format!("{status}{name}")
}

/// How long the remote wants to be left alone: seconds, or a date, for which its own clock counts
/// (RFC 9110, 10.2.3).
fn wait(response: &HttpResponse) -> Option<Duration> {
    let after = response.headers.get("retry-after")?.trim();
    let wait = match after.parse::<u32>() {
        Ok(seconds) => Duration::seconds(i64::from(seconds)),
        Err(_) => date(after)?.since(date(response.headers.get("date")?)?),
    };
    Some(wait.clamp(Duration::ZERO, LONGEST_WAIT))
}

/// An instant such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
fn date(text: &str) -> Option<Time> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let mut part = || parts.next();
    let day: u32 = part()?.parse().ok()?;
    let month = part()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u32 + 1;
    let year: i64 = part()?
        .parse()
        .ok()
        .filter(|year| (1970..10_000).contains(year))?;
    let mut clock = part()?.split(':').map(|part| part.parse::<u32>().ok());
    let mut part = || clock.next().flatten().map(i64::from);
    let seconds = (part()? * 60 + part()?) * 60 + part()?;
    Some(Time(
        (days_from_civil(year, month, day) * 86_400 + seconds) * 1_000,
    ))
}

/// A text as one part of a path or of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn response(headers: &[(&str, &str)]) -> HttpResponse {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        HttpResponse {
            status: 503,
            headers: headers.collect(),
            body: String::new(),
        }
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_until_a_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (headers, seconds) in [
            (vec![("retry-after", "7")], Some(7)),
            (vec![("retry-after", "999999999")], Some(3_600)),
            (
                vec![date, ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")],
                Some(30),
            ),
            (
                vec![date, ("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT")],
                Some(0),
            ),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], None),
            (vec![date, ("retry-after", "soon")], None),
            (vec![date], None),
        ] {
            let wanted = seconds.map(Duration::seconds);
            assert_eq!(wait(&response(&headers)), wanted, "{headers:?}");
        }
        assert_eq!(
            super::date(date.1),
            Time::parse("1994-11-06T08:49:37Z").ok()
        );
    }

    #[test]
    fn paths_hold_any_text() {
        assert_eq!(encoded("wf_a-b/c d?é"), "wf_a-b%2Fc%20d%3F%C3%A9");
    }
}
