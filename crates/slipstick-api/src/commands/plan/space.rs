//! The deployments of one replica that a plan chooses from.

use std::collections::BTreeSet;

use super::PlanRequest;
use crate::{
    ApiError,
    commands::supply,
    request::{Count, DeploymentRequest},
    resolve::{Resolver, is_description},
    steps::product,
};

/// Accelerators of a replica that are tried where no count is named: up to two usual nodes.
const COUNTS: [u64; 5] = [1, 2, 4, 8, 16];

/// Formats that are tried where none is named.
const USUAL_FORMATS: [&str; 2] = ["checkpoint", "fp8"];

/// Every deployment to try, as requests. The most usual layouts come first.
pub(super) fn deployments(
    request: &PlanRequest,
    has_experts: bool,
    resolver: &Resolver<'_>,
) -> Result<Vec<DeploymentRequest>, ApiError> {
    let places = places(request, resolver)?;
    known(request, resolver)?;
    let engines: Vec<Option<String>> = match request.engines.as_slice() {
        [] => vec![None],
        named => named.iter().cloned().map(Some).collect(),
    };
    let formats = formats(request);
    let layouts_of = |count: u64| layouts(count, has_experts);
    let hardware: u64 = places.iter().map(|(_, count)| layouts_of(*count).len() as u64).sum();
    let others = [
        engines.len(),
        formats.len(),
        request.kv_dtype.len(),
        request.speculative.len(),
        request.max_sequences.len(),
        request.max_batched_tokens.len(),
    ];
    resolver.world().bounds().admit(hardware.saturating_mul(product(others)))?;
    let options = options(request);
    let mut all = Vec::new();
    for (on, count) in &places {
        for engine in &engines {
            for format in &formats {
                for [tp, pp, dp, ep] in layouts_of(*count) {
                    all.extend(options.iter().map(|options| DeploymentRequest {
                        on: on.clone(),
                        engine: engine.clone(),
                        quant: (format != "checkpoint").then(|| format.clone()),
                        tp: Some(Count(tp)),
                        pp: Some(Count(pp)),
                        dp: Some(Count(dp)),
                        ep: Some(Count(ep)),
                        ..options.clone()
                    }));
                }
            }
        }
    }
    Ok(all)
}

/// The formats of the weights to try.
pub(super) fn formats(request: &PlanRequest) -> Vec<String> {
    if request.quant.is_empty() { USUAL_FORMATS.map(str::to_owned).to_vec() } else { request.quant.clone() }
}

/// Refuses names that nobody knows: nothing would be found with them, and all others would hide that.
fn known(request: &PlanRequest, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    let none = DeploymentRequest::default;
    let engines =
        request.engines.iter().map(|name| DeploymentRequest { engine: Some(name.clone()), ..none() });
    let formats = request.quant.iter().map(|name| DeploymentRequest { quant: Some(name.clone()), ..none() });
    let mut all = engines.chain(formats).chain(options(request));
    all.try_for_each(|one| resolver.known(&one))
        .map_err(|error| supply::renamed(error, "--engine", "--engines"))?;
    supply::known_clouds(&request.cloud, resolver.catalog())
}

/// How the engine is told to run: each cache format under each draft and each limit of its batches.
fn options(request: &PlanRequest) -> Vec<DeploymentRequest> {
    let base = DeploymentRequest {
        model: request.model.clone(),
        acceptance: request.acceptance.clone(),
        ..DeploymentRequest::default()
    };
    let caches = each(vec![base], &request.kv_dtype, |one, kv_dtype| one.kv_dtype = Some(kv_dtype.clone()));
    let drafts = each(caches, &request.speculative, |one, method| {
        // Without drafts there is nothing to accept.
        let none = method.trim().eq_ignore_ascii_case("none");
        one.acceptance = one.acceptance.take().filter(|_| !none);
        one.speculative = Some(method.clone());
    });
    let limited = each(drafts, &request.max_sequences, |one, count| one.max_sequences = Some(*count));
    each(limited, &request.max_batched_tokens, |one, count| one.max_batched_tokens = Some(*count))
}

/// All of them with each of some choices, or as they are where there is none.
fn each<T>(
    all: Vec<DeploymentRequest>,
    choices: &[T],
    set: impl Fn(&mut DeploymentRequest, &T),
) -> Vec<DeploymentRequest> {
    if choices.is_empty() {
        return all;
    }
    let with = |one: &DeploymentRequest, choice: &T| {
        let mut one = one.clone();
        set(&mut one, choice);
        one
    };
    all.iter().flat_map(|one| choices.iter().map(|choice| with(one, choice)).collect::<Vec<_>>()).collect()
}

/// Layouts of so many accelerators: tensor parallelism, across nodes with stages; experts over all of them, with attention
/// as tensor or as data parallelism.
fn layouts(count: u64, has_experts: bool) -> Vec<[u64; 4]> {
    let mut all: Vec<[u64; 4]> = vec![if count > 8 { [8, count / 8, 1, 1] } else { [count, 1, 1, 1] }];
    if has_experts && count > 1 {
        if count <= 8 {
            all.push([count, 1, 1, count]);
        }
        let mut tp = count.min(8) / 2;
        while tp >= 1 {
            all.push([tp, 1, count / tp, count]);
            tp /= 2;
        }
        if count > 8 {
            all.push([8, 1, count / 8, count]);
        }
    }
    all
}

/// Hardware of a replica, each with its count.
fn places(request: &PlanRequest, resolver: &Resolver<'_>) -> Result<Vec<(String, u64)>, ApiError> {
    let mut excluded = BTreeSet::new();
    for name in &request.exclude {
        let cluster = resolver.cluster(name).map_err(|error| error.at("--exclude"))?;
        excluded.insert(cluster.accelerator.id.clone());
    }
    let most = request.max_gpus.map_or(u64::MAX, |count| count.0);
    let counts = || COUNTS.into_iter().filter(|count| *count <= most);
    let mut all = Vec::new();
    if request.on.is_empty() {
        let listed = supply::listed(resolver.catalog()).into_iter().filter(|id| !excluded.contains(id));
        all.extend(listed.flat_map(|id| counts().map(move |count| (format!("{count}x{id}"), count))));
    }
    for name in &request.on {
        let cluster = resolver.cluster(name)?;
        let id = &cluster.accelerator.id;
        if excluded.contains(id) {
            continue;
        }
        if name.contains(':') || name.split_once('x').is_some_and(|(n, _)| n.parse::<u64>().is_ok()) {
            // A name with a count stands for itself.
            all.push((name.clone(), cluster.accelerators()));
        } else if is_description(name) {
            all.extend(counts().map(|count| (format!("{name}:{count}"), count)));
        } else {
            all.extend(counts().map(|count| (format!("{count}x{id}"), count)));
        }
    }
    if all.is_empty() {
        return Err(ApiError::input("plan.no_hardware", "no accelerator is left to try")
            .at("--exclude")
            .help("exclude fewer, or name others with --on"));
    }
    Ok(all)
}
