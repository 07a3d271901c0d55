//! LFM2: short convolutions, and attention in the layers that state key heads.

use serde_json::Value;

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{self, Count, Is},
        Row,
    },
};

const DENSE: &[Row] = &[
    ("conv_L_cache", Count("shortconv.l_cache")),
    ("block_auto_adjust_ff_dim", Is(false)),
    ("layer_types", From::Value(layer_types)),
];

const EXPERTS: &[Row] = &[
    ("conv_L_cache", Count("shortconv.l_cache")),
    ("layer_types", From::Value(layer_types)),
    ("num_experts", Count("expert_count")),
    ("num_experts_per_tok", Count("expert_used_count")),
    ("moe_intermediate_size", Count("expert_feed_forward_length")),
    ("num_dense_layers", Count("leading_dense_block_count")),
];

pub(super) const ARCHS: &[Arch] =
    &[Arch::new(&["lfm2"], "lfm2", DENSE), Arch::new(&["lfm2moe"], "lfm2_moe", EXPERTS)];

fn layer_types(fields: &Fields<'_>) -> Result<Option<Value>, GgufConfigError> {
    const KEY: &str = "attention.head_count_kv";
    let items = fields.per_layer(KEY).ok_or_else(|| fields.missing(KEY))?;
    let kind = |attends: bool| Value::from(if attends { "full_attention" } else { "conv" });
    Ok(Some(items.iter().map(|item| kind(item.as_unsigned().is_some_and(|heads| heads > 0))).collect()))
}
