//! The access token of a hub.

use core::fmt;
use std::{env, path::PathBuf};

use crate::{SourceError, SourceErrorKind, file};

/// Tokens take forty letters; files that hold more hold something else.
const MAX_TOKEN_BYTES: u64 = 4096;

/// An access token. It cannot be printed: its debug form hides it, and it has no other.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token as a user gave it.
    ///
    /// # Errors
    /// If it is empty or holds what no header may hold; the message does not repeat it.
    pub fn new(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SourceError::new(
                SourceErrorKind::BadArgument,
                "the access token is empty or holds spaces or control characters",
            )
            .help("copy the token again, without quotes or line breaks"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token of the environment: `HF_TOKEN`, else the file of a login.
    ///
    /// # Errors
    /// If a token is set that cannot be one.
    pub fn from_env() -> Result<Option<Self>, SourceError> {
        for key in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            if let Some(text) = env::var(key).ok().filter(|text| !text.trim().is_empty()) {
                return Self::new(&text).map(Some);
            }
        }
        let Some(path) = login_file() else { return Ok(None) };
        let text = file::read(&path, MAX_TOKEN_BYTES).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.filter(|text| !text.trim().is_empty()).map(|text| Self::new(&text)).transpose()
    }

    pub(crate) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Where the hub's own command line keeps the token of a login.
fn login_file() -> Option<PathBuf> {
    let path = |key: &str| env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    path("HF_TOKEN_PATH")
        .or_else(|| path("HF_HOME").map(|home| home.join("token")))
        .or_else(|| path("XDG_CACHE_HOME").map(|cache| cache.join("huggingface/token")))
        .or_else(|| path("HOME").map(|home| home.join(".cache/huggingface/token")))
}
