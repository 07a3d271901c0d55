//! What a request left out, as reports say it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::resolve::Assumption;

/// Something the request left out, and what was taken for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct DefaultTaken {
    /// The flag or key that would have said it.
    pub flag: String,
    /// What was taken.
    pub value: String,
    /// Why.
    pub why: String,
}

impl DefaultTaken {
    /// A default of a flag or key.
    pub(crate) fn new(flag: impl Into<String>, value: impl Into<String>, why: impl Into<String>) -> Self {
        Self { flag: flag.into(), value: value.into(), why: why.into() }
    }
}

impl From<&Assumption> for DefaultTaken {
    fn from(default: &Assumption) -> Self {
        Self::new(default.flag, default.value.as_str(), default.why.as_str())
    }
}
