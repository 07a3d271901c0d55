//! Money and energy of a deployment.

use crate::{
    estimate::{serving::Service, step::StepTime},
    formulas::cost::{energy::mean_power, tokens::usd_per_million_tokens},
    hardware::Assumptions,
    units::{Power, Usd, UsdPerHour},
};

/// Prices a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenCost {
    /// Dollars a million input tokens.
    pub input: Usd,
    /// Dollars a million output tokens.
    pub output: Usd,
    /// Dollars a million tokens of either kind, at the load's mix.
    pub blended: Usd,
}

/// The token prices of a deployment that costs `price` an hour and is `utilisation` of the time under this load.
///
/// The hour is shared between input and output as their work is: prompts pay for the time they add to the steps.
pub fn token_cost(service: &Service, price: UsdPerHour, utilisation: f64) -> TokenCost {
    let input_rate = service.total_rate - service.output_rate;
    let share = service.prefill_share;
    TokenCost {
        input: usd_per_million_tokens(price, share, input_rate, utilisation),
        output: usd_per_million_tokens(price, 1.0 - share, service.output_rate, utilisation),
        blended: usd_per_million_tokens(price, 1.0, service.total_rate, utilisation),
    }
}

/// Mean power of one accelerator, from what its steps are spent on.
pub fn accelerator_power(service: &Service, assumed: &Assumptions, limit: Power) -> Power {
    mean_power(limit, assumed.idle_power.value, power_load(service, assumed))
}

/// How hard the steps load an accelerator, from 0 to 1.
pub(super) fn power_load(service: &Service, assumed: &Assumptions) -> f64 {
    let loaded = |step: &StepTime| {
        let memory = step.bandwidth * assumed.memory_power.value;
        let links = step.communication * assumed.link_power.value;
        (step.compute + memory + links) / step.total()
    };
    let share = service.mixed_share;
    let load = loaded(&service.mixed_step) * share + loaded(&service.decode_step) * (1.0 - share);
    load.clamp(0.0, 1.0)
}
