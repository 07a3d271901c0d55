//! Grouped-query attention with experts after a few dense layers, and shared experts of the routed width: GLM-4.5,
//! DeepSeekMoE, Ling, dots.llm1, Solar Open.

use slipstick_core::model::{
    Model,
    blocks::{Experts, FeedForward, GroupedQuery, NormKind},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    multi_token::MultiToken,
    pre_norm,
    routed::{FeedForwards, after_dense, experts, size},
    spans::spans,
};

pub(super) const FAMILY: Family = Family {
    model_types: &["glm4_moe", "deepseek", "bailing_moe", "bailing_moe_v2", "dots1", "solar_open"],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let attention = attention(c, &dims)?;
    let window = c.class_count("sliding_window")?;
    // Only dots.llm1 slides: from a layer on.
    let full = if c.model_type() == "dots1" { c.count_or("max_window_layers", 62)? } else { dims.layers };
    let spans = spans(c, dims.layers, window, |layer| window.is_some() && layer >= full)?;
    let routed = after_dense(c, dims.layers, 0)?;
    let experts = with_shared(c, experts(c, dims.hidden, &["moe_intermediate_size"])?)?;
    let width = if routed.contains(&false) { size(c, &["intermediate_size"])? } else { experts.intermediate };
    let blocks = FeedForwards { dense: FeedForward::gated(dims.hidden, width), experts, routed };
    let layers = blocks.each().zip(spans).map(|(block, span)| {
        let attention = attention.with_span(span);
        pre_norm::layer(NormKind::Rms, dims.hidden, (&attention).into(), block)
    });
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    let mut model = frame.model(c, layers.collect())?;
    if c.model_type() == "glm4_moe" {
        MultiToken { own_tables: true, router_bias: experts.count }.add(c, &mut model)?;
    }
    Ok(model)
}

/// As many shared experts of the routed width as are counted, in one block.
fn with_shared(c: &Config<'_>, experts: Experts) -> Result<Experts, ConfigError> {
    let key = if c.has("num_shared_experts") { "num_shared_experts" } else { "n_shared_experts" };
    let count = c.count_or(key, 0)?;
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
            attention.out_bias = attention.qkv_bias && matches!(kind, "deepseek" | "dots1");
            kind == "dots1" || (kind == "glm4_moe" && c.flag_or("use_qk_norm", false)?)
        }
    };
    Ok(if has_head_norm { attention.with_head_norm(NormKind::Rms) } else { attention })
}
