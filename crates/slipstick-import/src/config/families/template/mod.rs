//! Types whose weights a table lists: encoders, and decoders that see or hear by parts of their own.
//!
//! The table holds each size as an expression of keys that the reference implementation was seen to follow, and the keys
//! for whose other values it was not: a file that states one of those otherwise is refused by that key.

mod expression;
mod keys;
mod reach;
mod table;

use slipstick_core::model::{
    CacheUse, Component, ComponentKind, Layer, Mixer, Model, Name, Role, Span, Weight, blocks::GroupedQuery,
};

use self::{
    keys::Keys,
    table::{Decoder, Part, Row, Sees, Stack, Template, Ties},
};
use super::{Config, ConfigError, Family, dtype, head, multimodal, spans};

pub(super) const FAMILIES: &[&Family] = &[&FAMILY];

const FAMILY: Family = Family { model_types: TYPES, read };

/// The types of the table, which a test holds to be all.
const TYPES: &[&str] = &[
    "altclip",
    "apertus1p5",
    "aria",
    "bigbird_pegasus",
    "blip-2",
    "blip_text_model",
    "bros",
    "canary",
    "canine",
    "chinese_clip",
    "clip",
    "clip_text_model",
    "clipseg",
    "cohere_asr",
    "convbert",
    "cosmos3_edge",
    "cosmos3_omni",
    "cpmant",
    "csm",
    "ctrl",
    "data2vec-audio",
    "deberta",
    "deepseek_vl_hybrid",
    "dia",
    "dots3_note",
    "dpr",
    "ernie4_5_vl_moe",
    "esm",
    "esmc",
    "evolla",
    "flaubert",
    "florence2",
    "fnet",
    "fsmt",
    "fun_asr_nano",
    "funnel",
    "git",
    "glm5_next",
    "glm_ocr",
    "got_ocr2",
    "gpt_neox_japanese",
    "granite_docling",
    "granite_speech",
    "granite_speech5_ctc",
    "granite_speech_plus",
    "higgs_audio_v2",
    "hubert",
    "hy_v4_vl",
    "hyperclovax_vision_v2",
    "ibert",
    "idefics",
    "inkling2",
    "inkling2_loop",
    "inkling_mm_model",
    "instructblip",
    "instructblipvideo",
    "janus",
    "jina_embeddings_v3",
    "kosmos-2",
    "kosmos-2.5",
    "kyutai_speech_to_text",
    "lasr_ctc",
    "layoutlmv3",
    "led",
    "lilt",
    "luke",
    "lxmert",
    "markuplm",
    "metaclip_2",
    "minicpm_ocr",
    "minicpmv4_6",
    "minicpmv4_7",
    "mistral_large4",
    "mobilebert",
    "modernvbert",
    "molmo2",
    "moonshine",
    "moshi",
    "moss_transcribe_diarize",
    "mra",
    "muse_glimmer",
    "muse_spark",
    "musicflamingo",
    "nemo_speechlm",
    "neomme",
    "nllb-moe",
    "omniasr",
    "openai_privacy_filter",
    "ovis2",
    "paddleocr_vl",
    "parakeet_ctc",
    "parakeet_encoder",
    "pegasus_x",
    "perceiver",
    "pix2struct",
    "pp_chart2table",
    "pp_formulanet",
    "prophetnet",
    "qianfan_ocr",
    "qwen2_5_omni",
    "qwen2_5_omni_thinker",
    "qwen3_asr",
    "qwen3_omni_moe",
    "qwen3_omni_moe_thinker",
    "reformer",
    "rembert",
    "roc_bert",
    "roformer",
    "seamless_m4t",
    "seamless_m4t_v2",
    "siglip",
    "siglip2",
    "speech_to_text",
    "speecht5",
    "splinter",
    "squeezebert",
    "tapas",
    "tipsv2_text_model",
    "udop",
    "ultrabert",
    "ultravbert",
    "unispeech",
    "unispeech-sat",
    "unlimited_ocr",
    "vibevoice",
    "vibevoice_asr",
    "video_llama_3",
    "vilt",
    "visual_bert",
    "voxtral_realtime",
    "wav2vec2",
    "wav2vec2-bert",
    "wav2vec2-conformer",
    "wavlm",
    "xlm",
    "xlnet",
    "xmod",
];

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let class = head::class(c)?;
    let Some(template) = table::find(c.model_type(), class, c.is_nested()) else {
        let shown: String = class.unwrap_or_default().chars().take(60).collect();
        return Err(c.unsupported(format!("how many weights the class {shown:?} has is not known")));
    };
    if let Some(whole) = template.text.as_ref()
        && let Some(flag) = &whole.alone_without
        && !c.flag_or(flag, true)?
    {
        return text(c, whole);
    }
    keys::check(c, &template.pinned)?;
    let decoder = template.text.as_ref().map(|decoder| text(c, decoder)).transpose()?;
    let keys = Keys::read(c, template, decoder.as_ref().map(|decoder| decoder.hidden))?;
    let kind = if decoder.is_some() { ComponentKind::Tower } else { ComponentKind::Text };
    let mut model = match (decoder, &template.layers) {
        (Some(decoder), _) => decoder,
        (None, Some(stack)) => layered(c, stack, &keys)?,
        (None, None) => return Err(c.unsupported("it has neither a decoder nor layers")),
    };
    for row in &template.weights {
        let weight = weight(row, "", &keys)?;
        let encodes = matches!(row.part, Part::Encoder | Part::EncoderExpert);
        let kind = match row.part {
            _ if encodes => ComponentKind::Encoder,
            // An encoder's, which the whole has in its place.
            Part::Head => ComponentKind::Text,
            _ => kind,
        };
        model.components.push(Component { path: row.path.as_str().into(), kind, weights: vec![weight] });
    }
    Ok(model)
}

/// The decoder, as its own family reads it.
fn text(c: &Config<'_>, decoder: &'static Decoder) -> Result<Model, ConfigError> {
    if let Some(section) = &decoder.section {
        let section = c.part(section, &decoder.model_type)?;
        let mut model = (super::find(&section)?.read)(&section)?;
        c.adopt(section);
        model.dtype = dtype(c)?;
        c.model_type().clone_into(&mut model.model_type);
        return Ok(model);
    }
    let ties = match decoder.ties {
        Ties::Top => multimodal::Ties::Top(false),
        Ties::Text => multimodal::Ties::Text,
        Ties::Either => multimodal::Ties::TopOrText(false),
        Ties::Never => multimodal::Ties::Never,
        Ties::Always => multimodal::Ties::Always,
    };
    let model = multimodal::text_model(c, &decoder.model_type, ties)?;
    let has_encoder =
        model.layers.iter().flat_map(Layer::mixers).any(|mixer| matches!(mixer, Mixer::Cross(_)));
    let is_usual = c.part("text_config", &decoder.model_type)?.model_type() == decoder.model_type;
    if has_encoder && !is_usual {
        return Err(c.unsupported("its decoder has an encoder of its own, and what that shares is not known"));
    }
    Ok(model)
}

/// The layers of an encoder or a decoder, without what stands around them.
fn layered(c: &Config<'_>, stack: &'static Stack, keys: &Keys<'_>) -> Result<Model, ConfigError> {
    let (hidden, depth) = (keys.size(&stack.hidden)?, keys.size(&stack.depth)?);
    if depth > keys::MAX_LAYERS {
        return Err(c.unsupported(format!("it has over {} layers", keys::MAX_LAYERS)));
    }
    let mut layer = Layer::default();
    for row in &stack.weights {
        layer.weights.push(weight(row, &stack.path, keys)?);
    }
    let attention = attention(stack, keys, hidden)?;
    let window = stack.window.as_ref().map(|window| keys.size(window)).transpose()?;
    let layers = reach::spans(c, stack.reach.as_ref(), depth)?.into_iter().map(|span| {
        let span = window.map_or(span, Span::Window);
        let Some(attention) = attention.map(|attention| attention.with_span(span)) else {
            return layer.clone();
        };
        let layer = layer.clone().mix(attention.mixer());
        if let Sees::PastAndEncoder = stack.sees { layer.mix(attention.cross_mixer()) } else { layer }
    });
    Ok(Model {
        model_type: c.model_type().to_owned(),
        hidden,
        vocab: keys.size(&stack.vocab)?,
        layers: layers.collect(),
        layers_path: stack.path.as_str().into(),
        components: Vec::new(),
        max_context: c.first_count(&["max_position_embeddings", "n_positions"]).ok(),
        dtype: dtype(c)?,
    })
}

/// The attention of a layer, if it attends.
fn attention(stack: &Stack, keys: &Keys<'_>, hidden: u64) -> Result<Option<GroupedQuery>, ConfigError> {
    let Some(heads) = &stack.heads else { return Ok(None) };
    let heads = keys.size(heads)?.max(1);
    let stated = |size: &Option<String>| size.as_ref().map(|size| keys.size(size)).transpose();
    let kv_heads = stated(&stack.kv_heads)?.unwrap_or(heads);
    let head_dim = stated(&stack.head_dim)?.unwrap_or(hidden / heads);
    let mut attention = GroupedQuery::new(hidden, heads, kv_heads, head_dim);
    if let Sees::All = stack.sees {
        attention.cache = CacheUse::None;
    }
    Ok(Some(attention))
}

/// A weight, named by its path in `module`.
fn weight(row: &'static Row, module: &str, keys: &Keys<'_>) -> Result<Weight, ConfigError> {
    let name = match row.path.strip_prefix(module).and_then(|path| path.strip_prefix(".*.")) {
        Some(inside) if !module.is_empty() => Name::from(inside),
        _ => Name::from(""),
    };
    let role = match row.part {
        Part::Embedding => Role::Embedding,
        Part::Head => Role::LmHead,
        Part::Norm => Role::Norm,
        Part::Table => Role::Table,
        Part::Other => Role::Other,
        Part::Vision => Role::Vision,
        Part::Audio => Role::Audio,
        Part::Projector => Role::Projector,
        Part::Encoder => Role::Encoder,
        // Which of an expert's matrices it is, no table says.
        Part::Expert | Part::EncoderExpert => Role::ExpertUp,
    };
    let mut shape = Vec::with_capacity(row.shape.len());
    for size in &row.shape {
        shape.push(keys.size(size)?);
    }
    let rows = shape.first().copied().unwrap_or(1);
    let cols = shape.iter().skip(1).fold(1_u64, |product, size| product.saturating_mul(*size));
    let mut weight =
        Weight::matrix(name, role, rows, cols).repeated(keys.size(&row.count)?.saturating_mul(row.times));
    if row.alias {
        weight = weight.alias();
    }
    if let Some(chosen) = row.chosen {
        weight = routed(weight, keys, chosen)?;
    }
    Ok(weight)
}

/// The experts of several layers, of which a token passes so many in each.
fn routed(weight: Weight, keys: &Keys<'_>, chosen: u64) -> Result<Weight, ConfigError> {
    let count = keys.size("num_experts")?.max(1);
    let active = weight.copies / count * chosen.min(count);
    Ok(Weight { active, ..weight })
}

#[cfg(test)]
mod tests {
    use super::{TYPES, table};

    #[test]
    fn every_class_of_the_table_is_read_and_listed() {
        assert_eq!(table::types(), TYPES);
        for (model_type, class) in table::all() {
            assert!(table::find(model_type, Some(class), false).is_some(), "{model_type} {class}");
        }
    }
}
