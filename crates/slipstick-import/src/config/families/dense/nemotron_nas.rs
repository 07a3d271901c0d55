//! Decoders from architecture search (DeciLM, Llama-Nemotron): each layer states its own attention and feed-forward.

use slipstick_core::model::{
    Layer, Model, Role, Span, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Family, Frame, Tie, layers, share_out};

pub(super) const FAMILY: Family = Family { model_types: &["nemotron-nas"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, heads) = (c.count("hidden_size")?, c.count("num_attention_heads")?);
    let head_dim = match c.optional_count("head_dim")?.filter(|width| *width > 0) {
        Some(width) => width,
        None => share_out(c, hidden, heads)?,
    };
    let count = layers(c, &["num_hidden_layers"])?;
    let blocks = c.sections("block_configs")?.ok_or_else(|| c.missing("block_configs"))?;
    if blocks.len() as u64 != count {
        return Err(ConfigError::Contradiction(format!(
            "block_configs has {} entries for {count} layers",
            blocks.len()
        )));
    }
    let [attention_bias, mlp_bias] = [c.flag_or("attention_bias", false)?, c.flag_or("mlp_bias", false)?];
    let mut decoder = Vec::with_capacity(blocks.len());
    for block in blocks {
        let plain =
            GroupedQuery::new(hidden, heads, heads, head_dim).with_bias(attention_bias, attention_bias);
        let layer = attention(&block.section("attention")?, plain)?;
        decoder.push(feed_forward(&block.section("ffn")?, hidden, mlp_bias, layer)?);
    }
    Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, decoder)
}

/// Whether a block is left out, or a single matrix in place of the real one; neither if it is the real one.
fn replaced(c: &Config<'_>, name: &'static str, hidden: u64) -> Result<Option<Vec<Weight>>, ConfigError> {
    if c.has("sparsify") || c.has("mamba") || c.has("moe") {
        return Err(c.unsupported("a block states sparsify, mamba or moe"));
    }
    if c.flag_or("no_op", false)? {
        return Ok(Some(Vec::new()));
    }
    let is_linear = c.flag_or("replace_with_linear", false)?;
    Ok(is_linear.then(|| vec![Weight::matrix(name, Role::Other, hidden, hidden)]))
}

fn attention(c: &Config<'_>, mut block: GroupedQuery) -> Result<Layer, ConfigError> {
    let norm = NormKind::Rms.weights("input_layernorm", block.hidden);
    if let Some(linear) = replaced(c, "self_attn.linear_attn", block.hidden)? {
        return Ok(if linear.is_empty() {
            Layer::default()
        } else {
            Layer::default().with(norm).with(linear)
        });
    }
    let shared_by = c.count("n_heads_in_group")?;
    if !block.q_heads.is_multiple_of(shared_by) {
        return Err(c.invalid("n_heads_in_group", format!("a divisor of the {} heads", block.q_heads)));
    }
    block.kv_heads = block.q_heads / shared_by;
    if let Some(window) = c.optional_count("window_length")?.filter(|tokens| *tokens > 0) {
        block.span = Span::Window(window + c.optional_count("num_sink_tokens")?.unwrap_or(0));
    }
    Ok(Layer::default().with(norm).with(block.weights()).mix(block.mixer()))
}

fn feed_forward(c: &Config<'_>, hidden: u64, bias: bool, layer: Layer) -> Result<Layer, ConfigError> {
    let norm = NormKind::Rms.weights("post_attention_layernorm", hidden);
    if let Some(linear) = replaced(c, "mlp.linear_mlp", hidden)? {
        return Ok(if linear.is_empty() { layer } else { layer.with(norm).with(linear) });
    }
    let width = match c.optional_count("intermediate_size")? {
        Some(width) => width,
        None => width_of(c, hidden)?,
    };
    Ok(layer.with(norm).with(FeedForward::gated(hidden, width).with_bias(bias).weights()))
}

/// Two thirds of `ffn_mult` times the hidden size, rounded up to a multiple of 256.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the multiple is checked to be small"
)]
fn width_of(c: &Config<'_>, hidden: u64) -> Result<u64, ConfigError> {
    let multiple = c.number_or("ffn_mult", 0.0)?;
    if !(multiple > 0.0 && multiple <= 1024.0) {
        return Err(c.invalid("ffn_mult", "a number above 0 and up to 1024"));
    }
    Ok(((2.0 * multiple * hidden as f64 / 3.0) as u64).next_multiple_of(256))
}
