//! Weights from tensors.

use slipstick_core::model::{Role, Weight};

use crate::{gguf, tensors::TensorInfo};

/// What a tensor's shape does not say.
pub(super) struct Sizes {
    /// Experts that a token passes.
    pub(super) active: u64,
    /// Rows of queries, keys and values, where one matrix holds all.
    pub(super) heads: Option<[u64; 3]>,
}

/// Tensors that are computed or only scale stored values: they are no parameters.
const BUFFERS: &[&str] =
    &["rope_freqs", "rope_factors_long", "rope_factors_short", "attn_rot_embd", "exp_probs_b"];

/// The weights that a tensor holds: none of a buffer, several where matrices are stored as one.
pub(super) fn weights(tensor: &TensorInfo, part: &str, sizes: &Sizes) -> Vec<Weight> {
    let part = part.strip_suffix(".bias").unwrap_or(part);
    if BUFFERS.contains(&part) || part.ends_with("scale") && !part.starts_with("layer_") {
        return Vec::new();
    }
    let name = part.to_owned();
    let roles = match gguf::roles(part) {
        [] => &[other(part)][..],
        known => known,
    };
    let (copies, rows, cols) = shape(tensor, roles[0]);
    let split = split(roles, rows, sizes);
    let of = |(role, rows): (Role, u64)| {
        let weight = Weight::matrix(name.clone(), role, rows, cols);
        match copies {
            Some(copies) => weight.routed(copies, sizes.active.min(copies)),
            // Images have weights of their own in the layers of one decoder, which no token of text passes.
            None if part.starts_with("vis_") => weight.routed(1, 0),
            None => weight,
        }
    };
    split.into_iter().map(of).collect()
}

/// The role of a tensor that no matrix of a usual layer is.
fn other(part: &str) -> Role {
    if part.contains("norm") || part.ends_with("_ln") {
        Role::Norm
    } else if ["ssm_", "time_mix_", "channel_mix_"].iter().any(|start| part.starts_with(start)) {
        Role::StateOther
    } else {
        Role::Other
    }
}

/// Experts, rows and columns.
fn shape(tensor: &TensorInfo, role: Role) -> (Option<u64>, u64, u64) {
    let product = |sizes: &[u64]| sizes.iter().fold(1, |all: u64, size| all.saturating_mul(*size));
    match (tensor.shape.as_slice(), role.is_expert()) {
        ([copies, rows, cols], true) => (Some(*copies), *rows, *cols),
        ([copies, rows], true) => (Some(*copies), *rows, 1),
        ([rows], _) => (None, *rows, 1),
        ([rows @ .., cols], _) => (None, product(rows), *cols),
        ([], _) => (None, 1, 1),
    }
}

/// Rows of each role: of queries, keys and values by their heads, of others evenly.
fn split(roles: &[Role], rows: u64, sizes: &Sizes) -> Vec<(Role, u64)> {
    let heads = sizes.heads.filter(|heads| heads.iter().sum::<u64>() == rows);
    match (roles, heads) {
        ([one], _) => vec![(*one, rows)],
        ([q, k, v], Some(heads)) => vec![(*q, heads[0]), (*k, heads[1]), (*v, heads[2])],
        ([gate, up], _) if rows.is_multiple_of(2) => vec![(*gate, rows / 2), (*up, rows / 2)],
        _ => vec![(roles[0], rows)],
    }
}
