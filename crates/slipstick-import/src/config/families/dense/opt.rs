//! OPT, XGLM and BioGPT: the decoder half of BART's block, with learned or computed positions.

use slipstick_core::model::{
    Component, Model, Role, Weight,
    blocks::{AttentionNames, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie, table};

pub(super) const FAMILY: Family = Family { model_types: &["opt", "xglm", "biogpt"], read };

/// Position tables of this lineage begin two rows late.
const POSITION_OFFSET: u64 = 2;

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.flag_or("add_cross_attention", false)? {
        return Err(c.unsupported("add_cross_attention is set, and the encoder it looks at is not described"));
    }
    let mut decoder =
        ResidualDecoder::read_plain(c, Dims::read(c)?, Tie::UnlessStated, &["ffn_dim", "intermediate_size"])?;
    let bias = c.flag_or("enable_bias", true)?;
    decoder.attention = decoder
        .attention
        .named(AttentionNames { out: "self_attn.out_proj", ..AttentionNames::SEPARATE })
        .with_bias(bias, bias);
    decoder.feed_forward = decoder.feed_forward.named(["", "fc1", "fc2"]).with_bias(bias);
    decoder.norms = &["self_attn_layer_norm", "final_layer_norm"];
    match c.model_type() {
        "opt" => read_opt(c, decoder),
        "biogpt" => {
            decoder.frame = decoder.frame.named(BIOGPT);
            let rows = c.count("max_position_embeddings")? + POSITION_OFFSET;
            Ok(table(decoder.model(c)?, "biogpt.embed_positions", rows, decoder.dims.hidden))
        }
        _ => {
            decoder.frame.paths.norm = "model.layer_norm";
            decoder.model(c)
        }
    }
}

const BIOGPT: Paths = Paths {
    layers: "biogpt.layers",
    embedding: "biogpt.embed_tokens",
    norm: "biogpt.layer_norm",
    head: "output_projection",
};

/// OPT may embed in another width than it works in, and may end without a norm.
fn read_opt(c: &Config<'_>, mut decoder: ResidualDecoder) -> Result<Model, ConfigError> {
    let hidden = decoder.dims.hidden;
    if !c.flag_or("layer_norm_elementwise_affine", true)? {
        (decoder.norm, decoder.frame.final_norm) = (NormKind::Bare, Some(NormKind::Bare));
    }
    if !c.flag_or("do_layer_norm_before", true)? || c.flag_or("_remove_final_layer_norm", false)? {
        decoder.frame.final_norm = None;
    }
    decoder.frame = decoder.frame.named(Paths {
        layers: "model.decoder.layers",
        embedding: "model.decoder.embed_tokens",
        norm: "model.decoder.final_layer_norm",
        head: "lm_head",
    });
    decoder.frame.embedding = c.count_or("word_embed_proj_dim", hidden)?;
    let rows = c.count("max_position_embeddings")? + POSITION_OFFSET;
    let mut model = table(decoder.model(c)?, "model.decoder.embed_positions", rows, hidden);
    let width = decoder.frame.embedding;
    if width != hidden {
        let project =
            |path, rows, cols| Component::text(path, vec![Weight::matrix("", Role::Other, rows, cols)]);
        model.components.push(project("model.decoder.project_in", hidden, width));
        model.components.push(project("model.decoder.project_out", width, hidden));
    }
    Ok(model)
}
