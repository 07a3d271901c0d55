//! What every training answer assumes where nobody says otherwise.

use slipstick_core::{
    hardware::Spread,
    training::{RunAssumptions, Taken},
    units::{Bandwidth, Bytes, Seconds},
};

use crate::tables::{TRAINING_ASSUMPTIONS, TRAINING_ROUNDS};

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

/// Rates at which what is not trained on moves between the phases of a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundRates {
    /// Whole weights, to each rank of an engine.
    pub weights: Bandwidth,
    /// States, to the host's pageable memory.
    pub out: Bandwidth,
    /// The same, back from there.
    pub back: Bandwidth,
}

/// The rates at which weights and states move in a round.
pub fn round_rates() -> RoundRates {
    let rate = |name| Bandwidth::gb_per_s(value(name));
    RoundRates { weights: rate("weights_sent"), out: rate("states_out"), back: rate("states_back") }
}

/// What drawing the samples of a round takes against static batches, and how much measured rounds differ from such times.
/// The table is shipped, and the test below asks for it.
pub fn round_fit() -> (f64, Spread) {
    let row = TRAINING_ROUNDS.iter().find(|row| row.what == "samples");
    row.map_or((f64::NAN, Spread { low: f64::NAN, high: f64::NAN, points: 0 }), |row| {
        (row.factor, Spread { low: row.low, high: row.high, points: row.points })
    })
}

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
        assert!(
            TRAINING_ROUNDS
                .iter()
                .all(|row| source(row.source).is_some() && row.models > 1 && !row.seen.is_empty())
        );
        let (factor, spread) = round_fit();
        assert!(factor > 0.0 && spread.low <= 1.0 && spread.high >= 1.0 && spread.points > 0);
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
