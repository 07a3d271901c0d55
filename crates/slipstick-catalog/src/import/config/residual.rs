//! Decoders whose layers are all alike, except for how far back they see.

use slipstick_core::model::{
    Model, Span,
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
    /// One for each layer.
    pub spans: Vec<Span>,
}

impl ResidualDecoder {
    /// The standard keys read as today's usual decoder: two norms, gated feed-forward, no biases, full attention.
    ///
    /// # Errors
    /// If a key is missing, out of range, or contradicts another.
    pub(super) fn read(c: &Config<'_>, norm: NormKind, tie: Tie) -> Result<Self, ConfigError> {
        let feed_forward = |hidden| Ok(FeedForward::gated(hidden, c.count("intermediate_size")?));
        Self::assemble(c, Dims::read(c)?, norm, tie, feed_forward)
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
        let feed_forward = |hidden| {
            let width = match stated {
                Some(key) => c.count(key)?,
                None => 4 * hidden,
            };
            Ok(FeedForward::plain(hidden, width, true))
        };
        Self::assemble(c, dims, NormKind::Layer, tie, feed_forward)
    }

    fn assemble(
        c: &Config<'_>,
        dims: Dims,
        norm: NormKind,
        tie: Tie,
        feed_forward: impl Fn(u64) -> Result<FeedForward, ConfigError>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            dims,
            frame: Frame::new(dims.hidden, dims.vocab, norm, tie.read(c)?),
            norm,
            norms: PRE_NORM,
            attention: dims.attention(),
            feed_forward: feed_forward(dims.hidden)?,
            spans: (0..dims.layers).map(|_| Span::Full).collect(),
        })
    }

    /// Every layer sees the last `window` tokens, or all without one.
    pub(super) fn slide_everywhere(&mut self, window: Option<u64>) {
        self.spans.fill(window.filter(|tokens| *tokens > 0).map_or(Span::Full, Span::Window));
    }

    /// The model.
    ///
    /// # Errors
    /// If the configuration states an unknown element format or head.
    pub(super) fn model(&self, c: &Config<'_>) -> Result<Model, ConfigError> {
        let layer = |span: &Span| {
            residual(self.norm, self.norms, &self.attention.with_span(*span), &self.feed_forward)
        };
        self.frame.model(c, self.spans.iter().map(layer).collect())
    }
}
