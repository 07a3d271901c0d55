//! The assistants of Gemma 4: small decoders that draft for a larger one and read its cache in every layer.

use slipstick_core::model::{Component, Model, Role, Weight};

use super::{Config, ConfigError, Dims, Family, dtype, gemma4::decoder};

pub(super) const FAMILY: Family =
    Family { model_types: &["gemma4_assistant", "gemma4_unified_assistant"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (usual, backbone) = match c.model_type() {
        "gemma4_assistant" => ("gemma4_text", 1536),
        _ => ("gemma4_unified_text", 3840),
    };
    let t = c.part("text_config", usual)?;
    let dims = Dims::read(&t)?;
    // Where none are said to share a cache, all do: the larger model's.
    let own = match t.count_or("num_kv_shared_layers", 0)? {
        0 => 0,
        shared => dims.layers.checked_sub(shared).ok_or_else(|| {
            t.invalid("num_kv_shared_layers", format!("at most the {} layers", dims.layers))
        })?,
    };
    if t.model_type() == "gemma4_text" && t.count_or("hidden_size_per_layer_input", 256)? > 0 {
        return Err(t.unsupported("hidden_size_per_layer_input is not 0, as an assistant's must be"));
    }
    if !c.flag_or("tie_word_embeddings", true)? {
        return Err(c.unsupported("tie_word_embeddings is false"));
    }
    let mut model = decoder(&t, dims, own)?;
    c.adopt(t);
    model.dtype = dtype(c)?;
    c.model_type().clone_into(&mut model.model_type);
    let backbone = c.count_or("backbone_hidden_size", backbone)?;
    let mut add = |path: &'static str, rows, cols| {
        let weight = Weight::matrix("", Role::Other, rows, cols);
        model.components.push(Component::text(path, vec![weight]));
    };
    add("pre_projection", dims.hidden, backbone.saturating_mul(2));
    add("post_projection", backbone, dims.hidden);
    if c.flag_or("use_ordered_embeddings", false)? {
        add("masked_embedding.centroids", c.count_or("num_centroids", 2048)?, dims.hidden);
    }
    Ok(model)
}
