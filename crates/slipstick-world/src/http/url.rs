//! Addresses: just enough to know whose host a request goes to.

use core::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::{SourceError, SourceErrorKind};

/// Longer addresses are attacks or mistakes; signed ones take two thousand letters.
const MAX_BYTES: usize = 8192;

/// An http or https address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) secure: bool,
    /// Lower case, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query, with the leading slash.
    pub(crate) path: String,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        Self::split(text).ok_or_else(|| {
            let shown: String = text.chars().filter(|letter| !letter.is_control()).take(80).collect();
            SourceError::new(
                SourceErrorKind::BadArgument,
                format!("'{shown}' is not an http or https address"),
            )
        })
    }

    fn split(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = Self::authority(authority)?;
        // A fragment is never sent.
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { secure, host, port: port.unwrap_or(if secure { 443 } else { 80 }), path })
    }

    fn authority(text: &str) -> Option<(String, Option<u16>)> {
        // A name and password in an address would be sent and printed.
        if text.contains('@') {
            return None;
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, rest)
            }
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => Some(port.parse().ok()?),
            None if port.is_empty() => None,
            None => return None,
        };
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
        (!host.is_empty() && host.bytes().all(letters)).then(|| (host.to_ascii_lowercase(), port))
    }

    /// Where a redirect from here leads.
    pub(crate) fn join(&self, location: &str) -> Option<Self> {
        if location.starts_with("https://") || location.starts_with("http://") {
            return Self::split(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Self::split(&format!("{}://{rest}", self.scheme()));
        }
        // Any other scheme is nowhere to go.
        let before_path = location.split(['/', '?']).next().unwrap_or_default();
        if before_path.contains(':') {
            return None;
        }
        let path = if location.starts_with('/') {
            location.to_owned()
        } else {
            let folder = self.path.split('?').next().unwrap_or_default();
            format!("{}/{location}", folder.rsplit_once('/').map_or("", |(folder, _)| folder))
        };
        Self::split(&format!("{}{path}", self.origin()))
    }

    /// The same server with another path.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    fn origin(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}", self.scheme(), self.port)
    }

    /// The address as it is requested.
    pub(crate) fn request(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.secure == other.secure && self.host == other.host && self.port == other.port
    }

    /// Whether the host is this machine, by name or number.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// Whether the host is by its number inside this machine or its network, where a public server must not send us.
    pub(crate) fn is_private(&self) -> bool {
        self.host == "localhost"
            || self.address().is_some_and(|address| match address {
                IpAddr::V4(address) => is_private(address),
                IpAddr::V6(address) => {
                    address.is_loopback()
                        || address.is_unspecified()
                        || address.is_unique_local()
                        || address.is_unicast_link_local()
                        || address.to_ipv4().is_some_and(is_private)
                }
            })
    }

    fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

fn is_private(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified()
}

/// Without the query: signed addresses carry their secret there.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = if self.secure { 443 } else { 80 };
        let port = if self.port == default { String::new() } else { format!(":{}", self.port) };
        let path = self.path.split('?').next().unwrap_or_default();
        write!(f, "{}://{}{port}{path}", self.scheme(), self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[test]
    fn addresses_taken_apart() {
        let signed = url("https://CDN.example.org:8443/a/b?X-Signature=secret#part");
        assert_eq!((signed.host.as_str(), signed.port), ("cdn.example.org", 8443));
        assert_eq!(signed.request(), "https://cdn.example.org:8443/a/b?X-Signature=secret");
        assert_eq!(signed.to_string(), "https://cdn.example.org:8443/a/b");
        assert_eq!(url("http://[::1]:80").request(), "http://[::1]:80/");
        for bad in [
            "ftp://a/b",
            "https://",
            "https://user:password@host/",
            "https://a b/",
            "https://a:99999/",
            "https://[::1",
            "https://a\r\nX: y/",
            "https://h%00/",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn redirects_lead_somewhere_or_nowhere() {
        let base = url("https://hub.example/a/b?x=1");
        let to = |location: &str| base.join(location).map(|url| url.request());
        assert_eq!(to("/c").as_deref(), Some("https://hub.example:443/c"));
        assert_eq!(to("c?d=/e").as_deref(), Some("https://hub.example:443/a/c?d=/e"));
        assert_eq!(to("//cdn.example/c").as_deref(), Some("https://cdn.example:443/c"));
        assert_eq!(to("http://cdn.example/c").as_deref(), Some("http://cdn.example:80/c"));
        assert_eq!(to("file:///etc/passwd"), None);
        assert_eq!(to("javascript:alert(1)"), None);
    }

    #[test]
    fn private_hosts_are_known_by_number() {
        for host in ["127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0"] {
            assert!(url(&format!("http://{host}/")).is_private(), "{host}");
        }
        for host in ["[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]"] {
            assert!(url(&format!("http://{host}/")).is_private(), "{host}");
        }
        assert!(!url("https://huggingface.co/").is_private());
        assert!(!url("https://8.8.8.8/").is_private());
    }
}
