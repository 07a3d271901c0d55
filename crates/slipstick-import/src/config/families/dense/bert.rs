//! BERT, RoBERTa and their descendants: encoders with learned positions and token types, and the head of their class.

use slipstick_core::model::{Layer, Model};

use super::{
    Config, ConfigError, Dims, Family,
    encoder::{crossing, decoding, embedded, layer, norm},
    encoder_head::{EncoderHead, Style},
    table,
};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "bert",
        "ernie",
        "megatron-bert",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "camembert",
        "data2vec-text",
        "mpnet",
        "blip_text_model",
    ],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let (hidden, vocab) = (dims.hidden, dims.vocab);
    let encoder = match c.model_type() {
        "mpnet" | "roberta-prelayernorm" | "xlm-roberta-xl" | "megatron-bert" => {
            layer(&dims, c.count("intermediate_size")?)
        }
        "blip_text_model" => captioning(c, &dims)?,
        _ => decoding(c, &dims, c.count("intermediate_size")?)?,
    };
    let mut model = embedded(c, &dims, hidden, (0..dims.layers).map(|_| encoder.clone()).collect())?;
    if c.model_type() == "mpnet" {
        let buckets = c.count_or("relative_attention_num_buckets", 32)?;
        model = table(model, "encoder.relative_attention_bias", buckets, dims.heads);
    } else if c.model_type() != "blip_text_model" {
        let types = c.count_or("type_vocab_size", 2)?;
        model = table(model, "embeddings.token_type_embeddings", types, hidden);
    }
    if c.model_type() == "ernie" && c.flag_or("use_task_id", false)? {
        let tasks = c.count_or("task_type_vocab_size", 3)?;
        model = table(model, "embeddings.task_type_embeddings", tasks, hidden);
    }
    // Those that normalise before their blocks do so once more at the end; one of them in place of the embeddings' norm.
    match c.model_type() {
        "megatron-bert" | "xlm-roberta-xl" => norm(&mut model, "encoder.ln", hidden),
        "roberta-prelayernorm" => {
            norm(&mut model, "embeddings.LayerNorm", hidden);
            norm(&mut model, "LayerNorm", hidden);
        }
        _ => norm(&mut model, "embeddings.LayerNorm", hidden),
    }
    let style = match c.model_type() {
        "bert" | "ernie" | "megatron-bert" | "blip_text_model" => Style::Bert,
        _ => Style::Roberta,
    };
    if style == Style::Roberta {
        model.max_context = after_padding(c, model.max_context)?;
    }
    model.components.extend(EncoderHead { hidden, width: hidden, vocab, style }.components(c)?);
    Ok(model)
}

/// BLIP's layer: where it writes, it attends to a picture's encoder, which may have another width.
fn captioning(c: &Config<'_>, dims: &Dims) -> Result<Layer, ConfigError> {
    let plain = layer(dims, c.count("intermediate_size")?);
    if !c.flag_or("is_decoder", true)? {
        return Ok(plain);
    }
    let own = Layer { mixers: vec![dims.attention().mixer()], ..plain };
    Ok(crossing(dims, own, c.count("encoder_hidden_size")?))
}

/// Descendants of RoBERTa number their positions from after the padding token: of 514, 512 hold a token.
fn after_padding(c: &Config<'_>, positions: Option<u64>) -> Result<Option<u64>, ConfigError> {
    let padding = c.count_or("pad_token_id", 1)?;
    Ok(positions.map(|positions| positions.saturating_sub(padding.saturating_add(1))))
}
