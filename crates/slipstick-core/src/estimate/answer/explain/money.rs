//! What prices and energy come from.

use super::{Asked, Estimate, REQUEST, fitted};
use crate::{
    basis::Basis,
    estimate::{answer::used, cost},
    formulas::cost::{
        energy::{energy_per_token, mean_power, power_of_all},
        tokens::{output_share, prompt_share, single_stream_prompt_share, usd_per_million_tokens},
    },
    trace::{Input, Trace},
};

pub(super) fn note(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    shares(estimate, with, trace);
    prices(with, estimate, trace);
    energy(with, estimate, trace);
}

fn shares(estimate: &Estimate, with: &Asked<'_>, trace: &mut Trace) {
    if estimate.cost.is_none() {
        return;
    }
    let service = &estimate.service;
    let share = service.prefill_share;
    let tpot = Input::number("TPOT", service.tpot.get(), "s", "/latency/tpot_s");
    if service.mixed_share > 0.0 {
        trace.note("/cost/input_share", &prompt_share::FORMULA, share, "", || {
            let decode = service.decode_step.total().get();
            vec![tpot, Input::number("t_d", decode, "s", "/batching/decode_step_s")]
        });
    } else {
        trace.note("/cost/input_share", &single_stream_prompt_share::FORMULA, share, "", || {
            let prefill = service.prefill.total().get();
            vec![
                Input::number("t_1", prefill, "s", "/batching/prefill_s"),
                tpot,
                Input::fact("O", with.tokens.output, "tokens", REQUEST, Basis::Exact),
            ]
        });
    }
    trace.note("/cost/output_share", &output_share::FORMULA, 1.0 - share, "", || {
        vec![Input::number("g_i", share, "", "/cost/input_share")]
    });
}

fn prices(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    let (Some(cost), Some(price)) = (&estimate.cost, with.money.price) else { return };
    let service = &estimate.service;
    let share = service.prefill_share;
    let input_rate = service.total_rate - service.output_rate;
    let rows = [
        (
            "/cost/usd_per_million_input_tokens",
            cost.input,
            Input::number("g", share, "", "/cost/input_share"),
            Input::number("r", input_rate, "tokens/s", "/throughput/input_tokens_per_s"),
        ),
        (
            "/cost/usd_per_million_output_tokens",
            cost.output,
            Input::number("g", 1.0 - share, "", "/cost/output_share"),
            Input::number("r", service.output_rate, "tokens/s", "/throughput/output_tokens_per_s"),
        ),
        (
            "/cost/usd_per_million_tokens",
            cost.blended,
            Input::fact("g", 1.0, "", "both kinds of tokens share the whole price", Basis::Exact),
            Input::number("r", service.total_rate, "tokens/s", "/throughput/total_tokens_per_s"),
        ),
    ];
    for (pointer, value, share, rate) in rows {
        trace.note(pointer, &usd_per_million_tokens::FORMULA, value.get(), "USD", || {
            vec![
                Input::number("p", price.get(), "USD/h", "/cost/usd_per_hour"),
                share,
                rate,
                Input::number("u", with.money.utilisation, "", "/cost/utilisation"),
            ]
        });
    }
}

fn energy(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    let accelerator = &with.deployment.cluster.accelerator;
    let (Some(limit), Some(each), Some(all), Some(token)) =
        (accelerator.power, estimate.power_each, estimate.power, estimate.energy_per_output_token)
    else {
        return;
    };
    trace.note("/energy/power_each_w", &mean_power::FORMULA, each.get(), "W", || {
        let source = format!("catalogue: {}", accelerator.id);
        let idle = with.deployment.calibration.assumed.idle_power;
        vec![
            Input::fact("P_max", limit.get(), "W", source, Basis::Specified),
            Input::fact("i", idle.value, "", "catalogue: assumptions, idle_power", idle.basis),
            fitted(with, "l", cost::power_load(&estimate.service, &with.deployment.calibration.assumed), ""),
        ]
    });
    trace.note("/energy/power_w", &power_of_all::FORMULA, all.get(), "W", || {
        vec![
            Input::fact("n", used(with), "accelerators", "layout", Basis::Exact),
            Input::number("P", each.get(), "W", "/energy/power_each_w"),
        ]
    });
    let rate = estimate.service.output_rate;
    trace.note("/energy/per_output_token_j", &energy_per_token::FORMULA, token.get(), "J", || {
        vec![
            Input::number("P", all.get(), "W", "/energy/power_w"),
            Input::number("r", rate, "tokens/s", "/throughput/output_tokens_per_s"),
        ]
    });
}
