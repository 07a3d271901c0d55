//! What every training answer assumes where nobody says otherwise.

use slipstick_core::{
    hardware::Spread,
    training::{RunAssumptions, Taken},
    units::{Bandwidth, Bytes, Seconds},
};

use crate::tables::TRAINING_ASSUMPTIONS;

/// The value of a name. The table is shipped, and the test below asks for every name.
fn value(name: &str) -> f64 {
    TRAINING_ASSUMPTIONS.iter().find(|row| row.name == name).map_or(f64::NAN, |row| row.value)
}

/// What a whole run assumes.
pub fn run_assumptions() -> RunAssumptions {
    RunAssumptions {
        between_failures: Taken::assumed(Seconds::s(value("between_failures") * 3600.0)),
        restart: Taken::assumed(Seconds::s(value("restart"))),
        storage: Bandwidth::gb_per_s(value("storage")),
        power: value("power"),
        effectiveness: Taken::assumed(value("effectiveness")),
        co2_kg_per_kwh: Taken::assumed(value("co2")),
        token: Bytes::ceil(value("token")),
    }
}

/// A dense decoder of a size that nobody names a configuration for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DenseFamily {
    /// Width over layers.
    pub aspect: f64,
    /// Width of the gated feed-forward block over the width.
    pub feed_forward: f64,
    /// Width of a head.
    pub head: u64,
    /// Key and value heads where the heads are a multiple of them.
    pub kv_heads: u64,
    /// The vocabulary.
    pub vocabulary: u64,
    /// Share of the parameters beyond which head and embedding are one.
    pub tied: f64,
    /// Who says so.
    pub source: &'static str,
}

/// The shapes of dense decoders where nobody names one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and small in the shipped table"
)]
pub fn dense_family() -> DenseFamily {
    let source =
        TRAINING_ASSUMPTIONS.iter().find(|row| row.name == "dense_aspect").map_or("", |row| row.source);
    DenseFamily {
        aspect: value("dense_aspect"),
        feed_forward: value("dense_feed_forward"),
        head: value("dense_head") as u64,
        kv_heads: value("dense_kv_heads") as u64,
        vocabulary: value("dense_vocabulary") as u64,
        tied: value("dense_tied"),
        source,
    }
}

/// Parameters a second that the processors of a host update with an optimizer of two moments.
pub(super) fn host_updates() -> f64 {
    value("host_updates")
}

/// Growth of the longest of a micro-batch over the mean length of examples, for each doubling of the micro-batch.
pub fn padding_growth() -> f64 {
    value("padding")
}

/// What a round of samples and updates takes against its phases, and how much that differs.
pub fn round_fit() -> (f64, Spread) {
    let spread = Spread { low: value("round_low"), high: value("round_high"), points: ROUNDS };
    (value("round"), spread)
}

/// Measured rounds behind it.
const ROUNDS: u32 = 49;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn every_value_is_there_with_a_source() {
        for row in &TRAINING_ASSUMPTIONS {
            assert!(source(row.source).is_some() && row.value > 0.0, "{}", row.name);
            assert!(!row.unit.is_empty() && !row.meaning.is_empty() && !row.seen.is_empty(), "{}", row.name);
        }
        let family = dense_family();
        assert!(family.aspect > 1.0 && family.feed_forward > 1.0 && family.tied > 0.0);
        assert!(family.head * family.kv_heads > 0 && family.vocabulary > 0);
        let run = run_assumptions();
        assert!(
            run.between_failures.value.get() > 0.0
                && run.co2_kg_per_kwh.value > 0.0
                && run.token > Bytes::ZERO
        );
    }
}
