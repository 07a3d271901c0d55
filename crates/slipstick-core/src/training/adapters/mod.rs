//! Fine-tuning beside frozen weights: adapters, formats of what is frozen, and what both take.

mod base;
mod items;
mod kept;
mod limits;
mod memory;
mod record;
mod targets;
mod time;

pub use base::FrozenBase;
pub use items::{Item, items};
pub use limits::largest;
pub use targets::Targets;

pub(super) use memory::{Frozen, eager, frozen, phases, states};
pub(super) use record::{record, record_trained};

use super::{Block, Shape, recipe::Moment};
use crate::{
    formulas::training::{frozen::decomposed, held::state_width, states::adapter},
    quantity::Detail,
    trace::{Hearing, Unheard, asked, model},
    traced,
    units::Bytes,
};

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Products of two narrow matrices beside frozen ones.
    LowRank,
    /// The same, with magnitudes of their own.
    Decomposed,
    /// The last layers whole; the rank is their number.
    LastLayers,
}

/// What is trained beside frozen weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adapter {
    /// What is trained.
    pub method: Method,
    /// Rank of adapters, or the number of layers.
    pub rank: u64,
    /// Which matrices have one.
    pub targets: Targets,
    /// The format of the frozen matrices of layers; embeddings, head and norms are not quantised.
    pub base: FrozenBase,
    /// The same of routed experts, which libraries hold as fused tensors.
    pub experts_base: FrozenBase,
    /// Bytes of a trained element. In fp32 beside 16-bit activations, each adapter casts its own copy of its input.
    pub bytes: u64,
    /// Whether all that is not quantised was cast to fp32, which makes the residual stream fp32 too.
    pub upcast: bool,
    /// Whether inputs of adapters pass through dropout.
    pub dropout: bool,
    /// Whether ranks that share weights share the frozen ones.
    pub base_shared: bool,
}

impl Adapter {
    /// Adapters of some rank on some matrices, in 16 bit beside 16-bit weights.
    pub const fn low_rank(rank: u64, targets: Targets) -> Self {
        Self {
            method: Method::LowRank,
            rank,
            targets,
            base: FrozenBase::Wide,
            experts_base: FrozenBase::Wide,
            bytes: 2,
            upcast: false,
            dropout: false,
            base_shared: true,
        }
    }

    /// Whether it is on matrices; else layers are trained whole.
    pub const fn is_on_matrices(&self) -> bool {
        matches!(self.method, Method::LowRank | Method::Decomposed)
    }

    /// Trained parameters of a layer. Routed experts are adapted as fused tensors: one adapter for the first product of
    /// each, gate and up together, and one for the second.
    pub fn of_block(&self, block: &Block) -> u64 {
        if !self.is_on_matrices() {
            return block.parameters();
        }
        let on = |rows: u64, cols: u64| self.of_matrix(rows, cols, Unheard, Detail::AdapterHead);
        let plain = block.matrices.iter().filter(|matrix| !matrix.role.is_expert());
        let chosen = plain.filter(|matrix| self.targets.has(Targets::of(matrix.role)));
        let dense: u64 =
            chosen.map(|matrix| on(matrix.rows, matrix.cols).saturating_mul(matrix.copies)).sum();
        if !self.targets.has(Targets::EXPERTS) || block.experts == 0 {
            return dense;
        }
        let [first, second] = block.fused_experts();
        dense + (on(first.0, first.1) + on(second.0, second.1)).saturating_mul(block.experts)
    }

    /// Trained parameters beside one matrix, recorded.
    fn of_matrix(&self, rows: u64, cols: u64, hearing: impl Hearing, own: Detail) -> u64 {
        let (trace, elements) = (hearing.trace(), || model("elements"));
        match self.method {
            Method::Decomposed => traced!(trace, own, decomposed {
                r: self.rank => asked(""), d_in: cols => elements(), d_out: rows => elements(),
            }),
            Method::LowRank | Method::LastLayers => traced!(trace, own, adapter {
                r: self.rank => asked(""), d_in: cols => elements(), d_out: rows => elements(),
            }),
        }
    }

    /// All trained parameters.
    pub fn parameters(&self, shape: &Shape) -> u64 {
        if !self.is_on_matrices() {
            let layers: Vec<&Block> = shape.layers().collect();
            let trained = usize::try_from(self.rank).unwrap_or(usize::MAX);
            return layers.iter().rev().take(trained).map(|block| block.parameters()).sum();
        }
        let head =
            if self.targets.has(Targets::HEAD) { adapter(self.rank, shape.hidden, shape.vocab) } else { 0 };
        shape.layers().map(|block| self.of_block(block)).sum::<u64>() + head
    }

    /// Bytes of a layer's frozen weights.
    pub fn layer(&self, block: &Block) -> Bytes {
        let mut bytes = Bytes::ZERO;
        let mut quantized = 0;
        for matrix in &block.matrices {
            bytes += self.format(matrix).matrix(matrix.rows, matrix.cols).times(matrix.copies);
            quantized += matrix.rows * matrix.cols * matrix.copies;
        }
        bytes + Bytes::new(block.parameters().saturating_sub(quantized) * self.wide())
    }

    /// Bytes of an element that is neither trained nor quantised.
    pub const fn wide(&self) -> u64 {
        if self.upcast { 4 } else { 2 }
    }

    /// Bytes that the optimizer keeps of a trained element.
    pub fn moments(&self, optimizer: super::Optimizer) -> f64 {
        let (count, moment) = self.moment(optimizer);
        state_width(0.0, count, moment.bytes())
    }

    /// What that is made of: moments, and the width of each.
    pub(super) fn moment(&self, optimizer: super::Optimizer) -> (f64, Moment) {
        use super::Optimizer;
        let wide = Moment::Wide(self.bytes as f64);
        match optimizer {
            Optimizer::Sgd | Optimizer::Adafactor => (0.0, wide),
            Optimizer::Lion | Optimizer::Momentum | Optimizer::Muon => (1.0, wide),
            Optimizer::Lion8Bit => (1.0, Moment::EIGHT),
            Optimizer::AdamW8Bit | Optimizer::GaLore => (2.0, Moment::EIGHT),
            Optimizer::AdamW4Bit => (2.0, Moment::Blocks(4.0, 128.0)),
            Optimizer::AdamWBf16 => (2.0, Moment::Wide(2.0)),
            Optimizer::AdamW | Optimizer::AdamWForeach => (2.0, wide),
        }
    }
}
