//! Measured serving and decoding against what we answer for it.
//!
//! A row becomes an ordinary request and is answered by the function that answers `slipstick estimate`. Rows that do not
//! say what their question needs are refused.

mod request;
mod row;
mod runs;
mod summary;

use std::{io::Read, sync::Arc};

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    estimate::serving::{AtRate, Service},
    formulas::time::queueing::rate_over_run,
    units::{Frequency, Seconds},
    workload::Workload,
};

pub use row::Regime;
pub use runs::{MeasuredRun, runs};
pub(crate) use runs::{each_run, question};
pub use summary::RegimeSummary;

use self::summary::Summary;
use super::{
    Models, Tally,
    asked::Answers,
    table::{Cells, each_row, number},
};
use crate::{
    ApiError,
    commands::estimate::{self, Sureness},
    report::{Estimated, Plain, Quantity},
    resolve::{Resolved, ResolvedPools, Resolver, pools::asked},
};

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InferenceRow {
    /// The row's id.
    pub id: String,
    /// Its regime.
    pub regime: String,
    /// Its engine.
    pub engine: String,
    /// Whether the table says that it should be scored.
    pub usable: bool,
    /// Mean time to first token.
    pub ttft_s: Option<Estimated<Seconds>>,
    /// Mean time per output token.
    pub tpot_s: Option<Estimated<Seconds>>,
    /// Mean time from a request's arrival to its last token.
    pub e2e_s: Option<Estimated<Seconds>>,
    /// Output tokens per second of the whole system.
    pub output_tokens_per_s: Option<Estimated<Frequency>>,
    /// Input and output tokens per second of the whole system.
    pub total_tokens_per_s: Option<Estimated<Frequency>>,
    /// What was measured of these, in the same units.
    pub measured: Measured,
    /// How well the efficiencies are known.
    pub basis: Option<&'static str>,
    /// Why there is no prediction.
    pub refused: Option<String>,
}

/// What a row measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Measured {
    /// Mean time to first token.
    pub ttft_s: Option<Plain<Seconds>>,
    /// Mean time per output token.
    pub tpot_s: Option<Plain<Seconds>>,
    /// Mean time from a request's arrival to its last token, as both times and the output tokens say it.
    pub e2e_s: Option<Plain<Seconds>>,
    /// Output tokens per second.
    pub output_tokens_per_s: Option<Plain<Frequency>>,
    /// Input and output tokens per second.
    pub total_tokens_per_s: Option<Plain<Frequency>>,
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct InferenceValidation {
    /// Every row, in the table's order.
    pub rows: Vec<InferenceRow>,
    /// By regime.
    pub summary: Vec<RegimeSummary>,
}

/// Answers every row of a table of measured inference and hands it to `take`.
///
/// # Errors
/// If it is no table, or a row cannot be taken.
pub(crate) fn validate_inference(
    table: impl Read,
    models: &Models<'_>,
    admits: impl Fn(&Cells<'_>) -> bool,
    mut take: impl FnMut(InferenceRow) -> Result<(), ApiError>,
) -> Result<(Vec<RegimeSummary>, Tally), ApiError> {
    let mut deployments = Deployments::new(models);
    let mut summary = Summary::default();
    let mut tally = Tally::default();
    each_row(table, |_, cells| {
        if !admits(&cells) {
            return Ok(());
        }
        let row = outcome(&cells, row::check(&cells).and_then(|()| deployments.answer(&cells)));
        summary.add(&row);
        tally.add(row.refused.as_deref());
        take(row)
    })?;
    Ok((summary.finish(), tally))
}

/// A deployment as it was resolved, or why it could not be.
type Found = Result<Deployed, String>;

/// What is deployed: workers that are all alike, or two pools of them.
#[derive(Debug, Clone)]
pub enum Deployed {
    /// Workers that read and write.
    Alike(Arc<Resolved>),
    /// Workers that read, and others that write.
    Pools(Arc<ResolvedPools>),
}

impl Deployed {
    /// What it is; of pools a worker that writes.
    pub fn resolved(&self) -> &Resolved {
        match self {
            Self::Alike(resolved) => resolved,
            Self::Pools(pools) => &pools.decode.0,
        }
    }

    /// Whether it starts, under a load.
    fn starts(&self, workload: &Workload) -> bool {
        match self {
            Self::Alike(resolved) => {
                let reach = resolved.prepared.memory().max_concurrency(workload);
                resolved.prepared.verdict(workload, reach).starts()
            }
            Self::Pools(pools) => pools.pools().memory(workload).iter().all(|pool| pool.verdict.starts()),
        }
    }

    /// How it serves a load; none if an accelerator states no rate to compute at.
    pub fn serve(&self, workload: &Workload) -> Option<Service> {
        match self {
            Self::Alike(resolved) => resolved.prepared.serve(workload),
            Self::Pools(pools) => pools.pools().serve(workload).map(|served| served.service),
        }
    }
}

/// Deployments that rows describe.
struct Deployments<'a> {
    models: &'a Models<'a>,
    /// Behind them, why a row's model is not known.
    known: Answers<Result<Found, String>>,
}

/// What a row asks, resolved.
struct Asked {
    deployed: Deployed,
    workload: Workload,
    /// Requests of the run, where it says how many.
    requests: Option<f64>,
}

/// What is answered of a row.
struct Answered {
    service: Service,
    sure: Sureness,
    /// The share of its rates that a run measures: from its first arrival to its last token.
    share: f64,
}

impl<'a> Deployments<'a> {
    fn new(models: &'a Models<'a>) -> Self {
        Self { models, known: Answers::new() }
    }

    fn asked(&mut self, cells: &Cells<'_>) -> Result<Asked, String> {
        let models = self.models;
        let found = self.known.of(cells, (), |cells| {
            let model = models.argument(cells)?;
            Ok(deployed(cells, model, models.resolver()))
        })?;
        let load = request::load(cells)?;
        let deployed = found?;
        let model = &deployed.resolved().model.model;
        let workload = estimate::measured(&load, model, self.models.resolver().catalog());
        let workload = workload.map_err(|error| error.to_string())?;
        estimate::keeps_prefixes(deployed.resolved(), &workload).map_err(|error| error.to_string())?;
        Ok(Asked { deployed, workload, requests: number(cells.get("requests")) })
    }

    fn answer(&mut self, cells: &Cells<'_>) -> Result<Answered, String> {
        served(&self.asked(cells)?)
    }
}

/// What a row deploys.
fn deployed(cells: &Cells<'_>, model: String, resolver: &Resolver<'_>) -> Found {
    let refused = |error: ApiError| error.to_string();
    let pools = super::request::pools(cells)?;
    let Some(pools) = pools else {
        if Regime::named(cells.get("regime")) == Some(Regime::Disaggregated) {
            return Err("the prefill and decode pools are not known".to_owned());
        }
        let request = request::deployment(cells, model, resolver.catalog())?;
        return Ok(Deployed::Alike(Arc::new(resolver.describe(&request).map_err(refused)?)));
    };
    let request = request::pooled(cells, model, &pools, resolver.catalog())?;
    let layouts = asked(&request, &pools).map_err(refused)?.ok_or("the pools are not known")?;
    Ok(Deployed::Pools(Arc::new(resolver.pools(&request, &layouts).map_err(refused)?)))
}

fn served(asked: &Asked) -> Result<Answered, String> {
    let Asked { deployed, workload, requests } = asked;
    if let Deployed::Pools(_) = deployed {
        crate::resolve::pools::answers(workload).map_err(|error| error.to_string())?;
    }
    if !deployed.starts(workload) {
        return Err("it does not start: not even one request fits".to_owned());
    }
    let service = deployed.serve(workload).ok_or("the accelerator states no rate to compute at")?;
    let sure = match deployed {
        Deployed::Alike(resolved) => Sureness::of(resolved, workload),
        Deployed::Pools(pools) => {
            let worker = &pools.decode.0;
            Sureness::with(worker, worker.calibration().spreads.pools)
        }
    };
    let sure = sure.serving(&service);
    let requests = requests.filter(|_| service.at_rate.as_ref().is_some_and(AtRate::is_held));
    let share = over_run(&service, requests);
    let runs = deployed.resolved().calibration().spreads.open.rate;
    let sure = requests.map_or(sure, |requests| sure.over(requests, runs));
    Ok(Answered { service, sure, share })
}

/// The share of the rates of a service that a run of counted requests measures, which arrive at a rate that is held: from its
/// first arrival to its last token.
fn over_run(service: &Service, requests: Option<f64>) -> f64 {
    let held = service.at_rate.filter(AtRate::is_held);
    requests
        .zip(held)
        .map_or(1.0, |(requests, at)| rate_over_run(requests, at.offered, service.e2e) / at.offered)
}

fn outcome(cells: &Cells<'_>, answered: Result<Answered, String>) -> InferenceRow {
    let (answered, refused) = match answered {
        Ok(answered) => (Some(answered), None),
        Err(reason) => (None, Some(reason)),
    };
    let answered = answered.as_ref();
    InferenceRow {
        id: cells.get("id").to_owned(),
        regime: cells.get("regime").to_owned(),
        engine: cells.get("engine").to_owned(),
        usable: cells.get("usable") != "no",
        ttft_s: answered.and_then(|a| sound(a.sure.ttft(a.service.ttft))),
        tpot_s: answered.and_then(|a| sound(a.sure.tpot(a.service.tpot, Seconds::s))),
        e2e_s: answered.and_then(|a| sound(a.sure.e2e(a.service.e2e))),
        output_tokens_per_s: answered.and_then(|a| sound(a.sure.rate(a.service.output_rate * a.share))),
        total_tokens_per_s: answered.and_then(|a| sound(a.sure.rate(a.service.total_rate * a.share))),
        measured: row::measured(cells),
        basis: answered.map(|a| a.sure.basis().name()),
        refused,
    }
}

/// A prediction that can be compared with anything.
fn sound<T: Quantity>(predicted: Estimated<T>) -> Option<Estimated<T>> {
    let value = predicted.value.number();
    (value.is_finite() && value > 0.0).then_some(predicted)
}
