//! Money and energy of a deployment.

use crate::{
    basis::Basis,
    deployment::Deployment,
    estimate::{serving::Service, step::StepTime},
    formulas::cost::{
        energy::{energy_per_token, mean_power, million_tokens_energy, power_load, power_of_all, step_load},
        tokens::{output_share, usd_per_million_tokens},
    },
    formulas::time::queueing::load_over_time,
    hardware::Assumptions,
    quantity::{Quantity as Q, StepKind},
    trace::{Origin, Source, Trace, asked, at, fact, fitted, layout},
    traced,
    units::{Energy, Power, Usd, UsdPerHour},
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

/// What power a deployment draws, and what that makes a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenPower {
    /// Mean power of one accelerator.
    pub each: Power,
    /// Mean power of all accelerators in use.
    pub all: Power,
    /// Energy an output token takes, prompts included.
    pub token: Energy,
}

/// The token prices of a deployment that costs `price` an hour and is `utilisation` of the time under this load.
///
/// The hour is shared between input and output as their work is: prompts pay for the time they add to the steps.
pub fn token_cost(service: &Service, price: UsdPerHour, utilisation: f64, trace: Trace<'_>) -> TokenCost {
    trace.stated(Q::Price, price, Source::Prices, Basis::Specified);
    let basis = if utilisation < 1.0 { Basis::Specified } else { Basis::Assumed };
    trace.stated(Q::Utilisation, utilisation, Source::Request, basis);
    let output =
        traced!(trace, Q::OutputShare, output_share { g_i: service.prefill_share => at(Q::InputShare) });
    let price_of = |quantity, (share, charged): (f64, Origin), (rate, tokens): (f64, Q)| {
        traced!(trace, quantity, usd_per_million_tokens {
            p: price => at(Q::Price),
            g: share => charged,
            r: rate => at(tokens),
            u: utilisation => at(Q::Utilisation),
        })
    };
    TokenCost {
        input: price_of(
            Q::InputCost,
            (service.prefill_share, at(Q::InputShare)),
            (service.input_rate, Q::InputRate),
        ),
        output: price_of(Q::OutputCost, (output, at(Q::OutputShare)), (service.output_rate, Q::OutputRate)),
        // Both kinds of tokens share the whole price.
        blended: price_of(Q::TokenCost, (1.0, asked("")), (service.total_rate, Q::TotalRate)),
    }
}

/// Power and energy of a deployment that keeps `used` accelerators busy, if the power limit of one is known.
pub fn energy(service: &Service, deployment: &Deployment, used: f64, trace: Trace<'_>) -> Option<TokenPower> {
    let limit = deployment.cluster.accelerator.power?;
    let assumed = &deployment.calibration.assumed;
    let (load, known) = over_time(service, load(service, assumed, trace), trace);
    let each = traced!(trace, Q::PowerEach, mean_power {
        P_max: limit => fact("", Source::Accelerator, Basis::Specified),
        i: assumed.idle_power.value => fact("", Source::Assumptions, assumed.idle_power.basis),
        l: load => known,
    });
    let all = traced!(trace, Q::PowerAll, power_of_all {
        n: used => layout("accelerators"),
        P: each => at(Q::PowerEach),
    });
    let token = traced!(trace, Q::TokenEnergy, energy_per_token {
        P: all => at(Q::PowerAll),
        r: service.output_rate => at(Q::OutputRate),
    });
    traced!(trace, Q::MillionTokensEnergy, million_tokens_energy { E: token => at(Q::TokenEnergy) });
    Some(TokenPower { each, all, token })
}

/// The same with the time in which nobody asks, and where that comes from.
fn over_time(service: &Service, load: f64, trace: Trace<'_>) -> (f64, Origin) {
    let Some(at_rate) = service.at_rate else { return (load, at(Q::PowerLoad)) };
    let mean = traced!(trace, Q::LoadOverTime, load_over_time {
        b: at_rate.busy => at(Q::BusyShare),
        l_s: load => at(Q::PowerLoad),
    });
    (mean, at(Q::LoadOverTime))
}

/// How hard the steps load an accelerator, from 0 to 1.
fn load(service: &Service, assumed: &Assumptions, trace: Trace<'_>) -> f64 {
    let mixed = load_of(StepKind::Mixed, &service.mixed_step, assumed, trace);
    let decode = load_of(StepKind::Decode, &service.decode_step, assumed, trace);
    traced!(trace, Q::PowerLoad, power_load {
        p: service.mixed_share => at(Q::MixedStepShare),
        l_m: mixed => at(Q::StepLoad(StepKind::Mixed)),
        l_d: decode => at(Q::StepLoad(StepKind::Decode)),
    })
}

/// How hard one step loads an accelerator.
pub(super) fn load_of(kind: StepKind, step: &StepTime, assumed: &Assumptions, trace: Trace<'_>) -> f64 {
    traced!(trace, Q::StepLoad(kind), step_load {
        t_c: step.compute => fitted("s"),
        t_b: step.bandwidth => fitted("s"),
        t_l: step.communication => fitted("s"),
        t: step.total() => at(Q::StepTime(kind)),
        b: assumed.memory_power.value => fact("", Source::Assumptions, assumed.memory_power.basis),
        l: assumed.link_power.value => fact("", Source::Assumptions, assumed.link_power.basis),
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        formulas::cost::{
            energy::energy_per_token,
            hosted::{input_at_ratio, output_at_ratio},
            tokens::{output_share, pool_price_share, usd_per_million_tokens},
        },
        units::{Power, Usd, UsdPerHour},
    };

    /// $2 an hour, 8,000 tokens read and 1,000 written a second: the ways people share the hour.
    fn price(share: f64, rate: f64) -> f64 {
        usd_per_million_tokens(UsdPerHour::dollars_per_hour(2.0), share, rate, 1.0).get()
    }

    #[test]
    fn every_way_of_sharing_the_hour_gives_its_known_price() {
        let by_time = 0.35;
        let known = [
            (price(1.0, 9000.0), 0.061_728),
            (price(1.0, 1000.0), 0.555_556),
            (price(1.0, 8000.0), 0.069_444),
            (price(by_time, 8000.0), 0.024_306),
            (price(output_share(by_time), 1000.0), 0.361_111),
        ];
        for (found, known) in known {
            assert!((found - known).abs() < 1e-6, "{found}, not {known}");
        }
        let paid = 8000.0 * price(by_time, 8000.0) + 1000.0 * price(output_share(by_time), 1000.0);
        assert!((paid - 2.0 / 3600.0 * 1e6).abs() < 1e-6, "both together pay the hour: {paid}");
    }

    /// Rows that InferenceX prints (InferenceX-app#391): DeepSeek-V4-Pro in FP4 on GB200 at $2.21, tokens a second of one
    /// accelerator and dollars a million; the last, 0.10 in the post, is a misprint.
    #[test]
    fn rates_of_one_accelerator_give_the_prices_that_are_printed() {
        let price =
            |rate: f64| usd_per_million_tokens(UsdPerHour::dollars_per_hour(2.21), 1.0, rate, 1.0).get();
        for (rate, printed) in
            [(32.8, 18.72), (1613.8, 0.380), (2004.5, 0.306), (3148.0, 0.195), (5336.2, 0.115)]
        {
            assert!((price(rate) / printed - 1.0).abs() < 3e-3, "{rate}: {}, not {printed}", price(rate));
        }
        assert!((price(5336.2) - 0.10).abs() > 0.01, "no rounding makes it the printed 0.10");
    }

    /// All-in kilowatts of an accelerator over its tokens a second are joules a token: 2.1 kW of a GB200.
    #[test]
    fn joules_of_a_token_follow_from_kilowatts() {
        let each = energy_per_token(Power::watts(2100.0), 1613.8);
        assert!((each.get() - 2.1 * 1000.0 / 1613.8).abs() < 1e-9);
    }

    /// Both pools of a split deployment: 8 and 16 accelerators at $2, 80,000 tokens read and 10,000 written a second.
    #[test]
    fn pools_pay_for_what_each_of_them_does() {
        let hour = UsdPerHour::dollars_per_hour(48.0);
        let input = usd_per_million_tokens(hour, pool_price_share(8.0, 24.0), 80_000.0, 1.0).get();
        let output =
            usd_per_million_tokens(hour, output_share(pool_price_share(8.0, 24.0)), 10_000.0, 1.0).get();
        let total = usd_per_million_tokens(hour, 1.0, 90_000.0, 1.0).get();
        for (found, known) in [(input, 0.055_556), (output, 0.888_889), (total, 0.148_148)] {
            assert!((found - known).abs() < 1e-6, "{found}, not {known}");
        }
        assert!((80_000.0 * input + 10_000.0 * output - 90_000.0 * total).abs() < 1e-6);
    }

    /// Prices in the proportion of a list pay the hour whatever the proportion.
    #[test]
    fn prices_at_a_ratio_pay_the_hour() {
        let hour = UsdPerHour::dollars_per_hour(2.0);
        for (ratio, known) in
            [(3.0, (0.050_505, 0.151_515)), (4.0, (0.046_296, 0.185_185)), (5.0, (0.042_735, 0.213_675))]
        {
            let (one, more) = (Usd::dollars(1.0), Usd::dollars(ratio));
            let input = input_at_ratio(hour, 1.0, 8000.0, 1000.0, one, more);
            let output = output_at_ratio(input, one, more);
            assert!((input.get() - known.0).abs() < 1e-6 && (output.get() - known.1).abs() < 1e-6);
            assert!((8000.0 * input.get() + 1000.0 * output.get() - 2.0 / 3600.0 * 1e6).abs() < 1e-6);
        }
    }
}
