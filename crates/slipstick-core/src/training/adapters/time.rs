//! What adapters and the format of frozen weights add to a layer's passes beside its products: casts, sums, copies of
//! quantised weights, norms. Counted on peft's layers and bitsandbytes' functions, kernel by kernel.

use super::{Adapter, FrozenBase, Method, Targets};
use crate::{
    formulas::{
        parts::total,
        training::frozen::{decomposed_norms, low_rank_backward, low_rank_forward},
    },
    quantity::Detail as D,
    trace::{Input, Trace, at, model, rules},
    traced,
    training::{Block, block::Matrix},
};

/// Bytes that move beside the products of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::training) struct Beside {
    /// For each token, forward.
    pub(in crate::training) forward: f64,
    /// For each token, backward.
    pub(in crate::training) backward: f64,
    /// For all weights, in every forward pass: copies in 16 bit.
    pub(in crate::training) copies: f64,
    /// The same of a backward pass.
    pub(in crate::training) backward_copies: f64,
    /// For all weights, in every forward pass: norms, and sums of fused experts and their adapters.
    pub(in crate::training) norms: f64,
    /// FLOPs for each token of the low-rank products of a forward pass.
    pub(in crate::training) flops: f64,
    /// Matrices with an adapter.
    pub(in crate::training) matrices: u64,
}

/// Bytes that each input and output of DoRA's products moves more than LoRA's: an fp32 scale makes all outputs fp32, and
/// the gradient of the magnitudes reads both of them again.
const DECOMPOSED: [f64; 2] = [36.0, 68.0];

/// Bytes for each input and output of an 8-bit product forward: the search for outliers and the quantisation of the input,
/// the integer sums and their scaling.
const INTEGER: [f64; 2] = [15.0, 16.0];

impl Adapter {
    /// What moves beside the products of a layer; `eager` tells frameworks whose operators cast to the width of an adapter.
    pub(in crate::training) fn beside(&self, block: &Block, eager: bool) -> Beside {
        let mut beside = Beside::default();
        if !self.is_on_matrices() {
            return beside;
        }
        for matrix in &block.matrices {
            self.add_base(&mut beside, matrix, block);
            if !matrix.role.is_expert() && self.targets.has(Targets::of(matrix.role)) {
                self.add_adapter(&mut beside, matrix, eager);
            }
        }
        // The product of a fused adapter is written, and read with the weights that it is added to.
        beside.norms += 4.0 * self.merged(block) as f64;
        beside
    }

    /// Copies of a quantised matrix, and casts about it.
    fn add_base(&self, beside: &mut Beside, matrix: &Matrix, block: &Block) {
        let format = self.format(matrix);
        if !format.is_quantized() {
            return;
        }
        let Matrix { rows, cols, copies, .. } = *matrix;
        let elements = (rows * cols * copies) as f64;
        let stored = format.matrix(rows, cols).times(copies).as_f64();
        let times = if matrix.role.is_expert() { block.active_experts } else { copies } as f64;
        let (inputs, outputs) = (times * cols as f64, times * rows as f64);
        if format == FrozenBase::Int8 {
            let wide = if self.upcast { 4.0 } else { 2.0 };
            // A copy is made in the width of the input, and scaled in place.
            beside.backward_copies += stored + 3.0 * wide * elements;
            beside.forward += INTEGER[0] * inputs + INTEGER[1] * outputs;
        } else {
            beside.copies += stored + 2.0 * elements;
            beside.backward_copies += stored + 2.0 * elements;
        }
        if self.upcast {
            // Inputs are cast to 16 bit and outputs back; their gradients go the other way.
            beside.forward += 6.0 * (inputs + outputs);
            beside.backward += 6.0 * (inputs + outputs);
        }
    }

    /// Bytes of casts of an adapter's input, and of a wide output: a wide stream makes the sum wide, and outputs of 4-bit
    /// products are cloned before it.
    fn casts(&self, eager: bool) -> [f64; 2] {
        [if eager && self.bytes > 2 { 12.0 } else { 0.0 }, if self.upcast { 12.0 } else { 0.0 }]
    }

    /// Records what moves beside the products of a layer: the part of each matrix, forward, backward and for norms, and what
    /// casts of frozen formats and further outputs add.
    pub(in crate::training) fn record_beside(
        &self,
        block: &Block,
        eager: bool,
        kind: usize,
        trace: Trace<'_>,
    ) {
        let ([w, u], a, elements) =
            (self.casts(eager), if self.bytes > 2 { 4.0 } else { 2.0 }, || model("elements"));
        let all = self.beside(block, eager);
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for (index, matrix) in block.matrices.iter().enumerate().filter(|(_, matrix)| self.adapts(matrix)) {
            let times = matrix.copies as f64;
            let (d_in, d_out) = (times * matrix.cols as f64, times * matrix.rows as f64);
            let own = |place: usize| D::BesideMatrix(kind, 3 * index + place);
            let forward = traced!(trace, own(0), low_rank_forward { d_in: d_in => elements(), d_out: d_out => elements(), w: w => rules("B"), u: u => rules("B") });
            let backward = traced!(trace, own(1), low_rank_backward { d_in: d_in => elements(), d_out: d_out => elements(), w: w => rules("B"), u: u => rules("B") });
            let mut add = |place: usize, bytes: f64| {
                parts[place].push(Input::new(format!("x_{}", index + 1), bytes, at(own(place))));
            };
            add(0, forward);
            add(1, backward);
            if self.method == Method::Decomposed {
                let norms = traced!(trace, own(2), decomposed_norms {
                    d_in: matrix.cols as f64 => elements(), d_out: matrix.rows as f64 => elements(), a: a => rules("B"),
                });
                add(2, norms);
            }
        }
        for ((place, mut inputs), bytes) in
            parts.into_iter().enumerate().zip([all.forward, all.backward, all.norms])
        {
            let rest = bytes - inputs.iter().map(|input| input.value).sum::<f64>();
            inputs.push(Input::new("formats_and_outputs", rest, model("B")));
            trace.gathered(D::BesideLayer(kind, place), &total::FORMULA, bytes, || inputs);
        }
    }

    fn add_adapter(&self, beside: &mut Beside, matrix: &Matrix, eager: bool) {
        let times = matrix.copies as f64;
        let (inputs, outputs) = (times * matrix.cols as f64, times * matrix.rows as f64);
        let [widened, wide] = self.casts(eager);
        beside.forward += low_rank_forward(inputs, outputs, widened, wide);
        beside.backward += low_rank_backward(inputs, outputs, widened, wide);
        beside.flops += 2.0 * self.rank as f64 * (inputs + outputs);
        beside.matrices += matrix.copies;
        if self.method == Method::Decomposed {
            beside.forward += DECOMPOSED[0] * outputs;
            beside.backward += DECOMPOSED[1] * outputs;
            let wide = if self.bytes > 2 { 4.0 } else { 2.0 };
            beside.norms += times * decomposed_norms(matrix.cols as f64, matrix.rows as f64, wide);
        }
    }

    /// Whether gradients of inputs are multiplied in fp32: bitsandbytes makes its copy of 8-bit weights in the width of the
    /// input, outside of autocast.
    pub(in crate::training) fn has_wide_gradients(&self) -> bool {
        self.upcast && self.base == FrozenBase::Int8
    }

    /// Layers from the last one back whose backward pass runs.
    pub(in crate::training) const fn layers_backward(&self) -> u64 {
        if self.is_on_matrices() { u64::MAX } else { self.rank }
    }

    /// Products of the backward pass for each of the forward pass.
    pub(in crate::training) const fn backward_products(&self) -> f64 {
        if self.is_on_matrices() { 1.0 } else { 2.0 }
    }
}
