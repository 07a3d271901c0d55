//! Llama 3.2 Vision: text layers, and between them layers that attend to the picture alone.

use slipstick_core::model::{
    Layer, Model, Role,
    blocks::{AttentionNames, FeedForward, NormKind, Tower, TowerLayer},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie, head,
    image::{patch_values, patches},
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["mllama"], read };
pub(super) const TEXT: Family = Family { model_types: &["mllama_text_model"], read: read_text };

const CROSS: AttentionNames = AttentionNames {
    q_norm: "cross_attn.q_norm",
    k_norm: "cross_attn.k_norm",
    ..AttentionNames::split(
        "cross_attn.q_proj",
        "cross_attn.k_proj",
        "cross_attn.v_proj",
        "cross_attn.o_proj",
    )
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    // The embedding has more rows than the head, so the two are never one tensor.
    let mut model = text_model(c, "mllama_text_model", Ties::Never)?;
    if head::class(c)?.is_some_and(|class| class.ends_with("ForCausalLM")) {
        return Ok(model);
    }
    let v = c.part("vision_config", "mllama_vision_model")?;
    let tower = tower(&v)?;
    let output = v.count_or("vision_output_dim", 7680)?;
    c.adopt(v);
    let projector = Tower::new(Role::Projector).linear("", model.hidden, output, true);
    model.components.push(tower.component("vision_model"));
    model.components.push(projector.component("multi_modal_projector"));
    Ok(model)
}

fn read_text(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let attention = dims.attention();
    let cross = attention.with_head_norm(NormKind::Rms).named(CROSS);
    let feed_forward = FeedForward::gated(hidden, c.count("intermediate_size")?);
    let crossing = c.counts("cross_attention_layers")?.unwrap_or_else(|| vec![3, 8, 13, 18, 23, 28, 33, 38]);
    let norms = ["input_layernorm", "post_attention_layernorm"];
    let layers = (0..dims.layers).map(|index| {
        let layer = Layer::default()
            .with(norms.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
            .with(feed_forward.weights());
        if !crossing.contains(&index) {
            return layer.with(attention.weights()).mix(attention.mixer());
        }
        let gates = NormKind::Layer.weights("cross_attn_gate", 1);
        layer.with(cross.weights()).with(gates).mix(cross.cross_mixer())
    });
    let layers = layers.collect();
    let mut model =
        Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)?;
    // Eight rows for marks of the picture, which are read but never predicted.
    let weights = model.components.iter_mut().flat_map(|component| &mut component.weights);
    for table in weights.filter(|weight| weight.role == Role::Embedding) {
        table.rows += 8;
    }
    Ok(model)
}

fn tower(v: &Config<'_>) -> Result<Tower, ConfigError> {
    let (width, patch) = (v.count_or("hidden_size", 1280)?, v.side_or("patch_size", 14)?);
    let heads = v.count_or("attention_heads", 16)?;
    if heads == 0 || !width.is_multiple_of(heads) {
        return Err(v.invalid("attention_heads", format!("a divisor of the width {width}")));
    }
    let places = patches(v, v.side_or("image_size", 448)?, patch)? + 1;
    let tiles = v.count_or("max_num_tiles", 4)?;
    let ratios = v.list("supported_aspect_ratios")?.map_or(8, <[_]>::len) as u64 + 1;
    let layer = TowerLayer {
        qkv_bias: false,
        out_bias: false,
        ..TowerLayer::vision(width, v.count_or("intermediate_size", 5120)?)
    };
    let global = v.count_or("num_global_layers", 8)?;
    let tiled = tiles.saturating_mul(width);
    Ok(Tower::new(Role::Vision)
        .vector("class_embedding", width)
        .linear("patch_embedding", width, patch_values(v, "num_channels", patch)?, false)
        .vector("gated_positional_embedding.gate", 1)
        .table("gated_positional_embedding.embedding", places, width)
        .table("gated_positional_embedding.tile_embedding", ratios, tiled.saturating_mul(places))
        .vector("pre_tile_positional_embedding.gate", 1)
        .table("pre_tile_positional_embedding.embedding", ratios, tiled)
        .vector("post_tile_positional_embedding.gate", 1)
        .table("post_tile_positional_embedding.embedding", ratios, tiled)
        .norm(NormKind::Layer, "layernorm_pre", width)
        .norm(NormKind::Layer, "layernorm_post", width)
        .layers(v.count_or("num_hidden_layers", 32)?, layer.weights())
        .layers(global, layer.weights())
        .layers(global, NormKind::Layer.weights("global_transformer.gate", 1)))
}
