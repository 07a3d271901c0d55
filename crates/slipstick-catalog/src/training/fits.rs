//! What compute of a training step takes more than shares of peaks say: fitted on whole steps, by software, chip family,
//! format and kind of work.

use std::borrow::Cow;

use slipstick_core::{
    basis::Basis,
    hardware::{Accelerator, Spread},
    numeric::ScalarFormat,
    training::Efficiency,
    units::Seconds,
};

use super::assumptions::value;
use crate::{
    LayerName, Place,
    calibrations::Shares,
    rows::{Layered, Rows},
    tables::{TRAINING_FITS, TrainingFitRow, shipped},
};

/// What stands for every name.
const ANY: &str = "any";

/// The width of the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// 16 bit and wider.
    Wide,
    /// 8 bit.
    Eight,
    /// 4 bit.
    Four,
}

impl Precision {
    /// That of a format.
    pub const fn of(format: ScalarFormat) -> Self {
        match format {
            ScalarFormat::Fp8E4m3 | ScalarFormat::Fp8E5m2 | ScalarFormat::Int8 => Self::Eight,
            ScalarFormat::Fp4 | ScalarFormat::Int4 => Self::Four,
            ScalarFormat::Fp64
            | ScalarFormat::Fp32
            | ScalarFormat::Tf32
            | ScalarFormat::Bf16
            | ScalarFormat::Fp16 => Self::Wide,
        }
    }

    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Eight => "fp8",
            Self::Four => "fp4",
        }
    }
}

/// The kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Every weight is trained, and every token passes them all.
    Dense,
    /// Routed experts.
    Experts,
    /// Adapters beside frozen weights.
    Adapters,
}

impl Work {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Experts => "experts",
            Self::Adapters => "adapters",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingFit {
    key: [String; 4],
    factor: f64,
    spread: Spread,
    layer: LayerName,
}

impl TrainingFitRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<TrainingFit, String> {
        if !(self.factor > 0.0 && self.factor.is_finite()) {
            return Err(format!("factor: {} is not above 0", self.factor));
        }
        if !(self.low > 0.0 && self.low <= self.high && self.high.is_finite()) {
            return Err("low and high: they are not two factors in ascending order".to_owned());
        }
        Ok(TrainingFit {
            key: [self.stack, self.family, self.format, self.work].map(str::to_owned),
            factor: self.factor,
            spread: Spread { low: self.low, high: self.high, points: self.points },
            layer: at.layer,
        })
    }
}

shipped!(FITS: TrainingFitRow<'static> => TrainingFit, TRAINING_FITS, |row| {
    row.entry(Place::shipped("training_fits.csv")).expect("the tests read every shipped row")
});

impl Layered for TrainingFit {
    fn layer(&self) -> LayerName {
        self.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Owned(self.key.join("\0"))
    }
}

/// The names under which a fit is looked up, the nearest first: the software on this family, the software anywhere, the
/// family under any software, and so on to what stands for all.
pub(crate) fn keys<'a>(
    stack: &'a str,
    family: &'a str,
    precision: Precision,
    work: Work,
) -> [[&'a str; 4]; 6] {
    let (format, work) = (precision.name(), work.name());
    [
        [stack, family, format, work],
        [ANY, family, format, work],
        [stack, ANY, format, work],
        [ANY, ANY, format, work],
        [ANY, ANY, ANY, work],
        [ANY, ANY, ANY, ANY],
    ]
}

pub(crate) fn efficiency(
    rows: &Rows<TrainingFit>,
    shares: &Shares,
    accelerator: &Accelerator,
    stack: &str,
    precision: Precision,
    work: Work,
) -> Efficiency {
    let found =
        keys(stack, &accelerator.family, precision, work).into_iter().enumerate().find_map(|(rank, key)| {
            let fit = rows.matching(
                &FITS,
                |row| [row.stack, row.family, row.format, row.work] == key,
                |row| row.key == key,
            );
            fit.into_iter().max_by_key(|row| row.layer).map(|row| (rank, row))
        });
    let (rank, fit) = found.expect("the shipped table has a row for all others");
    Efficiency {
        compute: shares.compute,
        attention: shares.attention,
        experts: value("experts"),
        memory: shares.memory,
        half_width: value("half_width"),
        links: shares.links,
        per_step: Seconds::ms(value("per_step")),
        per_layer: Seconds::us(value("per_layer")),
        factor: fit.factor,
        spread: Some(fit.spread),
        basis: if rank == 0 { Basis::Fitted } else { Basis::Assumed },
        points: fit.spread.points,
        fitted_on: fit.key.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_one_stands_for_all() {
        assert!(FITS.iter().any(|fit| fit.key.iter().all(|part| part == ANY)));
        assert!(FITS.iter().all(|fit| fit.factor > 0.0));
    }
}
