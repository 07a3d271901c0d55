//! What two pools draw: each by how much of the time its workers step, and how hard a step loads them.

use super::{Pool, Pools, halves::Matched};
use crate::{
    basis::Basis,
    estimate::{cost, cost::TokenPower, step::StepTime},
    formulas::{
        cost::energy::{energy_per_token, mean_power, million_tokens_energy, power_of_all, power_of_one},
        parts::total,
        time::queueing::{busy_share, load_over_time, offered_load},
    },
    hardware::Assumptions,
    quantity::{Detail as D, Quantity as Q, StepKind},
    trace::{Input, Source, Trace, at, fact, layout},
    traced,
    units::Power,
};

/// How two pools work.
pub(super) struct Working<'a> {
    /// The full step of a worker that reads.
    pub(super) chunk: &'a StepTime,
    /// The step of one that writes.
    pub(super) decode: &'a StepTime,
    /// How their rates match.
    pub(super) matched: &'a Matched,
    /// Requests a second.
    pub(super) rate: f64,
    /// Sequences of a rank that writes, in the mean.
    pub(super) decoding: f64,
    /// Output tokens a second.
    pub(super) output_rate: f64,
}

/// Power of both, and what that makes a token; none if an accelerator states no limit.
pub(super) fn power(pools: &Pools<'_>, working: &Working<'_>, trace: Trace<'_>) -> Option<TokenPower> {
    let reads = traced!(trace, D::PoolBusy(0), offered_load {
        lambda: working.rate => at(Q::RequestRate),
        X: working.matched.rates[0] => at(Q::PoolRate(0)),
    });
    // A rank that writes steps while it has any sequence.
    let writes = traced!(trace, D::PoolBusy(1), busy_share {
        C: working.decoding + 1.0 => fact("requests", Source::SpeedSearch, Basis::Exact),
    });
    let drawn = [
        of_pool(0, &pools.prefill, (StepKind::Chunk, working.chunk, reads), &pools.assumed, trace)?,
        of_pool(1, &pools.decode, (StepKind::Decode, working.decode, writes), &pools.assumed, trace)?,
    ];
    let all = Power::watts(total(&drawn.map(Power::get)));
    trace.gathered(Q::PowerAll, &total::FORMULA, all, || {
        let part = |(pool, name)| Input::new(name, drawn[pool], at(D::PoolPower(pool)));
        [(0, "prefill"), (1, "decode")].map(part).to_vec()
    });
    let each = traced!(trace, Q::PowerEach, power_of_one {
        P_n: all => at(Q::PowerAll),
        n: pools.accelerators() as f64 => layout("accelerators"),
    });
    let token = traced!(trace, Q::TokenEnergy, energy_per_token {
        P: all => at(Q::PowerAll),
        r: working.output_rate => at(Q::OutputRate),
    });
    traced!(trace, Q::MillionTokensEnergy, million_tokens_energy { E: token => at(Q::TokenEnergy) });
    Some(TokenPower { each, all, token })
}

/// Power of one pool, whose workers step for a share of the time.
fn of_pool(
    at_pool: usize,
    pool: &Pool<'_>,
    (kind, step, busy): (StepKind, &StepTime, f64),
    assumed: &Assumptions,
    trace: Trace<'_>,
) -> Option<Power> {
    let limit = pool.worker.deployment().cluster.accelerator.power?;
    let of_step = cost::load_of(kind, step, assumed, trace);
    let load = traced!(trace, D::PoolLoad(at_pool), load_over_time {
        b: busy => at(D::PoolBusy(at_pool)),
        l_s: of_step => at(Q::StepLoad(kind)),
    });
    let each = traced!(trace, D::PoolPowerEach(at_pool), mean_power {
        P_max: limit => fact("", Source::Accelerator, Basis::Specified),
        i: assumed.idle_power.value => fact("", Source::Assumptions, assumed.idle_power.basis),
        l: load => at(D::PoolLoad(at_pool)),
    });
    Some(traced!(trace, D::PoolPower(at_pool), power_of_all {
        n: pool.accelerators() as f64 => layout("accelerators"),
        P: each => at(D::PoolPowerEach(at_pool)),
    }))
}
