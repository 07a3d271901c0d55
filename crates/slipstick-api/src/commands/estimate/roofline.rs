//! The operators of a step as a table, and under the roof of the accelerator.

use slipstick_core::{
    basis::Basis,
    estimate::{Estimate, answer::RooflineRow},
    units::Seconds,
};

use crate::view::{Axis, Block, Column, Plot, Series, Table};

/// Intensity, operators, and both as a plot.
pub(super) fn blocks(estimate: &Estimate, basis: Basis) -> Vec<Block> {
    let mut blocks = vec![
        Block::Pairs(vec![("intensity".to_owned(), intensity(estimate).into())]),
        Block::Table(roofline(estimate, basis)),
    ];
    blocks.extend(roof(estimate).map(Block::Plot));
    blocks
}

fn intensity(estimate: &Estimate) -> String {
    format!(
        "decode {}, prefill {}, ridge {}",
        estimate.decode_intensity, estimate.prefill_intensity, estimate.roof.ridge
    )
}

fn roofline(estimate: &Estimate, basis: Basis) -> Table {
    let mut table = Table::new(vec![
        Column::text("phase"),
        Column::text("operator"),
        Column::number("GFLOP").priority(2),
        Column::number("GB").priority(2),
        Column::number("time"),
        Column::number("share").priority(1),
        Column::text("bound"),
    ]);
    let assumed = if basis == Basis::Assumed { ", at efficiencies that are assumed" } else { "" };
    table.caption = Some(format!(
        "Operators on one accelerator: the prefill of one prompt, and one decode step{assumed}"
    ));
    let total = |row: &RooflineRow| -> Seconds {
        estimate.roofline.iter().filter(|other| other.phase == row.phase).map(|other| other.time).sum()
    };
    for row in &estimate.roofline {
        table.row([
            row.phase.name().to_owned(),
            row.operator.name().replace('_', " "),
            format!("{:.2}", row.cost.flops.get() / 1e9),
            format!("{:.3}", (row.cost.moved() + row.cost.communicated).get() / 1e9),
            row.time.to_string(),
            format!("{:.1} %", 100.0 * (row.time / total(row))),
            row.bound.name().to_owned(),
        ]);
    }
    table
}

/// The operators under the roof of the accelerator, each a point.
fn roof(estimate: &Estimate) -> Option<Plot> {
    let roof = &estimate.roof;
    let points: Vec<(String, (f64, f64))> = estimate
        .roofline
        .iter()
        .filter_map(|row| {
            let name = format!("{} {}", row.phase.name(), row.operator.name().replace('_', " "));
            Some((name, (row.intensity()?.get(), row.rate()?.get() / 1e12)))
        })
        .collect();
    let least = points.iter().map(|(_, (x, _))| *x).fold(roof.ridge.get() / 10.0, f64::min);
    let most = points.iter().map(|(_, (x, _))| *x).fold(roof.ridge.get() * 10.0, f64::max);
    let peak = roof.peak.get() / 1e12;
    let slope = |x: f64| (x, (x * roof.bandwidth.get() / 1e12).min(peak));
    let line = Series {
        label: "roof".to_owned(),
        points: vec![slope(least), (roof.ridge.get(), peak), (most, peak)],
    };
    let marks = points.into_iter().map(|(label, point)| Series { label, points: vec![point] });
    let axis = |label: &str| Axis { label: label.to_owned(), log: true };
    (!estimate.roofline.is_empty()).then(|| Plot {
        caption: "Roofline of one accelerator: the prefill of one prompt, and one decode step".to_owned(),
        x: axis("FLOP a byte moved"),
        y: axis("TFLOP/s"),
        series: [line].into_iter().chain(marks).collect(),
    })
}
