//! How a planner divides a pool into blocks, layers of several kinds included.

use super::{MixedPages, VllmRules};
use crate::{
    engine::{
        StateBytes,
        caches::{CacheKind, CacheLayer},
    },
    formulas::memory::block_pool::{
        block_tokens_for_state, chunk_blocks, full_blocks, group_size, window_blocks,
    },
    units::Bytes,
};

/// Groups of one kind of layer: all take blocks from the same pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockGroup {
    /// How its caches grow.
    pub kind: CacheKind,
    /// Tokens of a block.
    pub block_tokens: u64,
    /// Equal groups.
    pub count: u64,
}

/// A pool's division into blocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockLayout {
    /// Bytes of a block in all layers of a group.
    pub block_bytes: Bytes,
    /// The groups.
    pub groups: Vec<BlockGroup>,
    /// Tokens of one step, which windows must hold beside themselves; [`u64::MAX`] where a step takes whole requests.
    pub in_flight: u64,
    /// Blocks of state a sequence keeps.
    pub state_blocks: u64,
}

/// What the division depends on beside the layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockInputs {
    pub block_tokens: u64,
    pub in_flight: u64,
    pub state_blocks: u64,
    pub drafts: u64,
    pub state: StateBytes,
}

/// Layers of one kind with their page.
struct Bucket {
    kind: CacheKind,
    row: Bytes,
    state: Bytes,
    layers: u64,
}

impl BlockLayout {
    /// Divides a pool for `layers`.
    pub(super) fn new(layers: &[CacheLayer], rules: &VllmRules, inputs: BlockInputs) -> Self {
        let mut buckets: Vec<Bucket> = layers
            .iter()
            .filter(|layer| layer.kind != CacheKind::Cross)
            .map(|layer| Bucket {
                kind: layer.kind,
                row: layer.row,
                state: layer.state(inputs.state, inputs.drafts, false),
                layers: layer.count,
            })
            .collect();
        let largest = buckets.iter().map(|bucket| bucket.row).max().unwrap_or(Bytes::ZERO);
        let mixed = buckets.iter().any(|b| b.row != Bytes::ZERO && b.row != largest);
        if mixed && rules.mixed_pages == MixedPages::AsFull {
            widen(&mut buckets);
        }
        if buckets.iter().all(|bucket| grows_alike(bucket.kind, buckets[0].kind)) {
            return Self::uniform(&buckets, inputs);
        }
        Self::grouped(&buckets, rules, inputs, largest)
    }

    /// One group of all layers: a block spans them all.
    fn uniform(buckets: &[Bucket], inputs: BlockInputs) -> Self {
        let tokens = inputs.block_tokens;
        let page = |bucket: &Bucket| match bucket.kind {
            CacheKind::State { .. } => bucket.state,
            CacheKind::Compressed { every, .. } => bucket.row.times(tokens).split(every),
            CacheKind::Full | CacheKind::Window(_) | CacheKind::Chunk(_) | CacheKind::Cross => {
                bucket.row.times(tokens)
            }
        };
        let block_bytes = buckets.iter().map(|bucket| page(bucket).times(bucket.layers)).sum();
        let groups =
            buckets.first().map(|bucket| BlockGroup { kind: bucket.kind, block_tokens: tokens, count: 1 });
        Self {
            block_bytes,
            groups: groups.into_iter().collect(),
            in_flight: inputs.in_flight,
            state_blocks: inputs.state_blocks,
        }
    }

    /// Groups of equal size, whose pages are made equal.
    fn grouped(buckets: &[Bucket], rules: &VllmRules, inputs: BlockInputs, largest: Bytes) -> Self {
        let state = buckets.iter().map(|bucket| bucket.state).max().unwrap_or(Bytes::ZERO);
        let block = if state == Bytes::ZERO {
            inputs.block_tokens
        } else {
            block_tokens_for_state(state, largest, inputs.block_tokens)
        };
        let page = largest.times(block).max(state);
        let counts = || buckets.iter().map(|bucket| bucket.layers);
        let (lo, hi) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        let size = group_size(lo, hi, rules.group_ratio).max(1);
        let groups = buckets
            .iter()
            .map(|bucket| BlockGroup {
                kind: bucket.kind,
                // As many whole units of tokens as the common page holds; the rest of it is padding.
                block_tokens: page
                    .pieces(bucket.row)
                    .map_or(block, |tokens| whole(tokens, inputs.block_tokens)),
                count: bucket.layers.div_ceil(size),
            })
            .collect();
        Self {
            block_bytes: page.times(size),
            groups,
            in_flight: inputs.in_flight,
            state_blocks: inputs.state_blocks,
        }
    }

    /// Blocks one request of `tokens` takes in attention layers and, beside them, in state layers.
    pub fn per_request(&self, tokens: u64) -> (u64, u64) {
        let mut blocks = (0, 0);
        for group in &self.groups {
            let one = match group.kind {
                CacheKind::Full | CacheKind::Compressed { .. } | CacheKind::Cross => {
                    full_blocks(tokens, group.block_tokens)
                }
                CacheKind::Window(window) => {
                    window_blocks(tokens, window, self.in_flight, group.block_tokens)
                }
                CacheKind::Chunk(chunk) => chunk_blocks(tokens, chunk, self.in_flight, group.block_tokens),
                CacheKind::State { .. } => {
                    blocks.1 += self.state_blocks * group.count;
                    continue;
                }
            };
            blocks.0 += one * group.count;
        }
        blocks
    }

    /// Blocks that requests with `prefix` common leading tokens share.
    pub fn shared(&self, prefix: u64) -> u64 {
        if prefix == 0 {
            return 0;
        }
        let full = self.groups.iter().filter(|group| group.kind == CacheKind::Full);
        full.map(|group| prefix / group.block_tokens.max(1) * group.count).sum()
    }

    /// All groups.
    pub fn group_count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }
}

/// The largest multiple of `unit` in `tokens`.
fn whole(tokens: u64, unit: u64) -> u64 {
    let unit = unit.max(1);
    (tokens / unit).max(1) * unit
}

/// Gives windowed layers a cache for the whole context.
fn widen(buckets: &mut [Bucket]) {
    for bucket in buckets {
        if matches!(bucket.kind, CacheKind::Window(_) | CacheKind::Chunk(_)) {
            bucket.kind = CacheKind::Full;
        }
    }
}

/// Whether two kinds take blocks alike, so that one group can hold both.
fn grows_alike(a: CacheKind, b: CacheKind) -> bool {
    let unbounded = |kind| matches!(kind, CacheKind::Full | CacheKind::Compressed { .. });
    let state = |kind| matches!(kind, CacheKind::State { .. });
    a == b || (unbounded(a) && unbounded(b)) || (state(a) && state(b))
}
