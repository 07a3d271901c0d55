//! Where the numbers of a fleet come from: prices, what a deployment answers, and the search that chose.

use slipstick_core::{
    basis::Basis,
    formulas::{cost::hosted::own_hourly, parts},
};

use super::{Answer, FleetReport, FleetType};
use crate::{Provenance, provenance::Entry};

/// Who chooses the mix.
const SEARCH: &str = "branch and bound over whole deployments, each class divided by a linear program";

pub(super) fn of(report: &FleetReport, a: &Answer) -> Provenance {
    let mut provenance = Provenance::default();
    for (row, kind) in report.types.iter().enumerate() {
        of_type(&mut provenance, row, kind);
    }
    of_classes(&mut provenance, report, a);
    if let Some(price) = report.usd_per_hour {
        let mut total = Entry::of(&parts::total::FORMULA, "USD/h", Basis::Exact);
        for (row, kind) in report.types.iter().enumerate() {
            let at = format!("/types/{row}/all_usd_per_hour");
            total = total.from_pointer(format!("x_{}", row + 1), kind.all_usd_per_hour.0.get(), "USD/h", at);
        }
        total.value = Some(price.0.get().into());
        provenance.record("/usd_per_hour", total);
    }
    let searched = [
        ("/bound_usd_per_hour", "what no mix costs less than", "USD/h"),
        ("/relaxed_usd_per_hour", "the cost if deployments could be parted", "USD/h"),
        ("/gap", "the share of the cost that is not proven", ""),
        ("/programs", "linear programs that were solved", ""),
    ];
    for (pointer, what, unit) in searched.into_iter().filter(|_| report.feasible) {
        provenance.record(pointer, Entry::fact(what, unit, Basis::Exact, SEARCH));
    }
    provenance
}

fn of_type(provenance: &mut Provenance, row: usize, kind: &FleetType) {
    let at = |field: &str| format!("/types/{row}/{field}");
    let price =
        Entry::fact("the price of a deployment", "USD/h", Basis::Specified, kind.price_source.clone());
    provenance.record(at("usd_per_hour"), price);
    let count = f64::from(kind.deployments);
    provenance.record(at("deployments"), Entry::fact("deployments of it", "", Basis::Exact, SEARCH));
    let all = Entry::of(&own_hourly::FORMULA, "USD/h", Basis::Specified)
        .from_pointer("n", count, "replicas", at("deployments"))
        .from_pointer("p", kind.usd_per_hour.0.get(), "USD/h", at("usd_per_hour"))
        .input("b", 0.0, "USD/h", Basis::Exact, "nothing runs beside it");
    provenance.record(at("all_usd_per_hour"), all);
    let by_sums = "the shares that it is sent over what one answers of them";
    provenance.record(at("load"), Entry::fact("deployments that it takes", "", Basis::Assumed, by_sums));
    if kind.mixed_load.is_some() {
        let by_sums = "the same sums of speed, asked of requests of the mean lengths";
        let mixed = Entry::fact("deployments that sharing takes", "", Basis::Assumed, by_sums);
        provenance.record(at("mixed_load"), mixed);
    }
    if kind.alone_usd_per_hour.is_some() {
        let alone = Entry::fact("what everything costs on it alone", "USD/h", Basis::Exact, SEARCH);
        provenance.record(at("alone_usd_per_hour"), alone);
    }
}

fn of_classes(provenance: &mut Provenance, report: &FleetReport, a: &Answer) {
    for (row, class) in report.classes.iter().enumerate() {
        for (place, sent) in class.sent.iter().enumerate() {
            let at = |field: &str| format!("/classes/{row}/sent/{place}/{field}");
            provenance
                .record(at("share"), Entry::fact("what it is sent of the class", "", Basis::Exact, SEARCH));
            let kind = a.spec.kinds.iter().position(|kind| kind.on == sent.on);
            let resolved = kind.and_then(|kind| a.kinds[kind].resolved.as_ref());
            let (basis, source) = match resolved {
                Some(resolved) => {
                    (resolved.calibration().basis, "the same sums of speed, asked of other loads")
                }
                None => (Basis::Specified, "the file"),
            };
            let most = Entry::fact("what one answers within the targets", "1/s", basis, source);
            provenance.record(at("most_requests_per_s"), most);
        }
    }
}
