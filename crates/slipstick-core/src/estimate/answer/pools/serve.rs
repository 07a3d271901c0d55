//! Requests through two pools: a closed loop, or as they arrive.

use super::{
    Pool, PoolService, Pools,
    halves::{self, Matched, PoolRate},
    handover::Handover,
    open,
    power::{self, Working},
};
use crate::{
    basis::Basis,
    estimate::{
        serving::{Limits, Service, Tokens, token_rates},
        step::{Bound, Shape, StepTime, Steps},
    },
    formulas::{
        cost::tokens::pool_price_share,
        parts::least,
        time::{
            batching::{
                chunk_tokens, chunks_of_prompt, prompt_load, room_for_whole_prompts, running_sequences,
            },
            latency::{
                closed_loop_rate, end_to_end_time, own_prefill_time, prompt_bound_rate, queue_wait,
                rate_of_replicas, start_burst_wait,
            },
            pools::{
                decode_only_step, decode_pool_rate, disaggregated_ttft, pool_wait, prompt_pool_wait,
                writing_sequences,
            },
        },
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Input, Origin, Source, Trace, asked, at, fact, fitted, layout, rules},
    traced,
    units::Seconds,
    workload::Workload,
};

/// Halvings of the interval that the batch is looked for in.
pub(super) const HALVINGS: usize = 48;

/// What no batch changes.
pub(super) struct Loop<'a> {
    pub(super) tokens: Tokens,
    burst: f64,
    pub(super) reads: Reads,
    pub(super) writes: Writes<'a>,
    handover: Handover,
    /// Requests that arrive a second; none of a closed loop.
    offered: Option<f64>,
    pub(super) trace: Trace<'a>,
}

/// The pool that reads.
pub(super) struct Reads {
    pub(super) pool: PoolRate,
    pub(super) limits: Limits,
    /// One prompt alone.
    prefill: StepTime,
    /// The step that reads as many as there is room for.
    pub(super) chunk: StepTime,
    /// The steps that read it.
    pub(super) own: Seconds,
    /// The largest load at which waiting prompts are a queue in steady state.
    largest_load: f64,
}

/// The pool that writes.
pub(super) struct Writes<'a> {
    pub(super) workers: f64,
    /// Ranks with sequences of their own, of one worker.
    ranks: f64,
    stages: f64,
    pub(super) limits: Limits,
    steps: Steps<'a>,
    /// Share of a step that is left where no prompt is ever read.
    share: f64,
}

/// What a request waits for, and how long it takes once it has a place.
pub(super) struct Waits {
    wait: Seconds,
    pub(super) ttft: Seconds,
    pub(super) placed: Seconds,
}

/// A request's life.
struct Life {
    queue: Seconds,
    ttft: Seconds,
    e2e: Seconds,
}

/// How a load is served; none if an accelerator states no peak to compute at.
pub(super) fn serve(pools: &Pools<'_>, workload: &Workload, trace: Trace<'_>) -> Option<PoolService> {
    let with = Loop::new(pools, workload, trace)?;
    let full = with.full_batch(trace);
    let batch = with.offered.map_or_else(|| with.batch(full), |rate| with.batch_at(rate));
    Some(with.service(pools, batch, full))
}

impl<'a> Loop<'a> {
    pub(super) fn new(pools: &Pools<'a>, workload: &Workload, trace: Trace<'a>) -> Option<Self> {
        let (workload, offered) = &open::closed(workload);
        let tokens = Tokens::of(workload);
        let handover = Handover::new(pools, workload.input(), trace);
        let reads = Reads::new(&pools.prefill, workload, &tokens, trace)?;
        let writes = Writes::new(&pools.decode, pools.assumed.pool_step.value, workload, &tokens)?;
        let (burst, offered) = (workload.arrival().start_burst(), *offered);
        Some(Self { tokens, burst, reads, writes, handover, offered, trace })
    }

    /// The sequences of a rank that writes, if no request were anywhere else.
    fn full_batch(&self, trace: Trace<'_>) -> f64 {
        let writes = &self.writes;
        traced!(trace, Q::Sequences, running_sequences {
            C: self.tokens.requests / (writes.workers * writes.ranks) => asked("requests"),
            m: writes.limits.memory_sequences => fact("sequences", Source::MemorySearch, Basis::Exact),
            e: writes.limits.max_sequences => rules("sequences"),
        })
    }

    /// The sequences of a rank that writes: the largest number at which all requests are accounted for, and prompts are read
    /// as fast as output is written.
    fn batch(&self, full: f64) -> f64 {
        let writes = &self.writes;
        let most = (self.tokens.requests / (writes.workers * writes.ranks)).min(full);
        let too_many = |batch: f64| {
            let rate = writes.rate(batch, &self.tokens) * writes.workers;
            let writing = batch * writes.ranks * writes.workers;
            let reading = rate * self.waits(rate, batch, Trace::off()).ttft.get();
            rate > self.reads.pool.rate() || writing + reading > self.tokens.requests
        };
        if !too_many(most) {
            return most;
        }
        let (mut low, mut high) = (0.0, most);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if too_many(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }

    /// What a request waits for, where so many pass a second.
    pub(super) fn waits(&self, rate: f64, batch: f64, trace: Trace<'_>) -> Waits {
        let (reads, tokens) = (&self.reads, &self.tokens);
        let wait = self.prompts_before(rate, trace);
        let step = self.writes.step(batch);
        let ttft = traced!(trace, Q::UnqueuedTtft, disaggregated_ttft {
            t_r: reads.limits.per_request => fitted("s"),
            t_w: wait => at(Q::Wait),
            t_p: reads.own => at(Q::OwnPrefill),
            t_x: self.handover.time => at(Q::CacheTransfer),
            t_d: step => at(Q::Tpot),
            t_q: Seconds::ZERO => asked("s"),
        });
        let placed = traced!(trace, Q::UnqueuedE2e, end_to_end_time {
            TTFT: ttft => at(Q::UnqueuedTtft),
            O: tokens.output => asked("tokens"),
            TPOT: step => at(Q::Tpot),
        });
        Waits { wait, ttft, placed }
    }

    /// The wait for prompts before one's own, where so many pass a second.
    fn prompts_before(&self, rate: f64, trace: Trace<'_>) -> Seconds {
        let (reads, tokens) = (&self.reads, &self.tokens);
        let alone = tokens.requests <= 1.0;
        let load = traced!(trace, Q::PromptLoad, prompt_load {
            p: rate / reads.pool.rate() => asked(""),
            m: reads.largest_load => fact("", Source::Assumptions, Basis::Assumed),
        });
        let others = traced!(trace, Q::WaitFactor, pool_wait {
            rho: if alone { 0.0 } else { load } => if alone { asked("") } else { at(Q::PromptLoad) },
            c: reads.pool.workers => layout("workers"),
        });
        let between = Seconds::s(1.0 / reads.pool.worker_rate);
        let burst = traced!(trace, Q::StartBurstWait, start_burst_wait {
            f: self.burst => asked(""),
            B: tokens.requests / reads.pool.workers => asked("requests"),
            t_1: between => fitted("s"),
        });
        traced!(trace, Q::Wait, prompt_pool_wait {
            t_1: between => fitted("s"),
            w: others => at(Q::WaitFactor),
            t_b: burst => at(Q::StartBurstWait),
        })
    }

    fn service(&self, pools: &Pools<'_>, batch: f64, full: f64) -> PoolService {
        let (trace, tokens, writes, reads) = (self.trace, &self.tokens, &self.writes, &self.reads);
        let (decode, tpot) = self.steps(batch);
        let matched = halves::traced([reads.pool, writes.at(full, tokens, trace)], trace);
        let written = writes.rate(batch, tokens) * writes.workers;
        let waits = self.waits(written.min(matched.rates[0]), batch, trace);
        let rate = match self.offered {
            Some(offered) => self.passing(offered, &matched),
            None => self.request_rate(&waits, &matched),
        };
        let Life { queue, ttft, e2e } = self.life(&waits, (rate, matched.rate), tpot);
        let [input_rate, output_rate, total_rate] = token_rates(trace, tokens.input, tokens.output, rate);
        let decoding = self.decoding(rate, tpot);
        let service = Service {
            ttft,
            tpot,
            e2e,
            wait: waits.wait,
            own_prefill: reads.own,
            queue,
            output_rate,
            input_rate,
            total_rate,
            request_rate: rate,
            batch: full,
            decoding,
            prefill_tokens: 0.0,
            chunk_tokens: chunk_tokens(tokens.input, reads.limits.max_batched_tokens),
            chunks: 0.0,
            mixed_share: 0.0,
            decode_step: decode,
            mixed_step: decode,
            prefill: reads.prefill,
            prefill_share: prompt_share(pools, trace),
            bound: self.bound(&matched, &decode),
            at_rate: self.offered.map(|offered| self.at_rate((offered, matched.rate), decoding, e2e)),
            cached: 0.0,
            expected: 1.0,
            draft: Seconds::ZERO,
            verify: decode.total(),
        };
        let Handover { cache, link_cache, time: transfer } = self.handover;
        let idle = halves::idle(&matched, rate, trace);
        let working =
            Working { chunk: &reads.chunk, decode: &decode, matched: &matched, rate, decoding, output_rate };
        let power = power::power(pools, &working, trace);
        PoolService { service, matched, idle, cache, link_cache, transfer, power }
    }

    /// The step of a batch, and the time of each of its tokens.
    fn steps(&self, batch: f64) -> (StepTime, Seconds) {
        let (trace, writes) = (self.trace, &self.writes);
        let decode = writes.decode_step(batch);
        decode.record(StepKind::Decode, trace);
        decode.record(StepKind::Mixed, trace);
        trace.stated(Q::CachedTokens, 0.0, Source::Request, Basis::Exact);
        for quantity in [Q::PrefillTokensPerStep, Q::ChunksPerStep, Q::MixedStepShare] {
            trace.stated(quantity, 0.0, Source::Layout, Basis::Exact);
        }
        let tpot = traced!(trace, Q::Tpot, decode_only_step {
            f: writes.share => fact("", Source::Assumptions, Basis::Fitted),
            t_d: decode.total() => at(Q::StepTime(StepKind::Decode)),
        });
        (decode, tpot)
    }

    /// A request's life from its arrival to its last token.
    fn life(&self, waits: &Waits, (rate, most): (f64, f64), tpot: Seconds) -> Life {
        let (trace, tokens, reads) = (self.trace, &self.tokens, &self.reads);
        let queue = if let Some(offered) = self.offered {
            open::queue(offered, most, trace)
        } else {
            traced!(trace, Q::Queue, queue_wait {
                C: tokens.requests => asked("requests"),
                X: rate => at(Q::RequestRate),
                t_s: waits.placed => at(Q::UnqueuedE2e),
            })
        };
        let ttft = traced!(trace, Q::Ttft, disaggregated_ttft {
            t_r: reads.limits.per_request => fitted("s"),
            t_w: waits.wait => at(Q::Wait),
            t_p: reads.own => at(Q::OwnPrefill),
            t_x: self.handover.time => at(Q::CacheTransfer),
            t_d: tpot => at(Q::Tpot),
            t_q: queue => at(Q::Queue),
        });
        let e2e = traced!(trace, Q::E2e, end_to_end_time {
            TTFT: ttft => at(Q::Ttft),
            O: tokens.output => asked("tokens"),
            TPOT: tpot => at(Q::Tpot),
        });
        Life { queue, ttft, e2e }
    }

    /// Sequences of a rank that write, in the mean.
    fn decoding(&self, rate: f64, tpot: Seconds) -> f64 {
        let (trace, tokens, writes) = (self.trace, &self.tokens, &self.writes);
        traced!(trace, Q::DecodingSequences, writing_sequences {
            X: rate => at(Q::RequestRate),
            O: tokens.output => asked("tokens"),
            t_d: tpot => at(Q::Tpot),
            R: writes.workers * writes.ranks => layout("ranks"),
        })
    }

    /// Requests a second: as requests come back, no faster than either pool serves them.
    fn request_rate(&self, waits: &Waits, matched: &Matched) -> f64 {
        let trace = self.trace;
        let by_arrivals = traced!(trace, Q::RateByArrivals, closed_loop_rate {
            C: self.tokens.requests => asked("requests"),
            E2E: waits.placed => at(Q::UnqueuedE2e),
        });
        let rate = least(&[by_arrivals, matched.rate]);
        trace.gathered(Q::RequestRate, &least::FORMULA, rate, || {
            vec![
                Input::new("by arrivals", by_arrivals, at(Q::RateByArrivals)),
                Input::new("by pools", matched.rate, at(Q::PoolRate(2))),
            ]
        });
        rate
    }

    /// What binds: the pool that is full decides.
    fn bound(&self, matched: &Matched, decode: &StepTime) -> Bound {
        let limits = &self.writes.limits;
        let on_rank = self.tokens.requests / (self.writes.workers * self.writes.ranks);
        if matched.rates[0] < matched.rates[1] {
            self.reads.prefill.bound()
        } else if on_rank > limits.memory_sequences && limits.memory_sequences <= limits.max_sequences {
            Bound::Capacity
        } else {
            decode.bound()
        }
    }
}

impl Reads {
    pub(super) fn new(
        pool: &Pool<'_>,
        workload: &Workload,
        tokens: &Tokens,
        trace: Trace<'_>,
    ) -> Option<Self> {
        let worker = pool.worker;
        let clock = &worker.speed()?.clock;
        let plan = worker.deployment().plan;
        let prompts = Workload::new(workload.input().max(1), 1, 1).unwrap_or(*workload);
        let limits = worker.limits(&prompts);
        let steps = clock.steps(&shape(tokens));
        // Stages work at once, each on a step of its own.
        let ranks = (plan.dp() * plan.pp()) as f64;
        let (room, of_room) = room(&limits, tokens, trace);
        let full = steps.time(0.0, room, room / tokens.input);
        full.record(StepKind::Chunk, trace);
        let of_rank = traced!(trace, Q::RateByPrompts, prompt_bound_rate {
            x: room => of_room,
            I: tokens.input => asked("tokens"),
            t: full.total() => at(Q::StepTime(StepKind::Chunk)),
        });
        let worker_rate = traced!(trace, Q::WorkerRate(0), rate_of_replicas {
            n: ranks => layout("ranks"),
            X_1: of_rank => at(Q::RateByPrompts),
        });
        let pool = PoolRate { workers: pool.workers as f64, worker_rate };
        let prefill = steps.lone_prompt(tokens.input);
        prefill.record(StepKind::Prefill, trace);
        let own = own_prefill(prefill.total(), tokens, (room, of_room), trace);
        Some(Self { pool, limits, prefill, chunk: full, own, largest_load: clock.prompt_load })
    }
}

/// The steps that read a prompt of one's own.
fn own_prefill(alone: Seconds, tokens: &Tokens, (room, of_room): (f64, Origin), trace: Trace<'_>) -> Seconds {
    let chunks = traced!(trace, Q::ChunksOfPrompt, chunks_of_prompt {
        I: tokens.input => asked("tokens"),
        c: room => of_room,
    });
    traced!(trace, Q::OwnPrefill, own_prefill_time {
        n: chunks => at(Q::ChunksOfPrompt),
        t_c: alone / chunks => fitted("s"),
        t_1: alone => at(Q::StepTime(StepKind::Prefill)),
        t_m: Seconds::ZERO => asked("s"),
    })
}

impl<'a> Writes<'a> {
    pub(super) fn new(pool: &Pool<'a>, share: f64, workload: &Workload, tokens: &Tokens) -> Option<Self> {
        let worker = pool.worker;
        let clock = &worker.speed()?.clock;
        let deployment = worker.deployment();
        Some(Self {
            workers: pool.workers as f64,
            ranks: deployment.plan.dp() as f64,
            stages: clock.stages(),
            limits: worker.limits(workload),
            steps: clock.steps(&shape(tokens)),
            share,
        })
    }

    fn decode_step(&self, batch: f64) -> StepTime {
        self.steps.time(batch.max(1.0) / self.stages, 0.0, 0.0)
    }

    pub(super) fn step(&self, batch: f64) -> Seconds {
        decode_only_step(self.share, self.decode_step(batch).total())
    }

    /// Requests a second of one worker with a batch on each of its ranks.
    pub(super) fn rate(&self, batch: f64, tokens: &Tokens) -> f64 {
        decode_pool_rate(self.ranks, batch, tokens.output, self.step(batch))
    }

    /// The same with every place taken, recorded.
    fn at(&self, batch: f64, tokens: &Tokens, trace: Trace<'_>) -> PoolRate {
        let worker_rate = traced!(trace, Q::WorkerRate(1), decode_pool_rate {
            R: self.ranks => layout("ranks"),
            B: batch => at(Q::Sequences),
            O: tokens.output => asked("tokens"),
            t_d: self.step(batch) => fitted("s"),
        });
        PoolRate { workers: self.workers, worker_rate }
    }
}

/// What the steps of both pools have in common.
fn shape(tokens: &Tokens) -> Shape {
    Shape { context: tokens.mean_context(), prompt: tokens.input, ..Shape::default() }
}

/// Prompt tokens of a step that only reads, in whole prompts where none is divided.
fn room(limits: &Limits, tokens: &Tokens, trace: Trace<'_>) -> (f64, Origin) {
    let room = limits.max_batched_tokens;
    if limits.divides_prompts {
        return (room, rules("tokens"));
    }
    let whole = traced!(trace, Q::WholeSharedRoom, room_for_whole_prompts {
        c: room => rules("tokens"),
        I: tokens.input => asked("tokens"),
    });
    (whole, at(Q::WholeSharedRoom))
}

/// The share of a deployment that prompts pay: that of the accelerators that read them.
fn prompt_share(pools: &Pools<'_>, trace: Trace<'_>) -> f64 {
    traced!(trace, Q::InputShare, pool_price_share {
        n_p: pools.prefill.accelerators() as f64 => layout("accelerators"),
        n: pools.accelerators() as f64 => layout("accelerators"),
    })
}
