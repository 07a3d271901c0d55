//! What the numbers of an estimate come from.

mod money;
mod operators;

use super::{Asked, Estimate, steps};
use crate::{
    basis::Basis,
    formulas::time::{
        batching::{chunks_per_step, mixed_step_share, prefill_tokens_per_step},
        latency::{
            closed_loop_rate, closed_loop_token_rate, end_to_end_time, step_sum, time_per_output_token,
            time_to_first_token,
        },
    },
    trace::{Input, Trace},
};

const REQUEST: &str = "request";

pub(super) fn note(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    operators::note(with, estimate, trace);
    batching(with, estimate, trace);
    latency(with, estimate, trace);
    throughput(with, estimate, trace);
    money::note(with, estimate, trace);
}

fn batching(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    let (service, load) = (&estimate.service, &with.tokens);
    let tokens = service.prefill_tokens;
    let carried = "/batching/prefill_tokens_per_step";
    trace.note(carried, &prefill_tokens_per_step::FORMULA, tokens, "tokens", || {
        vec![
            Input::number("B", service.decoding, "sequences", "/batching/decoding_sequences"),
            Input::fact("I", load.input, "tokens", REQUEST, Basis::Exact),
            Input::fact("O", load.output, "tokens", REQUEST, Basis::Exact),
        ]
    });
    let chunks = chunks_per_step(tokens, service.chunk_tokens);
    trace.note("/batching/chunks_per_step", &chunks_per_step::FORMULA, chunks, "chunks", || {
        vec![
            Input::number("x", tokens, "tokens", carried),
            Input::fact(
                "c",
                service.chunk_tokens,
                "tokens",
                "the prompt, or the engine's limit",
                Basis::Specified,
            ),
        ]
    });
    trace.note("/batching/mixed_step_share", &mixed_step_share::FORMULA, service.mixed_share, "", || {
        vec![Input::number("a", chunks, "chunks", "/batching/chunks_per_step")]
    });
    for (name, step) in steps(service) {
        let pointer = format!("/batching/{name}_s");
        trace.note(&pointer, &step_sum::FORMULA, step.total().get(), "s", || {
            let part = |symbol, time| fitted(with, symbol, time, "s");
            vec![
                part("t_c", step.compute.get()),
                part("t_b", step.bandwidth.get()),
                part("t_l", step.communication.get()),
                part("t_o", step.overhead.get()),
            ]
        });
    }
}

fn latency(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    let service = &estimate.service;
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
            fitted(with, "t_r", request, "s"),
            Input::number("t_w", service.wait.get(), "s", "/latency/wait_s"),
            Input::number("t_p", service.own_prefill.get(), "s", "/latency/own_prefill_s"),
            Input::number("t_q", service.queue.get(), "s", "/latency/queue_s"),
        ]
    });
    trace.note("/latency/e2e_s", &end_to_end_time::FORMULA, service.e2e.get(), "s", || {
        vec![
            Input::number("TTFT", service.ttft.get(), "s", "/latency/ttft_s"),
            Input::fact("O", with.tokens.output, "tokens", REQUEST, Basis::Exact),
            Input::number("TPOT", service.tpot.get(), "s", "/latency/tpot_s"),
        ]
    });
}

fn throughput(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    let service = &estimate.service;
    let (input, output) = (with.tokens.input, with.tokens.output);
    let concurrency = || Input::fact("C", with.tokens.requests, "requests", REQUEST, Basis::Exact);
    let time = || Input::number("E2E", service.e2e.get(), "s", "/latency/e2e_s");
    let requests = "/throughput/requests_per_s";
    trace.note(requests, &closed_loop_rate::FORMULA, service.request_rate, "1/s", || {
        vec![concurrency(), time()]
    });
    let rates = [
        ("/throughput/input_tokens_per_s", service.total_rate - service.output_rate, input),
        ("/throughput/output_tokens_per_s", service.output_rate, output),
        ("/throughput/total_tokens_per_s", service.total_rate, input + output),
    ];
    for (pointer, value, tokens) in rates {
        trace.note(pointer, &closed_loop_token_rate::FORMULA, value, "tokens/s", || {
            vec![Input::fact("t", tokens, "tokens", REQUEST, Basis::Exact), concurrency(), time()]
        });
    }
}

/// An input that was fitted, or carried over from what was.
fn fitted(with: &Asked<'_>, symbol: &'static str, value: f64, unit: &'static str) -> Input {
    Input::fact(
        symbol,
        value,
        unit,
        with.deployment.calibration.source.clone(),
        with.deployment.calibration.basis,
    )
}
