//! Damaged and lying tables: none panics, and none allocates beyond a multiple of what was read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod targets;
#[path = "../../../slipstick-import/tests/hostile/walk.rs"]
mod walk;

use walk::{Allowance, survive};

#[test]
fn catalogue_rows() {
    survive("catalogue", targets::catalogue, &Allowance { runs: 250, per_byte: 400, at_all: 2_000_000 });
}
