//! The whole run: its tokens, its price, and what it assumes.

use slipstick_catalog::training::run_assumptions;
use slipstick_core::{
    training::{Run, RunAssumptions, Taken},
    units::Seconds,
};

use super::{Planned, RunAssumptionsRequest, TrainRequest};
use crate::{
    ApiError,
    commands::estimate::{self, Priced},
    request::PriceRequest,
    resolve::{Assumption, Resolver},
};

/// Tokens of a run for each parameter, where nobody says (Hoffmann et al. 2022).
const TOKENS_PER_PARAMETER: u64 = 20;

/// The price of all accelerators.
pub(crate) fn price(
    request: &PriceRequest,
    planned: &Planned,
    resolver: &Resolver<'_>,
) -> Result<Option<Priced>, ApiError> {
    if request.utilisation.is_some() {
        return Err(ApiError::input(
            "train.utilisation",
            "a training run has its accelerators to itself all the time",
        )
        .at("--utilisation")
        .help("leave it out; --restart and --between-failures say what is lost"));
    }
    estimate::price(request, &planned.cluster, resolver)
}

/// Tokens of the run.
pub(super) fn tokens(request: &TrainRequest, planned: &mut Planned) -> Result<Taken<u64>, ApiError> {
    if let Some(tokens) = request.tokens {
        return if tokens.0 > 0 {
            Ok(Taken::asked(tokens.0))
        } else {
            Err(ApiError::input("train.zero_count", "--tokens is 0, and nothing would be trained")
                .at("--tokens")
                .help("give the tokens of the run, such as 1T"))
        };
    }
    let usual = planned.shape.parameters().saturating_mul(TOKENS_PER_PARAMETER);
    let why = "twenty for each parameter".to_owned();
    planned.defaults.push(Assumption { flag: "--tokens", value: usual.to_string(), why });
    Ok(Taken::assumed(usual))
}

/// What is said of the run, or assumed.
pub(crate) fn assumed(request: &RunAssumptionsRequest) -> Result<RunAssumptions, ApiError> {
    let mut assumed = run_assumptions();
    if let Some(time) = request.between_failures {
        assumed.between_failures = Taken::asked(time.0);
    }
    if let Some(time) = request.restart {
        assumed.restart = Taken::asked(time.0);
    }
    if let Some(factor) = request.pue {
        if !(1.0..=10.0).contains(&factor) {
            return Err(ApiError::input(
                "train.pue",
                format!("a power usage effectiveness of {factor} cannot be"),
            )
            .at("--pue")
            .help("give a factor from 1, such as 1.1"));
        }
        assumed.effectiveness = Taken::asked(factor);
    }
    if let Some(kg) = request.co2_per_kwh {
        if !(0.0..=5.0).contains(&kg) {
            return Err(ApiError::input(
                "train.co2",
                format!("{kg} kg of carbon dioxide a kilowatt-hour cannot be"),
            )
            .at("--co2-per-kwh")
            .help("give kilograms a kilowatt-hour, such as 0.414"));
        }
        assumed.co2_kg_per_kwh = Taken::asked(kg);
    }
    if assumed.between_failures.value <= Seconds::ZERO {
        return Err(ApiError::input(
            "train.between_failures",
            "a mean time of 0 between failures leaves no step",
        )
        .at("--between-failures")
        .help("give a time such as 50000h"));
    }
    Ok(assumed)
}

/// Refuses a run that hardly gets on between two failures.
pub(crate) fn gets_on(run: &Run) -> Result<(), ApiError> {
    const LEAST: f64 = 0.01;
    if run.goodput >= LEAST {
        return Ok(());
    }
    let message = format!(
        "with a failure every {} and as long a restart less than {:.0} % of the time is useful",
        run.between_failures,
        100.0 * LEAST
    );
    Err(ApiError::input("train.failures", message)
        .at("--between-failures")
        .help("give a longer time between failures of one accelerator, or a shorter --restart"))
}
