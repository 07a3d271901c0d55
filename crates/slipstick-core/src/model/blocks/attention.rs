//! Attention with separate keys and values: multi-head, grouped-query, multi-query.

use super::NormKind;
use crate::model::{Attention, CacheUse, Cross, Indexer, Mixer, Role, Span, Weight};

/// The attention block of a decoder layer.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent yes or no of an architecture's declaration"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupedQuery {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Query heads.
    pub q_heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// Width of a query or key head.
    pub head_dim: u64,
    /// Width of a value head.
    pub v_dim: u64,
    /// Biases on query, key and value.
    pub qkv_bias: bool,
    /// A bias on the output projection.
    pub out_bias: bool,
    /// The query projection carries an output gate and is twice as wide.
    pub gated: bool,
    /// One learned logit a query head that absorbs attention.
    pub sinks: bool,
    /// Normalisation of queries and keys, over these widths.
    pub qk_norm: Option<QkNorm>,
    /// Whether the block has its own value projection; without one, keys serve as values.
    pub has_value: bool,
    /// Whether the block has key and value projections at all (shared-KV layers have none).
    pub has_key_value: bool,
    /// How far back it sees.
    pub span: Span,
    /// Whose cache it reads.
    pub cache: CacheUse,
    /// Sparse selection.
    pub indexer: Option<Indexer>,
    /// What a checkpoint calls its parts.
    pub names: AttentionNames,
}

/// What a checkpoint calls the parts of an attention block. Parts that it keeps in one matrix share a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionNames {
    /// The query projection.
    pub query: &'static str,
    /// The key projection.
    pub key: &'static str,
    /// The value projection.
    pub value: &'static str,
    /// The output projection.
    pub out: &'static str,
    /// The norm of queries.
    pub q_norm: &'static str,
    /// The norm of keys.
    pub k_norm: &'static str,
}

impl AttentionNames {
    /// The names of today's decoders.
    pub const SEPARATE: Self = Self {
        query: "self_attn.q_proj",
        key: "self_attn.k_proj",
        value: "self_attn.v_proj",
        out: "self_attn.o_proj",
        q_norm: "self_attn.q_norm",
        k_norm: "self_attn.k_norm",
    };

    /// Separate projections under other names.
    pub const fn split(
        query: &'static str,
        key: &'static str,
        value: &'static str,
        out: &'static str,
    ) -> Self {
        Self { query, key, value, out, ..Self::SEPARATE }
    }

    /// Query, key and value in one matrix.
    pub const fn fused(qkv: &'static str, out: &'static str) -> Self {
        Self::split(qkv, qkv, qkv, out)
    }
}

/// The widths over which queries and keys are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QkNorm {
    /// What is kept for it.
    pub kind: NormKind,
    /// Parameters of the query norm.
    pub q_width: u64,
    /// Parameters of the key norm.
    pub k_width: u64,
}

impl GroupedQuery {
    /// Full causal attention without biases or norms.
    pub const fn new(hidden: u64, q_heads: u64, kv_heads: u64, head_dim: u64) -> Self {
        Self {
            hidden,
            q_heads,
            kv_heads,
            head_dim,
            v_dim: head_dim,
            qkv_bias: false,
            out_bias: false,
            gated: false,
            sinks: false,
            qk_norm: None,
            has_value: true,
            has_key_value: true,
            span: Span::Full,
            cache: CacheUse::Own,
            indexer: None,
            names: AttentionNames::SEPARATE,
        }
    }

    /// The same under other names.
    #[must_use]
    pub const fn named(mut self, names: AttentionNames) -> Self {
        self.names = names;
        self
    }

    /// With biases on query, key and value, and on the output.
    #[must_use]
    pub const fn with_bias(mut self, qkv: bool, out: bool) -> Self {
        self.qkv_bias = qkv;
        self.out_bias = out;
        self
    }

    /// With one norm of `head_dim` parameters each for queries and keys.
    #[must_use]
    pub const fn with_head_norm(mut self, kind: NormKind) -> Self {
        self.qk_norm = Some(QkNorm { kind, q_width: self.head_dim, k_width: self.head_dim });
        self
    }

    /// With norms over the whole projections.
    #[must_use]
    pub const fn with_wide_norm(mut self, kind: NormKind) -> Self {
        let (q_width, k_width) = (self.q_heads * self.head_dim, self.kv_heads * self.head_dim);
        self.qk_norm = Some(QkNorm { kind, q_width, k_width });
        self
    }

    /// The same with another span.
    #[must_use]
    pub const fn with_span(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// Its weights.
    pub fn weights(&self) -> Vec<Weight> {
        let q_rows = self.q_heads * self.head_dim * if self.gated { 2 } else { 1 };
        let k_rows = self.kv_heads * self.head_dim;
        let v_rows = self.kv_heads * self.v_dim;
        let mut projections = vec![(self.names.query, Role::Query, q_rows, self.q_heads)];
        if self.has_key_value {
            projections.push((self.names.key, Role::Key, k_rows, self.kv_heads));
            if self.has_value {
                projections.push((self.names.value, Role::Value, v_rows, self.kv_heads));
            }
        }
        let mut weights = Vec::with_capacity(8);
        for (name, role, rows, heads) in projections {
            weights.push(Weight::matrix(name, role, rows, self.hidden).by_heads(heads));
            if self.qkv_bias {
                weights.push(Weight::vector(name, role, rows).by_heads(heads));
            }
        }
        let out = Weight::matrix(self.names.out, Role::AttentionOut, self.hidden, self.q_heads * self.v_dim);
        weights.push(out.by_heads(self.q_heads));
        if self.out_bias {
            weights.push(Weight::vector(self.names.out, Role::AttentionOut, self.hidden));
        }
        if self.sinks {
            weights.push(
                Weight::vector("self_attn.sinks", Role::AttentionOther, self.q_heads).by_heads(self.q_heads),
            );
        }
        if let Some(norm) = self.qk_norm {
            weights.extend(norm.kind.weights(self.names.q_norm, norm.q_width));
            if self.has_key_value {
                weights.extend(norm.kind.weights(self.names.k_norm, norm.k_width));
            }
        }
        weights
    }

    /// Its mixer when it attends to an encoder's output instead.
    pub const fn cross_mixer(&self) -> Mixer {
        Mixer::Cross(Cross { q_heads: self.q_heads, kv_heads: self.kv_heads, head_dim: self.head_dim })
    }

    /// Its mixer.
    pub const fn mixer(&self) -> Mixer {
        Mixer::Attention(Attention {
            q_heads: self.q_heads,
            kv_heads: self.kv_heads,
            k_dim: self.head_dim,
            v_dim: self.v_dim,
            span: self.span,
            cache: self.cache,
            indexer: self.indexer,
        })
    }
}
