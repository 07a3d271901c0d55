//! The file that says what a fleet is to serve.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    ApiError, World,
    request::{Count, Duration, Price, Rate, Share},
};

/// A description is some pages at most.
const LIMIT: u64 = 1 << 20;

/// More classes or types than this are no question of a fleet.
const MOST: usize = 64;

/// What a fleet is to serve, and with what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    pub(super) model: Option<String>,
    pub(super) quant: Option<String>,
    pub(super) engine: Option<String>,
    pub(super) kv_dtype: Option<String>,
    pub(super) planned: Option<Share>,
    #[serde(default)]
    pub(super) least: u32,
    pub(super) slices: Option<u32>,
    #[serde(rename = "class")]
    pub(super) classes: Vec<Class>,
    #[serde(rename = "type")]
    pub(super) kinds: Vec<Kind>,
}

/// A class of requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) rate: Rate,
    pub(super) input: Count,
    pub(super) output: Count,
    pub(super) ttft: Option<Duration>,
    pub(super) tpot: Option<Duration>,
}

/// A type of deployment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) on: String,
    pub(super) price: Option<Price>,
    pub(super) most: Option<u32>,
    /// Requests a second of each class, where somebody measured them.
    pub(super) rates: Option<Vec<f64>>,
}

impl Spec {
    pub(super) fn read(path: &str, world: &dyn World) -> Result<Self, ApiError> {
        let text = world.read_text(path, LIMIT).map_err(|error| error.at("SPEC"))?;
        let spec: Self =
            toml::from_str(&text).map_err(|error| wrong(format!("{path}: {}", error.to_string().trim())))?;
        spec.checked()
    }

    fn checked(self) -> Result<Self, ApiError> {
        let sizes = [("[[class]]", self.classes.len()), ("[[type]]", self.kinds.len())];
        if let Some((what, count)) = sizes.into_iter().find(|(_, count)| !(1..=MOST).contains(count)) {
            return Err(wrong(format!("{count} of {what} are out of range: 1 to {MOST}")));
        }
        if self.planned.is_some_and(|share| share.0 <= 0.0) {
            return Err(wrong("planned = 0 leaves nothing to serve with".to_owned()));
        }
        if self.slices.is_some_and(|slices| !(1..=64).contains(&slices)) {
            return Err(wrong("slices are 1 to 64; without them a router splits as it likes".to_owned()));
        }
        if self.least > 100_000 {
            return Err(wrong(format!("least = {} is out of range", self.least)));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.kinds.iter().find(|kind| !names.insert(kind.on.trim())) {
            return Err(wrong(format!("the type {:?} stands there twice", twice.on)));
        }
        self.classes.iter().try_for_each(Class::check)?;
        self.kinds.iter().try_for_each(|kind| kind.check(self.classes.len(), self.model.is_some()))?;
        Ok(self)
    }
}

impl Class {
    fn check(&self) -> Result<(), ApiError> {
        let name = &self.name;
        if self.rate.0.get() <= 0.0 {
            return Err(wrong(format!("class {name:?}: no request arrives at a rate of 0")));
        }
        if self.input.0 == 0 || self.output.0 == 0 {
            return Err(wrong(format!("class {name:?}: a request has at least 1 token in and 1 out")));
        }
        let zero = |time: Option<Duration>| time.is_some_and(|time| time.0.get() <= 0.0);
        if zero(self.ttft) || zero(self.tpot) {
            return Err(wrong(format!("class {name:?}: a time of 0 cannot be met")));
        }
        Ok(())
    }
}

impl Kind {
    fn check(&self, classes: usize, has_model: bool) -> Result<(), ApiError> {
        let on = &self.on;
        match &self.rates {
            Some(rates) if rates.len() != classes => {
                Err(wrong(format!("type {on:?} has {} rates for {classes} classes", rates.len())))
            }
            Some(rates) if rates.iter().any(|rate| !(rate.is_finite() && *rate >= 0.0)) => {
                Err(wrong(format!("type {on:?}: a rate is 0 or more requests a second")))
            }
            None if !has_model => {
                Err(wrong(format!("no model is named, and type {on:?} has no rates of its own")))
            }
            _ => Ok(()),
        }
    }
}

/// A refusal of the file.
pub(super) fn wrong(message: String) -> ApiError {
    ApiError::input("fleet.spec", message).at("SPEC").help(
        "such as model = \"llama-3.1-8b\", then [[class]] name = \"chat\" rate = \"120/min\" input = \"1k\" output = 200 \
         tpot = \"50ms\", and [[type]] on = \"l4\" most = 8; examples/fleet.toml has all keys",
    )
}
