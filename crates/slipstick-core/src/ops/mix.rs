//! Token mixing: attention over caches and prompts, and recurrences.

use super::{OpCost, Operator, Step};
use crate::{
    formulas::time::span::{mean_visible, mean_visible_behind},
    hardware::HeadKernel,
    model::{Mixer, Span},
    numeric::Format,
    units::{Flops, Traffic},
};

/// One mixer on one rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixLine {
    /// The mixer.
    pub mixer: Mixer,
    /// Ranks its heads are split between.
    pub head_split: f64,
    /// Ranks its cache is split between; a latent is not split.
    pub cache_split: f64,
    /// Cache bytes one token adds on all ranks together, index key apart.
    pub row_bytes: f64,
    /// Bytes of the index key a token adds.
    pub index_bytes: f64,
    /// Tokens a cached row stands for.
    pub every: f64,
    /// Bytes of a row of the exact window beside a compressed cache.
    pub window_bytes: f64,
    /// Bytes of state a sequence has, read and written each token.
    pub state_bytes: f64,
    /// Elements a token moves in and out beside its cache (queries and outputs), on one rank.
    pub activation_width: f64,
    /// Where its kernel reads the cache for each query head by itself.
    pub by_head: Option<ByHead>,
}

/// A kernel of attention that works by query head, on one rank of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByHead {
    kernel: HeadKernel,
    /// Query heads on a rank.
    heads: f64,
    /// Query heads that share keys and values.
    sharing: f64,
}

impl ByHead {
    /// How many times the caches of so many sequences of a context are read.
    fn reads(&self, sequences: f64, context: f64) -> f64 {
        let HeadKernel { divided_up_to, part, longest } = self.kernel;
        let is_divided = context > part && sequences * self.heads <= divided_up_to;
        if is_divided || context > longest { 1.0 } else { self.sharing }
    }

    /// Sequences from which on more are read than of fewer.
    pub fn threshold(&self) -> f64 {
        self.kernel.divided_up_to / self.heads
    }
}

/// How many times fewer heads a rank has than there are, in whole heads.
fn split(heads: u64, tp: u64) -> f64 {
    let heads = heads.max(1);
    heads as f64 / heads.div_ceil(tp.max(1)) as f64
}

impl MixLine {
    /// The line of a mixer under `tp` tensor-parallel ranks, with a cache in `format` and states in `state_bytes` each.
    pub fn new(mixer: Mixer, tp: u64, format: Format, state_element_bytes: f64) -> Self {
        let shape = mixer.cache();
        let row = |width: u64| if width == 0 { 0.0 } else { format.row(width).as_f64() };
        let (heads, cache_heads, width) = match mixer {
            Mixer::Attention(a) => (a.q_heads, a.kv_heads, a.q_heads * (a.k_dim + a.v_dim)),
            Mixer::Latent(l) => (l.q_heads, 1, l.q_heads * (l.nope_dim + l.rope_dim + l.v_dim)),
            Mixer::Compressed(c) => (c.q_heads, 1, 2 * c.q_heads * c.dim),
            Mixer::Recurrent(r) => (r.heads.max(1), r.heads.max(1), 0),
            Mixer::Cross(x) => (x.q_heads, x.kv_heads, 2 * x.q_heads * x.head_dim),
        };
        let head_split = split(heads, tp);
        Self {
            mixer,
            head_split,
            cache_split: split(cache_heads, tp),
            row_bytes: row(shape.rows[0]) + row(shape.rows[1]),
            index_bytes: row(shape.index_row),
            every: shape.every.max(1) as f64,
            window_bytes: row(shape.window_row),
            state_bytes: (shape.conv + shape.state) as f64 * state_element_bytes,
            activation_width: width as f64 / head_split,
            by_head: None,
        }
    }

    /// The same under a kernel that works by query head, where it has heads that share keys and values.
    #[must_use]
    pub fn under(self, kernel: Option<HeadKernel>) -> Self {
        let Mixer::Attention(a) = self.mixer else { return self };
        let heads = a.q_heads as f64 / self.head_split;
        let sharing = heads / (a.kv_heads.max(1) as f64 / self.cache_split);
        Self { by_head: kernel.map(|kernel| ByHead { kernel, heads, sharing }), ..self }
    }

    /// The operator it is.
    pub const fn operator(&self) -> Operator {
        match self.mixer {
            Mixer::Recurrent(_) => Operator::Recurrence,
            Mixer::Attention(_) | Mixer::Latent(_) | Mixer::Compressed(_) | Mixer::Cross(_) => {
                Operator::Attention
            }
        }
    }

    /// How far its attention reaches, where it has any.
    pub const fn span(&self) -> Option<Span> {
        match self.mixer {
            Mixer::Attention(a) => Some(a.span),
            Mixer::Latent(l) => Some(l.span),
            Mixer::Compressed(_) => Some(Span::Full),
            Mixer::Recurrent(_) | Mixer::Cross(_) => None,
        }
    }

    /// Cache bytes that one token's attention reads at a context, on one rank.
    pub(super) fn read_at(&self, context: f64) -> f64 {
        let (rows, top_k, window) = match self.mixer {
            Mixer::Attention(a) => (a.span.visible(context), a.indexer.map(|i| i.top_k), 0.0),
            Mixer::Latent(l) => (l.span.visible(context), l.indexer.map(|i| i.top_k), 0.0),
            Mixer::Compressed(c) => {
                let far = if c.rate == 0 { 0.0 } else { context / self.every };
                let near = context.min(c.window as f64);
                if c.rate == 0 { (near, None, 0.0) } else { (far, c.indexer.map(|i| i.top_k), near) }
            }
            Mixer::Recurrent(_) | Mixer::Cross(_) => (0.0, None, 0.0),
        };
        let chosen = top_k.map_or(rows, |k| rows.min(k as f64));
        (chosen * self.row_bytes + rows * self.index_bytes + window * self.window_bytes) / self.cache_split
    }

    /// Cache bytes that a token adds, on all ranks together: a share of a compressed entry, and a row of the window.
    fn kept_per_token(&self) -> f64 {
        (self.row_bytes + self.index_bytes) / self.every + self.window_bytes
    }

    /// The cost of the decoding sequences of a step.
    pub fn decode_cost(&self, step: &Step) -> OpCost {
        self.decode_cost_among(step, step.decode_sequences)
    }

    /// The same where they are a part of `all` that decode together. The tokens drafted for a sequence read its cache
    /// together, and leave a state each: nobody knows yet which is the last that is accepted.
    pub fn decode_cost_among(&self, step: &Step, all: f64) -> OpCost {
        let reads = self.by_head.map_or(1.0, |kernel| kernel.reads(all, step.decode_context));
        let (sequences, tokens) = (step.decode_sequences, step.decode_tokens());
        let state = self.state_bytes / self.head_split;
        let moved = tokens * self.activation_width;
        OpCost {
            flops: Flops::count(
                tokens * self.mixer.flops_per_token(step.decode_context, true) / self.head_split,
            ),
            read: Traffic::bytes(sequences * (reads * self.read_at(step.decode_context) + state) + moved),
            written: Traffic::bytes(tokens * (state + self.kept_per_token() / self.cache_split) + moved),
            communicated: Traffic::ZERO,
        }
    }

    /// The cost of the prompt tokens of a step. Keys and values of a prompt are read once per tile, which is compute-bound:
    /// their traffic is one pass over the prompt, and over what of it was in the cache before.
    pub fn prefill_cost(&self, step: &Step) -> OpCost {
        let tokens = step.prefill_tokens;
        let window = match self.span() {
            Some(Span::Window(w) | Span::Chunk(w)) => w as f64,
            Some(Span::Full) | None => step.prefill_length,
        };
        let (s, p) = (step.prefill_length, step.cached);
        let visible = mean_visible_behind(s, p, mean_visible(s, window), mean_visible(p, window));
        // Each prompt reads what is cached of it, however many of its tokens are left.
        let prompts = if p > 0.0 { tokens / (s - p) } else { 0.0 };
        let before = if p > 0.0 { prompts * self.read_at(p) } else { 0.0 };
        let moved = tokens * self.activation_width;
        let cached = tokens * self.kept_per_token() / self.cache_split;
        OpCost {
            flops: Flops::count(tokens * self.mixer.flops_per_token(visible, false) / self.head_split),
            read: Traffic::bytes(moved + cached + before),
            written: Traffic::bytes(moved + cached),
            communicated: Traffic::ZERO,
        }
    }
}
