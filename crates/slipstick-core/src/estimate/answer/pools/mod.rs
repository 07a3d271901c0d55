//! Two pools of workers: one reads prompts, the other goes on with their caches and writes.
//!
//! Each worker is a deployment of its own. [`matched`] puts two halves together whose rates are known, which is all that a
//! search needs; [`serve`] finds the batch at which a closed loop of requests runs through both.

mod halves;
mod handover;
mod open;
mod power;
mod rated;
mod reads;
mod search;
pub(super) mod serve;
mod split;
mod writes;

use super::{Estimate, Money, NoPeak, Prepared, Verdict, dominant_format, roofline, speculated};
use crate::{
    estimate::{
        cost::{self, TokenPower},
        memory::MemoryEstimate,
        serving::{AtRate, Service},
    },
    hardware::{Assumptions, Link},
    ops::{Phase, Step},
    quantity::Quantity as Q,
    trace::Trace,
    units::{Bytes, Seconds, UsdPerHour},
    workload::Workload,
};

pub use halves::{Matched, PoolRate, matched};
pub use rated::Held;
pub use search::{Choice, Half, divided_rate, fewest, front, most};
pub use split::{Split, best_split};

/// Equal workers.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a> {
    /// How many.
    pub workers: u64,
    /// One of them.
    pub worker: &'a Prepared,
}

/// A pool that reads prompts, one that writes, and what joins them.
#[derive(Debug, Clone, Copy)]
pub struct Pools<'a> {
    /// Reads.
    pub prefill: Pool<'a>,
    /// Writes.
    pub decode: Pool<'a>,
    /// Carries caches from each accelerator of the one to one of the other.
    pub link: Link,
    /// What a transfer reaches of the link and takes beside, and what is left of a step where no prompt is read.
    pub assumed: Assumptions,
    /// What each pool costs an hour, where each is paid for by itself.
    pub prices: Option<[UsdPerHour; 2]>,
}

/// How two pools serve a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolService {
    /// Of both together.
    pub service: Service,
    /// How their rates match.
    pub matched: Matched,
    /// The share of each pool that is left over.
    pub idle: [f64; 2],
    /// The cache of one prompt, all of it.
    pub cache: Bytes,
    /// As much of it as one link carries.
    pub link_cache: Bytes,
    /// How long that takes; part of the time to the first token.
    pub transfer: Seconds,
    /// What both draw, if their accelerators state a limit.
    pub power: Option<TokenPower>,
}

/// What one pool holds.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolMemory {
    /// Whether a worker starts, and whether it holds its part of the load.
    pub verdict: Verdict,
    /// Its part of the load.
    pub workload: Workload,
    /// Its memory.
    pub memory: MemoryEstimate,
}

/// The whole answer about two pools.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolsAnswer {
    /// Whether both start, and whether the load finds places.
    pub verdict: Verdict,
    /// The load; of requests that arrive at a rate with as many in flight as that comes to.
    pub workload: Workload,
    /// What a worker that reads holds.
    pub prefill: PoolMemory,
    /// What a worker that writes holds.
    pub decode: PoolMemory,
    /// How they serve, and what is estimated of that; nothing where one of them does not start.
    pub served: Option<(PoolService, Estimate)>,
}

impl Pools<'_> {
    /// Accelerators of both.
    pub const fn accelerators(&self) -> u64 {
        self.prefill.accelerators() + self.decode.accelerators()
    }

    /// What the workers of both hold of a load.
    pub fn memory(&self, workload: &Workload) -> [PoolMemory; 2] {
        let prompts = self.prefill.prompts(workload);
        let sequences = workload.concurrency().div_ceil(self.decode.workers.max(1));
        let written = workload.with_concurrency(sequences).unwrap_or(*workload);
        [self.prefill.memory(prompts), self.decode.memory(written)]
    }

    /// A load that arrives at a rate with what is in flight of it, rounded up; with one where the rate is not held.
    fn loaded(&self, workload: &Workload) -> Workload {
        let at_rate = || self.serve(workload)?.service.at_rate;
        let Some(held) = at_rate().filter(AtRate::is_held) else { return *workload };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive count, which saturates"
        )]
        let in_flight = held.in_flight.ceil().max(1.0) as u64;
        workload.with_concurrency(in_flight).unwrap_or(*workload)
    }

    /// How a load is served; none if an accelerator states no peak to compute at.
    pub fn serve(&self, workload: &Workload) -> Option<PoolService> {
        serve::serve(self, workload, Trace::off())
    }
}

impl Pool<'_> {
    /// Accelerators of the pool.
    pub const fn accelerators(&self) -> u64 {
        self.workers.saturating_mul(self.worker.deployment().plan.accelerators())
    }

    /// The prompts that one step of a worker reads: it keeps their caches until they are fetched.
    fn prompts(&self, workload: &Workload) -> Workload {
        let (tokens, ranks) =
            (self.worker.memory().batch_limits().tokens, self.worker.deployment().plan.dp());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "part of a count of tokens"
        )]
        let cached = self.worker.cached(workload) as u64;
        let read = workload.input().saturating_sub(cached).max(1);
        let at_once = (tokens / read).max(1).saturating_mul(ranks);
        let share = workload.concurrency().div_ceil(self.workers.max(1));
        prompts(workload, at_once.min(share).max(1))
    }

    fn memory(&self, workload: Workload) -> PoolMemory {
        let memory = self.worker.memory().estimate(&workload);
        let verdict = self.worker.verdict(&workload, memory.max_concurrency);
        PoolMemory { verdict, workload, memory }
    }
}

/// So many prompts of a load, of which as much is in a cache as of any.
fn prompts(workload: &Workload, count: u64) -> Workload {
    let prompts = Workload::new(workload.input().max(1), 1, count).unwrap_or(*workload);
    let prompts = prompts.with_prefix(workload.prefix()).unwrap_or(prompts);
    prompts.with_hit(workload.hit()).unwrap_or(prompts)
}

/// Answers a question about two pools. What the numbers come from is recorded in `trace`; what each pool holds is another
/// question ([`crate::estimate::memory::MemoryModel::record`]).
///
/// # Errors
/// If an accelerator states no peak to compute at.
pub fn answer_pools(
    pools: &Pools<'_>,
    workload: &Workload,
    money: &Money,
    trace: Trace<'_>,
) -> Result<PoolsAnswer, NoPeak> {
    let workload = &pools.loaded(workload);
    let [prefill, decode] = pools.memory(workload);
    let verdict = if prefill.verdict.starts() { decode.verdict } else { Verdict::DoesNotStart };
    if !verdict.starts() {
        return Ok(PoolsAnswer { verdict, workload: *workload, prefill, decode, served: None });
    }
    let service = serve::serve(pools, workload, trace).ok_or(NoPeak)?;
    let verdict = match service.service.at_rate {
        Some(at_rate) if !at_rate.is_held() => Verdict::Saturated,
        _ => verdict,
    };
    let estimate = estimate(pools, workload, &service, money, trace).ok_or(NoPeak)?;
    Ok(PoolsAnswer { verdict, workload: *workload, prefill, decode, served: Some((service, estimate)) })
}

/// What is estimated beside times and rates: the operators of a prompt on the one pool and of a step on the other, and the
/// price.
fn estimate(
    pools: &Pools<'_>,
    workload: &Workload,
    served: &PoolService,
    money: &Money,
    trace: Trace<'_>,
) -> Option<Estimate> {
    let service = &served.service;
    let (reads, writes) = (pools.prefill.worker, pools.decode.worker);
    let batch = service.decoding / writes.lowered().plan.pp() as f64;
    let drafts = writes.deployment().speculation.as_ref().map_or(0, |speculation| speculation.tokens);
    let decode = Step::decode(batch, workload.mean_context() as f64).drafting(drafts as f64);
    let prefill = Step::prefill(workload.input() as f64).behind(service.cached);
    let rows = |worker: &Prepared, step: &Step, phase, first| {
        Some(roofline::rows(worker.lowered(), &worker.speed()?.rates, step, phase, (first, trace)))
    };
    let mut roofline = rows(reads, &prefill, Phase::Prefill, 0)?;
    let prefill_intensity = roofline::intensity(&roofline, Q::PrefillIntensity, 0, trace);
    let first = roofline.len();
    let decode_rows = rows(writes, &decode, Phase::Decode, first)?;
    let decode_intensity = roofline::intensity(&decode_rows, Q::DecodeIntensity, first, trace);
    roofline.extend(decode_rows);
    let compute = dominant_format(writes.lowered());
    let cost = money.price.map(|price| cost::token_cost(service, price, money.utilisation, trace));
    Some(Estimate {
        service: *service,
        speculated: speculated::in_pools(pools, workload, service, trace),
        roofline,
        decode_intensity,
        prefill_intensity,
        roof: roofline::roof(&writes.deployment().cluster.accelerator, compute, trace)?,
        compute,
        cost,
        power_each: served.power.map(|power| power.each),
        power: served.power.map(|power| power.all),
        energy_per_output_token: served.power.map(|power| power.token),
    })
}
