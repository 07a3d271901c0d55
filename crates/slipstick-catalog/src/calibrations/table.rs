//! The tables behind calibrations.

use slipstick_core::{
    basis::Basis,
    hardware::{Calibration, ComputeShares, LinkShare, LinkShares, Spread},
    units::Seconds,
};

use crate::assumptions;
use crate::tables::{CHIP_SHARES, FittedRow, OverheadRow, ShareRow};

/// The row of a chip that reaches everything it states.
pub(crate) fn perfect() -> &'static ShareRow<'static> {
    CHIP_SHARES.iter().find(|row| row.family == "perfect").expect("the table has the perfect chip")
}

const fn link(share: f64, latency_us: f64, latency_per_rank_us: f64) -> LinkShare {
    LinkShare { share, latency: Seconds::us(latency_us), latency_per_rank: Seconds::us(latency_per_rank_us) }
}

impl ShareRow<'_> {
    pub(crate) const fn compute(&self) -> ComputeShares {
        ComputeShares { wide: self.wide, fp8: self.fp8, fp4: self.fp4, int: self.int }
    }

    pub(crate) const fn links(&self) -> LinkShares {
        LinkShares {
            scale_up: link(self.scale_up_share, self.scale_up_latency_us, self.scale_up_latency_per_rank_us),
            pcie: link(self.pcie_share, self.pcie_latency_us, self.pcie_latency_per_rank_us),
            network: link(self.network_share, self.network_latency_us, self.network_latency_per_rank_us),
        }
    }
}

impl OverheadRow<'_> {
    pub(crate) const fn per_layer(&self) -> Seconds {
        Seconds::us(self.per_layer_us)
    }

    pub(crate) const fn per_expert_layer(&self) -> Seconds {
        Seconds::us(self.per_expert_layer_us)
    }

    pub(crate) const fn per_step(&self) -> Seconds {
        Seconds::us(self.per_step_us)
    }

    pub(crate) const fn per_sequence(&self) -> Seconds {
        Seconds::us(self.per_sequence_us)
    }

    pub(crate) const fn per_request(&self) -> Seconds {
        Seconds::ms(self.per_request_ms)
    }
}

impl FittedRow<'_> {
    /// The calibration of this row; what it does not fit comes from the family's shares and the engine's overheads.
    pub(crate) fn calibration(&self, shares: &ShareRow<'_>, overheads: &OverheadRow<'_>) -> Calibration {
        let mut links = shares.links();
        links.scale_up =
            link(self.scale_up_share, self.scale_up_latency_us, self.scale_up_latency_per_rank_us);
        Calibration {
            family: self.family.to_owned(),
            engine: overheads.engine.to_owned(),
            version: self.version.to_owned(),
            compute: ComputeShares { wide: self.wide, fp8: self.fp8, fp4: self.fp4, int: shares.int },
            attention: shares.attention,
            memory: self.memory,
            memory_packed: self.memory_packed,
            memory_cache: self.memory,
            per_layer: Seconds::us(self.per_layer_us),
            per_expert_layer: Seconds::us(self.per_expert_layer_us),
            per_step: Seconds::us(self.per_step_us),
            per_sequence: Seconds::us(self.per_sequence_us),
            per_request: Seconds::ms(self.per_request_ms),
            links,
            assumed: assumptions().assumptions,
            ttft: spread(self.ttft_low, self.ttft_high, self.points),
            tpot: spread(self.tpot_low, self.tpot_high, self.points),
            basis: Basis::Fitted,
            source: self.source.to_owned(),
            points: self.points,
        }
    }
}

fn spread(low: Option<f64>, high: Option<f64>, points: u32) -> Option<Spread> {
    Some(Spread { low: low?, high: high?, points })
}
