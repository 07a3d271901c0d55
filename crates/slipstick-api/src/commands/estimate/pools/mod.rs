//! An estimate of two pools: one reads prompts, the other goes on with their caches and writes.

mod launch;
mod provenance;
mod report;
mod view;

use slipstick_core::{
    engine::Command,
    estimate::{
        Money, Verdict,
        pools::{PoolMemory, PoolService, Pools, PoolsAnswer, Split, answer_pools, best_split},
    },
    plan::Degrees,
    trace::{Records, Trace},
    workload::Workload,
};

use super::{
    EstimateAnswer, EstimateRequest, distrust, generates, keeps_prefixes, no_peak, price_of_pools, workload,
};
use crate::{
    ApiError,
    commands::memory::{MemoryAnswer, view::placed_on},
    request::{DeploymentRequest, PlacedPool, PoolLayout},
    resolve::{
        Assumption, PoolsPlace, Resolved, ResolvedPools, Resolver,
        pools::{answers, holding},
    },
};

/// Workers are doubled so often at most to find those that start.
const MOST_DOUBLINGS: u32 = 4;

pub use report::{BestSplit, CacheTransfer, PoolReport, PoolsReport};
pub(super) use view::{add, title};

/// What is answered of two pools beside what is answered of any deployment.
pub(crate) struct Pooled {
    pub(super) resolved: ResolvedPools,
    /// The load of both together.
    pub(super) workload: Workload,
    /// What a worker that reads holds; what one that writes holds is the estimate's own.
    pub(super) prefill: MemoryAnswer,
    /// How they serve; none where one of them does not start.
    pub(super) service: Option<PoolService>,
    /// The split of all accelerators that serves best.
    pub(super) best: Option<Split>,
    /// What would start, where one of them does not.
    pub(super) cure: Option<String>,
    /// How both are started.
    pub(super) commands: launch::Commands,
}

/// The answer of a request that asks for pools.
pub(super) fn answer(
    request: &EstimateRequest,
    asked: &[PlacedPool; 2],
    resolver: &Resolver<'_>,
    explain: bool,
) -> Result<EstimateAnswer, ApiError> {
    let resolved = resolver.resolve_pools(&request.deployment, asked)?;
    let writes = &resolved.decode.0;
    generates(&writes.model)?;
    let mut defaults = writes.defaults.clone();
    let load = workload(&request.load, &writes.model.model, resolver.catalog(), &mut defaults)?;
    answers(&load)?;
    keeps_prefixes(&resolved.prefill.0, &load)?;
    let offers = request.prices.of(&request.deployment.on, resolver.catalog());
    let (price, prices) = price_of_pools(&offers, &resolved, resolver)?;
    let utilisation = super::utilisation(&request.prices)?;
    let money = Money { price: price.as_ref().map(|price| price.hourly), utilisation };
    let records = Records::default();
    let trace = if explain { records.trace() } else { Trace::off() };
    let pools = Pools { prices, ..resolved.pools() };
    let accelerator = &writes.cluster().accelerator.id;
    let found = answer_pools(&pools, &load, &money, trace).map_err(|error| no_peak(accelerator, error))?;
    let PoolsAnswer { verdict, workload: load, prefill, decode, served } = found;
    let best = served.as_ref().and_then(|_| resolved.best_split(&pools, &load));
    let memory = held(writes, decode, &defaults);
    let prefill = held(&resolved.prefill.0, prefill, &[]);
    let commands = launch::Commands::of([&prefill, &memory], &resolved, load.concurrency());
    let distrust = distrust(accelerator, resolver.catalog());
    let (service, estimate) = served.unzip();
    let memory = MemoryAnswer { verdict, ..memory };
    let launches = commands.launches().filter(|_| verdict.starts());
    let cure = cure(request, asked, [&prefill, &memory], &load, resolver);
    let pooled = Pooled { cure, resolved, workload: load, prefill, service, best, commands };
    let recorded = explain.then(|| provenance::recorded(records, &memory, &pooled, price.as_ref()));
    let (provenance, pools) = (recorded.unwrap_or_default(), Some(Box::new(pooled)));
    Ok(EstimateAnswer { memory, estimate, price, utilisation, distrust, launches, provenance, pools })
}

/// The pools with larger workers, where one of them does not start: the smallest of twice, four times, .. the ranks of tensor
/// parallelism that start on the accelerators.
fn cure(
    request: &EstimateRequest,
    [prefill, decode]: &[PlacedPool; 2],
    [reads, writes]: [&MemoryAnswer; 2],
    load: &Workload,
    resolver: &Resolver<'_>,
) -> Option<String> {
    if reads.verdict.starts() && writes.verdict.starts() {
        return None;
    }
    let wider = |pool: &PlacedPool, memory: &MemoryAnswer, times: u64| {
        let layout = pool.layout;
        let Degrees { tp, ep, .. } = layout.degrees;
        let tp = if memory.verdict.starts() { tp } else { tp * times };
        let degrees = Degrees { tp, ep: if ep == layout.degrees.tp { tp } else { ep }, ..layout.degrees };
        PlacedPool { layout: PoolLayout { degrees, ..layout }, on: pool.on.clone() }
    };
    // Those of `--on` are the accelerators of a pool that names none.
    let unplaced = if prefill.on.is_none() { reads } else { writes };
    let found = (1..=MOST_DOUBLINGS).map(|times| 1 << times).find_map(|times| {
        let layouts = [wider(prefill, reads, times), wider(decode, writes, times)];
        let among = layouts.iter().filter(|pool| pool.on.is_none());
        let needed = among.map(|pool| pool.layout.accelerators()).sum();
        let accelerator = &unplaced.resolved.cluster().accelerator;
        let on = holding(&accelerator.id, accelerator.node_size, needed);
        let request = DeploymentRequest { on: on.clone(), ..request.deployment.clone() };
        let pools = resolver.pools(&request, &layouts).ok()?;
        let starts = pools.pools().memory(load).iter().all(|pool| pool.verdict.starts());
        starts.then(|| format!("--on {on} --prefill {} --decode {}", layouts[0], layouts[1]))
    })?;
    Some(found)
}

/// What a worker of a pool holds.
fn held(resolved: &Resolved, pool: PoolMemory, defaults: &[Assumption]) -> MemoryAnswer {
    let PoolMemory { verdict, workload, memory } = pool;
    let resolved = Resolved { defaults: defaults.to_vec(), ..resolved.clone() };
    MemoryAnswer { resolved, workload, verdict, estimate: memory }
}

impl Pooled {
    /// The command that starts a worker of each pool; none where the engine is not started by one.
    pub(crate) fn lines(&self) -> [Option<String>; 2] {
        self.commands.workers.each_ref().map(|command| command.as_ref().map(Command::line))
    }

    /// Whether a worker that reads starts.
    pub(super) fn reads(&self) -> bool {
        self.prefill.verdict != Verdict::DoesNotStart
    }

    /// Accelerators that no pool uses.
    pub(super) fn spare(&self) -> u64 {
        self.resolved.accelerators().saturating_sub(self.resolved.used())
    }

    /// The layouts of both, as they are typed.
    pub(crate) fn layout(&self) -> String {
        format!("prefill {}, decode {}", self.resolved.prefill.1, self.resolved.decode.1)
    }

    /// All accelerators of both.
    pub(super) fn placed(&self) -> String {
        let each: Vec<String> =
            self.resolved.place.clusters().iter().map(|cluster| placed_on(cluster)).collect();
        each.join(" and ")
    }
}

impl ResolvedPools {
    /// The split of accelerators of one kind that serves best; those of two kinds cannot change places.
    fn best_split(&self, pools: &Pools<'_>, load: &Workload) -> Option<Split> {
        match &self.place {
            PoolsPlace::Together(cluster) => best_split(pools, cluster.accelerators(), load),
            PoolsPlace::Apart(_) => None,
        }
    }
}
