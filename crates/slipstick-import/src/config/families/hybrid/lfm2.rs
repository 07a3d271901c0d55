//! LFM2: gated short convolutions between attention layers, with experts in the larger one; LFM3: windows in some of those
//! layers, a gate for each head, and norms behind both blocks.

use slipstick_core::model::{
    Layer, Model, Role, Span, Weight,
    blocks::{AttentionNames, Experts, FeedForward, GroupedQuery, NormKind, ShortConv},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Paths,
    kinds::{Kind, kinds, misplaced, positive_or},
};

pub(super) const FAMILY: Family = Family { model_types: &["lfm2", "lfm2_moe", "lfm3"], read };

const ATTENTION: AttentionNames = AttentionNames {
    out: "self_attn.out_proj",
    q_norm: "self_attn.q_layernorm",
    k_norm: "self_attn.k_layernorm",
    ..AttentionNames::SEPARATE
};
const FEED_FORWARD: [&str; 3] = ["feed_forward.w1", "feed_forward.w3", "feed_forward.w2"];
const EXPERTS: &[(&str, &str)] = &[
    ("mlp.gate", "feed_forward.gate"),
    ("mlp.experts.*.gate_proj", "feed_forward.experts.*.w1"),
    ("mlp.experts.*.up_proj", "feed_forward.experts.*.w3"),
    ("mlp.experts.*.down_proj", "feed_forward.experts.*.w2"),
];
const PATHS: Paths = Paths { norm: "model.embedding_norm", ..Paths::MODEL };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let is_third = c.model_type() == "lfm3";
    let attention = attention(c, &dims, is_third)?;
    let extra = if is_third { third(c, &dims)? } else { Third::default() };
    let conv = ShortConv {
        hidden,
        kernel: positive_or(c, "conv_L_cache", 3)?,
        bias: c.flag_or("conv_bias", false)?,
    };
    let (dense_layers, dense, experts) = blocks(c, hidden)?;
    let attends = c.counts("full_attn_idxs")?;
    let default = |index| match &attends {
        _ if is_third => third_kind(index),
        Some(indices) if !indices.contains(&index) => Kind::Recurrent,
        _ => Kind::Attention,
    };
    let layers = kinds(c, dims.layers, default)?.into_iter().zip(0..).map(|(kind, index)| {
        let norms = ["operator_norm", "ffn_norm"].map(|name| NormKind::Rms.weights(name, hidden));
        let layer = Layer::default().with(norms.into_iter().flatten()).with(extra.norms.clone());
        let layer = match kind {
            Kind::Recurrent => layer.with(conv.weights()).mix(conv.mixer()),
            Kind::Attention => extra.attend(layer, &attention, Span::Full),
            Kind::Sliding if is_third => {
                extra.attend(layer, &attention, Span::Window(c.count("sliding_window")?))
            }
            other => return Err(misplaced(c, other)),
        };
        Ok(layer.with(if index < dense_layers { dense.clone() } else { experts.clone() }).renamed(EXPERTS))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    let tied =
        c.flag_or(if c.has("tie_embedding") { "tie_embedding" } else { "tie_word_embeddings" }, true)?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, tied).named(PATHS).model(c, layers)
}

fn attention(c: &Config<'_>, dims: &Dims, is_third: bool) -> Result<GroupedQuery, ConfigError> {
    let bias = is_third && c.flag_or("attention_bias", false)?;
    let names = if is_third { AttentionNames::SEPARATE } else { ATTENTION };
    Ok(dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms).named(names))
}

/// What the third generation adds to a layer, and to one with attention.
#[derive(Default)]
struct Third {
    norms: Vec<Weight>,
    gate: Option<Weight>,
}

impl Third {
    fn attend(&self, layer: Layer, attention: &GroupedQuery, span: Span) -> Layer {
        layer.with(attention.weights()).with(self.gate.clone()).mix(attention.with_span(span).mixer())
    }
}

fn third(c: &Config<'_>, dims: &Dims) -> Result<Third, ConfigError> {
    let mut third = Third::default();
    if c.flag_or("use_sandwich_norm", true)? {
        let norms =
            ["post_operator_norm", "post_ffn_norm"].map(|name| NormKind::Rms.weights(name, dims.hidden));
        third.norms = norms.into_iter().flatten().collect();
    }
    if c.flag_or("use_attention_gate", true)? {
        let gate = Weight::matrix("self_attn.g_proj", Role::AttentionOther, dims.heads, dims.hidden);
        third.gate = Some(gate.by_heads(dims.heads));
    }
    Ok(third)
}

/// What the third generation's layers are where the file does not say.
const fn third_kind(index: u64) -> Kind {
    match index % 4 {
        2 => Kind::Attention,
        0 if index > 0 => Kind::Sliding,
        _ => Kind::Recurrent,
    }
}

/// How many layers are dense, and what a dense layer and the others have for a feed-forward block.
fn blocks(c: &Config<'_>, hidden: u64) -> Result<(u64, Vec<Weight>, Vec<Weight>), ConfigError> {
    if c.model_type() == "lfm3" {
        let dense = FeedForward::gated(hidden, c.count("intermediate_size")?).named(FEED_FORWARD);
        return Ok((u64::MAX, dense.weights(), Vec::new()));
    }
    if c.model_type() == "lfm2" {
        let dense = FeedForward::gated(hidden, adjusted_width(c)?).named(FEED_FORWARD);
        return Ok((u64::MAX, dense.weights(), Vec::new()));
    }
    let dense = FeedForward::gated(hidden, positive_or(c, "intermediate_size", 7168)?).named(FEED_FORWARD);
    let (count, chosen) = (positive_or(c, "num_experts", 32)?, c.count_or("num_experts_per_tok", 4)?);
    let experts = Experts::gated(hidden, positive_or(c, "moe_intermediate_size", 1792)?, count, chosen);
    Ok((c.count_or("num_dense_layers", 2)?, dense.weights(), experts.weights()))
}

/// Two thirds of the stated width, times a factor, rounded up; or the stated width itself.
fn adjusted_width(c: &Config<'_>) -> Result<u64, ConfigError> {
    let key = if c.has("block_ff_dim") { "block_ff_dim" } else { "intermediate_size" };
    let stated = positive_or(c, key, 12_288)?;
    if !c.flag_or("block_auto_adjust_ff_dim", true)? {
        return Ok(stated);
    }
    let width = 2 * stated / 3;
    if c.is_null("block_ffn_dim_multiplier") {
        return Ok(width);
    }
    let multiple = positive_or(c, "block_multiple_of", 256)?;
    let scaled = c.number_or("block_ffn_dim_multiplier", 1.0)? * width as f64;
    if !(1.0..=1e9).contains(&scaled) {
        return Err(c.invalid("block_ffn_dim_multiplier", "a factor that leaves a width from 1 to 1e9"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
    let whole = scaled as u64;
    Ok(whole.next_multiple_of(multiple))
}
