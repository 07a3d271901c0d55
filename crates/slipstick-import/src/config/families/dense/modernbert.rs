//! ModernBERT: an encoder with rotary positions, gated feed-forward, and a window in two of three layers.

use slipstick_core::model::{
    CacheUse, Component, Layer, Model, Role, Span, Weight,
    blocks::{AttentionNames, FeedForward, NormKind, residual},
};

use super::{Config, ConfigError, Dims, Family, Frame, Head, Paths, Tie, head, spans::spans};

pub(super) const FAMILY: Family = Family { model_types: &["modernbert", "modernbert-decoder"], read };

const PATHS: Paths =
    Paths { layers: "layers", embedding: "embeddings.tok_embeddings", norm: "final_norm", head: "decoder" };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let norm = if c.flag_or("norm_bias", false)? { NormKind::Layer } else { NormKind::LayerNoBias };
    let tied = Tie::UnlessStated.read(c)?;
    let mut frame = Frame::new(dims.hidden, dims.vocab, norm, tied).named(PATHS);
    frame.head = Head::Nothing;
    let mut model = frame.model_as_is(c, layers(c, &dims, norm)?)?;
    model.components.push(Component::text("embeddings.norm", norm.weights("", dims.hidden)));
    model.components.extend(head_of(c, &dims, norm, tied)?);
    Ok(model)
}

const SPLIT: AttentionNames = AttentionNames::split("attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.Wo");

fn layers(c: &Config<'_>, dims: &Dims, norm: NormKind) -> Result<Vec<Layer>, ConfigError> {
    let bias = c.flag_or("attention_bias", false)?;
    let decodes = c.model_type() == "modernbert-decoder";
    let names = if decodes { SPLIT } else { AttentionNames::fused("attn.Wqkv", "attn.Wo") };
    let mut attention = dims.attention().named(names).with_bias(bias, bias);
    if !decodes {
        attention.cache = CacheUse::None;
    }
    let feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?)
        .named(["mlp.Wi", "mlp.Wi", "mlp.Wo"])
        .with_bias(c.flag_or("mlp_bias", false)?);
    let every = c.count_or("global_attn_every_n_layers", 3)?.max(1);
    // As far to one side as to both.
    let window = c.count_or("local_attention", 128)? / if decodes { 2 } else { 1 };
    let spans = spans(c, dims.layers, Some(window), |layer| !layer.is_multiple_of(every))?;
    let layer = |(index, span): (usize, Span)| {
        // The embedding's norm serves the first layer's attention.
        let norms: &[&str] = if index == 0 { &["mlp_norm"] } else { &["attn_norm", "mlp_norm"] };
        residual(norm, norms, &attention.with_span(span), &feed_forward)
    };
    Ok(spans.into_iter().enumerate().map(layer).collect())
}

/// A dense layer and a norm, then the embedding again or a classifier; nothing for the bare model.
fn head_of(c: &Config<'_>, dims: &Dims, norm: NormKind, tied: bool) -> Result<Vec<Component>, ConfigError> {
    let class = head::class(c)?.unwrap_or("Model");
    let outputs = match class.split_once("For").map(|(_, task)| task) {
        None => return Ok(Vec::new()),
        Some("MaskedLM" | "CausalLM") => {
            let matrix = Weight::matrix("", Role::LmHead, dims.vocab, dims.hidden);
            let bias_role = if tied { Role::Other } else { Role::LmHead };
            let bias = c.flag_or("decoder_bias", true)?.then(|| Weight::vector("", bias_role, dims.vocab));
            let matrix = if tied { matrix.alias() } else { matrix };
            Component::text("decoder", core::iter::once(matrix).chain(bias).collect())
        }
        Some("SequenceClassification" | "TokenClassification" | "QuestionAnswering")
            if c.model_type() == "modernbert" =>
        {
            classifier(head::labels(c)?, dims.hidden)
        }
        Some("MultipleChoice") => classifier(1, dims.hidden),
        Some(_) => {
            let class: String = class.chars().take(60).collect();
            return Err(c.unsupported(format!("the head of {class:?} is not known")));
        }
    };
    let mut dense = vec![Weight::matrix("dense", Role::Other, dims.hidden, dims.hidden)];
    if c.flag_or("classifier_bias", false)? {
        dense.push(Weight::vector("dense", Role::Other, dims.hidden));
    }
    dense.extend(norm.weights("norm", dims.hidden));
    Ok(vec![Component::text("head", dense), outputs])
}

fn classifier(labels: u64, hidden: u64) -> Component {
    let weights =
        vec![Weight::matrix("", Role::Other, labels, hidden), Weight::vector("", Role::Other, labels)];
    Component::text("classifier", weights)
}
