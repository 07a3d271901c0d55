//! Mistral and its successors: Llama's block without biases, with a window in every layer or in some.

use slipstick_core::model::{Model, blocks::NormKind};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie, spans};

pub(super) const FAMILY: Family =
    Family { model_types: &["mistral", "ministral", "ministral3", "cwm"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read(c, NormKind::Rms, Tie::OnlyIfStated)?;
    let window = c.class_count("sliding_window")?.filter(|tokens| *tokens > 0);
    decoder.feed_forward = decoder.feed_forward.with_bias(c.flag_or("mlp_bias", false)?);
    decoder.spans = match c.model_type() {
        // Without `layer_types`, only every fourth layer of the code world model sees everything, from the first on.
        "cwm" => spans::spans(c, decoder.dims.layers, window, |layer| window.is_some() && layer % 4 != 0)?,
        _ => spans::spans(c, decoder.dims.layers, window, |_| window.is_some())?,
    };
    decoder.model(c)
}
