//! How far measured steps lie from predicted ones: by software and kind of work, and by what a prediction had not seen.

use slipstick_core::hardware::Spread;

use super::Work;
use crate::tables::TRAINING_BANDS;

/// What stands for every name.
const ANY: &str = "any";

/// The band of a step whose model, accelerator or software was left out, whichever was missing.
pub(super) fn band(stack: &str, work: Work, left_out: &str) -> Spread {
    let work = work.name();
    let wider = [(stack, work, left_out), (ANY, work, left_out), (ANY, ANY, left_out), (ANY, ANY, "model")];
    let found = wider
        .into_iter()
        .find_map(|key| TRAINING_BANDS.iter().find(|row| (row.stack, row.work, row.left_out) == key));
    let row = found.expect("the tests find a band for whatever is left out");
    Spread { low: row.low, high: row.high, points: row.points }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn every_band_holds_what_is_predicted_and_has_a_source() {
        for row in &TRAINING_BANDS {
            assert!(
                row.low > 0.0 && row.low <= 1.0 && row.high >= 1.0 && row.high.is_finite(),
                "{}",
                row.stack
            );
            assert!(source(row.source).is_some() && !row.seen.is_empty(), "{}", row.stack);
        }
        assert!(band("none", Work::Dense, "model").points > 0);
    }
}
