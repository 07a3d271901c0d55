//! The tables behind calibrations.

use std::sync::LazyLock;

use serde::Deserialize;
use slipstick_core::{
    basis::Basis,
    hardware::{Calibration, ComputeShares, LinkShare, LinkShares, Spread},
    units::Seconds,
};

use crate::{assumptions, table};

/// Shares of peaks and bandwidths, by chip family or `class:` name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShareRow {
    pub(super) family: String,
    wide: f64,
    fp8: f64,
    fp4: f64,
    int: f64,
    pub(super) attention: f64,
    pub(super) memory: f64,
    pub(super) memory_packed: f64,
    pub(super) memory_cache: f64,
    scale_up_share: f64,
    scale_up_latency_us: f64,
    scale_up_latency_per_rank_us: f64,
    pcie_share: f64,
    pcie_latency_us: f64,
    pcie_latency_per_rank_us: f64,
    network_share: f64,
    network_latency_us: f64,
    network_latency_per_rank_us: f64,
    pub(super) source: String,
    #[expect(dead_code, reason = "the date of the row is for people who read the table")]
    seen: String,
}

/// Host costs, by engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EngineRow {
    pub(super) engine: String,
    pub(super) version: String,
    per_layer_us: f64,
    per_expert_layer_us: f64,
    per_step_us: f64,
    per_sequence_us: f64,
    per_request_ms: f64,
    pub(super) source: String,
    #[expect(dead_code, reason = "the date of the row is for people who read the table")]
    seen: String,
}

/// What was fitted for one family under one engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FittedRow {
    pub(super) family: String,
    pub(super) engine: String,
    version: String,
    wide: f64,
    fp8: f64,
    fp4: f64,
    memory: f64,
    memory_packed: f64,
    per_layer_us: f64,
    per_expert_layer_us: f64,
    per_step_us: f64,
    per_sequence_us: f64,
    per_request_ms: f64,
    scale_up_share: f64,
    scale_up_latency_us: f64,
    scale_up_latency_per_rank_us: f64,
    tpot_low: Option<f64>,
    tpot_high: Option<f64>,
    ttft_low: Option<f64>,
    ttft_high: Option<f64>,
    pub(super) points: u32,
    source: String,
    #[expect(dead_code, reason = "the date of the row is for people who read the table")]
    seen: String,
}

macro_rules! shipped {
    ($name:ident, $row:ty, $file:literal) => {
        pub(super) static $name: LazyLock<Vec<$row>> = LazyLock::new(|| {
            let rows = table::rows($file, include_str!(concat!("../../data/", $file)));
            rows.expect("shipped tables are tested").into_iter().map(|(_, row)| row).collect()
        });
    };
}

shipped!(SHARES, ShareRow, "chip_shares.csv");
shipped!(OVERHEADS, EngineRow, "engine_overheads.csv");
shipped!(FITTED, FittedRow, "calibrations.csv");

/// The row of a chip that reaches everything it states.
pub(super) fn perfect() -> &'static ShareRow {
    SHARES.iter().find(|row| row.family == "perfect").expect("the table has the perfect chip")
}

const fn link(share: f64, latency_us: f64, latency_per_rank_us: f64) -> LinkShare {
    LinkShare { share, latency: Seconds::us(latency_us), latency_per_rank: Seconds::us(latency_per_rank_us) }
}

impl ShareRow {
    pub(super) const fn compute(&self) -> ComputeShares {
        ComputeShares { wide: self.wide, fp8: self.fp8, fp4: self.fp4, int: self.int }
    }

    pub(super) const fn links(&self) -> LinkShares {
        LinkShares {
            scale_up: link(self.scale_up_share, self.scale_up_latency_us, self.scale_up_latency_per_rank_us),
            pcie: link(self.pcie_share, self.pcie_latency_us, self.pcie_latency_per_rank_us),
            network: link(self.network_share, self.network_latency_us, self.network_latency_per_rank_us),
        }
    }
}

impl EngineRow {
    pub(super) const fn per_layer(&self) -> Seconds {
        Seconds::us(self.per_layer_us)
    }

    pub(super) const fn per_expert_layer(&self) -> Seconds {
        Seconds::us(self.per_expert_layer_us)
    }

    pub(super) const fn per_step(&self) -> Seconds {
        Seconds::us(self.per_step_us)
    }

    pub(super) const fn per_sequence(&self) -> Seconds {
        Seconds::us(self.per_sequence_us)
    }

    pub(super) const fn per_request(&self) -> Seconds {
        Seconds::ms(self.per_request_ms)
    }
}

impl FittedRow {
    /// The calibration of this row; what it does not fit comes from the family's shares and the engine's overheads.
    pub(super) fn calibration(&self, shares: &ShareRow, overheads: &EngineRow) -> Calibration {
        let mut links = shares.links();
        links.scale_up =
            link(self.scale_up_share, self.scale_up_latency_us, self.scale_up_latency_per_rank_us);
        Calibration {
            family: self.family.clone(),
            engine: overheads.engine.clone(),
            version: self.version.clone(),
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
            source: self.source.clone(),
            points: self.points,
        }
    }
}

fn spread(low: Option<f64>, high: Option<f64>, points: u32) -> Option<Spread> {
    Some(Spread { low: low?, high: high?, points })
}
