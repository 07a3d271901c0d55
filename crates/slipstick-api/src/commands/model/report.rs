//! The report of `slipstick model`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_core::units::{Bytes, Flops};

use super::{Anatomy, checkpoint::FilesReport};
use crate::{
    report::{Plain, Report},
    request::format_name,
};

/// `slipstick model`: what a model is made of.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelReport {
    /// What it is.
    pub model: ModelIdentity,
    /// Its parameters, exactly; none where the weights of its files could not all be counted.
    pub parameters: Option<ParameterCounts>,
    /// Its layers by what they remember; none if its architecture is not understood.
    pub layers: Option<LayerCounts>,
    /// What a sequence keeps in memory; none if its architecture is not understood.
    pub cache: Option<CacheSizes>,
    /// Its weights in the checkpoint's own format; none if that is not understood and no files were read.
    pub weights_bytes: Option<Plain<Bytes>>,
    /// That format.
    pub weights_format: String,
    /// What its weight files hold, where their headers were read.
    pub files: Option<FilesReport>,
    /// FLOPs of a token; none if its architecture is not understood.
    pub work: Option<WorkAtContext>,
    /// What its configuration leaves out, and what its architecture takes for it.
    pub assumed: Vec<AssumedKey>,
}

impl Report for ModelReport {
    const COMMAND: &'static str = "model";
}

/// What a model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelIdentity {
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub model_type: String,
    /// Where its configuration comes from.
    pub source: String,
    /// `exact`; `assumed` where an unknown architecture was read as a plain decoder; `files` where only the tensors of its
    /// files were read.
    pub basis: &'static str,
    /// The width of a token inside.
    pub hidden_size: Option<u64>,
    /// Tokens it knows.
    pub vocabulary_size: Option<u64>,
    /// The longest context that it states.
    pub max_context_tokens: Option<u64>,
}

/// Parameters by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ParameterCounts {
    /// Every stored parameter once; multi-token prediction apart.
    pub total: u64,
    /// What one token passes through.
    pub active: Option<u64>,
    /// The token embedding.
    pub embedding: u64,
    /// The output head; 0 where it is tied to the embedding.
    pub lm_head: u64,
    /// Whether the head is the embedding once more.
    pub tied_embeddings: Option<bool>,
    /// All routed experts.
    pub experts: u64,
    /// The total with every shared parameter counted again.
    pub total_untied: Option<u64>,
    /// Multi-token-prediction blocks, not in the total.
    pub multi_token: u64,
    /// Stored parameters by component; they sum to the total.
    pub by_component: BTreeMap<&'static str, u64>,
}

/// Layers by what they remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LayerCounts {
    /// All of them.
    pub total: u64,
    /// Those whose cache grows without bound.
    pub full_attention: u64,
    /// Those whose cache is bounded.
    pub sliding_window: u64,
    /// Those with a state of fixed size.
    pub linear_or_ssm: u64,
}

/// What a sequence keeps in memory.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CacheSizes {
    /// The format of the cache.
    pub dtype: String,
    /// What a token adds in the layers whose cache grows without bound.
    pub bytes_per_token: Plain<Bytes>,
    /// What a token adds in the bounded layers, up to their bound.
    pub sliding_bytes_per_token: Plain<Bytes>,
    /// The largest bound of those layers, in tokens.
    pub sliding_window: Option<u64>,
    /// Convolution and recurrent state, at two bytes an element.
    pub state_bytes_per_sequence: Plain<Bytes>,
    /// What an encoder token adds.
    pub cross_bytes_per_token: Plain<Bytes>,
    /// A sequence of `work.context_tokens`.
    pub sequence_bytes_at_context: Plain<Bytes>,
}

/// FLOPs of a token; a multiply-add counts as two.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct WorkAtContext {
    /// The context at which work and cache are counted.
    pub context_tokens: u64,
    /// Generating one token behind that context.
    pub decode_flops: Plain<Flops>,
    /// Reading one token of that context, on average.
    pub prefill_flops: Plain<Flops>,
}

/// A key that a configuration leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct AssumedKey {
    /// The key.
    pub key: String,
    /// What the architecture takes for it.
    pub value: String,
}

impl ModelReport {
    pub(super) fn of(a: &Anatomy) -> Self {
        let assumed = a.resolved.assumed.iter();
        Self {
            model: identity(a),
            parameters: Some(parameters(a)),
            layers: Some(LayerCounts {
                total: a.layers.total,
                full_attention: a.layers.full_attention,
                sliding_window: a.layers.sliding_window,
                linear_or_ssm: a.layers.linear_or_ssm,
            }),
            cache: Some(cache(a)),
            weights_bytes: a.weights().map(Plain),
            weights_format: a.resolved.weights_format.clone(),
            files: a
                .resolved
                .files
                .as_ref()
                .map(|files| FilesReport::of(files, a.resolved.differences.as_deref())),
            work: Some(WorkAtContext {
                context_tokens: a.context,
                decode_flops: a.decode.total().into(),
                prefill_flops: a.prefill.total().into(),
            }),
            assumed: assumed
                .map(|one| AssumedKey { key: one.key.clone(), value: one.value.clone() })
                .collect(),
        }
    }
}

fn identity(a: &Anatomy) -> ModelIdentity {
    let model = &a.resolved.model;
    ModelIdentity {
        name: a.resolved.name.clone(),
        model_type: model.model_type.clone(),
        source: a.resolved.source.clone(),
        basis: if a.resolved.assumed_architecture { "assumed" } else { "exact" },
        hidden_size: Some(model.hidden),
        vocabulary_size: Some(model.vocab),
        max_context_tokens: model.max_context,
    }
}

fn parameters(a: &Anatomy) -> ParameterCounts {
    ParameterCounts {
        total: a.parameters.total,
        active: Some(a.parameters.active),
        embedding: a.parameters.embedding,
        lm_head: a.parameters.lm_head,
        tied_embeddings: Some(a.resolved.model.has_tied_embeddings()),
        experts: a.parameters.experts,
        total_untied: Some(a.parameters.total_untied),
        multi_token: a.parameters.multi_token,
        by_component: a.parameters.by_component.clone(),
    }
}

fn cache(a: &Anatomy) -> CacheSizes {
    let bytes = |bytes: u64| Plain(Bytes::new(bytes));
    CacheSizes {
        dtype: format_name(a.cache_format),
        bytes_per_token: bytes(a.cache.bytes_per_token),
        sliding_bytes_per_token: bytes(a.cache.sliding_bytes_per_token),
        sliding_window: a.cache.sliding_window,
        state_bytes_per_sequence: a.state.into(),
        cross_bytes_per_token: bytes(a.cache.cross_bytes_per_token),
        sequence_bytes_at_context: a.cache_at_context.into(),
    }
}
