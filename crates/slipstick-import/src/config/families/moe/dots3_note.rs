//! Dots 3 Note: latent attention whose heads are gated, with an indexer over all tokens in some layers and a window, other
//! heads and a wider latent in most.

use slipstick_core::model::{
    Model, Role, Span, Weight,
    blocks::{FeedForward, LatentBlock, LightningIndexer, NormKind},
};

use super::{
    Config, ConfigError, Family, Frame, Tie,
    latent::LatentDims,
    pre_norm,
    routed::{FeedForwards, experts, routed_layers, size},
    spans::layer_types,
    sparse_latent::index,
};

pub(super) const FAMILY: Family = Family { model_types: &["dots3_note_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let blocks = feed_forwards(c, dims.hidden, dims.layers)?;
    let mut layers = Vec::new();
    for ((layer, reach), block) in (0..).zip(reaches(c, dims.layers)?).zip(blocks.each()) {
        layers.push(pre_norm::layer(NormKind::Rms, dims.hidden, attention(c, layer, reach)?, block));
    }
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// How a layer picks what it attends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    All,
    Picked,
    Window,
}

/// One a layer: `layer_types`, else a window in all layers but the first two and every fourth. Older files call all tokens
/// what an indexer picks from.
fn reaches(c: &Config<'_>, layers: u64) -> Result<Vec<Reach>, ConfigError> {
    let picks = match c.get("use_dsa") {
        Some(_) => Some(c.flag_or("use_dsa", true)?),
        None => (!c.has("per_layer_config")).then_some(true),
    };
    let slides = c.flag_or("use_sliding_window", true)?;
    let Some(types) = layer_types(c, layers)? else {
        let whole = if picks == Some(false) { Reach::All } else { Reach::Picked };
        let reach = |layer: u64| if !slides || layer < 2 || layer % 4 == 1 { whole } else { Reach::Window };
        return Ok((0..layers).map(reach).collect());
    };
    let reach = |name: &str| match (name, picks) {
        ("sliding_attention", _) => Ok(Reach::Window),
        ("full_attention", Some(true)) | ("indexed_attention", None | Some(true)) => Ok(Reach::Picked),
        ("full_attention", _) | ("indexed_attention", Some(false)) => Ok(Reach::All),
        _ => Err(c.invalid("layer_types", "of indexed, sliding and full attention")),
    };
    types.into_iter().map(reach).collect()
}

fn attention(c: &Config<'_>, layer: u64, reach: Reach) -> Result<pre_norm::Attention, ConfigError> {
    let own = c.of_layer(layer)?;
    let mut block = LatentDims::read(&own)?.attention;
    if reach == Reach::Window {
        block.span = Span::Window(window(&own)?);
        if !c.has("per_layer_config") {
            block = sliding(c, block)?;
        }
    }
    c.adopt(own);
    let Some(q_rank) = block.q_rank else {
        return Err(c.unsupported("its queries need q_lora_rank, which is null"));
    };
    let mut weights = block.weights();
    weights.push(Weight::vector("self_attn.k_rope_only_layernorm", Role::Norm, block.rope_dim));
    let gate = Weight::matrix("self_attn.g_proj", Role::AttentionOther, block.q_heads, block.hidden);
    weights.push(gate.by_heads(block.q_heads));
    if reach == Reach::Picked {
        let index = index(c)?;
        block.indexer = Some(index);
        weights.extend(LightningIndexer { hidden: block.hidden, q_rank, index }.weights());
    }
    Ok(pre_norm::Attention { weights, mixer: block.mixer() })
}

fn window(own: &Config<'_>) -> Result<u64, ConfigError> {
    let key = if own.has("sliding_window") { "sliding_window" } else { "sliding_window_size" };
    own.count_or(key, 512)
}

/// The sizes of the layers with a window, which older files state beside those of the others.
fn sliding(c: &Config<'_>, block: LatentBlock) -> Result<LatentBlock, ConfigError> {
    let nope_dim = c.count_or("swa_qk_nope_head_dim", 192)?;
    let head = c.count_or("swa_head_dim", 256)?;
    let rope_dim = match c.optional_count("swa_qk_rope_head_dim")? {
        Some(width) => width,
        None => head
            .checked_sub(nope_dim)
            .ok_or_else(|| c.invalid("swa_head_dim", "at least swa_qk_nope_head_dim"))?,
    };
    Ok(LatentBlock {
        q_heads: c.count_or("swa_num_attention_heads", 64)?,
        q_rank: Some(c.count_or("swa_q_lora_rank", 1024)?),
        kv_rank: c.count_or("swa_kv_lora_rank", 1024)?,
        v_dim: c.count_or("swa_v_head_dim", 128)?,
        nope_dim,
        rope_dim,
        ..block
    })
}

fn feed_forwards(c: &Config<'_>, hidden: u64, layers: u64) -> Result<FeedForwards, ConfigError> {
    let mut experts = experts(c, hidden, &["moe_intermediate_size"])?;
    let shared = c.count_or("n_shared_experts", 1)?;
    if shared > 0 {
        let width = size(c, &["moe_shared_expert_intermediate_size", "shared_experts_intermediate_size"])?;
        experts = experts.with_shared(shared * width, false);
    }
    let dense = FeedForward::gated(hidden, size(c, &["intermediate_size"])?);
    Ok(FeedForwards { dense, experts, routed: routed(c, layers)? })
}

/// Which layers are routed: those behind the dense ones, all or every so-many-th, or as a list says.
fn routed(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let dense = c.count_or("first_k_dense_replace", 1)?;
    if let Some(frequencies) = c.get("moe_layer_freq").filter(|value| value.is_array()) {
        let listed = frequencies.as_array().map_or(0, Vec::len);
        if (listed as u64) < layers {
            return Err(c.invalid("moe_layer_freq", format!("a list of {layers} entries, one a layer")));
        }
        let frequencies = c.counts("moe_layer_freq")?.unwrap_or_default();
        let is_routed = |layer: u64| usize::try_from(layer).is_ok_and(|at| frequencies.get(at) != Some(&0));
        return routed_layers(c, layers, |layer| layer >= dense && is_routed(layer));
    }
    let every = c.count_or("moe_layer_freq", 1)?.max(1);
    routed_layers(c, layers, |layer| layer >= dense && layer.is_multiple_of(every))
}
