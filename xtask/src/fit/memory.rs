//! What meters of training memory read more than the rules of a software say: for each software, meter and what is trained a
//! factor, and the spread of measured over predicted peaks of models that were left out.
//!
//! Tensors that live are counted, so nothing is fitted of them. An allocator adds a share, a driver's reading so many bytes
//! besides: each the median over models of the median over each model's readings. The same rows give the same table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs, io,
};

use slipstick_api::{
    Catalog,
    validate::training::{MemoryResidual, memory_residuals},
};
use slipstick_world::ClosedWorld;

/// The measured rows that are kept, with their sources.
const MEASURED: &str = "measured/training.csv";

/// Where factors are written to.
const FITS: &str = "crates/slipstick-catalog/data/training_memory.csv";

/// Fewer readings than this are no group of their own.
const LEAST_READINGS: usize = 3;

/// A spread of fewer left-out readings than this is widened.
const LEAST_POINTS: usize = 10;

/// So is one of fewer models, which cannot show how models differ.
const LEAST_MODELS: usize = 5;

/// What it is widened by.
const WIDER: f64 = 1.05;

/// What stands for every name.
const ANY: &str = "any";

/// Software, meter, what is trained.
type Key = [String; 3];

/// A model, and what was measured and predicted of it, in bytes.
type Reading<'a> = (&'a str, f64, f64);

/// What a meter reads more: a factor, and bytes besides.
type More = (f64, f64);

/// Writes the table of factors anew.
pub(super) fn write() -> io::Result<()> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    let world = ClosedWorld::default();
    let found = memory_residuals(&text, &[], &Catalog::builtin(), &world).map_err(io::Error::other)?;
    fs::write(crate::root().join(FITS), table(&found))
}

fn table(found: &[MemoryResidual]) -> String {
    let mut groups: BTreeMap<Key, Vec<Reading<'_>>> = BTreeMap::new();
    for one in found {
        let trained = if one.adapters { "adapters" } else { "all" };
        let reading = (one.model.as_str(), one.measured.as_f64(), one.predicted.as_f64());
        let mut keys = vec![[one.stack.as_str(), one.meter, trained]];
        // A reading whose meter nobody states says nothing of others' meters.
        if one.meter != "unknown" {
            keys.extend([[ANY, one.meter, trained], [ANY, one.meter, ANY]]);
        }
        for key in keys {
            groups.entry(key.map(str::to_owned)).or_default().push(reading);
        }
    }
    let mut text = String::from("stack,meter,trained,factor,besides_gib,low,high,points,source,seen\n");
    for (key, readings) in groups.iter().filter(|(_, readings)| readings.len() >= LEAST_READINGS) {
        let (factor, besides) = more(&key[1], readings.iter());
        let besides = besides / f64::from(1 << 30);
        let (low, high) = spread(&key[1], readings);
        let points = readings.len();
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "{},{factor:.3},{besides:.2},{low:.3},{high:.3},{points},measured-training,2026-11",
            key.join(",")
        );
    }
    text
}

/// What a meter reads more. Tensors that live are counted.
fn more<'a>(meter: &str, readings: impl Iterator<Item = &'a Reading<'a>>) -> More {
    let driver = meter == "device";
    let mut by_model: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (model, measured, predicted) in readings {
        let own = if driver { measured - predicted } else { measured / predicted };
        by_model.entry(model).or_default().push(own);
    }
    let usual = median(by_model.into_values().map(median).collect());
    match meter {
        "allocated" => (1.0, 0.0),
        "device" => (1.0, usual.max(0.0)),
        _ => (usual, 0.0),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(upper) = values.get(values.len() / 2).copied() else { return 1.0 };
    if values.len() % 2 == 1 { upper } else { f64::midpoint(values[values.len() / 2 - 1], upper) }
}

/// The 10th and 90th percentile of measured over predicted, rounded outwards, each model predicted by the others; of a group
/// of one model, of its own readings.
fn spread(meter: &str, readings: &[Reading<'_>]) -> (f64, f64) {
    let models = readings.iter().map(|(model, ..)| *model).collect::<BTreeSet<_>>().len();
    let alone = models == 1;
    let held_out = |(model, measured, predicted): &Reading<'_>| {
        let others = readings.iter().filter(|(other, ..)| alone || other != model);
        let (factor, besides) = more(meter, others);
        measured / (predicted * factor + besides)
    };
    let mut ratios: Vec<f64> = readings.iter().map(held_out).collect();
    ratios.sort_by(f64::total_cmp);
    let last = ratios.len() - 1;
    let (low, high) = (ratios[last / 10].min(1.0), ratios[(last * 9).div_ceil(10)].max(1.0));
    let few = models < LEAST_MODELS || ratios.len() < LEAST_POINTS;
    if few { (low / WIDER, high * WIDER) } else { (low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_left_out_model_is_predicted_by_the_others() {
        let readings = [("a", 1.2, 1.0), ("a", 1.2, 1.0), ("b", 1.0, 1.0), ("c", 1.0, 1.0)];
        assert_eq!(more("reserved", readings.iter()), (1.0, 0.0));
        assert_eq!(more("allocated", readings.iter()), (1.0, 0.0));
        let (factor, besides) = more("device", [("a", 1.5, 1.0), ("b", 1.25, 1.0)].iter());
        assert!((factor - 1.0).abs() < 1e-12 && (besides - 0.375).abs() < 1e-12);
        let (low, high) = spread("reserved", &readings);
        assert!(high > 1.2 && low < 0.96, "{low} {high}");
    }
}
