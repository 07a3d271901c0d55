//! What every training answer assumes where nobody says otherwise.

use slipstick_core::{
    training::{RunAssumptions, Taken},
    units::{Bandwidth, Bytes, Seconds},
};

use crate::tables::TRAINING_ASSUMPTIONS;

/// The value of a name. The table is shipped, and the test below asks for every name.
pub(super) fn value(name: &str) -> f64 {
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
        for name in ["experts", "half_width", "per_step", "per_layer"] {
            assert!(value(name) > 0.0, "{name}");
        }
        let run = run_assumptions();
        assert!(
            run.between_failures.value.get() > 0.0
                && run.co2_kg_per_kwh.value > 0.0
                && run.token > Bytes::ZERO
        );
    }
}
