//! The pool that writes: how fast with some batch on each of its ranks.

use super::{Pool, halves::PoolRate, serve::Drafts};
use crate::{
    estimate::serving::{Limits, Rounds, Tokens},
    formulas::time::{
        pools::{decode_only_step, decode_pool_rate},
        speculation::time_per_accepted_token,
    },
    quantity::Quantity as Q,
    trace::{Trace, asked, at, fitted, layout},
    traced,
    units::Seconds,
    workload::Workload,
};

/// The pool that writes.
pub(super) struct Writes<'a> {
    pub(super) workers: f64,
    /// Ranks with sequences of their own, of one worker.
    pub(super) ranks: f64,
    stages: f64,
    pub(super) limits: Limits,
    pub(super) steps: Rounds<'a>,
    /// Share of a step that is left where no prompt is ever read.
    pub(super) share: f64,
    /// Tokens that a step emits for a sequence.
    pub(super) expected: f64,
}

impl<'a> Writes<'a> {
    pub(super) fn new(pool: &Pool<'a>, share: f64, workload: &Workload, drafts: Drafts) -> Option<Self> {
        let worker = pool.worker;
        let clock = &worker.speed()?.clock;
        let deployment = worker.deployment();
        // What it goes on with was read elsewhere.
        let steps = Rounds::new(clock, drafts.of(pool), &Tokens::of(workload), 0.0);
        Some(Self {
            workers: pool.workers as f64,
            ranks: deployment.plan.dp() as f64,
            stages: clock.stages(),
            limits: worker.limits(workload),
            expected: steps.expected(Trace::off()).unwrap_or(1.0),
            steps,
            share,
        })
    }

    /// Sequences of one stage, where a rank has so many.
    pub(super) fn of_stage(&self, batch: f64) -> f64 {
        batch.max(1.0) / self.stages
    }

    pub(super) fn step(&self, batch: f64) -> Seconds {
        decode_only_step(self.share, self.steps.time(self.of_stage(batch), 0.0, 0.0).total())
    }

    /// The time between two tokens of a sequence.
    pub(super) fn tpot(&self, batch: f64) -> Seconds {
        time_per_accepted_token(self.step(batch), self.expected)
    }

    /// Requests a second of one worker with a batch on each of its ranks.
    pub(super) fn rate(&self, batch: f64, tokens: &Tokens) -> f64 {
        decode_pool_rate(self.ranks, batch, tokens.output, self.tpot(batch))
    }

    /// The same with every place taken, recorded.
    pub(super) fn at(&self, batch: f64, tokens: &Tokens, trace: Trace<'_>) -> PoolRate {
        let worker_rate = traced!(trace, Q::WorkerRate(1), decode_pool_rate {
            R: self.ranks => layout("ranks"),
            B: batch => at(Q::Sequences),
            O: tokens.output => asked("tokens"),
            t_d: self.tpot(batch) => fitted("s"),
        });
        PoolRate { workers: self.workers, worker_rate }
    }
}
