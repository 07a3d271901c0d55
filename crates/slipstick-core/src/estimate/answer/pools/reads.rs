//! The pool that reads: how fast, and what of a prompt it reads.

use super::{Pool, halves::PoolRate, prompts, serve::Drafts};
use crate::{
    basis::Basis,
    estimate::{
        serving::{From, Limits, Rounds, Tokens, read},
        step::StepTime,
    },
    formulas::time::{
        batching::{chunks_of_prompt, room_for_whole_prompts},
        latency::{own_prefill_time, prompt_bound_rate, rate_of_replicas},
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Origin, Source, Trace, asked, at, fitted, layout, rules},
    traced,
    units::Seconds,
    workload::Workload,
};

/// The pool that reads.
pub(super) struct Reads {
    pub(super) pool: PoolRate,
    pub(super) limits: Limits,
    /// Prompt tokens of a request that are not found in a cache.
    pub(super) read: From<f64>,
    /// One prompt alone.
    pub(super) prefill: StepTime,
    /// The step that reads as many as there is room for.
    pub(super) chunk: StepTime,
    /// The steps that read it.
    pub(super) own: Seconds,
    /// The largest load at which waiting prompts are a queue in steady state.
    pub(super) largest_load: f64,
}

impl Reads {
    pub(super) fn new(
        pool: &Pool<'_>,
        workload: &Workload,
        drafts: Drafts,
        trace: Trace<'_>,
    ) -> Option<Self> {
        let worker = pool.worker;
        let clock = &worker.speed()?.clock;
        let plan = worker.deployment().plan;
        let tokens = &Tokens::of(workload);
        let limits = worker.limits(&prompts(workload, 1));
        trace.stated(Q::CachedTokens, limits.cached, Source::Request, Basis::Exact);
        let read = read(tokens.input, limits.cached, trace);
        let steps = Rounds::new(clock, drafts.of(pool), tokens, limits.cached);
        // Stages work at once, each on a step of its own.
        let ranks = (plan.dp() * plan.pp()) as f64;
        let (room, of_room) = room(&limits, read, trace);
        let full = steps.time(0.0, room, room / read.0);
        full.record(StepKind::Chunk, trace);
        let of_rank = traced!(trace, Q::RateByPrompts, prompt_bound_rate {
            x: room => of_room,
            I: read.0 => read.1,
            t: full.total() => at(Q::StepTime(StepKind::Chunk)),
        });
        let worker_rate = traced!(trace, Q::WorkerRate(0), rate_of_replicas {
            n: ranks => layout("ranks"),
            X_1: of_rank => at(Q::RateByPrompts),
        });
        let pool = PoolRate { workers: pool.workers as f64, worker_rate };
        let prefill = steps.lone_prompt(read.0);
        prefill.record(StepKind::Prefill, trace);
        let own = own_prefill(prefill.total(), read, (room, of_room), trace);
        Some(Self { pool, limits, read, prefill, chunk: full, own, largest_load: clock.prompt_load })
    }
}

/// The steps that read a prompt of one's own.
fn own_prefill(alone: Seconds, read: From<f64>, (room, of_room): (f64, Origin), trace: Trace<'_>) -> Seconds {
    let chunks = traced!(trace, Q::ChunksOfPrompt, chunks_of_prompt {
        I: read.0 => read.1,
        c: room => of_room,
    });
    traced!(trace, Q::OwnPrefill, own_prefill_time {
        n: chunks => at(Q::ChunksOfPrompt),
        t_c: alone / chunks => fitted("s"),
        t_l: alone / chunks => fitted("s"),
        t_1: alone => at(Q::StepTime(StepKind::Prefill)),
        t_m: Seconds::ZERO => asked("s"),
    })
}

/// Prompt tokens of a step that only reads, in whole prompts where none is divided.
fn room(limits: &Limits, read: From<f64>, trace: Trace<'_>) -> (f64, Origin) {
    let room = limits.max_batched_tokens;
    if limits.divides_prompts {
        return (room, rules("tokens"));
    }
    let whole = traced!(trace, Q::WholeSharedRoom, room_for_whole_prompts {
        c: room => rules("tokens"),
        I: read.0 => read.1,
    });
    (whole, at(Q::WholeSharedRoom))
}
