//! One measured run, as a table's columns tell it.

use slipstick_core::{
    formulas::time::latency::end_to_end_time,
    units::{Frequency, Seconds},
};

use super::Measured;
use crate::validate::table::{Cells, measurements, number};

/// The kind of measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regime {
    /// Requests in a closed loop.
    Online,
    /// Separate prefill and decode pools.
    Disaggregated,
    /// All requests at once.
    Offline,
    /// One static batch, or one stream.
    Static,
}

impl Regime {
    /// The kind of a regime's name in a table.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim() {
            "agg_unsaturated" | "agg_saturated" => Some(Self::Online),
            "disagg" => Some(Self::Disaggregated),
            "offline_max" => Some(Self::Offline),
            "fixed_batch" | "single_stream" => Some(Self::Static),
            _ => None,
        }
    }
}

/// Refuses a row that holds no measurement where one should stand.
pub(super) fn check(cells: &Cells<'_>) -> Result<(), String> {
    measurements(cells, &["ttft_ms", "tpot_ms", "throughput_tok_s", "throughput_total_tok_s"])
}

/// What a row measured, in base units. Rates are of the whole system.
pub(super) fn measured(cells: &Cells<'_>) -> Measured {
    let time = |column| number(cells.get(column)).map(|ms| Seconds::s(ms / 1e3));
    let rate = |column| number(cells.get(column)).map(|per_s| Frequency::per_s(per_s).into());
    let (ttft, tpot) = (time("ttft_ms"), time("tpot_ms"));
    let output = cells.first(&["output", "osl"]).and_then(number);
    let parts = ttft.zip(tpot).zip(output);
    Measured {
        ttft_s: ttft.map(Into::into),
        tpot_s: tpot.map(Into::into),
        e2e_s: parts.map(|((ttft, tpot), output)| end_to_end_time(ttft, output, tpot).into()),
        output_tokens_per_s: rate("throughput_tok_s"),
        total_tokens_per_s: rate("throughput_total_tok_s"),
    }
}
