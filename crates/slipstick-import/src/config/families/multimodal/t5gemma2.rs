//! T5Gemma 2: Gemma 3's layers as an encoder that sees and as a decoder, whose one attention reads its own tokens and the
//! encoder's alike.

use slipstick_core::model::{
    CacheUse, Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind, Tower, residual},
};

use super::{Config, ConfigError, Dims, Family, Frame, Paths, head, image::image_encoder, spans::spans};

pub(super) const FAMILY: Family = Family { model_types: &["t5gemma2"], read };

const PATHS: Paths = Paths {
    layers: "model.decoder.layers",
    embedding: "model.encoder.text_model.embed_tokens",
    norm: "model.decoder.norm",
    head: "lm_head.out_proj",
};
const NORMS: &[&str] = &[
    "pre_self_attn_layernorm",
    "post_self_attn_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if head::class(c)?.is_some_and(|class| !class.ends_with("ForConditionalGeneration")) {
        return Err(c.unsupported("only the class with a vocabulary's head is known"));
    }
    if !c.flag_or("tie_word_embeddings", true)? {
        return Err(c.unsupported("tie_word_embeddings is false"));
    }
    let decoder = c.part("decoder", "t5gemma2_decoder")?;
    let dims = Dims::read(&decoder)?;
    let frame = Frame::new(dims.hidden, dims.vocab, NormKind::Rms, true).named(PATHS);
    let mut model = frame.model_as_is(&decoder, layers(&decoder, &dims, true)?)?;
    c.model_type().clone_into(&mut model.model_type);
    c.adopt(decoder);
    // Both sides embed by one table, with one vector for the end of a picture.
    let table = Weight::matrix("", Role::Embedding, dims.vocab, dims.hidden).alias();
    let end = || Weight::vector("eoi_embedding", Role::Other, dims.hidden);
    model.components.push(Component::text(PATHS.embedding, vec![end()]));
    model.components.push(Component::text("model.decoder.embed_tokens", vec![table, end().alias()]));
    model.components.extend(encoder(c, &dims)?);
    Ok(model)
}

/// The encoder of text and pictures.
fn encoder(c: &Config<'_>, beside: &Dims) -> Result<[Component; 3], ConfigError> {
    let e = c.part("encoder", "t5gemma2_encoder")?;
    let t = e.part("text_config", "t5gemma2_text")?;
    let dims = Dims::read(&t)?;
    if (dims.hidden, dims.vocab) != (beside.hidden, beside.vocab) {
        return Err(c.unsupported("encoder and decoder differ in width or vocabulary"));
    }
    let text = layers(&t, &dims, false)?.into_iter().flat_map(|layer| layer.weights);
    let text = text.chain(NormKind::Rms.weights("norm", dims.hidden));
    let weights = text.map(|weight| weight.with_role(Role::Encoder)).collect();
    let text = Component { path: "model.encoder.text_model".into(), kind: ComponentKind::Encoder, weights };
    e.adopt(t);
    let image = image_encoder(&e, "siglip_vision_model")?;
    let projector = Tower::new(Role::Projector)
        .table("mm_input_projection_weight", image.width, dims.hidden)
        .norm(NormKind::Rms, "mm_soft_emb_norm", image.width);
    c.adopt(e);
    Ok([
        text,
        image.tower.component("model.encoder.vision_tower"),
        projector.component("model.encoder.multi_modal_projector"),
    ])
}

fn layers(c: &Config<'_>, dims: &Dims, decodes: bool) -> Result<Vec<Layer>, ConfigError> {
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms);
    let feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?);
    let every = c.optional_count("sliding_window_pattern")?.unwrap_or(6).max(1);
    let window = c.optional_count("sliding_window")?;
    let spans = spans(c, dims.layers, window, |layer| !(layer + 1).is_multiple_of(every))?;
    let layer = |span| {
        let cache = if decodes { CacheUse::Own } else { CacheUse::None };
        let attention = GroupedQuery { cache, ..attention.with_span(span) };
        let layer = residual(NormKind::Rms, NORMS, &attention, &feed_forward);
        if decodes { layer.mix(attention.cross_mixer()) } else { layer }
    };
    Ok(spans.into_iter().map(layer).collect())
}
