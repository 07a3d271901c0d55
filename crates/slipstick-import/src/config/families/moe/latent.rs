//! Reading multi-head latent attention, and the decoders that combine it with dense blocks only.

use core::iter::repeat_n;

use slipstick_core::model::{
    Model, Span,
    blocks::{FeedForward, LatentBlock, NormKind},
};

use super::{Config, ConfigError, Family, Frame, Tie, layers, pre_norm, routed::size, share_out};

/// Youtu, MiniCPM3.
pub(super) const FAMILY: Family = Family { model_types: &["youtu", "minicpm3"], read };

/// The sizes of a decoder whose heads share a latent: head widths are stated apart, the hidden size need not divide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) struct LatentDims {
    pub hidden: u64,
    pub layers: u64,
    pub vocab: u64,
    pub attention: LatentBlock,
}

impl LatentDims {
    /// Reads the sizes under the names of DeepSeek-V2.
    ///
    /// # Errors
    /// If a size is missing or out of range.
    pub(in crate::config) fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        let hidden = c.count("hidden_size")?;
        let q_heads = c.count("num_attention_heads")?;
        let q_rank = c.optional_count("q_lora_rank")?;
        if q_rank == Some(0) {
            return Err(c.invalid("q_lora_rank", "positive, or null for plain queries"));
        }
        let attention = LatentBlock {
            hidden,
            q_heads,
            q_rank,
            kv_rank: size(c, &["kv_lora_rank"])?,
            nope_dim: size(c, &["qk_nope_head_dim"])?,
            rope_dim: size(c, &["qk_rope_head_dim"])?,
            v_dim: match c.optional_count("v_head_dim")? {
                Some(0) => return Err(c.invalid("v_head_dim", "positive")),
                Some(width) => width,
                None => share_out(c, hidden, q_heads)?,
            },
            bias: c.flag_or("attention_bias", false)?,
            span: Span::Full,
            indexer: None,
        };
        let layers = layers(c, &["num_hidden_layers", "num_layers"])?;
        Ok(Self { hidden, layers, vocab: c.count("vocab_size")?, attention })
    }
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = LatentDims::read(c)?;
    let mut feed_forward = FeedForward::gated(dims.hidden, size(c, &["intermediate_size"])?);
    feed_forward.bias = c.flag_or("mlp_bias", false)?;
    let layer = pre_norm::layer(NormKind::Rms, dims.hidden, (&dims.attention).into(), feed_forward.weights());
    let layers = repeat_n(layer, usize::try_from(dims.layers).unwrap_or(0)).collect();
    Frame::new(dims.hidden, dims.vocab, NormKind::Rms, Tie::UnlessStated.read(c)?).model(c, layers)
}
