//! From what is known to a whole training: work, parameters and tokens, each by a formula.

use slipstick_core::{
    formulas::training::budget::{
        hours_of_money, parameters_of_work, tokens_of_work, training_work, work_of_hours,
    },
    units::Flops,
};

use super::{
    laws::Chosen,
    place::{Place, Rate},
    question::{Asked, Budget},
};
use crate::ApiError;

/// A training, and where each of its numbers comes from.
#[derive(Debug, Clone)]
pub(super) struct Training {
    pub(super) flops: f64,
    pub(super) parameters: f64,
    pub(super) tokens: f64,
    pub(super) loss: Option<f64>,
    /// What the accelerators do at that size, where any are named.
    pub(super) rate: Option<Rate>,
    /// The hours of the budget, where it is one of hours or money.
    pub(super) hours: Option<f64>,
}

/// A model of some size, before anybody knows better.
const ANY_SIZE: f64 = 8e9;
/// Rounds in which a budget of hours and the size it buys must agree; two are usual.
const ROUNDS: usize = 12;

/// The training that a question is about.
pub(super) fn training(
    asked: Asked,
    law: &Chosen,
    mut place: Option<&mut Place<'_>>,
) -> Result<Training, ApiError> {
    let says = |quantity: &str, inputs: &[(&'static str, f64)]| {
        law.ask(quantity, inputs).map_err(|error| law.refusal(quantity, &error))
    };
    let (mut flops, mut rate, mut hours) = (None, None, None);
    if let Some(budget) = asked.budget() {
        let size = |work: f64| match asked {
            Asked::BudgetOfSize(_, parameters) => Ok(parameters),
            Asked::BudgetOfTokens(_, tokens) => Ok(parameters_of_work(Flops::count(work), tokens)),
            _ => says("optimal_parameters", &[("flops", work)]),
        };
        let bought = bought(budget, size, place.as_deref_mut())?;
        (flops, rate, hours) = (Some(bought.work), bought.rate, bought.hours);
    }
    let (work, parameters, tokens) = allocated(asked, law, flops.unwrap_or_default())?;
    let flops = work.or(flops).unwrap_or_else(|| training_work(parameters, tokens).get());
    sensible(parameters, tokens)?;
    let rate = match (rate, place) {
        (None, Some(place)) => Some(place.rate(parameters)?),
        (rate, _) => rate,
    };
    Ok(Training { flops, parameters, tokens, loss: law.loss(parameters, tokens), rate, hours })
}

/// Work where a law decides it, parameters and tokens of a question whose budget buys so much.
fn allocated(asked: Asked, law: &Chosen, budget: f64) -> Result<(Option<f64>, f64, f64), ApiError> {
    let says = |quantity: &str, inputs: &[(&'static str, f64)]| {
        law.ask(quantity, inputs).map_err(|error| law.refusal(quantity, &error))
    };
    let best = |work: f64| -> Result<(f64, f64), ApiError> {
        Ok((says("optimal_parameters", &[("flops", work)])?, says("optimal_tokens", &[("flops", work)])?))
    };
    match asked {
        Asked::Budget(_) => best(budget).map(|(parameters, tokens)| (None, parameters, tokens)),
        Asked::BudgetOfSize(_, parameters) => {
            Ok((None, parameters, tokens_of_work(Flops::count(budget), parameters)))
        }
        Asked::BudgetOfTokens(_, tokens) => {
            Ok((None, parameters_of_work(Flops::count(budget), tokens), tokens))
        }
        Asked::Training(parameters, tokens) => Ok((None, parameters, tokens)),
        Asked::Size(parameters) => {
            let work = says("optimal_flops", &[("parameters", parameters)])?;
            Ok((Some(work), parameters, tokens_of_work(Flops::count(work), parameters)))
        }
        Asked::Loss(loss) => {
            let work = says("least_flops", &[("target_loss", loss)])?;
            best(work).map(|(parameters, tokens)| (Some(work), parameters, tokens))
        }
        Asked::LossOfSize(loss, parameters) => {
            let inputs = [("target_loss", loss), ("parameters", parameters)];
            Ok((None, parameters, says("tokens_for_loss", &inputs)?))
        }
    }
}

/// A count of less than one, or of more than any number of tokens, is no training.
fn sensible(parameters: f64, tokens: f64) -> Result<(), ApiError> {
    let whole = |count: f64| (1.0..1e24).contains(&count);
    if whole(parameters) && whole(tokens) {
        return Ok(());
    }
    let message =
        format!("it comes to {parameters:.3e} parameters on {tokens:.3e} tokens, which is no training");
    Err(ApiError::input("scale.range", message).at("--flops").help("give a larger budget, or a smaller one"))
}

/// What a budget buys.
struct Bought {
    work: f64,
    rate: Option<Rate>,
    hours: Option<f64>,
}

/// The work of a budget. Hours buy the more work the better the accelerators do at the size that the work is best for, so
/// that the two are asked in turn until they agree.
fn bought(
    budget: Budget,
    size: impl Fn(f64) -> Result<f64, ApiError>,
    place: Option<&mut Place<'_>>,
) -> Result<Bought, ApiError> {
    let place = match (budget, place) {
        (Budget::Work(work), _) => return Ok(Bought { work: work.get(), rate: None, hours: None }),
        (_, Some(place)) => place,
        (_, None) => {
            return Err(ApiError::internal("scale.place", "a budget of hours came without accelerators"));
        }
    };
    let mut rate = place.rate(ANY_SIZE)?;
    for _ in 0..ROUNDS {
        let hours = hours(budget, &rate)?;
        let work = work_of_hours(hours, rate.each).get();
        let next = place.rate(size(work)?)?;
        let agree = next.parameters == rate.parameters;
        let found = Bought { work, rate: Some(rate), hours: Some(hours) };
        if agree {
            return Ok(found);
        }
        rate = next;
    }
    // The two nearest sizes name each other: either is right to within a layer.
    let hours = hours(budget, &rate)?;
    Ok(Bought { work: work_of_hours(hours, rate.each).get(), rate: Some(rate), hours: Some(hours) })
}

fn hours(budget: Budget, rate: &Rate) -> Result<f64, ApiError> {
    match (budget, rate.price_of_one()) {
        (Budget::Money(money), Some(price)) if price.get() > 0.0 => Ok(hours_of_money(money, price)),
        (Budget::Money(_), _) => {
            let message =
                format!("nobody in the catalogue offers {} x {}", rate.accelerators, rate.accelerator);
            Err(ApiError::input("scale.no_price", message)
                .at("--usd")
                .help("give the price of what --on names with --price, such as --price '$20/h'"))
        }
        (Budget::Hours(hours), _) => Ok(hours),
        (Budget::Work(_), _) => Ok(0.0),
    }
}
