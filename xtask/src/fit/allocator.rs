//! What a caching allocator of an eager framework holds without a use: shares of blocks that come and go within a step, least
//! in relative absolute errors of readings of its own meter and of the driver's, over all such softwares together.

use std::fmt::Write as _;

use slipstick_api::validate::training::MemoryResidual;
use slipstick_catalog::training::{ALLOCATOR_PARTS, allocator_of};

use super::training::solved;

/// What is fitted, in GiB and as shares, in the order of the table.
pub(super) type Parts = [f64; ALLOCATOR_PARTS.len()];

/// Rounds in which readings are weighed anew by how far they are off.
const ROUNDS: usize = 40;

/// Readings that are nearer than so many GiB count alike.
const NEAR: f64 = 0.05;

/// Readings of more than this share of the accelerator are of an allocator that gave back what it cached.
const FULL: f64 = 0.95;

const GIB: f64 = 1_073_741_824.0;

/// What a part means, for the table.
const MEANINGS: [(&str, &str); ALLOCATOR_PARTS.len()] = [
    ("GiB", "what a caching allocator of an eager framework holds without a use in any run"),
    ("share", "of one copy of the logits in the format of the loss that nothing later uses"),
    ("share", "of what lives for one layer in its backward pass"),
    ("share", "the same where weights are shared: whole units come and go on streams of their own"),
    ("share", "of what both passes hold where the step of an optimizer over flat parameters is the peak"),
    ("GiB", "what the driver reports of communicators where several accelerators train"),
];

/// What a reading has of each part, in GiB.
fn features(of: &MemoryResidual) -> Option<Parts> {
    let blocks = of.blocks?;
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let layer = blocks.layer.as_f64() / GIB;
    Some([
        1.0,
        blocks.logits.as_f64() / GIB,
        layer * flag(!blocks.is_shared),
        layer * flag(blocks.is_shared),
        blocks.passes.as_f64() / GIB,
        flag(blocks.is_together && of.meter == "device"),
    ])
}

/// What is predicted of a reading, in bytes.
pub(super) fn predicted(of: &MemoryResidual, parts: &Parts) -> f64 {
    let more = of.blocks.map_or(0.0, |blocks| {
        let own = allocator_of(*parts);
        let besides = if of.meter == "device" { own.besides(&blocks).as_f64() } else { 0.0 };
        own.unused(&blocks).as_f64() + besides
    });
    of.bare.as_f64() + more
}

/// The parts that some readings tell; none is below none.
pub(super) fn fitted<'a>(readings: impl Iterator<Item = &'a MemoryResidual>) -> Parts {
    let rows: Vec<(Parts, f64, f64)> = readings
        .filter(|of| of.measured.as_f64() < FULL * of.memory.as_f64())
        .filter_map(|of| {
            let measured = of.measured.as_f64() / GIB;
            Some((features(of)?, measured - of.bare.as_f64() / GIB, measured.recip()))
        })
        .collect();
    let mut open: Vec<usize> = (0..ALLOCATOR_PARTS.len()).collect();
    loop {
        let found = least(&rows, &open);
        let Some(below) = open.iter().position(|part| found[*part] < 0.0) else { return found };
        open.remove(below);
    }
}

/// The least sum of relative absolute errors over the parts that are open, by least squares weighed anew.
fn least(rows: &[(Parts, f64, f64)], open: &[usize]) -> Parts {
    let mut found = [0.0; ALLOCATOR_PARTS.len()];
    let mut weights: Vec<f64> = rows.iter().map(|(.., weight)| *weight).collect();
    for _ in 0..ROUNDS {
        let size = open.len();
        let (mut matrix, mut right) = (vec![vec![0.0; size]; size], vec![0.0; size]);
        for ((own, value, _), weight) in rows.iter().zip(&weights) {
            for (row, part) in open.iter().enumerate() {
                right[row] += weight * own[*part] * value;
                for (column, other) in open.iter().enumerate() {
                    matrix[row][column] += weight * own[*part] * own[*other];
                }
            }
        }
        for (row, own) in matrix.iter_mut().enumerate() {
            own[row] += 1e-9;
        }
        for (part, value) in open.iter().zip(solved(matrix, right)) {
            found[*part] = value;
        }
        for ((own, value, weight), now) in rows.iter().zip(&mut weights) {
            let off: f64 = value - own.iter().zip(&found).map(|(have, share)| have * share).sum::<f64>();
            *now = weight / off.abs().max(NEAR);
        }
    }
    found
}

/// The table of parts.
pub(super) fn table(parts: &Parts, readings: &[MemoryResidual]) -> String {
    let counts = |part: usize| {
        let has = |of: &&MemoryResidual| features(of).is_some_and(|own| own[part] > 0.0);
        readings.iter().filter(has).count()
    };
    let mut text = String::from("name,value,unit,meaning,points,source,seen\n");
    for (part, (name, (unit, meaning))) in ALLOCATOR_PARTS.iter().zip(MEANINGS).enumerate() {
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "{name},{:.2},{unit},{meaning},{},measured-training,2026-11",
            parts[part],
            counts(part)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_found_and_none_is_below_none() {
        let parts = [0.5, 1.0, 0.25, 0.0, 0.0, 2.0];
        let rows: Vec<(Parts, f64, f64)> = (1..40)
            .map(|at| {
                let at = f64::from(at);
                let own = [1.0, at % 5.0, at % 7.0, 0.0, 0.0, at % 2.0];
                let value = own.iter().zip(parts).map(|(have, share)| have * share).sum();
                (own, value, 0.1)
            })
            .collect();
        let found = least(&rows, &[0, 1, 2, 5]);
        assert!(found.iter().zip(parts).all(|(own, true_one)| (own - true_one).abs() < 1e-3), "{found:?}");
    }
}
