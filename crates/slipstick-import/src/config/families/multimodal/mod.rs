//! Decoders that also see or hear: any registered decoder, an encoder for pictures or sound, and what joins the two.

mod audio;
mod blip;
mod conformer;
mod encoder_decoder;
mod fuyu;
mod gemma3n;
mod gemma4;
mod gemma4_assistant;
mod gemma4_unified;
mod glm4v;
mod idefics;
mod image;
mod internvl;
mod internvl_chat;
mod kimi_k25;
mod kimi_k3;
mod lfm3_vl;
mod llama4;
mod llava;
mod minicpmv;
mod minimax_m3_vl;
mod mllama;
mod molmo;
mod phi4;
mod pi0;
mod qwen_vl;
mod step3p7;
mod t5gemma2;
mod text;
mod vision_transformer;
mod whisper;

pub(super) use text::{Ties, text_model};

use super::{
    Config, ConfigError, Dims, Family, Frame, Paths, ResidualDecoder, Tie, dtype, head, layers, share_out,
    spans,
};

/// Refuses an encoder whose heads are not its width shared out: what its class rounds, or reads of a stated width, its other
/// sizes would follow.
///
/// # Errors
/// If they are not, or a size is out of range.
fn share_heads(part: &Config<'_>, heads: u64, width: u64) -> Result<(), ConfigError> {
    if heads == 0 || !width.is_multiple_of(heads) {
        return Err(
            part.unsupported(format!("{heads} heads do not share the {width} channels of an encoder"))
        );
    }
    let shared = width / heads;
    match part.optional_count("head_dim")? {
        Some(stated) if stated != shared => Err(part.invalid("head_dim", format!("{shared}, or absent"))),
        _ => Ok(()),
    }
}

/// The families of this folder.
pub(super) const FAMILIES: &[&Family] = &[
    &audio::FLAMINGO,
    &audio::GLM_ASR,
    &audio::QWEN2_AUDIO,
    &audio::VOXTRAL,
    &blip::FAMILY,
    &encoder_decoder::FAMILY,
    &fuyu::FAMILY,
    &gemma3n::FAMILY,
    &gemma3n::TEXT,
    &gemma4::FAMILY,
    &gemma4_assistant::FAMILY,
    &gemma4_unified::FAMILY,
    &gemma4::TEXT,
    &glm4v::FAMILY,
    &idefics::FAMILY,
    &internvl::FAMILY,
    &internvl_chat::FAMILY,
    &kimi_k25::FAMILY,
    &kimi_k3::FAMILY,
    &lfm3_vl::FAMILY,
    &llama4::FAMILY,
    &llava::AYA,
    &llava::DEEPSEEK_VL,
    &llava::FAST_VLM,
    &llava::GEMMA3,
    &llava::LFM2_VL,
    &llava::LLAVA,
    &llava::MISTRAL3,
    &llava::PALIGEMMA,
    &minicpmv::FAMILY,
    &minimax_m3_vl::FAMILY,
    &mllama::FAMILY,
    &mllama::TEXT,
    &molmo::FAMILY,
    &phi4::FAMILY,
    &pi0::FAMILY,
    &qwen_vl::EXAONE,
    &qwen_vl::SECOND,
    &qwen_vl::THIRD,
    &step3p7::FAMILY,
    &t5gemma2::FAMILY,
    &whisper::FAMILY,
];
