//! The slowest acceptable times: what is stated, or those of the use that is named.

use slipstick_catalog::Catalog;
use slipstick_core::units::Seconds;

use super::BreakevenRequest;
use crate::{
    ApiError,
    commands::{estimate, supply},
    resolve::Assumption,
};

/// The slowest acceptable times of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Targets {
    ttft: Option<Seconds>,
    tpot: Option<Seconds>,
}

impl Targets {
    pub(super) fn of(
        request: &BreakevenRequest,
        catalog: &Catalog,
        defaults: &mut Vec<Assumption>,
    ) -> Result<Self, ApiError> {
        let stated = [("--ttft", request.ttft), ("--tpot", request.tpot)];
        if let Some((flag, _)) = stated.iter().find(|(_, time)| time.is_some_and(|time| time.0.get() <= 0.0))
        {
            return Err(ApiError::input("breakeven.target", "a time of 0 cannot be met")
                .at(*flag)
                .help("give the slowest that is acceptable, such as --ttft 1s --tpot 50ms"));
        }
        let used = estimate::use_case(request.use_case.as_deref(), catalog)?;
        let ttft = request.ttft.map(|time| time.0);
        let tpot = request.tpot.map(|time| time.0);
        Ok(Self {
            ttft: supply::target("--ttft", ttft, used.map(|used| (used, used.ttft)), defaults),
            tpot: supply::target("--tpot", tpot, used.map(|used| (used, used.tpot)), defaults),
        })
    }

    /// By what factor the worst is missed; at most 1 where all are met.
    pub(super) fn missed(&self, ttft: Seconds, tpot: Seconds) -> f64 {
        let of = |time: Seconds, most: Option<Seconds>| most.map_or(0.0, |most| time / most);
        of(ttft, self.ttft).max(of(tpot, self.tpot))
    }
}
