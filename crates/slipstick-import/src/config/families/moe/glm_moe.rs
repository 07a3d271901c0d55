//! Grouped-query attention with experts after a few dense layers, and shared experts of the routed width: GLM-4.5,
//! DeepSeekMoE, Ling, dots.llm1, Solar Open, K-EXAONE, Hunyuan 3, Mellum.

use slipstick_core::model::{
    Model, Span,
    blocks::{Experts, FeedForward, GroupedQuery, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    multi_token::MultiToken,
    pre_norm,
    routed::{FeedForwards, after_dense, experts, size},
    share_out,
    spans::spans,
};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "glm4_moe",
        "glm4v_moe_text",
        "sarvam_moe",
        "deepseek",
        "bailing_moe",
        "bailing_moe_v2",
        "dots1",
        "solar_open",
        "exaone_moe",
        "hy_v3",
        "mellum",
        "unlimited_ocr_text",
    ],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut dims = Dims::read(c)?;
    if c.model_type() == "unlimited_ocr_text" {
        // Its class shares the width out whatever head_dim says.
        dims.head_dim = share_out(c, dims.hidden, dims.heads)?;
    }
    if matches!(c.model_type(), "hy_v3" | "unlimited_ocr_text") && c.flag_or("mlp_bias", false)? {
        return Err(c.unsupported("mlp_bias is set, and no published model shows where it stands"));
    }
    let attention = attention(c, &dims)?;
    let spans = spans_of(c, dims.layers)?;
    let routed =
        after_dense(c, dims.layers, u64::from(matches!(c.model_type(), "hy_v3" | "unlimited_ocr_text")))?;
    let experts = with_shared(c, experts(c, dims.hidden, &["moe_intermediate_size"])?)?;
    let width = if routed.contains(&false) { size(c, &["intermediate_size"])? } else { experts.intermediate };
    let blocks = FeedForwards { dense: FeedForward::gated(dims.hidden, width), experts, routed };
    let layers = blocks.each().zip(spans).map(|(block, span)| {
        let attention = attention.with_span(span);
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block)
    });
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers.collect())?;
    if matches!(c.model_type(), "glm4_moe" | "sarvam_moe") {
        MultiToken { own_embedding: true, own_head: true, router_bias: experts.count }.add(c, &mut model)?;
    }
    Ok(model)
}

/// Where `layer_types` is not written, dots.llm1 slides from a layer on and K-EXAONE in all but every fourth; the others
/// see everything.
fn spans_of(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    if c.model_type() == "unlimited_ocr_text" {
        // Its window slides over what is written; the page that is read stays whole, which is nearly all.
        return Ok((0..layers).map(|_| Span::Full).collect());
    }
    let window = c.optional_count("sliding_window")?;
    let from = match c.model_type() {
        "dots1" => c.count_or("max_window_layers", 62)?,
        "exaone_moe" => 0,
        _ => layers,
    };
    let every = match c.model_type() {
        "exaone_moe" if !c.has("layer_types") => size(c, &["sliding_window_pattern"])?,
        _ => u64::MAX,
    };
    let slides = |layer: u64| window.is_some() && layer >= from && !(layer + 1).is_multiple_of(every);
    spans(c, layers, window, slides)
}

/// As many shared experts of the routed width as are counted, in one block.
fn with_shared(c: &Config<'_>, experts: Experts) -> Result<Experts, ConfigError> {
    let count = match c.optional_count("num_shared_experts")? {
        Some(count) => count,
        None => c.count_or("n_shared_experts", 0)?,
    };
    Ok(if count == 0 { experts } else { experts.with_shared(count * experts.intermediate, false) })
}

fn attention(c: &Config<'_>, dims: &Dims) -> Result<GroupedQuery, ConfigError> {
    let mut attention = dims.attention();
    let has_head_norm = match c.model_type() {
        "bailing_moe" | "bailing_moe_v2" => {
            attention.qkv_bias = c.flag_or("use_qkv_bias", false)?;
            attention.out_bias = c.flag_or("use_bias", false)?;
            c.flag_or("use_qk_norm", false)?
        }
        kind => {
            attention.qkv_bias = c.flag_or("attention_bias", false)?;
            attention.out_bias = attention.qkv_bias
                && matches!(kind, "deepseek" | "dots1" | "hy_v3" | "mellum" | "unlimited_ocr_text");
            matches!(kind, "dots1" | "exaone_moe" | "hy_v3" | "mellum")
                || (matches!(kind, "glm4_moe" | "sarvam_moe") && c.flag_or("use_qk_norm", false)?)
        }
    };
    Ok(if has_head_norm { attention.with_head_norm(NormKind::Rms) } else { attention })
}
