//! Putting a decoder together: embedding, layers, final norm, head.

use slipstick_core::model::{Component, ComponentKind, Layer, Model, Role, Weight, blocks::NormKind};

use super::{Config, ConfigError, dims};

/// Whether an architecture ties its head to its embedding when the configuration does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// Tied unless stated otherwise.
    UnlessStated,
    /// Apart unless stated otherwise.
    OnlyIfStated,
}

impl Tie {
    /// What the configuration says, or this default.
    ///
    /// # Errors
    /// If the flag is no boolean.
    pub fn read(self, c: &Config<'_>) -> Result<bool, ConfigError> {
        c.flag_or("tie_word_embeddings", self == Self::UnlessStated)
    }
}

/// What stands around the layers of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub hidden: u64,
    pub vocab: u64,
    /// Final norm; `None` for a decoder that ends without one.
    pub final_norm: Option<NormKind>,
    pub tied: bool,
    pub head_bias: bool,
}

impl Frame {
    /// The usual frame: an embedding, a final norm, a head without bias.
    pub(super) const fn new(hidden: u64, vocab: u64, norm: NormKind, tied: bool) -> Self {
        Self { hidden, vocab, final_norm: Some(norm), tied, head_bias: false }
    }

    /// Embedding, final norm and head as a component each.
    pub(super) fn components(&self) -> Vec<Component> {
        let text = |path, weights| Component { path, kind: ComponentKind::Text, weights };
        let embedding = Weight::matrix("", Role::Embedding, self.vocab, self.hidden);
        let head = Weight::matrix("", Role::LmHead, self.vocab, self.hidden);
        let mut head = vec![if self.tied { head.alias() } else { head }];
        if self.head_bias {
            head.push(Weight::vector("", Role::LmHead, self.vocab));
        }
        let mut components = vec![text("model.embed_tokens", vec![embedding])];
        if let Some(norm) = self.final_norm {
            components.push(text("model.norm", norm.weights("", self.hidden)));
        }
        components.push(text("lm_head", head));
        components
    }

    /// A model of this frame and `layers`.
    ///
    /// # Errors
    /// If the configuration states an unknown element format.
    pub(super) fn model(&self, c: &Config<'_>, layers: Vec<Layer>) -> Result<Model, ConfigError> {
        let max_context = [
            "max_position_embeddings",
            "n_positions",
            "n_ctx",
            "seq_length",
            "max_seq_len",
            "model_max_length",
        ]
        .into_iter()
        .find_map(|key| c.optional_count(key).ok().flatten());
        Ok(Model {
            model_type: c.model_type().to_owned(),
            hidden: self.hidden,
            vocab: self.vocab,
            layers,
            layers_path: "model.layers",
            components: self.components(),
            max_context,
            dtype: dims::dtype(c)?,
        })
    }
}
