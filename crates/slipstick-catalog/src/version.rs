//! Versions of engines, as numbers that can be held against each other.

/// A version: `0.11.0`, `b9500`, `v1.2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Vec<u64>);

impl Version {
    /// Reads a version; what follows the numbers is left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['b', 'v']).unwrap_or(text);
        let numbers: Vec<u64> = text
            .split('.')
            .map_while(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            })
            .take(4)
            .collect();
        (!numbers.is_empty()).then_some(Self(numbers))
    }

    /// Whether it is `other` or one of its releases: 0.19.1 is of 0.19.
    fn is_of(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

/// The versions a row holds for: all, where it states none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Versions {
    /// From this one on.
    pub(crate) from: Option<Version>,
    /// Up to this one with all its releases.
    pub(crate) to: Option<Version>,
}

impl Versions {
    /// Reads both ends; an empty one is open.
    pub(crate) fn parse(from: &str, to: &str) -> Result<Self, String> {
        let end = |column: &str, text: &str| match Version::parse(text) {
            None if !text.trim().is_empty() => Err(format!("{column}: {text:?} is not a version like 0.11")),
            version => Ok(version),
        };
        Ok(Self { from: end("from_version", from)?, to: end("to_version", to)? })
    }

    /// Whether a version lies within.
    pub(crate) fn hold(&self, version: &Version) -> bool {
        self.from.as_ref().is_none_or(|from| from <= version)
            && self.to.as_ref().is_none_or(|to| version <= to || version.is_of(to))
    }

    /// Whether all of them are older.
    pub(crate) fn before(&self, version: &Version) -> bool {
        self.to.as_ref().is_some_and(|to| to < version && !version.is_of(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_lie_within_their_version() {
        let version = |text| Version::parse(text).expect("a version");
        let versions = Versions::parse("0.10", "0.19").expect("versions");
        for inside in ["0.10", "v0.10.2", "0.12.0rc1", "0.19.1"] {
            assert!(versions.hold(&version(inside)), "{inside}");
        }
        assert!(versions.before(&version("0.20")) && !versions.hold(&version("0.20")));
        assert!(!versions.hold(&version("0.9.2")) && !versions.before(&version("0.9.2")));
        assert!(Versions::default().hold(&version("b9500")));
        assert!(Versions::parse("new", "").is_err());
    }
}
