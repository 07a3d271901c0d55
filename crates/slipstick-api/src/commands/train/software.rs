//! The training software that a request means, and its rules.

use slipstick_catalog::{Catalog, training::StackEntry};

use super::plan::Defaults;
use crate::ApiError;

/// The software that is assumed where nobody names one.
pub(super) const USUAL: &str = "megatron-core";

/// A training software as a request names it, with the rules that hold for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Software {
    /// Its rules.
    pub(crate) entry: StackEntry,
    /// The version that was asked for, or the newest that the rules hold for.
    pub(crate) version: String,
    /// Whether the rules are known to hold for it.
    pub(crate) known: bool,
    /// The versions of the software whose rules are known.
    pub(crate) versions: Vec<String>,
}

impl Software {
    /// Its name and version.
    pub(super) fn release(&self) -> String {
        format!("{}@{}", self.entry.stack.name, self.version)
    }

    /// What `--stack` says: a name, or a name and a version.
    pub(super) fn of(
        stated: Option<&str>,
        catalog: &Catalog,
        defaults: &mut Defaults,
    ) -> Result<Self, ApiError> {
        let (name, version) = match stated.unwrap_or(USUAL).split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (stated.unwrap_or(USUAL), None),
        };
        let newest = catalog.training_stack(name).ok_or_else(|| unknown(name, catalog))?;
        let versions = versions(&newest.stack.name, catalog);
        let Some(version) = version else {
            let why = match stated {
                Some(_) => "the newest version whose rules are known",
                None => "the commonest one for large models",
            };
            defaults.take("--stack", format!("{}@{}", newest.stack.name, newest.newest), why);
            return Ok(Self { entry: newest.clone(), version: newest.newest.clone(), known: true, versions });
        };
        let (entry, known) = catalog.training_stack_at(name, version).ok_or_else(|| {
            let shown = &newest.stack.name;
            ApiError::input("train.stack_version", format!("{version:?} is no version of {shown}"))
                .at("--stack")
                .help(format!("write one like {shown}@{}; known are {}", newest.newest, versions.join(", ")))
        })?;
        Ok(Self { entry: entry.clone(), version: version.trim().to_owned(), known, versions })
    }

    /// What a reader should know of it.
    pub(crate) fn warning(&self) -> Option<String> {
        let stack = &self.entry.stack;
        (!self.known).then(|| {
            format!(
                "{} {}: nobody has said how it keeps memory and time, and its rules are assumed to be those of {}, of {} that are known",
                stack.name,
                self.version,
                stack.version,
                self.versions.join(", ")
            )
        })
    }
}

/// The versions of a software whose rules are known.
fn versions(name: &str, catalog: &Catalog) -> Vec<String> {
    let all = catalog.training_stacks();
    let own = all.iter().filter(|entry| entry.stack.name == name);
    own.map(|entry| entry.stack.version.clone()).collect()
}

fn unknown(name: &str, catalog: &Catalog) -> ApiError {
    let known = catalog.training_stacks();
    let names = known.iter().map(|entry| entry.stack.name.as_str());
    ApiError::unknown("train.stack", "training software", name, names).at("--stack")
}
