//! The caches of a stage on one rank, equal layers merged.

use super::StateBytes;
use crate::{
    formulas::{
        memory::{
            kv_cache::{
                bytes_per_token, compressed_cache, compressed_entry_bytes, compressor_state_bytes,
                head_scale_bytes, index_bytes_per_token, layer_cache, sparse_latent_bytes_per_token,
            },
            state::{conv_state_elements, state_bytes},
        },
        parts::total,
    },
    model::{Compressed, Layer, Mixer, Span},
    numeric::{CacheFormat, Format},
    plan::Plan,
    quantity::Quantity as Q,
    trace::{Input, Origin, Trace, asked, at, model, rules},
    traced,
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
        /// Bytes of the index key in a row.
        index_row: Bytes,
        /// Bytes that the compressors of entry and index key keep of a token while its entry is not finished.
        states: [Bytes; 2],
        /// Tokens of which they keep it.
        state_window: u64,
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
        let cache = cache_layer(mixer, (plan, format, scales), (0, Trace::off()));
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

/// How a layer is laid out and cached: the plan, the format, and whether latents under sparse attention keep scales.
pub(crate) type Cached = (Plan, CacheFormat, bool);

/// Records where the rows of the cache that stands at `kind` among a stage's come from: those of the first mixer with one.
pub(crate) fn record_row<'m>(
    cache: &CacheLayer,
    mut mixers: impl Iterator<Item = &'m Mixer>,
    with: Cached,
    (kind, trace): (usize, Trace<'_>),
) {
    let same = |mixer: &&Mixer| {
        let found = cache_layer(mixer, with, (kind, Trace::off()));
        found.is_some_and(|found| (found.kind, found.row) == (cache.kind, cache.row))
    };
    if let Some(mixer) = mixers.find(same) {
        cache_layer(mixer, with, (kind, trace));
    }
}

fn cache_layer(
    mixer: &Mixer,
    (plan, format, scales): Cached,
    (at_kind, trace): (usize, Trace<'_>),
) -> Option<CacheLayer> {
    let shape = plan.cache_on_rank(mixer);
    let index = if scales && shape.index_row > 0 {
        traced!(trace, Q::IndexKey(at_kind), index_bytes_per_token { d_i: shape.index_row => model("elements") })
    } else {
        row(Q::IndexKey(at_kind), [(shape.index_row, format.key), NOTHING], None, trace)
    };
    let with_index = (index, at(Q::IndexKey(at_kind)));
    let rows = [(shape.rows[0], format.key), (shape.rows[1], format.value)];
    let plain = |extra| row(Q::CacheRow(at_kind), rows, Some(extra), trace);
    let eight_bits = format.is_eight_bits();
    let (kind, row) = match *mixer {
        Mixer::Attention(a) => {
            let heads = if shape.rows[0] == 0 { 0 } else { plan.kv_heads_on_rank(a.kv_heads) };
            let scales = traced!(trace, Q::HeadScales(at_kind), head_scale_bytes {
                n_kv: heads => model("heads"),
                b_s: format.head_scale_bytes => rules("B"),
            });
            trace.gathered(Q::RowExtras(at_kind), &total::FORMULA, index + scales, || {
                vec![
                    Input::new("index key", index, at(Q::IndexKey(at_kind))),
                    Input::new("scales", scales, at(Q::HeadScales(at_kind))),
                ]
            });
            (kind_of(a.span), plain((index + scales, at(Q::RowExtras(at_kind)))))
        }
        Mixer::Latent(l) if scales && l.indexer.is_some() && eight_bits => {
            let latent = traced!(trace, Q::LatentRow(at_kind), sparse_latent_bytes_per_token {
                r_kv: l.kv_rank => model("elements"),
                d_r: l.rope_dim => model("elements"),
            });
            trace.gathered(Q::CacheRow(at_kind), &total::FORMULA, latent + index, || {
                vec![
                    Input::new("latent", latent, at(Q::LatentRow(at_kind))),
                    Input::new("index key", index, at(Q::IndexKey(at_kind))),
                ]
            });
            (kind_of(l.span), latent + index)
        }
        Mixer::Latent(l) => (kind_of(l.span), plain(with_index)),
        Mixer::Compressed(c) => compressed(c, (format, scales && eight_bits), index, (at_kind, trace)),
        Mixer::Recurrent(r) => {
            (CacheKind::State { conv: shape.conv, kernel: r.conv_kernel, state: shape.state }, Bytes::ZERO)
        }
        Mixer::Cross(_) => (
            CacheKind::Cross,
            row(Q::CacheRow(at_kind), [(shape.cross_row, format.key), NOTHING], None, trace),
        ),
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

/// The cache of attention that sees so far back.
const fn kind_of(span: Span) -> CacheKind {
    match span {
        Span::Full => CacheKind::Full,
        Span::Window(tokens) => CacheKind::Window(tokens),
        Span::Chunk(tokens) => CacheKind::Chunk(tokens),
    }
}

/// A row that is not there.
const NOTHING: (u64, Format) = (0, Format::BF16);

/// Bytes of a row of a key and a value, each so wide in its format, and what is kept beside them.
fn row(
    quantity: Q,
    [key, value]: [(u64, Format); 2],
    extra: Option<(Bytes, Origin)>,
    trace: Trace<'_>,
) -> Bytes {
    // Scales of a whole row; without values there is no row.
    let scales = |(width, format): (u64, Format)| if width == 0 { 0 } else { format.layout().row_bytes };
    let (extra, from) = extra.unwrap_or((Bytes::ZERO, model("B")));
    let scales = Bytes::new(scales(key) + scales(value));
    let (k, v) = (key.1.layout(), value.1.layout());
    traced!(trace, quantity, bytes_per_token {
        n_k: key.0 => model("elements"),
        B_k: k.values => rules("elements"),
        M_k: Bytes::new(k.bytes) => rules("B"),
        n_v: value.0 => model("elements"),
        B_v: v.values => rules("elements"),
        M_v: Bytes::new(v.bytes) => rules("B"),
        x: extra + scales => if scales == Bytes::ZERO { from } else { rules("B") },
    })
}

/// Bytes of an entry, exact or compressed.
fn entry(c: Compressed, (format, scaled): (CacheFormat, bool), (quantity, trace): (Q, Trace<'_>)) -> Bytes {
    if !scaled {
        return row(quantity, [(c.dim, format.key), NOTHING], None, trace);
    }
    traced!(trace, quantity, compressed_entry_bytes {
        d: c.dim => model("elements"),
        d_r: c.rope_dim => model("elements"),
    })
}

/// The caches of a layer with a window and, unless that is all, a compressed past; 8-bit entries may keep scales and a wider
/// rotary part.
fn compressed(
    c: Compressed,
    (format, scaled): (CacheFormat, bool),
    index: Bytes,
    (kind, trace): (usize, Trace<'_>),
) -> (CacheKind, Bytes) {
    let entry = |quantity| entry(c, (format, scaled), (quantity, trace));
    if c.rate == 0 {
        return (CacheKind::Window(c.window), entry(Q::CacheRow(kind)));
    }
    let own = entry(Q::LatentRow(kind));
    trace.gathered(Q::CacheRow(kind), &total::FORMULA, own + index, || {
        vec![
            Input::new("entry", own, at(Q::LatentRow(kind))),
            Input::new("index key", index, at(Q::IndexKey(kind))),
        ]
    });
    let state = |width, trace| {
        traced!(trace, Q::CompressorState(kind), compressor_state_bytes {
            n_s: c.series() => model("series"),
            d: width => model("elements"),
        })
    };
    let index_state = c.indexer.map_or(Bytes::ZERO, |index| state(index.key_dim, Trace::off()));
    let kept = CacheKind::Compressed {
        every: c.rate,
        window: c.window,
        window_row: entry(Q::WindowRow(kind)),
        index_row: index,
        states: [state(c.dim, trace), index_state],
        state_window: c.series() * c.rate,
    };
    (kept, own + index)
}

/// Rows of a cache, and where their number comes from.
pub(crate) type Rows = (u64, Origin);

impl CacheLayer {
    /// Bytes all its layers keep of one sequence whose rows are counted by `cells`: the first argument of which is the
    /// window or chunk, if rows are bounded by one. State is not counted. It stands at `kind` among a stage's caches.
    pub(crate) fn bytes(
        &self,
        cells: impl Fn(Option<u64>) -> Rows,
        encoder: Rows,
        (kind, trace): (usize, Trace<'_>),
    ) -> Bytes {
        let (rows, from) = match self.kind {
            CacheKind::Full => cells(None),
            CacheKind::Window(tokens) | CacheKind::Chunk(tokens) => cells(Some(tokens)),
            CacheKind::Compressed { every, window, window_row, .. } => {
                let ((rows, from), (near, near_from)) = (cells(None), cells(Some(window)));
                return traced!(trace, Q::LayerCache(kind), compressed_cache {
                    g: self.count => model("layers"),
                    s: rows => from,
                    r: every => model("tokens"),
                    M_token: self.row => at(Q::CacheRow(kind)),
                    w: near => near_from,
                    M_w: window_row => at(Q::WindowRow(kind)),
                });
            }
            CacheKind::State { .. } => return Bytes::ZERO,
            CacheKind::Cross => encoder,
        };
        traced!(trace, Q::LayerCache(kind), layer_cache {
            g: self.count => model("layers"),
            s: rows => from,
            M_token: self.row => at(Q::CacheRow(kind)),
        })
    }

    /// State of one sequence in one such layer, which stands at `kind` among a stage's; nothing for other caches.
    pub(crate) fn state(
        &self,
        bytes: StateBytes,
        drafts: u64,
        all_columns: bool,
        (at_kind, trace): (usize, Trace<'_>),
    ) -> Bytes {
        let CacheKind::State { conv, kernel, state } = self.kind else { return Bytes::ZERO };
        let (kept, from) = if all_columns {
            (conv, model("elements"))
        } else {
            let kept = traced!(trace, Q::ConvState(at_kind), conv_state_elements {
                conv: conv => model("elements"),
                k: kernel => model("columns"),
                s: drafts => asked("tokens"),
            });
            (kept, at(Q::ConvState(at_kind)))
        };
        traced!(trace, Q::LayerState(at_kind), state_bytes {
            conv: kept => from,
            b_conv: bytes.conv => rules("B"),
            state: state => model("elements"),
            b_state: bytes.recurrent => rules("B"),
        })
    }
}
