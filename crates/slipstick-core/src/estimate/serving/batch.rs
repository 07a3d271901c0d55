//! One static batch: all prompts are read together, then all sequences written together.

use super::{
    Service, Serving,
    rounds::{Rounds, read},
    tokens::{Tokens, alone, token_rates},
};
use crate::{
    basis::Basis,
    estimate::step::StepTime,
    formulas::time::latency::{closed_loop_rate, end_to_end_time, own_prefill_time, time_to_first_token},
    quantity::{Quantity as Q, StepKind},
    trace::{Source, Trace, asked, at, fitted},
    traced,
    units::Seconds,
    workload::Workload,
};

/// Serves a static batch. Rates are those of the batch's own time; a batch that only reads is not charged what a request
/// costs before it is scheduled, since whoever measures that feeds tokens to the model directly.
pub(super) fn serve(with: &Serving<'_>, load: &Workload) -> Service {
    let trace = with.trace;
    let tokens = Tokens::of(load);
    let on_rank = (tokens.requests / with.limits.replicas).max(1.0);
    let steps = Rounds::new(with.clock, with.drafting, &tokens, with.limits.cached);
    let prefill = prefill(&steps, read(tokens.input, with.limits.cached, trace).0, on_rank);
    prefill.record(StepKind::Prefill, trace);
    let together = (on_rank / with.clock.stages()).max(1.0);
    let decode = steps.decode(together, trace);
    decode.record(StepKind::Mixed, trace);
    nothing_waits(with, on_rank);
    let own = traced!(trace, Q::OwnPrefill, own_prefill_time {
        n: 1.0 => asked("chunks"),
        t_c: Seconds::ZERO => asked("s"),
        t_1: prefill.total() => at(Q::StepTime(StepKind::Prefill)),
        t_m: Seconds::ZERO => asked("s"),
    });
    let (_, tpot) = steps.per_token((0.0, at(Q::MixedStepShare)), decode.total(), decode.total(), trace);
    let untimed = load.output() == 0 || load.input() == 0;
    let before = if untimed { Seconds::ZERO } else { with.limits.per_request };
    let ttft = traced!(trace, Q::Ttft, time_to_first_token {
        t_r: before => fitted("s"),
        t_w: Seconds::ZERO => at(Q::Wait),
        t_p: own => at(Q::OwnPrefill),
        t_q: Seconds::ZERO => at(Q::Queue),
    });
    // Without a prompt the first token takes a step as well.
    let first = if load.input() == 0 && load.output() > 0 { (tpot, Q::Tpot) } else { (ttft, Q::Ttft) };
    let e2e = traced!(trace, Q::E2e, end_to_end_time {
        TTFT: first.0 => at(first.1),
        O: tokens.output => asked("tokens"),
        TPOT: tpot => at(Q::Tpot),
    });
    let request_rate = traced!(trace, Q::RequestRate, closed_loop_rate {
        C: tokens.requests => asked("requests"),
        E2E: e2e => at(Q::E2e),
    });
    let [input_rate, output_rate, total_rate] =
        token_rates(trace, tokens.input, load.output() as f64, request_rate);
    Service {
        ttft,
        tpot,
        e2e,
        wait: Seconds::ZERO,
        own_prefill: own,
        queue: Seconds::ZERO,
        input_rate,
        output_rate,
        total_rate,
        request_rate,
        at_rate: None,
        cached: with.limits.cached,
        expected: steps.expected(Trace::off()).unwrap_or(1.0),
        draft: steps.parts(together)[0],
        verify: steps.parts(together)[1],
        batch: on_rank,
        decoding: on_rank,
        prefill_tokens: 0.0,
        chunk_tokens: tokens.input * on_rank,
        chunks: 0.0,
        mixed_share: 0.0,
        decode_step: decode,
        mixed_step: decode,
        prefill,
        prefill_share: alone(trace, own, tpot, tokens.output),
        bound: decode.bound(),
    }
}

/// Records what such a batch has nothing of: all of it runs at once, and its prompts are read before anything is written.
fn nothing_waits(with: &Serving<'_>, on_rank: f64) {
    with.trace.stated(Q::CachedTokens, with.limits.cached, Source::Request, Basis::Exact);
    for quantity in [Q::Sequences, Q::DecodingSequences] {
        with.trace.stated(quantity, on_rank, Source::Layout, Basis::Exact);
    }
    for quantity in [Q::PrefillTokensPerStep, Q::ChunksPerStep, Q::MixedStepShare, Q::Wait, Q::Queue] {
        with.trace.stated(quantity, 0.0, Source::Request, Basis::Exact);
    }
}

/// The step that reads all prompts of one rank; no time without prompts.
fn prefill(steps: &Rounds<'_>, read: f64, on_rank: f64) -> StepTime {
    if read <= 0.0 {
        return StepTime::default();
    }
    steps.time(0.0, read * on_rank, on_rank)
}
