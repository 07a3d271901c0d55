//! What a sequence leaves in memory: elements and exact bytes of cache and state.

use super::{CacheUse, Compressed, Indexer, Layer, Mixer, Model};
use crate::{numeric::Format, units::Bytes};

/// What one mixer keeps, in element counts. Rows are what a cache stores for one token, so block formats round there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CacheShape {
    /// Widths of the rows kept for every token (key and value, or a latent), 0 where absent.
    pub rows: [u64; 2],
    /// Width of the index key kept for every `every` tokens beside them.
    pub index_row: u64,
    /// Tokens one row stands for: 1, or the compression rate.
    pub every: u64,
    /// Bound on the rows kept, if any.
    pub bound: Option<u64>,
    /// Width of rows kept for a short exact window beside a compressed cache, and that window.
    pub window_row: u64,
    /// Tokens of that window.
    pub window: u64,
    /// Elements of convolution state a sequence.
    pub conv: u64,
    /// Elements of recurrent state a sequence.
    pub state: u64,
    /// Width of the rows kept for every encoder token.
    pub cross_row: u64,
}

impl CacheShape {
    /// Bytes of the rows that `every` tokens add while nothing is bounded, index key apart.
    fn row_bytes(&self, format: Format) -> u64 {
        self.rows.into_iter().map(|width| bytes_of_row(format, width)).sum()
    }

    /// Bytes of the index key that `every` tokens add.
    fn index_bytes(&self, format: Format) -> u64 {
        bytes_of_row(format, self.index_row)
    }

    /// Bytes kept for a sequence of `tokens`, without state.
    pub fn bytes(&self, format: Format, tokens: u64) -> Bytes {
        let kept = self.bound.map_or(tokens, |bound| tokens.min(bound)) / self.every.max(1);
        let window = bytes_of_row(format, self.window_row) * tokens.min(self.window);
        Bytes::new((self.row_bytes(format) + self.index_bytes(format)) * kept + window)
    }
}

fn bytes_of_row(format: Format, width: u64) -> u64 {
    if width == 0 { 0 } else { format.row(width).get() }
}

const fn index_key(indexer: Option<Indexer>) -> u64 {
    match indexer {
        Some(index) => index.key_dim,
        None => 0,
    }
}

impl Mixer {
    /// What it keeps of a sequence.
    pub fn cache(&self) -> CacheShape {
        let plain = CacheShape { every: 1, ..CacheShape::default() };
        match *self {
            Self::Attention(a) => match a.cache {
                CacheUse::Own => CacheShape {
                    rows: [a.kv_heads * a.k_dim, a.kv_heads * a.v_dim],
                    index_row: index_key(a.indexer),
                    bound: a.span.bound(),
                    ..plain
                },
                CacheUse::Shared | CacheUse::None => plain,
            },
            Self::Latent(l) => CacheShape {
                rows: [l.kv_rank + l.rope_dim, 0],
                index_row: index_key(l.indexer),
                bound: l.span.bound(),
                ..plain
            },
            Self::Compressed(Compressed { dim, window, rate: 0, .. }) => {
                CacheShape { rows: [dim, 0], bound: Some(window), ..plain }
            }
            Self::Compressed(c) => CacheShape {
                rows: [c.dim, 0],
                index_row: index_key(c.indexer),
                every: c.rate,
                window_row: c.dim,
                window: c.window,
                ..plain
            },
            Self::Recurrent(r) => CacheShape { conv: r.conv_elements, state: r.state_elements, ..plain },
            Self::Cross(x) => CacheShape { cross_row: 2 * x.kv_heads * x.head_dim, ..plain },
        }
    }
}

/// A model's cache figures, in bytes at one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModelCache {
    /// Bytes a token adds in the layers whose cache grows without bound. The index keys of sparse attention are apart,
    /// but part of the entry where the cache itself is compressed.
    pub bytes_per_token: u64,
    /// Bytes of index keys that a token adds beside an uncompressed cache.
    pub index_bytes_per_token: u64,
    /// Bytes a token adds in the bounded layers, until their bound.
    pub sliding_bytes_per_token: u64,
    /// The largest bound of those layers.
    pub sliding_window: Option<u64>,
    /// Elements of convolution and recurrent state a sequence.
    pub state_elements: u64,
    /// Bytes an encoder token adds.
    pub cross_bytes_per_token: u64,
}

impl Model {
    /// The cache figures of the whole model at `format`, state counted in elements.
    pub fn cache(&self, format: Format) -> ModelCache {
        let mut total = ModelCache::default();
        // Compressed caches add a fraction of a row a token: sum the fractions of equal rate before dividing.
        let mut fractions: Vec<(u64, u64)> = Vec::new();
        for shape in self.layers.iter().flat_map(Layer::mixers).map(Mixer::cache) {
            let (mut row, index) = (shape.row_bytes(format), shape.index_bytes(format));
            if shape.every > 1 {
                row += index;
            } else {
                total.index_bytes_per_token += index;
            }
            if let Some(bound) = shape.bound {
                total.sliding_bytes_per_token += row;
                total.sliding_window = total.sliding_window.max(Some(bound));
            } else {
                match fractions.iter_mut().find(|(every, _)| *every == shape.every) {
                    Some((_, sum)) => *sum += row,
                    None => fractions.push((shape.every, row)),
                }
            }
            if shape.window_row > 0 {
                total.sliding_bytes_per_token += bytes_of_row(format, shape.window_row);
                total.sliding_window = total.sliding_window.max(Some(shape.window));
            }
            total.cross_bytes_per_token += bytes_of_row(format, shape.cross_row);
            total.state_elements += shape.conv + shape.state;
        }
        total.bytes_per_token = fractions.iter().map(|(every, sum)| sum / (*every).max(1)).sum();
        total
    }

    /// Bytes the cache of one sequence of `tokens` takes, state apart.
    pub fn cache_bytes(&self, format: Format, tokens: u64) -> Bytes {
        self.layers.iter().flat_map(Layer::mixers).map(|mixer| mixer.cache().bytes(format, tokens)).sum()
    }
}
