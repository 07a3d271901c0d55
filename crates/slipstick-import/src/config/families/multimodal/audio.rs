//! Sound encoders of Whisper's shape, and the decoders that listen through them.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family,
    text::{Ties, text_model},
};

pub(super) const QWEN2_AUDIO: Family = Family { model_types: &["qwen2_audio"], read: read_qwen2 };
pub(super) const VOXTRAL: Family = Family { model_types: &["voxtral"], read: read_voxtral };

/// Whisper's encoder: two convolutions over the spectrogram, positions, layers, a norm.
///
/// # Errors
/// If a size is out of range.
pub(super) fn sound_encoder(a: &Config<'_>, role: Role, mels: u64) -> Result<Tower, ConfigError> {
    let width = encoder_width(a)?;
    let inner = a.count_or(either(a, "encoder_ffn_dim", "intermediate_size"), 5120)?;
    let layers = a.count_or(either(a, "encoder_layers", "num_hidden_layers"), 32)?;
    let mels = a.count_or("num_mel_bins", mels)?;
    // Keys have no bias: it would not change the attention.
    let layer = TowerLayer { qkv_bias: false, ..TowerLayer::vision(width, inner) };
    Ok(Tower::new(role)
        .linear("conv1", width, mels.saturating_mul(3), true)
        .linear("conv2", width, width.saturating_mul(3), true)
        .table("embed_positions", a.count_or("max_source_positions", 1500)?, width)
        .layers(layers, layer.weights())
        .layers(
            layers,
            ["self_attn.q_proj", "self_attn.v_proj"].map(|name| Weight::vector(name, role, width)),
        )
        .norm(NormKind::Layer, "layer_norm", width))
}

/// The width of such an encoder.
///
/// # Errors
/// If it is out of range.
pub(super) fn encoder_width(a: &Config<'_>) -> Result<u64, ConfigError> {
    a.count_or(either(a, "d_model", "hidden_size"), 1280)
}

fn either(c: &Config<'_>, first: &'static str, second: &'static str) -> &'static str {
    if c.has(first) || (!c.has(second) && c.owns(first)) { first } else { second }
}

fn read_qwen2(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "qwen2", Ties::Never)?;
    let a = c.part("audio_config", "qwen2_audio_encoder")?;
    let tower = sound_encoder(&a, Role::Audio, 128)?;
    let projector = Tower::new(Role::Projector).linear("linear", model.hidden, encoder_width(&a)?, true);
    c.adopt(a);
    model.components.push(tower.component("audio_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_voxtral(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "llama", Ties::Never)?;
    let a = c.part("audio_config", "voxtral_encoder")?;
    let tower = sound_encoder(&a, Role::Audio, 128)?;
    let joined = a.count_or(either(&a, "encoder_ffn_dim", "intermediate_size"), 5120)?;
    let projector = Tower::new(Role::Projector).linear("linear_1", model.hidden, joined, false).linear(
        "linear_2",
        model.hidden,
        model.hidden,
        false,
    );
    c.adopt(a);
    model.components.push(tower.component("audio_tower"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}
