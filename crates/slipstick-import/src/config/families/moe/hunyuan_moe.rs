//! Hunyuan with experts: every layer routed, one shared expert as wide as the routed ones.

use core::iter::repeat_n;

use slipstick_core::model::{
    Model,
    blocks::{AttentionNames, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{experts_of, size},
};

pub(super) const FAMILY: Family = Family { model_types: &["hunyuan_v1_moe"], read };

const NAMES: &[(&str, &str)] = &[
    ("mlp.gate", "mlp.gate.wg"),
    ("mlp.shared_experts.gate_proj", "mlp.shared_mlp.gate_proj"),
    ("mlp.shared_experts.up_proj", "mlp.shared_mlp.up_proj"),
    ("mlp.shared_experts.down_proj", "mlp.shared_mlp.down_proj"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let mut attention = dims.attention().with_head_norm(NormKind::Rms);
    let bias = c.flag_or("attention_bias", false)?;
    attention = attention.with_bias(bias, bias);
    attention.names = AttentionNames {
        q_norm: "self_attn.query_layernorm",
        k_norm: "self_attn.key_layernorm",
        ..AttentionNames::SEPARATE
    };
    let width = size(c, &["intermediate_size"])?;
    // The class of the library reads the first of the two, the authors' own the second.
    if same_in_all(c, "moe_intermediate_size", dims.layers)?.is_some_and(|other| other != width) {
        return Err(c.unsupported(format!("moe_intermediate_size is not intermediate_size, {width}")));
    }
    let count = same_in_all(c, "num_experts", dims.layers)?.unwrap_or(1);
    let active = same_in_all(c, "moe_topk", dims.layers)?.unwrap_or(1);
    let shared = same_in_all(c, "num_shared_expert", dims.layers)?.unwrap_or(1);
    let mut experts = experts_of(c, dims.hidden, width, count, active)?;
    if shared > 0 {
        experts = experts.with_shared(shared * width, false);
    }
    let layer =
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), experts.weights()).renamed(NAMES);
    let layers = repeat_n(layer, usize::try_from(dims.layers).unwrap_or(0)).collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// A count that is written once or, equal in all layers, as a list.
fn same_in_all(c: &Config<'_>, key: &str, layers: u64) -> Result<Option<u64>, ConfigError> {
    if !c.get(key).is_some_and(serde_json::Value::is_array) {
        return c.optional_count(key);
    }
    let counts = c.counts(key)?.unwrap_or_default();
    match counts.first() {
        Some(first) if counts.len() as u64 == layers && counts.iter().all(|count| count == first) => {
            Ok(Some(*first))
        }
        _ => Err(c.unsupported(format!("{key} differs between layers, or has not one entry for each"))),
    }
}
