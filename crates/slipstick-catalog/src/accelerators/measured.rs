//! What was measured on accelerators: matrix products, memory streams, collectives, fixed costs.

use crate::{
    Origin, Place,
    tables::{ACCELERATORS_MEASURED, MeasuredRow, shipped, stated},
};

const FILE: &str = "accelerators_measured.csv";

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateKind {
    /// Rate of a matrix product over many shapes, in TFLOP/s.
    Matmul,
    /// Rate of the best matrix product found, in TFLOP/s.
    BestMatmul,
    /// Rate of a large matrix product when clocks have settled under the power limit, in TFLOP/s.
    SustainedMatmul,
    /// Rate of reading memory, in GB/s.
    Memory,
    /// Rate of copying within memory, both directions counted, in GB/s.
    Copy,
    /// Rate of writing memory, in GB/s.
    Write,
    /// Rate at which attention of one query reads its cache, in GB/s.
    DecodeAttention,
    /// Bus bandwidth of an all-reduce, in GB/s.
    AllReduce,
    /// Bus bandwidth of an all-gather, in GB/s.
    AllGather,
    /// Bus bandwidth of an all-to-all, in GB/s.
    AllToAll,
    /// Rate of copying between host and device, in GB/s.
    HostCopy,
    /// Host time to launch an operation, in microseconds.
    Launch,
    /// Time of an operation of no work inside a graph, in microseconds.
    GraphLaunch,
    /// Memory that a process holds beyond its tensors, in MiB.
    Context,
}

const QUANTITIES: [(&str, RateKind); 14] = [
    ("matmul", RateKind::Matmul),
    ("best-matmul", RateKind::BestMatmul),
    ("sustained-matmul", RateKind::SustainedMatmul),
    ("memory", RateKind::Memory),
    ("copy", RateKind::Copy),
    ("write", RateKind::Write),
    ("decode-attention", RateKind::DecodeAttention),
    ("all-reduce", RateKind::AllReduce),
    ("all-gather", RateKind::AllGather),
    ("all-to-all", RateKind::AllToAll),
    ("host-copy", RateKind::HostCopy),
    ("launch", RateKind::Launch),
    ("graph-launch", RateKind::GraphLaunch),
    ("context", RateKind::Context),
];

/// One measured rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The accelerator's id.
    pub accelerator: String,
    /// What was measured.
    pub quantity: RateKind,
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

impl MeasuredRow<'_> {
    fn measured(&self) -> Option<Measured> {
        Some(Measured {
            accelerator: self.accelerator.to_owned(),
            quantity: QUANTITIES.iter().find(|(name, _)| *name == self.what)?.1,
            format: stated(self.format),
            p50: self.p50,
            p90: self.p90,
            max: self.max,
            accelerators: self.accelerators,
            note: self.note.to_owned(),
            origin: Origin::of(Place::shipped(FILE), self.source, self.seen, self.confidence).ok()?,
        })
    }
}

shipped!(BUILTIN: MeasuredRow<'static> => Measured, ACCELERATORS_MEASURED, |row| {
    row.measured().expect("the build script checks the words of every row")
});

/// All shipped measurements.
pub fn measured() -> impl Iterator<Item = &'static Measured> {
    BUILTIN.iter()
}

/// The shipped measurements of one accelerator.
pub fn measured_on(accelerator: &str) -> impl Iterator<Item = &'static Measured> {
    let rows = BUILTIN.rows().iter().enumerate();
    rows.filter(move |(_, row)| row.accelerator == accelerator).map(|(place, _)| BUILTIN.get(place))
}
