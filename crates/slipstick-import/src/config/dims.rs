//! The dimensions that nearly every decoder states, checked against each other.

use slipstick_core::{model::blocks::GroupedQuery, numeric::ScalarFormat};

use super::{Config, ConfigError};

/// Layers beyond this are a mistake.
const MAX_LAYERS: u64 = 10_000;

/// The common dimensions of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Decoder layers.
    pub layers: u64,
    /// Query heads.
    pub heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// Width of a head.
    pub head_dim: u64,
    /// Rows of the embedding.
    pub vocab: u64,
}

impl Dims {
    /// Reads the standard keys. Without `num_key_value_heads`, and without a default of the architecture's class, every
    /// head has its own keys; likewise without `head_dim` the hidden size is shared out between the heads.
    ///
    /// # Errors
    /// If a key is missing, out of range, or contradicts another.
    pub fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        let hidden = c.first_count(&["hidden_size", "n_embd", "d_model"])?;
        let heads =
            c.first_count(&["num_attention_heads", "n_head", "num_heads", "n_heads", "attention_heads"])?;
        let kv_heads = match c.optional_count("num_key_value_heads")? {
            Some(0) => return Err(c.invalid("num_key_value_heads", "positive")),
            Some(count) => count,
            None => {
                c.assume("num_key_value_heads", heads);
                heads
            }
        };
        let head_dim = match c.optional_count("head_dim")? {
            Some(0) => return Err(c.invalid("head_dim", "positive")),
            Some(width) => width,
            None => share_out(c, hidden, heads)?,
        };
        let layers = layers(c, &["num_hidden_layers", "n_layer", "num_layers", "n_layers"])?;
        let dims = Self { hidden, layers, heads, kv_heads, head_dim, vocab: c.count("vocab_size")? };
        dims.check(c)
    }

    /// Checks the heads against each other.
    ///
    /// # Errors
    /// If query heads cannot share the key heads equally.
    pub fn check(self, c: &Config<'_>) -> Result<Self, ConfigError> {
        if !self.heads.is_multiple_of(self.kv_heads) {
            return Err(ConfigError::Contradiction(format!(
                "num_attention_heads is {}, which is no multiple of num_key_value_heads {}",
                self.heads, self.kv_heads
            )));
        }
        if self.heads > 1 << 16 || self.head_dim > 1 << 16 {
            return Err(c.invalid("num_attention_heads", "at most 65536 heads of at most 65536"));
        }
        Ok(self)
    }

    /// The plain attention block of these dimensions.
    pub const fn attention(&self) -> GroupedQuery {
        GroupedQuery::new(self.hidden, self.heads, self.kv_heads, self.head_dim)
    }
}

/// The width of a head when the configuration does not state it, rounded down by the classes that allow it.
///
/// # Errors
/// If the hidden size is no multiple of the heads.
pub(super) fn share_out(c: &Config<'_>, hidden: u64, heads: u64) -> Result<u64, ConfigError> {
    if !(hidden.is_multiple_of(heads) || c.rounds_head() && hidden > heads) {
        return Err(ConfigError::Contradiction(format!(
            "hidden_size {hidden} is no multiple of num_attention_heads {heads}, and there is no head_dim"
        )));
    }
    c.assume("head_dim", hidden / heads);
    Ok(hidden / heads)
}

/// The number of layers, bounded.
///
/// # Errors
/// If it is missing or absurd.
pub(super) fn layers(c: &Config<'_>, keys: &[&str]) -> Result<u64, ConfigError> {
    let layers = c.first_count(keys)?;
    if layers > MAX_LAYERS {
        let key = keys.iter().find(|key| c.has(key)).copied().unwrap_or_default();
        return Err(c.invalid(key, format!("at most {MAX_LAYERS}")));
    }
    Ok(layers)
}

/// The element format that the configuration states for its weights; 16-bit brain float where it states none.
///
/// # Errors
/// If it names a format that is not known.
pub(super) fn dtype(c: &Config<'_>) -> Result<ScalarFormat, ConfigError> {
    let (key, stated) = match c.text("dtype")? {
        Some(text) => ("dtype", Some(text)),
        None => ("torch_dtype", c.text("torch_dtype")?),
    };
    let Some(stated) = stated else {
        c.assume("dtype", "bfloat16");
        return Ok(ScalarFormat::Bf16);
    };
    Ok(match stated.strip_prefix("torch.").unwrap_or(stated) {
        "float64" => ScalarFormat::Fp64,
        "float32" | "float" => ScalarFormat::Fp32,
        "float16" | "half" => ScalarFormat::Fp16,
        "bfloat16" | "auto" => ScalarFormat::Bf16,
        "float8_e4m3fn" => ScalarFormat::Fp8E4m3,
        "float8_e5m2" => ScalarFormat::Fp8E5m2,
        _ => return Err(c.invalid(key, "float32, float16 or bfloat16")),
    })
}
