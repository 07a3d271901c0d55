//! xLSTM (arXiv 2405.04517; the 7B model: arXiv 2503.13427): matrix memories with exponential gates, and gated blocks.

use core::iter::repeat_n;

use slipstick_core::model::{
    Layer, Mixer, Model, Recurrent, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{Config, ConfigError, Family, Frame, PATHS, Paths, layers};

pub(super) const FAMILY: Family = Family { model_types: &["xlstm"], read };

const XLSTM: Paths = Paths { layers: "backbone.blocks", norm: "backbone.out_norm", ..PATHS };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if c.flag_or("use_bias", false)? {
        return Err(c.unsupported("use_bias is set, and no published model shows which norms it reaches"));
    }
    if c.text("weight_mode")?.is_some_and(|mode| mode != "single") {
        return Err(c.unsupported("weight_mode is not \"single\""));
    }
    let hidden = c.count("hidden_size")?;
    if c.optional_count("embedding_dim")?.is_some_and(|width| width != hidden) {
        return Err(ConfigError::Contradiction(format!(
            "embedding_dim is another than hidden_size {hidden}"
        )));
    }
    let heads = c.count("num_heads")?;
    let keys = scaled(c, hidden, "qk_dim_factor", 0.5, 64)?;
    let values = scaled(c, hidden, "v_dim_factor", 1.0, 64)?;
    let multiple = c.count_or("ffn_round_up_to_multiple_of", 64)?.max(1);
    let width = scaled(c, hidden, "ffn_proj_factor", 2.667, multiple)?;
    if !(keys.is_multiple_of(heads) && values.is_multiple_of(heads)) {
        return Err(ConfigError::Contradiction(format!(
            "{keys} keys and {values} values are not for {heads} heads"
        )));
    }
    let feed_forward =
        FeedForward::gated(hidden, width).named(["ffn.proj_up_gate", "ffn.proj_up", "ffn.proj_down"]);
    let layer = Layer::default()
        .with(["norm_mlstm", "norm_ffn"].iter().flat_map(|name| NormKind::Rms.weights(*name, hidden)))
        .with(memory(hidden, heads, keys, values))
        .mix(state(heads, keys, values))
        .with(feed_forward.weights());
    let count = layers(c, &["num_blocks", "num_hidden_layers"])?;
    let layers = repeat_n(layer, usize::try_from(count).unwrap_or(0)).collect();
    let frame = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, false).named(XLSTM);
    frame.model(c, layers)
}

/// `hidden` times a factor, rounded up to a multiple.
fn scaled(c: &Config<'_>, hidden: u64, key: &str, default: f64, multiple: u64) -> Result<u64, ConfigError> {
    let width = hidden as f64 * c.number_or(key, default)?;
    if !(1.0..=1e9).contains(&width) {
        return Err(c.invalid(key, "a factor that leaves a width from 1 to 1e9"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
    let whole = width as u64;
    Ok(whole.next_multiple_of(multiple))
}

/// The weights of one matrix memory.
fn memory(hidden: u64, heads: u64, keys: u64, values: u64) -> Vec<Weight> {
    let input = |name, rows| Weight::matrix(name, Role::StateIn, rows, hidden).by_heads(heads);
    let mut weights = vec![
        input("mlstm_layer.q", keys),
        input("mlstm_layer.k", keys),
        input("mlstm_layer.v", values),
        input("mlstm_layer.ogate_preact", values),
        input("mlstm_layer.igate_preact", heads),
        input("mlstm_layer.fgate_preact", heads),
        Weight::matrix("mlstm_layer.out_proj", Role::StateOut, hidden, values).by_heads(heads),
    ];
    let bias = |name| Weight::vector(name, Role::StateOther, heads).by_heads(heads);
    weights.extend(["mlstm_layer.igate_preact", "mlstm_layer.fgate_preact"].map(bias));
    weights.extend(NormKind::Rms.weights("mlstm_layer.multihead_norm", values));
    weights
}

/// The state: a matrix a head, the sum of its keys, and the largest exponent. Each value of the matrix is decayed, written
/// and read.
fn state(heads: u64, keys: u64, values: u64) -> Mixer {
    let matrix = keys / heads * values;
    Mixer::Recurrent(Recurrent {
        conv_elements: 0,
        conv_kernel: 1,
        state_elements: matrix + keys + heads,
        heads,
        flops_per_token: 5 * matrix,
    })
}
