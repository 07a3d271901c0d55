//! Damaged and lying files that people keep or get from other programs: none panics, and none allocates beyond a multiple
//! of what was read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod targets;
#[path = "../../../slipstick-import/tests/hostile/walk.rs"]
mod walk;

use walk::{Allowance, survive};

#[test]
fn scenarios() {
    survive("scenario", targets::scenario, &Allowance { runs: 500, per_byte: 1000, at_all: 2_000_000 });
}

#[test]
fn past_answers() {
    survive("history", targets::history, &Allowance { runs: 2000, per_byte: 400, at_all: 2_000_000 });
}

#[test]
fn tables_of_measurements() {
    survive("validate", targets::validate, &Allowance { runs: 200, per_byte: 4000, at_all: 50_000_000 });
}

#[test]
fn traces_of_requests() {
    survive("trace", targets::trace, &Allowance { runs: 500, per_byte: 400, at_all: 4_000_000 });
}

#[test]
fn what_benchmarks_print() {
    survive("benchmark", targets::benchmark, &Allowance { runs: 2000, per_byte: 400, at_all: 2_000_000 });
}

#[test]
fn what_trainings_are_started_with() {
    survive("launch", targets::launch, &Allowance { runs: 2000, per_byte: 1000, at_all: 4_000_000 });
}
