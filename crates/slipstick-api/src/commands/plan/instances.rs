//! Small random questions for the tests that hold searches to brute force.

use std::fmt;

use jiff::civil::Date;
use slipstick_catalog::Catalog;

use super::{PlanRequest, replicas::Deployed, search, target::Target};
use crate::{
    ApiError, OverlayFile, World,
    request::{Acceptance, Count, Duration, Price, Rate, Watts},
    resolve::Resolver,
    world::ModelFiles,
};

/// A world with nothing in it.
pub(super) struct Nowhere;

impl World for Nowhere {
    fn local_model(&self, _: &str) -> Result<Option<ModelFiles>, ApiError> {
        Ok(None)
    }

    fn remote_model(&self, id: &str) -> Result<ModelFiles, ApiError> {
        Err(nothing(id))
    }

    fn read_text(&self, path: &str, _: u64) -> Result<String, ApiError> {
        Err(nothing(path))
    }

    fn write_text(&self, path: &str, _: &dyn fmt::Display) -> Result<(), ApiError> {
        Err(nothing(path))
    }

    fn overlays(&self) -> Result<Vec<OverlayFile>, ApiError> {
        Ok(Vec::new())
    }

    fn local_accelerators(&self) -> Result<String, ApiError> {
        Err(nothing("accelerators"))
    }

    fn local_processor(&self) -> Result<String, ApiError> {
        Err(nothing("processor"))
    }

    fn today(&self) -> Date {
        Date::constant(2026, 11, 27)
    }
}

fn nothing(what: &str) -> ApiError {
    ApiError::input("test.nothing", format!("nothing is called {what}")).help("name what the catalogue ships")
}

/// A stream of numbers that are the same in every run.
pub(super) struct Draws(pub(super) u64);

impl Draws {
    /// One of so many numbers from 0 on.
    pub(super) fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % many
    }

    /// Some of a list, one at least, in any order.
    pub(super) fn some<T: Clone>(&mut self, all: &[T], most: usize) -> Vec<T> {
        let mut left = all.to_vec();
        let count = 1 + self.below(most.min(left.len()));
        (0..count).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }

    /// A number between two, as likely in each octave.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.below(1 << 20) as f64 / f64::from(1 << 20))
    }

    /// Half of the time something.
    fn maybe<T>(&mut self, of: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| of(self))
    }
}

/// A dense model and one of experts that drafts by itself, on two kinds of accelerators, in two formats, with and without drafts.
pub(super) fn spaces() -> [PlanRequest; 2] {
    let of = |model: &str, on: &[&str], speculative: &[&str]| PlanRequest {
        model: model.to_owned(),
        on: on.iter().map(|name| (*name).to_owned()).collect(),
        quant: ["checkpoint", "fp8"].map(str::to_owned).to_vec(),
        speculative: speculative.iter().map(|name| (*name).to_owned()).collect(),
        acceptance: Some("0.7".parse::<Acceptance>().expect("a share")),
        max_sequences: vec![Count(24)],
        input: Some(Count(1500)),
        output: Some(Count(200)),
        ..PlanRequest::default()
    };
    [
        of("llama-3.1-8b", &["1xh100", "2xh100", "1xh200", "2xh200"], &["none", "ngram=3"]),
        of("deepseek-v3", &["8xh200", "16xh200", "8xb200"], &["none", "mtp=1"]),
    ]
}

/// A load, targets, limits and an objective for one of the spaces.
pub(super) fn question(space: &PlanRequest, draws: &mut Draws) -> PlanRequest {
    let mut asked = space.clone();
    let second = |draws: &mut Draws, low: f64, high: f64| {
        format!("{}s", draws.between(low, high)).parse::<Duration>().expect("a time").into()
    };
    match draws.below(4) {
        0 => asked.rate = format!("{}/s", draws.between(0.2, 30.0)).parse::<Rate>().ok(),
        1 => asked.concurrency = Some(Count(1 + draws.below(150) as u64)),
        2 => {
            asked.requests = Some(Count(1000));
            asked.within = format!("{}s", draws.between(60.0, 6000.0)).parse().ok();
        }
        _ => {}
    }
    asked.ttft = draws.maybe(|draws| second(draws, 0.05, 3.0));
    asked.tpot = draws.maybe(|draws| second(draws, 0.004, 0.08));
    asked.e2e = draws.maybe(|draws| second(draws, 1.0, 20.0));
    asked.max_gpus = draws.maybe(|draws| Count(1 + draws.below(60) as u64));
    asked.budget =
        draws.maybe(|draws| format!("${}/h", draws.between(3.0, 900.0)).parse::<Price>().expect("a price"));
    asked.max_watts =
        draws.maybe(|draws| format!("{}W", draws.between(500.0, 1e5)).parse::<Watts>().expect("a power"));
    asked.spare = draws.maybe(|draws| Count(draws.below(3) as u64));
    let all =
        ["usd-per-token", "tokens-per-accelerator", "energy", "latency", "usd-per-hour", "accelerators"];
    let has_load = asked.rate.is_some() || asked.concurrency.is_some() || asked.requests.is_some();
    asked.objective = Some(all[draws.below(if has_load { 6 } else { 4 })].to_owned());
    asked
}

/// All deployments of a space.
pub(super) fn deployments(space: &PlanRequest, resolver: &Resolver<'_>) -> Vec<Deployed> {
    let model = resolver.model(&space.model, false).expect("a known model");
    let target = target(space, resolver.catalog());
    search::of(space, &target, &model, resolver).expect("they can be searched").deployments
}

/// What a request must hold.
pub(super) fn target(request: &PlanRequest, catalog: &Catalog) -> Target {
    Target::of(request, catalog, &mut Vec::new()).expect("it makes sense")
}

/// Whether two values of an objective are one, to the rounding of sums in another order.
pub(super) fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            (one - other).abs() <= 1e-9 * one.abs().max(other.abs()) || one.total_cmp(&other).is_eq()
        }
        (None, None) => true,
        _ => false,
    }
}
