//! How a pool is divided into blocks, layers of several kinds included.

use crate::{
    engine::caches::CacheKind,
    formulas::memory::block_pool::{
        chunk_blocks, full_blocks, kept_window_blocks, running_blocks, window_blocks,
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

/// Blocks of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBlocks {
    /// Attention layers' while its prompt passes: the worst case, with which the engine plans and prints.
    pub admitted: u64,
    /// Attention layers' while it decodes: blocks behind a window are given back.
    pub kept: u64,
    /// State layers'.
    pub state: u64,
}

impl RequestBlocks {
    /// The worst case of all layers.
    pub const fn worst(self) -> u64 {
        self.admitted + self.state
    }

    /// What `sequences` take in attention layers, of which `prefix` blocks are common to all.
    pub fn attention(self, sequences: u64, prefix: u64) -> u64 {
        running_blocks(sequences, self.kept - prefix.min(self.kept), self.admitted)
    }
}

impl BlockLayout {
    /// Blocks one request of `tokens` takes.
    pub fn request(&self, tokens: u64) -> RequestBlocks {
        let mut blocks = RequestBlocks { admitted: 0, kept: 0, state: 0 };
        for group in &self.groups {
            let (admitted, kept) = match group.kind {
                CacheKind::Full | CacheKind::Compressed { .. } | CacheKind::Cross => {
                    let all = full_blocks(tokens, group.block_tokens);
                    (all, all)
                }
                CacheKind::Window(window) => (
                    window_blocks(tokens, window, self.in_flight, group.block_tokens),
                    kept_window_blocks(tokens, window, group.block_tokens),
                ),
                CacheKind::Chunk(chunk) => (
                    chunk_blocks(tokens, chunk, self.in_flight, group.block_tokens),
                    chunk_blocks(tokens, chunk, 0, group.block_tokens),
                ),
                CacheKind::State { .. } => {
                    blocks.state += self.state_blocks * group.count;
                    continue;
                }
            };
            blocks.admitted += admitted * group.count;
            blocks.kept += kept * group.count;
        }
        blocks
    }

    /// Blocks that requests with `prefix` common leading tokens share.
    pub fn shared(&self, prefix: u64) -> u64 {
        let full = self.groups.iter().filter(|group| group.kind == CacheKind::Full);
        full.map(|group| prefix / group.block_tokens.max(1) * group.count).sum()
    }

    /// All groups.
    pub fn group_count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// Whether sequences keep a state of fixed size in it.
    pub fn has_state(&self) -> bool {
        self.groups.iter().any(|group| matches!(group.kind, CacheKind::State { .. }))
    }
}
