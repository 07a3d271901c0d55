//! Continuous batching of equal requests in a closed loop.
//!
//! While a sequence emits its tokens, each of the others in its batch is replaced once, and each replacement brings a
//! prompt to prefill: some steps carry a chunk of prompt, the others only decode.

use crate::{
    estimate::step::{Bound, StepClock, StepTime, Steps},
    formulas::{
        cost::tokens::{prompt_share, single_stream_prompt_share},
        time::{
            batching::{chunks_per_step, deterministic_wait, mixed_step_share, prefill_tokens_per_step},
            latency::{
                closed_loop_rate, end_to_end_time, start_burst_wait, time_per_output_token,
                time_to_first_token,
            },
        },
    },
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
    /// Independent replicas that share the load.
    pub replicas: f64,
    /// Cost of a request before its prefill.
    pub per_request: Seconds,
}

/// How one engine serves a load.
pub struct Serving<'a> {
    /// The steps of the model on the hardware.
    pub clock: &'a StepClock,
    /// The engine's limits.
    pub limits: Limits,
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
    /// Input and output tokens per second.
    pub total_rate: f64,
    /// Requests per second.
    pub request_rate: f64,
    /// Sequences running at once on a replica.
    pub batch: f64,
    /// Sequences of a replica that decode at once: fewer than run where prompts arrive faster than steps leave room for.
    pub decoding: f64,
    /// Prompt tokens that an average step carries.
    pub prefill_tokens: f64,
    /// Prompt tokens of a chunk.
    pub chunk_tokens: f64,
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

/// The step times of a batch in steady state.
struct Batch {
    sequences: f64,
    prefill_tokens: f64,
    chunk_tokens: f64,
    tpot: Seconds,
    chunk_step: Seconds,
    share: f64,
    overload: f64,
    decode: StepTime,
    mixed: StepTime,
}

/// Requests as the steps of an engine see them.
#[derive(Debug, Clone, Copy)]
pub(in crate::estimate) struct Tokens {
    pub(in crate::estimate) input: f64,
    /// Tokens written; a sequence whose output is not asked for is taken to write one.
    pub(in crate::estimate) output: f64,
    pub(in crate::estimate) requests: f64,
}

impl Tokens {
    pub(in crate::estimate) fn of(load: &Workload) -> Self {
        Self {
            input: load.input() as f64,
            output: load.output().max(1) as f64,
            requests: load.concurrency() as f64,
        }
    }

    /// Tokens that a running sequence has behind it in the mean: half of its output is written.
    pub(in crate::estimate) fn mean_context(&self) -> f64 {
        self.input + self.output / 2.0
    }
}

/// Serves a load.
pub fn serve(with: &Serving<'_>, load: &Workload) -> Service {
    match load.arrival() {
        Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Burst => closed_loop(with, load),
        Arrival::Static => super::batch::serve(with, load),
    }
}

fn closed_loop(with: &Serving<'_>, load: &Workload) -> Service {
    let limits = &with.limits;
    let tokens = Tokens::of(load);
    let room = limits.memory_sequences.min(limits.max_sequences);
    let requests = tokens.requests / limits.replicas;
    // What a burst leaves over waits outside: the rate of the batches that run is the question.
    let asked = if load.arrival() == Arrival::Burst { requests.min(room) } else { requests };
    let batch = asked.min(room).max(1.0);
    // Prompts can arrive faster than chunks leave room for: then fewer sequences decode while the others wait.
    let steps = with.clock.steps(tokens.mean_context(), tokens.input);
    let first = steady_batch(with, &steps, &tokens, batch);
    let decoding = (batch / first.overload).max(1.0);
    let overloaded = (first.overload > 1.0).then(|| steady_batch(with, &steps, &tokens, decoding));
    let steady = overloaded.as_ref().unwrap_or(&first);

    let prefill = steps.time(0.0, tokens.input, 1.0);
    let chunks = libm::ceil(tokens.input / chunk_room(with, batch)).max(1.0);
    let own =
        if chunks > 1.0 { steady.chunk_step * chunks } else { prefill.total().max(steady.mixed.total()) };
    let prompts = (steady.share * steady.overload).min(with.clock.prompt_load);
    let others = if batch > 1.0 { deterministic_wait(prompts) } else { 0.0 };
    let wait = if batch > 1.0 { steady.tpot * 0.5 + own * others } else { Seconds::ZERO };
    let wait = wait + start_burst_wait(load.arrival().start_burst(), batch, prefill.total());
    let unqueued = time_to_first_token(limits.per_request, wait, own, Seconds::ZERO);
    let service = end_to_end_time(unqueued, tokens.output, steady.tpot);
    // Little's law: a replica finishes its batch once in a slot's time, no faster than prompts can be read.
    let slot = service - limits.per_request;
    let by_slots = closed_loop_rate(batch, slot).min(closed_loop_rate(asked, service));
    let by_prompts = chunk_room(with, batch) / (tokens.input * steady.mixed.total().get());
    let per_replica = if first.overload > 1.0 { by_slots.min(by_prompts) } else { by_slots };
    let queue = Seconds::s((asked / per_replica - service.get()).max(0.0));
    let ttft = time_to_first_token(limits.per_request, wait, own, queue);
    let request_rate = per_replica * limits.replicas;

    let average = mean_step(steady);
    let extra = (average.total() - steady.decode.total()).max(Seconds::ZERO);
    let capacity = asked > limits.memory_sequences && limits.memory_sequences <= limits.max_sequences;
    Service {
        ttft,
        tpot: steady.tpot,
        e2e: end_to_end_time(ttft, tokens.output, steady.tpot),
        wait,
        own_prefill: own,
        queue,
        output_rate: request_rate * tokens.output,
        total_rate: request_rate * (tokens.input + tokens.output),
        request_rate,
        batch,
        decoding: steady.sequences,
        prefill_tokens: steady.prefill_tokens,
        chunk_tokens: steady.chunk_tokens,
        mixed_share: steady.share,
        decode_step: steady.decode,
        mixed_step: steady.mixed,
        prefill,
        prefill_share: prefill_share(&prefill, steady, extra, &tokens),
        bound: if capacity { Bound::Capacity } else { average.bound() },
    }
}

/// Tokens of prompt that fit into a step beside the decoding sequences.
fn chunk_room(with: &Serving<'_>, batch: f64) -> f64 {
    (with.limits.max_batched_tokens - batch).max(1.0)
}

fn steady_batch(with: &Serving<'_>, steps: &Steps<'_>, load: &Tokens, batch: f64) -> Batch {
    let per_rank = batch / with.clock.stages();
    let decode = steps.time(per_rank, 0.0, 0.0);
    let room = chunk_room(with, batch);
    let tokens = prefill_tokens_per_step(batch, load.input, load.output);
    let overload = (tokens / room).max(1.0);
    let chunk = load.input.min(room);
    let share = mixed_step_share(chunks_per_step(tokens, chunk));
    // A step that carries prefill carries all that has arrived since the last one.
    let carried = if share > 0.0 { (tokens / share).min(room) } else { chunk };
    let mixed_with = |prompt: f64| steps.time(per_rank, prompt, prompt / load.input);
    let mixed = mixed_with(carried);
    let chunk_step = mixed_with(chunk).total();
    let tpot = time_per_output_token(share, mixed.total(), decode.total());
    Batch {
        sequences: batch,
        prefill_tokens: tokens,
        chunk_tokens: chunk,
        tpot,
        chunk_step,
        share,
        overload,
        decode,
        mixed,
    }
}

fn mean_step(batch: &Batch) -> StepTime {
    let mean = |mixed: Seconds, decode: Seconds| mixed * batch.share + decode * (1.0 - batch.share);
    StepTime {
        compute: mean(batch.mixed.compute, batch.decode.compute),
        bandwidth: mean(batch.mixed.bandwidth, batch.decode.bandwidth),
        communication: mean(batch.mixed.communication, batch.decode.communication),
        overhead: mean(batch.mixed.overhead, batch.decode.overhead),
    }
}

/// The share of a deployment's time that prompts cost: what they add to the steps, or for a single stream the share of a
/// request's time before its first token.
fn prefill_share(prefill: &StepTime, steady: &Batch, extra: Seconds, load: &Tokens) -> f64 {
    if steady.share > 0.0 {
        return prompt_share(steady.decode.total() + extra, steady.decode.total());
    }
    single_stream_prompt_share(prefill.total(), steady.tpot, load.output)
}
