//! Inkling: attention with learned biases by distance, whose keys, values and outputs pass short convolutions; a window in
//! five of six layers; shared experts that the router weighs with the routed ones.

use slipstick_core::model::{
    Component, Layer, Mixer, Model, Recurrent, Role, Span, Weight,
    blocks::{Experts, FeedForward, GroupedQuery, NormKind, PRE_NORM},
};

use super::{
    super::{experts_of, routed_layers},
    Config, ConfigError, Family, Frame, Tie, layers,
    spans::layer_types,
};

pub(super) const FAMILY: Family = Family { model_types: &["inkling_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("hidden_size")?;
    let count = layers(c, &["num_hidden_layers"])?;
    let kernel = c.count("conv_kernel_size")?;
    let (full, sliding) = (attention(c, hidden, false)?, attention(c, hidden, true)?);
    let (dense_width, experts) = blocks(c, hidden)?;
    let dense = FeedForward::gated(hidden, dense_width).weights();
    let sparse = sparse(c, &experts)?;
    let relative = c.count("d_rel")?;
    let first = c.count_or("dense_mlp_idx", 0)?;
    let routed = routed_layers(c, count, |layer| layer >= first)?;
    let extent = c.count("rel_extent")?;
    let layers = windows(c, count)?.into_iter().zip(routed).map(|(slides, is_sparse)| {
        let attention = if slides { sliding } else { full };
        Layer::default()
            .with(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
            .with(attention.weights())
            .with(biases(&attention, relative, attention.span.bound().unwrap_or(extent)))
            .mix(attention.mixer())
            .with(convolutions(&attention, kernel))
            .mix(memory(&attention, kernel))
            .with(if is_sparse { sparse.clone() } else { dense.clone() })
    });
    let layers = layers.collect();
    let tied = Tie::OnlyIfStated.read(c)?;
    let mut model = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, tied).model(c, layers)?;
    model
        .components
        .push(Component::text("model.embed_tokens.embed_norm", NormKind::Rms.weights("", hidden)));
    Ok(model)
}

/// The attention of the layers with a window, or of the others.
///
/// # Errors
/// If a size is missing or out of range, or query heads cannot share the key heads.
pub(super) fn attention(c: &Config<'_>, hidden: u64, slides: bool) -> Result<GroupedQuery, ConfigError> {
    let keys = if slides {
        ["swa_num_attention_heads", "swa_num_key_value_heads", "swa_head_dim"]
    } else {
        ["num_attention_heads", "num_key_value_heads", "head_dim"]
    };
    let [heads, kv_heads, width] = keys.map(|key| c.count(key));
    let dims =
        super::Dims { hidden, layers: 1, heads: heads?, kv_heads: kv_heads?, head_dim: width?, vocab: 1 };
    let block = dims.check(c)?.attention().with_head_norm(NormKind::Rms);
    Ok(if slides { block.with_span(Span::Window(c.count("sliding_window_size")?)) } else { block })
}

/// For each layer, whether it has a window: as stated, else all but every sixth.
///
/// # Errors
/// If the list has another length, or an unknown entry.
pub(super) fn windows(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    let Some(types) = layer_types(c, layers)? else {
        let local = c.counts("local_layer_ids")?;
        let slides = |layer: u64| {
            local.as_ref().map_or(!(layer + 1).is_multiple_of(6), |local| local.contains(&layer))
        };
        return Ok((0..layers).map(slides).collect());
    };
    let slides = |name: &str| match name {
        "hybrid_sliding" => Ok(true),
        "hybrid" => Ok(false),
        _ => Err(c.invalid("layer_types", "made of \"hybrid\" and \"hybrid_sliding\"")),
    };
    types.into_iter().map(slides).collect()
}

/// The biases by distance: a few numbers a head, and a table of what they say of each distance.
fn biases(attention: &GroupedQuery, width: u64, extent: u64) -> [Weight; 2] {
    let project = |name, rows, cols| Weight::matrix(name, Role::AttentionOther, rows, cols);
    [
        project("self_attn.r_proj", attention.q_heads * width, attention.hidden).by_heads(attention.q_heads),
        project("self_attn.rel_logits_proj.proj", width, extent),
    ]
}

/// The channels of the four convolutions of a layer.
fn channels(attention: &GroupedQuery) -> [u64; 4] {
    let keys = attention.kv_heads * attention.head_dim;
    [keys, keys, attention.hidden, attention.hidden]
}

fn convolutions(attention: &GroupedQuery, kernel: u64) -> Vec<Weight> {
    let names =
        ["self_attn.k_sconv.conv1d", "self_attn.v_sconv.conv1d", "attn_sconv.conv1d", "mlp_sconv.conv1d"];
    let matrix = |(name, rows)| Weight::matrix(name, Role::StateOther, rows, kernel);
    names.into_iter().zip(channels(attention)).map(matrix).collect()
}

/// What the convolutions of a layer remember.
pub(super) fn memory(attention: &GroupedQuery, kernel: u64) -> Mixer {
    let conv_elements = channels(attention).iter().sum::<u64>() * kernel;
    Mixer::Recurrent(Recurrent {
        conv_elements,
        conv_kernel: kernel,
        state_elements: 0,
        heads: attention.kv_heads,
        flops_per_token: 2 * conv_elements,
    })
}

/// The width of dense blocks, and the experts. Published files call the experts' width `intermediate_size` and that of
/// dense blocks `dense_intermediate_size`.
fn blocks(c: &Config<'_>, hidden: u64) -> Result<(u64, Experts), ConfigError> {
    let widths = if c.has("dense_intermediate_size") {
        ["dense_intermediate_size", "intermediate_size"]
    } else {
        ["intermediate_size", "moe_intermediate_size"]
    };
    let [dense, width] = widths.map(|key| c.count(key));
    let (count, active) = (c.count("n_routed_experts")?, c.count("num_experts_per_tok")?);
    Ok((dense?, experts_of(c, hidden, width?, count, active)?))
}

/// Routed and shared experts; the router scores both kinds.
fn sparse(c: &Config<'_>, experts: &Experts) -> Result<Vec<Weight>, ConfigError> {
    let shared = c.count_or("n_shared_experts", 0)?;
    let mut weights = Experts { zero_experts: shared, ..*experts }.weights();
    weights.push(Weight::vector("mlp.gate.global_scale", Role::Router, 1));
    let (hidden, width) = (experts.hidden, experts.intermediate);
    let matrix = |name, role, rows, cols| Weight::matrix(name, role, rows, cols).repeated(shared);
    if shared > 0 {
        weights.push(matrix("mlp.shared_experts.gate_proj", Role::SharedGate, width, hidden));
        weights.push(matrix("mlp.shared_experts.up_proj", Role::SharedUp, width, hidden));
        weights.push(matrix("mlp.shared_experts.down_proj", Role::SharedDown, hidden, width));
    }
    Ok(weights)
}
