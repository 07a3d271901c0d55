//! Speculative decoding: cheap drafts of several tokens, which the model verifies in one step.

use std::sync::Arc;

use crate::{
    basis::Known,
    formulas::time::speculation::{expected_by_place, expected_tokens},
    hardware::Acceptances,
    model::{Component, ComponentKind, FormatRules, FormattedModel, Layer, Model, Place, Role, Weight},
    numeric::Format,
    plan::{Plan, StageWeights},
    units::Bytes,
};

/// How a drafting model makes its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passes {
    /// A model of its own: one token a pass, from its own cache.
    Model,
    /// A head on the model's hidden states: one token a pass, and the first pass takes all that was verified.
    Head,
    /// A head that drafts all tokens in one pass.
    Block,
}

/// The ways of drafting, as people and engines tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The model's own prediction layers.
    OwnLayers,
    /// A head that reads three of the model's hidden states, one token a pass.
    Eagle3,
    /// The same that drafts all tokens in one pass.
    ParallelEagle,
    /// Layers that draft a block of tokens at once.
    Dflash,
    /// A smaller model.
    Draft,
    /// What followed the last tokens where they stood before.
    Lookup,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OwnLayers, Self::Eagle3, Self::ParallelEagle, Self::Dflash, Self::Draft, Self::Lookup];

    /// Its name as people type it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnLayers => "mtp",
            Self::Eagle3 => "eagle3",
            Self::ParallelEagle => "p-eagle",
            Self::Dflash => "dflash",
            Self::Draft => "draft",
            Self::Lookup => "ngram",
        }
    }

    /// Whether a model is named with it.
    pub const fn names_a_model(self) -> bool {
        matches!(self, Self::Eagle3 | Self::ParallelEagle | Self::Dflash | Self::Draft)
    }

    /// How the model that drafts makes its tokens.
    pub const fn passes(self) -> Passes {
        match self {
            Self::OwnLayers | Self::Eagle3 => Passes::Head,
            Self::ParallelEagle | Self::Dflash => Passes::Block,
            Self::Draft | Self::Lookup => Passes::Model,
        }
    }

    /// The chance of its tokens to be accepted, where nobody says it.
    pub const fn acceptance(self, of: &Acceptances) -> Known<f64> {
        match self {
            Self::OwnLayers => of.own_layers,
            Self::Eagle3 => of.head,
            Self::ParallelEagle | Self::Dflash => of.block,
            Self::Draft => of.model,
            Self::Lookup => of.lookup,
        }
    }
}

/// A model that drafts.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafter {
    /// Its layers, and the head that it uses.
    pub model: Arc<FormattedModel>,
    /// How it makes its tokens.
    pub passes: Passes,
    /// Whether its weights are the prediction layers of the model itself.
    pub own_layers: bool,
}

/// Tokens drafted for every sequence of a step, and how many of them are accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Speculation {
    /// The way of drafting.
    pub method: Method,
    /// What drafts; none where drafts are looked up in what stands in the context.
    pub drafter: Option<Drafter>,
    /// Tokens drafted in a step.
    pub tokens: u64,
    /// The chance of each drafted token to be accepted if all before it were, by its place in the draft.
    pub acceptance: Vec<f64>,
    /// The ends of what that chance may be for all places, where it is assumed.
    pub assumed: Option<[f64; 2]>,
}

impl Speculation {
    /// The one chance that all places share, if they do.
    pub fn even(&self) -> Option<f64> {
        let (first, others) = self.acceptance.split_first()?;
        others.iter().all(|chance| chance.to_bits() == first.to_bits()).then_some(*first)
    }

    /// How many times fewer and more tokens a step may emit than in the middle: once where the chances are stated.
    pub fn spread(&self) -> [f64; 2] {
        let (middle, tokens) = (expected_by_place(&self.acceptance), self.tokens as f64);
        self.assumed.map_or([1.0; 2], |ends| ends.map(|chance| expected_tokens(chance, tokens) / middle))
    }

    /// Passes of the drafting model in a step; none without one.
    pub fn passes(&self) -> u64 {
        match self.drafter.as_ref().map(|drafter| drafter.passes) {
            Some(Passes::Model | Passes::Head) => self.tokens,
            Some(Passes::Block) => 1,
            None => 0,
        }
    }

    /// Weights of the drafting model on one rank of a layout.
    pub fn weights_on_rank(&self, target: &FormattedModel, plan: Plan) -> Bytes {
        self.drafter.as_ref().map_or(Bytes::ZERO, |drafter| {
            if drafter.own_layers {
                return plan.multi_token_bytes(target);
            }
            plan.on_one_stage().stage_weights(&drafter.model).iter().map(StageWeights::total).sum()
        })
    }
}

/// Formats that are known weight by weight.
#[derive(Debug)]
struct Carried(Vec<(Weight, Format)>);

impl FormatRules for Carried {
    fn format_of(&self, _: Place<'_>, weight: &Weight) -> Format {
        let same = |(known, _): &&(Weight, Format)| {
            (&known.name, known.rows, known.cols) == (&weight.name, weight.rows, weight.cols)
        };
        self.0.iter().find(same).map_or(Format::BF16, |(_, format)| *format)
    }
}

/// The prediction layers of a model as a model that drafts: a layer that mixes tokens as the model's last layer with full
/// attention does, under the model's own head. None without prediction layers.
pub fn own_layers(target: &FormattedModel) -> Option<Drafter> {
    let model = target.model();
    let mut known: Vec<(Weight, Format)> = target
        .outside(|kind| kind == ComponentKind::MultiToken)
        .map(|(weight, format)| (weight.clone(), format))
        .collect();
    let blocks = known.iter().map(|(weight, _)| weight.copies).min()?.max(1);
    for (weight, _) in &mut known {
        *weight = one_block(weight, blocks);
    }
    let attention = model.layers.iter().rev().find(|layer| layer.has_full_attention());
    let mixers = attention.or(model.layers.last()).map(|layer| layer.mixers.clone()).unwrap_or_default();
    let weights: Vec<Weight> = known.iter().map(|(weight, _)| weight.clone()).collect();
    let has_head = weights.iter().any(|weight| weight.role == Role::LmHead);
    let heads = if has_head { Vec::new() } else { heads_of(target) };
    let components = vec![component(&heads)];
    known.extend(heads);
    let drafter = Model {
        model_type: model.model_type.clone(),
        hidden: model.hidden,
        vocab: model.vocab,
        layers: vec![Layer { weights, mixers }],
        layers_path: "mtp".into(),
        components,
        max_context: model.max_context,
        dtype: model.dtype,
    };
    let model = Arc::new(FormattedModel::new(Arc::new(drafter), &Carried(known)));
    Some(Drafter { model, passes: Passes::Head, own_layers: true })
}

/// A weight of one of several equal blocks, in a role that an operator reads.
fn one_block(weight: &Weight, blocks: u64) -> Weight {
    let mut one = weight.clone();
    (one.copies, one.active) = (weight.copies / blocks, (weight.active / blocks).max(1));
    if weight.role == Role::MultiToken {
        // Blocks that are listed as a whole do not say what each weight is for; experts are those with copies.
        one.role = match one.copies {
            _ if weight.is_vector() => Role::Norm,
            1 => Role::Other,
            _ => Role::ExpertUp,
        };
    }
    one
}

/// A head that drafts from the hidden states of `target`, whose output head it uses where it has none of its own. What joins
/// the hidden states is read in every pass, as its first layer is.
pub fn head_of(target: &FormattedModel, head: &FormattedModel, passes: Passes) -> Drafter {
    let outer = head.outer().map(|(weight, format)| (weight.clone(), format));
    let mut known: Vec<(Weight, Format)> = outer.collect();
    for group in head.groups() {
        known.extend(group.weights().map(|(weight, format)| (weight.clone(), format)));
    }
    let mut model = head.model().clone();
    let joins = |weight: &Weight| weight.role == Role::Other && !weight.is_vector();
    let mut joined: Vec<Weight> = Vec::new();
    for component in &mut model.components {
        joined.extend(component.weights.iter().filter(|weight| joins(weight)).cloned());
        component.weights.retain(|weight| !joins(weight));
    }
    if let Some(first) = model.layers.first_mut() {
        first.weights.extend(joined);
    }
    if !known.iter().any(|(weight, _)| weight.role == Role::LmHead) {
        let heads = heads_of(target);
        model.components.push(component(&heads));
        known.extend(heads);
    }
    let model = Arc::new(FormattedModel::new(Arc::new(model), &Carried(known)));
    Drafter { model, passes, own_layers: false }
}

/// The output heads of a model, as others use them.
fn heads_of(target: &FormattedModel) -> Vec<(Weight, Format)> {
    let heads = target.outer().filter(|(weight, _)| weight.role == Role::LmHead);
    heads.map(|(weight, format)| (weight.clone().alias(), format)).collect()
}

fn component(heads: &[(Weight, Format)]) -> Component {
    Component::text("lm_head", heads.iter().map(|(weight, _)| weight.clone()).collect())
}
