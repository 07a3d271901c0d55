//! Quantisers that take linear layers and spare the rest.

use super::super::{FormatRules, Model, Place, Role, Weight};
use crate::numeric::{Format, ScalarFormat};

/// What is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Linear,
    Experts,
    Matrices,
}

/// Some weights in one format, the rest in 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinearRules {
    format: Format,
    spared: Format,
    head: Option<Format>,
    taken: Taken,
}

impl LinearRules {
    /// Linear layers of the decoder: what GPTQ, AWQ, fp8 and the like quantise. Embeddings, head, norms, routers and
    /// towers are spared.
    pub(super) fn linear(format: Format, model: &Model) -> Self {
        Self { format, spared: spared(model), head: None, taken: Taken::Linear }
    }

    /// Linear layers of the decoder, and its head in a format of its own.
    pub(super) fn headed(format: Format, head: Format, model: &Model) -> Self {
        Self { head: Some(head), ..Self::linear(format, model) }
    }

    /// Routed experts, or linear layers where the model has none.
    pub(super) fn experts(format: Format, model: &Model) -> Self {
        let routed = model.weights().any(|weight| weight.role.is_expert());
        let taken = if routed { Taken::Experts } else { Taken::Linear };
        Self { format, spared: spared(model), head: None, taken }
    }

    /// Every matrix of the decoder, embeddings and head too.
    pub(super) fn matrices(format: Format, model: &Model) -> Self {
        Self { format, spared: spared(model), head: None, taken: Taken::Matrices }
    }
}

/// What is spared keeps the checkpoint's format, which is 16 bits where that itself is narrower.
const fn spared(model: &Model) -> Format {
    match model.dtype {
        ScalarFormat::Fp64 | ScalarFormat::Fp32 | ScalarFormat::Fp16 => Format::Plain(model.dtype),
        ScalarFormat::Tf32
        | ScalarFormat::Bf16
        | ScalarFormat::Fp8E4m3
        | ScalarFormat::Fp8E5m2
        | ScalarFormat::Int8
        | ScalarFormat::Fp4
        | ScalarFormat::Int4 => Format::BF16,
    }
}

impl FormatRules for LinearRules {
    fn format_of(&self, _place: Place<'_>, weight: &Weight) -> Format {
        if let (Role::LmHead, Some(head)) = (weight.role, self.head) {
            return head;
        }
        let takes = match self.taken {
            Taken::Linear => is_linear(weight.role),
            Taken::Experts => weight.role.is_expert(),
            Taken::Matrices => {
                is_linear(weight.role)
                    || matches!(weight.role, Role::Embedding | Role::LmHead | Role::Table | Role::Router)
            }
        };
        if takes && !weight.is_vector() { self.format } else { self.spared }
    }

    fn layer_key(&self, _layer: usize) -> u64 {
        0
    }
}

/// Whether a role is a linear layer of the decoder that quantisers take.
const fn is_linear(role: Role) -> bool {
    match role {
        Role::Query
        | Role::Key
        | Role::Value
        | Role::AttentionOut
        | Role::QueryDown
        | Role::QueryUp
        | Role::KvDown
        | Role::KvUp
        | Role::Gate
        | Role::Up
        | Role::Down
        | Role::ExpertGate
        | Role::ExpertUp
        | Role::ExpertDown
        | Role::SharedGate
        | Role::SharedUp
        | Role::SharedDown
        | Role::StateIn
        | Role::StateOut
        | Role::Encoder
        | Role::MultiToken
        | Role::Other => true,
        Role::Embedding
        | Role::Table
        | Role::LmHead
        | Role::Norm
        | Role::AttentionOther
        | Role::Indexer
        | Role::Router
        | Role::StateOther
        | Role::Vision
        | Role::Audio
        | Role::Projector => false,
    }
}
