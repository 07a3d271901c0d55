//! How files are looked for: endpoint, token, cache, patience.

use std::{env, path::PathBuf, time::Duration};

use crate::{SourceError, SourceErrorKind, Token, http::Url};

/// The hub that ids are looked up at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(pub(crate) Url);

impl Endpoint {
    /// The hub's own address.
    pub const DEFAULT: &'static str = "https://huggingface.co";

    /// A hub or a mirror of one.
    ///
    /// # Errors
    /// If it is no http or https address.
    pub fn new(address: &str) -> Result<Self, SourceError> {
        Url::parse(address.trim().trim_end_matches('/')).map(Self).map_err(|error| {
            SourceError::new(
                SourceErrorKind::BadArgument,
                format!("the hub's address is not usable: {error}"),
            )
            .help("set HF_ENDPOINT to an address such as https://huggingface.co, or unset it")
        })
    }
}

/// How files are looked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Use the cache and the disk only.
    pub offline: bool,
    /// The hub.
    pub endpoint: Endpoint,
    /// The token for the hub, sent to the hub's own host only.
    pub token: Option<Token>,
    /// Where fetched headers are kept; `None` keeps nothing.
    pub cache: Option<PathBuf>,
    /// Where the hub's own tools keep what they download: read, never written.
    pub hub_cache: Option<PathBuf>,
    /// The most bytes the cache may take; the oldest go first.
    pub cache_bytes: u64,
    /// Whether the headers of weight files are read too, not only the configs.
    pub headers: bool,
    /// How long a server may take to answer, and to send on.
    pub patience: Duration,
    /// How long one request may take as a whole.
    pub deadline: Duration,
    /// How often a failed request is tried again.
    pub retries: u32,
    /// The wait before the first of these, doubled each time.
    pub backoff: Duration,
    /// Whether the proxies of the environment are used.
    pub proxies: bool,
}

impl Options {
    /// Plain options for an endpoint: no token, no cache.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            offline: false,
            endpoint,
            token: None,
            cache: None,
            hub_cache: None,
            cache_bytes: 2 << 30,
            headers: true,
            patience: Duration::from_secs(30),
            deadline: Duration::from_mins(5),
            retries: 3,
            backoff: Duration::from_millis(500),
            proxies: true,
        }
    }

    /// The options of the environment: `HF_ENDPOINT`, `HF_TOKEN` or a login, `HF_HUB_OFFLINE`, and a cache under
    /// `SLIPSTICK_CACHE`, `XDG_CACHE_HOME` or `~/.cache`.
    ///
    /// # Errors
    /// If one of them is set to something unusable.
    pub fn from_env() -> Result<Self, SourceError> {
        let set = |key: &str| env::var(key).ok().filter(|value| !value.trim().is_empty());
        let endpoint = Endpoint::new(set("HF_ENDPOINT").as_deref().unwrap_or(Endpoint::DEFAULT))?;
        let offline =
            set("HF_HUB_OFFLINE").is_some_and(|value| !matches!(value.trim(), "0" | "false" | "no"));
        let under = |key: &str, rest: &str| {
            env::var_os(key).filter(|value| !value.is_empty()).map(|value| PathBuf::from(value).join(rest))
        };
        let cache = under("SLIPSTICK_CACHE", "")
            .or_else(|| under("XDG_CACHE_HOME", "slipstick"))
            .or_else(|| under("HOME", ".cache/slipstick"))
            .or_else(|| under("LOCALAPPDATA", "slipstick"));
        let hub_cache = under("HF_HUB_CACHE", "")
            .or_else(|| under("HF_HOME", "hub"))
            .or_else(|| under("XDG_CACHE_HOME", "huggingface/hub"))
            .or_else(|| under("HOME", ".cache/huggingface/hub"));
        Ok(Self { offline, token: Token::from_env()?, cache, hub_cache, ..Self::new(endpoint) })
    }
}
