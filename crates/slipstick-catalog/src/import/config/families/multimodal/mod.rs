//! Decoders that also see or hear: any registered decoder, an encoder for pictures or sound, and what joins the two.

mod audio;
mod glm4v;
mod image;
mod llava;
mod qwen_vl;
mod text;

use super::{Config, ConfigError, Family};

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &audio::QWEN2_AUDIO,
    &audio::VOXTRAL,
    &glm4v::FAMILY,
    &llava::AYA,
    &llava::GEMMA3,
    &llava::LFM2_VL,
    &llava::LLAVA,
    &llava::MISTRAL3,
    &llava::PALIGEMMA,
    &qwen_vl::SECOND,
    &qwen_vl::THIRD,
];
