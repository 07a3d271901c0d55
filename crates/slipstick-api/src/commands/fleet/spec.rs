//! The file that says what a fleet is to serve.

use std::collections::BTreeSet;

use serde::Deserialize;

use slipstick_catalog::Catalog;
use slipstick_core::units::Seconds;

use crate::{
    ApiError, World,
    commands::{estimate, supply},
    request::{Count, Duration, Price, Rate, Share},
    resolve::{Assumption, Given, given},
};

/// A description is some pages at most.
const LIMIT: u64 = 1 << 20;

/// More classes or types than this are no question of a fleet.
const MOST: usize = 64;

/// What a fleet is to serve, and with what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    model: Option<String>,
    quant: Option<String>,
    engine: Option<String>,
    kv_dtype: Option<String>,
    planned: Option<Share>,
    #[serde(default)]
    least: u32,
    slices: Option<u32>,
    #[serde(rename = "class")]
    classes: Vec<SaidClass>,
    #[serde(rename = "type", default)]
    kinds: Vec<Kind>,
}

/// A class of requests, as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidClass {
    name: String,
    rate: Rate,
    use_case: Option<String>,
    input: Option<Count>,
    output: Option<Count>,
    ttft: Option<Duration>,
    tpot: Option<Duration>,
}

/// The same, with what stands in for what was not said.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) model: Option<String>,
    pub(super) quant: Option<String>,
    pub(super) engine: Option<String>,
    pub(super) kv_dtype: Option<String>,
    pub(super) planned: Option<Share>,
    pub(super) least: u32,
    pub(super) slices: Option<u32>,
    pub(super) classes: Vec<Class>,
    /// None where any hardware will do.
    pub(super) kinds: Vec<Kind>,
}

/// A class of requests.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) rate: Rate,
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) ttft: Option<Seconds>,
    pub(super) tpot: Option<Seconds>,
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
    /// Reads the file or its text; the lengths and times of a class that names a use are that use's where it says none.
    pub(super) fn read(
        spec: &str,
        catalog: &Catalog,
        world: &dyn World,
        defaults: &mut Vec<Assumption>,
    ) -> Result<Self, ApiError> {
        let Given { name, text } = given(spec, LIMIT, world).map_err(|error| error.at("SPEC"))?;
        let said: Said =
            toml::from_str(&text).map_err(|error| wrong(format!("{name}: {}", error.to_string().trim())))?;
        said.check()?;
        let classes = said.classes.into_iter().map(|class| class.read(catalog, defaults));
        Ok(Self {
            classes: classes.collect::<Result<_, _>>()?,
            model: said.model,
            quant: said.quant,
            engine: said.engine,
            kv_dtype: said.kv_dtype,
            planned: said.planned,
            least: said.least,
            slices: said.slices,
            kinds: said.kinds,
        })
    }
}

impl Said {
    fn check(&self) -> Result<(), ApiError> {
        let (classes, kinds) = (self.classes.len(), self.kinds.len());
        if !(1..=MOST).contains(&classes) || kinds > MOST {
            return Err(wrong(format!(
                "{classes} classes and {kinds} types are out of range: up to {MOST} each"
            )));
        }
        if kinds == 0 && self.model.is_none() {
            return Err(wrong("no [[type]] is named, and no model that could run on any".to_owned()));
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
        self.kinds.iter().try_for_each(|kind| kind.check(classes, self.model.is_some()))
    }
}

impl SaidClass {
    fn read(self, catalog: &Catalog, defaults: &mut Vec<Assumption>) -> Result<Class, ApiError> {
        let name = &self.name;
        if self.rate.0.get() <= 0.0 {
            return Err(wrong(format!("class {name:?}: no request arrives at a rate of 0")));
        }
        let zero = |time: Option<Duration>| time.is_some_and(|time| time.0.get() <= 0.0);
        if zero(self.ttft) || zero(self.tpot) {
            return Err(wrong(format!("class {name:?}: a time of 0 cannot be met")));
        }
        let used = estimate::use_case(self.use_case.as_deref(), catalog).map_err(|error| {
            wrong(format!("class {name:?}: {}", error.message)).or_help("name a use that is known")
        })?;
        let count = |what: &str, said: Option<Count>, used: Option<u64>| {
            let found = said.map(|count| count.0).or(used);
            found.filter(|tokens| *tokens > 0).ok_or_else(|| {
                wrong(format!("class {name:?}: say its {what}, 1 token at least, or its use_case"))
            })
        };
        let input = count("input", self.input, used.map(|used| used.input))?;
        let output = count("output", self.output, used.map(|used| used.output))?;
        let time = |time: Option<Duration>| time.map(|time| time.0);
        let ttft = supply::target("ttft", time(self.ttft), used.map(|used| (used, used.ttft)), defaults);
        let tpot = supply::target("tpot", time(self.tpot), used.map(|used| (used, used.tpot)), defaults);
        Ok(Class { input, output, ttft, tpot, name: self.name, rate: self.rate })
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
