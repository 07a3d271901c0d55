//! EAGLE-3 (arXiv 2503.01840) and P-EAGLE: one layer, or a few, that read the embedding beside a mix of three of the
//! target's hidden states, and a head over the tokens that are worth drafting.
//!
//! Sources: `llama_eagle3.py` of Tencent/AngelSlim, `llama3_eagle.py` and `peagle.py` of sgl-project/SpecForge.

use slipstick_core::model::{
    Component, Layer, Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{Config, ConfigError, Dims, Family, matrix, model, norm};

pub(in super::super) const EAGLE3: Family = Family { model_types: &["eagle3"], read: read_eagle3 };
pub(in super::super) const P_EAGLE: Family = Family { model_types: &["p_eagle"], read: read_p_eagle };

/// Hidden states of the target that are mixed: an early, a middle and a late layer's.
const MIXED: u64 = 3;

fn read_eagle3(c: &Config<'_>) -> Result<Model, ConfigError> {
    let l = c.flat_part("llama");
    let dims = Dims::read(&l)?;
    if dims.layers != 1 {
        return Err(c.invalid("num_hidden_layers", "1, since the head has one layer"));
    }
    check_section(c)?;
    let target = c.count_or("target_hidden_size", dims.hidden)?;
    let layer = first_layer(&l, &dims)?;
    c.adopt(l);
    let head = c.count("draft_vocab_size")?;
    let mut components = around(&dims, target, head);
    if c.flag_or("fc_norm", false)? {
        components.extend((0..MIXED).map(|_| norm("fc_norm", target)));
    }
    let mut model = model(c, &dims, vec![layer], components)?;
    model.layers_path = "midlayer".into();
    Ok(model)
}

fn read_p_eagle(c: &Config<'_>) -> Result<Model, ConfigError> {
    let l = c.flat_part("llama");
    let dims = Dims::read(&l)?;
    let target = c.count_or("target_hidden_size", dims.hidden)?;
    let mut layers = vec![first_layer(&l, &dims)?];
    for _ in 1..dims.layers {
        layers.push(layer(&l, &dims, 1, &["input_layernorm", "post_attention_layernorm"])?);
    }
    c.adopt(l);
    let head = c.count_or("draft_vocab_size", dims.vocab)?;
    let mut components = around(&dims, target, head);
    // What stands for a hidden state that is not known yet.
    let mask = Weight::vector("", Role::Other, MIXED.saturating_mul(target));
    components.push(Component::text("mask_hidden", vec![mask]));
    model(c, &dims, layers, components)
}

/// The section of other trainers, as far as it is known to change nothing.
fn check_section(c: &Config<'_>) -> Result<(), ConfigError> {
    let Some(section) = c.optional_section("eagle_config")? else { return Ok(()) };
    let layers = section.counts("eagle_aux_hidden_state_layer_ids")?;
    if layers.is_some_and(|layers| layers.len() as u64 != MIXED) {
        return Err(section.invalid("eagle_aux_hidden_state_layer_ids", "a list of three layers"));
    }
    if !section.flag_or("use_aux_hidden_state", true)? {
        return Err(c.unsupported("eagle_config mixes no hidden states of the target"));
    }
    Ok(())
}

/// The layer that reads the embedding and the hidden state side by side, each behind a norm of its own.
fn first_layer(l: &Config<'_>, dims: &Dims) -> Result<Layer, ConfigError> {
    layer(l, dims, 2, &["hidden_norm", "input_layernorm", "post_attention_layernorm"])
}

/// A layer without biases whose queries, keys and values read `inputs` vectors.
fn layer(l: &Config<'_>, dims: &Dims, inputs: u64, norms: &[&'static str]) -> Result<Layer, ConfigError> {
    let attention = dims.attention();
    let widen = |mut weight: Weight| {
        if matches!(weight.role, Role::Query | Role::Key | Role::Value) {
            weight.cols = weight.cols.saturating_mul(inputs);
        }
        weight
    };
    let feed_forward = FeedForward::gated(dims.hidden, l.count("intermediate_size")?);
    Ok(Layer::default()
        .with(norms.iter().flat_map(|name| NormKind::Rms.weights(*name, dims.hidden)))
        .with(attention.weights().into_iter().map(widen))
        .mix(attention.mixer())
        .with(feed_forward.weights()))
}

fn around(dims: &Dims, target: u64, head: u64) -> Vec<Component> {
    vec![
        matrix("embed_tokens", Role::Embedding, dims.vocab, dims.hidden),
        matrix("fc", Role::Other, dims.hidden, MIXED.saturating_mul(target)),
        norm("norm", dims.hidden),
        matrix("lm_head", Role::LmHead, head, dims.hidden),
    ]
}
