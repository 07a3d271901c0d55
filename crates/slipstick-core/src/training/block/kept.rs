//! What a layer keeps of a token for its backward pass.

use core::cell::Cell;

use super::{Block, Parts};
use crate::{
    formulas::{
        parts::total,
        training::{
            activations::{
                fused_attention, fused_feed_forward, fused_latent, residual_stream, routed_experts,
            },
            held::{eager_experts, less_recomputed, recurrent_tensors},
            saved_tensors::{
                feed_forward as saved_feed_forward, fused_attention as saved_attention, layer_norm, rms_norm,
            },
        },
    },
    model::{Mixer, Role},
    quantity::Detail as D,
    trace::{Hearing, Input, Trace, at, model, rules},
    traced,
};

/// What is kept, by what splits it: the stream, between projections, experts; and all of it as an eager framework keeps it,
/// without and with casts.
pub(in crate::training) const STREAM: usize = 0;
pub(in crate::training) const INNER: usize = 1;
pub(in crate::training) const EXPERTS: usize = 2;
pub(in crate::training) const EAGER: usize = 3;
pub(in crate::training) const WITH_CASTS: usize = 4;

/// Places of the parts that an eager framework keeps come after those of fused kernels.
const FIRST_EAGER: usize = 16;

/// Where the parts that layers of a kind keep are recorded, one after another.
pub(in crate::training) struct Noted<H> {
    hearing: H,
    kind: usize,
    inner: Cell<usize>,
    eager: Cell<usize>,
}

impl<H: Hearing> Noted<H> {
    pub(in crate::training) const fn new(hearing: H, kind: usize) -> Self {
        Self { hearing, kind, inner: Cell::new(0), eager: Cell::new(FIRST_EAGER) }
    }

    fn trace(&self) -> Trace<'_> {
        self.hearing.trace()
    }

    fn inner(&self) -> D {
        D::KeptPart(self.kind, self.inner.replace(self.inner.get() + 1))
    }

    fn eager(&self) -> D {
        D::KeptPart(self.kind, self.eager.replace(self.eager.get() + 1))
    }

    /// Records what fused kernels keep between projections as kept by an eager framework too, beside an input.
    fn with_input(&self, inner: D, kept: u64, input: u64) {
        self.trace().gathered(self.eager(), &total::FORMULA, kept + input, || {
            vec![Input::new("between_projections", kept, at(inner)), Input::new("input", input, model("B"))]
        });
    }

    /// Records sums of parts, from the first place up to where they end.
    fn sum(&self, portion: usize, first: usize, end: usize, value: u64) {
        let parts =
            (first..end).map(|part| (format!("x_{}", part - first + 1), D::KeptPart(self.kind, part)));
        self.trace().gathered_of(D::Kept(self.kind, portion), &total::FORMULA, value, parts);
    }
}

impl Block {
    /// Records what layers of this kind keep of a token, part by part.
    pub(in crate::training) fn record_kept(&self, hidden: u64, kind: usize, trace: Trace<'_>) {
        let mut fresh = Self { inner: 0, eager: 0, expert: 0, norm_copies: 0, ..self.clone() };
        let noted = Noted::new(trace, kind);
        traced!(trace, D::Kept(kind, STREAM), residual_stream { h: hidden => model("elements") });
        fresh.add_kept(hidden, &noted);
        noted.sum(INNER, 0, noted.inner.get(), fresh.inner);
        noted.sum(EAGER, FIRST_EAGER, noted.eager.get(), fresh.eager);
        trace.gathered(D::Kept(kind, WITH_CASTS), &total::FORMULA, self.eager + self.casts, || {
            let kept = Input::new("kept", self.eager, at(D::Kept(kind, EAGER)));
            vec![kept, Input::new("casts", self.casts, model("B"))]
        });
    }

    /// Adds what mixers, feed-forward and norms keep.
    pub(super) fn add_kept<H: Hearing>(&mut self, hidden: u64, noted: &Noted<H>) {
        for index in 0..self.mixers.len() {
            self.add_mixer(index, noted);
        }
        self.add_feed_forward(hidden, noted);
        self.add_experts(noted);
        self.add_norms(noted);
    }

    fn add_mixer<H: Hearing>(&mut self, index: usize, noted: &Noted<H>) {
        let rows = |role| self.sum(role).0;
        match self.mixers[index] {
            Mixer::Attention(a) => {
                let widths = [a.q_heads * a.k_dim, a.kv_heads * a.k_dim, a.kv_heads * a.v_dim];
                self.add_heads(a.q_heads, widths, a.q_heads * a.v_dim, noted);
                self.key_value += widths[1] + widths[2];
            }
            Mixer::Latent(l) => {
                let (key, rank, own) = (l.nope_dim + l.rope_dim, rows(Role::QueryDown), noted.inner());
                let kept = traced!(noted.trace(), own, fused_latent {
                    r_q: rank => model("elements"), r_kv: l.kv_rank => model("elements"), d_r: l.rope_dim => model("elements"),
                    n: l.q_heads => model("heads"), d_qk: key => model("elements"), d_v: l.v_dim => model("elements"),
                });
                noted.with_input(own, kept.get(), self.stream / 4);
                self.inner += kept.get();
                self.eager += kept.get() + self.stream / 4;
                self.latent_heads += 2 * l.q_heads * (2 * key + l.v_dim);
                self.heads += l.q_heads;
                self.key_value += l.kv_rank + l.rope_dim;
            }
            Mixer::Compressed(c) => {
                self.add_heads(c.q_heads, [c.q_heads * c.dim, c.dim, 0], c.q_heads * c.dim, noted);
                self.key_value += c.dim;
            }
            Mixer::Recurrent(r) => {
                let (widths, own) = (rows(Role::StateIn) + self.sum(Role::StateOut).1, noted.inner());
                let kept = traced!(noted.trace(), own, recurrent_tensors { w: widths => model("elements") });
                noted.with_input(own, kept.get(), self.stream / 4);
                self.inner += kept.get();
                self.eager += kept.get() + self.stream / 4;
                self.heads += r.heads;
            }
            Mixer::Cross(x) => {
                let width = x.q_heads * x.head_dim;
                self.add_heads(x.q_heads, [width, 0, 0], width, noted);
            }
        }
    }

    /// Attention of so many heads: widths of queries, keys and values, and of the output.
    fn add_heads<H: Hearing>(&mut self, heads: u64, [q, k, v]: [u64; 3], o: u64, noted: &Noted<H>) {
        let width = || model("elements");
        let kept = traced!(noted.trace(), noted.inner(), fused_attention {
            q: q => width(), k: k => width(), v: v => width(), o: o => width(), n: heads => model("heads"),
        });
        let saved = traced!(noted.trace(), noted.eager(), saved_attention {
            h: self.stream / 8 => width(), q: q => width(), k: k => width(), v: v => width(), o: o => width(),
            n: heads => model("heads"), a: 2 => rules("B"),
        });
        self.inner += kept.get();
        self.eager += saved.get();
        self.heads += heads;
    }

    /// Whether a feed-forward is gated, the outputs of its first product, and its inner width.
    fn gated(&self, gate: Role, up: Role, down: Role) -> (bool, u64, u64) {
        let (gate, up, down) = (self.sum(gate).0, self.sum(up).0, self.sum(down).1);
        (gate > 0, gate + up, down)
    }

    fn add_feed_forward<H: Hearing>(&mut self, hidden: u64, noted: &Noted<H>) {
        let dense = self.gated(Role::Gate, Role::Up, Role::Down);
        let shared = self.gated(Role::SharedGate, Role::SharedUp, Role::SharedDown);
        for (is_gated, first, inner) in [dense, shared] {
            if inner == 0 {
                continue;
            }
            let kept = traced!(noted.trace(), noted.inner(), fused_feed_forward {
                f_1: first => model("elements"), f: inner => model("elements"),
            });
            let saved = traced!(noted.trace(), noted.eager(), saved_feed_forward {
                h: hidden => model("elements"), f: inner => model("elements"), c: if is_gated { 4 } else { 2 } => model("tensors"),
                a: 2 => rules("B"),
            });
            self.inner += kept.get();
            self.feed_forward += kept.get();
            self.activation_outputs[0] += 2 * inner;
            self.eager += saved.get();
        }
        self.widest = dense.1.max(shared.1);
    }

    fn add_experts<H: Hearing>(&mut self, noted: &Noted<H>) {
        let (is_gated, first, inner) = self.gated(Role::ExpertGate, Role::ExpertUp, Role::ExpertDown);
        if inner == 0 {
            return;
        }
        let (trace, chosen, experts) = (noted.trace(), self.active_experts, || model("experts"));
        let width = self.expert_input();
        self.expert = traced!(trace, D::Kept(noted.kind, EXPERTS), routed_experts {
            K: chosen => experts(), h: width => model("elements"), f_1: first => model("elements"),
            f: inner => model("elements"), E: self.experts => experts(),
        })
        .get();
        self.activation_outputs[1] = 2 * inner * chosen;
        let each = traced!(trace, D::ExpertKept(noted.kind), saved_feed_forward {
            h: width => model("elements"), f: inner => model("elements"), c: if is_gated { 4 } else { 2 } => model("tensors"),
            a: 2 => rules("B"),
        });
        self.eager += traced!(trace, noted.eager(), eager_experts {
            K: chosen => experts(), e: each.get() => at(D::ExpertKept(noted.kind)), h: width => model("elements"),
            E: self.experts => experts(),
        })
        .get();
    }

    /// What an eager framework keeps of norms in 16 bit, and what of it serves to train their scales.
    fn add_norms<H: Hearing>(&mut self, noted: &Noted<H>) {
        self.norm_copies = 0;
        for norm in &self.norms {
            let (trace, own) = (noted.trace(), noted.eager());
            if norm.centred {
                let kept = traced!(trace, own, layer_norm { w: norm.width => model("elements"), a: 2 => rules("B") });
                self.eager += kept.get();
            } else {
                let kept = traced!(trace, own, rms_norm {
                    w: norm.width => model("elements"), n: norm.vectors => model("vectors"), a: 2 => rules("B"),
                });
                self.eager += kept.get();
                self.norm_copies += 2 * norm.width;
            }
        }
    }

    /// Bytes a token that fused kernels keep, by what splits them: the stream, between projections, experts. `parts` are
    /// computed again.
    pub fn kept(&self, parts: Parts) -> [u64; 3] {
        let [stream, inner, experts] = self.dropped(parts);
        [
            self.stream.saturating_sub(stream),
            self.inner.saturating_sub(inner),
            self.expert.saturating_sub(experts),
        ]
    }

    /// Records the same, where anything of it is computed again.
    pub(in crate::training) fn record_left(&self, parts: Parts, kind: usize, trace: Trace<'_>) {
        let whole = [self.stream, self.inner, self.expert];
        for (portion, dropped) in self.dropped(parts).into_iter().enumerate().filter(|(_, bytes)| *bytes > 0)
        {
            traced!(trace, D::KeptLeft(kind, portion), less_recomputed {
                M: whole[portion] => at(D::Kept(kind, portion)), d: dropped => model("B"),
            });
        }
    }

    /// The places of what it keeps when some parts are computed again.
    pub(in crate::training) fn places(&self, parts: Parts, kind: usize) -> [D; 3] {
        let dropped = self.dropped(parts);
        [STREAM, INNER, EXPERTS].map(|portion| {
            if dropped[portion] > 0 { D::KeptLeft(kind, portion) } else { D::Kept(kind, portion) }
        })
    }

    /// What is computed again of it.
    fn dropped(&self, parts: Parts) -> [u64; 3] {
        let mut dropped = [0; 3];
        if parts.has(Parts::NORMS) {
            dropped[STREAM] += self.norm_outputs;
        }
        if parts.has(Parts::LATENT_UP) {
            dropped[INNER] += self.latent_heads;
        }
        if parts.has(Parts::FEED_FORWARD) {
            dropped[INNER] += self.feed_forward;
        } else if parts.has(Parts::ACTIVATION) {
            dropped[INNER] += self.activation_outputs[0];
        }
        if parts.has(Parts::SECOND_PRODUCTS) && !parts.has(Parts::FEED_FORWARD) {
            dropped[INNER] += self.feed_forward.saturating_sub(self.activation_outputs[0]) / 2;
        }
        if parts.has(Parts::EXPERTS) {
            // The inputs of the layer's router are what the block starts from again.
            dropped[EXPERTS] += self.expert - self.expert.min(8 * self.experts);
        } else if parts.has(Parts::ACTIVATION) {
            dropped[EXPERTS] += self.activation_outputs[1];
        }
        dropped
    }
}
