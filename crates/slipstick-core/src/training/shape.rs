//! A model condensed to what training asks of it.

use core::ops::Range;

use super::Block;
use crate::model::{ComponentKind, Model, Role, Weight};

/// A model, condensed: each kind of layer once.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Width of the residual stream.
    pub hidden: u64,
    /// Rows of the embedding.
    pub vocab: u64,
    /// Kinds of layers.
    pub blocks: Vec<Block>,
    /// The kind of each layer, in order.
    pub layers: Vec<usize>,
    /// Parameters of the embedding and other tables.
    pub tables: u64,
    /// Parameters of the output head; none where it is the embedding under another name.
    pub head: u64,
    /// Whether it is.
    pub tied: bool,
    /// Parameters of the head's product.
    pub head_products: u64,
    /// Parameters of the last norm and of whatever else stands outside the layers.
    pub rest: u64,
    /// Query heads that tensor parallelism must divide.
    pub heads: u64,
    /// Routed experts of a layer; none in a dense model.
    pub experts: u64,
    /// Whether its own code works the loss out in the format of its logits, as that of models with learned positions does
    /// (GPT-2 and what was made from it); later code casts logits to fp32.
    pub uncast_logits: bool,
    /// For each kind, how many of the first so many layers are of it.
    before: Vec<Vec<u64>>,
}

impl Shape {
    /// Condenses a model. Encoders of images and sound, which are mostly frozen, are left out.
    pub fn of(model: &Model) -> Self {
        let mut blocks = Vec::new();
        let mut layers = vec![0; model.layers.len()];
        for group in model.profile() {
            for (index, layer) in model.layers.iter().enumerate().skip(group.first) {
                if layer == group.layer {
                    layers[index] = blocks.len();
                }
            }
            blocks.push(Block::of(group.layer, model.hidden));
        }
        let text = || {
            let parts = model.components.iter().filter(|part| part.kind == ComponentKind::Text);
            parts.flat_map(|part| &part.weights)
        };
        let stored = |test: fn(&Weight) -> bool| -> u64 {
            text().filter(|weight| weight.is_stored() && test(weight)).map(Weight::parameters).sum()
        };
        let places = model.max_context.unwrap_or(u64::MAX);
        let is_positions = |weight: &Weight| {
            weight.role == Role::Table && weight.cols == model.hidden && weight.rows >= places
        };
        let head_products = text().filter(|weight| weight.role == Role::LmHead && !weight.is_vector());
        Self {
            hidden: model.hidden,
            vocab: model.vocab,
            tables: stored(|weight| matches!(weight.role, Role::Embedding | Role::Table)),
            head: stored(|weight| weight.role == Role::LmHead),
            tied: model.has_tied_embeddings(),
            head_products: head_products.map(Weight::active_parameters).sum(),
            rest: stored(|weight| !matches!(weight.role, Role::Embedding | Role::Table | Role::LmHead)),
            heads: blocks.iter().map(|block: &Block| block.heads).max().unwrap_or(1).max(1),
            experts: blocks.iter().map(|block| block.experts).max().unwrap_or(0),
            uncast_logits: text().any(is_positions),
            before: before(blocks.len(), &layers),
            blocks,
            layers,
        }
    }

    /// The layers of some ranges, by kind, with how many there are of each.
    pub fn within<R: Iterator<Item = Range<usize>> + Clone>(
        &self,
        ranges: R,
    ) -> impl Iterator<Item = (u64, &Block)> {
        self.before.iter().zip(&self.blocks).map(move |(before, block)| {
            let count = |range: Range<usize>| before[range.end] - before[range.start];
            (ranges.clone().map(count).sum(), block)
        })
    }

    /// The layers, in order.
    pub fn layers(&self) -> impl Iterator<Item = &Block> {
        self.layers.iter().map(|kind| &self.blocks[*kind])
    }

    /// The same model with other layers: the first `dense` of its kind without experts, then the others, `kept` in all.
    #[must_use]
    pub fn truncated(mut self, kept: usize, dense: Option<usize>) -> Self {
        let without = |kind: &usize| self.blocks[*kind].experts == 0;
        let (plain, routed): (Vec<usize>, Vec<usize>) = self.layers.iter().copied().partition(without);
        self.layers = match (dense, plain.first(), routed.first()) {
            (Some(dense), Some(plain), Some(routed)) => {
                (0..kept).map(|index| if index < dense { *plain } else { *routed }).collect()
            }
            _ => self.layers.iter().copied().cycle().take(kept).collect(),
        };
        self.before = before(self.blocks.len(), &self.layers);
        self
    }

    /// The same model with a head of its own, where it is the embedding under another name.
    #[must_use]
    pub const fn untied(mut self) -> Self {
        if self.tied {
            self.head = self.head_products;
            self.tied = false;
        }
        self
    }

    /// All parameters.
    pub fn parameters(&self) -> u64 {
        self.layers().map(Block::parameters).sum::<u64>() + self.tables + self.head + self.rest
    }

    /// Parameters of products that a token passes through.
    pub fn products(&self) -> f64 {
        let layers: u64 = self.layers().map(|block| block.products + block.routed_products).sum();
        (layers + self.head_products) as f64
    }
}

fn before(kinds: usize, layers: &[usize]) -> Vec<Vec<u64>> {
    let counts = |kind: usize| {
        let mut count = 0;
        let step = |of: &usize| {
            count += u64::from(*of == kind);
            count
        };
        core::iter::once(0).chain(layers.iter().map(step)).collect()
    };
    (0..kinds).map(counts).collect()
}
