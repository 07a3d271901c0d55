//! What is asked: what is known of work, parameters, tokens and loss, of which two decide the others.

use slipstick_core::units::{Flops, Usd};

use super::ScaleRequest;
use crate::ApiError;

/// What may be spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Budget {
    Work(Flops),
    Hours(f64),
    Money(Usd),
}

/// What is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Asked {
    /// A budget: the best model of it.
    Budget(Budget),
    /// A budget and the model's size.
    BudgetOfSize(Budget, f64),
    /// A budget and the tokens.
    BudgetOfTokens(Budget, f64),
    /// A model and its tokens.
    Training(f64, f64),
    /// A model alone: the budget that it is the best of.
    Size(f64),
    /// A loss: the least work that reaches it.
    Loss(f64),
    /// A loss, to be reached by a model of a size.
    LossOfSize(f64, f64),
}

impl Asked {
    /// What may be spent, if that was said.
    pub(super) const fn budget(self) -> Option<Budget> {
        match self {
            Self::Budget(budget) | Self::BudgetOfSize(budget, _) | Self::BudgetOfTokens(budget, _) => {
                Some(budget)
            }
            Self::Training(..) | Self::Size(_) | Self::Loss(_) | Self::LossOfSize(..) => None,
        }
    }
}

/// Less than a neuron and more than the sun are no budgets of training.
const WORK: (f64, f64) = (1e9, 1e36);
const HOURS: (f64, f64) = (1e-6, 1e15);
const MONEY: (f64, f64) = (1e-6, 1e15);
/// Losses in nats a token of any tokenizer.
const LOSS: (f64, f64) = (1e-3, 20.0);

fn refused(code: &'static str, message: impl Into<String>, at: &'static str, help: &str) -> ApiError {
    ApiError::input(code, message).at(at).help(help)
}

fn within(value: f64, (least, most): (f64, f64), at: &'static str, help: &str) -> Result<f64, ApiError> {
    if value >= least && value <= most {
        return Ok(value);
    }
    if value.is_nan() {
        return Err(refused("scale.range", format!("{at} is no number"), at, help));
    }
    Err(refused("scale.range", format!("{at} {value:e} is out of range"), at, help))
}

fn budget(request: &ScaleRequest) -> Result<Option<Budget>, ApiError> {
    let work = request.flops.map(|work| work.0.get());
    let work =
        work.map(|work| within(work, WORK, "--flops", "give work in FLOP, such as 5.76e23")).transpose()?;
    let hours = request.gpu_hours.map(|hours| hours.0);
    let hours =
        hours.map(|hours| within(hours, HOURS, "--gpu-hours", "give hours, such as 100k")).transpose()?;
    let money = request.usd.map(|money| money.0.get());
    let money = money.map(|money| within(money, MONEY, "--usd", "give dollars, such as $5M")).transpose()?;
    let all = [
        work.map(|work| Budget::Work(Flops::count(work))),
        hours.map(Budget::Hours),
        money.map(|money| Budget::Money(Usd::dollars(money))),
    ];
    let mut given = all.into_iter().flatten();
    let first = given.next();
    if given.next().is_some() {
        let message =
            "--flops, --gpu-hours and --usd are three ways to say one thing, and more than one is given";
        return Err(refused("scale.budgets", message, "--flops", "keep one of them"));
    }
    if matches!(first, Some(Budget::Hours(_) | Budget::Money(_))) && request.on.is_none() {
        let at = if hours.is_some() { "--gpu-hours" } else { "--usd" };
        let message = format!("{at} says nothing of the work without the accelerators that do it");
        return Err(refused("scale.no_hardware", message, at, "add --on, such as --on 8xh100"));
    }
    Ok(first)
}

/// What a request asks, of a model of `size` if it names one.
pub(super) fn asked(request: &ScaleRequest, size: Option<f64>) -> Result<Asked, ApiError> {
    let budget = budget(request)?;
    let tokens = request.tokens.map(|tokens| tokens.0 as f64);
    let zero = |value: Option<f64>| value.is_some_and(|value| value < 1.0);
    for (given, at) in [(zero(size), "--parameters"), (zero(tokens), "--tokens")] {
        if given {
            let message = format!("{at} is 0, and nothing would be trained");
            return Err(refused("scale.zero_count", message, at, "give a count such as 8b or 15T"));
        }
    }
    let loss = request
        .loss
        .map(|loss| within(loss, LOSS, "--loss", "give nats a token, such as 2.0"))
        .transpose()?;
    match (budget, size, tokens, loss) {
        (Some(budget), None, None, None) => Ok(Asked::Budget(budget)),
        (Some(budget), Some(size), None, None) => Ok(Asked::BudgetOfSize(budget, size)),
        (Some(budget), None, Some(tokens), None) => Ok(Asked::BudgetOfTokens(budget, tokens)),
        (None, Some(size), Some(tokens), None) => Ok(Asked::Training(size, tokens)),
        (None, Some(size), None, None) => Ok(Asked::Size(size)),
        (None, None, None, Some(loss)) => Ok(Asked::Loss(loss)),
        (None, Some(size), None, Some(loss)) => Ok(Asked::LossOfSize(loss, size)),
        (budget, _, tokens, loss) => Err(undecided(budget.is_some(), tokens.is_some(), loss.is_some())),
    }
}

/// Why what is said decides no training, or more than one.
fn undecided(budget: bool, tokens: bool, loss: bool) -> ApiError {
    match (budget, tokens, loss) {
        (false, false, _) => refused(
            "scale.no_question",
            "nothing is known of the training",
            "--flops",
            "give a budget (--flops, --gpu-hours, --usd), a model (--parameters, --tokens) or a --loss",
        ),
        (false, true, false) => refused(
            "scale.tokens_alone",
            "tokens alone decide no model",
            "--tokens",
            "add --parameters, --model or a budget such as --flops 1e24",
        ),
        (false, true, true) => refused(
            "scale.too_much",
            "tokens and a loss leave nothing to ask of them",
            "--loss",
            "leave --tokens out, or --loss",
        ),
        (true, ..) => refused(
            "scale.too_much",
            "a budget with a size, tokens or a loss is decided already, and more is given",
            "--tokens",
            "keep the budget and at most one of --parameters and --tokens",
        ),
    }
}
