//! What training reaches: for each software, chip family, format and kind of work a factor on the time of computation, and
//! the spread of measured over predicted steps of models that were left out.
//!
//! A factor is the median over models of the median over each model's rows, so that no model outvotes the others by its
//! number of rows. The same rows give the same table.

use std::{collections::BTreeMap, fmt::Write as _, fs, io};

use slipstick_api::{
    Catalog,
    validate::training::{TrainingResidual, training_residuals},
};
use slipstick_world::ClosedWorld;

/// The measured rows that are kept, with their sources.
const MEASURED: &str = "measured/training.csv";

/// Where factors are written to.
const FITS: &str = "crates/slipstick-catalog/data/training_fits.csv";

/// Fewer rows than this are no group of their own.
const LEAST_ROWS: usize = 3;

/// A spread of fewer left-out points than this is widened.
const LEAST_POINTS: usize = 10;

/// What a spread of few points is widened by.
const WIDER: f64 = 1.15;

/// What stands for every name.
const ANY: &str = "any";

/// Software, family, format, work.
type Key = [String; 4];

/// Writes the table of factors anew.
pub(super) fn write() -> io::Result<()> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld { overlays: Vec::new(), today: None };
    let found = training_residuals(&text, &[], &Catalog::builtin(), &world).map_err(io::Error::other)?;
    fs::write(crate::root().join(FITS), table(&found))
}

fn table(found: &[TrainingResidual]) -> String {
    let mut groups: BTreeMap<Key, Vec<&TrainingResidual>> = BTreeMap::new();
    for one in found {
        let key = |stack: &str, family: &str, format: &str, work: &str| {
            [stack, family, format, work].map(str::to_owned)
        };
        let keys = [
            key(&one.stack, &one.family, one.format, one.work),
            key(ANY, &one.family, one.format, one.work),
            key(&one.stack, ANY, one.format, one.work),
            key(ANY, ANY, one.format, one.work),
            key(ANY, ANY, ANY, one.work),
            key(ANY, ANY, ANY, ANY),
        ];
        for key in keys {
            groups.entry(key).or_default().push(one);
        }
    }
    let mut text = String::from("stack,family,format,work,factor,low,high,points,source,seen\n");
    for (key, rows) in groups.iter().filter(|(_, rows)| rows.len() >= LEAST_ROWS) {
        let (low, high) = spread(rows);
        let row = format!(
            "{},{:.3},{low:.3},{high:.3},{},measured-training,2026-11",
            key.join(","),
            factor(rows.iter().copied()),
            rows.len()
        );
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{row}");
    }
    text
}

/// What computation takes more than predicted, in one row.
fn own(row: &TrainingResidual) -> f64 {
    /// Communication that was predicted too slow leaves no less than this.
    const LEAST: f64 = 0.2;
    ((row.measured - row.rest) / row.scales).max(LEAST)
}

fn factor<'a>(rows: impl Iterator<Item = &'a TrainingResidual>) -> f64 {
    let mut by_model: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in rows {
        by_model.entry(&row.model).or_default().push(own(row));
    }
    median(by_model.into_values().map(median).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(upper) = values.get(values.len() / 2).copied() else { return 1.0 };
    if values.len() % 2 == 1 { upper } else { f64::midpoint(values[values.len() / 2 - 1], upper) }
}

/// The 10th and 90th percentile of measured over predicted, each model predicted by the others; of a group of one model,
/// of its own rows.
fn spread(rows: &[&TrainingResidual]) -> (f64, f64) {
    let held_out = |row: &TrainingResidual| {
        let others = rows.iter().copied().filter(|other| other.model != row.model);
        let alone = others.clone().next().is_none();
        let factor = if alone { factor(rows.iter().copied()) } else { factor(others) };
        row.measured / (row.scales * factor + row.rest)
    };
    let mut ratios: Vec<f64> = rows.iter().map(|row| held_out(row)).collect();
    ratios.sort_by(f64::total_cmp);
    // Both ends are rounded outwards: of a few rows they are the outermost ones.
    let last = ratios.len() - 1;
    let (low, high) = (ratios[last / 10].min(1.0), ratios[(last * 9).div_ceil(10)].max(1.0));
    if ratios.len() < LEAST_POINTS { (low / WIDER, high * WIDER) } else { (low, high) }
}

#[cfg(test)]
mod tests {
    use slipstick_core::units::Seconds;

    use super::*;

    fn row(model: &str, measured: f64) -> TrainingResidual {
        TrainingResidual {
            id: String::new(),
            stack: "a".to_owned(),
            family: "f".to_owned(),
            format: "wide",
            work: "dense",
            model: model.to_owned(),
            measured: Seconds::s(measured),
            scales: Seconds::s(1.0),
            rest: Seconds::s(0.5),
        }
    }

    #[test]
    fn a_model_with_many_rows_has_one_voice() {
        let rows = [row("x", 1.5), row("y", 2.5), row("y", 2.5), row("y", 2.5), row("z", 2.0)];
        assert!((factor(rows.iter()) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn left_out_models_widen_the_spread() {
        let rows = [row("x", 1.5), row("y", 3.0)];
        let (low, high) = spread(&rows.iter().collect::<Vec<_>>());
        assert!(low < 0.6 && high > 1.9, "{low} {high}");
    }
}
