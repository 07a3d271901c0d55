//! Money and energy of a deployment.

use crate::{
    estimate::{serving::Service, step::StepTime},
    formulas::cost::{energy::mean_power, tokens::usd_per_million_tokens},
    units::{Power, Usd, UsdPerHour},
};

/// Idle share of a power limit, with a context open: 115 W of 700 W.
pub(super) const IDLE_SHARE: f64 = 0.164;

/// How hard memory traffic alone loads a chip, against full arithmetic: decode draws half to three quarters of the limit.
const MEMORY_LOAD: f64 = 0.6;

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
pub fn accelerator_power(service: &Service, limit: Power) -> Power {
    mean_power(limit, IDLE_SHARE, power_load(service))
}

/// How hard the steps load an accelerator, from 0 to 1.
pub(super) fn power_load(service: &Service) -> f64 {
    let loaded = |step: &StepTime| {
        let busy = step.compute + step.bandwidth * MEMORY_LOAD + step.communication * 0.5 * MEMORY_LOAD;
        busy / step.total()
    };
    let share = service.mixed_share;
    let load = loaded(&service.mixed_step) * share + loaded(&service.decode_step) * (1.0 - share);
    load.clamp(0.0, 1.0)
}
