//! The steps of a batch in steady state: those that carry prompts, and those that do not.

use super::{
    rounds::{From, Reading, whole_prompts},
    steady::Serving,
};
use crate::{
    estimate::step::StepTime,
    formulas::time::batching::{
        carried_tokens, chunk_room, chunk_tokens, chunks_per_step, mixed_step_share, prefill_tokens_per_step,
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Trace, asked, at, rules},
    traced,
    units::Seconds,
};

/// The step times of a batch in steady state.
pub(super) struct Batch {
    pub(super) prefill_tokens: f64,
    pub(super) chunk_tokens: f64,
    pub(super) chunks: f64,
    /// The mean step, and where it was recorded.
    pub(super) step: From<Seconds>,
    pub(super) tpot: Seconds,
    pub(super) chunk_step: Seconds,
    /// Sequences that decode on a stage at once.
    pub(super) on_stage: f64,
    pub(super) share: f64,
    /// Prompt tokens that a step has room for, and where that was recorded.
    pub(super) room: From<f64>,
    pub(super) decode: StepTime,
    pub(super) mixed: StepTime,
}

/// Prompts that arrive while a step runs.
struct Prompts {
    tokens: f64,
    /// Tokens of prompts that a step has room for.
    room: From<f64>,
    chunk: f64,
    chunks: f64,
}

fn prompts(with: &Serving<'_>, load: &Reading<'_>, batch: f64) -> Prompts {
    let trace = with.trace;
    let (steps, read) = (&load.steps, load.read);
    let decoded = steps.tokens_of(batch, Q::DecodingSequences, Q::DecodeTokens, trace);
    let room = traced!(trace, Q::ChunkRoom, chunk_room {
        T: with.limits.max_batched_tokens => rules("tokens"),
        B: decoded.0 => decoded.1,
    });
    let room = whole_prompts(with, load, (room, Q::ChunkRoom), Q::WholePromptRoom, trace);
    let written = steps.steps_of(load.tokens.output, trace);
    let tokens = traced!(trace, Q::PrefillTokensPerStep, prefill_tokens_per_step {
        B: batch => at(Q::DecodingSequences),
        I: read.0 => read.1,
        O: written.0 => written.1,
    });
    let chunk = traced!(trace, Q::ChunkTokens, chunk_tokens {
        I: read.0 => read.1,
        r: room.0 => room.1,
    });
    let chunks = traced!(trace, Q::ChunksPerStep, chunks_per_step {
        x: tokens => at(Q::PrefillTokensPerStep),
        c: chunk => at(Q::ChunkTokens),
    });
    Prompts { tokens, room, chunk, chunks }
}

/// The share of steps that carry prompts. What is all there at once is read as soon as steps have room for it, and not at
/// random.
fn mixed_share(prompts: &Prompts, at_once: bool, trace: Trace<'_>) -> f64 {
    traced!(trace, Q::MixedStepShare, mixed_step_share {
        a: if at_once { 0.0 } else { prompts.chunks } =>
            if at_once { asked("") } else { at(Q::ChunksPerStep) },
        x: prompts.tokens => at(Q::PrefillTokensPerStep),
        r: prompts.room.0 => prompts.room.1,
    })
}

/// The step times of so many sequences that decode.
pub(super) fn steady_batch(with: &Serving<'_>, load: &Reading<'_>, batch: f64) -> Batch {
    let trace = with.trace;
    let (steps, read) = (&load.steps, load.read);
    let per_rank = batch / with.clock.stages();
    let decode = steps.decode(per_rank, trace);
    let prompts = prompts(with, load, batch);
    let (tokens, room, chunk, chunks) = (prompts.tokens, prompts.room, prompts.chunk, prompts.chunks);
    let share = mixed_share(&prompts, load.tokens.at_once, trace);
    let carried = if share > 0.0 {
        traced!(trace, Q::CarriedTokens, carried_tokens {
            x: tokens => at(Q::PrefillTokensPerStep),
            p: share => at(Q::MixedStepShare),
            r: room.0 => room.1,
        })
    } else {
        chunk
    };
    let mixed_with = |prompt: f64| steps.time(per_rank, prompt, prompt / read.0);
    let mixed = mixed_with(carried);
    mixed.record(StepKind::Mixed, trace);
    let chunk_step = mixed_with(chunk);
    chunk_step.record(StepKind::Chunk, trace);
    let (step, tpot) = steps.per_token((share, at(Q::MixedStepShare)), mixed.total(), decode.total(), trace);
    Batch {
        prefill_tokens: tokens,
        chunk_tokens: chunk,
        chunks,
        step,
        tpot,
        chunk_step: chunk_step.total(),
        on_stage: per_rank,
        share,
        room,
        decode,
        mixed,
    }
}

/// The mean over steps that carry prompts and steps that do not.
pub(super) fn mean_step(batch: &Batch) -> StepTime {
    let mean = |mixed: Seconds, decode: Seconds| mixed * batch.share + decode * (1.0 - batch.share);
    StepTime {
        compute: mean(batch.mixed.compute, batch.decode.compute),
        bandwidth: mean(batch.mixed.bandwidth, batch.decode.bandwidth),
        communication: mean(batch.mixed.communication, batch.decode.communication),
        overhead: mean(batch.mixed.overhead, batch.decode.overhead),
    }
}
