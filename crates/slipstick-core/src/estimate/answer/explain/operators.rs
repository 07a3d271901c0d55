//! What the times of operators come from.

use super::{Asked, Estimate, fitted};
use crate::{
    basis::Basis,
    estimate::{answer::RooflineRow, compute, step::Bound},
    formulas::time::{
        collective::{all_reduce_time, all_to_all_time, transfer_time},
        latency::host_time,
        roofline::{arithmetic_intensity, ridge_point, roofline_time},
    },
    numeric::ScalarFormat,
    ops::{Operator, Phase},
    trace::{Input, Trace},
};

/// The rows of the roofline, and their intensities.
pub(super) fn note(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    for (index, row) in estimate.roofline.iter().enumerate() {
        match row.bound {
            Bound::Compute | Bound::Bandwidth => operator(with, index, row, trace),
            Bound::Communication => collective(with, index, row, trace),
            Bound::Latency | Bound::Capacity => host(with, estimate, index, row, trace),
        }
    }
    intensities(with, estimate, trace);
}

fn operator(with: &Asked<'_>, index: usize, row: &RooflineRow, trace: &mut Trace) {
    let pointer = format!("/roofline/{index}/time_s");
    trace.note(&pointer, &roofline_time::FORMULA, row.time.get(), "s", || {
        let accelerator = &with.deployment.cluster.accelerator;
        let (format, share, bandwidth) = rates(with, row.operator);
        let peak = compute::peak(accelerator, format).map_or(0.0, crate::units::FlopRate::get);
        let beta = accelerator.memory_bandwidth.get() * bandwidth;
        vec![
            Input::number("W", row.cost.flops.get(), "FLOP", format!("/roofline/{index}/flops")),
            reached(with, "pi", peak * share, "FLOP/s", share),
            Input::number("Q", row.cost.moved().get(), "B", format!("/roofline/{index}/bytes")),
            reached(with, "beta", beta, "B/s", bandwidth),
        ]
    });
}

/// The format that an operator computes in, the share of that peak and the share of the bandwidth that it reaches.
fn rates(with: &Asked<'_>, operator: Operator) -> (ScalarFormat, f64, f64) {
    let calibration = &with.deployment.calibration;
    let lines = with.model.groups.iter().flat_map(|group| &group.gemms).chain(&with.model.head);
    match lines.into_iter().find(|line| line.operator == operator) {
        Some(line) => {
            let own = with.deployment.cluster.accelerator.peaks.of(line.compute).is_some();
            let share = if own { calibration.compute.of(line.compute) } else { calibration.compute.wide };
            let bandwidth = if line.packed { calibration.memory_packed } else { calibration.memory };
            (line.compute, share, bandwidth)
        }
        None if operator == Operator::Elementwise => {
            (ScalarFormat::Bf16, calibration.compute.wide, calibration.memory)
        }
        None => (ScalarFormat::Bf16, calibration.attention, calibration.memory_cache),
    }
}

/// A rate of the data sheet times the share of it that is reached.
fn reached(with: &Asked<'_>, symbol: &'static str, value: f64, unit: &'static str, share: f64) -> Input {
    let source = format!(
        "catalogue: {}, times {share} ({})",
        with.deployment.cluster.accelerator.id, with.deployment.calibration.source
    );
    Input::fact(symbol, value, unit, source, Basis::Specified.and(with.deployment.calibration.basis))
}

fn collective(with: &Asked<'_>, index: usize, row: &RooflineRow, trace: &mut Trace) {
    let plan = with.model.plan;
    let (formula, ranks, span) = match row.operator {
        Operator::AllReduce => (&all_reduce_time::FORMULA, plan.tp(), plan.tp()),
        Operator::AllToAll => (&all_to_all_time::FORMULA, plan.ep(), plan.ep()),
        _ => (&transfer_time::FORMULA, plan.pp(), plan.tp() * plan.pp()),
    };
    trace.note(&format!("/roofline/{index}/time_s"), formula, row.time.get(), "s", || {
        let link = with.deployment.cluster.link_for(span);
        let share = with.deployment.calibration.links.of(link.kind);
        let sent = row.cost.communicated.get();
        vec![
            fitted(with, "alpha", share.latency.get(), "s"),
            Input::fact("n", ranks as f64, "ranks", "layout", Basis::Exact),
            Input::number("M", sent, "B", format!("/roofline/{index}/communicated_bytes")),
            reached(with, "beta", link.bandwidth.get() * share.share, "B/s", share.share),
        ]
    });
}

fn host(with: &Asked<'_>, estimate: &Estimate, index: usize, row: &RooflineRow, trace: &mut Trace) {
    let pointer = format!("/roofline/{index}/time_s");
    trace.note(&pointer, &host_time::FORMULA, row.time.get(), "s", || {
        let calibration = &with.deployment.calibration;
        let routed =
            |group: &&crate::ops::LoweredGroup| group.gemms.iter().any(|line| line.experts.is_some());
        let experts: f64 = with.model.groups.iter().filter(routed).map(|group| group.count).sum();
        let decoding = match row.phase {
            Phase::Prefill => 0.0,
            Phase::Decode => estimate.service.batch / with.model.plan.pp() as f64,
        };
        let layers = "layers of one rank";
        vec![
            Input::fact("L", with.model.layers, "layers", layers, Basis::Exact),
            fitted(with, "l", calibration.per_layer.get(), "s"),
            Input::fact("E", experts, "layers", layers, Basis::Exact),
            fitted(with, "e", calibration.per_expert_layer.get(), "s"),
            fitted(with, "s", calibration.per_step.get(), "s"),
            Input::fact("B", decoding, "sequences", "the batch of the step", Basis::Exact),
            fitted(with, "q", calibration.per_sequence.get(), "s"),
        ]
    });
}

fn intensities(with: &Asked<'_>, estimate: &Estimate, trace: &mut Trace) {
    let phases = [
        ("/intensity/prefill_flops_per_byte", Phase::Prefill, estimate.prefill_intensity),
        ("/intensity/decode_flops_per_byte", Phase::Decode, estimate.decode_intensity),
    ];
    for (pointer, phase, value) in phases {
        trace.note(pointer, &arithmetic_intensity::FORMULA, value.get(), "FLOP/B", || {
            let rows = || estimate.roofline.iter().filter(|row| row.phase == phase);
            let flops: f64 = rows().map(|row| row.cost.flops.get()).sum();
            let bytes: f64 = rows().map(|row| row.cost.moved().get()).sum();
            let source = "sum over the rows of the roofline of this phase";
            vec![
                Input::fact("W", flops, "FLOP", source, Basis::Exact),
                Input::fact("Q", bytes, "B", source, Basis::Exact),
            ]
        });
    }
    let accelerator = &with.deployment.cluster.accelerator;
    trace.note(
        "/intensity/ridge_flops_per_byte",
        &ridge_point::FORMULA,
        estimate.ridge.get(),
        "FLOP/B",
        || {
            let peak = compute::peak(accelerator, estimate.compute).map_or(0.0, crate::units::FlopRate::get);
            let bandwidth = accelerator.memory_bandwidth.get();
            let source = format!("catalogue: {}", accelerator.id);
            vec![
                Input::fact("pi", peak, "FLOP/s", source.clone(), Basis::Specified),
                Input::fact("beta", bandwidth, "B/s", source, Basis::Specified),
            ]
        },
    );
}
