//! What the numbers of an estimate come from.

use super::{Deployment, Estimate, steps};
use crate::{
    basis::Basis,
    estimate::step::Bound,
    formulas::{
        cost::tokens::usd_per_million_tokens,
        time::{
            batching::{mixed_step_share, prefill_tokens_per_step},
            latency::{
                closed_loop_rate, end_to_end_time, step_sum, time_per_output_token, time_to_first_token,
            },
            roofline::roofline_time,
        },
    },
    trace::{Input, Trace},
};

const REQUEST: &str = "request";

pub(super) fn note(with: &Deployment<'_>, estimate: &Estimate, trace: &mut Trace) {
    rows(with, estimate, trace);
    batching(with, estimate, trace);
    latency(with, estimate, trace);
    throughput(with, estimate, trace);
    prices(with, estimate, trace);
}

fn rows(with: &Deployment<'_>, estimate: &Estimate, trace: &mut Trace) {
    let calibration = with.calibration;
    let accelerator = &with.cluster.accelerator;
    for (index, row) in estimate.roofline.iter().enumerate() {
        let pointer = format!("/roofline/{index}/time_s");
        let fitted = |symbol, value, unit| {
            Input::fact(symbol, value, unit, calibration.source.clone(), calibration.basis)
        };
        if matches!(row.bound, Bound::Communication | Bound::Latency | Bound::Capacity) {
            continue;
        }
        trace.note(&pointer, &roofline_time::FORMULA, row.time.get(), "s", || {
            let flops = row.cost.flops.get();
            let moved = row.cost.moved().get();
            let source = format!("catalogue: {}", accelerator.id);
            vec![
                Input::number("W", flops, "FLOP", format!("/roofline/{index}/flops")),
                Input::number("Q", moved, "B", format!("/roofline/{index}/bytes")),
                Input::fact("bandwidth", accelerator.memory_bandwidth.get(), "B/s", source, Basis::Specified),
                fitted("share of bandwidth", calibration.memory, ""),
                fitted("share of peak", calibration.compute.of(estimate.compute), ""),
            ]
        });
    }
}

fn batching(with: &Deployment<'_>, estimate: &Estimate, trace: &mut Trace) {
    let (service, load) = (&estimate.service, &with.load);
    let tokens = prefill_tokens_per_step(service.batch, load.input, load.output);
    trace.note(
        "/batching/prefill_tokens_per_step",
        &prefill_tokens_per_step::FORMULA,
        tokens,
        "tokens",
        || {
            vec![
                Input::number("B", service.batch, "sequences", "/batching/sequences"),
                Input::fact("I", load.input, "tokens", REQUEST, Basis::Exact),
                Input::fact("O", load.output, "tokens", REQUEST, Basis::Exact),
            ]
        },
    );
    trace.note("/batching/mixed_step_share", &mixed_step_share::FORMULA, service.mixed_share, "", || {
        vec![Input::number("a", tokens, "tokens", "/batching/prefill_tokens_per_step")]
    });
    for (name, step) in steps(service) {
        let pointer = format!("/batching/{name}_s");
        trace.note(&pointer, &step_sum::FORMULA, step.total().get(), "s", || {
            let calibration = with.calibration;
            let part =
                |symbol, time| Input::fact(symbol, time, "s", calibration.source.clone(), calibration.basis);
            vec![
                part("t_c", step.compute.get()),
                part("t_b", step.bandwidth.get()),
                part("t_l", step.communication.get()),
                part("t_o", step.overhead.get()),
            ]
        });
    }
}

fn latency(with: &Deployment<'_>, estimate: &Estimate, trace: &mut Trace) {
    let service = &estimate.service;
    let calibration = with.calibration;
    trace.note("/latency/tpot_s", &time_per_output_token::FORMULA, service.tpot.get(), "s", || {
        vec![
            Input::number("p", service.mixed_share, "", "/batching/mixed_step_share"),
            Input::number("t_m", service.mixed_step.total().get(), "s", "/batching/mixed_step_s"),
            Input::number("t_d", service.decode_step.total().get(), "s", "/batching/decode_step_s"),
        ]
    });
    trace.note("/latency/ttft_s", &time_to_first_token::FORMULA, service.ttft.get(), "s", || {
        let request = with.limits.per_request.get();
        vec![
            Input::fact("t_r", request, "s", calibration.source.clone(), calibration.basis),
            Input::number("t_w", service.wait.get(), "s", "/latency/wait_s"),
            Input::number("t_p", service.own_prefill.get(), "s", "/batching/prefill_s"),
            Input::number("t_q", service.queue.get(), "s", "/latency/queue_s"),
        ]
    });
    trace.note("/latency/e2e_s", &end_to_end_time::FORMULA, service.e2e.get(), "s", || {
        vec![
            Input::number("TTFT", service.ttft.get(), "s", "/latency/ttft_s"),
            Input::fact("O", with.load.output, "tokens", REQUEST, Basis::Exact),
            Input::number("TPOT", service.tpot.get(), "s", "/latency/tpot_s"),
        ]
    });
}

fn throughput(with: &Deployment<'_>, estimate: &Estimate, trace: &mut Trace) {
    let service = &estimate.service;
    let (input, output) = (with.load.input, with.load.output);
    let rates = [
        ("/throughput/requests_per_s", service.request_rate, "1/s", 1.0),
        ("/throughput/output_tokens_per_s", service.output_rate, "tokens/s", output),
        ("/throughput/total_tokens_per_s", service.total_rate, "tokens/s", input + output),
    ];
    for (pointer, value, unit, tokens) in rates {
        trace.note(pointer, &closed_loop_rate::FORMULA, value, unit, || {
            vec![
                Input::fact("C", with.load.concurrency, "requests", REQUEST, Basis::Exact),
                Input::number("E2E", service.e2e.get(), "s", "/latency/e2e_s"),
                Input::fact("tokens a request", tokens, "tokens", REQUEST, Basis::Exact),
            ]
        });
    }
}

fn prices(with: &Deployment<'_>, estimate: &Estimate, trace: &mut Trace) {
    let (Some(cost), Some(price)) = (&estimate.cost, with.price) else { return };
    let service = &estimate.service;
    let rows = [
        (
            "/cost/usd_per_million_input_tokens",
            cost.input,
            service.prefill_share,
            service.total_rate - service.output_rate,
        ),
        (
            "/cost/usd_per_million_output_tokens",
            cost.output,
            1.0 - service.prefill_share,
            service.output_rate,
        ),
        ("/cost/usd_per_million_tokens", cost.blended, 1.0, service.total_rate),
    ];
    for (pointer, value, share, rate) in rows {
        trace.note(pointer, &usd_per_million_tokens::FORMULA, value.get(), "USD", || {
            vec![
                Input::number("p", price.get(), "USD/h", "/cost/usd_per_hour"),
                Input::number("g", share, "", "/batching/mixed_step_share"),
                Input::number("r", rate, "tokens/s", "/throughput/total_tokens_per_s"),
                Input::fact("u", with.utilisation, "", REQUEST, Basis::Assumed),
            ]
        });
    }
}
