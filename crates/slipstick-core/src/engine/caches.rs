//! The caches of a stage on one rank, equal layers merged.

use crate::{
    formulas::memory::kv_cache::{
        head_scale_bytes, index_bytes_per_token, row_bytes, sparse_latent_bytes_per_token,
    },
    model::{CacheShape, Layer, Mixer, Span},
    numeric::CacheFormat,
    plan::Plan,
    units::Bytes,
};

/// How a cache grows with its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheKind {
    /// A row a token.
    Full,
    /// Rows of the last so many tokens.
    Window(u64),
    /// Rows of the current chunk of so many tokens.
    Chunk(u64),
    /// A row for every so many tokens, and exact rows of a window beside them.
    Compressed {
        /// Tokens a row stands for.
        every: u64,
        /// Tokens of the window.
        window: u64,
        /// Bytes of one exact row.
        window_row: Bytes,
    },
    /// A state of fixed size.
    State {
        /// Elements of the convolution, all kernel columns.
        conv: u64,
        /// Columns of its kernel.
        kernel: u64,
        /// Elements of the recurrent state.
        state: u64,
    },
    /// A row an encoder token.
    Cross,
}

/// Equal caches on one rank of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheLayer {
    /// How it grows.
    pub kind: CacheKind,
    /// Bytes of a row; zero for a state.
    pub row: Bytes,
    /// How many layers keep one.
    pub count: u64,
}

/// The caches of one layer on one rank. With `scales`, an 8-bit cache of latents under sparse attention keeps some.
pub(crate) fn layer_caches(layer: &Layer, plan: Plan, format: CacheFormat, scales: bool) -> Vec<CacheLayer> {
    let mut caches = Vec::new();
    for mixer in layer.mixers() {
        let cache = cache_layer(mixer, plan, format, scales);
        merge(&mut caches, cache.as_slice(), 1);
    }
    caches
}

/// Adds `layers` that occur so many times to others, equal ones together.
pub(crate) fn merge(caches: &mut Vec<CacheLayer>, layers: &[CacheLayer], times: u64) {
    for layer in layers {
        let count = layer.count * times;
        match caches.iter_mut().find(|known| known.kind == layer.kind && known.row == layer.row) {
            Some(known) => known.count += count,
            None => caches.push(CacheLayer { count, ..*layer }),
        }
    }
}

fn cache_layer(mixer: &Mixer, plan: Plan, format: CacheFormat, scales: bool) -> Option<CacheLayer> {
    let shape = plan.cache_on_rank(mixer);
    let index = if shape.index_row == 0 {
        Bytes::ZERO
    } else if scales {
        index_bytes_per_token(shape.index_row)
    } else {
        row_bytes(shape.index_row, format.key)
    };
    let rows = row_bytes(shape.rows[0], format.key) + row_bytes(shape.rows[1], format.value);
    let eight_bits = format.key.layout().bytes == format.key.layout().values;
    let (kind, row) = match *mixer {
        Mixer::Attention(a) => {
            let heads = if shape.rows[0] == 0 { 0 } else { plan.kv_heads_on_rank(a.kv_heads) };
            let kind = match a.span {
                Span::Full => CacheKind::Full,
                Span::Window(tokens) => CacheKind::Window(tokens),
                Span::Chunk(tokens) => CacheKind::Chunk(tokens),
            };
            (kind, rows + index + head_scale_bytes(heads, format.head_scale_bytes))
        }
        Mixer::Latent(l) if scales && l.indexer.is_some() && eight_bits => {
            (CacheKind::Full, sparse_latent_bytes_per_token(l.kv_rank, l.rope_dim) + index)
        }
        Mixer::Latent(_) => (CacheKind::Full, rows + index),
        Mixer::Compressed(_) => (compressed_kind(&shape, format), rows + index),
        Mixer::Recurrent(r) => {
            (CacheKind::State { conv: shape.conv, kernel: r.conv_kernel, state: shape.state }, Bytes::ZERO)
        }
        Mixer::Cross(_) => (CacheKind::Cross, row_bytes(shape.cross_row, format.key)),
    };
    let empty = match kind {
        CacheKind::State { conv, state, .. } => conv == 0 && state == 0,
        CacheKind::Full
        | CacheKind::Window(_)
        | CacheKind::Chunk(_)
        | CacheKind::Compressed { .. }
        | CacheKind::Cross => row == Bytes::ZERO,
    };
    (!empty).then_some(CacheLayer { kind, row, count: 1 })
}

fn compressed_kind(shape: &CacheShape, format: CacheFormat) -> CacheKind {
    match shape.bound {
        Some(window) => CacheKind::Window(window),
        None => CacheKind::Compressed {
            every: shape.every.max(1),
            window: shape.window,
            window_row: row_bytes(shape.window_row, format.key),
        },
    }
}

impl CacheLayer {
    /// Bytes all its layers keep of one sequence whose rows are counted by `cells`: the first argument of which is the
    /// window or chunk, if rows are bounded by one. State is not counted.
    pub(crate) fn bytes(&self, cells: impl Fn(Option<u64>) -> u64, encoder: u64) -> Bytes {
        let one = match self.kind {
            CacheKind::Full => self.row.times(cells(None)),
            CacheKind::Window(tokens) | CacheKind::Chunk(tokens) => self.row.times(cells(Some(tokens))),
            CacheKind::Compressed { every, window, window_row } => {
                self.row.times(cells(None) / every) + window_row.times(cells(Some(window)))
            }
            CacheKind::State { .. } => Bytes::ZERO,
            CacheKind::Cross => self.row.times(encoder),
        };
        one.times(self.count)
    }
}
