//! How much of its peaks a chip family reaches in training, under a software.

use crate::{
    basis::Basis,
    formula::Term,
    hardware::{ComputeShares, LinkShares, Spread},
    quantity::Quantity,
    trace::{self, Origin, Source, Trace},
    units::{Bandwidth, Bytes, Seconds},
};

/// Shares and overheads of a training step.
#[derive(Debug, Clone, PartialEq)]
pub struct Efficiency {
    /// Share of the dense peak that large matrix products reach.
    pub compute: ComputeShares,
    /// Share of the 16-bit peak that fused attention reaches.
    pub attention: f64,
    /// Share of the matrix share that grouped products of experts reach.
    pub experts: f64,
    /// Share of the memory bandwidth that norms, activations and the optimizer reach.
    pub memory: f64,
    /// Width of a product's outputs at which it reaches half of its share.
    pub half_width: f64,
    /// Collectives.
    pub links: LinkShares,
    /// Host time of a step.
    pub per_step: Seconds,
    /// Launches of a layer's forward pass, where the host cannot run ahead.
    pub per_layer: Seconds,
    /// What compute takes more than these shares say, fitted on whole steps.
    pub factor: f64,
    /// Spread of measured over predicted step times.
    pub spread: Option<Spread>,
    /// How it is known.
    pub basis: Basis,
    /// Points it was fitted on.
    pub points: u32,
    /// What it was fitted on, in words.
    pub fitted_on: String,
}

/// What the catalogue assumes, or what the request says instead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken<T> {
    /// The value.
    pub value: T,
    /// Whether the request says so.
    pub asked: bool,
}

impl<T> Taken<T> {
    /// What the catalogue assumes.
    pub const fn assumed(value: T) -> Self {
        Self { value, asked: false }
    }

    /// What the request says.
    pub const fn asked(value: T) -> Self {
        Self { value, asked: true }
    }

    /// Who says so.
    pub const fn origin(&self, unit: &'static str) -> Origin {
        if self.asked { trace::asked(unit) } else { trace::assumed(unit) }
    }
}

impl<T: Term> Taken<T> {
    /// Records it as a number of its own.
    pub fn record(&self, quantity: Quantity, trace: Trace<'_>) {
        let (source, basis) =
            if self.asked { (Source::Request, Basis::Exact) } else { (Source::Assumptions, Basis::Assumed) };
        trace.stated(quantity, self.value, source, basis);
    }
}

/// What a whole run assumes where nobody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunAssumptions {
    /// Mean time between failures of one accelerator and its share of the node.
    pub between_failures: Taken<Seconds>,
    /// Time from a failure to the first new step.
    pub restart: Taken<Seconds>,
    /// Rate at which all ranks together write a checkpoint.
    pub storage: Bandwidth,
    /// Share of the power limit that training draws.
    pub power: f64,
    /// Power usage effectiveness of the data centre.
    pub effectiveness: Taken<f64>,
    /// Carbon dioxide of a kilowatt-hour, in kg.
    pub co2_kg_per_kwh: Taken<f64>,
    /// Bytes of a token in a data set.
    pub token: Bytes,
}
