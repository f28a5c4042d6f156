//! Whether a remote's address can work from this page, told while it is typed.

/// Where the page itself is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// Such as `https://leadline.example`.
    pub origin: String,
}

impl Here {
    /// This page.
    pub fn now() -> Here {
        // A page without an origin has no remotes either; it is told that it cannot reach them.
        let origin = leptos::prelude::window().location().origin();
        Here {
            origin: origin.unwrap_or_default(),
        }
    }

    fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// An address that can work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its host, to name the remote by.
    pub host: String,
    /// Whether this very page comes from there.
    pub same_origin: bool,
    /// What the reader should know all the same.
    pub note: Option<&'static str>,
}

const MIXED: &str = "This page came over https, so the browser lets it reach other machines over https only. \
     Give the server an https address, or open Leadline from that server itself.";
const OTHER_MACHINE: &str = "This page may reach other machines over https only, so that the key cannot be read on the way. \
     Give the server an https address, or open Leadline from that server itself.";
const SAFARI: &str = "Some browsers, such as Safari, keep a page that came over https from reaching http, even on this machine.";

/// What is wrong with an address, or what is known of it.
///
/// # Errors
///
/// In words that say what to do.
pub fn check(address: &str, here: &Here) -> Result<Checked, String> {
    let address = address.trim();
    if address.is_empty() {
        return Err("An address is needed, such as https://leadline.example.".to_owned());
    }
    let lower = address.to_ascii_lowercase();
    let (secure, rest) = match (
        lower.strip_prefix("https://"),
        lower.strip_prefix("http://"),
    ) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            return Err(
                "The address begins with https:// or, on this machine, http://.".to_owned(),
            );
        }
    };
    if address.contains(['?', '#']) || address.contains(char::is_whitespace) {
        return Err(
            "The address ends with the server's path: no blanks, no ? and no #.".to_owned(),
        );
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Err(
            "Leave name and password out of the address; the key has a field of its own."
                .to_owned(),
        );
    }
    let (host, port) = split_port(authority)?;
    if !is_host(host) {
        return Err(format!("“{host}” is not the name of a server."));
    }
    let origin = origin(secure, host, port);
    let same_origin = origin == here.origin;
    let this_machine = matches!(host, "localhost" | "127.0.0.1");
    if !secure && !this_machine && !same_origin {
        return Err(if here.is_https() {
            MIXED
        } else {
            OTHER_MACHINE
        }
        .to_owned());
    }
    Ok(Checked {
        host: host.to_owned(),
        same_origin,
        note: (!secure && here.is_https()).then_some(SAFARI),
    })
}

/// The host and, where there is one, the port.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    // The colons of an address in brackets are no port.
    let at = authority
        .rfind(':')
        .filter(|at| !authority[*at..].contains(']'));
    let Some(at) = at else {
        return Ok((authority, None));
    };
    let (host, port) = (&authority[..at], &authority[at + 1..]);
    match port.parse() {
        Ok(port) if port > 0 => Ok((host, Some(port))),
        _ => Err(format!("“{port}” is not a port: a number up to 65535.")),
    }
}

fn is_host(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let label = |label: &str| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && label
                        .chars()
                        .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            };
            host.split('.').all(label)
        }
    }
}

/// As browsers write it: without the scheme's own port.
fn origin(secure: bool, host: &str, port: Option<u16>) -> String {
    let (scheme, own) = if secure { ("https", 443) } else { ("http", 80) };
    match port.filter(|port| *port != own) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

/// What is wrong with a key: it travels in a header, which carries plain characters only.
pub fn key_fault(key: &str, needed: bool) -> Option<String> {
    match key.trim() {
        "" if needed => Some("A key is needed: whoever runs the server makes one.".to_owned()),
        key if key.chars().any(|c| !c.is_ascii_graphic()) => {
            Some("A key has no blanks and only plain letters, digits and signs.".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str, origin: &str) -> Result<Checked, String> {
        check(
            address,
            &Here {
                origin: origin.to_owned(),
            },
        )
    }

    const SAFE: &str = "https://app.example";
    const LOCAL: &str = "http://localhost:4173";

    #[test]
    fn addresses_that_can_work_name_their_host() {
        for (address, origin, host, same) in [
            ("https://Shop.Example/v1", SAFE, "shop.example", false),
            ("https://app.example:443", SAFE, "app.example", true),
            ("http://localhost:8080", LOCAL, "localhost", false),
            ("http://127.0.0.1:8080/", SAFE, "127.0.0.1", false),
            ("http://nas.local", "http://nas.local", "nas.local", true),
            ("https://[2001:db8::1]:8443", LOCAL, "[2001:db8::1]", false),
        ] {
            let got = at(address, origin).expect(address);
            assert_eq!(
                (got.host.as_str(), got.same_origin),
                (host, same),
                "{address}"
            );
        }
        assert_eq!(at("http://localhost:8080", LOCAL).expect("fine").note, None);
        assert_eq!(
            at("http://localhost:8080", SAFE).expect("fine").note,
            Some(SAFARI)
        );
    }

    #[test]
    fn addresses_that_cannot_work_say_why() {
        for (address, origin, part) in [
            ("", SAFE, "is needed"),
            ("shop.example", SAFE, "begins with"),
            ("ftp://shop.example", SAFE, "begins with"),
            ("https://", SAFE, "not the name"),
            ("https://shop..example", SAFE, "not the name"),
            ("https://me:secret@shop.example", SAFE, "name and password"),
            ("https://shop.example/?a=1", SAFE, "no ?"),
            ("https://shop.example:99999", SAFE, "not a port"),
            ("http://shop.example", SAFE, "came over https"),
            ("http://192.168.1.7:8080", LOCAL, "over https only"),
        ] {
            let reason = at(address, origin).expect_err(address);
            assert!(reason.contains(part), "{address}: {reason}");
        }
    }

    #[test]
    fn keys_fit_in_a_header() {
        assert_eq!(key_fault(" ll_abc ", true), None);
        assert_eq!(key_fault("", false), None);
        assert!(key_fault("", true).is_some());
        assert!(key_fault("two words", true).is_some());
        assert!(key_fault("schlüssel", true).is_some());
    }
}
