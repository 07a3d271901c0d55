//! What an estimate assumes where nobody fitted or stated anything better.

use crate::basis::{Basis, Known};

/// Shares that hold for every accelerator and engine until something better is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumptions {
    /// Share of the power limit that an idle accelerator draws with a context open.
    pub idle_power: Known<f64>,
    /// How hard memory traffic alone loads an accelerator, against full arithmetic.
    pub memory_power: Known<f64>,
    /// The same of traffic between accelerators.
    pub link_power: Known<f64>,
    /// The largest load at which prompts that wait for each other are counted as a queue in steady state: closed loops keep
    /// it from growing without bound.
    pub prompt_load: Known<f64>,
    /// Share of a link's rate at which a cache goes from one pool of workers to another.
    pub transfer_share: Known<f64>,
    /// Seconds that such a transfer takes beside its bytes.
    pub transfer_start: Known<f64>,
    /// Share of the time of a decode step that is left where no prompt is ever read by the same engine.
    pub pool_step: Known<f64>,
    /// Seconds that a frontend adds to a request before the engine sees it.
    pub frontend: Known<f64>,
    /// How many times as long a layer takes the host where its kernels are launched one by one, against a graph of them that
    /// is replayed.
    pub eager_launch: Known<f64>,
    /// Bytes of an element of recurrent state where no engine is named.
    pub state_bytes: Known<f64>,
    /// GB/s at which the weights of a replica that starts come to a node.
    pub load_rate: Known<f64>,
    /// Seconds that an engine takes to start beside that.
    pub engine_start: Known<f64>,
    /// The chance of a drafted token to be accepted, by what drafts it.
    pub acceptance: Acceptances,
}

/// The chance of a drafted token to be accepted if all before it were, by what drafts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Acceptances {
    /// The model's own prediction layers.
    pub own_layers: Known<f64>,
    /// A head that drafts one token a pass.
    pub head: Known<f64>,
    /// A head that drafts a block at once.
    pub block: Known<f64>,
    /// A smaller model.
    pub model: Known<f64>,
    /// What stands in the context.
    pub lookup: Known<f64>,
}

impl Assumptions {
    /// Bounds: power is the limit whatever is done, nobody waits, state is kept in 16 bits.
    pub(super) fn ideal() -> Self {
        let share = |value| Known::of(value, Basis::Assumed);
        Self {
            idle_power: share(1.0),
            memory_power: share(1.0),
            link_power: share(1.0),
            prompt_load: share(0.0),
            transfer_share: share(1.0),
            transfer_start: share(0.0),
            pool_step: share(1.0),
            frontend: share(0.0),
            eager_launch: share(1.0),
            state_bytes: share(2.0),
            load_rate: share(f64::INFINITY),
            engine_start: share(0.0),
            acceptance: Acceptances {
                own_layers: share(1.0),
                head: share(1.0),
                block: share(1.0),
                model: share(1.0),
                lookup: share(1.0),
            },
        }
    }
}
