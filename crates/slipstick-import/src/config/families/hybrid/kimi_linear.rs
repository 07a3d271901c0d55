//! Kimi Linear: delta attention with latent attention at every fourth layer, experts behind a few dense layers. Kimi K3's
//! decoder adds to it (see `kimi_k3_parts`).

use slipstick_core::model::{
    Layer, Model, Span,
    blocks::{ChannelDeltaNet, Experts, FeedForward, LatentBlock, MixerPath, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie,
    kimi_k3_parts::Additions,
    kinds::{Kind, kinds, misplaced, positive_or},
    layers,
};

pub(super) const FAMILY: Family = Family { model_types: &["kimi_linear"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let added = Additions::read(c)?;
    let latent = latent(c, hidden)?;
    let delta = delta(c, hidden, &added)?;
    let dense = FeedForward::gated(hidden, positive_or(c, "intermediate_size", 9216)?);
    let experts = added.experts(experts(c, hidden)?);
    let count = layers(c, &["num_hidden_layers"])?;
    let full = full_attention_layers(c)?;
    let default = |index: u64| {
        let attends =
            full.as_ref().map_or(index > 0 && index.is_multiple_of(4), |full| full.contains(&(index + 1)));
        if attends { Kind::Attention } else { Kind::Recurrent }
    };
    let sparse = sparse_layers(c, count)?;
    let layers = kinds(c, count, default)?.into_iter().zip(sparse).map(|(kind, is_sparse)| {
        let layer = match kind {
            Kind::Recurrent => Layer::default().with(delta.weights()).mix(delta.mixer()),
            Kind::Attention => {
                Layer::default().with(latent.weights()).with(added.output_gate(&latent)).mix(latent.mixer())
            }
            other => return Err(misplaced(c, other)),
        };
        Ok(layer
            .with(NormKind::Rms.weights("input_layernorm", hidden))
            .with(NormKind::Rms.weights("post_attention_layernorm", hidden))
            .with(added.residuals(hidden))
            .with(if is_sparse { experts.clone() } else { dense.weights() }))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    let tied = Tie::OnlyIfStated.read(c)?;
    let mut model = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, tied).model(c, layers)?;
    model.components.extend(added.last_residual(hidden));
    Ok(model)
}

fn latent(c: &Config<'_>, hidden: u64) -> Result<LatentBlock, ConfigError> {
    Ok(LatentBlock {
        hidden,
        q_heads: positive_or(c, "num_attention_heads", 32)?,
        q_rank: c.optional_count("q_lora_rank")?,
        kv_rank: positive_or(c, "kv_lora_rank", 512)?,
        nope_dim: positive_or(c, "qk_nope_head_dim", 128)?,
        rope_dim: positive_or(c, "qk_rope_head_dim", 64)?,
        v_dim: positive_or(c, "v_head_dim", 128)?,
        bias: c.flag_or("attention_bias", false)?,
        span: Span::Full,
        indexer: None,
    })
}

/// The delta attention, under `linear_attn_config` as published or at the top level as later saved.
fn delta(c: &Config<'_>, hidden: u64, added: &Additions) -> Result<ChannelDeltaNet, ConfigError> {
    let section = c.optional_section("linear_attn_config")?;
    let read = |inner: &str, outer: &str, default| match &section {
        Some(section) if section.has(inner) => section.count(inner),
        _ => positive_or(c, outer, default),
    };
    let heads = read("num_heads", "linear_num_heads", 32)?;
    let head_dim = read("head_dim", "linear_head_dim", 128)?;
    Ok(ChannelDeltaNet {
        path: MixerPath::SelfAttention,
        hidden,
        heads,
        head_dim,
        kernel: read("short_conv_kernel_size", "linear_conv_kernel_dim", 4)?,
        whole_gate: added.whole_gate,
        decays: if added.whole_gate { heads.max(head_dim) } else { heads },
    })
}

fn experts(c: &Config<'_>, hidden: u64) -> Result<Experts, ConfigError> {
    let either = |first: &'static str, second: &'static str| if c.has(first) { first } else { second };
    let count = positive_or(c, either("num_experts", "num_local_experts"), 256)?;
    let chosen = c.count_or(either("num_experts_per_token", "num_experts_per_tok"), 8)?;
    let shared = c.count_or(either("num_shared_experts", "n_shared_experts"), 1)?;
    let width = positive_or(c, "moe_intermediate_size", 1024)?;
    Ok(Experts::gated(hidden, width, count, chosen).with_shared(width.saturating_mul(shared), false))
}

/// The layers with latent attention, counted from one.
fn full_attention_layers(c: &Config<'_>) -> Result<Option<Vec<u64>>, ConfigError> {
    match c.optional_section("linear_attn_config")? {
        Some(section) if section.has("kda_layers") => section.counts("full_attn_layers"),
        _ => Ok(None),
    }
}

/// Whether each layer has experts.
fn sparse_layers(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let Some(types) = c.texts("mlp_layer_types")? else {
        let dense = c.count_or("first_k_dense_replace", 1)?;
        return Ok((0..layers).map(|index| index >= dense).collect());
    };
    if types.len() as u64 != layers {
        return Err(ConfigError::Contradiction(format!(
            "mlp_layer_types has {} entries for {layers} layers",
            types.len()
        )));
    }
    Ok(types.into_iter().map(|name| name == "sparse").collect())
}
