//! The request that a measured run is.

use super::row::Regime;
use slipstick_catalog::Catalog;

use crate::{
    request::{
        ArrivalKind, ArrivalRequest, CachedRequest, Count, DeploymentRequest, LoadRequest, PoolsRequest,
        nearest_count,
    },
    validate::{
        request::{self, accelerators, arrival, parsed, rate},
        table::{Cells, count, number},
    },
};

/// Requests of an offline run that does not say how many: enough to fill every batch.
const MANY: u64 = 1 << 16;

/// Output tokens of a decode rate whose length is not stated: what the common benchmark writes.
const USUAL_GENERATION: u64 = 128;

/// The deployment of a row about `model`.
///
/// # Errors
/// If the row does not say what its question needs.
pub(super) fn deployment(
    cells: &Cells<'_>,
    model: String,
    catalog: &Catalog,
) -> Result<DeploymentRequest, String> {
    request::deployment(cells, model, accelerators(cells)?, catalog)
}

/// The deployment of a row that says its pools, without the layout of one pool alone.
///
/// # Errors
/// If the row does not say what its question needs.
pub(super) fn pooled(
    cells: &Cells<'_>,
    model: String,
    pools: &PoolsRequest,
    catalog: &Catalog,
) -> Result<DeploymentRequest, String> {
    let request =
        request::deployment(cells, model, request::accelerators_of(cells, pools, catalog)?, catalog)?;
    Ok(DeploymentRequest { tp: None, pp: None, ep: None, dp: None, ..request })
}

/// The load of a row.
///
/// # Errors
/// If the row does not say what its question needs.
pub(super) fn load(cells: &Cells<'_>) -> Result<LoadRequest, String> {
    let name = cells.get("regime");
    let regime = Regime::named(name).ok_or_else(|| format!("the regime {name:?} is not known"))?;
    let arrival = arrival(cells)?.or(match regime {
        Regime::Offline => Some(ArrivalKind::Burst),
        Regime::Static => Some(ArrivalKind::Static),
        Regime::Online | Regime::Disaggregated => None,
    });
    let is_static = arrival == Some(ArrivalKind::Static);
    let stated = count(cells.first(&["concurrency", "concurrency_or_batch"]).unwrap_or_default());
    let open = arrival == Some(ArrivalKind::Open);
    let concurrency = match (regime, stated) {
        _ if open => None,
        (_, Some(stated)) => Some(stated),
        (Regime::Offline, None) => Some(count(cells.get("requests")).unwrap_or(MANY)),
        (Regime::Static, None) => Some(1),
        (Regime::Online | Regime::Disaggregated, None) => {
            return Err("the concurrency is not known".to_owned());
        }
    };
    let [input, output] = lengths(cells, is_static)?;
    let closed = arrival.is_none_or(|kind| kind == ArrivalKind::Closed);
    Ok(LoadRequest {
        use_case: None,
        input: Some(Count(input)),
        output: Some(Count(output)),
        concurrency: concurrency.map(Count),
        context: None,
        cached: cached(cells)?,
        arrival: ArrivalRequest {
            arrival,
            requests_per_slot: number(cells.get("requests_per_slot")).filter(|_| closed),
            rate: rate(cells).filter(|_| open),
        },
    })
}

/// What of the prompts was in a cache.
fn cached(cells: &Cells<'_>) -> Result<CachedRequest, String> {
    let (prefix_hit, shared_prefix) = (parsed(cells, "prefix_hit")?, parsed(cells, "shared_prefix")?);
    Ok(CachedRequest { prefix_hit, shared_prefix })
}

/// Tokens in and out. A static batch may only read (no output) or only write (no prompt).
fn lengths(cells: &Cells<'_>, is_static: bool) -> Result<[u64; 2], String> {
    let stated = |columns: &[&str]| cells.first(columns);
    let input = stated(&["input", "isl"]);
    let output = stated(&["output", "osl"]);
    let tokens = |text: Option<&str>| text.and_then(number).map(nearest_count);
    if !is_static {
        let input = tokens(input).ok_or("the prompt's length is not known")?;
        let output = tokens(output).ok_or("the output's length is not known")?;
        return Ok([input, output]);
    }
    let reads_alone = output == Some("0");
    let output = if reads_alone { 0 } else { tokens(output).unwrap_or(USUAL_GENERATION) };
    Ok([tokens(input).unwrap_or(0), output])
}
