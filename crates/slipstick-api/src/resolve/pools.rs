//! Separate pools: each worker is a deployment of its own, on its part of the accelerators.

use std::sync::Arc;

use slipstick_core::{
    estimate::pools::{Pool, Pools},
    hardware::{Cluster, Link},
    workload::{Arrival, Workload},
};

use super::{Resolved, Resolver};
use crate::{
    ApiError,
    request::{Count, DeploymentRequest, PlacedPool, PoolLayout, PoolsRequest, format_name},
};

/// Two pools with every name looked up, checked and prepared.
#[derive(Debug, Clone)]
pub struct ResolvedPools {
    /// A worker that reads, and how many there are.
    pub prefill: (Arc<Resolved>, PoolLayout),
    /// A worker that writes.
    pub decode: (Arc<Resolved>, PoolLayout),
    /// Where they are.
    pub place: PoolsPlace,
}

/// The accelerators of two pools.
#[derive(Debug, Clone)]
pub enum PoolsPlace {
    /// Both among these.
    Together(Arc<Cluster>),
    /// Each has its own kind: those that read, and those that write.
    Apart([Arc<Cluster>; 2]),
}

impl PoolsPlace {
    /// Each kind of accelerators once.
    pub fn clusters(&self) -> &[Arc<Cluster>] {
        match self {
            Self::Together(cluster) => core::slice::from_ref(cluster),
            Self::Apart(clusters) => clusters,
        }
    }
}

impl ResolvedPools {
    /// As the core asks them.
    pub fn pools(&self) -> Pools<'_> {
        Pools {
            prefill: Pool { workers: self.prefill.1.workers, worker: &self.prefill.0.prepared },
            decode: Pool { workers: self.decode.1.workers, worker: &self.decode.0.prepared },
            link: self.link(),
            assumed: self.decode.0.calibration().assumed,
            prices: None,
        }
    }

    /// What joins the pools: the slowest link between any two of their accelerators.
    pub fn link(&self) -> Link {
        match &self.place {
            PoolsPlace::Together(cluster) => cluster.link_for(self.used()),
            PoolsPlace::Apart([reads, writes]) => between(reads, writes),
        }
    }

    /// Accelerators of both pools.
    pub const fn used(&self) -> u64 {
        self.prefill.1.accelerators() + self.decode.1.accelerators()
    }

    /// All accelerators that were asked for.
    pub fn accelerators(&self) -> u64 {
        self.place.clusters().iter().map(|cluster| cluster.accelerators()).sum()
    }
}

/// What joins accelerators of two kinds, which stand in machines of their own: the slower of their networks.
pub(crate) fn between(reads: &Cluster, writes: &Cluster) -> Link {
    if reads.network.bandwidth < writes.network.bandwidth { reads.network } else { writes.network }
}

/// The pools that a request asks for, if any.
///
/// # Errors
/// If only one is given, or a layout for all beside them.
pub(crate) fn asked(
    deployment: &DeploymentRequest,
    pools: &PoolsRequest,
) -> Result<Option<[PlacedPool; 2]>, ApiError> {
    let alone = |missing: &str, given: &str| {
        ApiError::input("pools.one", format!("{given} alone is no deployment: the other pool is missing"))
            .at(given.to_owned())
            .help(format!(
                "add {missing}, such as {missing} 1xtp4; or leave {given} out for workers that do both"
            ))
    };
    let layouts = match (&pools.prefill, &pools.decode) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(alone("--decode", "--prefill")),
        (None, Some(_)) => return Err(alone("--prefill", "--decode")),
        (Some(prefill), Some(decode)) => [prefill.clone(), decode.clone()],
    };
    let degrees =
        [("--tp", deployment.tp), ("--pp", deployment.pp), ("--ep", deployment.ep), ("--dp", deployment.dp)];
    if let Some((flag, _)) = degrees.into_iter().find(|(_, degree)| degree.is_some()) {
        let message = format!(
            "{flag} is of a deployment whose workers are all alike, and pools have layouts of their own"
        );
        return Err(ApiError::input("pools.layout", message)
            .at(flag)
            .help("say it in the pools, such as --prefill 2xtp4 --decode 1xdep8"));
    }
    Ok(Some(layouts))
}

impl Resolver<'_> {
    /// The pools of a request, whose engine reads everything that it sets.
    ///
    /// # Errors
    /// As [`Resolver::pools`], and if it sets what its engine does not read.
    pub fn resolve_pools(
        &self,
        request: &DeploymentRequest,
        pools: &[PlacedPool; 2],
    ) -> Result<ResolvedPools, ApiError> {
        let found = self.pools(request, pools)?;
        found.decode.0.reads_every_setting(self.catalog())?;
        Ok(found)
    }

    /// The pools of a request.
    ///
    /// # Errors
    /// If anything it names is unknown, the pools take more accelerators than there are, a layout does not divide the
    /// model, or one pool could not go on with the caches of the other.
    pub fn pools(
        &self,
        request: &DeploymentRequest,
        pools: &[PlacedPool; 2],
    ) -> Result<ResolvedPools, ApiError> {
        let place = self.place(request, pools)?;
        let [reads, writes] = match &place {
            PoolsPlace::Together(cluster) => [cluster, cluster],
            PoolsPlace::Apart([reads, writes]) => [reads, writes],
        };
        let worker = |pool: &PlacedPool, cluster: &Cluster, flag: &'static str| {
            self.worker(request, pool.layout, cluster)
                .map(|resolved| (Arc::new(resolved), pool.layout))
                .map_err(|error| placed(error, flag))
        };
        let prefill = worker(&pools[0], reads, "--prefill")?;
        let decode = worker(&pools[1], writes, "--decode")?;
        let engine = &decode.0;
        if !engine.engine().has_pools() {
            let message =
                format!("{} starts no separate pools: it has no transfer of caches", engine.engine_name());
            return Err(ApiError::input("engine.no_pools", message)
                .at("--engine")
                .help("choose --engine vllm, sglang or tensorrt-llm, or leave --prefill and --decode out"));
        }
        hands_on([&prefill.0, &decode.0])?;
        Ok(ResolvedPools { prefill, decode, place })
    }

    /// The accelerators of both pools: a pool that names its own has as many as it takes, in as few machines as hold them.
    fn place(&self, request: &DeploymentRequest, pools: &[PlacedPool; 2]) -> Result<PoolsPlace, ApiError> {
        let cluster = self.cluster(&request.on)?;
        let named = pools.each_ref().map(|pool| pool.on.as_deref());
        let [reads, writes] = named;
        if let (Some(_), Some(_)) = (reads, writes) {
            let message = format!("both pools name their accelerators, which leaves none for {}", request.on);
            return Err(ApiError::input("pools.both_placed", message).at("--on").help(format!(
                "leave @{} out, whose accelerators --on then names",
                reads.unwrap_or_default()
            )));
        }
        let needed: u64 =
            pools.iter().filter(|pool| pool.on.is_none()).map(|pool| pool.layout.accelerators()).sum();
        if needed > cluster.accelerators() {
            return Err(too_few(request, pools, (needed, cluster.accelerators())));
        }
        let own = |on: &str, pool: &PlacedPool, flag: &'static str| {
            let one = self.cluster(on).map_err(|error| error.at(flag))?;
            if one.accelerators() > 1 {
                return Err(counted_twice(pool, on, flag));
            }
            Ok(Arc::new(in_nodes(&one, pool.layout.accelerators())))
        };
        Ok(match (reads, writes) {
            (Some(on), _) => PoolsPlace::Apart([own(on, &pools[0], "--prefill")?, cluster]),
            (None, Some(on)) => PoolsPlace::Apart([cluster, own(on, &pools[1], "--decode")?]),
            (None, None) => PoolsPlace::Together(cluster),
        })
    }

    /// One worker of a pool.
    fn worker(
        &self,
        request: &DeploymentRequest,
        layout: PoolLayout,
        cluster: &Cluster,
    ) -> Result<Resolved, ApiError> {
        let degrees = layout.degrees;
        let count = |degree: u64| Some(Count(degree));
        let request = DeploymentRequest {
            tp: count(degrees.tp),
            pp: count(degrees.pp),
            ep: count(degrees.ep),
            dp: count(degrees.dp),
            ..request.clone()
        };
        let part = part(cluster, degrees.accelerators());
        let model = self.model(&request.model, request.allow_unknown)?;
        self.resolve_on(model, Arc::new(part), &request)
    }
}

/// Refuses what is not answered of pools: a load that is there at once.
pub(crate) fn answers(load: &Workload) -> Result<(), ApiError> {
    if matches!(load.arrival(), Arrival::Burst | Arrival::Static) {
        let name = load.arrival().name();
        let message =
            format!("separate pools serve requests that come one after the other, and {name} is all at once");
        return Err(ApiError::input("pools.arrival", message)
            .at("--arrival")
            .help("say --arrival closed or give --rate, or leave --prefill and --decode out"));
    }
    Ok(())
}

/// So many accelerators in nodes of their usual size, as `--on` says it: the last one may be filled in part, since pools need
/// not end where a node does.
pub(crate) fn holding(id: &str, node_size: u32, count: u64) -> String {
    let node = u64::from(node_size.max(1));
    if count <= node { format!("{id}:{count}") } else { format!("{}x{node}x{id}", count.div_ceil(node)) }
}

/// So many accelerators of a kind, in nodes of their usual size.
fn in_nodes(one: &Cluster, accelerators: u64) -> Cluster {
    let node = u64::from(one.accelerator.node_size.max(1));
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Cluster {
        per_node: count(accelerators.min(node)),
        nodes: count(accelerators.div_ceil(node).max(1)),
        ..one.clone()
    }
}

/// Some of the accelerators of a cluster, in as few nodes as hold them.
fn part(cluster: &Cluster, accelerators: u64) -> Cluster {
    let accelerators = u32::try_from(accelerators).unwrap_or(u32::MAX);
    let whole = cluster.per_node.max(1);
    let (per_node, nodes) = if accelerators <= whole {
        (accelerators, 1)
    } else if accelerators.is_multiple_of(whole) {
        (whole, accelerators / whole)
    } else {
        // Nodes that are filled alike: the most of them that a node holds.
        let each = (1..=whole).rev().find(|each| accelerators.is_multiple_of(*each)).unwrap_or(1);
        (each, accelerators / each)
    };
    Cluster { per_node, nodes, ..cluster.clone() }
}

/// Refuses pools that take more accelerators than there are.
fn too_few(request: &DeploymentRequest, pools: &[PlacedPool; 2], (used, there): (u64, u64)) -> ApiError {
    let taking: Vec<String> =
        pools.iter().filter(|pool| pool.on.is_none()).map(ToString::to_string).collect();
    let take = if taking.len() > 1 { "take" } else { "takes" };
    let message =
        format!("{} {take} {used} accelerators, and {} has {there}", taking.join(" and "), request.on);
    ApiError::input("pools.accelerators", message)
        .at("--on")
        .help(format!("ask for {used} or more with --on, or for fewer workers"))
}

/// Refuses a count of accelerators beside a count of workers.
fn counted_twice(pool: &PlacedPool, on: &str, flag: &'static str) -> ApiError {
    let message = format!("{} says how many accelerators there are, and {on} once more", pool.layout);
    ApiError::input("pools.counted", message)
        .at(flag)
        .help("name the accelerator alone behind the @, such as 3xdep8@b200")
}

/// Refuses workers of which the one could not go on with the caches of the other.
fn hands_on([reads, writes]: [&Resolved; 2]) -> Result<(), ApiError> {
    let told = |one: &Resolved| (one.engine_version(), one.cache());
    if told(reads) == told(writes) {
        return Ok(());
    }
    let of =
        |one: &Resolved| format!("{} with a cache of {}", one.engine_version(), format_name(one.cache().key));
    let message = format!(
        "a pool under {} hands no caches on to one under {}: both must be of one engine and one format",
        of(reads),
        of(writes)
    );
    Err(ApiError::input("pools.unlike", message)
        .at("--decode")
        .help("say --engine, such as vllm, and --kv-dtype, such as bf16, for both"))
}

/// A refusal of a worker's layout, at the flag that says it.
fn placed(error: ApiError, flag: &'static str) -> ApiError {
    if error.at.as_deref().is_some_and(|at| ["--tp", "--pp", "--ep", "--dp"].contains(&at)) {
        return error.at(flag);
    }
    error
}
