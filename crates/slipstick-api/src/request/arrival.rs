//! How requests arrive, as a person writes it.

use core::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How requests arrive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ArrivalKind {
    /// A new request for each answer.
    #[default]
    Closed,
    /// All at once; throughput is the question.
    Burst,
    /// One batch: read together, then written together.
    Static,
    /// At a rate, whoever is still served.
    Open,
}

impl ArrivalKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Closed, Self::Burst, Self::Static, Self::Open];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Burst => "burst",
            Self::Static => "static",
            Self::Open => "open",
        }
    }
}

impl fmt::Display for ArrivalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is no way to arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no way for requests to arrive: closed, burst, static or open")]
pub struct ParseArrivalError(pub String);

impl FromStr for ArrivalKind {
    type Err = ParseArrivalError;

    fn from_str(text: &str) -> Result<Self, ParseArrivalError> {
        let wanted = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == wanted)
            .ok_or_else(|| ParseArrivalError(text.chars().take(40).collect()))
    }
}
