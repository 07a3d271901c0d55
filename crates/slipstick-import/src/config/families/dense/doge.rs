//! Doge: Llama's block with learned residual weights, norms on queries and keys, and a mask that depends on the values.

use slipstick_core::model::{Model, Role, Weight, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["doge"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.flag_or("is_moe", false)? {
        return Err(c.unsupported("is_moe is set, and its cross-domain experts are not known"));
    }
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias).with_head_norm(NormKind::Rms);
    decoder.feed_forward = decoder.feed_forward.with_bias(c.flag_or("mlp_bias", false)?);
    let (hidden, heads) = (decoder.dims.hidden, decoder.dims.kv_heads);
    let values = heads.saturating_mul(decoder.dims.head_dim);
    decoder.extra = vec![
        Weight::vector("input_residual", Role::Other, hidden),
        Weight::vector("post_attention_residual", Role::Other, hidden),
        Weight::vector("self_attn.A", Role::AttentionOther, heads),
        Weight::matrix("self_attn.dt_proj", Role::AttentionOther, heads, values),
    ];
    if bias {
        decoder.extra.push(Weight::vector("self_attn.dt_proj", Role::AttentionOther, heads));
    }
    decoder.slide_everywhere(c.optional_count("sliding_window")?);
    decoder.model(c)
}
