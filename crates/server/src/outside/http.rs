//! The HTTP client: bounded in time and in what it reads, without redirects or proxies, and, unless
//! allowed, only to public addresses.

use std::io::Read;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use axum::http::{Method, Request, Uri};
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// The most that is read of an answer, in bytes.
const MOST_READ: u64 = 32 << 10;

/// An answer: its status and the beginning of its body.
pub struct Answer {
    pub status: u16,
    /// Seconds after which it wants to be asked again.
    pub retry_after: Option<u32>,
    pub body: Vec<u8>,
}

/// Sends requests.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
}

/// Looks names up, and keeps to public addresses.
#[derive(Debug)]
struct Public {
    resolver: DefaultResolver,
    private_too: bool,
}

impl Resolver for Public {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in found
            .iter()
            .filter(|address| self.private_too || is_public(address.ip()))
        {
            allowed.push(*address);
        }
        match allowed.is_empty() {
            true => Err(Error::HostNotFound),
            false => Ok(allowed),
        }
    }
}

impl Client {
    /// A client; `private_too`: also to addresses that are not public.
    pub fn new(private_too: bool) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("leadline/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Public {
            resolver: DefaultResolver::default(),
            private_too,
        };
        Client {
            agent: Agent::with_parts(config, DefaultConnector::default(), resolver),
        }
    }

    /// Sends a request and reads the beginning of the answer; what went wrong in words. The body of a
    /// GET or DELETE is left out: what it would mean is not defined.
    pub fn send(&self, request: Request<Vec<u8>>, timeout: Duration) -> Result<Answer, String> {
        let bodiless = matches!(*request.method(), Method::GET | Method::DELETE);
        let sent = if bodiless {
            let request = request.map(|_| ());
            let request = self.agent.configure_request(request);
            self.agent
                .run(request.timeout_global(Some(timeout)).build())
        } else {
            let request = self.agent.configure_request(request);
            self.agent
                .run(request.timeout_global(Some(timeout)).build())
        };
        let response = sent.map_err(|error| match error {
            Error::HostNotFound => {
                "its host was not found, or is not on a public address".to_owned()
            }
            other => other.to_string(),
        })?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        let reader = response.into_body().into_reader();
        reader
            .take(MOST_READ)
            .read_to_end(&mut body)
            .map_err(|error| error.to_string())?;
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }
}

/// Whether an address is one of the open Internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special =
                a == 0 || a >= 240 || (a, b, c) == (192, 0, 0) || (a, b & 0xfe) == (198, 18);
            !(ip.is_loopback()
                || ip.is_private()
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_documentation()
                || shared
                || special)
        }
        IpAddr::V6(ip) => match embedded(ip) {
            Some(ip) => is_public(ip),
            None => {
                // Global unicast, without the range for documentation.
                let [first, second, ..] = ip.segments();
                (0x2000..0x4000).contains(&first) && (first, second) != (0x2001, 0xdb8)
            }
        },
    }
}

/// The IPv4 address that one of IPv6 leads to: mapped, or through a translator.
fn embedded(ip: Ipv6Addr) -> Option<IpAddr> {
    let translated = ip.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    let through = ip.segments()[0] == 0x2002;
    let octets = ip.octets();
    let four =
        |at: usize| IpAddr::from([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]]);
    match (translated, through) {
        (true, _) => Some(four(12)),
        (_, true) => Some(four(2)),
        _ => ip.to_ipv4_mapped().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_addresses_of_the_open_internet_are_public() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("2606:2800:220:1::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("198.18.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("224.0.0.1", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
