//! What meters of training memory read more than a software's rules say, with the band of models that were left out: by
//! software, meter and what is trained.

use std::borrow::Cow;

use slipstick_core::{
    basis::{Basis, Known},
    training::MeterFits,
    units::Bytes,
};

use crate::{
    LayerName, Place,
    rows::{Layered, Rows},
    tables::{TRAINING_MEMORY, TrainingMemoryRow, shipped},
};

/// What stands for every software, and for all that is trained.
const ANY: &str = "any";

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryFit {
    key: [String; 3],
    factor: Known<f64>,
    besides: Bytes,
    layer: LayerName,
}

impl TrainingMemoryRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<MemoryFit, String> {
        let Self { factor, low, high, .. } = *self;
        if !(factor > 0.0 && factor.is_finite()) {
            return Err(format!("factor: {factor} is not above 0"));
        }
        if !(self.besides_gib >= 0.0 && self.besides_gib.is_finite()) {
            return Err(format!("besides_gib: {} is below 0", self.besides_gib));
        }
        if !(low > 0.0 && low <= 1.0 && high >= 1.0 && high.is_finite()) {
            return Err("low and high: they are not two factors around 1".to_owned());
        }
        Ok(MemoryFit {
            key: [self.stack, self.meter, self.trained].map(str::to_owned),
            factor: Known { value: factor, low: factor * low, high: factor * high, basis: Basis::Fitted },
            besides: Bytes::gib_f64(self.besides_gib),
            layer: at.layer,
        })
    }
}

shipped!(FITS: TrainingMemoryRow<'static> => MemoryFit, TRAINING_MEMORY, |row| {
    row.entry(Place::shipped("training_memory.csv")).expect("the tests read every shipped row")
});

impl Layered for MemoryFit {
    fn layer(&self) -> LayerName {
        self.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(self.key.join("\0"))
    }
}

/// What meters read under a software; the last is of readings whose meter nobody states.
pub(crate) fn memory_fits(
    rows: &Rows<MemoryFit>,
    stack: &str,
    adapters: bool,
) -> (MeterFits, Option<Known<f64>>) {
    let trained = if adapters { "adapters" } else { "all" };
    let one = |key: [&str; 3]| {
        let found = rows.matching(
            &FITS,
            |row| [row.stack, row.meter, row.trained] == key,
            |row| row.key.iter().zip(key).all(|(own, asked)| own == asked),
        );
        found.into_iter().max_by_key(|row| row.layer).map(|row| (row.factor, row.besides))
    };
    let nearest = |meter: &str| {
        let others = || one([ANY, meter, trained]).or_else(|| one([ANY, meter, ANY]));
        let assumed =
            |(factor, besides): (Known<f64>, Bytes)| (Known { basis: Basis::Assumed, ..factor }, besides);
        one([stack, meter, trained])
            .or_else(|| others().map(assumed))
            .expect("the shipped table has a row for all others")
    };
    let (device, besides) = nearest("device");
    let fits =
        MeterFits { allocated: nearest("allocated").0, reserved: nearest("reserved").0, device, besides };
    (fits, one([stack, "unknown", trained]).map(|(factor, _)| factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_one_stands_for_all() {
        for meter in ["allocated", "reserved", "device"] {
            assert!(FITS.iter().any(|fit| fit.key == [ANY, meter, ANY]), "{meter}");
        }
        let (named, _) = memory_fits(&Rows::default(), "transformers", false);
        assert!(named.allocated.basis == Basis::Fitted && named.allocated.high < 1.2);
        let (unnamed, unknown) = memory_fits(&Rows::default(), "none", true);
        assert!(unnamed.device.basis == Basis::Assumed && unknown.is_none());
    }
}
