//! The report of `slipstick fleet`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::{Frequency, UsdPerHour};

use super::{Answer, NOTHING};
use crate::report::{DefaultTaken, Plain, Report};

/// `slipstick fleet`: the cheapest mix of accelerators for several classes of requests.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FleetReport {
    /// Whether everything can be served.
    pub feasible: bool,
    /// What the mix costs.
    pub usd_per_hour: Option<Plain<UsdPerHour>>,
    /// What no mix costs less than.
    pub bound_usd_per_hour: Option<Plain<UsdPerHour>>,
    /// Share of the cost by which the mix may be dearer than the cheapest; 0 where it is proven to be that.
    pub gap: Option<f64>,
    /// What it would cost if deployments could be parted.
    pub relaxed_usd_per_hour: Option<Plain<UsdPerHour>>,
    /// Linear programs that the search solved.
    pub programs: Option<u32>,
    /// Share of what deployments answer that is planned for.
    pub planned: f64,
    /// Slices that a class is sent in; null where a router splits it as it likes.
    pub slices: Option<u32>,
    /// The types of deployment.
    pub types: Vec<FleetType>,
    /// The classes of requests.
    pub classes: Vec<FleetClass>,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for FleetReport {
    const COMMAND: &'static str = "fleet";
    const ROWS: Option<&'static str> = Some("types");
}

/// A type of deployment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FleetType {
    /// Its accelerators.
    pub on: String,
    /// Deployments of it in the mix.
    pub deployments: u32,
    /// What one costs.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// Who asks that.
    pub price_source: String,
    /// What all of it in the mix cost.
    pub all_usd_per_hour: Plain<UsdPerHour>,
    /// The most there are.
    pub most: Option<u32>,
    /// Deployments that its part of each class takes by itself.
    pub load: f64,
    /// Deployments that the same takes where all of it shares batches: requests of the mean lengths within the tightest
    /// targets; null where rates are stated or nothing is sent.
    pub mixed_load: Option<f64>,
    /// What everything would cost on this type alone; null where that cannot be.
    pub alone_usd_per_hour: Option<Plain<UsdPerHour>>,
}

/// A class of requests.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FleetClass {
    /// Its name.
    pub name: String,
    /// Requests that arrive.
    pub requests_per_s: Plain<Frequency>,
    /// Prompt tokens of one.
    pub input_tokens: u64,
    /// Output tokens of one.
    pub output_tokens: u64,
    /// What is sent where.
    pub sent: Vec<ShareOf>,
}

/// What a type is sent of a class.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ShareOf {
    /// The type.
    pub on: String,
    /// The share of the class.
    pub share: f64,
    /// The most that one deployment answers of it within the targets.
    pub most_requests_per_s: Plain<Frequency>,
}

impl FleetReport {
    pub(super) fn of(a: &Answer) -> Self {
        let found = a.found.as_ref();
        let usd = |usd: f64| Plain(UsdPerHour::dollars_per_hour(usd));
        Self {
            feasible: found.is_some(),
            usd_per_hour: found.map(|found| usd(found.mix.price)),
            bound_usd_per_hour: found.map(|found| usd(found.bound)),
            gap: found.map(slipstick_core::fleet::Found::gap),
            relaxed_usd_per_hour: found.map(|found| usd(found.relaxed)),
            programs: found.map(|found| found.solved),
            planned: a.fleet.planned,
            slices: a.fleet.slices,
            types: (0..a.kinds.len()).map(|kind| FleetType::of(a, kind)).collect(),
            classes: (0..a.spec.classes.len()).map(|class| FleetClass::of(a, class)).collect(),
            defaults: a.defaults.iter().map(DefaultTaken::from).collect(),
        }
    }
}

impl FleetType {
    fn of(a: &Answer, kind: usize) -> Self {
        let (stated, known) = (&a.spec.kinds[kind], &a.kinds[kind]);
        let found = a.found.as_ref();
        Self {
            on: stated.on.clone(),
            deployments: found.map_or(0, |found| found.mix.counts[kind]),
            usd_per_hour: known.price.into(),
            price_source: known.price_source.clone(),
            all_usd_per_hour: found
                .map_or(known.price * 0.0, |found| known.price * f64::from(found.mix.counts[kind]))
                .into(),
            most: stated.most,
            load: found.map_or(0.0, |found| a.load(found, kind)),
            mixed_load: found.and_then(|found| a.mixed(found, kind)).filter(|load| load.is_finite()),
            alone_usd_per_hour: a.alone[kind].map(|usd| Plain(UsdPerHour::dollars_per_hour(usd))),
        }
    }
}

impl FleetClass {
    fn of(a: &Answer, class: usize) -> Self {
        let stated = &a.spec.classes[class];
        let shares = a.found.iter().flat_map(|found| found.mix.shares[class].iter().enumerate());
        let sent = shares.filter(|(_, share)| **share > NOTHING).map(|(kind, share)| ShareOf {
            on: a.spec.kinds[kind].on.clone(),
            share: *share,
            most_requests_per_s: Plain(Frequency::per_s(a.kinds[kind].rates[class])),
        });
        Self {
            name: stated.name.clone(),
            requests_per_s: stated.rate.0.into(),
            input_tokens: stated.input,
            output_tokens: stated.output,
            sent: sent.collect(),
        }
    }
}
