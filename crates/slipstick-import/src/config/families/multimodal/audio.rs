//! Sound encoders of Whisper's shape, and the decoders that listen through them.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Family, share_heads,
    text::{Ties, text_model},
};

pub(super) const QWEN2_AUDIO: Family = Family { model_types: &["qwen2_audio"], read: read_qwen2 };
pub(super) const FLAMINGO: Family = Family { model_types: &["audioflamingo3"], read: read_flamingo };
pub(super) const GLM_ASR: Family = Family { model_types: &["glmasr"], read: read_glm };
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

/// A projector of two biased matrices, `inner` wide in between.
fn projector(inner: u64, input: u64, hidden: u64, bias: bool) -> Tower {
    Tower::new(Role::Projector).linear("linear_1", inner, input, bias).linear("linear_2", hidden, inner, bias)
}

fn read_flamingo(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "qwen2", Ties::Never)?;
    let a = c.part("audio_config", "audioflamingo3_encoder")?;
    let tower = sound_encoder(&a, Role::Audio, 128)?;
    let bias = c.flag_or("projector_bias", true)?;
    let joint = projector(model.hidden, encoder_width(&a)?, model.hidden, bias);
    c.adopt(a);
    model.components.push(tower.component("audio_tower"));
    model.components.push(joint.component("multi_modal_projector"));
    Ok(model)
}

/// Whisper's layers with rotary positions instead of a table; four frames are joined before the projector.
fn read_glm(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "llama", Ties::Top(true))?;
    let a = c.part("audio_config", "glmasr_encoder")?;
    let (width, inner) = (a.count("hidden_size")?, a.count("intermediate_size")?);
    let heads = a.count("num_attention_heads")?;
    if a.optional_count("num_key_value_heads")?.is_some_and(|count| count != heads) {
        return Err(a.invalid("num_key_value_heads", "as many as num_attention_heads"));
    }
    share_heads(&a, heads, width)?;
    let layers = a.count("num_hidden_layers")?;
    let layer = TowerLayer { qkv_bias: false, ..TowerLayer::vision(width, inner) };
    let biases =
        ["self_attn.q_proj", "self_attn.v_proj"].map(|name| Weight::vector(name, Role::Audio, width));
    let tower = Tower::new(Role::Audio)
        .linear("conv1", width, a.count("num_mel_bins")?.saturating_mul(3), true)
        .linear("conv2", width, width.saturating_mul(3), true)
        .layers(layers, layer.weights())
        .layers(layers, biases)
        .norm(NormKind::Layer, "norm", width);
    let joint = projector(2 * model.hidden, inner, model.hidden, true);
    c.adopt(a);
    model.components.push(tower.component("audio_tower"));
    model.components.push(joint.component("multi_modal_projector"));
    Ok(model)
}
