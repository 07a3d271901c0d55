//! Gemma 1 to 4, text.

use serde_json::Value as Json;

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{self, Count, NoTensor, Of, Optional, OrZero, Value},
        Row, layer_types, layers, vocabulary,
    },
};

/// Gemma 3n: each layer reads a row of its own for each token, and the last layers keep no cache.
const NESTED: &[Row] = &[
    ("sliding_window", Count("attention.sliding_window")),
    ("layer_types", Value(layer_types)),
    ("num_kv_shared_layers", OrZero("attention.shared_kv_layers")),
    ("hidden_size_per_layer_input", Count("embedding_length_per_layer_input")),
    ("vocab_size_per_layer_input", Of(table_rows)),
    ("altup_num_inputs", Count("altup.num_inputs")),
    ("laurel_rank", Of(laurel_rank)),
];

/// Gemma 4: the layers with a window and those without have heads of their own sizes and numbers.
const FOURTH: &[Row] = &[
    ("num_hidden_layers", Of(layers)),
    ("hidden_size", Count("embedding_length")),
    ("vocab_size", Of(vocabulary)),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("max_position_embeddings", Optional("context_length")),
    ("num_attention_heads", Count("attention.head_count")),
    ("num_key_value_heads", Of(|fields| heads_of(fields, true))),
    ("num_global_key_value_heads", Of(global_heads)),
    ("attention_k_eq_v", Value(|fields| Ok(Some(has_no_value(fields)?.into())))),
    ("head_dim", Count("attention.key_length_swa")),
    ("global_head_dim", Count("attention.key_length")),
    ("sliding_window", Count("attention.sliding_window")),
    ("layer_types", Value(layer_types)),
    ("num_kv_shared_layers", OrZero("attention.shared_kv_layers")),
    ("hidden_size_per_layer_input", OrZero("embedding_length_per_layer_input")),
    ("vocab_size_per_layer_input", Of(table_rows)),
    ("intermediate_size", Of(|fields| Ok(widths(fields)?.first().copied()))),
    ("use_double_wide_mlp", Value(is_double)),
    ("enable_moe_block", Value(|fields| Ok(Some(has_experts(fields)?.into())))),
    ("num_experts", Optional("expert_count")),
    ("top_k_experts", Optional("expert_used_count")),
    ("moe_intermediate_size", Optional("expert_feed_forward_length")),
];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["gemma"], "gemma", &[]),
    Arch::new(&["gemma2"], "gemma2", &[("sliding_window", Count("attention.sliding_window"))]),
    Arch::new(
        &["gemma3"],
        "gemma3_text",
        &[("sliding_window", Count("attention.sliding_window")), ("layer_types", Value(layer_types))],
    ),
    Arch::new(&["gemma3n"], "gemma3n_text", NESTED),
    Arch::new(&["gemma4"], "gemma4_text", FOURTH).alone(),
];

/// Rows of the table that each layer reads.
fn table_rows(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    fields.rows("per_layer_token_embd.weight").map_or_else(|| vocabulary(fields), |rows| Ok(Some(rows)))
}

/// The rank is stated nowhere but by the tensor that has it.
fn laurel_rank(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    fields.rows("laurel_l.weight").map(Some).ok_or_else(|| fields.missing("laurel_l.weight"))
}

/// The place of the first layer with a window, or without.
fn first_layer(fields: &Fields<'_>, slides: bool) -> Result<usize, GgufConfigError> {
    const KEY: &str = "attention.sliding_window_pattern";
    let items = fields.per_layer(KEY).ok_or_else(|| fields.missing(KEY))?;
    let found =
        items.iter().position(|item| matches!(item, crate::gguf::Value::Bool(known) if *known == slides));
    found.ok_or_else(|| fields.invalid(KEY, "all of one kind"))
}

/// Key heads of the layers with a window, or of those without.
fn heads_of(fields: &Fields<'_>, slides: bool) -> Result<Option<u64>, GgufConfigError> {
    let counts = fields.each("attention.head_count_kv", layers(fields)?.unwrap_or(0))?;
    Ok(counts.get(first_layer(fields, slides)?).copied())
}

/// Where keys serve as values, full layers have key heads of their own number.
fn global_heads(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    if has_no_value(fields)? { heads_of(fields, false) } else { Ok(None) }
}

/// Whether full layers take their keys for values.
fn has_no_value(fields: &Fields<'_>) -> Result<bool, GgufConfigError> {
    let layer = first_layer(fields, false)? as u64;
    Ok(fields.layers_with("attn_k.weight").contains(&layer)
        && !fields.layers_with("attn_v.weight").contains(&layer))
}

fn widths(fields: &Fields<'_>) -> Result<Vec<u64>, GgufConfigError> {
    fields.each("feed_forward_length", layers(fields)?.unwrap_or(0))
}

/// Whether the layers without a cache of their own are twice as wide; no other widths are known.
fn is_double(fields: &Fields<'_>) -> Result<Option<Json>, GgufConfigError> {
    let widths = widths(fields)?;
    let usual = widths.first().copied().unwrap_or(0);
    let shared = fields.optional("attention.shared_kv_layers")?.unwrap_or(0);
    let own = widths.len().saturating_sub(usize::try_from(shared).unwrap_or(usize::MAX));
    let (first, last) = widths.split_at(own);
    let double = !last.is_empty() && last.iter().all(|width| *width == usual.saturating_mul(2));
    if first.iter().all(|width| *width == usual) && (double || last.iter().all(|width| *width == usual)) {
        return Ok(Some(double.into()));
    }
    Err(fields.invalid("feed_forward_length", "widths in an order that this architecture does not have"))
}

fn has_experts(fields: &Fields<'_>) -> Result<bool, GgufConfigError> {
    let experts = From::OrZero("expert_count").read(fields)?;
    Ok(experts.is_some_and(|count| count.as_u64() > Some(0)))
}
