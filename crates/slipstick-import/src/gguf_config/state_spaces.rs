//! Hybrids of Mamba and attention: Granite 4, Falcon-H1, Nemotron-H and Jamba.

use serde_json::Value as Json;

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, Is, NoTensor, Of, Optional, OrZero, Tensor, Value},
        Row, head_dim, kv_heads, layers, vocabulary,
    },
};

const GRANITE: &[Row] = &[
    ("layer_types", Value(layer_types)),
    ("mamba_d_conv", Count("ssm.conv_kernel")),
    ("mamba_d_state", Count("ssm.state_size")),
    ("mamba_n_groups", Count("ssm.group_count")),
    ("mamba_n_heads", Count("ssm.time_step_rank")),
    ("mamba_d_head", Of(state_head)),
    ("mamba_expand", Of(expansion)),
    ("mamba_conv_bias", Tensor("ssm_conv1d.bias")),
    ("mamba_proj_bias", Tensor("ssm_in.bias")),
    ("attention_bias", Tensor("attn_q.bias")),
    ("num_local_experts", OrZero("expert_count")),
    ("num_experts_per_tok", OrZero("expert_used_count")),
    ("shared_intermediate_size", Of(shared_width)),
];

const FALCON: &[Row] = &[
    ("mamba_d_conv", Count("ssm.conv_kernel")),
    ("mamba_d_state", Count("ssm.state_size")),
    ("mamba_n_groups", Count("ssm.group_count")),
    ("mamba_n_heads", Count("ssm.time_step_rank")),
    ("mamba_d_head", Of(state_head)),
    ("mamba_d_ssm", Count("ssm.inner_size")),
    ("mamba_conv_bias", Tensor("ssm_conv1d.bias")),
    ("mamba_proj_bias", Tensor("ssm_in.bias")),
    ("projectors_bias", Tensor("ssm_out.bias")),
    ("mamba_rms_norm", Tensor("ssm_norm.weight")),
    ("attention_bias", Tensor("attn_q.bias")),
    ("mlp_bias", Tensor("ffn_gate.bias")),
];

/// One block a layer: which one, the heads and the widths of each layer say.
const NEMOTRON: &[Row] = &[
    ("num_hidden_layers", Of(layers)),
    ("hidden_size", Count("embedding_length")),
    ("vocab_size", Of(vocabulary)),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("max_position_embeddings", Optional("context_length")),
    ("hybrid_override_pattern", Value(pattern)),
    ("mamba_num_heads", Count("ssm.time_step_rank")),
    ("mamba_head_dim", Of(state_head)),
    ("n_groups", Count("ssm.group_count")),
    ("ssm_state_size", Count("ssm.state_size")),
    ("conv_kernel", Count("ssm.conv_kernel")),
    ("use_conv_bias", Tensor("ssm_conv1d.bias")),
    ("use_bias", Tensor("ssm_in.bias")),
    ("num_attention_heads", Count("attention.head_count")),
    ("num_key_value_heads", Of(kv_heads)),
    ("head_dim", Of(head_dim)),
    ("intermediate_size", Of(widest)),
    ("mlp_bias", Is(false)),
    ("n_routed_experts", Optional("expert_count")),
    ("num_experts_per_tok", Optional("expert_used_count")),
    ("moe_intermediate_size", Optional("expert_feed_forward_length")),
    ("moe_shared_expert_intermediate_size", Optional("expert_shared_feed_forward_length")),
    ("moe_latent_size", Optional("moe_latent_size")),
    ("num_nextn_predict_layers", OrZero("nextn_predict_layers")),
];

const JAMBA: &[Row] = &[
    ("mamba_d_conv", Count("ssm.conv_kernel")),
    ("mamba_d_state", Count("ssm.state_size")),
    ("mamba_dt_rank", Count("ssm.time_step_rank")),
    ("mamba_expand", Of(expansion)),
    ("mamba_conv_bias", Tensor("ssm_conv1d.bias")),
    ("mamba_proj_bias", Tensor("ssm_in.bias")),
    ("num_experts", Count("expert_count")),
    ("num_experts_per_tok", Count("expert_used_count")),
    ("attn_layer_period", Of(|fields| Ok(Some(attending(fields)?.0)))),
    ("attn_layer_offset", Of(|fields| Ok(Some(attending(fields)?.1)))),
    ("expert_layer_period", Of(|fields| Ok(Some(choosing(fields)?.0)))),
    ("expert_layer_offset", Of(|fields| Ok(Some(choosing(fields)?.1)))),
];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["granitehybrid"], "granitemoehybrid", GRANITE),
    Arch::new(&["falcon-h1"], "falcon_h1", FALCON),
    Arch::new(&["jamba"], "jamba", JAMBA),
    Arch::new(&["nemotron_h", "nemotron_h_moe"], "nemotron_h", NEMOTRON).alone(),
];

fn state_head(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    Ok(fields.count("ssm.inner_size")?.checked_div(fields.count("ssm.time_step_rank")?))
}

fn expansion(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    Ok(fields.count("ssm.inner_size")?.checked_div(fields.count("embedding_length")?))
}

/// Beside experts the block that every token passes has a width of its own.
fn shared_width(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    match fields.optional("expert_shared_feed_forward_length")? {
        Some(width) => Ok(Some(width)),
        None => fields.count("feed_forward_length").map(Some),
    }
}

/// Layers without key heads are recurrences.
fn layer_types(fields: &Fields<'_>) -> Result<Option<Json>, GgufConfigError> {
    let heads = fields.each("attention.head_count_kv", layers(fields)?.unwrap_or(0))?;
    Ok(Some(heads.iter().map(|heads| if *heads > 0 { "attention" } else { "mamba" }).collect()))
}

/// Layers with key heads attend, those with a width have a feed-forward block or experts, the others are recurrences.
fn pattern(fields: &Fields<'_>) -> Result<Option<Json>, GgufConfigError> {
    let count = layers(fields)?.unwrap_or(0);
    let heads = fields.each("attention.head_count_kv", count)?;
    let widths = fields.each("feed_forward_length", count)?;
    let routed = fields.optional("expert_count")?.is_some_and(|count| count > 0);
    let letters = heads.iter().zip(&widths).map(|(heads, width)| match (*heads > 0, *width > 0) {
        (true, false) => Ok('*'),
        (false, true) => Ok(if routed { 'E' } else { '-' }),
        (false, false) => Ok('M'),
        (true, true) => Err(fields.invalid("feed_forward_length", "a width in a layer that attends")),
    });
    letters.collect::<Result<String, _>>().map(|letters| Some(letters.into()))
}

fn widest(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    let widths = fields.each("feed_forward_length", layers(fields)?.unwrap_or(0))?;
    Ok(widths.into_iter().max().filter(|width| *width > 0))
}

/// Every how many layers there is attention, and from which on.
fn attending(fields: &Fields<'_>) -> Result<(u64, u64), GgufConfigError> {
    const KEY: &str = "attention.head_count_kv";
    let count = layers(fields)?.unwrap_or(0);
    let heads = fields.each(KEY, count)?;
    let attends = heads.iter().zip(0..).filter(|(heads, _)| **heads > 0).map(|(_, layer)| layer);
    rhythm(&attends.collect::<Vec<_>>(), count)
        .ok_or_else(|| fields.invalid(KEY, "heads at uneven distances"))
}

/// Every how many layers there are experts, and from which on: the layers with a router.
fn choosing(fields: &Fields<'_>) -> Result<(u64, u64), GgufConfigError> {
    let routed: Vec<u64> = fields.layers_with("ffn_gate_inp.weight").into_iter().collect();
    rhythm(&routed, layers(fields)?.unwrap_or(0))
        .ok_or_else(|| fields.invalid("expert_count", "routers at uneven distances"))
}

/// Period and offset of layers at even distances.
fn rhythm(places: &[u64], layers: u64) -> Option<(u64, u64)> {
    let (first, second) = (*places.first()?, *places.get(1)?);
    let period = second.checked_sub(first).filter(|period| *period > first)?;
    let even = places.windows(2).all(|pair| pair[1].checked_sub(pair[0]) == Some(period));
    let whole = places.last()?.checked_add(period)? >= layers;
    (even && whole).then_some((period, first))
}
