//! From a model under a plan to operator lines.

use core::borrow::Borrow;

use super::{ExpertLine, GemmLine, MixLine, Operator};
use crate::{
    hardware::HeadKernel,
    model::{ComponentKind, FormattedLayers, FormattedModel, Mixer, Model, Role, Weight},
    numeric::{Format, ScalarFormat},
    plan::Plan,
};

/// What a model is lowered with.
#[derive(Debug, Clone, Copy)]
pub struct Lowering {
    /// The format of its cache.
    pub cache: Format,
    /// Bytes of an element of recurrent state.
    pub state_element_bytes: f64,
    /// The layout.
    pub plan: Plan,
    /// The format that products with weights in a format are computed in, on the hardware at hand.
    pub compute: fn(Format, Hardware) -> ScalarFormat,
    /// What the hardware computes in.
    pub hardware: Hardware,
    /// The kernel of attention over a cache, where it works by query head.
    pub head_kernel: Option<HeadKernel>,
}

/// The narrow formats a chip has units for.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent capability")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hardware {
    /// FP8 matrix units.
    pub fp8: bool,
    /// 4-bit float matrix units.
    pub fp4: bool,
    /// 8-bit integer matrix units.
    pub int8: bool,
    /// bf16 matrix units; without them fp16 is used.
    pub bf16: bool,
}

/// Equal layers as operator lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LoweredGroup {
    /// How many layers.
    pub count: f64,
    /// Matrix products.
    pub gemms: Vec<GemmLine>,
    /// Mixers.
    pub mixers: Vec<MixLine>,
    /// Elements that norms, residuals and activations read and write a token, rows that experts are handed included.
    pub elementwise_width: f64,
    /// Tensor-parallel all-reduces a layer needs.
    pub reductions: f64,
    /// Experts a token is sent to in other ranks' memory, 0 without expert parallelism across them.
    pub dispatched: f64,
}

impl LoweredGroup {
    /// Whether its layers have a mixer of some kind.
    pub fn mixes(&self, of: impl Fn(&Mixer) -> bool) -> bool {
        self.mixers.iter().any(|line| of(&line.mixer))
    }
}

/// A model as operator lines on one rank.
#[derive(Debug, Clone, PartialEq)]
pub struct LoweredModel {
    /// The layers.
    pub groups: Vec<LoweredGroup>,
    /// The output head.
    pub head: Option<GemmLine>,
    /// Width of the residual stream.
    pub hidden: f64,
    /// All layers.
    pub layers: f64,
    /// Pipeline stages the layers are spread over.
    pub stages: f64,
    /// The layout it was lowered for.
    pub plan: Plan,
}

/// Lowers a model to operator lines.
pub fn lower<M: Borrow<Model>>(formatted: &FormattedModel<M>, with: &Lowering) -> LoweredModel {
    let model = formatted.model();
    let heads = formatted
        .outside(|kind| kind == ComponentKind::Text)
        .filter(|(weight, _)| weight.role == Role::LmHead);
    let mut head: Option<GemmLine> = None;
    for line in heads.filter_map(|(weight, format)| line(weight, format, with)) {
        match &mut head {
            Some(head) => merge(head, &line),
            None => head = Some(line),
        }
    }
    LoweredModel {
        groups: formatted.groups().map(|group| lower_layer(group, model.hidden, with)).collect(),
        head,
        hidden: model.hidden as f64,
        layers: model.layers.len() as f64,
        stages: with.plan.pp() as f64,
        plan: with.plan,
    }
}

fn lower_layer(group: FormattedLayers<'_>, hidden: u64, with: &Lowering) -> LoweredGroup {
    let layer = group.layer;
    let mut gemms: Vec<GemmLine> = Vec::with_capacity(layer.weights.len());
    for line in group.weights().filter_map(|(weight, format)| line(weight, format, with)) {
        let same = |other: &&mut GemmLine| {
            other.operator == line.operator && other.compute == line.compute && other.packed == line.packed
        };
        match gemms.iter_mut().find(same) {
            Some(other) => merge(other, &line),
            None => gemms.push(line),
        }
    }
    let mixes = layer
        .mixers()
        .map(|mixer| MixLine::new(*mixer, with.plan.tp(), with.cache, with.state_element_bytes))
        .map(|line| line.under(with.head_kernel));
    let mixers: Vec<MixLine> = mixes.collect();
    let has = |operator| gemms.iter().any(|line: &GemmLine| line.operator == operator);
    let ffn = has(Operator::FeedForward) || has(Operator::Experts);
    let across = with.plan.ep() > with.plan.tp() && has(Operator::Experts);
    let active =
        layer.weights.iter().find(|weight| weight.role.is_expert()).map_or(0, |weight| weight.active);
    let norms = 2.0 * hidden as f64 * (mixers.len() as f64 + f64::from(u8::from(ffn)));
    LoweredGroup {
        count: group.count as f64,
        elementwise_width: norms + gemms.iter().map(expert_rows).sum::<f64>(),
        reductions: mixers.len() as f64 + f64::from(u8::from(ffn && !across)),
        dispatched: if across { active as f64 } else { 0.0 },
        gemms,
        mixers,
    }
}

/// Elements of a token that kernels beside the products of its experts move: rows are gathered for each expert, what the
/// first products make is activated, and what the last ones make is added up, each about as wide as their inputs and outputs.
fn expert_rows(line: &GemmLine) -> f64 {
    line.experts.map_or(0.0, |experts| line.activation_width * experts.joined_ranks)
}

/// The line of one weight, or `None` if no product of the decoder reads it.
fn line(weight: &Weight, format: Format, with: &Lowering) -> Option<GemmLine> {
    let operator = Operator::of(weight.role)?;
    // An aliased weight is stored once but read and multiplied wherever it is used.
    let piece = with.plan.weight_on_rank(weight);
    let experts = weight.role.is_expert().then(|| ExpertLine {
        count: weight.copies as f64,
        active: weight.active as f64,
        joined_ranks: (with.plan.ep() / with.plan.tp()).max(1) as f64,
    });
    let passes = if weight.role.is_expert() {
        (weight.active * piece.copies) as f64 / weight.copies.max(1) as f64
    } else {
        piece.copies as f64
    };
    Some(GemmLine {
        operator,
        weight_bytes: piece.bytes(format).as_f64(),
        weights: piece.parameters() as f64,
        activation_width: if weight.is_vector() { 0.0 } else { (piece.rows + piece.cols) as f64 * passes },
        compute: (with.compute)(format, with.hardware),
        packed: format.layout().bits_per_value() < 8.0,
        experts,
    })
}

fn merge(into: &mut GemmLine, line: &GemmLine) {
    into.weight_bytes += line.weight_bytes;
    into.weights += line.weights;
    into.activation_width += line.activation_width;
}
