//! DeciLM 6B and 7B: Llama's block with a number of key heads of its own in each layer.

use slipstick_core::model::{
    Model,
    blocks::{NormKind, PRE_NORM, residual},
};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family { model_types: &["deci", "deci_lm"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let heads = c.counts("num_key_value_heads_per_layer")?;
    let heads = heads.ok_or_else(|| c.missing("num_key_value_heads_per_layer"))?;
    if heads.len() as u64 != decoder.dims.layers {
        return Err(c.invalid("num_key_value_heads_per_layer", format!("{} entries", decoder.dims.layers)));
    }
    let mut layers = Vec::with_capacity(heads.len());
    for kv_heads in heads {
        if kv_heads == 0 || !decoder.dims.heads.is_multiple_of(kv_heads) {
            let expected = format!("a list of divisors of the {} heads", decoder.dims.heads);
            return Err(c.invalid("num_key_value_heads_per_layer", expected));
        }
        let mut attention = decoder.attention;
        attention.kv_heads = kv_heads;
        layers.push(residual(NormKind::Rms, PRE_NORM, &attention, &decoder.feed_forward));
    }
    decoder.frame.model(c, layers)
}
