//! The forward pass of one layer on one rank.

use super::{Clock, StepTime, place};
use crate::{
    formulas::{
        parts::total,
        training::{
            reach::{saturating, split_products},
            step::{
                elementwise_time, expert_rows, expert_work, mixing_work, paced_time, passing_bytes,
                score_traffic, shaped_time, square_work, unfused_time,
            },
        },
    },
    model::Mixer,
    quantity::Detail as D,
    trace::{Hearing, at, fitted, layout as split, model, rules},
    traced,
    training::{AttentionKernel, AttentionReach, Block, Parts, work::seen},
    units::Seconds,
};

/// Five products backward for two forward, since scores are computed again.
const BACKWARD: f64 = 2.5;

/// Passes over scores backward for each forward, where they are kept: 19 bytes for 13 (gradients of both products, of
/// dropout and of the softmax).
const UNFUSED_BACKWARD: f64 = 1.5;

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

impl<H: Hearing> Clock<'_, H> {
    /// One layer of a kind forward, and attention backward.
    pub(super) fn forward(&self, block: &Block, kind: usize) -> (StepTime, Seconds) {
        let tp = self.job.layout.tp as f64;
        let each = self.tokens() / tp;
        let [attention, backward] = self.attention(block, kind);
        let time = StepTime {
            dense: self.dense(block, kind),
            attention,
            experts: self.experts(block, each, kind),
            elementwise: self.elementwise(block, kind),
            tensor: self.tensor(block, kind),
            context: self.context(block, attention, kind),
            expert: self.dispatch(block, each, kind),
            ..StepTime::default()
        };
        (time, backward)
    }

    fn dense(&self, block: &Block, kind: usize) -> Seconds {
        let (trace, own) = (self.trace(), (kind, place::DENSE));
        let rows = traced!(trace, D::RowsReach(own.0, own.1), saturating {
            x: self.tokens() => split("tokens"), h: self.efficiency.half_rows => fitted("tokens"),
        });
        let work = traced!(trace, D::LayerFlops(own.0, own.1), split_products {
            n: self.tokens() => split("tokens"),
            P: block.products as f64 => model("parameters"),
            t: self.job.layout.tp as f64 => split("ranks"),
            h: self.efficiency.half_width => fitted("elements"),
            S: block.unsplit as f64 => model("elements"),
            a: self.efficiency.idle_outputs => fitted("elements"),
            C: (block.inputs - block.row_inputs) as f64 => model("elements"),
            R: block.row_inputs as f64 => model("elements"),
        });
        traced!(trace, D::LayerTime(own.0, own.1), shaped_time {
            F: work => at(D::LayerFlops(own.0, own.1)),
            R: self.rates.product => at(D::ProductRate),
            u: rows => at(D::RowsReach(own.0, own.1)),
        })
    }

    /// Mixing tokens forward and backward.
    fn attention(&self, block: &Block, kind: usize) -> [Seconds; 2] {
        if self.job.recipe.attention == AttentionKernel::Unfused {
            return self.unfused(block, kind);
        }
        let shares = &self.efficiency.attention;
        let mut times = [Seconds::ZERO; 2];
        for (index, mixer) in block.mixers.iter().enumerate() {
            times[0] += self.mixer(mixer, &shares.forward, (1.0, kind, 2 * index));
            times[1] += self.mixer(mixer, &shares.backward, (BACKWARD, kind, 2 * index + 1));
        }
        for (direction, operator) in [place::ATTENTION, place::ATTENTION_BACKWARD].into_iter().enumerate() {
            let parts = (0..block.mixers.len()).map(|index| 2 * index + direction);
            let named = parts.map(|part| (format!("x_{}", part / 2 + 1), D::MixerTime(kind, part)));
            self.trace().gathered_of(D::LayerTime(kind, operator), &total::FORMULA, times[direction], named);
        }
        times
    }

    /// One mixer in one direction: so many times its work, by its place.
    fn mixer(
        &self,
        mixer: &Mixer,
        reach: &AttentionReach,
        (times, kind, part): (f64, usize, usize),
    ) -> Seconds {
        let (trace, sequence) = (self.trace(), self.job.batch.sequence as f64);
        let seen = seen(mixer, sequence);
        let work = traced!(trace, D::MixerFlops(kind, part), mixing_work {
            n: self.tokens() => split("tokens"),
            f: mixer.flops_per_token(seen, false) => model("FLOP"),
            t: self.job.layout.tp as f64 => split("ranks"),
        });
        let length = traced!(trace, D::MixerLength(kind, part), saturating {
            x: (2.0 * seen).min(sequence / self.job.layout.cp as f64) => split("tokens"),
            h: reach.half_length => fitted("tokens"),
        });
        let head = traced!(trace, D::MixerHead(kind, part), saturating {
            x: head_width(mixer) => model("elements"), h: reach.half_head => fitted("elements"),
        });
        traced!(trace, D::MixerTime(kind, part), paced_time {
            k: times => rules(""),
            F: work => at(D::MixerFlops(kind, part)),
            R: self.rates.attention => at(D::AttentionRate),
            s: reach.share * self.scans(mixer) => fitted(""),
            u_1: length => at(D::MixerLength(kind, part)),
            u_2: head => at(D::MixerHead(kind, part)),
        })
    }

    /// What a recurrence's scan reaches of attention's share.
    const fn scans(&self, mixer: &Mixer) -> f64 {
        if matches!(mixer, Mixer::Recurrent(_)) { self.efficiency.scans } else { 1.0 }
    }

    /// The same where scores go through memory: products of the whole square, and every pass over scores.
    fn unfused(&self, block: &Block, kind: usize) -> [Seconds; 2] {
        let (trace, sequence) = (self.trace(), self.job.batch.sequence);
        let (own, tp) = (place::ATTENTION, self.job.layout.tp as f64);
        let work = traced!(trace, D::LayerFlops(kind, own), square_work {
            n: self.tokens() => split("tokens"),
            f: block.mixing(sequence) => model("FLOP"),
            t: tp => split("ranks"),
        });
        let bytes = traced!(trace, D::LayerBytes(kind, own), score_traffic {
            n: self.tokens() => split("tokens"),
            a: block.heads as f64 => model("heads"),
            s: sequence as f64 => split("tokens"),
            b: self.efficiency.attention.score_bytes => fitted("B"),
            t: tp => split("ranks"),
        });
        [(own, 1.0, 1.0), (place::ATTENTION_BACKWARD, 2.0, UNFUSED_BACKWARD)].map(
            |(operator, products, passes)| {
                traced!(trace, D::LayerTime(kind, operator), unfused_time {
                    k: products => rules(""),
                    F: work => at(D::LayerFlops(kind, own)),
                    R: self.rates.head => at(D::HeadRate),
                    q: passes => rules(""),
                    M: bytes => at(D::LayerBytes(kind, own)),
                    W: self.rates.memory => at(D::KernelBandwidth),
                })
            },
        )
    }

    /// Kernels between products. What they keep is written once and read once, and inputs of narrow products are cast.
    fn elementwise(&self, block: &Block, kind: usize) -> Seconds {
        /// Kernels of a layer beside its products: norms, rotation, activation, residuals.
        const BESIDE: usize = 8;
        let (trace, tp) = (self.trace(), self.job.layout.tp as f64);
        let (stream, inner) = if self.job.stack.eager {
            (0, block.eager)
        } else {
            let [stream, inner, experts] = block.kept(Parts::NONE);
            // Fused kernels of experts' products keep inner values to themselves until they are written.
            let passed = if self.job.stack.fused_casts { block.expert_ends() } else { experts };
            (stream, inner + passed)
        };
        let routed = if self.job.stack.fused_casts { 0 } else { block.expert_inputs };
        let each = traced!(trace, D::TokenBytes(kind), passing_bytes {
            s: stream as f64 => model("B"),
            p: if self.job.recipe.sequence_parallel { tp } else { 1.0 } => split("ranks"),
            i: inner as f64 => model("B"),
            t: tp => split("ranks"),
            c: if self.rates.narrow { self.efficiency.cast_bytes } else { 0.0 } => fitted("B"),
            x: (block.inputs + routed) as f64 => model("elements"),
        });
        traced!(trace, D::LayerTime(kind, place::ELEMENTWISE), elementwise_time {
            n: self.tokens() => split("tokens"),
            b: each => at(D::TokenBytes(kind)),
            W: self.rates.memory => at(D::KernelBandwidth),
            k: (block.matrices.len() + BESIDE) as f64 => model("kernels"),
            g: self.efficiency.per_kernel => fitted("s"),
        })
    }

    /// Products of routed experts on so many tokens of a rank.
    fn experts(&self, block: &Block, tokens: f64, kind: usize) -> Seconds {
        if block.experts == 0 {
            return Seconds::ZERO;
        }
        let (trace, own, layout) = (self.trace(), place::EXPERTS, &self.job.layout);
        let rows = traced!(trace, D::ExpertRows(kind), expert_rows {
            n: tokens => split("tokens"),
            K: block.active_experts as f64 => model("experts"),
            p: (layout.ep * layout.etp) as f64 => split("ranks"),
            E: block.experts as f64 => model("experts"),
        });
        let narrow = traced!(trace, D::WidthReach(kind, own), saturating {
            x: block.expert_width() / layout.etp as f64 => split("elements"),
            h: self.efficiency.half_width => fitted("elements"),
        });
        let filled = traced!(trace, D::RowsReach(kind, own), saturating {
            x: rows => at(D::ExpertRows(kind)), h: self.efficiency.half_expert_rows => fitted("tokens"),
        });
        let work = traced!(trace, D::LayerFlops(kind, own), expert_work {
            n: tokens => split("tokens"),
            l: self.job.recipe.imbalance => split(""),
            P: block.routed_products as f64 => model("parameters"),
        });
        traced!(trace, D::LayerTime(kind, own), paced_time {
            k: 1.0 => rules(""),
            F: work => at(D::LayerFlops(kind, own)),
            R: self.rates.product => at(D::ProductRate),
            s: self.efficiency.experts => fitted(""),
            u_1: narrow => at(D::WidthReach(kind, own)),
            u_2: filled => at(D::RowsReach(kind, own)),
        })
    }
}
