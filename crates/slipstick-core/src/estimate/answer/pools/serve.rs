//! Requests through two pools: a closed loop, or as they arrive.

use super::{
    Pool, PoolService, Pools,
    halves::{self, Matched},
    handover::Handover,
    open,
    power::{self, Working},
    reads::Reads,
    writes::Writes,
};
use crate::{
    basis::Basis,
    estimate::{
        serving::{Drafting, From, Service, Tokens, token_rates},
        step::{Bound, StepTime},
    },
    formulas::{
        cost::tokens::{paid_pool_share, pool_price_share},
        parts::least,
        time::{
            batching::{chunk_tokens, prompt_load, running_sequences},
            latency::{closed_loop_rate, end_to_end_time, queue_wait, start_burst_wait},
            pools::{decode_only_step, disaggregated_ttft, pool_wait, prompt_pool_wait, writing_sequences},
            speculation::time_per_accepted_token,
        },
    },
    quantity::{Quantity as Q, StepKind},
    trace::{Input, Source, Trace, asked, at, fact, fitted, layout, rules},
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

/// Steps of the pool that writes.
struct Written {
    /// As they are timed where prompts are read as well.
    decode: StepTime,
    /// As long as they take, and where that was recorded.
    step: From<Seconds>,
    tpot: Seconds,
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
    served(pools, workload, Drafts::Made, trace)
}

/// Whether the pool that writes makes the drafts that it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Drafts {
    /// It does.
    Made,
    /// As if it made none.
    LeftOut,
}

impl Drafts {
    pub(super) fn of<'a>(self, pool: &Pool<'a>) -> Option<&'a Drafting> {
        pool.worker.speed()?.drafting().filter(|_| self == Self::Made)
    }
}

/// The same with drafts or without.
pub(in super::super) fn served(
    pools: &Pools<'_>,
    workload: &Workload,
    drafts: Drafts,
    trace: Trace<'_>,
) -> Option<PoolService> {
    let with = Loop::new(pools, workload, drafts, trace)?;
    let full = with.full_batch(trace);
    let batch = with.offered.map_or_else(|| with.batch(full), |rate| with.batch_at(rate));
    Some(with.service(pools, batch, full))
}

impl<'a> Loop<'a> {
    pub(super) fn new(
        pools: &Pools<'a>,
        workload: &Workload,
        drafts: Drafts,
        trace: Trace<'a>,
    ) -> Option<Self> {
        let (workload, offered) = &open::closed(workload);
        let tokens = Tokens::of(workload);
        let handover = Handover::new(pools, workload.input(), trace);
        let reads = Reads::new(&pools.prefill, workload, drafts, trace)?;
        let writes = Writes::new(&pools.decode, pools.assumed.pool_step.value, workload, drafts)?;
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
            let step = (writes.step(batch), asked("s"));
            let waits = self.waits(rate, step, writes.tpot(batch), Trace::off());
            let reading = rate * waits.ttft.get();
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

    /// What a request waits for, where so many pass a second and steps that write take so long.
    fn waits(&self, rate: f64, step: From<Seconds>, tpot: Seconds, trace: Trace<'_>) -> Waits {
        let (reads, tokens) = (&self.reads, &self.tokens);
        let wait = self.prompts_before(rate, trace);
        let ttft = traced!(trace, Q::UnqueuedTtft, disaggregated_ttft {
            t_r: reads.limits.per_request => fitted("s"),
            t_w: wait => at(Q::Wait),
            t_p: reads.own => at(Q::OwnPrefill),
            t_x: self.handover.time => at(Q::CacheTransfer),
            t_d: step.0 => step.1,
            t_q: Seconds::ZERO => asked("s"),
        });
        let placed = traced!(trace, Q::UnqueuedE2e, end_to_end_time {
            TTFT: ttft => at(Q::UnqueuedTtft),
            O: tokens.output => asked("tokens"),
            TPOT: tpot => at(Q::Tpot),
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
            t_f: between => fitted("s"),
            I: 1.0 => asked("prompts"),
            x: 1.0 => asked("prompts"),
        });
        traced!(trace, Q::Wait, prompt_pool_wait {
            t_1: between => fitted("s"),
            w: others => at(Q::WaitFactor),
            t_b: burst => at(Q::StartBurstWait),
        })
    }

    fn service(&self, pools: &Pools<'_>, batch: f64, full: f64) -> PoolService {
        let (trace, tokens, writes, reads) = (self.trace, &self.tokens, &self.writes, &self.reads);
        let Written { decode, step, tpot } = self.steps(batch);
        let matched = halves::traced([reads.pool, writes.at(full, tokens, trace)], trace);
        let written = writes.rate(batch, tokens) * writes.workers;
        let waits = self.waits(written.min(matched.rates[0]), step, tpot, trace);
        let rate = match self.offered {
            Some(offered) => self.passing(offered, &matched),
            None => self.request_rate(&waits, &matched),
        };
        let Life { queue, ttft, e2e } = self.life(&waits, (rate, matched.rate), (step, tpot));
        let [input_rate, output_rate, total_rate] = token_rates(trace, tokens.input, tokens.output, rate);
        let decoding = self.decoding(rate, tpot);
        let [draft, verify] = writes.steps.parts(writes.of_stage(batch));
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
            chunk_tokens: chunk_tokens(reads.read.0, reads.limits.max_batched_tokens),
            chunks: 0.0,
            mixed_share: 0.0,
            decode_step: decode,
            mixed_step: decode,
            prefill: reads.prefill,
            prefill_share: prompt_share(pools, trace),
            bound: self.bound(&matched, &decode),
            at_rate: self.offered.map(|offered| self.at_rate((offered, matched.rate), decoding, e2e)),
            cached: reads.limits.cached,
            expected: writes.expected,
            draft,
            verify,
        };
        let Handover { cache, link_cache, time: transfer } = self.handover;
        let idle = halves::idle(&matched, rate, trace);
        let working =
            Working { chunk: &reads.chunk, decode: &decode, matched: &matched, rate, decoding, output_rate };
        let power = power::power(pools, &working, trace);
        PoolService { service, matched, idle, cache, link_cache, transfer, power }
    }

    /// The step of a batch, and the time of each of its tokens.
    fn steps(&self, batch: f64) -> Written {
        let (trace, writes) = (self.trace, &self.writes);
        let decode = writes.steps.decode(writes.of_stage(batch), trace);
        decode.record(StepKind::Mixed, trace);
        for quantity in [Q::PrefillTokensPerStep, Q::ChunksPerStep, Q::MixedStepShare] {
            trace.stated(quantity, 0.0, Source::Layout, Basis::Exact);
        }
        let expected = writes.steps.expected(trace);
        let of_step = if expected.is_some() { Q::MeanStep } else { Q::Tpot };
        let step = traced!(trace, of_step, decode_only_step {
            f: writes.share => fact("", Source::Assumptions, Basis::Fitted),
            t_d: decode.total() => at(Q::StepTime(StepKind::Decode)),
        });
        let tpot = expected.map_or(step, |expected| {
            traced!(trace, Q::Tpot, time_per_accepted_token {
                t: step => at(Q::MeanStep),
                E: expected => at(Q::ExpectedTokens),
            })
        });
        Written { decode, step: (step, at(of_step)), tpot }
    }

    /// A request's life from its arrival to its last token.
    fn life(&self, waits: &Waits, (rate, most): (f64, f64), (step, tpot): (From<Seconds>, Seconds)) -> Life {
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
            t_d: step.0 => step.1,
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

/// The share of a deployment that prompts pay: that of the accelerators that read them, or of their price where each pool has
/// its own.
fn prompt_share(pools: &Pools<'_>, trace: Trace<'_>) -> f64 {
    if let Some([reads, writes]) = pools.prices {
        return traced!(trace, Q::InputShare, paid_pool_share {
            p_p: reads => fact("", Source::Prices, Basis::Specified),
            p_d: writes => fact("", Source::Prices, Basis::Specified),
        });
    }
    traced!(trace, Q::InputShare, pool_price_share {
        n_p: pools.prefill.accelerators() as f64 => layout("accelerators"),
        n: pools.accelerators() as f64 => layout("accelerators"),
    })
}
