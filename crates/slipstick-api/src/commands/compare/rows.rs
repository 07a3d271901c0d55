//! The combinations of a comparison and their answers.

use std::collections::BTreeSet;

use slipstick_core::workload::WorkloadError;

use super::AnsweredRow;
use crate::{
    ApiError, Bounds,
    commands::{estimate::answer, supply},
    request::{CompareRequest, Count, EstimateRequest},
    resolve::Resolver,
    steps::product,
};

/// More combinations than this are a sweep, not a comparison.
const MOST_ROWS: u64 = 2000;

/// Every combination of a request's lists, in their order.
pub(super) fn combinations(
    request: &CompareRequest,
    bounds: Bounds,
) -> Result<Vec<EstimateRequest>, ApiError> {
    let count = count(request);
    bounds.admit(count)?;
    if count > MOST_ROWS {
        return Err(ApiError::input(
            "compare.too_many",
            format!("{count} combinations are more than {MOST_ROWS}"),
        )
        .help("give shorter lists, or several comparisons"));
    }
    let mut all = vec![request.base()];
    vary(&mut all, &request.model, |row, value| row.deployment.model = value);
    vary(&mut all, &request.on, |row, value| row.deployment.on = value);
    vary(&mut all, &request.engines, |row, value| row.deployment.engine = Some(value));
    vary(&mut all, &request.quant, |row, value| row.deployment.quant = Some(value));
    vary(&mut all, &request.kv_dtype, |row, value| row.deployment.kv_dtype = Some(value));
    vary(&mut all, &request.clouds, |row, value| row.prices.cloud = Some(value));
    vary(&mut all, &request.speculative, |row, value| {
        // Without drafts there is nothing to accept.
        let none = value.trim().eq_ignore_ascii_case("none");
        row.deployment.acceptance = row.deployment.acceptance.take().filter(|_| !none);
        row.deployment.speculative = Some(value);
    });
    vary(&mut all, &request.tp, |row, value| row.deployment.tp = Some(value));
    vary(&mut all, &request.pp, |row, value| row.deployment.pp = Some(value));
    vary(&mut all, &request.dp, |row, value| row.deployment.dp = Some(value));
    vary(&mut all, &request.ep, |row, value| row.deployment.ep = Some(value));
    vary(&mut all, &request.input, |row, value| row.load.input = Some(value));
    vary(&mut all, &request.output, |row, value| row.load.output = Some(value));
    vary(&mut all, &request.concurrency, |row, value| row.load.concurrency = Some(value));
    vary(&mut all, &request.context, |row, value| row.load.context = Some(value));
    Ok(in_pools(all, request))
}

/// Refuses names and numbers that nobody knows: a typing error is no row of a table.
pub(super) fn known(
    request: &CompareRequest,
    all: &[EstimateRequest],
    resolver: &Resolver<'_>,
) -> Result<(), ApiError> {
    request.model.iter().try_for_each(|name| supply::known_model(name, resolver))?;
    request.on.iter().try_for_each(|on| resolver.cluster(on).map(drop))?;
    let named = request.engines.is_empty();
    all.iter()
        .try_for_each(|one| resolver.known(&one.deployment))
        .map_err(|error| if named { error } else { supply::renamed(error, "--engine", "--engines") })?;
    let zero = |list: &[Count]| list.contains(&Count(0));
    for (flag, list) in [("--input", &request.input), ("--concurrency", &request.concurrency)] {
        if zero(list) {
            return Err(WorkloadError::Zero(flag.trim_start_matches('-')).into());
        }
    }
    let clouds: Vec<String> =
        request.clouds.iter().filter(|cloud| !cloud.eq_ignore_ascii_case("all")).cloned().collect();
    supply::known_clouds(&clouds, resolver.catalog())
        .map_err(|error| supply::renamed(error, "--cloud", "--clouds"))
}

/// How many combinations the lists of a request have.
fn count(request: &CompareRequest) -> u64 {
    let names = [
        &request.model,
        &request.on,
        &request.engines,
        &request.quant,
        &request.kv_dtype,
        &request.clouds,
        &request.speculative,
    ];
    let counts = [
        &request.tp,
        &request.pp,
        &request.dp,
        &request.ep,
        &request.input,
        &request.output,
        &request.concurrency,
        &request.context,
    ];
    let lengths = names.iter().map(|list| list.len()).chain(counts.iter().map(|list| list.len()));
    let lengths = lengths.chain([request.prefill.len(), request.decode.len()]);
    product(lengths)
}

/// Every request so far in each of the pools that are asked for.
fn in_pools(mut all: Vec<EstimateRequest>, request: &CompareRequest) -> Vec<EstimateRequest> {
    vary(&mut all, &request.prefill, |row, value| row.pools.prefill = Some(value.into()));
    vary(&mut all, &request.decode, |row, value| row.pools.decode = Some(value.into()));
    all
}

/// The request with every cloud that offers any of its accelerators, if it asks for all of them.
pub(super) fn every_cloud(
    request: &CompareRequest,
    resolver: &Resolver<'_>,
) -> Result<Option<CompareRequest>, ApiError> {
    if !matches!(request.clouds.as_slice(), [only] if only.eq_ignore_ascii_case("all")) {
        return Ok(None);
    }
    let mut accelerators = Vec::new();
    for on in &request.on {
        accelerators.push(resolver.cluster(on)?.accelerator.id.clone());
    }
    let offers = resolver.catalog().offers();
    let offering = offers.iter().filter(|offer| accelerators.iter().any(|id| offer.accelerator == *id));
    let clouds: BTreeSet<String> = offering.map(|offer| offer.cloud.to_string()).collect();
    Ok(Some(CompareRequest { clouds: clouds.into_iter().collect(), ..request.clone() }))
}

/// Every request so far with each of some values; as they are if there are none.
fn vary<T: Clone>(all: &mut Vec<EstimateRequest>, values: &[T], set: impl Fn(&mut EstimateRequest, T)) {
    if values.is_empty() {
        return;
    }
    let varied = all.iter().flat_map(|row| {
        values.iter().map(|value| {
            let mut row = row.clone();
            set(&mut row, value.clone());
            row
        })
    });
    *all = varied.collect();
}

/// Asks one combination.
pub(crate) fn estimate_row(
    request: &EstimateRequest,
    resolver: &Resolver<'_>,
) -> Result<AnsweredRow, ApiError> {
    answer(request, resolver, false).map(|answer| AnsweredRow::of(request, &answer))
}
