//! Communication of one layer, and what of it computation does not hide.

use super::{Clock, place};
use crate::{
    basis::Basis,
    formulas::{
        parts::largest,
        time::{
            collective::{all_reduce_time, all_to_all_time, transfer_time},
            experts::experts_touched,
        },
        training::step::{dispatched_bytes, exposed_time, outlasting_time, repeated_time, sent_bytes},
    },
    quantity::Detail as D,
    trace::{Hearing, Origin, Source, at, fact, fitted, layout as split, model, rules},
    traced,
    training::Block,
    units::{Bandwidth, Seconds},
};

/// A bandwidth of the data sheet, times the share that is reached.
pub(super) const REACHED: Origin = fact("", Source::Reached, Basis::Exact);

impl<H: Hearing> Clock<'_, H> {
    /// Bandwidth and latency of a collective over neighbouring accelerators.
    pub(super) fn link(&self, group: u64) -> (Bandwidth, Seconds) {
        let link = self.cluster.link_for(group);
        let share = self.efficiency.links.of(link.kind);
        let latency = share.latency + share.latency_per_rank * group.saturating_sub(2).min(64) as f64;
        (link.bandwidth * share.share, latency)
    }

    /// Bandwidth and latency from one accelerator to the next, of so many neighbouring ones.
    pub(super) fn hop(&self, group: u64) -> (Bandwidth, Seconds) {
        let link = self.cluster.link_for(group);
        let share = self.efficiency.links.of(link.kind);
        (link.bandwidth * share.share, share.latency)
    }

    /// Reductions of the residual stream; with the sequence split, each is a scatter and a gather.
    pub(super) fn tensor(&self, block: &Block, kind: usize) -> Seconds {
        let (trace, own, tp) = (self.trace(), place::TENSOR, self.job.layout.tp);
        if tp == 1 || block.products == 0 {
            return Seconds::ZERO;
        }
        let (beta, alpha) = self.link(tp);
        let payload = traced!(trace, D::LayerBytes(kind, own), sent_bytes {
            n: self.tokens() => split("tokens"), w: self.job.shape.hidden as f64 => model("elements"), t: 1.0 => split("ranks"),
        });
        let starts = if self.job.recipe.sequence_parallel { 2.0 } else { 1.0 };
        let each = traced!(trace, D::LayerCollective(kind, own), all_reduce_time {
            n: tp => split("ranks"),
            M: payload => at(D::LayerBytes(kind, own)),
            beta: beta => REACHED,
            alpha: alpha * starts => fitted("s"),
        });
        let usual = self.job.stack.tensor_overlap;
        let overlap = if self.job.recipe.tensor_overlap.unwrap_or(usual.usual) { usual.share } else { 0.0 };
        traced!(trace, D::LayerTime(kind, own), exposed_time {
            k: if block.mixers.is_empty() { 1.0 } else { 2.0 } => model(""),
            T: each => at(D::LayerCollective(kind, own)),
            o: overlap => rules(""),
            h: self.efficiency.hidden.tensor => fitted(""),
        })
    }

    /// Keys and values travel round the ranks while attention works on those at hand; what takes longer is waited for.
    pub(super) fn context(&self, block: &Block, attention: Seconds, kind: usize) -> Seconds {
        let (trace, own, layout) = (self.trace(), place::CONTEXT, &self.job.layout);
        if layout.cp == 1 {
            return Seconds::ZERO;
        }
        let (beta, alpha) = self.hop(layout.tp * layout.cp);
        let bytes = traced!(trace, D::LayerBytes(kind, own), sent_bytes {
            n: self.tokens() => split("tokens"), w: block.key_value as f64 => model("elements"), t: layout.tp as f64 => split("ranks"),
        });
        let once = traced!(trace, D::LayerHop(kind), transfer_time {
            alpha: alpha => fitted("s"), M: bytes => at(D::LayerBytes(kind, own)), beta: beta => REACHED,
        });
        let all = traced!(trace, D::LayerCollective(kind, own), repeated_time {
            n: (layout.cp - 1) as f64 => split(""), t_1: once => at(D::LayerHop(kind)),
        });
        traced!(trace, D::LayerTime(kind, own), outlasting_time {
            T: all => at(D::LayerCollective(kind, own)),
            c: attention => at(D::LayerTime(kind, place::ATTENTION)),
            o: self.job.stack.context_overlap => rules(""),
            h: self.efficiency.hidden.context => fitted(""),
        })
    }

    /// So many tokens go to their experts and come back.
    pub(super) fn dispatch(&self, block: &Block, tokens: f64, kind: usize) -> Seconds {
        let layout = &self.job.layout;
        if layout.ep == 1 || block.experts == 0 {
            return Seconds::ZERO;
        }
        let (trace, own, group) = (self.trace(), place::EXPERT, layout.ep * layout.etp);
        let accelerator = &self.cluster.accelerator;
        let spans = accelerator.domain_size > accelerator.node_size;
        let domain = if spans { accelerator.domain_size } else { self.cluster.per_node };
        let inner = u64::from(domain).min(group);
        let bytes = self.dispatched(block, tokens, (block.active_experts as f64, D::DispatchBytes(kind, 0)));
        let (beta, alpha) = self.link(inner);
        let mut time = traced!(trace, D::DispatchTime(kind, 0), all_to_all_time {
            n: inner => split("ranks"), M: bytes => at(D::DispatchBytes(kind, 0)), beta: beta => REACHED, alpha: alpha => fitted("s"),
        });
        if inner < group {
            time = time.max(self.between_nodes(block, tokens, (inner, group), kind));
        }
        let parts = [("inside", D::DispatchTime(kind, 0)), ("between", D::DispatchTime(kind, 1))];
        trace.gathered_of(D::LayerCollective(kind, own), &largest::FORMULA, time, parts);
        traced!(trace, D::LayerTime(kind, own), exposed_time {
            k: 2.0 => rules(""),
            T: time => at(D::LayerCollective(kind, own)),
            o: self.job.stack.expert_overlap => rules(""),
            h: self.efficiency.hidden.expert => fitted(""),
        })
    }

    /// A token crosses the network once for each other node that has any of its experts.
    fn between_nodes(&self, block: &Block, tokens: f64, (inner, group): (u64, u64), kind: usize) -> Seconds {
        let (trace, nodes) = (self.trace(), group as f64 / inner as f64);
        let met = traced!(trace, D::NodesReached(kind), experts_touched {
            E: nodes => split("nodes"), k: 1.0 => rules(""), M: block.active_experts as f64 => model("experts"), q: 0.0 => rules(""),
        });
        let reached = met * (1.0 - 1.0 / nodes);
        let away = self.dispatched(block, tokens, (reached, D::DispatchBytes(kind, 1)));
        let (beta, alpha) = self.link(group);
        traced!(trace, D::DispatchTime(kind, 1), transfer_time {
            alpha: alpha => fitted("s"), M: away => at(D::DispatchBytes(kind, 1)), beta: beta => REACHED,
        })
    }

    /// Bytes of tokens that go to so many places each.
    fn dispatched(&self, block: &Block, tokens: f64, (places, quantity): (f64, D)) -> crate::units::Traffic {
        traced!(self.trace(), quantity, dispatched_bytes {
            n: tokens => split("tokens"),
            w: block.expert_input() as f64 => model("elements"),
            l: self.job.recipe.imbalance => split(""),
            K: places => split("places"),
        })
    }
}
