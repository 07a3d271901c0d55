//! One static batch: all prompts are read together, then all sequences written together.

use super::{Service, Serving, steady::Tokens};
use crate::{
    estimate::step::{StepTime, Steps},
    formulas::{
        cost::tokens::single_stream_prompt_share,
        time::latency::{end_to_end_time, time_to_first_token},
    },
    units::Seconds,
    workload::Workload,
};

/// Serves a static batch. Rates are those of the batch's own time; a batch that only reads is not charged what a request
/// costs before it is scheduled, since whoever measures that feeds tokens to the model directly.
pub(super) fn serve(with: &Serving<'_>, load: &Workload) -> Service {
    let tokens = Tokens::of(load);
    let on_rank = (tokens.requests / with.limits.replicas).max(1.0);
    let steps = with.clock.steps(tokens.mean_context(), tokens.input);
    let prefill = prefill(&steps, &tokens, on_rank);
    let decode = steps.time((on_rank / with.clock.stages()).max(1.0), 0.0, 0.0);
    let (read, tpot) = (prefill.total(), decode.total());
    let reads_alone = load.output() == 0;
    let before = if reads_alone || load.input() == 0 { Seconds::ZERO } else { with.limits.per_request };
    let ttft = time_to_first_token(before, Seconds::ZERO, read, Seconds::ZERO);
    let e2e = match (load.input(), load.output()) {
        (_, 0) => ttft,
        // Without a prompt the first token takes a step as well.
        (0, _) => tpot * tokens.output,
        _ => end_to_end_time(ttft, tokens.output, tpot),
    };
    let batch_rate = tokens.requests / e2e.get();
    let written = load.output() as f64;
    Service {
        ttft,
        tpot,
        e2e,
        wait: Seconds::ZERO,
        own_prefill: read,
        queue: Seconds::ZERO,
        output_rate: batch_rate * written,
        total_rate: batch_rate * (tokens.input + written),
        request_rate: batch_rate,
        batch: on_rank,
        decoding: on_rank,
        prefill_tokens: 0.0,
        chunk_tokens: tokens.input * on_rank,
        mixed_share: 0.0,
        decode_step: decode,
        mixed_step: decode,
        prefill,
        prefill_share: single_stream_prompt_share(read, tpot, tokens.output),
        bound: decode.bound(),
    }
}

/// The step that reads all prompts of one rank; no time without prompts.
fn prefill(steps: &Steps<'_>, tokens: &Tokens, on_rank: f64) -> StepTime {
    if tokens.input <= 0.0 {
        return StepTime::default();
    }
    steps.time(0.0, tokens.input * on_rank, on_rank)
}
