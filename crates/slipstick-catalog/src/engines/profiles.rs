//! Profiles by engine and version.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use slipstick_core::engine::{Engine, EngineProfile};

use super::{
    fields::{Fact, FieldError, Fields},
    load::{BatchRow, rules},
};

/// A profile with the facts it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileEntry {
    /// The profile.
    pub profile: EngineProfile,
    /// Every value as it is written, by field.
    pub facts: BTreeMap<String, Fact>,
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
    let mut known: Vec<(String, BTreeMap<String, Fact>, Vec<BatchRow>)> = Vec::new();
    let mut entries = Vec::new();
    for row in file.profile {
        let (mut facts, mut batch) = match &row.like {
            None => (BTreeMap::new(), Vec::new()),
            Some(like) => {
                let base = known.iter().find(|(version, ..)| version == like);
                let (_, facts, batch) = base.ok_or_else(|| {
                    syntax(format!("{} is like {like:?}, which does not stand before it", row.version))
                })?;
                (facts.clone(), batch.clone())
            }
        };
        facts.extend(row.facts);
        batch = row.batch.unwrap_or(batch);
        let fields = Fields(facts);
        let rules = rules(engine, &fields, &batch).map_err(|error| EngineError::Field {
            engine,
            version: row.version.clone(),
            error,
        })?;
        let Fields(mut facts) = fields;
        known.push((row.version.clone(), facts.clone(), batch.clone()));
        facts.extend(batch.iter().map(BatchRow::fact));
        entries.push(ProfileEntry { profile: EngineProfile { version: row.version, rules }, facts });
    }
    Ok(entries)
}

/// Declares the shipped profiles of one engine, read when they are first asked for: an answer needs one engine's only.
macro_rules! shipped {
    ($name:ident, $engine:expr, $file:literal) => {
        static $name: LazyLock<Vec<ProfileEntry>> = LazyLock::new(|| {
            read($engine, include_str!(concat!("../../data/engines/", $file)))
                .expect("the tests read every shipped profile")
        });
    };
}

shipped!(VLLM, Engine::Vllm, "vllm.toml");
shipped!(SGLANG, Engine::SgLang, "sglang.toml");
shipped!(TENSORRT_LLM, Engine::TensorRtLlm, "tensorrt-llm.toml");
shipped!(LLAMA_CPP, Engine::LlamaCpp, "llama.cpp.toml");
shipped!(TRANSFORMERS, Engine::Transformers, "transformers.toml");
static IDEAL: LazyLock<Vec<ProfileEntry>> =
    LazyLock::new(|| vec![ProfileEntry { profile: EngineProfile::ideal(), facts: BTreeMap::new() }]);

/// The profiles of an engine, oldest first.
pub fn profiles(engine: Engine) -> &'static [ProfileEntry] {
    match engine {
        Engine::Vllm => &VLLM,
        Engine::SgLang => &SGLANG,
        Engine::TensorRtLlm => &TENSORRT_LLM,
        Engine::LlamaCpp => &LLAMA_CPP,
        Engine::Transformers => &TRANSFORMERS,
        Engine::Ideal => &IDEAL,
    }
}

/// The newest profile of an engine.
///
/// # Panics
/// Never: the tests find a profile of every engine among those that are shipped.
pub fn latest(engine: Engine) -> &'static ProfileEntry {
    profiles(engine).last().expect("the tests find a profile of every engine")
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
    let all = profiles(engine);
    let unknown = || EngineError::UnknownVersion {
        engine,
        version: version.chars().take(40).collect(),
        known: all.iter().map(|entry| entry.profile.version.clone()).collect(),
    };
    if engine == Engine::Ideal {
        return all.last().ok_or_else(unknown);
    }
    let asked = parts(version).ok_or_else(unknown)?;
    let holds = |entry: &&ProfileEntry| parts(&entry.profile.version).is_some_and(|from| from <= asked);
    all.iter().rev().find(holds).ok_or_else(unknown)
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
    use slipstick_core::engine::EngineRules;

    use super::*;

    #[test]
    fn every_engine_has_a_profile_and_every_fact_a_source() {
        for engine in Engine::ALL {
            assert_eq!(latest(engine).profile.engine(), engine);
            for entry in profiles(engine) {
                for (field, fact) in &entry.facts {
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
