//! What meters of training memory read more than the rules of a software say: for each software, meter and what is trained a
//! factor, and the spread of measured over predicted peaks of models that were left out.
//!
//! Tensors that live are counted, so nothing is fitted of them. What an allocator holds without a use is fitted over all eager
//! softwares; then an allocator adds a share, a driver's reading so many bytes besides: each the median over models of the
//! median over each model's readings. A model that is left out is left out of both. The same rows give the same tables.

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

use super::{
    allocator::{self, Parts},
    figures::{self, Figure},
    tables,
};

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

/// Where the parts of an allocator are written to.
const ALLOCATOR: &str = "crates/slipstick-catalog/data/training_allocator.csv";

/// Software, meter, what is trained.
type Key = [String; 3];

/// What was measured of a model, and predicted by all rows and by those of other models, in bytes.
#[derive(Debug, Clone, Copy)]
struct Reading<'a> {
    model: &'a str,
    measured: f64,
    predicted: f64,
    left_out: f64,
    /// What no meter reads more than, where what lives is less.
    most: f64,
}

/// What a meter reads more: a factor, and bytes besides.
type More = (f64, f64);

/// Readings by software, meter and what is trained.
type Groups<'a> = BTreeMap<Key, Vec<Reading<'a>>>;

/// Writes the tables anew, and what the page says of them.
pub(super) fn write() -> io::Result<()> {
    let found = residuals()?;
    let parts = allocator::fitted(found.iter());
    let groups = groups(&found, &parts);
    figures::keep(&of_groups(&groups))?;
    fs::write(crate::root().join(ALLOCATOR), allocator::table(&parts, &found))?;
    fs::write(crate::root().join(FITS), table(&groups))?;
    tables::renew("Memory, models left out", &page(&groups))
}

/// How far readings of left-out models are off with the sources as they are.
pub(super) fn figures() -> io::Result<Vec<Figure>> {
    let found = residuals()?;
    Ok(of_groups(&groups(&found, &allocator::fitted(found.iter()))))
}

fn residuals() -> io::Result<Vec<MemoryResidual>> {
    let text = fs::read_to_string(crate::root().join(MEASURED))?;
    memory_residuals(&text, &[], &Catalog::builtin(), &ClosedWorld::default()).map_err(io::Error::other)
}

fn groups<'a>(found: &'a [MemoryResidual], parts: &Parts) -> Groups<'a> {
    let models: BTreeSet<&str> = found.iter().map(|one| one.model.as_str()).collect();
    let others = |own: &str| allocator::fitted(found.iter().filter(|one| one.model != own));
    let without: BTreeMap<&str, Parts> = models.into_iter().map(|own| (own, others(own))).collect();
    let mut groups = Groups::new();
    for one in found {
        let trained = if one.adapters { "adapters" } else { "all" };
        let memory = one.memory.as_f64();
        let reading = Reading {
            model: &one.model,
            measured: one.measured.as_f64(),
            predicted: allocator::predicted(one, parts),
            left_out: allocator::predicted(one, &without[one.model.as_str()]),
            most: if one.blocks.is_some() && one.bare.as_f64() < memory { memory } else { f64::INFINITY },
        };
        let mut keys = vec![[one.stack.as_str(), one.meter, trained]];
        // A reading whose meter nobody states says nothing of others' meters.
        if one.meter != "unknown" {
            keys.extend([[ANY, one.meter, trained], [ANY, one.meter, ANY]]);
        }
        for key in keys {
            groups.entry(key.map(str::to_owned)).or_default().push(reading);
        }
    }
    groups.retain(|_, readings| readings.len() >= LEAST_READINGS);
    groups
}

fn table(groups: &Groups<'_>) -> String {
    let mut text = String::from("stack,meter,trained,factor,besides_gib,low,high,points,source,seen\n");
    for (key, readings) in groups {
        let (factor, besides) =
            more(&key[1], readings.iter().map(|one| (one.model, one.measured, one.predicted)));
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
fn more<'a>(meter: &str, readings: impl Iterator<Item = (&'a str, f64, f64)>) -> More {
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

/// How many models a group has.
fn models(readings: &[Reading<'_>]) -> usize {
    readings.iter().map(|one| one.model).collect::<BTreeSet<_>>().len()
}

/// Measured over predicted, by the fit to all.
fn in_sample(meter: &str, readings: &[Reading<'_>]) -> Vec<f64> {
    let (factor, besides) = more(meter, readings.iter().map(|one| (one.model, one.measured, one.predicted)));
    readings.iter().map(|one| one.measured / (one.predicted * factor + besides).min(one.most)).collect()
}

/// Measured over predicted, each model predicted by the others; of a group of one model, by its own other readings.
fn left_out(meter: &str, readings: &[Reading<'_>]) -> Vec<f64> {
    let alone = models(readings) == 1;
    let held_out = |of: &Reading<'_>| {
        let others = readings.iter().filter(|one| alone || one.model != of.model);
        let (factor, besides) = more(meter, others.map(|one| (one.model, one.measured, one.left_out)));
        of.measured / (of.left_out * factor + besides).min(of.most)
    };
    readings.iter().map(held_out).collect()
}

/// The 10th and 90th percentile of measured over predicted of left-out models, rounded outwards.
fn spread(meter: &str, readings: &[Reading<'_>]) -> (f64, f64) {
    let mut ratios = left_out(meter, readings);
    ratios.sort_by(f64::total_cmp);
    let last = ratios.len() - 1;
    let (low, high) = (ratios[last / 10].min(1.0), ratios[(last * 9).div_ceil(10)].max(1.0));
    let few = models(readings) < LEAST_MODELS || ratios.len() < LEAST_POINTS;
    if few { (low / WIDER, high * WIDER) } else { (low, high) }
}

/// Absolute errors of predictions, in per cent.
fn errors(ratios: Vec<f64>) -> Vec<f64> {
    let mut errors: Vec<f64> = ratios.into_iter().map(|ratio| 100.0 * (ratio.recip() - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

/// Groups of one software with more than one model, of which one can be left out.
fn own<'a, 'b>(groups: &'b Groups<'a>) -> impl Iterator<Item = (&'b Key, &'b Vec<Reading<'a>>)> {
    groups.iter().filter(|(key, readings)| key[0] != ANY && models(readings) > 1)
}

fn of_groups(groups: &Groups<'_>) -> Vec<Figure> {
    let meter = |name: &str| ["allocated", "reserved", "device"].into_iter().find(|own| *own == name);
    let figure = |(key, readings): (&Key, &Vec<Reading<'_>>)| {
        let of = format!("{} {}", key[0], key[2]);
        Figure::of("memory", "a model", &of, meter(&key[1])?, errors(left_out(&key[1], readings)).into_iter())
    };
    own(groups).filter_map(figure).collect()
}

/// What the page says.
fn page(groups: &Groups<'_>) -> String {
    let mut text = String::from(
        "| software | meter | trained | readings | models | in sample, median / mean | a model left out, median / mean |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let pair = |errors: Vec<f64>| {
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        format!("{:.1} / {mean:.1} %", median(errors))
    };
    for (key, readings) in own(groups) {
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            key[0],
            if key[1] == "unknown" { "not stated" } else { &key[1] },
            key[2],
            readings.len(),
            models(readings),
            pair(errors(in_sample(&key[1], readings))),
            pair(errors(left_out(&key[1], readings))),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_left_out_model_is_predicted_by_the_others() {
        let all = [("a", 1.2, 1.0), ("a", 1.2, 1.0), ("b", 1.0, 1.0), ("c", 1.0, 1.0)];
        assert_eq!(more("reserved", all.into_iter()), (1.0, 0.0));
        assert_eq!(more("allocated", all.into_iter()), (1.0, 0.0));
        let (factor, besides) = more("device", [("a", 1.5, 1.0), ("b", 1.25, 1.0)].into_iter());
        assert!((factor - 1.0).abs() < 1e-12 && (besides - 0.375).abs() < 1e-12);
        let readings = all.map(|(model, measured, predicted)| Reading {
            model,
            measured,
            predicted,
            left_out: predicted,
            most: f64::INFINITY,
        });
        let (low, high) = spread("reserved", &readings);
        assert!(high > 1.2 && low < 0.96, "{low} {high}");
        let full = Reading { most: 1.1, measured: 1.1, predicted: 1.5, left_out: 1.5, model: "a" };
        assert!((left_out("device", &[full])[0] - 1.0).abs() < 1e-12, "no meter reads more than there is");
    }
}
