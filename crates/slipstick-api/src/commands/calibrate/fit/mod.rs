//! What runs tell of an accelerator under an engine: factors on the catalogue's calibration, drawn towards 1.
//!
//! Each factor has a log-normal prior around 1. A factor stays 1 where runs leave its posterior nearly as wide as its
//! prior, and where runs that were left out are predicted worse with it.

mod choose;
mod solve;

pub(super) use choose::{Chosen, choose};

use slipstick_catalog::calibrations::Factors;

/// Predicts a quantity with some factors.
pub(super) type Predict<'a> = Box<dyn Fn(&Factors) -> f64 + 'a>;

/// One measured quantity of a run, and how it is predicted.
pub(super) struct Observation<'a> {
    /// What is predicted with some factors.
    pub(super) predict: Predict<'a>,
    pub(super) measured: f64,
    /// What the logarithm is expected to be off by.
    pub(super) noise: f64,
    /// The run's deployment, among those of the fit.
    pub(super) deployment: usize,
}

/// A factor that runs may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Factor {
    /// Share of the bandwidth.
    Bandwidth,
    /// Share of the peaks.
    Compute,
    /// Times of layers, steps and sequences.
    Overheads,
    /// What requests wait for.
    Waits,
    /// The level of a deployment.
    Level(usize),
    /// The peak of a step in memory.
    Activations,
    /// Memory outside the allocator.
    Outside,
    /// Memory of captured graphs.
    Graphs,
}

impl Factor {
    /// Those of speed that hold for every model.
    pub(super) const SPEED: [Self; 4] = [Self::Bandwidth, Self::Compute, Self::Overheads, Self::Waits];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bandwidth => "bandwidth",
            Self::Compute => "compute",
            Self::Overheads => "overheads",
            Self::Waits => "waits",
            Self::Level(_) => "level",
            Self::Activations => "activations",
            Self::Outside => "memory outside",
            Self::Graphs => "graphs",
        }
    }

    /// The standard deviation of its logarithm before anything is measured: shares are known better than overheads,
    /// which differ between hosts. Peaks of a step follow a rule; what drivers, libraries and graphs take is a constant
    /// that logs of one engine put a factor of two and more apart.
    pub(super) const fn prior(self) -> f64 {
        match self {
            Self::Bandwidth => 0.12,
            Self::Compute | Self::Level(_) => 0.2,
            Self::Activations => 0.3,
            Self::Overheads => 0.5,
            Self::Outside => 0.7,
            Self::Waits | Self::Graphs => 0.8,
        }
    }

    /// Puts its value into the factors of a run of `deployment`.
    fn set(self, factors: &mut Factors, value: f64, deployment: usize) {
        match self {
            Self::Bandwidth => factors.bandwidth = value,
            Self::Compute => factors.compute = value,
            Self::Overheads => factors.overheads = value,
            Self::Waits => factors.waits = value,
            Self::Level(own) if own == deployment => factors.level = value,
            Self::Level(_) => {}
            Self::Activations => factors.memory.activations = value,
            Self::Outside => factors.memory.outside = value,
            Self::Graphs => factors.memory.graphs = value,
        }
    }

    /// Whether a run of `deployment` depends on it.
    fn moves(self, deployment: usize) -> bool {
        !matches!(self, Self::Level(own) if own != deployment)
    }
}

/// Factors with their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Solution {
    /// Each factor, its value, and the standard deviation of its logarithm.
    pub(super) told: Vec<(Factor, f64, f64)>,
}

impl Solution {
    /// The factors of a run of `deployment`.
    pub(super) fn factors(&self, deployment: usize) -> Factors {
        let mut factors = Factors::default();
        for (factor, value, _) in &self.told {
            factor.set(&mut factors, *value, deployment);
        }
        factors
    }
}
