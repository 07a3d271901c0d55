//! How far a version of an engine is from its others: the factor that bands widen by where a version was not measured.

use std::collections::BTreeMap;

use slipstick_core::hardware::Distance;

use super::{
    fitted::{Fitted, Given},
    left_out::{Cut, left_out},
    runs::{Kind, Run},
};

/// A version says something of itself on a chip family from so many runs on.
const LEAST_RUNS: usize = 8;

/// Each version of an engine; runs that are no closed loops are one part, which is not looked at.
const VERSIONS: Cut = Cut {
    name: "a version",
    distance: Distance::Near,
    witness: |run| run.engine.to_owned(),
    part: |run| match (run.kind, run.version) {
        (Kind::Closed, Some(version)) => format!("{}|{version}", run.engine),
        _ => String::new(),
    },
};

/// The table: one row for all engines.
pub(super) fn table<'a>(runs: &'a [Run<'a>], whole: &Fitted<'a>, given: &'a Given<'a>) -> String {
    let mut versions: BTreeMap<String, [Vec<f64>; 2]> = BTreeMap::new();
    for run in left_out(runs, &[], whole, given, &VERSIONS, false).0 {
        let part = (VERSIONS.part)(run.run);
        let (measured, predicted) = (run.run.measured, run.predicted);
        let ratios = [measured.tpot / predicted.tpot, measured.ttft / predicted.ttft];
        if !part.is_empty() && ratios.iter().all(|ratio| ratio.is_finite()) {
            let own = versions.entry(format!("{part}|{}", run.run.family)).or_default();
            own.iter_mut().zip(ratios).for_each(|(own, ratio)| own.push(ratio));
        }
    }
    versions.retain(|_, [tpot, _]| tpot.len() >= LEAST_RUNS);
    let factor = |quantity: usize| {
        let mut off: Vec<f64> =
            versions.values().map(|own| median(own[quantity].clone()).ln().abs().exp()).collect();
        off.sort_by(f64::total_cmp);
        off.get((off.len().saturating_sub(1)) * 9 / 10).copied().unwrap_or(1.0)
    };
    let (tpot, ttft, count) = (factor(0), factor(1), versions.len());
    format!(
        "engine,tpot_factor,ttft_factor,versions,source,seen,note\nany,{tpot:.2},{ttft:.2},{count},measured-inference,2026-11,\"medians of measured over predicted of versions that were left out of the fit, those with {LEAST_RUNS} runs or more on one chip family: nine in ten lie within the factor\"\n"
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(1.0)
}
