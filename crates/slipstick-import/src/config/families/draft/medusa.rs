//! Medusa (arXiv 2401.10774): heads on the target's last hidden state, each for one further token.
//!
//! Source: `medusa.py` of vllm-project/vllm, model and configuration.

use slipstick_core::model::{Component, Model, Role, Weight};

use super::{Config, ConfigError, Dims, Family, model};

pub(in super::super) const FAMILY: Family = Family { model_types: &["medusa"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.count_or("hidden_size", 4096)?;
    let vocab = c.count_or("vocab_size", 32_001)?;
    let heads = c.count_or(either(c, "medusa_num_heads", "num_heads"), 5)?;
    let depth = c.count_or(either(c, "medusa_num_layers", "num_hidden_layers"), 1)?;
    let rows = c.optional_count("truncated_vocab_size")?.unwrap_or(vocab);
    if heads > 1 << 10 || depth > 1 << 10 {
        return Err(c.invalid("num_heads", "at most 1024 heads of at most 1024 layers"));
    }
    let bias = c.flag_or("medusa_fc_bias", false)?;
    let block: Vec<Weight> = core::iter::once(Weight::matrix("", Role::Other, hidden, hidden))
        .chain(bias.then(|| Weight::vector("", Role::Other, hidden)))
        .collect();
    let head = vec![Weight::matrix("", Role::LmHead, rows, hidden)];
    let outputs = if c.flag_or("original_lm_head", false)? { 1 } else { heads };
    let blocks = (0..heads * depth).map(|_| Component::text("blocks", block.clone()));
    let components = blocks.chain((0..outputs).map(|_| Component::text("lm_heads", head.clone()))).collect();
    let dims = Dims { hidden, layers: 0, heads: 1, kv_heads: 1, head_dim: hidden, vocab };
    model(c, &dims, Vec::new(), components)
}

fn either(c: &Config<'_>, first: &'static str, second: &'static str) -> &'static str {
    if c.has(first) { first } else { second }
}
