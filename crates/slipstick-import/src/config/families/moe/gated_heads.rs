//! Attention whose output is gated by its input, with as many heads as each layer says.

use slipstick_core::model::{
    Layer, Role, Span, Weight,
    blocks::{GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Dims, pre_norm::Attention, routed::FeedForwards};

/// A decoder of gated attention with norms on query and key heads.
#[derive(Debug, Clone)]
pub(super) struct GatedHeads {
    pub dims: Dims,
    /// Biases on all projections of attention.
    pub bias: bool,
    /// What a checkpoint calls the gate.
    pub gate: &'static str,
    /// Whether the gate has one value a head, and not one for each channel.
    pub gates_whole_heads: bool,
    /// The norms of the residual stream in a layer.
    pub norms: &'static [&'static str],
    /// What a checkpoint calls the bias that balances the router, where it counts as a parameter.
    pub balance: Option<&'static str>,
    pub blocks: FeedForwards,
    /// For each layer its query heads and how far it sees.
    pub attention: Vec<(u64, Span)>,
}

impl GatedHeads {
    /// Its layers.
    ///
    /// # Errors
    /// If a layer's query heads cannot share the key heads.
    pub(super) fn layers(&self, c: &Config<'_>) -> Result<Vec<Layer>, ConfigError> {
        let blocks = self.blocks.each().zip(&self.blocks.routed).zip(&self.attention);
        let layer = |((block, routed), (heads, span)): ((Vec<Weight>, &bool), &(u64, Span))| {
            let attention = self.attention_of(c, *heads, *span)?;
            let balance = self.balance.filter(|_| *routed);
            Ok(Layer::default()
                .with(self.norms.iter().flat_map(|name| NormKind::Rms.weights(*name, self.dims.hidden)))
                .with(attention.weights)
                .mix(attention.mixer)
                .with(block)
                .with(balance.map(|name| Weight::vector(name, Role::Router, self.blocks.experts.count))))
        };
        blocks.map(layer).collect()
    }

    fn attention_of(&self, c: &Config<'_>, heads: u64, span: Span) -> Result<Attention, ConfigError> {
        let block: GroupedQuery = Dims { heads, ..self.dims }.check(c)?.attention();
        let block = block.with_bias(self.bias, self.bias).with_head_norm(NormKind::Rms).with_span(span);
        let width = if self.gates_whole_heads { heads } else { heads * self.dims.head_dim };
        let gate = Weight::matrix(self.gate, Role::AttentionOther, width, self.dims.hidden);
        let mut attention = Attention::from(&block);
        attention.weights.push(gate.by_heads(heads));
        Ok(attention)
    }
}
