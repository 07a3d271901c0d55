//! Decoders whose layers are all alike, except for how far back they see.

use slipstick_core::model::{
    Layer, Model, Span, Weight,
    blocks::{FeedForward, GroupedQuery, NormKind, PRE_NORM, residual},
};

use super::{Config, ConfigError, Dims, Tie, decoder::Frame};

/// A decoder of residual layers of attention and feed-forward.
#[derive(Debug, Clone)]
pub(super) struct ResidualDecoder {
    pub dims: Dims,
    pub frame: Frame,
    pub norm: NormKind,
    /// The norms of the residual stream in a layer, as a checkpoint calls them.
    pub norms: &'static [&'static str],
    pub attention: GroupedQuery,
    pub feed_forward: FeedForward,
    /// What each layer has besides.
    pub extra: Vec<Weight>,
    /// One for each layer.
    pub spans: Vec<Span>,
}

impl ResidualDecoder {
    /// The standard keys read as today's usual decoder: two norms, gated feed-forward, no biases, full attention.
    ///
    /// # Errors
    /// If a key is missing, out of range, or contradicts another.
    pub(super) fn read(c: &Config<'_>, norm: NormKind, tie: Tie) -> Result<Self, ConfigError> {
        let dims = Dims::read(c)?;
        let feed_forward = FeedForward::gated(dims.hidden, c.count("intermediate_size")?);
        Ok(Self::of(dims, norm, tie.read(c)?, feed_forward))
    }

    /// The first decoders' shape: two projections of the feed-forward, which are four times as wide as the model unless
    /// one of `keys` says otherwise.
    ///
    /// # Errors
    /// As [`ResidualDecoder::read`].
    pub(super) fn read_plain(
        c: &Config<'_>,
        dims: Dims,
        tie: Tie,
        keys: &[&str],
    ) -> Result<Self, ConfigError> {
        let stated = keys.iter().find(|key| c.has(key));
        let width = match stated.or_else(|| keys.iter().find(|key| c.get(key).is_some())) {
            Some(key) => c.count(key)?,
            None => c.count_or(keys.first().copied().unwrap_or("intermediate_size"), 4 * dims.hidden)?,
        };
        let feed_forward = FeedForward::plain(dims.hidden, width, true);
        Ok(Self::of(dims, NormKind::Layer, tie.read(c)?, feed_forward))
    }

    /// A decoder of these dimensions with two norms a layer, no attention biases and full attention.
    pub(super) fn of(dims: Dims, norm: NormKind, tied: bool, feed_forward: FeedForward) -> Self {
        Self {
            dims,
            frame: Frame::new(dims.hidden, dims.vocab, norm, tied),
            norm,
            norms: PRE_NORM,
            attention: dims.attention(),
            feed_forward,
            extra: Vec::new(),
            spans: (0..dims.layers).map(|_| Span::Full).collect(),
        }
    }

    /// Every layer sees the last `window` tokens, or all without one.
    pub(super) fn slide_everywhere(&mut self, window: Option<u64>) {
        self.spans.fill(window.filter(|tokens| *tokens > 0).map_or(Span::Full, Span::Window));
    }

    /// The layers.
    pub(super) fn layers(&self) -> Vec<Layer> {
        let layer = |span: &Span| {
            let attention = self.attention.with_span(*span);
            residual(self.norm, self.norms, &attention, &self.feed_forward).with(self.extra.iter().cloned())
        };
        self.spans.iter().map(layer).collect()
    }

    /// The model.
    ///
    /// # Errors
    /// If the configuration states an unknown element format or head.
    pub(super) fn model(&self, c: &Config<'_>) -> Result<Model, ConfigError> {
        self.frame.model(c, self.layers())
    }
}
