//! The layout: what is stated, and for the rest a usual one.

use slipstick_core::{
    hardware::Cluster,
    model::Model,
    plan::{Degrees, Plan},
    units::show::grouped,
};

use super::Assumption;
use crate::{
    ApiError,
    request::{Count, DeploymentRequest},
};

fn degree(flag: &'static str, count: Option<Count>) -> Result<Option<u64>, ApiError> {
    match count {
        Some(Count(0)) => Err(ApiError::input("plan.zero", "a degree of parallelism is at least 1")
            .at(flag)
            .help("leave it out for 1")),
        Some(Count(value)) if value > 1 << 20 => Err(ApiError::input(
            "plan.range",
            format!("{} ranks are more than any cluster has", grouped(value)),
        )
        .at(flag)
        .help("give no more ranks than there are accelerators")),
        other => Ok(other.map(|count| count.0)),
    }
}

/// The degrees that a request states: tensor, pipeline, data and expert parallel.
pub(super) fn stated(request: &DeploymentRequest) -> Result<[Option<u64>; 4], ApiError> {
    Ok([
        degree("--tp", request.tp)?,
        degree("--pp", request.pp)?,
        degree("--dp", request.dp)?,
        degree("--ep", request.ep)?,
    ])
}

/// The layout: what is stated, and for the rest tensor parallelism within a node as far as the heads allow, pipeline
/// stages across nodes, and data parallelism for what is left.
pub(super) fn layout(
    request: &DeploymentRequest,
    model: &Model,
    cluster: &Cluster,
    pads_heads: bool,
    defaults: &mut Vec<Assumption>,
) -> Result<Plan, ApiError> {
    let total = cluster.accelerators();
    let stated = stated(request)?;
    let [tp, pp, dp, ep] = stated;
    let ep = ep.unwrap_or(1);
    let fits = if pads_heads { Plan::padding } else { Plan::new };
    let plan = |degrees: Degrees| fits(degrees, model, total);
    let found = if let (Some(tp), Some(pp), Some(dp)) = (tp, pp, dp) {
        plan(Degrees { tp, pp, ep, dp })
    } else {
        let works = candidates(total, u64::from(cluster.per_node), [tp, pp, dp])
            .into_iter()
            .filter(|degrees| degrees.tp * degrees.pp * degrees.dp == total)
            .find_map(|degrees| plan(Degrees { ep, ..degrees }).ok());
        let stated = tp.unwrap_or(1).saturating_mul(pp.unwrap_or(1)).saturating_mul(dp.unwrap_or(1));
        // Nothing works: say why for the plainest choice.
        let plain = || Degrees {
            tp: tp.unwrap_or((total / stated.max(1)).max(1)),
            pp: pp.unwrap_or(1),
            dp: dp.unwrap_or(1),
            ep,
        };
        works.map_or_else(|| plan(plain()), Ok)
    };
    let found = found?;
    if total > 1 && (tp.is_none() || pp.is_none() || dp.is_none()) {
        let degrees = [("--tp", tp, found.tp()), ("--pp", pp, found.pp()), ("--dp", dp, found.dp())];
        for (flag, _, taken) in degrees.into_iter().filter(|(_, stated, _)| stated.is_none()) {
            let why = "tensor parallelism within a node, pipeline stages across nodes".to_owned();
            defaults.push(Assumption { flag, value: taken.to_string(), why });
        }
    }
    Ok(found)
}

/// Layouts to try, the most usual first.
fn candidates(total: u64, per_node: u64, [tp, pp, dp]: [Option<u64>; 3]) -> Vec<Degrees> {
    let divisors =
        |limit: u64| (1..=limit.min(total).min(4096)).rev().filter(move |d| total.is_multiple_of(*d));
    let mut all = Vec::new();
    for t in tp.map_or_else(|| divisors(per_node).collect(), |tp| vec![tp]) {
        if t == 0 || !total.is_multiple_of(t) {
            continue;
        }
        let rest = total / t;
        let nodes = total.div_ceil(per_node);
        for p in pp.map_or_else(|| vec![nodes.min(rest), 1, rest], |pp| vec![pp]) {
            if p == 0 || !rest.is_multiple_of(p) {
                continue;
            }
            let d = rest / p;
            if dp.is_none_or(|stated| stated == d) {
                all.push(Degrees { tp: t, pp: p, ep: 1, dp: d });
            }
        }
    }
    all
}
