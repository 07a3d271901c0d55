//! Matrix products with weights.

use super::{OpCost, Operator};
use crate::{
    formulas::time::experts::experts_touched,
    numeric::ScalarFormat,
    units::{Flops, Traffic},
};

/// The routed experts of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpertLine {
    /// All experts of the layer.
    pub count: f64,
    /// Experts a token chooses.
    pub active: f64,
    /// Data-parallel ranks whose tokens meet in this group of experts.
    pub joined_ranks: f64,
}

/// Matrix products with the same operator and format, on one rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GemmLine {
    /// The operator.
    pub operator: Operator,
    /// Weight bytes on the rank.
    pub weight_bytes: f64,
    /// Weights on the rank, all its experts included.
    pub weights: f64,
    /// Input plus output elements a token.
    pub activation_width: f64,
    /// The format the product is computed in.
    pub compute: ScalarFormat,
    /// Whether weights are stored in fewer than 8 bits a value.
    pub packed: bool,
    /// Set for routed experts.
    pub experts: Option<ExpertLine>,
}

impl GemmLine {
    /// The cost on `tokens` tokens of this data-parallel rank, whose experts are chosen as unevenly as `unevenness` says
    /// ([`experts_touched`]); activations have two bytes.
    pub fn cost(&self, tokens: f64, unevenness: f64) -> OpCost {
        let (weights, bytes, tokens) = match self.experts {
            None => (self.weights, self.weight_bytes, tokens),
            Some(e) => {
                let meeting = tokens * e.joined_ranks;
                let touched = experts_touched(e.count, e.active, meeting, unevenness) / e.count;
                // In the mean each expert works on the same share of the tokens that meet in its group.
                (self.weights * e.active / e.count, self.weight_bytes * touched, meeting)
            }
        };
        let moved = tokens * self.activation_width;
        OpCost {
            flops: Flops::count(2.0 * weights * tokens),
            read: Traffic::bytes(bytes + moved),
            written: Traffic::bytes(moved),
            communicated: Traffic::ZERO,
        }
    }
}
