//! Ling 3: Kimi's delta attention with a full decay and output gate, latent attention with a gate for each head at every
//! sixth layer, experts behind a few dense layers.

use slipstick_core::model::{
    Layer, Model, Role, Weight,
    blocks::{ChannelDeltaNet, FeedForward, LatentBlock, MixerPath, NormKind, PRE_NORM},
};

use super::{
    super::{LatentDims, experts_of, routed_layers},
    Config, ConfigError, Family, Frame, Tie,
    kinds::{Kind, kinds, misplaced, positive_or},
};

pub(super) const FAMILY: Family = Family { model_types: &["bailing_hybrid"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let hidden = dims.hidden;
    let delta = delta(c, &dims)?;
    let (delta_weights, latent_weights) = (full_rank(&delta), gated(&dims.attention));
    let dense = FeedForward::gated(hidden, c.count("intermediate_size")?).weights();
    let sparse = sparse(c, hidden)?;
    let every = positive_or(c, "layer_group_size", 6)?;
    let default =
        |index: u64| if (index + 1).is_multiple_of(every) { Kind::Attention } else { Kind::Recurrent };
    let first = c.count_or("first_k_dense_replace", 2)?;
    let routed = routed_layers(c, dims.layers, |layer| layer >= first)?;
    let layers = kinds(c, dims.layers, default)?.into_iter().zip(routed).map(|(kind, is_sparse)| {
        let layer =
            Layer::default().with(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)));
        let layer = match kind {
            Kind::Recurrent => layer.with(delta_weights.clone()).mix(delta.mixer()),
            Kind::Attention => layer.with(latent_weights.clone()).mix(dims.attention.mixer()),
            other => return Err(misplaced(c, other)),
        };
        Ok(layer.with(if is_sparse { sparse.clone() } else { dense.clone() }))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// The delta attention. Its sizes are those of attention, unless a file that the class has saved states them anew.
fn delta(c: &Config<'_>, dims: &LatentDims) -> Result<ChannelDeltaNet, ConfigError> {
    let either = |own: &str, usual: &'static str, default| {
        if c.has(own) { c.count(own) } else { positive_or(c, usual, default) }
    };
    let heads = if c.has("linear_num_heads") { c.count("linear_num_heads")? } else { dims.attention.q_heads };
    Ok(ChannelDeltaNet {
        path: MixerPath::SelfAttention,
        hidden: dims.hidden,
        heads,
        whole_gate: true,
        decays: heads,
        head_dim: either("linear_head_dim", "head_dim", 128)?,
        kernel: either("linear_conv_kernel_dim", "short_conv_kernel_size", 4)?,
    })
}

/// The weights of a delta net whose decay is a whole matrix, as its output gate is.
fn full_rank(delta: &ChannelDeltaNet) -> Vec<Weight> {
    let low_rank = ["f_a_proj", "f_b_proj"];
    let mut weights = delta.weights();
    weights.retain(|weight| !low_rank.iter().any(|name| weight.name.ends_with(name)));
    let rows = delta.heads * delta.head_dim;
    let decay = Weight::matrix("self_attn.forget_gate.f_proj", Role::StateIn, rows, delta.hidden);
    weights.push(decay.by_heads(delta.heads));
    weights
}

/// The weights of latent attention with a gate for each head.
fn gated(block: &LatentBlock) -> Vec<Weight> {
    let mut weights = block.weights();
    let gate = Weight::matrix("self_attn.g_proj", Role::AttentionOther, block.q_heads, block.hidden);
    weights.push(gate.by_heads(block.q_heads));
    weights
}

fn sparse(c: &Config<'_>, hidden: u64) -> Result<Vec<Weight>, ConfigError> {
    let width = c.count("moe_intermediate_size")?;
    let experts = experts_of(c, hidden, width, c.count("num_experts")?, c.count("num_experts_per_token")?)?;
    let shared = c.count_or("num_shared_experts", 1)?.saturating_mul(width);
    Ok(if shared > 0 { experts.with_shared(shared, false) } else { experts }.weights())
}
