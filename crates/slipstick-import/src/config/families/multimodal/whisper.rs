//! Whisper: a sound encoder, and a decoder that attends to it in every layer.

use slipstick_core::model::{
    Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Family, Frame, Paths, Tie, audio::sound_encoder, head, layers, share_out};

pub(super) const FAMILY: Family = Family { model_types: &["whisper"], read };

const SELF: AttentionNames =
    AttentionNames::split("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj");
const CROSS: AttentionNames = AttentionNames::split(
    "encoder_attn.q_proj",
    "encoder_attn.k_proj",
    "encoder_attn.v_proj",
    "encoder_attn.out_proj",
);
const PATHS: Paths = Paths {
    layers: "model.decoder.layers",
    embedding: "model.decoder.embed_tokens",
    norm: "model.decoder.layer_norm",
    head: "proj_out",
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count("d_model")?;
    let heads = c.count_or("decoder_attention_heads", 6)?.max(1);
    let attention = GroupedQuery::new(hidden, heads, heads, share_out(c, hidden, heads)?);
    let inner = c.count_or("decoder_ffn_dim", 1536)?;
    let feed_forward = FeedForward::plain(hidden, inner, true).named(["", "fc1", "fc2"]);
    let norms = ["self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"];
    let layer = Layer::default()
        .with(keyless(attention.named(SELF)))
        .mix(attention.mixer())
        .with(keyless(attention.named(CROSS)))
        .mix(attention.cross_mixer())
        .with(feed_forward.weights())
        .with(norms.iter().flat_map(|name| NormKind::Layer.weights(*name, hidden)));
    let count = layers(c, &["decoder_layers"])?;
    let frame = Frame::new(hidden, c.count("vocab_size")?, NormKind::Layer, Tie::UnlessStated.read(c)?);
    let mut model = frame.named(PATHS).model(c, (0..count).map(|_| layer.clone()).collect())?;
    let most = c.count_or("max_target_positions", 448)?;
    model.max_context = Some(most);
    let places = Weight::matrix("", Role::Table, most, hidden);
    model.components.push(Component::text("model.decoder.embed_positions", vec![places]));
    if head::class(c)?.is_some_and(|class| class.ends_with("ForCausalLM")) {
        return Ok(model);
    }
    let mut encoder = sound_encoder(c, Role::Encoder, 80)?.component("model.encoder");
    encoder.kind = ComponentKind::Encoder;
    model.components.push(encoder);
    Ok(model)
}

/// The attention's weights with a bias on all projections but the keys.
fn keyless(attention: GroupedQuery) -> impl Iterator<Item = Weight> {
    let weights = attention.with_bias(true, true).weights();
    weights.into_iter().filter(|weight| weight.role != Role::Key || !weight.is_vector())
}
