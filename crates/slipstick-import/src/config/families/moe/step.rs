//! Step 3.5: more query heads in the layers with a window, a gate for each head, one shared expert.

use slipstick_core::model::{
    Model, Span,
    blocks::{Experts, FeedForward, NormKind, PRE_NORM},
};

use super::{
    Config, ConfigError, Dims, Family, Frame, Tie,
    gated_heads::GatedHeads,
    layers,
    routed::{FeedForwards, experts_of, size},
    share_out,
};

pub(super) const FAMILY: Family = Family { model_types: &["step3p5"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, heads) = (c.count("hidden_size")?, c.count("num_attention_heads")?);
    let dims = Dims {
        hidden,
        layers: layers(c, &["num_hidden_layers"])?,
        heads,
        kv_heads: size(c, &["num_attention_groups", "num_key_value_heads"])?,
        head_dim: c.optional_count("head_dim")?.map_or_else(|| share_out(c, hidden, heads), Ok)?,
        vocab: c.count("vocab_size")?,
    }
    .check(c)?;
    if c.flag_or("mlp_bias", false)? {
        return Err(c.unsupported("mlp_bias is set, and no published model shows where it stands"));
    }
    let shared = size(c, &["share_expert_dims", "share_expert_dim"])?;
    let decoder = GatedHeads {
        dims,
        bias: c.flag_or("attention_bias", false)?,
        gate: "self_attn.g_proj",
        gates_whole_heads: true,
        norms: PRE_NORM,
        balance: None,
        blocks: FeedForwards {
            dense: FeedForward::gated(hidden, size(c, &["intermediate_size"])?),
            experts: experts(c, hidden)?.with_shared(shared, false),
            routed: routed(c, dims.layers)?,
        },
        attention: attention(c, &dims)?,
    };
    let frame = Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?);
    frame.model(c, decoder.layers(c)?)
}

/// The routed experts. The class has two fields for their number, and reads the first.
fn experts(c: &Config<'_>, hidden: u64) -> Result<Experts, ConfigError> {
    let count = size(c, &["n_routed_experts", "moe_num_experts", "num_experts"])?;
    let active = size(c, &["num_experts_per_tok", "moe_top_k"])?;
    experts_of(c, hidden, size(c, &["moe_intermediate_size"])?, count, active)
}

/// The heads and the span of each layer. `layer_types` may go on into the prediction blocks.
fn attention(c: &Config<'_>, dims: &Dims) -> Result<Vec<(u64, Span)>, ConfigError> {
    let sliding_heads = match c.optional_section("attention_other_setting")? {
        Some(other) => other.count("num_attention_heads")?,
        None => c.optional_count("num_sliding_attention_heads")?.unwrap_or(dims.heads),
    };
    let count = usize::try_from(dims.layers).unwrap_or(usize::MAX);
    let Some(types) = c.texts("layer_types")? else {
        return Ok((0..dims.layers).map(|_| (dims.heads, Span::Full)).collect());
    };
    if types.len() < count {
        return Err(c.invalid("layer_types", format!("a list of at least {count} entries, one a layer")));
    }
    let layer = |name: &str| match name {
        "full_attention" => Ok((dims.heads, Span::Full)),
        "sliding_attention" => Ok((sliding_heads, Span::Window(c.count("sliding_window")?))),
        _ => Err(c.invalid("layer_types", "made of \"full_attention\" and \"sliding_attention\"")),
    };
    types.into_iter().take(count).map(layer).collect()
}

/// The routed layers: `mlp_layer_types` (which may go on too), else the indices in `moe_layers_enum`, else all but three.
fn routed(c: &Config<'_>, layers: u64) -> Result<Vec<bool>, ConfigError> {
    if let Some(types) = c.texts("mlp_layer_types")? {
        if (types.len() as u64) < layers {
            return Err(c.invalid("mlp_layer_types", format!("a list of at least {layers} entries")));
        }
        return Ok(types.into_iter().zip(0..layers).map(|(name, _)| name == "sparse").collect());
    }
    let listed: Option<Vec<u64>> = match c.get("moe_layers_enum") {
        None => return Ok((0..layers).map(|layer| layer >= 3).collect()),
        Some(serde_json::Value::String(text)) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| item.parse().ok())
            .collect(),
        Some(_) => c.counts("moe_layers_enum")?,
    };
    let listed = listed.ok_or_else(|| c.invalid("moe_layers_enum", "layer numbers between commas"))?;
    Ok((0..layers).map(|layer| listed.contains(&layer)).collect())
}
