//! How a layer mixes tokens, and what it must remember of them.

/// How far back attention sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// All earlier tokens.
    Full,
    /// The last so many tokens.
    Window(u64),
    /// The tokens of the current chunk of so many (Llama 4).
    Chunk(u64),
}

impl Span {
    /// The bound on remembered tokens, if there is one.
    pub const fn bound(self) -> Option<u64> {
        match self {
            Self::Full => None,
            Self::Window(tokens) | Self::Chunk(tokens) => Some(tokens),
        }
    }

    /// Tokens attended to at a context of `context`.
    pub fn visible(self, context: f64) -> f64 {
        match self {
            Self::Full => context,
            Self::Window(tokens) | Self::Chunk(tokens) => context.min(tokens as f64),
        }
    }
}

/// Whose cache an attention reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheUse {
    /// Its own.
    Own,
    /// An earlier layer's (shared-KV layers).
    Shared,
    /// None: it sees the whole input at once (encoders).
    None,
}

/// The scorer of sparse attention: it remembers one short key a token and picks which tokens are attended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Indexer {
    /// Scoring heads.
    pub heads: u64,
    /// Width of the remembered key; 0 when this layer reuses another layer's choice.
    pub key_dim: u64,
    /// Tokens picked.
    pub top_k: u64,
}

/// Multi-head, grouped-query or multi-query attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attention {
    /// Query heads.
    pub q_heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// Width of a key head.
    pub k_dim: u64,
    /// Width of a value head.
    pub v_dim: u64,
    /// How far back it sees.
    pub span: Span,
    /// Whose cache it reads.
    pub cache: CacheUse,
    /// Sparse selection, if any.
    pub indexer: Option<Indexer>,
}

/// Multi-head latent attention: one compressed vector a token stands for all heads' keys and values
/// (DeepSeek-V2, arXiv 2405.04434, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Latent {
    /// Query heads.
    pub q_heads: u64,
    /// Width of the compressed vector.
    pub kv_rank: u64,
    /// Width of the shared rotary key beside it.
    pub rope_dim: u64,
    /// Width of a head's key part without position.
    pub nope_dim: u64,
    /// Width of a value head.
    pub v_dim: u64,
    /// How far back it sees.
    pub span: Span,
    /// Sparse selection, if any.
    pub indexer: Option<Indexer>,
}

/// Attention over a short exact window and, beyond it, one compressed entry for every `rate` tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Compressed {
    /// Query heads.
    pub q_heads: u64,
    /// Width of an entry, which serves as key and value.
    pub dim: u64,
    /// Width of its rotary part, which some engines keep in 16 bits.
    pub rope_dim: u64,
    /// Tokens kept exactly.
    pub window: u64,
    /// Tokens a compressed entry stands for; 0 if nothing is kept beyond the window.
    pub rate: u64,
    /// Sparse selection among the compressed entries, if any.
    pub indexer: Option<Indexer>,
}

impl Compressed {
    /// Series that are pooled: with an indexer entries overlap, so that a token is in two of them.
    pub const fn series(&self) -> u64 {
        if self.indexer.is_some() { 2 } else { 1 }
    }
}

/// A recurrence with a state of fixed size: Mamba, RWKV, gated delta net, lightning attention, short convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recurrent {
    /// Elements of the convolution state, as the reference implementation keeps it (kernel columns).
    pub conv_elements: u64,
    /// Columns of that convolution: engines that keep kernel - 1 columns scale by (kernel - 1) / kernel.
    pub conv_kernel: u64,
    /// Elements of the recurrent state.
    pub state_elements: u64,
    /// Heads or groups the state splits between under tensor parallelism.
    pub heads: u64,
    /// FLOPs a token costs beside the projections.
    pub flops_per_token: u64,
}

/// Attention to the output of an encoder, whose keys and values are computed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cross {
    /// Query heads.
    pub q_heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// Width of a head.
    pub head_dim: u64,
}

/// One way a layer mixes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mixer {
    /// Attention with keys and values a head.
    Attention(Attention),
    /// Attention over a latent.
    Latent(Latent),
    /// Attention over a window and compressed entries.
    Compressed(Compressed),
    /// A recurrence.
    Recurrent(Recurrent),
    /// Attention to an encoder.
    Cross(Cross),
}

impl Mixer {
    /// Whether it sees all tokens, with a cache of its own or with none at all (an encoder).
    pub const fn is_unbounded(&self) -> bool {
        match self {
            Self::Attention(a) => matches!((a.span, a.cache), (Span::Full, CacheUse::Own | CacheUse::None)),
            Self::Latent(l) => matches!(l.span, Span::Full),
            Self::Compressed(c) => c.rate > 0,
            Self::Recurrent(_) | Self::Cross(_) => false,
        }
    }

    /// Whether it sees only a window or chunk, with a cache of its own or with none at all.
    pub const fn is_bounded(&self) -> bool {
        match self {
            Self::Attention(a) => !matches!(a.span, Span::Full) && !matches!(a.cache, CacheUse::Shared),
            Self::Latent(l) => !matches!(l.span, Span::Full),
            Self::Compressed(c) => c.rate == 0,
            Self::Recurrent(_) | Self::Cross(_) => false,
        }
    }

    /// Whether it keeps a state of fixed size.
    pub const fn has_state(&self) -> bool {
        matches!(self, Self::Recurrent(_))
    }

    /// FLOPs of mixing one token that sees `context` earlier ones, projections apart; a multiply-add counts as two.
    ///
    /// `absorbed` tells whether latent attention works in the compressed space (decode) or on expanded heads (prefill);
    /// sparse latent attention always works in the compressed space (DeepSeek-V3.2, arXiv 2512.02556, section 2.1).
    pub fn flops_per_token(&self, context: f64, absorbed: bool) -> f64 {
        let scored = |indexer: Option<Indexer>, tokens: f64| match indexer {
            Some(index) => {
                (tokens.min(index.top_k as f64), 2.0 * tokens * (index.heads * index.key_dim) as f64)
            }
            None => (tokens, 0.0),
        };
        match *self {
            Self::Attention(a) => {
                let (tokens, scoring) = scored(a.indexer, a.span.visible(context));
                2.0 * tokens * (a.q_heads * (a.k_dim + a.v_dim)) as f64 + scoring
            }
            Self::Latent(l) => {
                let (tokens, scoring) = scored(l.indexer, l.span.visible(context));
                let absorbed = absorbed || l.indexer.is_some();
                let width =
                    if absorbed { 2 * l.kv_rank + l.rope_dim } else { l.nope_dim + l.rope_dim + l.v_dim };
                2.0 * tokens * (l.q_heads * width) as f64 + scoring
            }
            Self::Compressed(c) => {
                let entries = if c.rate == 0 { 0.0 } else { context / c.rate as f64 };
                let (far, scoring) = scored(c.indexer, entries);
                let tokens = context.min(c.window as f64) + far;
                4.0 * tokens * (c.q_heads * c.dim) as f64 + scoring
            }
            Self::Recurrent(r) => r.flops_per_token as f64,
            // The encoder's length is unknown here; its cost is charged where the workload names it.
            Self::Cross(_) => 0.0,
        }
    }
}
