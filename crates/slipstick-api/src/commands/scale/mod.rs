//! `slipstick scale`: scaling laws, and what a budget buys.

mod curve;
mod family;
mod laws;
mod lifetime;
mod place;
mod provenance;
mod question;
mod report;
mod request;
mod solve;
mod view;

pub use report::{BestReport, BillReport, CurvePoint, LawRow, LifetimeReport, ScaleReport, ScaleRun};
pub use request::ScaleRequest;

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{
    basis::Basis,
    formulas::training::budget::{hours_of_work, over_training, tokens_per_parameter},
    hardware::Spread,
    units::Flops,
};
use slipstick_methods::MethodError;

use crate::{
    Answered, ApiError, World,
    report::Estimated,
    resolve::{Assumption, ResolvedModel, Resolver},
};
use curve::Point;
use laws::{Best, Chosen};
use lifetime::Lifetime;
use place::{Place, Rate};
use question::Asked;
use solve::Training;

/// Everything an answer shows.
struct Scaled {
    asked: Asked,
    law: Chosen,
    training: Training,
    best: Best,
    over_training: f64,
    least_flops: Option<f64>,
    outside: Option<String>,
    spend: Option<Spend>,
    lifetime: Option<Lifetime>,
    curve: Vec<Point>,
    laws: Vec<Standing>,
    /// The model that the request names, by name.
    named: Option<Arc<ResolvedModel>>,
    defaults: Vec<Assumption>,
    warnings: Vec<String>,
}

/// The hours of a training on its hardware.
struct Spend {
    hours: f64,
    /// Whether they are the budget: then the work is uncertain, and they are not.
    stated: bool,
}

impl Spend {
    /// Hours of a training whose speed is known so well.
    fn hours(&self, rate: &Rate) -> Estimated<f64> {
        if self.stated {
            return Estimated {
                value: self.hours,
                low: Some(self.hours),
                high: Some(self.hours),
                basis: Basis::Exact,
            };
        }
        let slower = rate.spread.map(Spread::inverse);
        Estimated::spread(self.hours, slower, rate.basis, |hours| hours)
    }
}

/// What a law says of the same work.
struct Standing {
    law: Chosen,
    best: Result<Best, MethodError>,
    asked_loss: Option<f64>,
    outside: Option<String>,
}

/// The best model and tokens of a budget by scaling laws, or what they say of a training.
///
/// # Errors
/// If the question is contradictory or names what is not known, or the law has no answer.
pub fn scale(
    request: &ScaleRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ScaleReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let mut defaults = Vec::new();
    let named = request.model.as_deref().map(|name| resolver.model(name, false)).transpose()?;
    let size = size(request, named.as_deref())?;
    let asked = question::asked(request, size)?;
    let (law, beside) = laws::chosen(request, &mut defaults)?;
    let mut place = Place::of(request, named.clone(), &law, &resolver)?;
    let training = solve::training(asked, &law, place.as_mut())?;
    let lifetime = lifetime::lifetime(request, &training, &law, place.as_mut(), &resolver)?;
    if let Some(money) = lifetime.as_ref().and_then(|life| life.money.as_ref()) {
        defaults.extend(money.own.defaults.iter().cloned());
    }
    let scaled = scaled(asked, law, &beside, training, lifetime, named, defaults)?;
    let report = ScaleReport::of(&scaled);
    let provenance = provenance::record(&scaled);
    Ok(Answered::new(report, view::view(&scaled)).explained(provenance))
}

/// The parameters that a request states, or those that a token meets in the model that it names.
fn size(request: &ScaleRequest, named: Option<&ResolvedModel>) -> Result<Option<f64>, ApiError> {
    match (request.parameters, named) {
        (Some(_), Some(_)) => Err(ApiError::input(
            "scale.two_sizes",
            "--parameters and --model both say how large the model is",
        )
        .at("--model")
        .help("keep one of them")),
        (Some(count), None) => Ok(Some(count.0 as f64)),
        (None, named) => Ok(named.map(|model| model.parameters.active as f64)),
    }
}

fn scaled(
    asked: Asked,
    law: Chosen,
    beside: &[Chosen],
    training: Training,
    lifetime: Option<Lifetime>,
    named: Option<Arc<ResolvedModel>>,
    defaults: Vec<Assumption>,
) -> Result<Scaled, ApiError> {
    let best = law.best(training.flops).map_err(|error| law.refusal("optimal_parameters", &error))?;
    let least_flops = training.loss.and_then(|loss| law.ask("least_flops", &[("target_loss", loss)]).ok());
    let laws: Vec<Standing> = beside.iter().map(|other| standing(other, &training)).collect();
    let each = training.tokens / training.parameters;
    let mut scaled = Scaled {
        over_training: over_training(each, tokens_per_parameter(best.tokens, best.parameters)),
        outside: law.outside(training.parameters, training.tokens),
        spend: training.rate.as_ref().map(|rate| Spend {
            hours: training.hours.unwrap_or_else(|| hours_of_work(Flops::count(training.flops), rate.each)),
            stated: training.hours.is_some(),
        }),
        curve: curve::curve(&law, &best, training.flops),
        asked,
        law,
        training,
        best,
        least_flops,
        lifetime,
        laws,
        named,
        defaults,
        warnings: Vec::new(),
    };
    scaled.warnings = warnings(&scaled);
    Ok(scaled)
}

fn standing(law: &Chosen, training: &Training) -> Standing {
    let best = law.best(training.flops);
    let outside = best.as_ref().ok().and_then(|best| law.outside(best.parameters, best.tokens));
    let asked_loss = law.loss(training.parameters, training.tokens);
    Standing { law: law.clone(), best, asked_loss, outside }
}

/// What a reader should not miss.
fn warnings(a: &Scaled) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(outside) = &a.outside {
        warnings.push(format!("{} is asked beyond what it was fitted on: {outside}", a.law.law.id()));
    }
    let beyond = a.laws.iter().filter(|row| row.outside.is_some()).count();
    if beyond > 1 {
        warnings.push(format!(
            "{beyond} of {} laws stand beyond what they were fitted on; where they differ, none of them is known to hold",
            a.laws.len()
        ));
    }
    if !a.law.ignores().is_empty() {
        warnings.push(format!("{} takes no {}", a.law.law.id(), a.law.ignores().join(", ")));
    }
    if let Some(model) = a.named.as_ref().filter(|model| model.parameters.active < model.parameters.total) {
        warnings.push(format!(
            "{} has experts: the law is told the parameters that a token meets, and its loss is that of a dense model of \
             that size",
            model.name
        ));
    }
    if let Some(rate) = a.training.rate.as_ref().filter(|rate| rate.grown) {
        warnings.push(format!(
            "{} does not fit on the accelerators named; hours and money are for {} x {}",
            rate.model, rate.accelerators, rate.accelerator
        ));
    }
    warnings
}
