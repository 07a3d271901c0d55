//! MiniMax-M3: grouped-query attention that sees the blocks of tokens an index picks, experts after dense layers.

use slipstick_core::model::{
    Indexer, Model, Role, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, pre_norm,
    routed::{FeedForwards, experts, routed_layers, size},
    spans,
};

pub(super) const FAMILY: Family = Family { model_types: &["minimax_m3", "minimax_m3_vl_text"], read };

const NAMES: &[(&str, &str)] = &[
    ("mlp.gate", "block_sparse_moe.gate"),
    ("mlp.experts.*.gate_proj", "block_sparse_moe.experts.*.w1"),
    ("mlp.experts.*.up_proj", "block_sparse_moe.experts.*.w3"),
    ("mlp.experts.*.down_proj", "block_sparse_moe.experts.*.w2"),
    ("mlp.shared_experts.gate_proj", "block_sparse_moe.shared_experts.gate_proj"),
    ("mlp.shared_experts.up_proj", "block_sparse_moe.shared_experts.up_proj"),
    ("mlp.shared_experts.down_proj", "block_sparse_moe.shared_experts.down_proj"),
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    if c.flag_or("attention_output_gate", false)? {
        return Err(c.unsupported("attention_output_gate is set, whose width is not known"));
    }
    let attention = dims.attention().with_head_norm(NormKind::Rms);
    let (index, picks) = index(c, dims.layers)?;
    let shared = size(c, &["shared_intermediate_size"])?;
    let experts = experts(c, dims.hidden, &["intermediate_size"])?.with_shared(shared, false);
    let dense = FeedForward::gated(dims.hidden, size(c, &["dense_intermediate_size"])?);
    let frequency = c.counts("moe_layer_freq")?;
    if frequency.as_ref().is_some_and(|list| list.len() as u64 != dims.layers) {
        return Err(c.invalid("moe_layer_freq", format!("a list of {} entries, one a layer", dims.layers)));
    }
    let mut flags = frequency.into_iter().flatten();
    let flags: Vec<bool> = (0..dims.layers).map(|_| flags.next() != Some(0)).collect();
    let flag = |layer| usize::try_from(layer).ok().and_then(|layer: usize| flags.get(layer).copied());
    let routed = routed_layers(c, dims.layers, |layer| flag(layer).unwrap_or(true))?;
    let layers = FeedForwards { dense, experts, routed };
    let layers = layers.each().zip(picks).map(|(block, picks)| {
        let attention = GroupedQuery { indexer: picks.then_some(index), ..attention };
        let layer = pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block);
        let scorer = if picks { scorer(dims.hidden, index) } else { Vec::new() };
        layer.with(scorer).renamed(NAMES)
    });
    let layers = layers.collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// The index, and for each layer whether it has one: as `layer_types` says, else `sparse_attention_freq` of the section
/// `sparse_attention_config`, which may also state the sizes.
fn index(c: &Config<'_>, layers: u64) -> Result<(Indexer, Vec<bool>), ConfigError> {
    let section = c.optional_section("sparse_attention_config")?;
    let read = |flat: &str, nested: &str| match &section {
        Some(section) if section.has(nested) => section.count(nested),
        _ => size(c, &[flat]),
    };
    let block = read("index_block_size", "sparse_block_size")?;
    let index = Indexer {
        heads: read("index_n_heads", "sparse_num_index_heads")?,
        key_dim: read("index_head_dim", "sparse_index_dim")?,
        top_k: read("index_topk_blocks", "sparse_topk_blocks")?.saturating_mul(block),
    };
    let flags = match &section {
        Some(section) => section.counts("sparse_attention_freq")?,
        None => None,
    };
    let picks = if let Some(types) = spans::layer_types(c, layers)? {
        types.into_iter().map(|name| name == "minimax_m3_sparse").collect()
    } else {
        let flags = flags.unwrap_or_else(|| (0..layers).map(|_| 0).collect());
        if flags.len() as u64 != layers {
            return Err(
                c.invalid("sparse_attention_config", format!("a frequency for each of {layers} layers"))
            );
        }
        flags.into_iter().map(|flag| flag != 0).collect()
    };
    Ok((index, picks))
}

/// The weights of an index: queries, one key, and a norm of each.
fn scorer(hidden: u64, index: Indexer) -> Vec<Weight> {
    let matrix = |name, heads: u64| Weight::matrix(name, Role::Indexer, heads * index.key_dim, hidden);
    let mut weights =
        vec![matrix("self_attn.index_q_proj", index.heads), matrix("self_attn.index_k_proj", 1)];
    for name in ["self_attn.index_q_norm", "self_attn.index_k_norm"] {
        weights.extend(NormKind::Rms.weights(name, index.key_dim));
    }
    weights
}
