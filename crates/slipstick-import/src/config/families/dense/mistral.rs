//! Llama's block with a window in every layer or in some: Mistral, Ministral, SmolLM 3 and others; Voxtral Realtime's with a
//! scale that follows the delay.

use slipstick_core::model::{
    Model, Role, Span, Weight,
    blocks::{AttentionNames, NormKind},
};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "mistral",
        "ministral",
        "ministral3",
        "cwm",
        "smollm3",
        "granite_swa",
        "phi3",
        "voxtral_realtime_text",
    ],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let tie = match c.model_type() {
        "smollm3" | "granite_swa" | "voxtral_realtime_text" => Tie::UnlessStated,
        _ => Tie::OnlyIfStated,
    };
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, tie)?;
    if matches!(c.model_type(), "smollm3" | "granite_swa") {
        let bias = c.flag_or("attention_bias", false)?;
        decoder.attention = decoder.attention.with_bias(bias, bias);
        decoder.attention.sinks = c.model_type() == "granite_swa";
    }
    if matches!(c.model_type(), "smollm3" | "granite_swa" | "cwm") {
        decoder.feed_forward = decoder.feed_forward.with_bias(c.flag_or("mlp_bias", false)?);
    }
    if c.model_type() == "phi3" {
        decoder.attention.names = AttentionNames::fused("self_attn.qkv_proj", "self_attn.o_proj");
        decoder.feed_forward.names = ["mlp.gate_up_proj", "mlp.gate_up_proj", "mlp.down_proj"];
    }
    if c.model_type() == "voxtral_realtime_text" {
        decoder.extra = delay(decoder.dims.hidden);
    }
    decoder.spans = windows(c, decoder.dims.layers)?;
    decoder.model(c)
}

/// The two matrices that turn the delay of a transcription into a scale for each channel; their inner width is fixed.
fn delay(hidden: u64) -> Vec<Weight> {
    const WIDTH: u64 = 32;
    vec![
        Weight::matrix("ada_rms_norm.linear1", Role::Other, WIDTH, hidden),
        Weight::matrix("ada_rms_norm.linear2", Role::Other, hidden, WIDTH),
    ]
}

/// Without `layer_types`: a window in all layers, or in all but every fourth, or in those without rotary positions.
fn windows(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    let window = c.optional_count("sliding_window")?.filter(|tokens| *tokens > 0);
    let slides = window.is_some();
    match c.model_type() {
        "cwm" | "granite_swa" => spans::spans(c, layers, window, |layer| slides && layer % 4 != 0),
        "smollm3" => {
            let is_on = slides && c.flag_or("use_sliding_window", false)?;
            let every = c.count_or("no_rope_layer_interval", 4)?.max(1);
            let rotary = c.counts("no_rope_layers")?;
            let has_rotary = |layer: u64| match &rotary {
                Some(flags) => usize::try_from(layer).ok().and_then(|index| flags.get(index)) != Some(&0),
                None => !(layer + 1).is_multiple_of(every),
            };
            spans::spans(c, layers, window, |layer| is_on && !has_rotary(layer))
        }
        _ => spans::spans(c, layers, window, |_| slides),
    }
}
