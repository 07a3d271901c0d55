//! Kosmos-2 (arXiv 2306.14824), whose decoder is Magneto's (arXiv 2210.06423): a norm inside both blocks besides the one
//! before each.

use core::iter::repeat_n;

use slipstick_core::model::{
    Layer, Model,
    blocks::{AttentionNames, FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Family, Frame, Paths, Tie, layers, share_out, table};

pub(super) const FAMILY: Family =
    Family { model_types: &["kosmos_2_text_model", "kosmos_2_5_text_model"], read };

const PATHS: Paths = Paths { norm: "model.layer_norm", ..Paths::MODEL };
const ATTENTION: AttentionNames = AttentionNames { out: "self_attn.out_proj", ..AttentionNames::SEPARATE };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.flag_or("add_cross_attention", false)? {
        return Err(c.unsupported("add_cross_attention is set, and the encoder it looks at is not described"));
    }
    let (hidden, heads) = (c.count("embed_dim")?, c.count("attention_heads")?);
    let width = c.count("ffn_dim")?;
    // The second generation leaves out the norm inside attention.
    let has_inner = c.model_type() == "kosmos_2_text_model";
    let attention = GroupedQuery::new(hidden, heads, heads, share_out(c, hidden, heads)?);
    let attention = attention.with_bias(true, true).named(ATTENTION);
    let feed_forward = FeedForward::plain(hidden, width, true).named(["", "ffn.fc1", "ffn.fc2"]);
    let inner =
        if has_inner { NormKind::Layer.weights("self_attn.inner_attn_ln", hidden) } else { Vec::new() };
    let layer = Layer::default()
        .with(
            ["self_attn_layer_norm", "final_layer_norm"]
                .iter()
                .flat_map(|name| NormKind::Layer.weights(*name, hidden)),
        )
        .with(attention.weights())
        .mix(attention.mixer())
        .with(inner)
        .with(feed_forward.weights())
        .with(NormKind::Layer.weights("ffn.ffn_layernorm", width));
    let count = layers(c, &["layers", "num_hidden_layers"])?;
    let layers = repeat_n(layer, usize::try_from(count).unwrap_or(0)).collect();
    let tied = Tie::UnlessStated.read(c)?;
    let frame = Frame::new(hidden, c.count("vocab_size")?, NormKind::Layer, tied).named(PATHS);
    let model = frame.model(c, layers)?;
    // The second generation marks what is a picture and what is text.
    Ok(if has_inner { model } else { table(model, "model.segment_emb", 2, hidden) })
}
