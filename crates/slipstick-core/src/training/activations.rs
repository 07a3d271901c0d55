//! What is kept of micro-batches for the backward pass, and what lives while one layer is worked on.

use super::{
    AttentionKernel, Block, Job, Loss, Parts, UncastLogits, block,
    memory::{blocks, kinds},
};
use crate::{
    formulas::{
        parts::total,
        training::{
            activations::held_activations,
            held::{
                layers_kept, live_layer, logits_held, routed_share, split_share, stream_share,
                widest_gradients,
            },
            saved_tensors::scores,
        },
    },
    quantity::{Detail, Quantity},
    trace::{Hearing, Origin, Trace, Unheard, asked, at, layout, model, rules},
    traced,
    units::Bytes,
};

/// Bytes of logits of a micro-batch on one rank, and the inputs of the last norm and of the head.
pub(super) fn logits(job: &Job<'_>) -> Bytes {
    logit_bytes(job, job.logit_width())
}

impl Job<'_> {
    /// Bytes of each logit when its gradient is there too.
    pub(super) fn logit_width(&self) -> f64 {
        match (self.recipe.loss, self.uncast_logits()) {
            (Loss::Full, Some(own)) => own.full * self.loose_logit_width(),
            (Loss::Fused, Some(own)) => own.fused * self.loose_logit_width(),
            _ => self.cast_logit_width(),
        }
    }

    /// The same at the peak of the forward pass of a full loss.
    pub(super) fn forward_logit_width(&self) -> f64 {
        let own = self.uncast_logits().map(|own| own.forward * self.loose_logit_width());
        own.unwrap_or(self.stack.forward_logit_bytes)
    }

    /// Bytes of a logit in the format that the loss is worked out in: a head beside quantised layers is prepared to give fp32.
    pub(super) fn loose_logit_width(&self) -> f64 {
        let is_wide = self.recipe.adapter.is_some_and(|adapter| adapter.base.is_quantized());
        if self.uncast_logits().is_some() && !is_wide { 2.0 } else { 4.0 }
    }

    /// Bytes of an input of a product of trained weights, as it is kept.
    pub(super) const fn kept_input(&self) -> f64 {
        if self.stack.narrow_inputs && self.recipe.adapter.is_none() { self.recipe.kept_input } else { 2.0 }
    }

    fn uncast_logits(&self) -> Option<UncastLogits> {
        self.stack.uncast_logits.filter(|_| self.shape.uncast_logits && self.layout.tp == 1)
    }

    const fn cast_logit_width(&self) -> f64 {
        match self.recipe.loss {
            Loss::Full if self.layout.tp > 1 => self.stack.parallel_logit_bytes,
            Loss::Full => self.stack.logit_bytes,
            Loss::Fused => self.stack.fused_logit_bytes,
            Loss::Chunked => self.stack.chunked_logit_bytes,
        }
    }
}

/// The same for so many bytes of each logit.
pub(super) fn logit_bytes(job: &Job<'_>, width: f64) -> Bytes {
    traced_logits(job, width, Unheard, Quantity::Stage)
}

/// The same, recorded.
pub(super) fn traced_logits(job: &Job<'_>, width: f64, hearing: impl Hearing, quantity: Quantity) -> Bytes {
    let split = &job.layout;
    traced!(hearing.trace(), quantity, logits_held {
        n: job.batch.micro_tokens() => asked("tokens"), c: split.cp => layout("ranks"), t: split.tp => layout("ranks"),
        V: job.shape.vocab => model("tokens"), b: width => rules("B"),
        i: if job.is_eager() { 0 } else { 4 * job.shape.hidden } => model("B"),
    })
}

/// What is kept for the backward pass, and what lives while one layer is worked on.
pub(super) fn activations(job: &Job<'_>, stage: u64) -> (Bytes, Bytes) {
    let (each, live) = micro_batch(job, stage, Unheard, 0);
    let unheard = (Trace::off(), Quantity::Stage);
    let (passes, of) = job.recipe.schedule.in_flight(&job.layout, job.batch.accumulation, stage, unheard);
    (held_activations(each, passes, of), live)
}

/// The same of one micro-batch; recorded as that of a row.
pub(super) fn micro_batch(job: &Job<'_>, stage: u64, hearing: impl Hearing, row: usize) -> (Bytes, Bytes) {
    let trace = hearing.trace();
    let (mut computed_again, parts) = (job.recipe.recompute.layers(), job.recipe.recompute.parts());
    let input = if job.recipe.offload.activations { 0 } else { layer_input(job, Unheard) };
    let repeats = computed_again > 0;
    let mut bytes = Bytes::ZERO;
    for (kind, (count, block)) in kinds(job, stage) {
        let again = count.min(computed_again);
        computed_again -= again;
        bytes += traced!(trace, Detail::StageLayers(row, kind), layers_kept {
            r: again => layout("layers"),
            i: input => if input > 0 { at(Detail::LayerInput) } else { asked("B") },
            n: count - again => layout("layers"),
            l: layer(job, block, parts, Spot::unheard()) => at(Detail::LayerKept(kind, 0)),
        });
    }
    let whole = blocks(job, stage).map(|(_, block)| fused(job, block, Parts::NONE, Spot::unheard()));
    let live = traced!(trace, Detail::LiveLayer(row), live_layer {
        k: if repeats { job.stack.live_layers } else { 0.0 } => rules(""),
        w: whole.max().unwrap_or(0) => layout("B"),
        x: transient(job, stage, hearing, row) => at(Detail::WidestGradients(row)),
    });
    (bytes, live)
}

/// The input of a layer that is computed again.
pub(super) fn layer_input(job: &Job<'_>, hearing: impl Hearing) -> u64 {
    let width = if job.is_autocast() { 4 } else { 2 };
    tokens(job, width * job.shape.hidden, (hearing, Detail::LayerInput), model("B"))
}

/// Gradients of a layer's widest tensors, and the streams that sequence parallelism gathers.
fn transient(job: &Job<'_>, stage: u64, hearing: impl Hearing, row: usize) -> f64 {
    let split = &job.layout;
    let widest = blocks(job, stage).map(|(_, block)| block.widest).max().unwrap_or(0);
    let gathers = split.tp > 1 && job.recipe.sequence_parallel;
    // Eager frameworks count gradients by phases.
    let (n, gathered) =
        if job.is_eager() { (0, 0.0) } else { (job.batch.micro_tokens(), job.stack.gathered_streams) };
    traced!(hearing.trace(), Detail::WidestGradients(row), widest_gradients {
        n: n => asked("tokens"), c: split.cp => layout("ranks"), f: widest => model("elements"), t: split.tp => layout("ranks"),
        g: if gathers { gathered } else { 0.0 } => rules("streams"), h: job.shape.hidden => model("elements"),
    })
}

/// So many bytes a token of the residual stream, on one rank.
pub(super) fn tokens(
    job: &Job<'_>,
    each: u64,
    (hearing, quantity): (impl Hearing, Detail),
    from: Origin,
) -> u64 {
    let split = &job.layout;
    traced!(hearing.trace(), quantity, stream_share {
        n: job.batch.micro_tokens() => asked("tokens"), b: each => from, c: split.cp => layout("ranks"),
        p: if job.recipe.sequence_parallel { split.tp } else { 1 } => layout("ranks"),
    })
    .get()
}

/// Where what a layer keeps is recorded: its kind, and whether it is that of a layer as it is kept, or without recomputation.
#[derive(Clone, Copy)]
pub(super) struct Spot<H> {
    pub(super) hearing: H,
    pub(super) kind: usize,
    pub(super) which: usize,
}

impl Spot<Unheard> {
    pub(super) const fn unheard() -> Self {
        Self { hearing: Unheard, kind: 0, which: 0 }
    }
}

impl<H: Hearing> Spot<H> {
    const fn part(&self, place: usize) -> Detail {
        Detail::LayerPart(self.kind, 3 * self.which + place)
    }

    /// Records the layer as the sum of its parts.
    fn sum(&self, bytes: u64) -> u64 {
        let parts = ["stream", "between_projections", "scores"].into_iter().enumerate();
        let named = parts.map(|(place, name)| (name, self.part(place)));
        let own = Detail::LayerKept(self.kind, self.which);
        self.hearing.trace().gathered_of(own, &total::FORMULA, bytes, named);
        bytes
    }
}

/// Bytes of a layer's activations of one micro-batch on one rank.
pub(super) fn layer(job: &Job<'_>, block: &Block, parts: Parts, spot: Spot<impl Hearing>) -> u64 {
    if !job.is_eager() {
        return fused(job, block, parts, spot);
    }
    let (own, cast) = (job.batch.micro_tokens() / job.layout.cp, job.is_autocast());
    let portion = if cast { block::WITH_CASTS } else { block::EAGER };
    let kept = traced!(spot.hearing.trace(), spot.part(1), split_share {
        n: own => layout("tokens"), b: block.eager + if cast { block.casts } else { 0 } => at(Detail::Kept(spot.kind, portion)),
        r: 0 => model("B"), t: job.layout.tp => layout("ranks"),
    });
    spot.sum(kept.get().saturating_add(kept_scores(job, block, parts, spot)))
}

/// The same as fused kernels keep it.
fn fused(job: &Job<'_>, block: &Block, parts: Parts, spot: Spot<impl Hearing>) -> u64 {
    let (hearing, kind) = (spot.hearing, spot.kind);
    let own = job.batch.micro_tokens() / job.layout.cp;
    let as_kept = (parts, job.kept_input());
    let [stream, inner, experts] = block.kept_as(as_kept.0, as_kept.1);
    let place = |portion: usize| at(block.places_as(as_kept, kind, spot.which)[portion]);
    let routed = traced!(hearing.trace(), Detail::RoutedKept(kind, spot.which), routed_share {
        n: own => layout("tokens"), e: experts => if block.expert > 0 { place(block::EXPERTS) } else { model("B") },
        l: job.recipe.imbalance.max(1.0) => asked(""),
    });
    let rest = traced!(hearing.trace(), spot.part(1), split_share {
        n: own => layout("tokens"), b: inner => place(block::INNER),
        r: routed.get() => at(Detail::RoutedKept(kind, spot.which)), t: job.layout.tp => layout("ranks"),
    });
    let first = tokens(job, stream, (hearing, spot.part(0)), place(block::STREAM));
    spot.sum((first + rest.get()).saturating_add(kept_scores(job, block, parts, spot)))
}

pub(super) fn kept_scores(job: &Job<'_>, block: &Block, parts: Parts, spot: Spot<impl Hearing>) -> u64 {
    match job.recipe.attention {
        AttentionKernel::Flash => 0,
        AttentionKernel::Unfused if parts.has(Parts::ATTENTION) => 0,
        AttentionKernel::Unfused => {
            let trace = spot.hearing.trace();
            let each = traced!(trace, Detail::ScoresKept(spot.kind), scores {
                n: block.heads => model("heads"), s: job.batch.sequence / job.layout.cp => layout("tokens"), b: 4 => rules("B"), a: 2 => rules("B"),
            });
            traced!(trace, spot.part(2), split_share {
                n: job.batch.micro_tokens() / job.layout.cp => layout("tokens"), b: each.get() => at(Detail::ScoresKept(spot.kind)),
                r: 0 => model("B"), t: job.layout.tp => layout("ranks"),
            })
            .get()
        }
    }
}
