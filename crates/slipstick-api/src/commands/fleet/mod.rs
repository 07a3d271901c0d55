//! `slipstick fleet`: several classes of requests over mixed accelerators at least cost.

mod capacity;
mod offered;
mod provenance;
mod report;
mod request;
mod spec;
mod view;

pub use report::{FleetClass, FleetReport, FleetType, ShareOf};
pub use request::FleetRequest;

use slipstick_catalog::Catalog;
use slipstick_core::{
    fleet::{Fleet, Found, Kind, solve},
    units::Seconds,
};

use crate::{
    Answered, ApiError, World,
    commands::supply,
    request::nearest_count,
    resolve::{Assumption, Resolver},
    steps::Steps,
};
use capacity::{Asked, Known};
use spec::Spec;

/// Programs that are solved before a search ends with what it knows: far more than ten types take.
const EFFORT: u32 = 20_000;

/// A share of a class below this is rounding.
const NOTHING: f64 = 1e-6;

/// Everything an answer shows.
pub(crate) struct Answer {
    spec: Spec,
    kinds: Vec<Known>,
    fleet: Fleet,
    /// The cheapest mix; none where nothing serves everything.
    found: Option<Found>,
    /// What each type alone would cost.
    alone: Vec<Option<f64>>,
    defaults: Vec<Assumption>,
}

/// The cheapest mix of accelerators for the classes of a file.
///
/// # Errors
/// If the file cannot be read or contradicts itself, or anything that it names is unknown.
pub fn fleet(
    request: &FleetRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<FleetReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let mut defaults = Vec::new();
    let mut spec = Spec::read(&request.spec, catalog, world, &mut defaults)?;
    let planned = spec.planned.map_or_else(|| supply::usual_planned(&mut defaults), |share| share.0);
    let kinds = known(&mut spec, &resolver, &mut defaults)?;
    let fleet = Fleet {
        demand: spec.classes.iter().map(|class| class.rate.0.get()).collect(),
        kinds: spec.kinds.iter().zip(&kinds).map(|(stated, known)| kind(stated, known)).collect(),
        least: spec.least,
        planned,
        slices: spec.slices,
        effort: EFFORT,
    };
    let price = |fleet: &Fleet| solve(fleet).map(|found| found.mix.price);
    let alone = (0..kinds.len()).map(|kind| price(&fleet.of_one(kind))).collect();
    let found = solve(&fleet);
    let answer = Answer { spec, kinds, fleet, found, alone, defaults };
    let yes = answer.found.is_some();
    let report = FleetReport::of(&answer);
    let provenance = provenance::of(&report, &answer);
    Ok(Answered::new(report, view::view(&answer)).explained(provenance).answered(yes))
}

/// What is known of the types: those that are named, or the best of what is offered.
fn known(
    spec: &mut Spec,
    resolver: &Resolver<'_>,
    defaults: &mut Vec<Assumption>,
) -> Result<Vec<Known>, ApiError> {
    if !spec.kinds.is_empty() {
        let mut steps = Steps::new(resolver.world(), "types", spec.kinds.len() as u64);
        let mut known = |kind| {
            steps.advance(1)?;
            capacity::known(spec, kind, resolver)
        };
        return spec.kinds.iter().map(&mut known).collect();
    }
    // A model that is unknown is refused by name, not because nothing runs it.
    resolver.model(spec.model.as_deref().unwrap_or_default(), false)?;
    let (kinds, known) = offered::offered(spec, resolver, defaults)?.into_iter().unzip();
    spec.kinds = kinds;
    Ok(known)
}

fn kind(stated: &spec::Kind, known: &Known) -> Kind {
    Kind { price: known.price.get(), rates: known.rates.clone(), most: stated.most }
}

impl Answer {
    /// Deployments of a type that its part of each class takes.
    fn load(&self, found: &Found, kind: usize) -> f64 {
        let shares = found.mix.shares.iter().enumerate();
        shares.map(|(class, shares)| shares[kind] * self.fleet.load(class, kind).unwrap_or(0.0)).sum()
    }

    /// The same where all that a type is sent shares its batches: requests of the mean lengths, within the tightest of the
    /// targets. None where rates are stated, or nothing is sent.
    fn mixed(&self, found: &Found, kind: usize) -> Option<f64> {
        let resolved = self.kinds[kind].resolved.as_ref()?;
        let sent: Vec<(f64, Asked)> = (self.spec.classes.iter().zip(&found.mix.shares))
            .map(|(class, shares)| (shares[kind] * class.rate.0.get(), Asked::of(class)))
            .filter(|(rate, _)| *rate > NOTHING)
            .collect();
        let rate: f64 = sent.iter().map(|(rate, _)| rate).sum();
        let mean = |of: fn(&Asked) -> u64| {
            let tokens: f64 = sent.iter().map(|(rate, asked)| rate * of(asked) as f64).sum();
            nearest_count(tokens / rate)
        };
        let tightest = |of: fn(&Asked) -> Option<Seconds>| {
            sent.iter().filter_map(|(_, asked)| of(asked)).min_by(|a, b| a.get().total_cmp(&b.get()))
        };
        (rate > 0.0).then(|| {
            let mix = Asked {
                input: mean(|asked| asked.input),
                output: mean(|asked| asked.output),
                ttft: tightest(|asked| asked.ttft),
                tpot: tightest(|asked| asked.tpot),
            };
            rate / (capacity::most(resolved, &mix) * self.fleet.planned)
        })
    }
}
