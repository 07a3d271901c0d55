//! Targets that a share of requests has to keep, and what the best plan makes of them.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{
    basis::Basis,
    estimate::serving::Percentile,
    formulas::time::queueing::{
        in_flight_percentile, normal_percentile, rest_of_step_percentile, wait_for_place_percentile,
    },
    units::Seconds,
};

use super::{
    replicas::Deployed,
    search::Point,
    target::{Demand, Limit, Target},
};
use crate::{
    provenance::Entry,
    report::{Estimated, Plain},
};

/// A time that a share of requests does not exceed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PercentileRow {
    /// The target's flag.
    pub limit: &'static str,
    /// The share of requests.
    pub share: f64,
    /// The time.
    pub time_s: Estimated<Seconds>,
    /// The place of the share in the normal distribution.
    pub deviations: f64,
    /// Other requests on a replica that the share does not meet more of.
    pub others_in_flight: f64,
    /// The rest of the running step that the share does not exceed, in steps.
    pub rest_of_step: f64,
    /// The wait for a place that the share does not exceed.
    pub queue_s: Plain<Seconds>,
}

/// A target that a share of requests keeps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    limit: Limit,
    time: Estimated<Seconds>,
    found: Percentile,
}

/// What shares of requests do not exceed, of each target that is one of a share.
pub(super) fn of(deployed: &Deployed, point: &Point, target: &Target) -> Vec<Held> {
    let Demand::Rate { rate, .. } = target.demand else { return Vec::new() };
    let each = rate.get() / ((point.replicas - target.spare as f64) * deployed.paid.served);
    let held = |limit: Limit| {
        let found = deployed.percentile(each, target.share(limit)?)?;
        Some(Held { limit, time: deployed.estimated(limit, &found), found })
    };
    Limit::ALL.into_iter().filter_map(held).collect()
}

impl From<&Held> for PercentileRow {
    fn from(held: &Held) -> Self {
        let Percentile { share, deviations, others, rest, queue, .. } = held.found;
        Self {
            limit: held.limit.flag(),
            share,
            time_s: held.time,
            deviations,
            others_in_flight: others,
            rest_of_step: rest,
            queue_s: queue.into(),
        }
    }
}

impl Held {
    /// As a person reads it.
    pub(super) fn shown(&self) -> String {
        let time = self.time.marked(|time| time.to_string());
        format!("{:.4} % of requests within {time} ({})", 100.0 * self.found.share, self.limit.flag())
            .replace(".0000 %", " %")
    }

    /// Where its numbers come from, below `at`.
    pub(super) fn records(&self, at: &str) -> Vec<(String, Entry)> {
        let Percentile { share, deviations, mean, busy, load, places, full, .. } = self.found;
        let exact = Basis::Exact;
        let searched = "the same sums of speed, asked of the share of the rate that a replica gets";
        let of = |field: &str| format!("{at}/{field}");
        let normal =
            Entry::of(&normal_percentile::FORMULA, "", exact).from_pointer("q", share, "", of("share"));
        let others = Entry::of(&in_flight_percentile::FORMULA, "requests", exact)
            .input("L", mean, "requests", exact, searched)
            .from_pointer("z", deviations, "", of("deviations"));
        let rest = Entry::of(&rest_of_step_percentile::FORMULA, "steps", exact)
            .input("b", busy, "", exact, searched)
            .from_pointer("q", share, "", of("share"));
        let queue = Entry::of(&wait_for_place_percentile::FORMULA, "s", exact)
            .input("rho", load, "", exact, searched)
            .input("k", places, "sequences", exact, searched)
            .input("X", full, "1/s", exact, searched)
            .from_pointer("q", share, "", of("share"));
        let met = "the same sums of speed, asked of a request that meets so many others, so much of a step and such a wait";
        vec![
            (
                of("share"),
                Entry { value: Some(share.into()), ..Entry::fact("share of requests", "", exact, "request") },
            ),
            (of("deviations"), normal),
            (of("others_in_flight"), others),
            (of("rest_of_step"), rest),
            (of("queue_s"), queue),
            (of("time_s"), Entry::fact("time of the share of requests", "s", self.time.basis, met)),
        ]
    }
}
