//! Where memory beside frozen weights comes from: matrices, layers, stages and phases, recorded beside what was computed.

use super::{
    Adapter, eager, frozen,
    kept::{gradients, not_kept},
    memory::{flat_gradients, gathered, head_copy, kept, live, unfreed},
};
use crate::{
    formulas::{
        parts::total,
        training::{
            held::{
                counted, equal_parts, frozen_layers, layers_kept, left_of, less_recomputed, split_share,
                trained_share, whole_units,
            },
            states::{adapter as low_rank, sharded},
        },
    },
    model::Role,
    quantity::{Detail as D, Quantity as Q},
    trace::{Input, Trace, asked, at, layout, model, rules},
    traced,
    training::{
        Block, Job, Phase, Sharding, StageMemory,
        activations::{Spot, kept_scores, layer_input, tokens, traced_logits},
        explained::{own_weights, sum},
        memory::{kinds, outer, shares},
    },
    units::Bytes,
};

const BETWEEN: usize = 1;

/// A trace of a job with adapters.
pub(super) struct Recorded<'a> {
    job: &'a Job<'a>,
    adapter: &'a Adapter,
    trace: Trace<'a>,
}

/// Records what all stages share: matrices, layers, what they keep, and trained parameters.
pub(in crate::training) fn record_trained(job: &Job<'_>, trace: Trace<'_>) {
    let Some(adapter) = job.recipe.adapter.as_ref().filter(|_| trace.is_on()) else { return };
    let one = Recorded { job, adapter, trace };
    let (count, moment) = adapter.moment(job.recipe.optimizer);
    moment.record(0, (0.0, count), trace);
    let by_tensor = eager(job).is_some();
    if by_tensor {
        layer_input(job, trace);
    }
    for (kind, block) in job.shape.blocks.iter().enumerate() {
        one.frozen_layer(block, kind);
        one.trained_layer(block, kind);
        if by_tensor {
            block.record_kept(job.shape.hidden, kind, trace);
            one.kept_layer(block, kind);
            one.copies(block, kind);
        }
    }
    one.all_trained();
}

/// Records the weights, gradients and optimizer of a stage in a phase, and where its framework is eager all else too.
pub(in crate::training) fn record(job: &Job<'_>, row: usize, stage: &StageMemory, trace: Trace<'_>) {
    let Some(adapter) = job.recipe.adapter.as_ref() else { return };
    let one = Recorded { job, adapter, trace };
    one.states(row, stage);
    if eager(job).is_some() {
        one.activations(row, stage);
        one.transient(row, stage);
    }
}

impl Recorded<'_> {
    /// Frozen matrices of a layer.
    fn frozen_layer(&self, block: &Block, kind: usize) {
        let (trace, mut quantized) = (self.trace, 0);
        for (index, matrix) in block.matrices.iter().enumerate() {
            let own = D::FrozenMatrix(kind, index);
            let each = self.adapter.format(matrix).traced_matrix(matrix.rows, matrix.cols, trace, own);
            traced!(trace, D::FrozenCopies(kind, index), equal_parts {
                n: matrix.copies => model("matrices"), a: each => at(own), R: 1 => rules(""),
            });
            quantized += matrix.rows * matrix.cols * matrix.copies;
        }
        traced!(trace, D::FrozenRest(kind), sharded {
            N: block.parameters().saturating_sub(quantized) => model("parameters"), b: self.adapter.wide() as f64 => rules("B"), R: 1 => rules(""),
        });
        let parts = block.matrices.iter().enumerate();
        let named = parts.map(|(index, matrix)| (named(matrix.role, index), D::FrozenCopies(kind, index)));
        let rest = core::iter::once(("norms_and_vectors".to_owned(), D::FrozenRest(kind)));
        let layer = self.adapter.layer(block);
        trace.gathered_of(D::FrozenLayer(kind), &total::FORMULA, layer, named.chain(rest));
    }

    /// Parameters that are trained in a layer, and in all layers of its kind.
    fn trained_layer(&self, block: &Block, kind: usize) {
        let (trace, adapter) = (self.trace, self.adapter);
        let all = adapter.of_block(block);
        let layers = self.job.shape.layers.iter().filter(|own| **own == kind).count() as u64;
        let count = if adapter.is_on_matrices() { layers } else { self.last_layers(kind) };
        if adapter.is_on_matrices() {
            let mut named_parts = Vec::new();
            let mut add = |index: usize, name: String, (rows, cols): (u64, u64), copies: u64| {
                let each = adapter.of_matrix(rows, cols, trace, D::AdapterMatrix(kind, index));
                traced!(trace, D::AdapterCopies(kind, index), counted {
                    n: copies => model("matrices"), N_1: each => at(D::AdapterMatrix(kind, index)),
                });
                named_parts.push((name, D::AdapterCopies(kind, index)));
            };
            for (index, matrix) in
                block.matrices.iter().enumerate().filter(|(_, matrix)| adapter.adapts(matrix))
            {
                add(index, named(matrix.role, index), (matrix.rows, matrix.cols), matrix.copies);
            }
            if adapter.targets.has(super::Targets::EXPERTS) && block.experts > 0 {
                let [first, second] = block.fused_experts();
                add(30, "experts_first".to_owned(), first, block.experts);
                add(31, "experts_second".to_owned(), second, block.experts);
            }
            trace.gathered_of(D::AdapterLayer(kind), &total::FORMULA, all, named_parts);
        } else {
            trace.gathered(D::AdapterLayer(kind), &total::FORMULA, all, || {
                vec![Input::new("layer", all, model("parameters"))]
            });
        }
        traced!(trace, D::AdapterKind(kind), counted {
            n: count => layout("layers"), N_1: all => at(D::AdapterLayer(kind)),
        });
    }

    /// How many of the last layers that are trained whole are of a kind.
    fn last_layers(&self, kind: usize) -> u64 {
        let trained = usize::try_from(self.adapter.rank).unwrap_or(usize::MAX);
        let last = self.job.shape.layers.iter().rev().take(trained);
        last.filter(|own| **own == kind).count() as u64
    }

    /// Whether the output head has an adapter.
    const fn on_head(&self) -> bool {
        self.adapter.is_on_matrices() && self.adapter.targets.has(super::Targets::HEAD)
    }

    /// All trained parameters of the model.
    fn all_trained(&self) {
        let (trace, shape) = (self.trace, self.job.shape);
        if self.on_head() {
            traced!(trace, D::AdapterHead, low_rank {
                r: self.adapter.rank => asked(""), d_in: shape.hidden => model("elements"), d_out: shape.vocab => model("elements"),
            });
        }
        let kinds = (0..shape.blocks.len()).map(|kind| (format!("x_{}", kind + 1), D::AdapterKind(kind)));
        let head = core::iter::once(("head".to_owned(), D::AdapterHead));
        let all = self.adapter.parameters(shape);
        trace.gathered_of(D::AllTrained, &total::FORMULA, all, kinds.chain(head));
    }

    /// What a layer keeps of a token and of a micro-batch, and what it holds in any case.
    fn kept_layer(&self, block: &Block, kind: usize) {
        let (job, trace, adapter) = (self.job, self.trace, self.adapter);
        let hidden = job.shape.hidden;
        let each = adapter.kept(block, hidden, job.stack.frozen_inputs);
        let from = if job.stack.frozen_inputs || !adapter.is_on_matrices() {
            at(D::Kept(kind, crate::training::block::EAGER))
        } else {
            self.kept_token(block, kind, each);
            at(D::AdaptedKept(kind))
        };
        let spot = Spot { hearing: trace, kind, which: 0 };
        let kept = self.rank_share(D::LayerPart(kind, BETWEEN), each, from);
        let scores = kept_scores(job, block, job.recipe.recompute.parts(), spot);
        let merged = traced!(trace, D::Merged(kind), split_share {
            n: 1 => layout(""), b: adapter.merged(block) => model("B"), r: 0 => model("B"), t: job.layout.tp => layout("ranks"),
        });
        let parts = [
            ("kept", D::LayerPart(kind, BETWEEN)),
            ("scores", D::LayerPart(kind, 2)),
            ("merged_weights", D::Merged(kind)),
        ];
        trace.gathered_of(D::LayerKept(kind, 0), &total::FORMULA, kept + scores + merged.get(), parts);
        let anyway = self.rank_share(D::HeldAnyway(kind), adapter.held_anyway(block), model("B"));
        let input = if job.recipe.offload.activations { None } else { Some(("input", D::LayerInput)) };
        let held = [("in_any_case", D::HeldAnyway(kind))];
        let with = input.into_iter().chain(held);
        let input = trace.recorded(D::LayerInput).filter(|_| input.is_some()).unwrap_or(0.0);
        trace.gathered_of(D::LayerHeld(kind, 0), &total::FORMULA, input + anyway as f64, with);
        let all = kept + scores + merged.get() + anyway;
        let with = [("layer", D::LayerKept(kind, 0))].into_iter().chain(held);
        trace.gathered_of(D::LayerHeld(kind, 1), &total::FORMULA, all, with);
    }

    /// So many bytes of each token, on one tensor-parallel rank.
    fn rank_share(&self, own: D, each: u64, from: crate::trace::Origin) -> u64 {
        let split = &self.job.layout;
        traced!(self.trace, own, split_share {
            n: self.job.batch.micro_tokens() / split.cp => layout("tokens"), b: each => from, r: 0 => model("B"), t: split.tp => layout("ranks"),
        })
        .get()
    }

    /// What a layer with adapters keeps of a token.
    fn kept_token(&self, block: &Block, kind: usize, all: u64) {
        let (trace, hidden) = (self.trace, self.job.shape.hidden);
        traced!(trace, D::SharedKept(kind), less_recomputed {
            M: block.eager => at(D::Kept(kind, crate::training::block::EAGER)), d: not_kept(block, hidden) => model("B"),
        });
        let products = self.adapter.products(block, trace, kind);
        let chosen = block.matrices.iter().enumerate().filter(|(_, matrix)| self.adapter.adapts(matrix));
        // Equal matrices each keep their own.
        let own = chosen.flat_map(|(index, matrix)| {
            (0..matrix.copies).map(move |copy| {
                (format!("{}_{}", named(matrix.role, index), copy + 1), D::ProductKept(kind, index))
            })
        });
        trace.gathered_of(D::ProductsKept(kind), &total::FORMULA, products, own);
        let terms = self.adapter.terms(block, hidden);
        trace.gathered(D::AdaptedKept(kind), &total::FORMULA, all, || {
            let one = |(place, (name, bytes)): (usize, (&'static str, u64))| {
                let from = match place {
                    0 => at(D::SharedKept(kind)),
                    2 => at(D::ProductsKept(kind)),
                    _ => model("B"),
                };
                Input::new(name, bytes, from)
            };
            terms.into_iter().enumerate().map(one).collect()
        });
    }

    /// Copies in 16 bit that one product of a layer needs.
    fn copies(&self, block: &Block, kind: usize) {
        let names = ["quantized_weights", "weights_with_adapters"];
        for (place, (elements, times)) in self.adapter.copied(block).into_iter().enumerate() {
            traced!(self.trace, D::CopyPart(kind, place), sharded {
                N: elements => model("elements"), b: 2.0 * times as f64 => rules("B"), R: 1 => rules(""),
            });
        }
        let parts = names.into_iter().enumerate().map(|(place, name)| (name, D::CopyPart(kind, place)));
        self.trace.gathered_of(D::CopyAll(kind), &total::FORMULA, self.adapter.copies(block), parts);
    }

    /// Weights, gradients and optimizer state.
    fn states(&self, row: usize, stage: &StageMemory) {
        let (job, trace, adapter) = (self.job, self.trace, self.adapter);
        let held = frozen(job, adapter, stage.stage);
        self.frozen_stage(row, stage.stage);
        let (ranks, _) = shares(job, Sharding::Weights);
        traced!(trace, D::FrozenBase(row), equal_parts {
            n: 1 => rules(""), a: held.layers => at(D::FrozenLayers(row)), R: if adapter.base_shared { ranks } else { 1 } => layout("ranks"),
        });
        traced!(trace, D::FrozenOuter(row), sharded {
            N: outer(job, stage.stage) => model("parameters"), b: adapter.wide() as f64 => rules("B"), R: 1 => rules(""),
        });
        traced!(trace, D::OuterShare(row), equal_parts {
            n: 1 => rules(""), a: held.outer => at(D::FrozenOuter(row)), R: ranks => layout("ranks"),
        });
        let width = adapter.bytes as f64;
        let trained = |own: Q, width: f64, from, of: Sharding| traced!(trace, own, sharded { N: held.trained => at(D::Trained(row)), b: width => from, R: shares(job, of).0 => layout("ranks") });
        trained(D::TrainedWeights(row).into(), width, rules("B"), Sharding::Weights);
        let parts = [
            ("frozen_layers", D::FrozenBase(row)),
            ("embeddings_head_norms", D::OuterShare(row)),
            ("trained", D::TrainedWeights(row)),
        ];
        own_weights(row, stage.weights, &parts, trace);
        let flat = flat_gradients(job, adapter, &held).filter(|_| stage.phase != Phase::OptimizerStep);
        if let Some(flat) = flat.filter(|_| stage.gradients > Bytes::ZERO) {
            let whole = job.batch.accumulation > 1;
            let layers = if whole { D::FrozenLayers(row) } else { D::FrozenBase(row) };
            let outer = if whole { D::FrozenOuter(row) } else { D::OuterShare(row) };
            let parts = [("frozen_layers", layers), ("embeddings_head_norms", outer)];
            trace.gathered_of(Q::StagePart(row, 1), &total::FORMULA, flat, parts);
        } else if stage.gradients > Bytes::ZERO {
            trained(Q::StagePart(row, 1), width, rules("B"), Sharding::Gradients);
        }
        if stage.optimizer > Bytes::ZERO {
            let each = adapter.moments(job.recipe.optimizer);
            trained(Q::StagePart(row, 2), each, at(D::OptimizerWidth(0)), Sharding::Optimizer);
        }
    }

    /// Frozen weights and trained parameters of a stage, before ranks share them.
    fn frozen_stage(&self, row: usize, stage: u64) {
        let (job, trace, adapter) = (self.job, self.trace, self.adapter);
        let (held, tp) = (frozen(job, adapter, stage), job.layout.tp);
        let mut layers = Bytes::ZERO;
        for (kind, (count, block)) in kinds(job, stage) {
            layers += traced!(trace, D::FrozenKind(row, kind), frozen_layers {
                n: count => layout("layers"), a: adapter.layer(block) => at(D::FrozenLayer(kind)), t: tp => layout("ranks"),
            });
            let trained = if adapter.is_on_matrices() { count } else { self.last_layers(kind) };
            traced!(trace, D::TrainedKind(row, kind), trained_share {
                n: trained => layout("layers"), a: adapter.of_block(block) => at(D::AdapterLayer(kind)), t: tp => layout("ranks"),
            });
        }
        let of = |each: fn(usize, usize) -> D| {
            (0..job.shape.blocks.len()).map(move |kind| (format!("x_{}", kind + 1), each(row, kind)))
        };
        let whole = if adapter.is_on_matrices() { D::FrozenLayers(row) } else { D::FrozenSum(row) };
        trace.gathered_of(whole, &total::FORMULA, layers, of(D::FrozenKind));
        if stage + 1 == job.layout.pp && self.on_head() {
            traced!(trace, D::TrainedHead(row), trained_share {
                n: 1 => rules(""), a: adapter.rank * (job.shape.hidden + job.shape.vocab) => at(D::AdapterHead), t: tp => layout("ranks"),
            });
        }
        let head = core::iter::once(("head".to_owned(), D::TrainedHead(row)));
        trace.gathered_of(D::Trained(row), &total::FORMULA, held.trained, of(D::TrainedKind).chain(head));
        if !adapter.is_on_matrices() {
            traced!(trace, D::FrozenLayers(row), left_of {
                a: layers => at(D::FrozenSum(row)), b: Bytes::new(2 * held.trained) => layout("B"),
            });
        }
    }

    /// What layers keep, and gradients of their inputs that outlive them; logits at the loss.
    fn activations(&self, row: usize, stage: &StageMemory) {
        let (job, trace) = (self.job, self.trace);
        if stage.logits > Bytes::ZERO {
            traced_logits(job, job.logit_width(), trace, Q::StagePart(row, 4));
        }
        let (all, again) = kept(job, self.adapter, stage.stage);
        let mut left = job.recipe.recompute.layers();
        let mut trained = if self.adapter.is_on_matrices() { u64::MAX } else { self.adapter.rank };
        let mut named = Vec::new();
        let mut kinds: Vec<_> = kinds(job, stage.stage).collect();
        kinds.reverse();
        for (kind, (count, _)) in kinds {
            let own = count.min(trained);
            trained -= own;
            let repeated = own.min(left);
            left -= repeated;
            let bytes =
                |place: usize| trace.recorded(D::LayerHeld(kind, place)).map_or(0, crate::formula::Term::of);
            traced!(trace, D::StageLayers(row, kind), layers_kept {
                r: repeated => layout("layers"), i: bytes(0) => at(D::LayerHeld(kind, 0)),
                n: own - repeated => layout("layers"), l: bytes(1) => at(D::LayerHeld(kind, 1)),
            });
            named.push((format!("x_{}", kind + 1), D::StageLayers(row, kind)));
        }
        trace.gathered_of(D::StageKept(row), &total::FORMULA, all, named);
        let mut parts = vec![("layers", D::StageKept(row))];
        if stage.phase == Phase::Backward && unfreed(job, again) > 0 {
            let each = tokens(job, 2 * job.shape.hidden, (trace, D::StreamShare), model("B"));
            traced!(trace, D::Unfreed(row), layers_kept {
                r: 0 => rules(""), i: 0 => rules("B"), n: again.saturating_sub(2) => layout("layers"), l: each => at(D::StreamShare),
            });
            parts.push(("gradients_of_inputs", D::Unfreed(row)));
        }
        sum(trace, Q::StagePart(row, 3), stage.activations, &parts);
    }

    /// Working copies of a phase.
    fn transient(&self, row: usize, stage: &StageMemory) {
        let (job, trace, adapter) = (self.job, self.trace, self.adapter);
        let own = Q::StagePart(row, 6);
        let held = frozen(job, adapter, stage.stage);
        let (root, unit) = gathered(job, adapter, &held);
        if stage.phase == Phase::OptimizerStep {
            if stage.transient > Bytes::ZERO {
                traced!(trace, own, sharded {
                    N: held.trained => at(D::Trained(row)), b: adapter.bytes as f64 => rules("B"), R: shares(job, Sharding::Optimizer).0 => layout("ranks"),
                });
            }
            return;
        }
        if root > Bytes::ZERO {
            traced!(trace, D::RootUnit(row), equal_parts { n: 1 => rules(""), a: root => at(D::FrozenOuter(row)), R: 1 => rules("") });
        }
        if stage.phase == Phase::Loss {
            let copy = head_copy(job, adapter, stage.stage + 1 == job.layout.pp);
            if copy > Bytes::ZERO {
                traced!(trace, D::HeadCopy(row), sharded { N: job.shape.head_products => model("parameters"), b: 2.0 => rules("B"), R: 1 => rules("") });
            }
            return sum(
                trace,
                own,
                stage.transient,
                &[("gathered_weights", D::RootUnit(row)), ("copies", D::HeadCopy(row))],
            );
        }
        self.layer_unit(row, &held, unit);
        self.live(row, stage);
        let parts = [
            ("gathered_root", D::RootUnit(row)),
            ("gathered_layer", D::LayerUnit(row)),
            ("layer", D::AgainLayer(row)),
            ("gradients", D::InnerGradients(row)),
            ("copies", D::Dequantized(row)),
        ];
        sum(trace, own, stage.transient, &parts);
    }

    fn layer_unit(&self, row: usize, held: &super::Frozen, unit: Bytes) {
        let trace = self.trace;
        if unit > Bytes::ZERO {
            traced!(trace, D::LayerUnit(row), whole_units {
                a: held.largest => layout("B"), k: (self.job.stack.live_units - 1.0).max(0.0) => rules("layers"),
            });
        }
        let parts = [("embeddings_head_norms", D::RootUnit(row)), ("layer", D::LayerUnit(row))];
        let all: f64 = parts.iter().filter_map(|(_, part)| trace.recorded(*part)).sum();
        trace.gathered_of(D::Units(row), &total::FORMULA, all, parts);
    }

    /// The layer that needs most: computed again, its gradients, copies of its weights.
    fn live(&self, row: usize, stage: &StageMemory) {
        let (job, trace, adapter) = (self.job, self.trace, self.adapter);
        let (_, again) = kept(job, adapter, stage.stage);
        let most = live(job, adapter, stage.stage, again > 0);
        let wide = if adapter.upcast { 2 } else { 1 };
        let Some((kind, (_, block))) =
            kinds(job, stage.stage).find(|(_, (_, block))| self.lives(block, again > 0) == most)
        else {
            return;
        };
        let [layer, inner, copies] = most;
        if layer > 0 {
            trace.gathered_of(D::AgainLayer(row), &total::FORMULA, layer, [("layer", D::LayerKept(kind, 0))]);
        }
        let [widest, second] = gradients(adapter, block, job.shape.hidden);
        let bytes = self.rank_share(
            D::LiveGradients(kind),
            if copies > 0 || inner != wide * self.unheard_share(widest) { second } else { widest },
            model("B"),
        );
        traced!(trace, D::InnerGradients(row), equal_parts {
            n: wide => rules(""), a: Bytes::new(bytes) => at(D::LiveGradients(kind)), R: 1 => rules(""),
        });
        if copies > 0 {
            traced!(trace, D::Dequantized(row), split_share {
                n: 1 => rules(""), b: adapter.copies(block) => at(D::CopyAll(kind)), r: 0 => model("B"), t: job.layout.tp => layout("ranks"),
            });
        }
    }

    fn lives(&self, block: &Block, again: bool) -> [u64; 3] {
        super::memory::live_of(self.job, self.adapter, block, again)
    }

    const fn unheard_share(&self, each: u64) -> u64 {
        let split = &self.job.layout;
        self.job.batch.micro_tokens() / split.cp * each / split.tp
    }
}

/// The name of a matrix among those of its layer, from the kind of linear layer that it is.
fn named(role: Role, index: usize) -> String {
    let name = match role {
        Role::Query | Role::QueryUp | Role::QueryDown => "query",
        Role::Key | Role::KvDown => "key",
        Role::Value | Role::KvUp => "value",
        Role::AttentionOut => "attention_out",
        Role::Gate | Role::ExpertGate | Role::SharedGate => "gate",
        Role::Up | Role::ExpertUp | Role::SharedUp => "up",
        role if role.is_down() => "down",
        _ => "matrix",
    };
    format!("{name}_{}", index + 1)
}
