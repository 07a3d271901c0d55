//! Adapters, and formats of frozen weights: time beside products, layers without a backward pass, launches on the host.

use super::{Clock, Layers, Pass, place};
use crate::{
    formulas::training::step::{beside_time, mixing_work, shaped_time},
    quantity::Detail as D,
    trace::{Hearing, at, fitted, layout as split, model, rules},
    traced,
    training::{Adapter, Block},
    units::Seconds,
};

use super::rates::SHEET;

impl<H: Hearing> Clock<'_, H> {
    /// The lowest layers, whose backward pass nothing needs: all but the last so many, of so many in all.
    pub(super) fn below(&self, layers: f64) -> f64 {
        let backward = self.job.recipe.adapter.as_ref().map_or(u64::MAX, Adapter::layers_backward);
        (layers - backward as f64).max(0.0)
    }

    /// Times of the forward products that those of the backward pass take.
    pub(super) fn backward_products(&self) -> f64 {
        let Some(adapter) = &self.job.recipe.adapter else { return 2.0 };
        if adapter.has_wide_gradients() { self.rates.wide_gradients } else { adapter.backward_products() }
    }

    /// Times of the head's forward product that its passes take: only trained heads need gradients of weights.
    pub(super) fn head_passes(&self) -> f64 {
        if self.job.recipe.adapter.is_some() { 2.0 } else { 3.0 }
    }

    /// What adapters and frozen formats add to layers of a kind.
    pub(super) fn add_beside(&self, pass: &mut Pass, block: &Block, layers: Layers, kind: usize) {
        let Some(adapter) = &self.job.recipe.adapter else { return };
        let beside = adapter.beside(block, self.job.stack.eager);
        if self.trace().is_on() {
            adapter.record_beside(block, self.job.stack.eager, kind, self.trace());
        }
        let products = self.low_rank(beside.flops, kind);
        pass.time.dense += self.passes((kind, place::ADAPTER_PRODUCTS), products, layers, (2.0, 0.0));
        let forward =
            self.moved_beside((kind, place::ADAPTER_FORWARD), [beside.forward, beside.copies, beside.norms]);
        let backward = self
            .moved_beside((kind, place::ADAPTER_BACKWARD), [beside.backward, beside.backward_copies, 0.0]);
        pass.time.elementwise += self.passes((kind, place::ADAPTER_FORWARD), forward, layers, (0.0, 0.0))
            + self.once((kind, place::ADAPTER_BACKWARD), backward, layers.backward);
    }

    /// Low-rank products of one layer forward.
    fn low_rank(&self, each: f64, kind: usize) -> Seconds {
        if each <= 0.0 {
            return Seconds::ZERO;
        }
        let (trace, own) = (self.trace(), place::ADAPTER_PRODUCTS);
        let work = traced!(trace, D::LayerFlops(kind, own), mixing_work {
            n: self.tokens() => split("tokens"),
            f: each => model("FLOP"),
            t: self.job.layout.tp as f64 => split("ranks"),
        });
        traced!(trace, D::LayerTime(kind, own), shaped_time {
            F: work => at(D::LayerFlops(kind, own)), R: self.rates.product => at(D::ProductRate), u: 1.0 => rules(""),
        })
    }

    /// Casts and sums of each token, copies and norms of one layer in one direction.
    fn moved_beside(&self, (kind, part): (usize, usize), [token, copies, norms]: [f64; 3]) -> Seconds {
        if token + copies + norms <= 0.0 {
            return Seconds::ZERO;
        }
        let reach = &self.efficiency.adapters;
        traced!(self.trace(), D::LayerTime(kind, part), beside_time {
            n: self.tokens() => split("tokens"),
            b: token => at(D::BesideLayer(kind, usize::from(part == place::ADAPTER_BACKWARD))),
            C: copies => model("B"),
            V: norms => if norms > 0.0 { at(D::BesideLayer(kind, 2)) } else { model("B") },
            s: reach.streams => fitted(""),
            q: reach.copies => fitted(""),
            z: reach.norms => fitted(""),
            f: self.efficiency.factor => fitted(""),
            d: self.job.layout.tp as f64 => split("ranks"),
            B: self.cluster.accelerator.memory_bandwidth => SHEET,
        })
    }

    /// Adapters that the host launches in all passes of a micro-batch, where an eager framework starts operators one by one.
    pub(super) fn adapter_launches(&self) -> f64 {
        let job = self.job;
        let Some(adapter) = job.recipe.adapter.as_ref().filter(|_| job.stack.eager) else { return 0.0 };
        let layers = job.shape.layers.len() as f64;
        let again = job.recipe.recompute.layers() as f64;
        let matrices: u64 = job.shape.layers().map(|block| adapter.beside(block, true).matrices).sum();
        matrices as f64 * (2.0 + again.min(layers) / layers.max(1.0))
    }
}
