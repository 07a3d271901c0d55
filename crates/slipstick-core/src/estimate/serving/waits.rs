//! What a request waits for before its first token.

use super::{
    mean_batch::Batch,
    rounds::{From, Reading},
    steady::{Met, Serving},
    tokens::Tokens,
};
use crate::{
    basis::Basis,
    estimate::step::StepTime,
    formulas::time::{
        batching::{
            burst_step_tokens, chunks_of_prompt, deterministic_wait, held_back_steps, last_chunk_tokens,
            prompt_load,
        },
        latency::{
            end_to_end_time, own_prefill_time, scheduling_wait, start_burst_wait, time_to_first_token,
        },
        queueing::{busy_share, rest_of_step},
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Origin, Source, asked, at, fact, fitted, rules},
    traced,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// What is left of a running step on average.
const HALF_STEP: f64 = 0.5;

/// What a request waits for, and how long it takes once it has a place.
pub(super) struct Waits {
    pub(super) own: Seconds,
    pub(super) wait: Seconds,
    /// From arrival to the last token of a request that finds a place.
    pub(super) placed: Seconds,
}

/// What a request waits for before its first token, a free place in the batch apart.
pub(super) fn waits(
    with: &Serving<'_>,
    load: &Workload,
    reading: &Reading<'_>,
    steady: &Batch,
    (batch, met): (f64, Met),
    prefill: &StepTime,
) -> Waits {
    let trace = with.trace;
    let tokens = &reading.tokens;
    let own = own_prefill(with, reading, prefill, steady);
    let prompts = traced!(trace, Q::PromptLoad, prompt_load {
        p: steady.share => at(Q::MixedStepShare),
        m: with.clock.prompt_load => fact("", Source::Assumptions, Basis::Assumed),
    });
    // A single sequence meets no other's step or prompt.
    let alone = batch <= 1.0;
    let others = traced!(trace, Q::WaitFactor, deterministic_wait {
        rho: if alone { 0.0 } else { prompts } =>
            if alone { asked("") } else { at(Q::PromptLoad) },
    });
    let burst = start_burst(with, load, reading, batch, prefill);
    let (waited, known, (step, of_step)) = waited_steps(with, load, steady, met);
    let wait = traced!(trace, Q::Wait, scheduling_wait {
        h: if alone { 0.0 } else { waited } => if alone { asked("") } else { known },
        t_h: step => of_step,
        t_p: own => at(Q::OwnPrefill),
        w: others => at(Q::WaitFactor),
        t_b: burst => at(Q::StartBurstWait),
    });
    let placed = placed(with, tokens, wait, own, steady.tpot);
    Waits { own, wait, placed }
}

/// The wait for the prompts that a closed loop starts with, where it starts from nothing.
fn start_burst(
    with: &Serving<'_>,
    load: &Workload,
    reading: &Reading<'_>,
    batch: f64,
    prefill: &StepTime,
) -> Seconds {
    let (trace, read, share) = (with.trace, reading.read, load.arrival().start_burst());
    let (step, tokens) = if share > 0.0 {
        let tokens = traced!(trace, Q::BurstStepTokens, burst_step_tokens {
            T: with.limits.max_batched_tokens => rules("tokens"),
            B: batch => at(Q::Sequences),
            I: read.0 => read.1,
        });
        let full = reading.steps.time(0.0, tokens, tokens / read.0);
        full.record_as(Q::BurstStep, trace);
        ((full.total(), at(Q::BurstStep)), (tokens, at(Q::BurstStepTokens)))
    } else {
        ((prefill.total(), at(Q::StepTime(StepKind::Prefill))), read)
    };
    traced!(trace, Q::StartBurstWait, start_burst_wait {
        f: share => asked(""),
        B: batch => at(Q::Sequences),
        t_f: step.0 => step.1,
        I: read.0 => read.1,
        x: tokens.0 => tokens.1,
    })
}

/// The steps that read a request's own prompt.
fn own_prefill(with: &Serving<'_>, reading: &Reading<'_>, prefill: &StepTime, steady: &Batch) -> Seconds {
    let (trace, read, room) = (with.trace, reading.read, steady.room);
    let chunks = traced!(trace, Q::ChunksOfPrompt, chunks_of_prompt {
        I: read.0 => read.1,
        c: room.0 => room.1,
    });
    let last = last_chunk(with, reading, steady, chunks);
    traced!(trace, Q::OwnPrefill, own_prefill_time {
        n: chunks => at(Q::ChunksOfPrompt),
        t_c: steady.chunk_step => at(Q::StepTime(StepKind::Chunk)),
        t_l: last.0 => last.1,
        t_1: prefill.total() => at(Q::StepTime(StepKind::Prefill)),
        t_m: steady.mixed.total() => at(Q::StepTime(StepKind::Mixed)),
    })
}

/// The step that reads the last of the chunks of a prompt; no time where it is the only one.
fn last_chunk(with: &Serving<'_>, reading: &Reading<'_>, steady: &Batch, chunks: f64) -> From<Seconds> {
    if chunks <= 1.0 {
        return (Seconds::ZERO, asked("s"));
    }
    let trace = with.trace;
    let tokens = traced!(trace, Q::LastChunkTokens, last_chunk_tokens {
        I: reading.read.0 => reading.read.1,
        n: chunks => at(Q::ChunksOfPrompt),
        c: steady.chunk_tokens => at(Q::ChunkTokens),
    });
    let step = reading.steps.time(steady.on_stage, tokens, 1.0);
    step.record_as(Q::LastChunkStep, trace);
    (step.total(), at(Q::LastChunkStep))
}

/// From arrival to the last token of a request that finds a place.
fn placed(with: &Serving<'_>, tokens: &Tokens, wait: Seconds, own: Seconds, tpot: Seconds) -> Seconds {
    let trace = with.trace;
    let unqueued = traced!(trace, Q::UnqueuedTtft, time_to_first_token {
        t_r: with.limits.per_request => fitted("s"),
        t_w: wait => at(Q::Wait),
        t_p: own => at(Q::OwnPrefill),
        t_q: Seconds::ZERO => asked("s"),
    });
    traced!(trace, Q::UnqueuedE2e, end_to_end_time {
        TTFT: unqueued => at(Q::UnqueuedTtft),
        O: tokens.output => asked("tokens"),
        TPOT: tpot => at(Q::Tpot),
    })
}

/// Steps that a request waits for beside others, and where that comes from. The prompts of others are a term of their own:
/// these steps only decode.
fn waited_steps(
    with: &Serving<'_>,
    load: &Workload,
    steady: &Batch,
    met: Met,
) -> (f64, Origin, From<Seconds>) {
    let decode = (steady.decode.total(), at(Q::StepTime(StepKind::Decode)));
    match load.arrival() {
        // A burst is all there: a place that falls free is taken in the next step.
        Arrival::Burst => (HALF_STEP, fitted("steps"), decode),
        // Whoever arrives at random finds any moment of a step; in a closed loop answers end together and are followed
        // together, and what that takes is fitted.
        Arrival::Open { .. } => {
            let busy = traced!(with.trace, Q::BusyShare, busy_share { C: met.requests => met.known });
            let waited = traced!(with.trace, Q::WaitedSteps, rest_of_step { b: busy => at(Q::BusyShare) });
            held_back(with, (waited, at(Q::WaitedSteps)), decode)
        }
        Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Static => {
            held_back(with, (with.limits.waited_steps, fitted("steps")), decode)
        }
    }
}

/// The steps with those that settings hold a request back for.
fn held_back(
    with: &Serving<'_>,
    (waited, known): (f64, Origin),
    decode: From<Seconds>,
) -> (f64, Origin, From<Seconds>) {
    let held = with.limits.held_steps;
    if held <= 0.0 {
        return (waited, known, decode);
    }
    let all = traced!(with.trace, Q::HeldBackSteps, held_back_steps {
        h_0: waited => known,
        s: held => asked("steps"),
    });
    (all, at(Q::HeldBackSteps), decode)
}
