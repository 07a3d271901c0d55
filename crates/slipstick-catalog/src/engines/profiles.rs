//! Profiles by engine and version.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use serde::Deserialize;
use slipstick_core::engine::{Engine, EngineProfile, EngineRules};

use super::{
    fields::{Fact, FactsByField, FieldError, Fields, Value},
    load::{BatchRow, Stated},
};
use crate::{
    Catalog, LayerName, Place,
    rows::{Layered, Rows},
    tables::shipped,
    version::Version,
};

include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// A profile as it is written, with what it takes from the one it is like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProfileRow {
    pub(crate) engine: Cow<'static, str>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) facts: FactsByField,
    pub(crate) batch: Cow<'static, [BatchRow]>,
}

/// A profile with the facts it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileEntry {
    /// The profile.
    pub profile: Arc<EngineProfile>,
    /// Every value as it is written, by field.
    pub facts: FactsByField,
    /// The layer it was read in.
    pub layer: LayerName,
    /// The file it was read from.
    pub file: String,
    batch: Cow<'static, [BatchRow]>,
}

impl Layered for ProfileEntry {
    fn layer(&self) -> LayerName {
        self.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}\0{}", self.profile.engine(), self.profile.version))
    }
}

/// Why a profile could not be read or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The file does not say which engine it is about.
    #[error("{file}: {name:?} is no modelled engine; name one with a first line like engine = \"vllm\"")]
    Unknown {
        /// The file.
        file: String,
        /// What it says, or is called.
        name: String,
    },
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
    engine: Option<String>,
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

/// Reads a file of profiles over the profiles of `below`. It is about the engine it names, or is called after.
///
/// # Errors
/// If it is no table of profiles of a modelled engine, or a value is missing or wrong.
pub(crate) fn read(below: &Catalog, at: Place<'_>, text: &str) -> Result<Vec<ProfileEntry>, EngineError> {
    let stem = at.file.rsplit(['/', '\\']).next().unwrap_or(at.file).trim_end_matches(".toml");
    let parsed = toml::from_str::<File>(text);
    let stated = parsed.as_ref().ok().and_then(|file| file.engine.clone());
    let name = stated.as_deref().unwrap_or(stem);
    let unknown = |_| EngineError::Unknown { file: at.file.to_owned(), name: name.to_owned() };
    let engine: Engine = name.parse().map_err(unknown)?;
    let syntax = |what: String| EngineError::Syntax { engine, what };
    let file = parsed.map_err(|error| syntax(error.message().to_owned()))?;
    let mut known: Vec<ProfileEntry> = Vec::new();
    for row in file.profile {
        let like = row.like.as_ref().map(|like| {
            let same = |entry: &&ProfileEntry| entry.profile.version == *like;
            let base = known.iter().find(same);
            base.or_else(|| below.profiles(engine).into_iter().find(same)).ok_or_else(|| {
                syntax(format!("{} is like {like:?}, which does not stand before it", row.version))
            })
        });
        let like = like.transpose()?;
        let base = like.map_or(&[][..], |base| &base.facts);
        let mut facts: BTreeMap<Cow<'static, str>, Fact> = base.iter().cloned().collect();
        facts.extend(row.facts.into_iter().map(|(field, fact)| (Cow::Owned(field), fact)));
        let batch = row.batch.map(Cow::Owned).or_else(|| like.map(|base| base.batch.clone()));
        let row = ProfileRow {
            engine: Cow::Borrowed(engine.name()),
            version: Cow::Owned(row.version),
            facts: facts.into_iter().collect(),
            batch: batch.unwrap_or_default(),
        };
        known.push(row.entry(engine, at)?);
    }
    Ok(known)
}

impl ProfileRow {
    fn entry(&self, engine: Engine, at: Place<'_>) -> Result<ProfileEntry, EngineError> {
        let version = self.version.clone().into_owned();
        let rules = EngineRules::read(engine, &Stated(Fields(&self.facts), &self.batch))
            .map_err(|error| EngineError::Field { engine, version: version.clone(), error })?;
        Ok(ProfileEntry {
            profile: Arc::new(EngineProfile { version, rules }),
            facts: self.facts.clone(),
            layer: at.layer,
            file: at.file.to_owned(),
            batch: self.batch.clone(),
        })
    }
}

const TESTED: &str = "the tests read every shipped profile";

shipped!(BUILTIN: ProfileRow => ProfileEntry, PROFILES, |row| {
    let file = format!("engines/{}.toml", row.engine);
    row.entry(row.engine.parse().expect(TESTED), Place::shipped(&file)).expect(TESTED)
});

static IDEAL: LazyLock<ProfileEntry> = LazyLock::new(|| ProfileEntry {
    profile: Arc::new(EngineProfile::ideal()),
    facts: Cow::Borrowed(&[]),
    layer: LayerName::Builtin,
    file: String::new(),
    batch: Cow::Borrowed(&[]),
});

/// Where the newest shipped profile of each engine stands.
static NEWEST: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let rows = BUILTIN.rows();
    let mut newest: HashMap<&str, usize> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        let known = newest.entry(&row.engine).or_insert(place);
        if Version::parse(&rows[*known].version) < Version::parse(&row.version) {
            *known = place;
        }
    }
    newest
});

/// A profile that is shipped and not yet made, or one of an overlay.
#[derive(Clone, Copy)]
enum Start<'a> {
    Shipped(usize),
    Own(&'a ProfileEntry),
}

impl<'a> Start<'a> {
    fn version(&self) -> &'a str {
        match self {
            Self::Shipped(place) => &BUILTIN.rows()[*place].version,
            Self::Own(entry) => &entry.profile.version,
        }
    }

    fn entry(&self) -> &'a ProfileEntry {
        match self {
            Self::Shipped(place) => BUILTIN.get(*place),
            Self::Own(entry) => entry,
        }
    }
}

/// Where the profiles of an engine start, oldest first.
fn starts(overlay: &Rows<ProfileEntry>, engine: Engine) -> Vec<Start<'_>> {
    let own: Vec<&ProfileEntry> =
        overlay.own().into_iter().filter(|entry| entry.profile.engine() == engine).collect();
    let rows = BUILTIN.rows().iter().enumerate().filter(|(_, row)| row.engine == engine.name());
    let kept = rows.filter(|(_, row)| own.iter().all(|entry| entry.profile.version != row.version));
    let mut starts: Vec<Start<'_>> = kept.map(|(place, _)| Start::Shipped(place)).collect();
    for entry in own {
        // Of one version the highest layer's holds, and within a layer the one that was added last.
        starts.retain(|start| start.version() != entry.profile.version);
        starts.push(Start::Own(entry));
    }
    starts.sort_by_cached_key(|start| Version::parse(start.version()));
    starts
}

/// The profiles of an engine, oldest first.
pub(crate) fn profiles(overlay: &Rows<ProfileEntry>, engine: Engine) -> Vec<&ProfileEntry> {
    if engine == Engine::Ideal {
        return vec![&IDEAL];
    }
    starts(overlay, engine).iter().map(Start::entry).collect()
}

/// The newest profile of an engine.
pub(crate) fn latest(overlay: &Rows<ProfileEntry>, engine: Engine) -> &ProfileEntry {
    if engine == Engine::Ideal {
        return &IDEAL;
    }
    let newest = NEWEST.get(engine.name()).filter(|_| overlay.is_empty());
    let found = newest.map(|place| Start::Shipped(*place)).or_else(|| starts(overlay, engine).pop());
    found.expect("the tests find a profile of every engine").entry()
}

/// The profile that holds for `version` of an engine: the newest that is not newer.
pub(crate) fn holding<'a>(
    overlay: &'a Rows<ProfileEntry>,
    engine: Engine,
    version: &str,
) -> Result<&'a ProfileEntry, EngineError> {
    if engine == Engine::Ideal {
        return Ok(&IDEAL);
    }
    let starts = starts(overlay, engine);
    let unknown = || EngineError::UnknownVersion {
        engine,
        version: version.chars().take(40).collect(),
        known: starts.iter().map(|start| start.version().to_owned()).collect(),
    };
    let asked = Version::parse(version).ok_or_else(unknown)?;
    let holds = |start: &&Start<'_>| Version::parse(start.version()).is_some_and(|from| from <= asked);
    starts.iter().rev().find(holds).map(Start::entry).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn every_engine_has_a_profile_and_every_fact_a_source() {
        let catalog = Catalog::builtin();
        for engine in Engine::ALL {
            assert_eq!(catalog.latest_profile(engine).profile.engine(), engine);
            for entry in catalog.profiles(engine) {
                let facts =
                    entry.facts.iter().map(|(field, fact)| (field.as_ref(), &fact.source, &fact.seen));
                let batch = entry.batch.iter().map(|row| ("batch", &row.source, &row.seen));
                for (field, source, seen) in facts.chain(batch) {
                    assert!(!source.is_empty(), "{engine} {field}");
                    assert!(crate::AsOf::parse(seen).is_ok(), "{engine} {field}");
                }
            }
        }
    }

    fn share(catalog: &Catalog, version: &str) -> (f64, u64, bool) {
        match &catalog.profile(Engine::Vllm, version).expect("a profile").profile.rules {
            EngineRules::Vllm(rules) => (rules.memory_share, rules.block_tokens, rules.graphs_in_budget),
            _ => panic!("vLLM has its own rules"),
        }
    }

    #[test]
    fn later_profiles_inherit() {
        let catalog = Catalog::builtin();
        assert_eq!(share(&catalog, "0.20.1"), (0.90, 16, false));
        assert_eq!(share(&catalog, "0.33.0"), (0.92, 16, true));
    }

    #[test]
    fn a_users_version_is_a_file_of_what_changed() {
        let text = "[[profile]]\nversion = \"0.40\"\nlike = \"0.33\"\n\
                    memory_share = { value = 0.8, source = \"our lab\", seen = \"2026-11\" }\n";
        let add = |layer, text: &str| {
            Catalog::builtin().with_overlay(layer, "mine/vllm.toml", text).expect("a profile")
        };
        let catalog = add(LayerName::User, text);
        assert_eq!(share(&catalog, "0.41"), (0.8, 16, true));
        assert_eq!(share(&catalog, "0.33.0"), (0.92, 16, true));
        let entry = catalog.latest_profile(Engine::Vllm);
        assert_eq!((entry.layer, entry.file.as_str()), (LayerName::User, "mine/vllm.toml"));
        let replaced = add(LayerName::Project, &text.replace("0.40", "0.33"));
        assert_eq!(share(&replaced, "0.33.0"), (0.8, 16, true));
        assert_eq!(replaced.profiles(Engine::Vllm).len(), Catalog::builtin().profiles(Engine::Vllm).len());
    }

    #[test]
    fn wrong_profiles_are_refused() {
        let message = |file, text| {
            let at = Place { layer: LayerName::User, file };
            read(&Catalog::builtin(), at, text).expect_err("it is wrong").to_string()
        };
        let of = |text| message("transformers.toml", text);
        assert!(of("x = 1").contains("profile"));
        assert!(of("[[profile]]\nversion = \"1\"").contains("full_logits"));
        assert!(of("[[profile]]\nversion = \"2\"\nlike = \"1\"").contains("does not stand before"));
        let row = "[[profile]]\nversion = \"5\"\nlike = \"4.45\"\n\
                   full_logits = { value = 3, source = \"s\", seen = \"2026\" }";
        assert!(of(row).contains("true or false"));
        assert!(message("my.toml", "[[profile]]\nversion = \"1\"").contains("no modelled engine"));
    }

    #[test]
    fn versions_older_than_all_are_refused() {
        let catalog = Catalog::builtin();
        let error = catalog.profile(Engine::Vllm, "0.5").expect_err("there is none");
        assert_eq!(
            error.to_string(),
            "vllm has no profile for version \"0.5\"; the profiles start at 0.10, 0.11, 0.15, 0.20, 0.21, 0.26, 0.28, 0.33"
        );
        assert!(catalog.profile(Engine::Vllm, "new").is_err());
    }
}
