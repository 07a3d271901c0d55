//! The report of `slipstick breakeven`.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    estimate::hosted::{Against, Load},
    units::{Frequency, Seconds, Usd, UsdPerHour},
};

use super::{Answer, own::Candidate};
use crate::{
    commands::{
        estimate::{Cost, Latency, Throughput},
        memory::defaults,
    },
    report::{DefaultTaken, Estimated, Plain, Report},
    request::format_name,
};

/// `slipstick breakeven`: a deployment of one's own against prices by the token.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BreakevenReport {
    /// Whether one's own costs less than every hosted price.
    pub own_pays: bool,
    /// The model.
    pub model: String,
    /// Prompt tokens of a request.
    pub input_tokens: u64,
    /// Output tokens of a request.
    pub output_tokens: u64,
    /// The deployment of one's own.
    pub own: OwnReport,
    /// Hosted prices of the same model, the cheapest first.
    pub api: Vec<ApiRow>,
    /// Other deployments that would do, the cheapest first.
    pub others: Vec<OtherDeployment>,
    /// What was not said, and what was taken for it.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for BreakevenReport {
    const COMMAND: &'static str = "breakeven";
    const ROWS: Option<&'static str> = Some("api");
}

/// A deployment of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OwnReport {
    /// The accelerators of a replica.
    pub on: String,
    /// How many those are.
    pub accelerators: u64,
    /// Replicas that hold the rate of the busiest hour, or the least number of them.
    pub replicas: f64,
    /// The engine and its version.
    pub engine: String,
    /// The format of the weights.
    pub weights_format: String,
    /// The format of the cache.
    pub kv_dtype: String,
    /// Requests in flight on a replica.
    pub concurrency: u64,
    /// Times of a request.
    pub latency: Latency,
    /// Rates of one replica.
    pub throughput: Throughput,
    /// What one replica costs at full load.
    pub cost: Option<Cost>,
    /// The price of a replica with what interruptions lose.
    pub interrupted_usd_per_hour: Option<Plain<UsdPerHour>>,
    /// What its hours take, where they are unlike or replicas may be committed to.
    pub hours: Option<HoursReport>,
    /// All replicas for the mean hour, with what runs beside them.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// A million tokens, at the rate or at the utilisation.
    pub usd_per_million_tokens: Estimated<Usd>,
    /// Share of the time under full load; null where a rate is asked for.
    pub utilisation: Option<f64>,
    /// What all replicas hold at full load.
    pub full_load: LoadReport,
    /// What is asked of them in the mean hour, where a rate is.
    pub asked: Option<LoadReport>,
    /// Who asks the price.
    pub price_source: String,
    /// The day it is known for.
    pub price_as_of: Option<String>,
    /// The command that starts a replica.
    pub launch: Option<String>,
}

/// Replicas over hours of unequal load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct HoursReport {
    /// The profile; null where all hours are alike.
    pub profile: Option<String>,
    /// Hours of the profile.
    pub hours: u64,
    /// The mean hour's share of the busiest.
    pub mean_share: f64,
    /// Whether replicas start and stop with the hours.
    pub follow: bool,
    /// Replicas that run in the mean hour.
    pub mean_replicas: f64,
    /// How often a replica starts that is not committed to.
    pub starts_per_hour: f64,
    /// Time until one serves; null where none starts.
    pub start_s: Option<Plain<Seconds>>,
    /// Replicas that are paid always.
    pub committed_replicas: f64,
    /// Replicas that run beyond those in the mean hour.
    pub beyond_committed_replicas: f64,
    /// The price of a replica that is committed to, if there is one.
    pub committed_usd_per_hour: Option<Plain<UsdPerHour>>,
    /// Who asks it.
    pub committed_source: Option<String>,
    /// Share of the hours in which a replica must be needed for a commitment to it to pay.
    pub commitment_pays_from: Option<f64>,
}

/// A load in requests and tokens.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LoadReport {
    /// Requests.
    pub requests_per_s: Plain<Frequency>,
    /// Tokens read.
    pub input_tokens_per_s: Plain<Frequency>,
    /// Tokens written.
    pub output_tokens_per_s: Plain<Frequency>,
    /// Both.
    pub tokens_per_s: Plain<Frequency>,
}

/// A hosted price against one's own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ApiRow {
    /// Who asks it.
    pub provider: String,
    /// The model as the provider names it.
    pub model: String,
    /// Whether it is the price of a batch, which waits.
    pub batch: bool,
    /// A million input tokens.
    pub usd_per_million_input_tokens: Plain<Usd>,
    /// A million input tokens that the provider finds in its cache.
    pub usd_per_million_cached_input_tokens: Option<Plain<Usd>>,
    /// A million output tokens.
    pub usd_per_million_output_tokens: Plain<Usd>,
    /// A million tokens at the load's mix.
    pub usd_per_million_tokens: Plain<Usd>,
    /// What the tokens of an hour at the rate cost.
    pub usd_per_hour: Option<Plain<UsdPerHour>>,
    /// What the tokens of an hour of one's own full load cost.
    pub full_load_usd_per_hour: Plain<UsdPerHour>,
    /// Share of the time at full load from which one's own costs less; above 1 it never does.
    pub breakeven_utilisation: Estimated<f64>,
    /// Tokens a month from which one's own costs less, if it holds so many.
    pub breakeven_tokens_per_month: f64,
    /// The same in requests a day.
    pub breakeven_requests_per_day: f64,
    /// The least requests a day at which as many replicas as they take cost less; null where none of up to 64 do.
    pub crossing_requests_per_day: Option<f64>,
    /// One's own million input tokens, where output costs as many times more as here.
    pub own_usd_per_million_input_tokens: Plain<Usd>,
    /// One's own million output tokens beside it.
    pub own_usd_per_million_output_tokens: Plain<Usd>,
    /// Whether one's own costs less as it is asked about.
    pub own_pays: bool,
    /// The day the price is known for.
    pub price_as_of: Option<String>,
    /// How many days ago that was.
    pub price_age_days: Option<i64>,
    /// The day the provider stops serving it.
    pub retires: Option<String>,
    /// Who says so.
    pub source: String,
}

/// Another deployment that would do.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OtherDeployment {
    /// The accelerators of a replica.
    pub on: String,
    /// Replicas.
    pub replicas: f64,
    /// Requests in flight on each.
    pub concurrency: u64,
    /// Time to the first token.
    pub ttft_s: Plain<Seconds>,
    /// Time between two tokens.
    pub tpot_s: Plain<Seconds>,
    /// All replicas for an hour, with what runs beside them.
    pub usd_per_hour: Plain<UsdPerHour>,
    /// A million tokens.
    pub usd_per_million_tokens: Plain<Usd>,
}

impl BreakevenReport {
    pub(super) fn of(a: &Answer<'_>) -> Self {
        let resolved = &a.replica.memory.resolved;
        let taken = a.defaults.iter().map(DefaultTaken::from);
        Self {
            own_pays: a.pays(),
            model: resolved.model.name.clone(),
            input_tokens: a.replica.memory.workload.input(),
            output_tokens: a.replica.memory.workload.output(),
            own: OwnReport::of(a),
            api: (0..a.api.len()).map(|row| ApiRow::of(a, row)).collect(),
            others: a.others.iter().map(OtherDeployment::from).collect(),
            defaults: taken.chain(own_defaults(a)).collect(),
        }
    }
}

/// What the deployment took for what was not said. Its load is the comparison's own, which says that already.
fn own_defaults(a: &Answer<'_>) -> impl Iterator<Item = DefaultTaken> {
    let said: Vec<String> = a.defaults.iter().map(|default| default.flag.to_owned()).collect();
    defaults(&a.replica.memory.resolved).into_iter().filter(move |taken| !said.contains(&taken.flag))
}

impl OwnReport {
    fn of(a: &Answer<'_>) -> Self {
        let memory = &a.replica.memory;
        let resolved = &memory.resolved;
        let served = &a.served;
        Self {
            on: a.on.clone(),
            accelerators: resolved.cluster().accelerators(),
            replicas: a.own.replicas,
            engine: resolved.engine_version(),
            weights_format: resolved.formats_name.clone(),
            kv_dtype: format_name(resolved.cache().key),
            concurrency: memory.workload.concurrency(),
            latency: served.latency.clone(),
            throughput: served.throughput.clone(),
            cost: served.cost.clone(),
            interrupted_usd_per_hour: a.interruptions.map(|_| a.paid.price.into()),
            hours: HoursReport::of(a),
            usd_per_hour: a.own.hourly.into(),
            usd_per_million_tokens: a.token(),
            utilisation: a.own.asked.is_none().then_some(a.demand.utilisation),
            full_load: a.own.full.into(),
            asked: a.own.asked.map(LoadReport::from),
            price_source: a.price.source.clone(),
            price_as_of: a.price.as_of.clone(),
            launch: a.replica.launches.as_ref().map(|launches| launches.serves.clone()),
        }
    }
}

impl HoursReport {
    fn of(a: &Answer<'_>) -> Option<Self> {
        let hours = a.own.hours?;
        Some(Self {
            profile: a.profile.map(|profile| profile.name.clone()),
            hours: a.demand.hours.len() as u64,
            mean_share: a.demand.mean_hour(),
            follow: a.demand.follows,
            mean_replicas: hours.mean,
            starts_per_hour: hours.starts,
            start_s: a.demand.follows.then_some(a.paid.start.into()),
            committed_replicas: hours.committed,
            beyond_committed_replicas: hours.beyond,
            committed_usd_per_hour: a.paid.committed.map(Into::into),
            committed_source: a.committed_source.clone(),
            commitment_pays_from: hours.share,
        })
    }
}

impl Answer<'_> {
    /// A million tokens of one's own, with its band.
    pub(super) fn token(&self) -> Estimated<Usd> {
        let basis = self.replica.memory.sureness().basis();
        let (low, high) = self.token_band.unzip();
        Estimated { low, high, ..Estimated::uncalibrated(self.own.token, basis) }
    }

    /// The share of the time from which one's own costs less than a price, with its band.
    pub(super) fn busy(&self, against: &Against) -> Estimated<f64> {
        self.replica.memory.sureness().cost(against.utilisation, |share| share)
    }
}

impl From<Load> for LoadReport {
    fn from(load: Load) -> Self {
        let of = |rate| Plain(Frequency::per_s(rate));
        Self {
            requests_per_s: of(load.requests),
            input_tokens_per_s: of(load.input),
            output_tokens_per_s: of(load.output),
            tokens_per_s: of(load.tokens),
        }
    }
}

impl ApiRow {
    fn of(a: &Answer<'_>, row: usize) -> Self {
        let (hosted, against) = &a.api[row];
        Self {
            provider: hosted.provider.clone(),
            model: hosted.model.clone(),
            batch: hosted.batch,
            usd_per_million_input_tokens: hosted.price.input.into(),
            usd_per_million_cached_input_tokens: hosted.price.cached.map(Into::into),
            usd_per_million_output_tokens: hosted.price.output.into(),
            usd_per_million_tokens: against.token.into(),
            usd_per_hour: against.hour.map(Into::into),
            full_load_usd_per_hour: against.full_hour.into(),
            breakeven_utilisation: a.busy(against),
            breakeven_tokens_per_month: against.tokens_per_month,
            breakeven_requests_per_day: against.requests_per_day,
            crossing_requests_per_day: a.crossings[row],
            own_usd_per_million_input_tokens: against.own_at_ratio.0.into(),
            own_usd_per_million_output_tokens: against.own_at_ratio.1.into(),
            own_pays: a.own.token < against.token,
            price_as_of: hosted.as_of.clone(),
            price_age_days: hosted.age_days,
            retires: hosted.retires.clone(),
            source: hosted.source.clone(),
        }
    }
}

impl From<&Candidate> for OtherDeployment {
    fn from(other: &Candidate) -> Self {
        Self {
            on: other.on.clone(),
            replicas: other.replicas,
            concurrency: other.concurrency,
            ttft_s: other.ttft.into(),
            tpot_s: other.tpot.into(),
            usd_per_hour: other.hourly.into(),
            usd_per_million_tokens: other.token.into(),
        }
    }
}
