//! Qwen 1 to 2.5 (biases on query, key and value) and Qwen 3 (norms on query and key heads instead), with a window in
//! the upper layers where it is switched on.

use slipstick_core::model::{
    Model, Role, Span,
    blocks::{AttentionNames, FeedForward, NormKind},
};

use super::{Config, ConfigError, Dims, Family, MultiToken, Paths, ResidualDecoder, Tie, spans};

pub(super) const QWEN: Family = Family { model_types: &["qwen"], read: read_1 };
pub(super) const QWEN2: Family = Family {
    model_types: &["qwen2", "mimo", "qwen2_vl_text", "qwen2_5_vl_text", "qwen2_5_omni_text"],
    read: read_2,
};
pub(super) const QWEN3: Family = Family { model_types: &["qwen3", "qwen3_vl_text"], read: read_3 };
pub(super) const MOLMO2: Family = Family { model_types: &["molmo2_text"], read: read_molmo2 };

/// The first generation states twice the width of its feed-forward, and a head's width as `kv_channels`.
fn read_1(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut dims = Dims::read(c)?;
    dims.head_dim = c.count_or("kv_channels", 128)?.max(1);
    let dims = dims.check(c)?;
    let double = c.count("intermediate_size")?;
    if !double.is_multiple_of(2) {
        return Err(c.invalid("intermediate_size", "even: it is the width of gate and up together"));
    }
    let bias = !c.flag_or("no_bias", true)?;
    let feed_forward =
        FeedForward::gated(dims.hidden, double / 2).named(["mlp.w2", "mlp.w1", "mlp.c_proj"]).with_bias(bias);
    let mut decoder = ResidualDecoder::of(dims, NormKind::Rms, Tie::OnlyIfStated.read(c)?, feed_forward);
    let names = AttentionNames::fused("attn.c_attn", "attn.c_proj");
    decoder.attention = decoder.attention.named(names).with_bias(true, bias);
    decoder.norms = &["ln_1", "ln_2"];
    decoder.frame.paths = Paths::TRANSFORMER;
    decoder.model(c)
}

fn read_2(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    decoder.attention = decoder.attention.with_bias(true, false);
    decoder.spans = upper_layers(c, decoder.dims.layers)?;
    let mut model = decoder.model(c)?;
    if c.model_type() == "mimo" {
        MultiToken { own_embedding: false, own_head: false, router_bias: 0 }.add(c, &mut model)?;
    }
    Ok(model)
}

fn read_3(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias).with_head_norm(NormKind::Rms);
    decoder.spans = upper_layers(c, decoder.dims.layers)?;
    decoder.model(c)
}

/// Molmo 2: norms on heads, or over the whole projections, and an embedding of more rows than the head.
fn read_molmo2(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let attention = decoder.attention.with_bias(c.flag_or("attention_bias", false)?, false);
    decoder.attention = match c.text("qk_norm_type")?.unwrap_or("qwen3") {
        "qwen3" => attention.with_head_norm(NormKind::Rms),
        "olmo" => attention.with_wide_norm(NormKind::Rms),
        _ => return Err(c.invalid("qk_norm_type", "\"qwen3\" or \"olmo\"")),
    };
    let more = c.count_or("additional_vocab_size", 128)?;
    let mut model = decoder.model(c)?;
    for table in model.components.iter_mut().flat_map(|component| &mut component.weights) {
        if table.role == Role::Embedding {
            table.rows += more;
        }
    }
    Ok(model)
}

/// The window counts only if `use_sliding_window` is set, and then from layer `max_window_layers` on.
fn upper_layers(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    let is_on = c.flag_or("use_sliding_window", false)?;
    let window = if is_on { c.optional_count("sliding_window")? } else { None };
    let first = c.count_or("max_window_layers", 28)?;
    spans::spans(c, layers, window, |layer| window.is_some() && layer >= first)
}
