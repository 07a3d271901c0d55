//! Where a fact comes from: its layer, file, source, date and how far to trust it.

use core::fmt;

use crate::AsOf;

/// The layers of facts. A later one overrides an earlier one, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerName {
    /// Shipped with the program.
    Builtin,
    /// From the user's own catalogue directory.
    User,
    /// From the project's catalogue directory.
    Project,
    /// Given with the request itself.
    Request,
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Builtin => "builtin",
            Self::User => "user",
            Self::Project => "project",
            Self::Request => "request",
        })
    }
}

/// How far a row is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// One weak source, or announced and not yet measured.
    Low,
    /// One sound source, or several that differ a little.
    Medium,
    /// The maker's own figure or several agreeing sources.
    High,
}

impl Confidence {
    /// The word used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// From the word used in tables.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The layer.
    pub(crate) layer: LayerName,
    /// The file.
    pub(crate) file: &'a str,
}

impl<'a> Place<'a> {
    /// In a shipped table.
    pub(crate) const fn shipped(file: &'a str) -> Self {
        Self { layer: LayerName::Builtin, file }
    }
}

/// The pedigree of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The layer it was read in.
    pub layer: LayerName,
    /// The file it was read from.
    pub file: String,
    /// Keys of the sources table for shipped rows, the user's own words for others.
    pub sources: Vec<String>,
    /// When the source was read or is valid for.
    pub seen: AsOf,
    /// How far to trust it.
    pub confidence: Confidence,
}

impl Origin {
    /// The origin of a row of one source.
    ///
    /// # Errors
    /// If its date or its confidence cannot be read.
    pub(crate) fn of(at: Place<'_>, source: &str, seen: &str, confidence: &str) -> Result<Self, String> {
        let level = Confidence::from_name(confidence);
        Ok(Self {
            layer: at.layer,
            file: at.file.to_owned(),
            sources: vec![source.to_owned()],
            seen: AsOf::parse(seen).map_err(|error| format!("seen: {error}"))?,
            confidence: level
                .ok_or_else(|| format!("confidence: {confidence:?} is not one of low, medium, high"))?,
        })
    }

    /// One line: `builtin accelerators.csv (nvidia-h100-datasheet, 2026-11-22, high)`.
    pub fn describe(&self) -> String {
        let sources = self.sources.join(", ");
        format!("{} {} ({sources}, {}, {})", self.layer, self.file, self.seen, self.confidence)
    }
}
