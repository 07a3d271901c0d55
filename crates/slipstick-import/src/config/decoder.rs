//! Putting a decoder together: embedding, layers, final norm, head.

use slipstick_core::model::{Component, Layer, Model, Role, Weight, blocks::NormKind};

use super::{
    Config, ConfigError, dims,
    head::{Head, score},
};

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

/// What a checkpoint calls the parts around the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paths {
    pub layers: &'static str,
    pub embedding: &'static str,
    pub norm: &'static str,
    pub head: &'static str,
}

impl Paths {
    /// The names of today's decoders.
    pub(super) const MODEL: Self =
        Self { layers: "model.layers", embedding: "model.embed_tokens", norm: "model.norm", head: "lm_head" };
    /// The names of GPT-2 and its descendants.
    pub(super) const TRANSFORMER: Self = Self {
        layers: "transformer.h",
        embedding: "transformer.wte",
        norm: "transformer.ln_f",
        head: "lm_head",
    };
}

/// What stands around the layers of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub hidden: u64,
    /// Width of the embedding and of what the head reads.
    pub embedding: u64,
    pub vocab: u64,
    /// Final norm; `None` for a decoder that ends without one.
    pub final_norm: Option<NormKind>,
    pub tied: bool,
    pub head_bias: bool,
    pub head: Head,
    pub paths: Paths,
}

impl Frame {
    /// The usual frame: an embedding, a final norm, a head without bias.
    pub(super) const fn new(hidden: u64, vocab: u64, norm: NormKind, tied: bool) -> Self {
        Self {
            hidden,
            embedding: hidden,
            vocab,
            final_norm: Some(norm),
            tied,
            head_bias: false,
            head: Head::Vocabulary,
            paths: Paths::MODEL,
        }
    }

    /// The same under other names.
    pub(super) const fn named(mut self, paths: Paths) -> Self {
        self.paths = paths;
        self
    }

    /// Embedding, final norm and head as a component each.
    pub(super) fn components(&self) -> Vec<Component> {
        let embedding = Weight::matrix("", Role::Embedding, self.vocab, self.embedding);
        let mut components = vec![Component::text(self.paths.embedding, vec![embedding])];
        if let Some(norm) = self.final_norm {
            components.push(Component::text(self.paths.norm, norm.weights("", self.hidden)));
        }
        components.extend(self.head_component());
        components
    }

    fn head_component(&self) -> Option<Component> {
        let (path, mut head, bias) = match self.head {
            Head::Nothing => return None,
            Head::Vocabulary => {
                let head = Weight::matrix("", Role::LmHead, self.vocab, self.embedding);
                (self.paths.head, head, self.head_bias)
            }
            Head::Labels { count, bias } => return Some(score(count, self.hidden, bias)),
        };
        // A tied head has no parameters of its own, so its bias is filed apart.
        let mut bias = bias.then(|| Weight::vector("", head.role, head.rows));
        if self.tied {
            head = head.alias();
            bias = bias.map(|bias| bias.with_role(Role::Other));
        }
        let weights = core::iter::once(head).chain(bias).collect();
        Some(Component::text(path, weights))
    }

    /// A model of this frame and `layers`, with the head that `architectures` names.
    ///
    /// # Errors
    /// If the configuration states an unknown element format or head.
    pub(super) fn model(&self, c: &Config<'_>, layers: Vec<Layer>) -> Result<Model, ConfigError> {
        let framed = Self { head: Head::read(c)?, ..*self };
        framed.model_as_is(c, layers)
    }

    /// A model of this frame and `layers`, with this frame's own head.
    ///
    /// # Errors
    /// If the configuration states an unknown element format.
    pub(super) fn model_as_is(&self, c: &Config<'_>, layers: Vec<Layer>) -> Result<Model, ConfigError> {
        const CONTEXT: [&str; 6] = [
            "max_position_embeddings",
            "n_positions",
            "n_ctx",
            "seq_length",
            "max_seq_len",
            "model_max_length",
        ];
        let max_context = c.first_count(&CONTEXT).ok();
        Ok(Model {
            model_type: c.model_type().to_owned(),
            hidden: self.hidden,
            vocab: self.vocab,
            layers,
            layers_path: self.paths.layers.into(),
            components: self.components(),
            max_context,
            dtype: dims::dtype(c)?,
        })
    }
}
