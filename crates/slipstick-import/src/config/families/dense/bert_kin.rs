//! Encoders on BERT's layer that add something to it: positions in two dimensions (LayoutLM), projections for tokens that
//! see everything (Longformer), a convolution of the values (Nyströmformer), blocks or hashes of tokens instead of all
//! (BigBird, YOSO), which cost no parameters.

use slipstick_core::model::{Component, Layer, Model, Role, Weight};

use super::{
    Config, ConfigError, Dims, Family, Tie,
    encoder::{embedded, layer, norm},
    encoder_head::{EncoderHead, Style},
    head, table,
};

pub(super) const FAMILY: Family = Family {
    model_types: &["bert-generation", "big_bird", "layoutlm", "longformer", "nystromformer", "yoso"],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let class = head::class(c)?.unwrap_or("Model");
    if !["ForMaskedLM", "ForCausalLM", "Model", "GenerationDecoder", "GenerationEncoder"]
        .iter()
        .any(|ending| class.ends_with(ending))
    {
        let class: String = class.chars().take(60).collect();
        return Err(c.unsupported(format!("the head of {class:?} is not known")));
    }
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let encoder = widened(c, &dims, layer(&dims, c.count("intermediate_size")?))?;
    let mut model = embedded(c, &dims, hidden, (0..dims.layers).map(|_| encoder.clone()).collect())?;
    if c.model_type() == "bert-generation" {
        norm(&mut model, "embeddings.LayerNorm", hidden);
        if class.ends_with("Decoder") {
            model.components.push(generator(c, &dims)?);
        }
        return Ok(model);
    }
    model = table(model, "embeddings.token_type_embeddings", c.count_or("type_vocab_size", 2)?, hidden);
    let style = match c.model_type() {
        "layoutlm" => {
            let places = c.count("max_2d_position_embeddings")?;
            for path in [
                "embeddings.x_position_embeddings",
                "embeddings.y_position_embeddings",
                "embeddings.h_position_embeddings",
                "embeddings.w_position_embeddings",
            ] {
                model = table(model, path, places, hidden);
            }
            Style::Pooled
        }
        "big_bird" => Style::Pooled,
        "longformer" => Style::Roberta,
        _ => {
            // Two more rows of positions than are stated.
            model = table(model, "embeddings.position_embeddings", 2, hidden);
            Style::Plain
        }
    };
    norm(&mut model, "embeddings.LayerNorm", hidden);
    model.components.extend(EncoderHead { hidden, width: hidden, vocab: dims.vocab, style }.components(c)?);
    Ok(model)
}

/// The embedding again, with a bias that has two names.
fn generator(c: &Config<'_>, dims: &Dims) -> Result<Component, ConfigError> {
    if !Tie::UnlessStated.read(c)? {
        return Err(c.unsupported("tie_word_embeddings is false"));
    }
    Ok(Component::text(
        "lm_head",
        vec![
            Weight::matrix("decoder", Role::LmHead, dims.vocab, dims.hidden).alias(),
            Weight::vector("bias", Role::Other, dims.vocab),
            Weight::vector("decoder", Role::LmHead, dims.vocab).alias(),
        ],
    ))
}

fn widened(c: &Config<'_>, dims: &Dims, mut layer: Layer) -> Result<Layer, ConfigError> {
    match c.model_type() {
        "big_bird" if !c.flag_or("use_bias", true)? => {
            let is_bias = |weight: &Weight| {
                weight.is_vector() && matches!(weight.role, Role::Query | Role::Key | Role::Value)
            };
            layer.weights.retain(|weight| !is_bias(weight));
            Ok(layer)
        }
        "longformer" => {
            let global = |name| {
                [
                    Weight::matrix(name, Role::AttentionOther, dims.hidden, dims.hidden),
                    Weight::vector(name, Role::AttentionOther, dims.hidden),
                ]
            };
            Ok(layer
                .with(global("attention.self.query_global"))
                .with(global("attention.self.key_global"))
                .with(global("attention.self.value_global")))
        }
        "nystromformer" => match c.optional_count("conv_kernel_size")? {
            Some(taps) => {
                let conv = Weight::matrix("attention.self.conv", Role::AttentionOther, dims.heads, taps);
                Ok(layer.with([conv]))
            }
            None => Ok(layer),
        },
        _ => Ok(layer),
    }
}
