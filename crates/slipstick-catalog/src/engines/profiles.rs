//! Profiles by engine and version.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use slipstick_core::engine::{Engine, EngineProfile, EngineRules};

use super::{
    fields::{Fact, Facts, FieldError, Fields, Value},
    load::{BatchRow, Stated},
};
use crate::tables::shipped;

include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// A profile as it is written, with what it takes from the one it is like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProfileRow {
    pub(crate) engine: Cow<'static, str>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) facts: Facts,
    pub(crate) batch: Cow<'static, [BatchRow]>,
}

/// A profile with the facts it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileEntry {
    /// The profile.
    pub profile: EngineProfile,
    /// Every value as it is written, by field.
    pub facts: Facts,
}

/// Why a profile could not be read or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The file is no table of profiles.
    #[error("{engine}: {what}")]
    Syntax {
        /// The engine.
        engine: Engine,
        /// What the parser says.
        what: String,
    },
    /// A field is missing or wrong.
    #[error("{engine} {version}: {error}")]
    Field {
        /// The engine.
        engine: Engine,
        /// The profile's version.
        version: String,
        /// Which field.
        error: FieldError,
    },
    /// A version that is older than every profile, or not a version.
    #[error("{engine} has no profile for version {version:?}; the profiles start at {}", .known.join(", "))]
    UnknownVersion {
        /// The engine.
        engine: Engine,
        /// What was asked for.
        version: String,
        /// The versions at which profiles start.
        known: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    version: String,
    like: Option<String>,
    batch: Option<Vec<BatchRow>>,
    #[serde(flatten)]
    facts: BTreeMap<String, Fact>,
}

/// Reads a file of profiles, oldest version first.
///
/// # Errors
/// If it is no table of profiles, or a value is missing or wrong.
pub fn read(engine: Engine, text: &str) -> Result<Vec<ProfileEntry>, EngineError> {
    let syntax = |what: String| EngineError::Syntax { engine, what };
    let file: File = toml::from_str(text).map_err(|error| syntax(error.message().to_owned()))?;
    let mut known: Vec<ProfileRow> = Vec::new();
    for row in file.profile {
        let like = row.like.as_ref().map(|like| {
            let base = known.iter().find(|base| base.version == like.as_str());
            base.ok_or_else(|| {
                syntax(format!("{} is like {like:?}, which does not stand before it", row.version))
            })
        });
        let like = like.transpose()?;
        let base = like.map_or(&[][..], |base| &base.facts);
        let mut facts: BTreeMap<Cow<'static, str>, Fact> = base.iter().cloned().collect();
        facts.extend(row.facts.into_iter().map(|(field, fact)| (Cow::Owned(field), fact)));
        let batch = row.batch.map(Cow::Owned).or_else(|| like.map(|base| base.batch.clone()));
        known.push(ProfileRow {
            engine: Cow::Borrowed(engine.name()),
            version: Cow::Owned(row.version),
            facts: facts.into_iter().collect(),
            batch: batch.unwrap_or_default(),
        });
    }
    known.iter().map(|row| row.entry(engine)).collect()
}

impl ProfileRow {
    fn entry(&self, engine: Engine) -> Result<ProfileEntry, EngineError> {
        let version = self.version.clone().into_owned();
        let rules = EngineRules::read(engine, &Stated(Fields(&self.facts), &self.batch))
            .map_err(|error| EngineError::Field { engine, version: version.clone(), error })?;
        Ok(ProfileEntry { profile: EngineProfile { version, rules }, facts: self.facts.clone() })
    }
}

shipped!(BUILTIN: ProfileRow => ProfileEntry, PROFILES, |row| {
    let engine = row.engine.parse().expect("the tests read every shipped profile");
    row.entry(engine).expect("the tests read every shipped profile")
});

static IDEAL: LazyLock<ProfileEntry> =
    LazyLock::new(|| ProfileEntry { profile: EngineProfile::ideal(), facts: Cow::Borrowed(&[]) });

/// The places of an engine's profiles among the shipped ones.
fn places(engine: Engine) -> impl DoubleEndedIterator<Item = usize> {
    let rows = BUILTIN.rows().iter().enumerate();
    rows.filter(move |(_, row)| row.engine == engine.name()).map(|(place, _)| place)
}

/// The profiles of an engine, oldest first.
pub fn profiles(engine: Engine) -> Vec<&'static ProfileEntry> {
    if engine == Engine::Ideal {
        return vec![&IDEAL];
    }
    places(engine).map(|place| BUILTIN.get(place)).collect()
}

/// The newest profile of an engine.
///
/// # Panics
/// Never: the tests find a profile of every engine among those that are shipped.
pub fn latest(engine: Engine) -> &'static ProfileEntry {
    if engine == Engine::Ideal {
        return &IDEAL;
    }
    let newest = places(engine).next_back();
    BUILTIN.get(newest.expect("the tests find a profile of every engine"))
}

/// The profile that holds for `version` of an engine: the newest that is not newer.
///
/// # Errors
/// If the version is no number, or older than every profile.
///
/// ```
/// # use slipstick_catalog::engines::profile;
/// # use slipstick_core::engine::Engine;
/// assert_eq!(profile(Engine::Vllm, "0.14.1").unwrap().profile.version, "0.11");
/// assert_eq!(profile(Engine::LlamaCpp, "b8818").unwrap().profile.version, "b6500");
/// ```
pub fn profile(engine: Engine, version: &str) -> Result<&'static ProfileEntry, EngineError> {
    if engine == Engine::Ideal {
        return Ok(&IDEAL);
    }
    let starts = |place: usize| BUILTIN.rows()[place].version.as_ref();
    let unknown = || EngineError::UnknownVersion {
        engine,
        version: version.chars().take(40).collect(),
        known: places(engine).map(|place| starts(place).to_owned()).collect(),
    };
    let asked = parts(version).ok_or_else(unknown)?;
    let holds = |place: &usize| parts(starts(*place)).is_some_and(|from| from <= asked);
    places(engine).rev().find(holds).map(|place| BUILTIN.get(place)).ok_or_else(unknown)
}

/// The numbers of a version: `0.11.0` or `b9500`.
fn parts(version: &str) -> Option<Vec<u64>> {
    let version = version.trim();
    let version = version.strip_prefix(['b', 'v']).unwrap_or(version);
    let numbers: Vec<u64> = version
        .split('.')
        .map_while(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .take(4)
        .collect();
    (!numbers.is_empty()).then_some(numbers)
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn every_engine_has_a_profile_and_every_fact_a_source() {
        for engine in Engine::ALL {
            assert_eq!(latest(engine).profile.engine(), engine);
            for entry in profiles(engine) {
                for (field, fact) in entry.facts.iter() {
                    assert!(!fact.source.is_empty(), "{engine} {field}");
                    assert!(crate::AsOf::parse(&fact.seen).is_ok(), "{engine} {field}");
                }
            }
        }
    }

    #[test]
    fn later_profiles_inherit() {
        let share = |version| match &profile(Engine::Vllm, version).expect("a profile").profile.rules {
            EngineRules::Vllm(rules) => (rules.memory_share, rules.block_tokens, rules.graphs_in_budget),
            _ => panic!("vLLM has its own rules"),
        };
        assert_eq!(share("0.20.1"), (0.90, 16, false));
        assert_eq!(share("0.33.0"), (0.92, 16, true));
    }

    #[test]
    fn wrong_profiles_are_refused() {
        let message = |text| read(Engine::Transformers, text).expect_err("it is wrong").to_string();
        assert!(message("x = 1").contains("profile"));
        assert!(message("[[profile]]\nversion = \"1\"").contains("full_logits"));
        assert!(message("[[profile]]\nversion = \"2\"\nlike = \"1\"").contains("does not stand before"));
        let row =
            "[[profile]]\nversion = \"1\"\nfull_logits = { value = 3, source = \"s\", seen = \"2026\" }";
        assert!(message(row).contains("true or false"));
    }

    #[test]
    fn versions_older_than_all_are_refused() {
        let error = profile(Engine::Vllm, "0.5").expect_err("there is none");
        assert_eq!(
            error.to_string(),
            "vllm has no profile for version \"0.5\"; the profiles start at 0.11, 0.20, 0.21, 0.33"
        );
        assert!(profile(Engine::Vllm, "new").is_err());
    }
}
