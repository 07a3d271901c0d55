//! How compressed caches, the windows beside them and the states of their compressors share the blocks of one pool.
//!
//! Layers of one kind and block form a bucket; buckets with many layers are divided, so that groups lie over each other in
//! a block with little padding.

use super::{
    VllmRules,
    planner::{BlockInputs, Member, held},
    pool::BlockGroup,
};
use crate::{
    engine::{
        caches::{CacheKind, CacheLayer},
        rules::{Facts, Read},
    },
    formulas::{
        memory::block_pool::overlaid_layers,
        parts::{largest, total},
    },
    quantity::Quantity as Q,
    trace::{Input, Trace, model},
    units::Bytes,
};

/// How groups lie over each other in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Pages of equal size over each other: as many of each size as any group has.
    BySize,
    /// Each group without holes: as much as the widest takes.
    Dense,
}

impl Read for Packing {
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
        facts.word(field, &[("by-size", Self::BySize), ("dense", Self::Dense)])
    }
}

/// Layers that take equal blocks of so many tokens.
struct Bucket {
    kind: CacheKind,
    block_tokens: u64,
    pages: Vec<(Bytes, CacheLayer)>,
}

impl Bucket {
    /// Layers that stand side by side: those of its most frequent size of page.
    fn layers(&self) -> u64 {
        let of = |page: Bytes| -> u64 {
            let same = self.pages.iter().filter(|(other, _)| *other == page);
            same.map(|(_, layer)| layer.count).sum()
        };
        self.pages.iter().map(|(page, _)| of(*page)).max().unwrap_or(0)
    }
}

/// Groups, and the pages of each layer in them.
pub(super) fn divided(
    layers: &[CacheLayer],
    rules: &VllmRules,
    inputs: &BlockInputs,
    trace: Trace<'_>,
) -> (Vec<BlockGroup>, Vec<Member>) {
    let mut buckets = buckets(layers, rules, inputs);
    if rules.compressed_packing == Packing::BySize {
        pad(&mut buckets);
    }
    let counts: Vec<u64> = buckets.iter().map(Bucket::layers).collect();
    let side_by_side = overlaid_layers(&counts);
    trace.gathered(Q::OverlaidLayers, &overlaid_layers::FORMULA, side_by_side, || {
        let kinds = counts.iter().enumerate();
        kinds.map(|(kind, count)| Input::new(format!("x_{kind}"), *count, model("layers"))).collect()
    });
    let groups = buckets.iter().map(|bucket| BlockGroup {
        kind: bucket.kind,
        block_tokens: bucket.block_tokens,
        count: bucket.layers().div_ceil(side_by_side).max(1),
    });
    let members = buckets.iter().enumerate().flat_map(|(group, bucket)| {
        bucket.pages.iter().map(move |(page, layer)| Member { layer: *layer, group, page: *page })
    });
    (groups.collect(), members.collect())
}

/// The buckets of some layers; the first is that of layers that keep every token.
fn buckets(layers: &[CacheLayer], rules: &VllmRules, inputs: &BlockInputs) -> Vec<Bucket> {
    let mut buckets =
        vec![Bucket { kind: ALL, block_tokens: rules.compressed_block_tokens, pages: Vec::new() }];
    for layer in layers {
        for (kind, block_tokens, bytes) in pages(layer, rules, inputs) {
            if bytes == Bytes::ZERO {
                continue;
            }
            let page = (bytes.round_up(inputs.page_unit), *layer);
            match buckets.iter_mut().find(|known| known.kind == kind && known.block_tokens == block_tokens) {
                Some(known) => known.pages.push(page),
                None => buckets.push(Bucket { kind, block_tokens, pages: vec![page] }),
            }
        }
    }
    buckets
}

/// Caches that keep every token, however compressed.
const ALL: CacheKind = CacheKind::Compressed {
    every: 1,
    window: 0,
    window_row: Bytes::ZERO,
    index_row: Bytes::ZERO,
    states: [Bytes::ZERO; 2],
    state_window: 0,
};

/// What a layer keeps, each with its kind, the tokens of a block, and the bytes of that.
fn pages(layer: &CacheLayer, rules: &VllmRules, inputs: &BlockInputs) -> Vec<(CacheKind, u64, Bytes)> {
    let (block, near) = (rules.compressed_block_tokens, rules.compressed_window_tokens);
    match layer.kind {
        CacheKind::Compressed { every, window, window_row, index_row, states, state_window } => {
            let rows = block.div_ceil(every.max(1));
            let tokens = rules.compressor_block.pieces(states[0]).unwrap_or(1).max(1);
            let [entry, index] =
                states.map(|state| (CacheKind::Window(state_window), tokens, state.times(tokens)));
            vec![
                (ALL, block, layer.row.saturating_sub(index_row).times(rows)),
                (ALL, block, index_row.times(rows)),
                (CacheKind::Window(window), near, window_row.times(near)),
                entry,
                index,
            ]
        }
        CacheKind::Window(window) => vec![(CacheKind::Window(window), near, layer.row.times(near))],
        CacheKind::State { .. } => {
            vec![(ALL, block, layer.state(inputs.state, inputs.drafts, false, (0, Trace::off())))]
        }
        CacheKind::Full | CacheKind::Chunk(_) | CacheKind::Cross => {
            vec![(ALL, block, layer.row.times(block))]
        }
    }
}

/// Pages of other buckets take the next larger size that the first has.
fn pad(buckets: &mut [Bucket]) {
    let Some((first, others)) = buckets.split_first_mut() else { return };
    for (page, _) in others.iter_mut().flat_map(|bucket| &mut bucket.pages) {
        let sizes = first.pages.iter().map(|(size, _)| *size);
        *page = sizes.filter(|size| *size >= *page).min().unwrap_or(*page);
    }
}

/// Bytes of a block in a stage that holds `layers`.
pub(super) fn block_bytes(
    members: &[Member],
    groups: &[BlockGroup],
    packing: Packing,
    layers: &[CacheLayer],
    trace: Trace<'_>,
) -> Bytes {
    // The layers of a bucket are dealt out to its groups.
    let each = |member: &Member| held(member, layers).div_ceil(groups[member.group].count);
    match packing {
        Packing::Dense => dense(members, groups.len(), each, trace),
        Packing::BySize => by_size(members, groups.len(), each, trace),
    }
}

/// What the widest of so many groups takes, of whose members each has so many layers.
fn dense(members: &[Member], groups: usize, each: impl Fn(&Member) -> u64, trace: Trace<'_>) -> Bytes {
    let sum = |at: usize| -> Bytes {
        members.iter().filter(|member| member.group == at).map(|member| member.page.times(each(member))).sum()
    };
    let widest = (0..groups).map(sum).max().unwrap_or(Bytes::ZERO);
    trace.gathered(Q::BlockBytes, &largest::FORMULA, widest, || {
        (0..groups).map(|at| Input::new(format!("group {at}"), sum(at), model("B"))).collect()
    });
    widest
}

/// As many pages of each size as any of the groups has.
fn by_size(members: &[Member], groups: usize, each: impl Fn(&Member) -> u64, trace: Trace<'_>) -> Bytes {
    let mut sizes: Vec<Bytes> = members.iter().map(|member| member.page).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let most = |size: Bytes| -> u64 {
        let in_group = |at| {
            let those = members.iter().filter(|member| member.group == at && member.page == size);
            those.map(&each).sum()
        };
        (0..groups).map(in_group).max().unwrap_or(0)
    };
    let sum = sizes.iter().map(|size| size.times(most(*size))).sum();
    trace.gathered(Q::BlockBytes, &total::FORMULA, sum, || {
        let of_size = |size: &Bytes| {
            let name = format!("{} pages of {}", most(*size), size.get());
            Input::new(name, size.times(most(*size)), model("B"))
        };
        sizes.iter().map(of_size).collect()
    });
    sum
}
