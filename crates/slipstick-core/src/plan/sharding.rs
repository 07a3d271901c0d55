//! The part of each weight that one rank holds.

use super::Plan;
use crate::{
    model::{Role, Weight, tensor_bytes},
    numeric::Format,
    units::Bytes,
};

/// How tensor parallelism splits a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// By outputs: each rank computes a part of them.
    Column,
    /// By outputs in whole key-value heads, which are held twice where ranks outnumber them.
    KvHeads,
    /// By inputs: each rank computes a partial sum of all outputs, so a bias stays whole.
    Row,
    /// By rows of the vocabulary, rounded up so that ranks hold the same.
    Vocabulary,
    /// Not at all.
    Replicated,
}

/// How tensor parallelism splits `weight`: Megatron's column and row pairs (Shoeybi et al. 2019, section 3).
pub const fn split_of(weight: &Weight) -> Split {
    match weight.role {
        Role::Embedding | Role::LmHead => Split::Vocabulary,
        Role::Query
        | Role::QueryUp
        | Role::KvUp
        | Role::Gate
        | Role::Up
        | Role::ExpertGate
        | Role::ExpertUp
        | Role::SharedGate
        | Role::SharedUp
        | Role::StateIn
        | Role::StateOther => Split::Column,
        Role::Key | Role::Value => Split::KvHeads,
        Role::AttentionOut | Role::Down | Role::ExpertDown | Role::SharedDown | Role::StateOut => Split::Row,
        // Sinks and gates of single heads follow their heads.
        Role::AttentionOther => {
            if weight.units > 0 {
                Split::Column
            } else {
                Split::Replicated
            }
        }
        // Towers and blocks of other kinds pair their projections in the same way; either split gives the same bytes.
        Role::Other | Role::Vision | Role::Audio | Role::Projector | Role::Encoder | Role::MultiToken => {
            if weight.is_vector() {
                Split::Replicated
            } else {
                Split::Column
            }
        }
        Role::Norm | Role::Router | Role::QueryDown | Role::KvDown | Role::Indexer | Role::Table => {
            Split::Replicated
        }
    }
}

/// The part of a weight that one rank holds: so many equal tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Output features.
    pub rows: u64,
    /// Input features; 1 for a vector.
    pub cols: u64,
    /// Equal tensors.
    pub copies: u64,
}

impl Shard {
    /// Elements of all copies.
    pub const fn parameters(self) -> u64 {
        self.rows.saturating_mul(self.cols).saturating_mul(self.copies)
    }

    /// Bytes of all copies in `format`.
    pub const fn bytes(self, format: Format) -> Bytes {
        tensor_bytes(self.rows, self.cols, format).times(self.copies)
    }
}

/// Rows of `weight` on one of `tp` ranks, in whole units where it has them.
const fn rows_on_rank(weight: &Weight, tp: u64) -> u64 {
    let units = weight.units;
    if units == 0 || !weight.rows.is_multiple_of(units) {
        return weight.rows.div_ceil(tp);
    }
    (weight.rows / units) * units.div_ceil(tp)
}

impl Plan {
    /// The part of `weight` on one rank of a stage that holds it, wherever it is stored.
    pub const fn weight_on_rank(self, weight: &Weight) -> Shard {
        let routed = weight.role.is_expert();
        let tp = if routed { self.expert_tp() } else { self.tp() };
        let mut piece = Shard { rows: weight.rows, cols: weight.cols, copies: weight.copies };
        if routed {
            piece.copies = weight.copies.div_ceil(self.ep());
        }
        match split_of(weight) {
            Split::Column | Split::KvHeads => piece.rows = rows_on_rank(weight, tp),
            Split::Vocabulary => piece.rows = weight.rows.div_ceil(tp),
            // A bias of a row-split projection is added once, but every rank keeps it.
            Split::Row if weight.cols > 1 => piece.cols = weight.cols.div_ceil(tp),
            Split::Row | Split::Replicated => {}
        }
        piece
    }

    /// The bytes of `weight` in `format` on one rank of a stage that holds it; nothing if it is stored elsewhere.
    pub const fn weight_bytes_on_rank(self, weight: &Weight, format: Format) -> Bytes {
        if weight.is_stored() { self.weight_on_rank(weight).bytes(format) } else { Bytes::ZERO }
    }
}
