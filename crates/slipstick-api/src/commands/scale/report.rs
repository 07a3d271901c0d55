//! `slipstick scale` as a document.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    formulas::training::budget::{share_of_peak, time_of_hours},
    units::{FlopRate, Frequency, Seconds, Usd, UsdPerHour},
};

use super::{
    Scaled, Spend, Standing,
    curve::Point,
    lifetime::{Bill, Lifetime},
    place::Rate,
};
use crate::report::{DefaultTaken, Estimated, Plain, Report};

/// `slipstick scale`: the best model and tokens of a budget, its loss, and what else costs as much.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ScaleReport {
    /// The law.
    pub law: String,
    /// Its title.
    pub law_title: String,
    /// Who published it, and where.
    pub law_source: String,
    /// Parameters of the model.
    pub parameters: f64,
    /// Tokens that it is trained on.
    pub tokens: f64,
    /// Tokens a parameter.
    pub tokens_per_parameter: f64,
    /// Work of its training, counted as 6·N·D.
    #[schemars(extend("unit" = "FLOP"))]
    pub flops: f64,
    /// Its loss in nats a token; none where the law says nothing of loss.
    pub loss: Option<f64>,
    /// The best model of the same work.
    pub best: BestReport,
    /// Tokens a parameter over those of the best model: above 1 it is trained beyond its optimum, below 1 too little.
    pub over_training: f64,
    /// The least work that reaches the same loss; none where the law does not say.
    #[schemars(extend("unit" = "FLOP"))]
    pub least_flops: Option<f64>,
    /// Whether the law was fitted on such trainings.
    pub in_range: bool,
    /// Where it was not, in words.
    pub outside: Option<String>,
    /// What was said that the law does not take.
    pub ignores: Vec<&'static str>,
    /// The training on the hardware that was named.
    pub run: Option<ScaleRun>,
    /// The model that costs least to train and serve at the same loss.
    pub lifetime: Option<LifetimeReport>,
    /// Models of other sizes at the same work, from the smallest.
    pub curve: Vec<CurvePoint>,
    /// What each law says of the same work.
    pub laws: Vec<LawRow>,
    /// Defaults that were taken.
    pub defaults: Vec<DefaultTaken>,
}

impl Report for ScaleReport {
    const COMMAND: &'static str = "scale";
    const ROWS: Option<&'static str> = Some("laws");
}

/// The best model of some work.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BestReport {
    /// Its parameters.
    pub parameters: f64,
    /// Its tokens.
    pub tokens: f64,
    /// Tokens a parameter.
    pub tokens_per_parameter: f64,
    /// Its loss.
    pub loss: Option<f64>,
}

/// A size at the same work.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CurvePoint {
    /// Parameters.
    pub parameters: f64,
    /// Tokens.
    pub tokens: f64,
    /// Tokens a parameter.
    pub tokens_per_parameter: f64,
    /// Loss.
    pub loss: f64,
}

/// What a law says of the work.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LawRow {
    /// The law.
    pub law: String,
    /// Parameters of the best model.
    pub parameters: Option<f64>,
    /// Its tokens.
    pub tokens: Option<f64>,
    /// Tokens a parameter.
    pub tokens_per_parameter: Option<f64>,
    /// Its loss, in nats a token of the law's own text.
    pub loss: Option<f64>,
    /// The loss of the training that is answered.
    pub asked_loss: Option<f64>,
    /// Whether the law was fitted on such models.
    pub in_range: bool,
    /// Where it was not, in words.
    pub outside: Option<String>,
    /// What was said that it does not take.
    pub ignores: Vec<&'static str>,
    /// Why it has no answer, if it has none.
    pub refusal: Option<String>,
}

/// A training on some hardware.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ScaleRun {
    /// The model that times are those of: the one that is named, or a dense one of that size.
    pub model: String,
    /// Its parameters that a token meets.
    pub model_parameters: u64,
    /// The accelerators.
    pub accelerator: String,
    /// How many.
    pub accelerators: u64,
    /// How it is split between them.
    pub layout: String,
    /// Tokens a second on all of them.
    pub tokens_per_s: Estimated<Frequency>,
    /// Work of each as laws count it, failures included.
    pub flops_per_s_per_accelerator: Estimated<FlopRate>,
    /// The same while it runs, over the dense peak.
    pub mfu: Estimated<f64>,
    /// The useful share of the time.
    pub goodput: f64,
    /// What times were fitted on.
    pub fitted_on: String,
    /// Work that the hours of the budget do; none where the work is the budget.
    #[schemars(extend("unit" = "FLOP"))]
    pub work_flops: Option<Estimated<f64>>,
    /// Hours of all accelerators together.
    #[schemars(extend("unit" = "h"))]
    pub accelerator_hours: Estimated<f64>,
    /// Wall time.
    pub time_s: Estimated<Seconds>,
    /// Price of all accelerators an hour; none without an offer.
    pub usd_per_hour: Option<Plain<UsdPerHour>>,
    /// Price of it all.
    pub usd: Option<Estimated<Usd>>,
    /// When the price was read.
    pub price_as_of: Option<String>,
    /// Who offers it.
    pub price_source: Option<String>,
}

/// Training and serving over a lifetime.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LifetimeReport {
    /// Tokens served.
    pub inference_tokens: f64,
    /// Tokens whose work in training costs as much; none where no prices are known.
    pub weighed_tokens: Option<f64>,
    /// Parameters of the model that costs least.
    pub parameters: f64,
    /// Its tokens in training.
    pub tokens: f64,
    /// Tokens a parameter.
    pub tokens_per_parameter: f64,
    /// Work of training and serving it.
    #[schemars(extend("unit" = "FLOP"))]
    pub flops: f64,
    /// The same of the model that it replaces.
    #[schemars(extend("unit" = "FLOP"))]
    pub replaced_flops: f64,
    /// The share of work saved.
    pub saving: f64,
    /// What it costs.
    pub bill: Option<BillReport>,
    /// What the model that it replaces costs.
    pub replaced_bill: Option<BillReport>,
    /// The share of money saved.
    pub usd_saving: Option<f64>,
}

/// What one model costs over its lifetime.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BillReport {
    /// The model that times are those of.
    pub model: String,
    /// Its training.
    pub training_usd: Plain<Usd>,
    /// Where it is served.
    pub served_on: String,
    /// Price of a million tokens served, input and output at the load's mix.
    pub usd_per_million_tokens: Plain<Usd>,
    /// All tokens served.
    pub serving_usd: Plain<Usd>,
    /// Both.
    pub usd: Plain<Usd>,
}

impl ScaleReport {
    pub(super) fn of(a: &Scaled) -> Self {
        let (law, point) = (a.law.law, &a.training);
        Self {
            law: law.id().to_owned(),
            law_title: law.method.title.to_owned(),
            law_source: law.method.source.to_owned(),
            parameters: point.parameters,
            tokens: point.tokens,
            tokens_per_parameter: point.tokens / point.parameters,
            flops: point.flops,
            loss: point.loss,
            best: BestReport {
                parameters: a.best.parameters,
                tokens: a.best.tokens,
                tokens_per_parameter: a.best.tokens / a.best.parameters,
                loss: a.best.loss,
            },
            over_training: a.over_training,
            least_flops: a.least_flops,
            in_range: a.outside.is_none(),
            outside: a.outside.clone(),
            ignores: a.law.ignores(),
            run: point
                .rate
                .as_ref()
                .zip(a.spend.as_ref())
                .map(|(rate, spend)| ScaleRun::of(rate, spend, point.flops)),
            lifetime: a.lifetime.as_ref().map(LifetimeReport::of),
            curve: a.curve.iter().map(CurvePoint::of).collect(),
            laws: a.laws.iter().map(LawRow::of).collect(),
            defaults: a.defaults.iter().map(DefaultTaken::from).collect(),
        }
    }
}

impl CurvePoint {
    fn of(point: &Point) -> Self {
        let Point { parameters, tokens, loss, .. } = *point;
        Self { parameters, tokens, tokens_per_parameter: tokens / parameters, loss }
    }
}

impl LawRow {
    fn of(row: &Standing) -> Self {
        let best = row.best.as_ref().ok();
        Self {
            law: row.law.law.id().to_owned(),
            parameters: best.map(|best| best.parameters),
            tokens: best.map(|best| best.tokens),
            tokens_per_parameter: best.map(|best| best.tokens / best.parameters),
            loss: best.and_then(|best| best.loss),
            asked_loss: row.asked_loss,
            in_range: row.outside.is_none(),
            outside: row.outside.clone(),
            ignores: row.law.ignores(),
            refusal: row.best.as_ref().err().map(ToString::to_string),
        }
    }
}

impl ScaleRun {
    fn of(rate: &Rate, spend: &Spend, flops: f64) -> Self {
        let faster = |value: f64| Estimated::spread(value, rate.spread, rate.basis, |value| value);
        let slower = spend.hours(rate);
        let count = rate.accelerators;
        Self {
            model: rate.model.clone(),
            model_parameters: rate.parameters,
            accelerator: rate.accelerator.clone(),
            accelerators: count,
            layout: rate.layout.clone(),
            tokens_per_s: faster(rate.tokens_per_s).map(Frequency::per_s),
            flops_per_s_per_accelerator: faster(rate.each.get()).map(FlopRate::flops_per_s),
            mfu: faster(share_of_peak(rate.each, rate.goodput, rate.peak)),
            goodput: rate.goodput,
            fitted_on: rate.fitted_on.clone(),
            work_flops: spend.stated.then(|| faster(flops)),
            accelerator_hours: slower,
            time_s: slower.map(|hours| time_of_hours(hours, count)),
            usd_per_hour: rate.price.map(Into::into),
            usd: rate.price_of_one().map(|price| slower.map(|hours| Usd::dollars(hours * price.get()))),
            price_as_of: rate.price_as_of.clone(),
            price_source: rate.price_source.clone(),
        }
    }
}

impl LifetimeReport {
    fn of(life: &Lifetime) -> Self {
        let money = life.money.as_ref();
        Self {
            inference_tokens: life.inference_tokens,
            weighed_tokens: life.weighed.as_ref().map(|(tokens, _)| *tokens),
            parameters: life.parameters,
            tokens: life.tokens,
            tokens_per_parameter: life.tokens / life.parameters,
            flops: life.flops,
            replaced_flops: life.base_flops,
            saving: life.saving,
            bill: money.map(|money| BillReport::of(&money.own)),
            replaced_bill: money.map(|money| BillReport::of(&money.base)),
            usd_saving: money.map(|money| money.saving),
        }
    }
}

impl BillReport {
    fn of(bill: &Bill) -> Self {
        Self {
            model: bill.rate.model.clone(),
            training_usd: bill.training.into(),
            served_on: bill.served_on.clone(),
            usd_per_million_tokens: bill.per_million.into(),
            serving_usd: bill.serving.into(),
            usd: bill.total().into(),
        }
    }
}
