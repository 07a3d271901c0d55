//! The conformer that hears for Gemma 3n and Gemma 4.

use slipstick_core::model::{
    Role, Weight,
    blocks::{NormKind, Tower},
};

/// Two convolutions that shorten the spectrogram, then layers of feed-forward, attention with relative positions,
/// convolution and feed-forward (Universal Speech Model, arXiv 2303.01037, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conformer {
    pub hidden: u64,
    pub heads: u64,
    pub layers: u64,
    /// Taps of the convolution in a layer.
    pub kernel: u64,
    /// Channels of the two shortening convolutions.
    pub channels: [u64; 2],
    /// Frequencies left after them.
    pub frequencies: u64,
    /// Width of a projection at the end, if there is one.
    pub output: Option<u64>,
}

impl Conformer {
    /// Its weights.
    pub(super) fn tower(&self) -> Tower {
        let [first, second] = self.channels;
        let tower = Tower::new(Role::Audio)
            .linear("subsample_conv_projection.conv_0.conv", first, 9, false)
            .norm(NormKind::Rms, "subsample_conv_projection.conv_0.norm", first)
            .linear("subsample_conv_projection.conv_1.conv", second, first.saturating_mul(9), false)
            .norm(NormKind::Rms, "subsample_conv_projection.conv_1.norm", second)
            .linear(
                "subsample_conv_projection.input_proj_linear",
                self.hidden,
                second.saturating_mul(self.frequencies),
                false,
            )
            .layers(self.layers, self.layer());
        match self.output {
            Some(width) => tower.linear("output_proj", width, self.hidden, true),
            None => tower,
        }
    }

    fn layer(&self) -> Vec<Weight> {
        let hidden = self.hidden;
        let matrix = |name, rows, cols| Weight::matrix(name, Role::Audio, rows, cols);
        let mut weights = Vec::with_capacity(24);
        for name in ["ffw_layer_start", "ffw_layer_end"] {
            weights.push(matrix(name, 4 * hidden, hidden));
            weights.push(matrix(name, hidden, 4 * hidden));
            weights.extend(NormKind::Rms.weights(name, hidden));
            weights.extend(NormKind::Rms.weights(name, hidden));
        }
        for name in ["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.relative_position", "attention.post"]
        {
            weights.push(matrix(name, hidden, hidden));
        }
        weights.push(Weight::vector("attn.per_dim_scale", Role::Audio, hidden / self.heads));
        weights.push(matrix("lconv1d.linear_start", 2 * hidden, hidden));
        weights.push(matrix("lconv1d.depthwise_conv1d", hidden, self.kernel));
        weights.push(matrix("lconv1d.linear_end", hidden, hidden));
        for name in [
            "attention.pre_attn_norm",
            "attention.post_norm",
            "lconv1d.pre_layer_norm",
            "lconv1d.conv_norm",
            "norm",
        ] {
            weights.extend(NormKind::Rms.weights(name, hidden));
        }
        weights
    }
}
