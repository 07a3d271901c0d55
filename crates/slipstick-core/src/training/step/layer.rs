//! The forward pass of one layer on one rank.

use super::{Clock, StepTime};
use crate::{
    formulas::{
        time::{
            collective::{all_reduce_time, all_to_all_time, transfer_time},
            experts::experts_touched,
        },
        training::reach::{saturating, split_products},
    },
    model::Mixer,
    training::{AttentionKernel, AttentionReach, Block, Parts, work::seen},
    units::{Bandwidth, Flops, Seconds, Traffic},
};

/// Five products backward for two forward, since scores are computed again.
const BACKWARD: f64 = 2.5;

/// Passes over scores backward for each forward, where they are kept: 19 bytes for 13 (gradients of both products, of
/// dropout and of the softmax).
const UNFUSED_BACKWARD: f64 = 1.5;

/// The share of communication that computation does not hide: a software's overlap hides so many times what it says.
pub(super) fn shown(overlap: f64, hidden: f64) -> f64 {
    1.0 - (overlap * hidden).min(1.0)
}

/// Width of a head.
fn head_width(mixer: &Mixer) -> f64 {
    /// Recurrences work on chunks of about this width.
    const CHUNK: u64 = 128;
    let width = match mixer {
        Mixer::Attention(a) => a.k_dim.midpoint(a.v_dim),
        Mixer::Latent(l) => (l.nope_dim + l.rope_dim).midpoint(l.v_dim),
        Mixer::Compressed(c) => c.dim,
        Mixer::Cross(c) => c.head_dim,
        Mixer::Recurrent(_) => CHUNK,
    };
    width as f64
}

impl Clock<'_> {
    /// One layer forward, and attention backward.
    pub(super) fn forward(&self, block: &Block) -> (StepTime, Seconds) {
        let (layout, tokens) = (&self.job.layout, self.tokens());
        let tp = layout.tp as f64;
        let rows = saturating(tokens, self.efficiency.half_rows);
        let products = block.products as f64;
        let work = split_products(tokens, products, tp, self.efficiency.half_width, block.unsplit as f64);
        let split = tokens / tp;
        let (attention, backward) = self.attention(block);
        let time = StepTime {
            dense: work / (self.rates.product * rows),
            attention,
            experts: self.experts(block, split),
            elementwise: Traffic::bytes(tokens * self.moved(block)) / self.rates.memory + self.gaps(block),
            tensor: self.tensor(block),
            context: self.context(block, attention),
            expert: self.dispatch(block, split),
            ..StepTime::default()
        };
        (time, backward)
    }

    /// Mixing tokens forward and backward.
    fn attention(&self, block: &Block) -> (Seconds, Seconds) {
        let (tokens, tp) = (self.tokens(), self.job.layout.tp as f64);
        let sequence = self.job.batch.sequence as f64;
        let own = sequence / self.job.layout.cp as f64;
        let shares = &self.efficiency.attention;
        if self.job.recipe.attention == AttentionKernel::Unfused {
            return self.unfused(block);
        }
        let mut times = (Seconds::ZERO, Seconds::ZERO);
        for mixer in &block.mixers {
            let seen = seen(mixer, sequence);
            let work = tokens / tp * mixer.flops_per_token(seen, false);
            let of = |reach: &AttentionReach, times: f64| {
                let share = reach.of((2.0 * seen).min(own), head_width(mixer));
                Flops::count(work * times) / (self.rates.attention * share)
            };
            times.0 += of(&shares.forward, 1.0);
            times.1 += of(&shares.backward, BACKWARD);
        }
        times
    }

    /// The same where scores go through memory: products of the whole square, and every pass over scores.
    fn unfused(&self, block: &Block) -> (Seconds, Seconds) {
        let tokens = self.tokens() / self.job.layout.tp as f64;
        let sequence = self.job.batch.sequence;
        let products = Flops::count(2.0 * tokens * block.mixing(sequence)) / self.rates.head;
        let scores = tokens * (block.heads * sequence) as f64;
        let bytes = Traffic::bytes(scores * self.efficiency.attention.score_bytes);
        let passes = bytes / self.rates.memory;
        (products + passes, products * 2.0 + passes * UNFUSED_BACKWARD)
    }

    /// Bytes a token that one rank's kernels between products move: what they keep is written once and read once, and
    /// inputs of narrow products are cast.
    fn moved(&self, block: &Block) -> f64 {
        let tp = self.job.layout.tp as f64;
        let inputs = (block.inputs + block.expert_inputs) as f64 / tp;
        let cast = if self.rates.narrow { inputs * self.efficiency.cast_bytes } else { 0.0 };
        if self.job.stack.eager {
            return 2.0 * block.eager as f64 / tp + cast;
        }
        let [stream, inner, experts] = block.kept(Parts::NONE);
        let split = if self.job.recipe.sequence_parallel { tp } else { 1.0 };
        2.0 * (stream as f64 / split + (inner + experts) as f64 / tp) + cast
    }

    /// Time between kernels of a layer, one after another.
    fn gaps(&self, block: &Block) -> Seconds {
        /// Kernels of a layer beside its products: norms, rotation, activation, residuals.
        const BESIDE: usize = 8;
        self.efficiency.per_kernel * (block.matrices.len() + BESIDE) as f64
    }

    fn experts(&self, block: &Block, tokens: f64) -> Seconds {
        if block.experts == 0 {
            return Seconds::ZERO;
        }
        let layout = &self.job.layout;
        let rows = tokens * (block.active_experts * layout.ep * layout.etp) as f64 / block.experts as f64;
        let narrow = saturating(block.expert_width() / layout.etp as f64, self.efficiency.half_width);
        let filled = saturating(rows, self.efficiency.half_expert_rows);
        let rate = self.rates.product * (self.efficiency.experts * narrow * filled);
        Flops::count(2.0 * tokens * self.job.recipe.imbalance * block.routed_products as f64) / rate
    }

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
    fn tensor(&self, block: &Block) -> Seconds {
        let tp = self.job.layout.tp;
        if tp == 1 || block.products == 0 {
            return Seconds::ZERO;
        }
        let (beta, alpha) = self.link(tp);
        let payload = Traffic::bytes(2.0 * self.tokens() * self.job.shape.hidden as f64);
        let reduces = if block.mixers.is_empty() { 1.0 } else { 2.0 };
        let starts = if self.job.recipe.sequence_parallel { 2.0 } else { 1.0 };
        let each = all_reduce_time(tp, payload, beta, alpha * starts);
        let own = self.job.stack.tensor_overlap;
        let overlap = if self.job.recipe.tensor_overlap.unwrap_or(own.usual) { own.share } else { 0.0 };
        each * (reduces * shown(overlap, self.efficiency.hidden.tensor))
    }

    /// Keys and values travel round the ranks while attention works on those at hand; what takes longer is waited for.
    fn context(&self, block: &Block, attention: Seconds) -> Seconds {
        let layout = &self.job.layout;
        if layout.cp == 1 {
            return Seconds::ZERO;
        }
        let (beta, alpha) = self.hop(layout.tp * layout.cp);
        let bytes = 2.0 * self.tokens() * block.key_value as f64 / layout.tp as f64;
        let all = transfer_time(alpha, Traffic::bytes(bytes), beta) * (layout.cp - 1) as f64;
        let overlap = self.job.stack.context_overlap;
        (all - attention * overlap).max(all * (1.0 - overlap))
    }

    /// Tokens go to their experts and come back.
    fn dispatch(&self, block: &Block, tokens: f64) -> Seconds {
        let layout = &self.job.layout;
        if layout.ep == 1 || block.experts == 0 {
            return Seconds::ZERO;
        }
        let group = layout.ep * layout.etp;
        let load = self.job.recipe.imbalance * block.active_experts as f64;
        let each = 2.0 * tokens * block.expert_input() as f64;
        let accelerator = &self.cluster.accelerator;
        let spans = accelerator.domain_size > accelerator.node_size;
        let domain = if spans { accelerator.domain_size } else { self.cluster.per_node };
        let inner = u64::from(domain).min(group);
        let (beta, alpha) = self.link(inner);
        let mut time = all_to_all_time(inner, Traffic::bytes(each * load), beta, alpha);
        if inner < group {
            // A token crosses the network once for each other node that has any of its experts.
            let nodes = group as f64 / inner as f64;
            let reached = experts_touched(nodes, 1.0, block.active_experts as f64) * (1.0 - 1.0 / nodes);
            let away = each * self.job.recipe.imbalance * reached;
            let (beta, alpha) = self.link(group);
            time = time.max(transfer_time(alpha, Traffic::bytes(away), beta));
        }
        time * (2.0 * shown(self.job.stack.expert_overlap, self.efficiency.hidden.expert))
    }
}
