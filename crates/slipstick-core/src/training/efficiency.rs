//! How much of its peaks a chip family reaches in training, under a software.

use crate::{
    basis::Basis,
    formula::Term,
    formulas::training::reach::saturating,
    hardware::{ComputeShares, LinkShares, Spread},
    quantity::Quantity,
    trace::{self, Origin, Source, Trace},
    units::{Bandwidth, Bytes, Seconds},
};

/// What fused attention reaches of the 16-bit peak, in one direction: its share for long sequences of wide heads, and the
/// length at which it reaches half of that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttentionReach {
    /// Share of the peak.
    pub share: f64,
    /// Tokens.
    pub half_length: f64,
    /// Width of a head at which it reaches half.
    pub half_head: f64,
}

impl AttentionReach {
    /// The share that sequences of so many tokens reach with heads of this width.
    pub fn of(&self, length: f64, head: f64) -> f64 {
        self.share * saturating(length, self.half_length) * saturating(head, self.half_head)
    }
}

/// What fused attention reaches forward and backward.
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionShares {
    /// The kernel.
    pub kernel: String,
    /// The forward pass.
    pub forward: AttentionReach,
    /// The backward pass.
    pub backward: AttentionReach,
    /// Bytes that unfused attention moves for each score of a forward pass.
    pub score_bytes: f64,
}

/// How many times what a software says its overlap hides of communication.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hidden {
    /// Tensor-parallel collectives.
    pub tensor: f64,
    /// Dispatch to experts and back.
    pub expert: f64,
    /// Collectives over gradients and weights.
    pub data: f64,
    /// Exchange of keys and values between parts of a sequence.
    pub context: f64,
    /// Transfers between stages.
    pub pipeline: f64,
}

/// What work beside frozen products reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdapterReach {
    /// Share of the memory bandwidth that casts and sums of adapters reach.
    pub streams: f64,
    /// The same of making 16-bit copies of quantised weights.
    pub copies: f64,
    /// The same of the norms of weights and adapters together, whose sums read one of them transposed.
    pub norms: f64,
    /// Launches of one matrix's adapter on the host, in a forward pass.
    pub per_matrix: Seconds,
}

/// Shares and overheads of a training step.
#[derive(Debug, Clone, PartialEq)]
pub struct Efficiency {
    /// Share of the dense peak that large matrix products reach.
    pub compute: ComputeShares,
    /// Attention.
    pub attention: AttentionShares,
    /// Share of the matrix share that grouped products of experts reach.
    pub experts: f64,
    /// Share of the memory bandwidth that norms, activations and the optimizer reach.
    pub memory: f64,
    /// Whether that is of plain operators, each reading and writing its tensors, rather than of fused ones.
    pub plain: bool,
    /// Adapters and quantised weights beside them.
    pub adapters: AdapterReach,
    /// Share of a product's rate that is left where scales are of rows or blocks, which kernels apply.
    pub fine_scales: f64,
    /// Bytes that casting moves for each input of a product narrower than 16 bit.
    pub cast_bytes: f64,
    /// Time between one kernel and the next.
    pub per_kernel: Seconds,
    /// Width that a product loses to its edges where tensor parallelism splits it.
    pub half_width: f64,
    /// Rows at which a product reaches half of its share.
    pub half_rows: f64,
    /// Values of a product's result that are lost to the last tiles.
    pub idle_outputs: f64,
    /// What a recurrence's scan reaches of attention's share.
    pub scans: f64,
    /// Rows an expert at which grouped products reach half of theirs.
    pub half_expert_rows: f64,
    /// Collectives.
    pub links: LinkShares,
    /// What overlaps hide.
    pub hidden: Hidden,
    /// Growth of the slowest rank's computation over the mean for each doubling of the ranks.
    pub stragglers: f64,
    /// Host time of a step.
    pub per_step: Seconds,
    /// Launches of a layer's forward pass, where the host cannot run ahead.
    pub per_layer: Seconds,
    /// The same of a layer with routed experts, beside those.
    pub per_expert_layer: Seconds,
    /// Parameters a second that the processors of a host update, where an optimizer's states lie with it.
    pub host_updates: f64,
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
