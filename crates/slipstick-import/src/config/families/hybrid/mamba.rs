//! Mamba 1 and 2: every layer is one norm and one recurrence.

use slipstick_core::model::{
    Layer, Model,
    blocks::{MixerPath, NormKind, SelectiveScan, StateSpace},
};

use super::{
    Config, ConfigError, Family, Frame, PATHS, Tie,
    kinds::{count_or_auto, positive_or},
    layers,
    state_spaces::check_heads,
};

pub(super) const FIRST: Family = Family { model_types: &["mamba", "falcon_mamba"], read: first };
pub(super) const SECOND: Family = Family { model_types: &["mamba2"], read: second };

fn first(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.first_count(&["hidden_size", "d_model"])?;
    let mixer = SelectiveScan {
        path: MixerPath::Mixer,
        hidden,
        inner: inner(c, hidden)?,
        state: positive_or(c, "state_size", 16)?,
        rank: count_or_auto(c, "time_step_rank", hidden.div_ceil(16))?,
        kernel: positive_or(c, "conv_kernel", 4)?,
        conv_bias: c.flag_or("use_conv_bias", true)?,
        bias: c.flag_or("use_bias", false)?,
        // Falcon Mamba normalises without parameters.
        norms: false,
        heads: 1,
    };
    let layer = Layer::default().with(mixer.weights()).mix(mixer.mixer());
    model(c, hidden, layer, Tie::UnlessStated)
}

fn second(c: &Config<'_>) -> Result<Model, ConfigError> {
    let hidden = c.first_count(&["hidden_size", "d_model"])?;
    let bias = c.flag_or("use_bias", false)?;
    let mixer = StateSpace {
        path: MixerPath::Mixer,
        hidden,
        heads: positive_or(c, "num_heads", 128)?,
        head_dim: positive_or(c, "head_dim", 64)?,
        groups: positive_or(c, "n_groups", 8)?,
        state: positive_or(c, "state_size", 128)?,
        kernel: positive_or(c, "conv_kernel", 4)?,
        conv_bias: c.flag_or("use_conv_bias", true)?,
        in_bias: bias,
        out_bias: bias,
        norm: true,
    };
    check_heads(&mixer, positive_or(c, "expand", 2)?.saturating_mul(hidden))?;
    let layer = Layer::default().with(mixer.weights()).mix(mixer.mixer());
    model(c, hidden, layer, Tie::OnlyIfStated)
}

fn inner(c: &Config<'_>, hidden: u64) -> Result<u64, ConfigError> {
    match c.optional_count("intermediate_size")? {
        Some(0) => Err(c.invalid("intermediate_size", "positive")),
        Some(inner) => Ok(inner),
        None => Ok(positive_or(c, "expand", 2)?.saturating_mul(hidden)),
    }
}

fn model(c: &Config<'_>, hidden: u64, layer: Layer, tie: Tie) -> Result<Model, ConfigError> {
    let layer = layer.with(NormKind::Rms.weights("norm", hidden));
    let count = layers(c, &["num_hidden_layers", "n_layer"])?;
    let frame = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, tie.read(c)?).named(PATHS);
    frame.model(c, (0..count).map(|_| layer.clone()).collect())
}
