//! How a model is trained: optimizer, formats, sharding of states, recomputation, schedule.

use super::{Adapter, Schedule};
use crate::{
    formulas::training::{held::state_width, states::blockwise},
    numeric::ScalarFormat,
    quantity::Detail,
    trace::{Trace, asked, at, rules},
    traced,
};

/// An optimizer, by what it keeps of each parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Optimizer {
    /// Two moments in the width of the master weights.
    AdamW,
    /// The same, stepping through all tensors at once: a copy of the parameters lives for the step.
    AdamWForeach,
    /// Two moments in bf16 beside fp32 weights.
    AdamWBf16,
    /// Two moments in blocks of 8 bits.
    AdamW8Bit,
    /// Two moments in blocks of 4 bits.
    AdamW4Bit,
    /// One moment.
    Lion,
    /// One moment in blocks of 8 bits.
    Lion8Bit,
    /// Nothing.
    Sgd,
    /// One moment.
    Momentum,
    /// Sums of rows and columns of a second moment.
    Adafactor,
    /// One moment for matrices, two for embeddings, head and norms.
    Muon,
    /// Two 8-bit moments of a projection of low rank.
    GaLore,
}

/// How states are shared between the ranks that hold the same layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sharding {
    /// Each has all of them.
    Whole,
    /// The optimizer's state is split.
    Optimizer,
    /// Gradients too.
    Gradients,
    /// Weights too: they are gathered unit by unit.
    Weights,
}

/// What is computed again in the backward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recompute {
    /// Nothing.
    None,
    /// Parts of each layer.
    Selective(Parts),
    /// Whole layers, so many of each stage.
    Block(u64),
    /// Every layer.
    Full,
}

impl Recompute {
    /// How many layers of a stage are computed again whole.
    pub const fn layers(self) -> u64 {
        match self {
            Self::None | Self::Selective(_) => 0,
            Self::Block(layers) => layers,
            Self::Full => u64::MAX,
        }
    }

    /// Which parts of the other layers are.
    pub const fn parts(self) -> Parts {
        match self {
            Self::Selective(parts) => parts,
            Self::None | Self::Block(_) | Self::Full => Parts::NONE,
        }
    }
}

/// Parts of a layer that are computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Parts(u8);

impl Parts {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Outputs of norms.
    pub const NORMS: Self = Self(1);
    /// Attention between projections.
    pub const ATTENTION: Self = Self(2);
    /// Outputs of activation functions.
    pub const ACTIVATION: Self = Self(4);
    /// Heads' queries, keys and values of latent attention.
    pub const LATENT_UP: Self = Self(8);
    /// The whole feed-forward block.
    pub const FEED_FORWARD: Self = Self(16);
    /// Routed experts whole.
    pub const EXPERTS: Self = Self(32);
    /// Every second product of the feed-forward.
    pub const SECOND_PRODUCTS: Self = Self(64);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has a part.
    pub const fn has(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }
}

/// How the loss holds logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// Logits and copies of them, as the stack's own loss does.
    Full,
    /// Logits once: the gradient takes their place.
    Fused,
    /// Never all of them at once.
    Chunked,
}

/// Whether scores are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttentionKernel {
    /// No scores are kept.
    Flash,
    /// Scores are kept.
    Unfused,
}

/// What lies in the host's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Offload {
    /// Weights.
    pub weights: bool,
    /// Optimizer state.
    pub optimizer: bool,
    /// Inputs of layers.
    pub activations: bool,
}

/// How wide a moment of an optimizer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moment {
    /// So many bytes.
    Wide(f64),
    /// So many bits, in blocks of so many values.
    Blocks(f64, f64),
}

impl Moment {
    /// Blocks of 8 bits.
    pub(super) const EIGHT: Self = Self::Blocks(8.0, 256.0);

    /// Bytes of a value.
    pub(super) fn bytes(self) -> f64 {
        match self {
            Self::Wide(bytes) => bytes,
            Self::Blocks(bits, values) => blockwise(bits, values),
        }
    }

    /// Records an optimizer's states by their place: a copy, and so many moments of this width.
    pub(super) fn record(self, place: usize, (copy, count): (f64, f64), trace: Trace<'_>) {
        let from = match self {
            Self::Wide(_) => asked("B"),
            Self::Blocks(bits, values) => {
                traced!(trace, Detail::MomentBytes, blockwise { w: bits => asked("bits"), B: values => rules("values") });
                at(Detail::MomentBytes)
            }
        };
        traced!(trace, Detail::OptimizerWidth(place), state_width {
            c: copy => asked("B"), k: count => asked("moments"), m: self.bytes() => from,
        });
    }
}

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Recipe {
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Whether each weight is updated as soon as its gradient is there, which is then freed.
    pub in_backward: bool,
    /// Whether the optimizer's state lies in managed memory, which the driver moves to the host where the device is full.
    pub paged: bool,
    /// Whether an fp32 copy of the weights is kept.
    pub master: bool,
    /// Bytes of a gradient.
    pub gradient_bytes: f64,
    /// The format of matrix products.
    pub compute: ScalarFormat,
    /// Whether its scales are of rows or blocks, which kernels and not the hardware apply.
    pub fine_scales: bool,
    /// Bytes of an input of a product in that format with its scale, where it is kept in it; 2 in 16 bit.
    pub kept_input: f64,
    /// Whether layers of an eager framework are compiled to fused kernels.
    pub compiled: bool,
    /// How states are shared.
    pub sharding: Sharding,
    /// Ranks that share them; all replicas if not given.
    pub shard_group: Option<u64>,
    /// What is computed again.
    pub recompute: Recompute,
    /// How the loss holds logits.
    pub loss: Loss,
    /// Whether scores are kept.
    pub attention: AttentionKernel,
    /// Whether norms and dropouts are split over the sequence between tensor-parallel ranks.
    pub sequence_parallel: bool,
    /// Whether tensor-parallel collectives run beside products; the software's habit if not given.
    pub tensor_overlap: Option<bool>,
    /// The order of micro-batches.
    pub schedule: Schedule,
    /// What lies in the host's memory.
    pub offload: Offload,
    /// Adapters, if the weights are frozen.
    pub adapter: Option<Adapter>,
    /// Largest over mean load of the experts.
    pub imbalance: f64,
    /// Growth of the longest of some examples over their mean for each doubling of their number, where lengths differ and
    /// examples are strung together.
    pub uneven: Option<f64>,
    /// Extra prediction layers.
    pub multi_token: u64,
}

impl Recipe {
    /// Bytes of a resident weight of a trained parameter; `apart` tells 16-bit weights beside a master copy from weights that
    /// are their own.
    pub const fn weight_bytes(&self, apart: bool) -> f64 {
        if self.master && !apart { 4.0 } else { 2.0 }
    }

    /// Bytes of gradients of a trained parameter.
    pub const fn gradients(&self, apart: bool) -> f64 {
        if self.master && !apart { 4.0 } else { self.gradient_bytes }
    }

    /// Bytes that the optimizer keeps of a parameter, the fp32 copy of its weight included where it is one apart; `matrix`
    /// tells the matrices of layers from all else.
    pub fn optimizer_bytes(&self, matrix: bool, apart: bool) -> f64 {
        let (copy, count, moment) = self.optimizer_parts(matrix, apart);
        state_width(copy, count, moment.bytes())
    }

    /// What that is made of: the copy, the number of moments, and the width of each, or its bits with the values of a block.
    pub(super) fn optimizer_parts(&self, matrix: bool, apart: bool) -> (f64, f64, Moment) {
        let copy = if self.master && apart { 4.0 } else { 0.0 };
        let wide = Moment::Wide(if self.master { 4.0 } else { 2.0 });
        let (count, moment) = match self.optimizer {
            // Moments of matrices are those of their projections, which `projected` counts.
            Optimizer::GaLore if matrix => (0.0, Moment::EIGHT),
            Optimizer::AdamW | Optimizer::AdamWForeach => (2.0, wide),
            Optimizer::AdamWBf16 => (2.0, Moment::Wide(2.0)),
            Optimizer::AdamW8Bit | Optimizer::GaLore => (2.0, Moment::EIGHT),
            Optimizer::AdamW4Bit => (2.0, Moment::Blocks(4.0, 128.0)),
            Optimizer::Lion8Bit => (1.0, Moment::EIGHT),
            Optimizer::Muon if !matrix => (2.0, wide),
            Optimizer::Lion | Optimizer::Momentum | Optimizer::Muon => (1.0, wide),
            Optimizer::Sgd | Optimizer::Adafactor => (0.0, wide),
        };
        (copy, count, moment)
    }
}
