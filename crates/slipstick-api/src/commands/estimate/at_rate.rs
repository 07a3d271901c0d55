//! How a rate of arrivals is held, as a document says it.

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::{estimate::serving, units::Frequency};

use super::Sureness;
use crate::report::{Estimated, Plain};

/// How a rate of arrivals is held.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AtRate {
    /// Requests that arrive.
    pub offered_requests_per_s: Plain<Frequency>,
    /// The rate that it holds: what it answers while all its places are taken.
    pub sustained_requests_per_s: Estimated<Frequency>,
    /// Share of that rate that arrives; from 1 on the queue grows without bound.
    pub utilisation: f64,
    /// Share of the time that it has anything to do.
    pub busy_share: f64,
    /// Requests in flight in the mean, queue included; null where it grows without bound.
    pub mean_in_flight: Option<f64>,
    /// The fewest such deployments that hold the rate between them.
    pub deployments: u64,
}

impl AtRate {
    pub(crate) fn of(at_rate: &serving::AtRate, sure: Sureness) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive whole number, which saturates"
        )]
        let deployments = at_rate.deployments as u64;
        Self {
            offered_requests_per_s: Frequency::per_s(at_rate.offered).into(),
            sustained_requests_per_s: sure.sustained(at_rate.sustained),
            utilisation: at_rate.share,
            busy_share: at_rate.busy,
            mean_in_flight: at_rate.is_held().then_some(at_rate.in_flight),
            deployments,
        }
    }
}
