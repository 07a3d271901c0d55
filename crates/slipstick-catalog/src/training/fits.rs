//! What compute of a training step takes more than shares of peaks say: factors fitted on whole steps, by software, chip
//! family, format and kind of work. All that hold are multiplied; a name that nobody measured has none of its own.

use std::borrow::Cow;

use slipstick_core::{basis::Basis, hardware::Accelerator, numeric::ScalarFormat, training::Efficiency};

use super::{bands::band, reach::unfitted};
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
    points: u32,
    layer: LayerName,
}

impl TrainingFitRow<'_> {
    pub(crate) fn entry(&self, at: Place<'_>) -> Result<TrainingFit, String> {
        if !(self.factor > 0.0 && self.factor.is_finite()) {
            return Err(format!("factor: {} is not above 0", self.factor));
        }
        Ok(TrainingFit {
            key: [self.stack, self.family, self.format, self.work].map(str::to_owned),
            factor: self.factor,
            points: self.points,
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

/// The keys whose factors hold for a step, the widest first; `release` is the software with its version. A fit reads the
/// same list.
pub fn keys<'a>(
    stack: &'a str,
    release: &'a str,
    family: &'a str,
    format: &'a str,
    work: &'a str,
) -> [[&'a str; 4]; 7] {
    [
        [ANY, ANY, ANY, work],
        [ANY, family, format, ANY],
        [ANY, family, format, work],
        [stack, ANY, ANY, ANY],
        [stack, ANY, format, work],
        [stack, family, format, work],
        [release, ANY, ANY, work],
    ]
}

pub(crate) fn efficiency(
    rows: &Rows<TrainingFit>,
    shares: &Shares,
    accelerator: &Accelerator,
    release: &str,
    precision: Precision,
    work: Work,
    compiled: bool,
) -> Efficiency {
    let stack = release.split('@').next().unwrap_or(release);
    let found = keys(stack, release, &accelerator.family, precision.name(), work.name()).map(|key| {
        let fit = rows.matching(
            &FITS,
            |row| [row.stack, row.family, row.format, row.work] == key,
            |row| row.key == key,
        );
        fit.into_iter().max_by_key(|row| row.layer)
    });
    let known = |at: usize| found[at].is_some();
    let own = found[5];
    let distance = match own {
        Some(_) => "model",
        None if known(3) => "accelerator",
        None => "stack",
    };
    let nearest = found[..6].iter().rev().flatten().next();
    Efficiency {
        factor: found.iter().flatten().map(|fit| fit.factor).product(),
        spread: Some(band(stack, work, distance)),
        basis: if own.is_some() { Basis::Fitted } else { Basis::Assumed },
        points: own.map_or(0, |fit| fit.points),
        fitted_on: nearest.map_or_else(String::new, |fit| fit.key.join(", ")),
        ..unfitted(shares, accelerator, stack, compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        assert!(FITS.iter().all(|fit| fit.factor > 0.0));
    }
}
