//! What an eager framework keeps of a layer whose weights are frozen: no input of a product that has no adapter, and
//! nothing that only the scales of norms would need.

use super::{Adapter, FrozenBase, Method, Targets};
use crate::{
    formulas::training::frozen::adapter_activations,
    quantity::Detail,
    trace::{Hearing, Unheard, asked, model, rules},
    traced,
    training::{Block, block::Matrix},
};

/// Bytes of a 16-bit activation.
const ELEMENT: u64 = 2;

impl Adapter {
    /// Bytes a token of a layer, scores apart.
    pub(in crate::training) fn kept(&self, block: &Block, hidden: u64, frozen_inputs: bool) -> u64 {
        if frozen_inputs || !self.is_on_matrices() {
            return block.eager;
        }
        self.terms(block, hidden).iter().map(|(_, bytes)| bytes).sum()
    }

    /// What that is the sum of: what is kept beside adapters, their inputs, their products, masks of dropout, and what an fp32
    /// stream widens.
    pub(super) fn terms(&self, block: &Block, hidden: u64) -> [(&'static str, u64); 5] {
        [
            ("beside_adapters", block.eager.saturating_sub(not_kept(block, hidden))),
            ("inputs", self.inputs(block, hidden)),
            ("products", self.products(block, Unheard, 0)),
            ("masks", self.masks(block)),
            // An fp32 stream makes the feed-forward's values fp32; fused attention casts its inputs back.
            ("wide_values", if self.upcast { inner_values(block) } else { 0 }),
        ]
    }

    /// Bytes a token of a layer that computing it again does not free: 8-bit products hold their inputs outside of what
    /// checkpointing sees.
    pub(in crate::training) fn held_anyway(&self, block: &Block) -> u64 {
        if self.base != FrozenBase::Int8 {
            return 0;
        }
        let held = block.matrices.iter().filter(|matrix| !matrix.role.is_expert());
        held.map(|matrix| 2 * ELEMENT * matrix.cols * matrix.copies).sum()
    }

    /// The format of a frozen matrix.
    pub(super) const fn format(&self, matrix: &Matrix) -> FrozenBase {
        if matrix.role.is_expert() { self.experts_base } else { self.base }
    }

    /// What dropout keeps: a mask of each adapter's input.
    fn masks(&self, block: &Block) -> u64 {
        let chosen = block.matrices.iter().filter(|matrix| self.adapts(matrix));
        if self.dropout { chosen.map(|matrix| matrix.cols * matrix.copies).sum() } else { 0 }
    }

    /// Whether a matrix has an adapter of its own.
    pub(super) const fn adapts(&self, matrix: &Matrix) -> bool {
        !matrix.role.is_expert() && self.targets.has(Targets::of(matrix.role))
    }

    /// Inputs that adapters keep: one for all that read the same, or a cast copy each.
    fn inputs(&self, block: &Block, hidden: u64) -> u64 {
        let adapted =
            |matrix: &&Matrix| !matrix.role.is_expert() && self.targets.has(Targets::of(matrix.role));
        let chosen = || block.matrices.iter().filter(adapted);
        if self.bytes > ELEMENT {
            return chosen().map(|matrix| ELEMENT * matrix.cols * matrix.copies).sum();
        }
        // The output of fused attention is kept as it is; what is narrower or wider than the stream has one reader.
        let reads = |of: Targets| chosen().any(|matrix| of.has(Targets::of(matrix.role)));
        let attention = Targets::QUERY.and(Targets::KEY).and(Targets::VALUE).and(Targets::STATE);
        let first = Targets::GATE.and(Targets::UP).and(Targets::SHARED);
        let streams = u64::from(reads(attention)) + u64::from(reads(first));
        let down = chosen().filter(|matrix| matrix.role.is_down());
        ELEMENT * (streams * hidden + down.map(|matrix| matrix.cols).sum::<u64>())
    }

    /// Low-rank products, and outputs that magnitudes are multiplied with.
    pub(super) fn products(&self, block: &Block, hearing: impl Hearing, kind: usize) -> u64 {
        let outputs = if self.method == Method::Decomposed { 2 } else { 0 };
        let chosen = block.matrices.iter().enumerate().filter(|(_, matrix)| self.adapts(matrix));
        chosen
            .map(|(index, matrix)| {
                let each = traced!(hearing.trace(), Detail::ProductKept(kind, index), adapter_activations {
                    a: ELEMENT => rules("B"), r: self.rank => asked(""), k: outputs => rules("outputs"), d_out: matrix.rows => model("elements"),
                });
                each.get() * matrix.copies
            })
            .sum()
    }

    /// Weights with their adapters added, which fused experts are multiplied with: bytes of a layer, however many tokens.
    pub(in crate::training) fn merged(&self, block: &Block) -> u64 {
        if self.is_on_matrices() && self.targets.has(Targets::EXPERTS) { 2 * block.routed } else { 0 }
    }

    /// Bytes of the largest copies in 16 bit that one product needs of its weights.
    pub(in crate::training) fn copies(&self, block: &Block) -> u64 {
        let [(dequantized, twice), (adapted, often)] = self.copied(block);
        ELEMENT * (twice * dequantized + often * adapted)
    }

    /// Elements of the largest quantised matrix and of the largest that has an adapter, and how often each is copied:
    /// magnitudes need the sum of a matrix and its adapter, and the adapter's product.
    pub(super) fn copied(&self, block: &Block) -> [(u64, u64); 2] {
        let largest = |test: &dyn Fn(&Matrix) -> bool| {
            let own = block.matrices.iter().filter(|matrix| test(matrix));
            own.map(|matrix| matrix.rows * matrix.cols).max().unwrap_or(0)
        };
        let dequantized = largest(&|matrix| self.format(matrix).is_quantized());
        let adapted = largest(&|matrix| self.targets.has(Targets::of(matrix.role)));
        [(dequantized, 1), (adapted, if self.method == Method::Decomposed { 2 } else { 0 })]
    }
}

/// Bytes a token of what a layer with adapters does not keep: inputs of frozen products, and what trains the scales of norms.
pub(super) fn not_kept(block: &Block, hidden: u64) -> u64 {
    block.norm_copies + product_inputs(block, hidden)
}

/// Bytes a token of the inputs of products that a block counts where all weights are trained.
fn product_inputs(block: &Block, hidden: u64) -> u64 {
    let mixers = ELEMENT * hidden * block.mixers.len() as u64;
    let down = |matrix: &&Matrix| matrix.role.is_down();
    let feed_forward = |matrix: &Matrix| times(block, matrix) * ELEMENT * (hidden + matrix.cols);
    mixers + block.matrices.iter().filter(down).map(feed_forward).sum::<u64>()
}

/// How often a token is multiplied with matrices like this one.
fn times(block: &Block, matrix: &Matrix) -> u64 {
    if matrix.role.is_expert() { block.active_experts } else { matrix.copies }
}

/// Bytes a token of what a feed-forward computes between its products.
fn inner_values(block: &Block) -> u64 {
    let down = block.matrices.iter().filter(|matrix| matrix.role.is_down());
    down.map(|matrix| {
        let first = block.first_outputs(matrix.role);
        let gated = if first > matrix.cols { matrix.cols } else { 0 };
        ELEMENT * (first + gated) * times(block, matrix)
    })
    .sum()
}

/// Bytes a token of gradients while the backward pass of a feed-forward runs, at its widest, and while its second product
/// is computed. What that product's adapter kept is freed before.
pub(super) fn gradients(adapter: &Adapter, block: &Block, hidden: u64) -> [u64; 2] {
    let one = |matrix: &Matrix| {
        let first = block.first_outputs(matrix.role);
        let freed = if adapter.adapts(matrix) { matrix.cols } else { 0 };
        // Experts are worked on one after another, each with its share of the tokens.
        let of = |width: u64| match block.experts {
            experts if matrix.role.is_expert() => width * block.active_experts / experts.max(1),
            _ => width,
        };
        [of(first + matrix.cols - freed), of(matrix.cols)]
    };
    let widest = block.matrices.iter().filter(|matrix| matrix.role.is_down()).map(one).max();
    let [all, second] = widest.unwrap_or_default();
    [ELEMENT * (hidden + all), ELEMENT * (hidden + second)]
}
