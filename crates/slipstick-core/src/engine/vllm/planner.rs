//! How a planner divides the layers of a whole model into groups, and what a block of one stage then holds.
//!
//! Groups are made for the model, not for a stage, so that every stage takes as many blocks for a request.

use super::{
    MixedPages, VllmRules,
    overlay::{self, Packing},
    pool::{BlockGroup, BlockLayout},
};
use crate::{
    basis::Basis,
    engine::{
        StateBytes,
        caches::{CacheKind, CacheLayer},
    },
    formulas::{
        memory::block_pool::{block_room, block_tokens_for_state, group_size},
        parts::total,
    },
    quantity::Quantity as Q,
    trace::{Input, Source, Trace, model, rules},
    traced,
    units::Bytes,
};

/// What the division depends on beside the layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockInputs {
    pub block_tokens: u64,
    pub in_flight: u64,
    pub state_blocks: u64,
    pub drafts: u64,
    pub state: StateBytes,
    /// Pages of compressed caches are whole multiples of it.
    pub page_unit: u64,
}

/// The division of a model's layers.
#[derive(Debug)]
pub(super) struct BlockPlanner {
    groups: Vec<BlockGroup>,
    members: Vec<Member>,
    block: Block,
    inputs: BlockInputs,
}

/// Layers of one kind, the group they belong to, and a page of one of them. Compressed layers belong to several.
#[derive(Debug)]
pub(super) struct Member {
    pub layer: CacheLayer,
    pub group: usize,
    pub page: Bytes,
}

/// How many of `layers` are those of a member.
pub(super) fn held(member: &Member, layers: &[CacheLayer]) -> u64 {
    let same = |layer: &&CacheLayer| layer.kind == member.layer.kind && layer.row == member.layer.row;
    layers.iter().filter(same).map(|layer| layer.count).sum()
}

/// What a block holds.
#[derive(Debug, Clone, Copy)]
enum Block {
    /// A page of every layer: there is one group.
    Everything,
    /// Pages of this size, as many as the fullest group has layers.
    Pages(Bytes),
    /// Groups of compressed caches over each other.
    Overlaid(Packing),
}

impl BlockPlanner {
    /// Divides `layers`, those of the whole model.
    pub(super) fn new(
        layers: &[CacheLayer],
        rules: &VllmRules,
        inputs: BlockInputs,
        trace: Trace<'_>,
    ) -> Self {
        let layers: Vec<CacheLayer> =
            layers.iter().copied().filter(|layer| layer.kind != CacheKind::Cross).collect();
        if layers.iter().any(|layer| matches!(layer.kind, CacheKind::Compressed { .. })) {
            let (groups, members) = overlay::divided(&layers, rules, &inputs, trace);
            return Self { groups, members, block: Block::Overlaid(rules.compressed_packing), inputs };
        }
        let kinds: Vec<CacheKind> = kinds(&layers, rules);
        if kinds.iter().all(|kind| grows_alike(*kind, kinds[0])) {
            trace.stated(Q::BlockTokens, inputs.block_tokens, Source::Engine, Basis::Exact);
            return Self::uniform(&layers, &kinds, inputs);
        }
        Self::grouped(&layers, &kinds, rules, inputs, trace)
    }

    /// One group of all layers: a block spans them all.
    fn uniform(layers: &[CacheLayer], kinds: &[CacheKind], inputs: BlockInputs) -> Self {
        let tokens = inputs.block_tokens;
        let page = |layer: &CacheLayer| match layer.kind {
            CacheKind::State { .. } => layer.state(inputs.state, inputs.drafts, false, (0, Trace::off())),
            CacheKind::Full
            | CacheKind::Window(_)
            | CacheKind::Chunk(_)
            | CacheKind::Compressed { .. }
            | CacheKind::Cross => layer.row.times(tokens),
        };
        let members =
            layers.iter().map(|layer| Member { layer: *layer, group: 0, page: page(layer) }).collect();
        let group = kinds.first().map(|kind| BlockGroup { kind: *kind, block_tokens: tokens, count: 1 });
        Self { groups: group.into_iter().collect(), members, block: Block::Everything, inputs }
    }

    /// Groups of equal size, whose pages are made equal.
    fn grouped(
        layers: &[CacheLayer],
        kinds: &[CacheKind],
        engine: &VllmRules,
        inputs: BlockInputs,
        trace: Trace<'_>,
    ) -> Self {
        let largest = layers.iter().map(|layer| layer.row).max().unwrap_or(Bytes::ZERO);
        let states =
            layers.iter().map(|layer| layer.state(inputs.state, inputs.drafts, false, (0, Trace::off())));
        let state = states.max().unwrap_or(Bytes::ZERO);
        let block = if state == Bytes::ZERO {
            trace.stated(Q::BlockTokens, inputs.block_tokens, Source::Engine, Basis::Exact);
            inputs.block_tokens
        } else {
            traced!(trace, Q::BlockTokens, block_tokens_for_state {
                state: state => model("B"),
                per_token: largest => model("B"),
                unit: inputs.block_tokens => rules("tokens"),
            })
        };
        let page = largest.times(block).max(state);
        let counts = || layers.iter().map(|layer| layer.count);
        let size = traced!(trace, Q::GroupLayers, group_size {
            lo: counts().min().unwrap_or(0) => model("layers"),
            hi: counts().max().unwrap_or(0) => model("layers"),
            c: engine.group_ratio => rules(""),
        });
        let group = |(layer, kind): (&CacheLayer, &CacheKind)| BlockGroup {
            kind: *kind,
            // As many whole units of tokens as the common page holds; the rest of it is padding.
            block_tokens: page.pieces(layer.row).map_or(block, |tokens| whole(tokens, inputs.block_tokens)),
            count: layer.count.div_ceil(size.max(1)),
        };
        let groups = layers.iter().zip(kinds).map(group).collect();
        let members = layers.iter().enumerate().map(|(group, layer)| Member { layer: *layer, group, page });
        Self { groups, members: members.collect(), block: Block::Pages(page), inputs }
    }

    /// The division of the pool of a stage that holds `layers`.
    pub(super) fn stage(&self, layers: &[CacheLayer], trace: Trace<'_>) -> BlockLayout {
        BlockLayout {
            block_bytes: self.block_bytes(layers, trace),
            groups: self.groups.clone(),
            in_flight: self.inputs.in_flight,
            state_blocks: self.inputs.state_blocks,
        }
    }

    fn block_bytes(&self, layers: &[CacheLayer], trace: Trace<'_>) -> Bytes {
        let held = |member: &Member| held(member, layers);
        match self.block {
            Block::Overlaid(packing) => {
                overlay::block_bytes(&self.members, &self.groups, packing, layers, trace)
            }
            Block::Everything => {
                let pages = || self.members.iter().map(|member| (held(member), member.page));
                let sum = pages().map(|(layers, page)| page.times(layers)).sum();
                trace.gathered(Q::BlockBytes, &total::FORMULA, sum, || {
                    let input = |(kind, (layers, page)): (usize, (u64, Bytes))| {
                        Input::new(format!("kind {kind}, {layers} layers"), page.times(layers), model("B"))
                    };
                    pages().enumerate().map(input).collect()
                });
                sum
            }
            Block::Pages(page) => {
                let of_group = |(at, group): (usize, &BlockGroup)| {
                    let layers: u64 = self.members.iter().filter(|member| member.group == at).map(held).sum();
                    layers.div_ceil(group.count.max(1))
                };
                traced!(trace, Q::BlockBytes, block_room {
                    N: 1 => rules("blocks"),
                    g: self.groups.iter().enumerate().map(of_group).max().unwrap_or(0) => model("layers"),
                    P: page => model("B"),
                })
            }
        }
    }
}

/// How the planner lets each layer grow: windowed layers beside wider ones like full ones in some versions.
fn kinds(layers: &[CacheLayer], rules: &VllmRules) -> Vec<CacheKind> {
    let largest = layers.iter().map(|layer| layer.row).max().unwrap_or(Bytes::ZERO);
    let mixed = layers.iter().any(|layer| layer.row != Bytes::ZERO && layer.row != largest);
    let widened = mixed && rules.mixed_pages == MixedPages::AsFull;
    let bounded = |kind| matches!(kind, CacheKind::Window(_) | CacheKind::Chunk(_));
    let grown = |layer: &CacheLayer| {
        if widened && bounded(layer.kind) { CacheKind::Full } else { layer.kind }
    };
    layers.iter().map(grown).collect()
}

/// The largest multiple of `unit` in `tokens`.
fn whole(tokens: u64, unit: u64) -> u64 {
    let unit = unit.max(1);
    (tokens / unit).max(1) * unit
}

/// Whether two kinds take blocks alike, so that one group can hold both.
fn grows_alike(a: CacheKind, b: CacheKind) -> bool {
    let state = |kind| matches!(kind, CacheKind::State { .. });
    a == b || (state(a) && state(b))
}
