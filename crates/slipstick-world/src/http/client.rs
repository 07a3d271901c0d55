//! One request: redirects followed by hand, failures tried again, the token kept at home.

use std::{thread, time::Duration};

use ureq::{Agent, Body, http::Response};

use super::{
    Url,
    body::{self, ContentRange, Promise},
    status,
};
use crate::{Options, Progress, SourceError, SourceErrorKind, Token};

/// Hubs redirect once, to their storage; mirrors once more.
const MAX_REDIRECTS: usize = 5;

/// The longest that a server's `Retry-After` is heeded.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// All of it, if it is no longer than `limit`.
    Whole {
        /// The most bytes.
        limit: u64,
    },
    /// Some bytes of it.
    Range {
        /// The first.
        start: u64,
        /// How many.
        length: u64,
    },
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    /// The size of the whole file, where the server says it.
    pub(crate) total: Option<u64>,
    pub(crate) etag: Option<String>,
    /// The file is still the one that the given tag stands for, and nothing was sent.
    pub(crate) unchanged: bool,
}

/// Makes requests.
pub(crate) struct Client<'a> {
    agent: Agent,
    options: &'a Options,
    progress: &'a dyn Progress,
}

impl<'a> Client<'a> {
    pub(crate) fn new(options: &'a Options, progress: &'a dyn Progress) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("slipstick/", env!("CARGO_PKG_VERSION")))
            // A compressed part of a file is of no use.
            .accept_encoding("identity")
            .timeout_connect(Some(options.patience))
            .timeout_recv_response(Some(options.patience))
            .timeout_per_read(Some(options.patience))
            .timeout_global(Some(options.deadline));
        if !options.proxies {
            config = config.proxy(None);
        }
        Self { agent: config.build().into(), options, progress }
    }

    /// Whether the network is not to be used.
    pub(crate) const fn is_offline(&self) -> bool {
        self.options.offline
    }

    /// Fetches what is wanted; `tag` is that of an earlier answer, which need not be sent again.
    pub(crate) fn fetch(&self, url: &Url, want: Want, tag: Option<&str>) -> Result<Fetched, SourceError> {
        if self.options.offline {
            return Err(SourceError::new(
                SourceErrorKind::Offline,
                format!("{url} is not in the cache, and the network is not to be used"),
            )
            .help("run once without --offline, or give a path"));
        }
        let mut attempt = 0;
        loop {
            let (error, wait) = match self.attempt(url, want, tag) {
                Ok(fetched) => return Ok(fetched),
                Err(failure) => failure,
            };
            if !error.kind.is_transient() || attempt == self.options.retries {
                return Err(error);
            }
            self.progress.retrying(&url.to_string(), &error.message);
            let backoff = self.options.backoff.saturating_mul(1 << attempt.min(10));
            thread::sleep(wait.unwrap_or(backoff).min(MAX_WAIT));
            attempt += 1;
        }
    }

    fn attempt(
        &self,
        url: &Url,
        want: Want,
        tag: Option<&str>,
    ) -> Result<Fetched, (SourceError, Option<Duration>)> {
        let mut at = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let token = self.token_for(&at);
            let response = self.send(&at, want, tag, token).map_err(|error| (error, None))?;
            let status = response.status().as_u16();
            match status {
                301 | 302 | 303 | 307 | 308 => {
                    at = redirect(&at, url, header(&response, "location")).map_err(|error| (error, None))?;
                }
                200 | 206 => return finish(response, want, &at).map_err(|error| (error, None)),
                304 if tag.is_some() => {
                    return Ok(Fetched { bytes: Vec::new(), total: None, etag: None, unchanged: true });
                }
                _ => {
                    let code = header(&response, "x-error-code");
                    let wait = header(&response, "retry-after").and_then(|text| text.trim().parse().ok());
                    let error = status::error(status, code, &at, token.is_some());
                    return Err((error, wait.map(Duration::from_secs)));
                }
            }
        }
        let loops = format!("{url}: more than {MAX_REDIRECTS} redirects");
        Err((SourceError::new(SourceErrorKind::Redirect, loops), None))
    }

    /// The token, for the hub's own host over a connection that nobody can read.
    fn token_for(&self, url: &Url) -> Option<&Token> {
        let endpoint = &self.options.endpoint.0;
        let safe = url.secure || url.is_loopback();
        self.options.token.as_ref().filter(|_| safe && url.same_origin(endpoint))
    }

    fn send(
        &self,
        url: &Url,
        want: Want,
        tag: Option<&str>,
        token: Option<&Token>,
    ) -> Result<Response<Body>, SourceError> {
        let mut request = self.agent.get(url.request());
        if let Want::Range { start, length } = want {
            let last = start.saturating_add(length.max(1)) - 1;
            request = request.header("Range", format!("bytes={start}-{last}"));
        }
        if let Some(tag) = tag {
            request = request.header("If-None-Match", tag);
        }
        if let Some(token) = token {
            request = request.header("Authorization", token.header());
        }
        request.call().map_err(|error| failed(&error, url))
    }
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// Where a redirect leads, if it may.
fn redirect(at: &Url, first: &Url, location: Option<&str>) -> Result<Url, SourceError> {
    let refused = |why: String| SourceError::new(SourceErrorKind::Redirect, format!("{at}: {why}"));
    let to = location
        .and_then(|location| at.join(location))
        .ok_or_else(|| refused("the server redirects to no usable address".to_owned()))?;
    if at.secure && !to.secure {
        return Err(refused(format!("the server redirects from https to http ({to})")));
    }
    if to.is_private() && !first.is_private() {
        return Err(refused(format!("a public server redirects into a private network ({to})")));
    }
    Ok(to)
}

fn finish(response: Response<Body>, want: Want, url: &Url) -> Result<Fetched, SourceError> {
    let encoding = header(&response, "content-encoding").unwrap_or("identity").to_ascii_lowercase();
    if encoding != "identity" {
        return Err(SourceError::new(
            SourceErrorKind::WrongContent,
            format!("{url}: the server compresses the file ({encoding}) although it was asked not to"),
        ));
    }
    let kind = header(&response, "content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("text/html") {
        return Err(SourceError::new(
            SourceErrorKind::WrongContent,
            format!("{url}: this is a web page, not a file"),
        )
        .help("give the address of the file itself, the one that a download link has"));
    }
    let range = header(&response, "content-range");
    let promise = Promise {
        status: response.status().as_u16(),
        range: match range.map(ContentRange::parse) {
            Some(None) => {
                let lie = format!("{url}: the server's Content-Range makes no sense");
                return Err(SourceError::new(SourceErrorKind::Protocol, lie));
            }
            range => range.flatten(),
        },
        length: header(&response, "content-length").and_then(|length| length.trim().parse().ok()),
    };
    let etag = header(&response, "etag").filter(|tag| tag.len() <= 256).map(str::to_owned);
    let (bytes, total) = body::read(response.into_body().into_reader(), &promise, want, url)?;
    Ok(Fetched { bytes, total, etag, unchanged: false })
}

fn failed(error: &ureq::Error, url: &Url) -> SourceError {
    match error {
        ureq::Error::Timeout(_) => {
            SourceError::new(SourceErrorKind::Timeout, format!("{url}: the server takes too long"))
                .help("try again later")
        }
        ureq::Error::HostNotFound => {
            SourceError::new(SourceErrorKind::Unreachable, format!("{url}: there is no such host"))
                .help("check the network; --offline uses what is cached")
        }
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::Tls(_) => {
            SourceError::new(SourceErrorKind::Unreachable, format!("{url}: no connection ({error})"))
                .help("check the network and the proxies; --offline uses what is cached")
        }
        _ => SourceError::new(SourceErrorKind::Protocol, format!("{url}: {error}")),
    }
}
