//! The text decoder inside a larger model: any registered family, chosen by the section's own `model_type`.

use slipstick_core::model::{Component, Model, Role, Storage};

use super::{
    super::{dtype, find},
    Config, ConfigError,
};

/// Where a larger model says whether its head is its embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ties {
    /// Nowhere: it never is.
    Never,
    /// Nowhere: it always is.
    Always,
    /// In the text section.
    Text,
    /// In `tie_word_embeddings` at the top, with this default.
    Top(bool),
    /// At the top, with this default, or in the text section.
    TopOrText(bool),
}

/// Reads `text_config`, or the top level where a file has no such section, as `model_type` unless it states another.
///
/// # Errors
/// If no family reads that type, or the family refuses it.
pub(in super::super) fn text_model(
    c: &Config<'_>,
    model_type: &str,
    ties: Ties,
) -> Result<Model, ConfigError> {
    let section = match c.optional_section("text_config")? {
        Some(section) if !is_flat(c) => section.or_type(model_type),
        _ => c.flat_part(model_type).with_defaults_of(holder(c)),
    };
    // The class reads Kimi K2's decoder as the one it descends from, with that one's defaults.
    let section = if section.model_type() == "kimi_k2" { section.as_type("deepseek_v3") } else { section };
    let mut model = (find(&section)?.read)(&section)?;
    if !c.has("text_config") && is_flat(c) && !c.takes_flat() {
        check_flat(c, model_type, &model)?;
    }
    let states_dtype = section.has("dtype") || section.has("torch_dtype");
    c.adopt(section);
    if !states_dtype {
        model.dtype = dtype(c)?;
    }
    let tied = match ties {
        Ties::Never => false,
        Ties::Text => model.has_tied_embeddings(),
        Ties::Always if c.has("tie_word_embeddings") && !c.flag_or("tie_word_embeddings", true)? => {
            return Err(c.unsupported("tie_word_embeddings is false, which its class does not heed"));
        }
        Ties::Always => true,
        Ties::Top(default) => c.flag_or("tie_word_embeddings", default)?,
        Ties::TopOrText(default) => c.flag_or("tie_word_embeddings", default)? || model.has_tied_embeddings(),
    };
    tie(&mut model, tied);
    c.model_type().clone_into(&mut model.model_type);
    rename(&mut model);
    Ok(model)
}

/// The type of the whole, where its class holds the decoder's keys itself.
fn holder(c: &Config<'_>) -> Option<&'static str> {
    c.owns("num_hidden_layers")
        .then(|| find(c).ok()?.model_types.iter().find(|name| **name == c.model_type()))
        .flatten()
        .copied()
}

/// Whether a file states the decoder's keys beside those of the whole, as the first of Qwen's and GLM's did. Where the class
/// of today takes them no more, a stray one is no decoder, but sizes and depth together are.
fn is_flat(c: &Config<'_>) -> bool {
    let beside = |key: &str| c.has(key) && !c.owns(key);
    let sizes = ["num_hidden_layers", "hidden_size", "intermediate_size"];
    let is_stated = sizes.iter().all(|key| beside(key));
    let others = ["num_attention_heads", "vocab_size"];
    !c.has("text_config")
        && (is_stated || c.takes_flat() && sizes.iter().chain(&others).any(|key| beside(key)))
}

/// Refuses a decoder whose keys stand beside those of the whole, where the class of today does not read them there and would
/// build another.
fn check_flat(c: &Config<'_>, model_type: &str, model: &Model) -> Result<(), ConfigError> {
    let Some(section) = c.optional_section("text_config")? else { return Ok(()) };
    let section = section.or_type(model_type);
    let of_class = (find(&section)?.read)(&section)?;
    let (read, stated) = (of_class.parameters().total, model.parameters().total);
    if read == stated {
        return Ok(());
    }
    Err(c.unsupported(format!(
        "the decoder's keys stand outside text_config, where its class does not read them: it builds {read} parameters, \
         and they state {stated}; move them into text_config"
    )))
}

/// Makes the head the embedding under another name, or a tensor of its own.
fn tie(model: &mut Model, tied: bool) {
    let weights = model.components.iter_mut().flat_map(|component| &mut component.weights);
    for head in weights.filter(|weight| weight.role == Role::LmHead && !weight.is_vector()) {
        head.storage = if tied { Storage::Alias } else { Storage::Own };
    }
}

/// Puts the decoder under `model.language_model`, where larger models keep it.
fn rename(model: &mut Model) {
    let paths = model.components.iter_mut().map(|component| &mut component.path);
    for path in paths.chain([&mut model.layers_path]) {
        if let Some(part @ ("layers" | "embed_tokens" | "norm" | "embedding_norm" | "final_layernorm")) =
            path.strip_prefix("model.")
        {
            *path = format!("model.language_model.{part}").into();
        }
    }
}

/// Puts the decoder under `language_model.model` instead, where some checkpoints keep it with its head.
pub(super) fn language_model_first(model: &mut Model) {
    model.layers_path = "language_model.model.layers".into();
    for Component { path, .. } in &mut model.components {
        match &**path {
            "model.language_model.embed_tokens" => *path = "language_model.model.embed_tokens".into(),
            "model.language_model.norm" => *path = "language_model.model.norm".into(),
            "lm_head" => *path = "language_model.lm_head".into(),
            _ => {}
        }
    }
}
