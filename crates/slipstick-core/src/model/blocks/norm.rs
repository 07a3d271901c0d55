//! Normalisation.

use crate::model::{Name, Role, Weight};

/// The kind of normalisation, which decides its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormKind {
    /// A scale.
    Rms,
    /// A scale and a bias.
    Layer,
    /// A scale only, although the mean is removed.
    LayerNoBias,
    /// No parameter.
    Bare,
}

impl NormKind {
    /// The weights of one normalisation over `width` values.
    pub fn weights(self, name: impl Into<Name>, width: u64) -> Vec<Weight> {
        let vectors = match self {
            Self::Rms | Self::LayerNoBias => 1,
            Self::Layer => 2,
            Self::Bare => 0,
        };
        vec![Weight::vector(name, Role::Norm, width); vectors]
    }
}
