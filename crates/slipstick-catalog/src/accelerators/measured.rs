//! What was measured on accelerators: matrix products, memory streams and collectives.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Origin, table};

const FILE: &str = "accelerators_measured.csv";

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Rate of a matrix product over many shapes, in TFLOP/s.
    Matmul,
    /// Rate of the best matrix product found, in TFLOP/s.
    BestMatmul,
    /// Rate of reading memory, in GB/s.
    Memory,
    /// Bus bandwidth of an all-reduce, in GB/s.
    AllReduce,
    /// Bus bandwidth of an all-gather, in GB/s.
    AllGather,
    /// Bus bandwidth of an all-to-all, in GB/s.
    AllToAll,
}

const QUANTITIES: [(&str, Quantity); 6] = [
    ("matmul", Quantity::Matmul),
    ("best-matmul", Quantity::BestMatmul),
    ("memory", Quantity::Memory),
    ("all-reduce", Quantity::AllReduce),
    ("all-gather", Quantity::AllGather),
    ("all-to-all", Quantity::AllToAll),
];

/// One measured rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The accelerator's id.
    pub accelerator: String,
    /// What was measured.
    pub quantity: Quantity,
    /// The number format, for matrix products.
    pub format: Option<String>,
    /// Median over the shapes measured, in the quantity's unit.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// The best.
    pub max: Option<f64>,
    /// Accelerators that took part.
    pub accelerators: u32,
    /// What to know about it.
    pub note: String,
    /// Where it comes from.
    pub origin: Origin,
}

#[derive(Deserialize)]
struct Row {
    accelerator: String,
    what: String,
    format: Option<String>,
    p50: Option<f64>,
    p90: Option<f64>,
    max: Option<f64>,
    accelerators: u32,
    source: String,
    seen: String,
    confidence: String,
    note: String,
}

impl Row {
    fn measured(self) -> Option<Measured> {
        Some(Measured {
            accelerator: self.accelerator,
            quantity: QUANTITIES.iter().find(|(name, _)| *name == self.what)?.1,
            format: self.format,
            p50: self.p50,
            p90: self.p90,
            max: self.max,
            accelerators: self.accelerators,
            note: self.note,
            origin: Origin::shipped(FILE, self.source, &self.seen, &self.confidence)?,
        })
    }
}

static MEASURED: LazyLock<Vec<Measured>> = LazyLock::new(|| {
    table::rows::<Row>(FILE, include_str!("../../data/accelerators_measured.csv"))
        .expect("the shipped table is read by the tests")
        .into_iter()
        .map(|(line, row)| {
            row.measured().unwrap_or_else(|| panic!("{FILE}, line {line}: checked by the tests"))
        })
        .collect()
});

/// All shipped measurements.
pub fn measured() -> &'static [Measured] {
    &MEASURED
}
