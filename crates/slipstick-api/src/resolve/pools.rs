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
    request::{Count, DeploymentRequest, PoolLayout, PoolsRequest},
};

/// Two pools with every name looked up, checked and prepared.
#[derive(Debug, Clone)]
pub struct ResolvedPools {
    /// A worker that reads, and how many there are.
    pub prefill: (Arc<Resolved>, PoolLayout),
    /// A worker that writes.
    pub decode: (Arc<Resolved>, PoolLayout),
    /// All accelerators that were asked for.
    pub cluster: Arc<Cluster>,
}

impl ResolvedPools {
    /// As the core asks them.
    pub fn pools(&self) -> Pools<'_> {
        Pools {
            prefill: Pool { workers: self.prefill.1.workers, worker: &self.prefill.0.prepared },
            decode: Pool { workers: self.decode.1.workers, worker: &self.decode.0.prepared },
            link: self.link(),
            assumed: self.decode.0.calibration().assumed,
        }
    }

    /// What joins the pools: the slowest link between any two of their accelerators.
    pub fn link(&self) -> Link {
        self.cluster.link_for(self.used())
    }

    /// Accelerators of both pools.
    pub const fn used(&self) -> u64 {
        self.prefill.1.accelerators() + self.decode.1.accelerators()
    }
}

/// The pools that a request asks for, if any.
///
/// # Errors
/// If only one is given, or a layout for all beside them.
pub(crate) fn asked(
    deployment: &DeploymentRequest,
    pools: &PoolsRequest,
) -> Result<Option<[PoolLayout; 2]>, ApiError> {
    let alone = |missing: &str, given: &str| {
        ApiError::input("pools.one", format!("{given} alone is no deployment: the other pool is missing"))
            .at(given.to_owned())
            .help(format!(
                "add {missing}, such as {missing} 1xtp4; or leave {given} out for workers that do both"
            ))
    };
    let layouts = match (pools.prefill, pools.decode) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(alone("--decode", "--prefill")),
        (None, Some(_)) => return Err(alone("--prefill", "--decode")),
        (Some(prefill), Some(decode)) => [prefill, decode],
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
        layouts: [PoolLayout; 2],
    ) -> Result<ResolvedPools, ApiError> {
        let found = self.pools(request, layouts)?;
        found.decode.0.reads_every_setting(self.catalog())?;
        Ok(found)
    }

    /// The pools of a request.
    ///
    /// # Errors
    /// If anything it names is unknown, the pools take more accelerators than there are, or a layout does not divide the
    /// model.
    pub fn pools(
        &self,
        request: &DeploymentRequest,
        layouts: [PoolLayout; 2],
    ) -> Result<ResolvedPools, ApiError> {
        let cluster = self.cluster(&request.on)?;
        let [prefill, decode] = layouts;
        let (used, there) =
            (prefill.accelerators().saturating_add(decode.accelerators()), cluster.accelerators());
        if used > there {
            let message =
                format!("{prefill} and {decode} take {used} accelerators, and {} has {there}", request.on);
            return Err(ApiError::input("pools.accelerators", message)
                .at("--on")
                .help(format!("ask for {used} or more with --on, or for fewer workers")));
        }
        let worker = |layout: PoolLayout, flag: &'static str| {
            self.worker(request, layout, &cluster)
                .map(|resolved| (Arc::new(resolved), layout))
                .map_err(|error| placed(error, flag))
        };
        let found = ResolvedPools {
            prefill: worker(prefill, "--prefill")?,
            decode: worker(decode, "--decode")?,
            cluster: Arc::clone(&cluster),
        };
        let engine = &found.decode.0;
        if !engine.engine().has_pools() {
            let message =
                format!("{} starts no separate pools: it has no transfer of caches", engine.engine_name());
            return Err(ApiError::input("engine.no_pools", message)
                .at("--engine")
                .help("choose --engine vllm, sglang or tensorrt-llm, or leave --prefill and --decode out"));
        }
        Ok(found)
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

/// A refusal of a worker's layout, at the flag that says it.
fn placed(error: ApiError, flag: &'static str) -> ApiError {
    if error.at.as_deref().is_some_and(|at| ["--tp", "--pp", "--ep", "--dp"].contains(&at)) {
        return error.at(flag);
    }
    error
}
