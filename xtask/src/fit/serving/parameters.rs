//! The constants that serving is fitted with: what each means to a calibration, and what was believed before.

use slipstick_core::{
    basis::{Basis, Known},
    hardware::Calibration,
    units::Seconds,
};

/// One constant with its log-normal prior.
pub(super) struct Parameter {
    /// The median of the prior.
    pub(super) prior: f64,
    /// The standard deviation of its logarithm.
    pub(super) sd: f64,
    /// Puts it into a calibration; later constants may rest on earlier ones.
    pub(super) set: fn(&mut Calibration, f64),
}

/// Puts constants into a calibration, each so many deviations of its prior away from that.
pub(super) fn put<'a>(
    parameters: &[Parameter],
    calibration: &mut Calibration,
    deviations: impl Iterator<Item = &'a f64>,
) {
    for (parameter, deviations) in parameters.iter().zip(deviations) {
        (parameter.set)(calibration, parameter.prior * (deviations * parameter.sd).exp());
    }
}

/// Share of the 16-bit peak that attention over prompts reaches: runs do not tell it from the other shares, so it is none
/// of the constants.
pub(super) const ATTENTION: f64 = 0.45;

/// A share that stays below 1, however large what it is made of.
fn bent(share: f64) -> f64 {
    share / (1.0 + (share / 0.98).powi(8)).powf(0.125)
}

const fn parameter(prior: f64, sd: f64, set: fn(&mut Calibration, f64)) -> Parameter {
    Parameter { prior, sd, set }
}

/// The constants: one set for all engines and chips, or, as the form that is held against it, one for each pair of chip family
/// and engine.
pub(super) const JOINT: &[Parameter] = &[
    parameter(0.70, 0.15, |c, x| c.compute.wide = bent(x)),
    parameter(0.58, 0.2, |c, x| c.compute.fp8 = bent(x)),
    parameter(0.45, 0.25, |c, x| c.compute.fp4 = bent(x)),
    // Products of experts, against dense ones.
    parameter(0.6, 0.3, |c, x| c.experts.compute = bent(x)),
    parameter(0.85, 0.08, |c, x| {
        c.memory = bent(x);
        c.memory_cache = c.memory;
    }),
    parameter(0.72, 0.15, |c, x| c.memory_packed = bent(x)),
    // Weights of experts: plain or of 8 bits, packed for units of their own width, packed and widened.
    parameter(0.75, 0.15, |c, x| c.experts.memory = bent(x) / c.memory),
    parameter(0.72, 0.2, |c, x| c.experts.memory_packed = bent(x) / c.memory_packed),
    parameter(0.60, 0.2, |c, x| c.experts.memory_widened = bent(x) / c.memory_packed),
    // Popularity of experts: a coefficient of variation of about 0.7 is believed.
    parameter(0.5, 0.4, |c, x| c.experts.unevenness = x),
    parameter(25.0, 0.4, |c, x| c.per_layer = Seconds::us(x)),
    parameter(15.0, 0.8, |c, x| c.per_latent_layer = Seconds::us(x)),
    parameter(20.0, 0.8, |c, x| c.per_recurrent_layer = Seconds::us(x)),
    parameter(600.0, 0.5, |c, x| c.per_step = Seconds::us(x)),
    parameter(8.0, 0.6, |c, x| c.per_sequence = Seconds::us(x)),
    parameter(0.7, 0.25, |c, x| c.links.scale_up.share = bent(x)),
    parameter(8.0, 0.4, |c, x| c.links.scale_up.latency = Seconds::us(x)),
    parameter(1.2, 0.5, |c, x| c.links.scale_up.latency_per_rank = Seconds::us(x)),
];

/// What a request waits for whatever the engine: a frontend before it, and how much longer its own prompt takes the host where
/// the kernels of that are launched one by one.
pub(super) const SHARED: &[Parameter] = &[
    parameter(0.07, 1.0, |c, x| c.assumed.frontend = Known::of(x, Basis::Fitted)),
    parameter(10.0, 0.5, |c, x| c.assumed.eager_launch = Known::of(x, Basis::Fitted)),
];

/// What a request waits for, by engine.
pub(super) const WAITS: &[Parameter] = &[
    parameter(20.0, 1.0, |c, x| c.per_request = Seconds::ms(x)),
    parameter(3.0, 1.0, |c, x| c.waited_steps = x),
];
