//! Lara Mini: delta nets, windows and full attention in turn, experts in every layer.

use slipstick_core::model::{
    Layer, Model, Span,
    blocks::{DeltaNet, NormKind, PRE_NORM},
};

use super::{
    super::{ONE_SHARED, experts_of},
    Config, ConfigError, Dims, Family, Frame, Tie,
    kinds::{Kind, kinds, misplaced},
};

pub(super) const FAMILY: Family = Family { model_types: &["lara_mini"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let dims = Dims::read(c)?;
    let hidden = dims.hidden;
    let bias = c.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms);
    let delta = DeltaNet {
        hidden,
        key_heads: c.count("linear_num_key_heads")?,
        value_heads: c.count("linear_num_value_heads")?,
        key_dim: c.count("linear_key_head_dim")?,
        value_dim: c.count("linear_value_head_dim")?,
        kernel: c.count("linear_conv_kernel_dim")?,
        fused: false,
    };
    let width = c.count("moe_intermediate_size")?;
    let experts = experts_of(c, hidden, width, c.count("num_experts")?, c.count("num_experts_per_tok")?)?;
    let experts = experts.with_shared(c.count("shared_expert_intermediate_size")?, false).weights();
    let layers = kinds(c, dims.layers, pattern)?.into_iter().map(|kind| {
        let layer =
            Layer::default().with(PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)));
        let layer = match kind {
            Kind::Recurrent => layer.with(delta.weights()).mix(delta.mixer()),
            Kind::Attention => layer.with(attention.weights()).mix(attention.mixer()),
            Kind::Sliding => {
                let window = Span::Window(c.count("sliding_window")?);
                layer.with(attention.weights()).mix(attention.with_span(window).mixer())
            }
            other => return Err(misplaced(c, other)),
        };
        Ok(layer.with(experts.clone()).renamed(ONE_SHARED))
    });
    let layers = layers.collect::<Result<_, _>>()?;
    Frame::new(hidden, dims.vocab, NormKind::Rms, Tie::UnlessStated.read(c)?).model(c, layers)
}

/// What the layers are where the file does not say.
const fn pattern(index: u64) -> Kind {
    match index % 5 {
        0 | 2 => Kind::Recurrent,
        3 => Kind::Attention,
        _ => Kind::Sliding,
    }
}
