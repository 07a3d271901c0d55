//! How a pool is divided into blocks, layers of several kinds included.

use crate::{
    basis::Basis,
    engine::caches::CacheKind,
    formulas::{
        memory::block_pool::{
            chunk_blocks, full_blocks, kept_window_blocks, kind_blocks, running_blocks, window_blocks,
        },
        parts::total,
    },
    quantity::Quantity as Q,
    trace::{Input, Source, Trace, asked, at, layout, model, rules},
    traced,
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
    pub fn attention(self, sequences: u64, prefix: u64, trace: Trace<'_>) -> u64 {
        traced!(trace, Q::RunningBlocks, running_blocks {
            n: sequences => layout("sequences"),
            kept: self.kept - prefix.min(self.kept) =>
                if prefix == 0 { at(Q::KeptBlocks) } else { layout("blocks") },
            admitted: self.admitted => at(Q::AdmittedBlocks),
        })
    }
}

/// Blocks of one group, while a prompt passes and afterwards.
type Both = [u64; 2];

impl BlockLayout {
    /// Blocks one request of `tokens` takes.
    pub fn request(&self, tokens: u64, trace: Trace<'_>) -> RequestBlocks {
        let mut blocks = RequestBlocks { admitted: 0, kept: 0, state: 0 };
        for (kind, group) in self.groups.iter().enumerate() {
            let [admitted, kept] = self.of_kind(group, tokens, (kind, trace));
            if matches!(group.kind, CacheKind::State { .. }) {
                blocks.state += admitted;
            } else {
                blocks.admitted += admitted;
                blocks.kept += kept;
            }
        }
        if trace.is_on() {
            self.record_sums(tokens, blocks, trace);
        }
        blocks
    }

    fn record_sums(&self, tokens: u64, blocks: RequestBlocks, trace: Trace<'_>) {
        let sums = [
            (Q::AdmittedBlocks, blocks.admitted, false, 0),
            (Q::KeptBlocks, blocks.kept, false, 1),
            (Q::StateBlocks, blocks.state, true, 0),
        ];
        for (quantity, sum, states, which) in sums {
            trace.gathered(quantity, &total::FORMULA, sum, || {
                let groups = self.groups.iter().enumerate();
                let own = groups.filter(|(_, group)| matches!(group.kind, CacheKind::State { .. }) == states);
                let input = |(kind, group): (usize, &BlockGroup)| {
                    let blocks = self.of_kind(group, tokens, (kind, Trace::off()))[which];
                    let from = if which == 0 { Q::KindBlocks(kind) } else { Q::KindKept(kind) };
                    Input::new(format!("kind {kind}"), blocks, at(from))
                };
                own.map(input).collect()
            });
        }
    }

    /// Blocks one request of `tokens` takes in all groups of one kind.
    fn of_kind(&self, group: &BlockGroup, tokens: u64, (kind, trace): (usize, Trace<'_>)) -> Both {
        let all = |quantity, (blocks, from): (u64, Q)| traced!(trace, quantity, kind_blocks { n_g: group.count => rules("groups"), n: blocks => at(from) });
        let [admitted, kept] = self.in_group(group, tokens, (kind, trace));
        [
            all(Q::KindBlocks(kind), (admitted, Q::GroupBlocks(kind))),
            all(Q::KindKept(kind), (kept, Q::GroupKept(kind))),
        ]
    }

    /// Blocks one request of `tokens` takes in a group of layers.
    fn in_group(&self, group: &BlockGroup, tokens: u64, (kind, trace): (usize, Trace<'_>)) -> Both {
        let (admitted, kept) = (Q::GroupBlocks(kind), Q::GroupKept(kind));
        let (s, of_s, block) = (tokens, asked("tokens"), group.block_tokens);
        let in_flight = self.in_flight;
        match group.kind {
            CacheKind::Full | CacheKind::Compressed { .. } | CacheKind::Cross => [admitted, kept].map(|quantity| {
                traced!(trace, quantity, full_blocks { s: s => of_s, block: block => rules("tokens") })
            }),
            CacheKind::Window(w) => [
                traced!(trace, admitted, window_blocks {
                    s: s => of_s,
                    w: w => model("tokens"),
                    in_flight: in_flight => rules("tokens"),
                    block: block => rules("tokens"),
                }),
                traced!(trace, kept, kept_window_blocks {
                    s: s => of_s,
                    w: w => model("tokens"),
                    block: block => rules("tokens"),
                }),
            ],
            CacheKind::Chunk(c) => [(admitted, in_flight), (kept, 0)].map(|(quantity, in_flight)| {
                traced!(trace, quantity, chunk_blocks {
                    s: s => of_s,
                    c: c => model("tokens"),
                    in_flight: in_flight => rules("tokens"),
                    block: block => rules("tokens"),
                })
            }),
            CacheKind::State { .. } => [admitted, kept].map(|quantity| {
                trace.stated(quantity, self.state_blocks, Source::Engine, Basis::Exact);
                self.state_blocks
            }),
        }
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
