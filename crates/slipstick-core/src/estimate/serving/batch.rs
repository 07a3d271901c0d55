//! One static batch: all prompts are read together, then all sequences written together. Of one that memory does not hold,
//! as much as it holds runs at once, and the rest when others have ended: engines schedule what they are handed.

use super::{
    Service, Serving,
    rounds::{Rounds, read},
    tokens::{Tokens, alone, token_rates},
};
use crate::{
    basis::Basis,
    estimate::step::{Bound, StepTime},
    formulas::time::{
        latency::{
            closed_loop_rate, end_to_end_time, own_prefill_time, rate_of_replicas, time_to_first_token,
        },
        queueing::burst_queue,
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Origin, Source, Trace, asked, at, fitted, layout},
    traced,
    units::Seconds,
    workload::Workload,
};

/// Serves a static batch. Rates are those of the batch's own time; a batch that only reads is not charged what a request
/// costs before it is scheduled, since whoever measures that feeds tokens to the model directly.
pub(super) fn serve(with: &Serving<'_>, load: &Workload) -> Service {
    let trace = with.trace;
    let tokens = Tokens::of(load);
    let batch = Batch::of(with, load, &tokens);
    let on_rank = batch.on_rank;
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
        t_l: Seconds::ZERO => asked("s"),
        t_1: prefill.total() => at(Q::StepTime(StepKind::Prefill)),
        t_m: Seconds::ZERO => asked("s"),
    });
    let (_, tpot) = steps.per_token((0.0, at(Q::MixedStepShare)), decode.total(), decode.total(), trace);
    let Times { ttft, e2e, queue, request_rate } = batch.times(with, load, own, tpot);
    let [input_rate, output_rate, total_rate] =
        token_rates(trace, tokens.input, load.output() as f64, request_rate);
    Service {
        ttft,
        tpot,
        e2e,
        wait: Seconds::ZERO,
        own_prefill: own,
        queue,
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
        bound: if batch.waits() { Bound::Capacity } else { decode.bound() },
    }
}

/// The sequences of a batch.
struct Batch {
    /// Of all replicas.
    all: f64,
    /// What a replica is handed.
    handed: f64,
    /// What of it runs at once.
    on_rank: f64,
}

/// What a batch takes.
struct Times {
    ttft: Seconds,
    e2e: Seconds,
    queue: Seconds,
    request_rate: f64,
}

impl Batch {
    /// As much of what a replica is handed as memory holds runs at once; steps that are timed without prompts are of as many
    /// sequences as is said.
    fn of(with: &Serving<'_>, load: &Workload, tokens: &Tokens) -> Self {
        let handed = (tokens.requests / with.limits.replicas).max(1.0);
        let held = if load.input() == 0 { handed } else { with.limits.memory_sequences };
        Self { all: tokens.requests, handed, on_rank: handed.min(held) }
    }

    /// Whether some of it waits until others have ended.
    fn waits(&self) -> bool {
        self.on_rank < self.handed
    }

    /// To the first token and to the last, in the mean, and how many requests end a second.
    fn times(&self, with: &Serving<'_>, load: &Workload, own: Seconds, tpot: Seconds) -> Times {
        let trace = with.trace;
        let untimed = load.output() == 0 || load.input() == 0;
        let before = if untimed { Seconds::ZERO } else { with.limits.per_request };
        let first = |quantity, (queue, known): (Seconds, Origin)| {
            traced!(trace, quantity, time_to_first_token {
                t_r: before => fitted("s"),
                t_w: Seconds::ZERO => at(Q::Wait),
                t_p: own => at(Q::OwnPrefill),
                t_q: queue => known,
            })
        };
        let last = |quantity, (first, known): (Seconds, Q)| {
            traced!(trace, quantity, end_to_end_time {
                TTFT: first => at(known),
                O: Tokens::of(load).output => asked("tokens"),
                TPOT: tpot => at(Q::Tpot),
            })
        };
        let (queue, waves) = self.queue(with, || {
            last(Q::UnqueuedE2e, (first(Q::UnqueuedTtft, (Seconds::ZERO, asked("s"))), Q::UnqueuedTtft))
        });
        let ttft = first(Q::Ttft, (queue, at(Q::Queue)));
        // Without a prompt the first token takes a step as well.
        let bare = load.input() == 0 && load.output() > 0;
        let e2e = last(Q::E2e, if bare { (tpot, Q::Tpot) } else { (ttft, Q::Ttft) });
        let request_rate = waves.unwrap_or_else(|| {
            traced!(trace, Q::RequestRate, closed_loop_rate {
                C: self.all => asked("requests"),
                E2E: e2e => at(Q::E2e),
            })
        });
        Times { ttft, e2e, queue, request_rate }
    }

    /// The mean wait of what memory does not hold at once until others have ended, and the rate at which requests then end;
    /// `placed` is the time of one that finds a place.
    fn queue(&self, with: &Serving<'_>, placed: impl FnOnce() -> Seconds) -> (Seconds, Option<f64>) {
        let trace = with.trace;
        if !self.waits() {
            trace.stated(Q::Queue, 0.0, Source::Request, Basis::Exact);
            return (Seconds::ZERO, None);
        }
        let rate = traced!(trace, Q::RatePerReplica, closed_loop_rate {
            C: self.on_rank => at(Q::Sequences),
            E2E: placed() => at(Q::UnqueuedE2e),
        });
        let queue = traced!(trace, Q::Queue, burst_queue {
            N: self.handed => asked("requests"),
            B: self.on_rank => at(Q::Sequences),
            X: rate => at(Q::RatePerReplica),
        });
        let all = traced!(trace, Q::RequestRate, rate_of_replicas {
            n: with.limits.replicas => layout("replicas"),
            X_1: rate => at(Q::RatePerReplica),
        });
        (queue, Some(all))
    }
}

/// Records what such a batch has nothing of: its prompts are read before anything is written.
fn nothing_waits(with: &Serving<'_>, on_rank: f64) {
    with.trace.stated(Q::CachedTokens, with.limits.cached, Source::Request, Basis::Exact);
    for quantity in [Q::Sequences, Q::DecodingSequences] {
        with.trace.stated(quantity, on_rank, Source::Layout, Basis::Exact);
    }
    for quantity in [Q::PrefillTokensPerStep, Q::ChunksPerStep, Q::MixedStepShare, Q::Wait] {
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
