//! Continuous batching of equal requests in a closed loop.
//!
//! While a sequence emits its tokens, each of the others in its batch is replaced once, and each replacement brings a
//! prompt to prefill: some steps carry a chunk of prompt, the others only decode.

use super::{
    AtRate,
    mean_batch::{Batch, mean_step, steady_batch},
    queue::queue,
    rounds::{Drafting, Reading, room_shared},
    tokens::{Tokens, alone, token_rates},
    waits::{Waits, waits},
};
use crate::{
    basis::Basis,
    estimate::step::{Bound, StepClock, StepTime},
    formulas::{
        cost::tokens::prompt_share,
        parts::least,
        time::{
            batching::{decoding_sequences, running_sequences},
            latency::{
                closed_loop_rate, end_to_end_time, prompt_bound_rate, rate_of_replicas, slot_rate,
                time_to_first_token,
            },
            queueing::{last_batch, rate_over_batches},
        },
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Input, Origin, Source, Trace, asked, at, fact, fitted, layout, rules},
    traced,
    units::Seconds,
    workload::{Arrival, Workload},
};

/// What an engine allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Sequences that memory holds on one replica.
    pub memory_sequences: f64,
    /// Sequences the scheduler runs at once on one replica.
    pub max_sequences: f64,
    /// Tokens the scheduler puts into one step.
    pub max_batched_tokens: f64,
    /// Whether prompts that do not fit into a step are divided.
    pub divides_prompts: bool,
    /// Prompt tokens of a request that are found in a cache.
    pub cached: f64,
    /// Independent replicas that share the load.
    pub replicas: f64,
    /// Cost of a request before its prefill.
    pub per_request: Seconds,
    /// Steps that a new request waits for beside others.
    pub waited_steps: f64,
    /// Steps that settings hold it back for.
    pub held_steps: f64,
}

/// How one engine serves a load.
#[derive(Debug, Clone, Copy)]
pub struct Serving<'a> {
    /// The steps of the model on the hardware.
    pub clock: &'a StepClock,
    /// The engine's limits.
    pub limits: Limits,
    /// What drafts tokens, if anything does.
    pub drafting: Option<&'a Drafting>,
    /// Where its numbers are recorded.
    pub trace: Trace<'a>,
}

/// The answer for all replicas together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Service {
    /// Mean time from a request's arrival to its first token.
    pub ttft: Seconds,
    /// Mean time between its further tokens.
    pub tpot: Seconds,
    /// Mean time from arrival to its last token.
    pub e2e: Seconds,
    /// Time a request waits for the running step and for prompts before it; part of `ttft`.
    pub wait: Seconds,
    /// The steps that read its own prompt; part of `ttft`.
    pub own_prefill: Seconds,
    /// Time a request waits because no place in a batch is free; part of `ttft`.
    pub queue: Seconds,
    /// Output tokens per second.
    pub output_rate: f64,
    /// Input tokens per second.
    pub input_rate: f64,
    /// Input and output tokens per second.
    pub total_rate: f64,
    /// Requests per second.
    pub request_rate: f64,
    /// How a rate of arrivals is held, if requests arrive at one.
    pub at_rate: Option<AtRate>,
    /// Prompt tokens of a request that were found in a cache.
    pub cached: f64,
    /// Tokens that a step emits for a sequence: one, and the drafts that are accepted.
    pub expected: f64,
    /// Of a step that only decodes, the time of drafting.
    pub draft: Seconds,
    /// Of a step that only decodes, the time of verifying the drafts, or all of it.
    pub verify: Seconds,
    /// Sequences running at once on a replica.
    pub batch: f64,
    /// Sequences of a replica that decode at once: fewer than run where prompts arrive faster than steps leave room for.
    pub decoding: f64,
    /// Prompt tokens that an average step carries.
    pub prefill_tokens: f64,
    /// Prompt tokens of a chunk.
    pub chunk_tokens: f64,
    /// Chunks that arrive during a step.
    pub chunks: f64,
    /// Share of steps that carry prefill.
    pub mixed_share: f64,
    /// The step that only decodes.
    pub decode_step: StepTime,
    /// The step that carries prefill too.
    pub mixed_step: StepTime,
    /// The prefill of one prompt alone.
    pub prefill: StepTime,
    /// Share of the time spent on prompts.
    pub prefill_share: f64,
    /// What binds.
    pub bound: Bound,
}

/// Serves a load.
pub fn serve(with: &Serving<'_>, load: &Workload) -> Service {
    match load.arrival() {
        Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Burst => closed_loop(with, load),
        Arrival::Static => super::batch::serve(with, load),
        Arrival::Open { rate } => super::open::serve(with, load, rate),
    }
}

fn closed_loop(with: &Serving<'_>, load: &Workload) -> Service {
    let (limits, trace) = (&with.limits, with.trace);
    let tokens = Tokens::of(load);
    let room = limits.memory_sequences.min(limits.max_sequences);
    let requests = tokens.requests / limits.replicas;
    // What a burst leaves over waits outside.
    let in_flight = if load.arrival() == Arrival::Burst { requests.min(room) } else { requests };
    let running = running(with, load, Met { requests: in_flight, known: asked("requests") });
    let per_replica = rate(with, &running);
    let queue = queue(with, load, &running, per_replica);
    let over_run = over_run(with, load, (requests, in_flight), per_replica);
    let request_rate = traced!(trace, Q::RequestRate, rate_of_replicas {
        n: limits.replicas => layout("replicas"),
        X_1: over_run.0 => at(over_run.1),
    });
    service(with, load, running, queue, request_rate)
}

/// Requests a second of a replica until its last one has ended: what is handed in at once is served in batches, of which the
/// last one need not be full.
fn over_run(with: &Serving<'_>, load: &Workload, (requests, places): (f64, f64), full: f64) -> (f64, Q) {
    if load.arrival() != Arrival::Burst || requests <= places {
        return (full, Q::RatePerReplica);
    }
    let rest = last_batch(requests, places);
    let quiet = Serving { trace: Trace::off(), ..*with };
    let last = running(&quiet, load, Met { requests: rest.max(1.0), known: asked("requests") });
    let all = traced!(with.trace, Q::RateOverRun, rate_over_batches {
        N: requests => asked("requests"),
        B: places => at(Q::Sequences),
        X: full => at(Q::RatePerReplica),
        X_r: rate(&quiet, &last) => fact("1/s", Source::SpeedSearch, Basis::Exact),
    });
    (all, Q::RateOverRun)
}

/// Requests of a replica in flight, as one of them meets them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    /// So many, itself included.
    pub(super) requests: f64,
    /// Where that comes from.
    pub(super) known: Origin,
}

/// A replica with so many requests in flight, those without a place apart.
pub(super) struct Running<'a> {
    reading: Reading<'a>,
    pub(super) met: Met,
    pub(super) batch: f64,
    decoding: f64,
    steady: Batch,
    prefill: StepTime,
    pub(super) waits: Waits,
}

impl Running<'_> {
    /// The mean step.
    pub(super) const fn step(&self) -> Seconds {
        self.steady.step.0
    }
}

/// What runs on a replica with so many requests in flight, and what each of them waits for.
pub(super) fn running<'a>(with: &Serving<'a>, load: &Workload, met: Met) -> Running<'a> {
    let (limits, trace) = (&with.limits, with.trace);
    let tokens = Tokens::of(load);
    let batch = traced!(trace, Q::Sequences, running_sequences {
        C: met.requests => met.known,
        m: limits.memory_sequences => fact("sequences", Source::MemorySearch, Basis::Exact),
        e: limits.max_sequences => rules("sequences"),
    });
    let reading = Reading::new(with, tokens);
    let decoding = decoding(with, &reading, batch);
    let steady = steady_batch(with, &reading, decoding);
    let prefill = reading.steps.time(0.0, reading.read.0, 1.0);
    prefill.record(StepKind::Prefill, trace);
    let waits = waits(with, load, &reading, &steady, (batch, met), &prefill);
    Running { reading, met, batch, decoding, steady, prefill, waits }
}

/// The answer of all replicas, each of which runs so.
pub(super) fn service(
    with: &Serving<'_>,
    load: &Workload,
    running: Running<'_>,
    queue: Seconds,
    request_rate: f64,
) -> Service {
    let (limits, trace) = (&with.limits, with.trace);
    let tokens = Tokens::of(load);
    let Running { reading, met, batch, decoding, steady, prefill, waits, .. } = running;
    let [draft, verify] = reading.steps.parts(decoding / with.clock.stages());
    let (ttft, e2e) = times(with, &tokens, (&waits, queue), steady.tpot);
    let [input_rate, output_rate, total_rate] = token_rates(trace, tokens.input, tokens.output, request_rate);
    let capacity = met.requests > limits.memory_sequences && limits.memory_sequences <= limits.max_sequences;
    Service {
        ttft,
        tpot: steady.tpot,
        e2e,
        wait: waits.wait,
        own_prefill: waits.own,
        queue,
        input_rate,
        output_rate,
        total_rate,
        request_rate,
        at_rate: None,
        cached: limits.cached,
        expected: reading.steps.expected(Trace::off()).unwrap_or(1.0),
        draft,
        verify,
        batch,
        decoding,
        prefill_tokens: steady.prefill_tokens,
        chunk_tokens: steady.chunk_tokens,
        chunks: steady.chunks,
        mixed_share: steady.share,
        decode_step: steady.decode,
        mixed_step: steady.mixed,
        prefill,
        prefill_share: prefill_share(trace, &prefill, &steady, &tokens),
        bound: if capacity { Bound::Capacity } else { mean_step(&steady).bound() },
    }
}

/// To the first token and to the last.
fn times(
    with: &Serving<'_>,
    tokens: &Tokens,
    (waits, queue): (&Waits, Seconds),
    tpot: Seconds,
) -> (Seconds, Seconds) {
    // A queue that grows without bound has no mean.
    let mean = if queue.get().is_finite() { with.trace } else { Trace::off() };
    let ttft = traced!(mean, Q::Ttft, time_to_first_token {
        t_r: with.limits.per_request => fitted("s"),
        t_w: waits.wait => at(Q::Wait),
        t_p: waits.own => at(Q::OwnPrefill),
        t_q: queue => at(Q::Queue),
    });
    let e2e = traced!(mean, Q::E2e, end_to_end_time {
        TTFT: ttft => at(Q::Ttft),
        O: tokens.output => asked("tokens"),
        TPOT: tpot => at(Q::Tpot),
    });
    (ttft, e2e)
}

/// The sequences that decode at once: prompts can arrive faster than steps leave room for, and then fewer sequences decode
/// while the others wait.
fn decoding(with: &Serving<'_>, load: &Reading<'_>, batch: f64) -> f64 {
    let trace = with.trace;
    let (read, steps) = (load.read, load.steps.steps_of(load.tokens.output, trace));
    let room = room_shared(with, load, trace);
    traced!(trace, Q::DecodingSequences, decoding_sequences {
        B: batch => at(Q::Sequences),
        r: room.0 => room.1,
        I: read.0 => read.1,
        S: steps.0 => steps.1,
    })
}

/// Requests a replica finishes a second: its batch once in a slot's time, no faster than prompts can be read.
pub(super) fn rate(with: &Serving<'_>, running: &Running<'_>) -> f64 {
    let trace = with.trace;
    let Running { ref reading, met, batch, decoding, ref steady, ref waits, .. } = *running;
    let by_slots = traced!(trace, Q::RateBySlots, slot_rate {
        B: batch => at(Q::Sequences),
        t_s: waits.placed => at(Q::UnqueuedE2e),
        t_r: with.limits.per_request => fitted("s"),
    });
    let by_arrivals = traced!(trace, Q::RateByArrivals, closed_loop_rate {
        C: met.requests => met.known,
        E2E: waits.placed => at(Q::UnqueuedE2e),
    });
    let by_prompts = if decoding < batch {
        traced!(trace, Q::RateByPrompts, prompt_bound_rate {
            x: steady.prefill_tokens => at(Q::PrefillTokensPerStep),
            I: reading.read.0 => reading.read.1,
            t: steady.step.0 => steady.step.1,
        })
    } else {
        f64::INFINITY
    };
    let rate = least(&[by_slots, by_arrivals, by_prompts]);
    trace.gathered(Q::RatePerReplica, &least::FORMULA, rate, || {
        let mut limits = vec![
            Input::new("by slots", by_slots, at(Q::RateBySlots)),
            Input::new("by arrivals", by_arrivals, at(Q::RateByArrivals)),
        ];
        if by_prompts.is_finite() {
            limits.push(Input::new("by prompts", by_prompts, at(Q::RateByPrompts)));
        }
        limits
    });
    rate
}

/// The share of a deployment's time that prompts cost: what they add to the steps, or for a single stream the share of a
/// request's time before its first token.
fn prefill_share(trace: Trace<'_>, prefill: &StepTime, steady: &Batch, load: &Tokens) -> f64 {
    if steady.share > 0.0 {
        return traced!(trace, Q::InputShare, prompt_share {
            TPOT: steady.step.0 => steady.step.1,
            t_d: steady.decode.total() => at(Q::StepTime(StepKind::Decode)),
        });
    }
    alone(trace, prefill.total(), steady.tpot, load.output)
}
