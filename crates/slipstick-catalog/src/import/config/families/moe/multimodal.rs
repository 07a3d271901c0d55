//! Decoders of this folder with a vision tower before them.

use slipstick_core::model::{
    Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, dtype, share_out};

/// The decoder that the section `text_config` describes, read by `read` as `model_type` where it names no type of its own.
///
/// # Errors
/// If the section is missing or cannot be read.
pub(super) fn decoder(
    c: &Config<'_>,
    model_type: &str,
    read: fn(&Config<'_>) -> Result<Model, ConfigError>,
) -> Result<Model, ConfigError> {
    let text = c.section("text_config")?.or_type(model_type);
    let mut model = read(&text)?;
    c.adopt(text);
    c.model_type().clone_into(&mut model.model_type);
    if c.has("dtype") || c.has("torch_dtype") {
        model.dtype = dtype(c)?;
    }
    model.layers_path = "language_model.model.layers";
    for component in &mut model.components {
        component.path = match component.path {
            "model.embed_tokens" => "language_model.model.embed_tokens",
            "model.norm" => "language_model.model.norm",
            "lm_head" => "language_model.lm_head",
            other => other,
        };
    }
    Ok(model)
}

/// A vision transformer under construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VisionTransformer {
    pub hidden: u64,
    pub heads: u64,
    pub intermediate: u64,
    pub layers: u64,
    /// What a checkpoint calls the projections of attention, and the two of the feed-forward block.
    pub attention: AttentionNames,
    pub feed_forward: [&'static str; 2],
    /// What it calls the two norms of a layer.
    pub norms: [&'static str; 2],
}

impl VisionTransformer {
    /// Its layers: layer norms, full attention and two projections, with biases everywhere.
    ///
    /// # Errors
    /// If the heads do not divide the width, or there are absurdly many layers.
    pub(super) fn stack(&self, c: &Config<'_>, path: &'static str) -> Result<Component, ConfigError> {
        if self.layers > 10_000 {
            return Err(c.invalid("num_hidden_layers", "at most 10000"));
        }
        let head_dim = share_out(c, self.hidden, self.heads)?;
        let mut attention = GroupedQuery::new(self.hidden, self.heads, self.heads, head_dim);
        attention.names = self.attention;
        let [up, down] = self.feed_forward;
        let feed_forward = FeedForward::plain(self.hidden, self.intermediate, true).named(["", up, down]);
        let layer = Layer::default()
            .with(self.norms.into_iter().flat_map(|name| NormKind::Layer.weights(name, self.hidden)))
            .with(attention.with_bias(true, true).weights())
            .with(feed_forward.weights());
        Ok(Component::stack(path, ComponentKind::Tower, Role::Vision, &layer, self.layers))
    }

    /// A component of single parts: matrices, tables, norms; all in the role of the tower.
    pub(super) fn parts(path: &'static str, weights: Vec<Weight>) -> Component {
        let weights = weights.into_iter().map(|weight| weight.with_role(Role::Vision)).collect();
        Component { path, kind: ComponentKind::Tower, weights }
    }
}

/// What joins a tower to the decoder: projections of `rows` by `cols`, each with a bias if `bias`.
pub(super) fn projector(
    path: &'static str,
    bias: bool,
    projections: &[(&'static str, u64, u64)],
) -> Component {
    let mut weights = Vec::with_capacity(2 * projections.len());
    for (name, rows, cols) in projections {
        weights.push(Weight::matrix(name, Role::Projector, *rows, *cols));
        if bias {
            weights.push(Weight::vector(name, Role::Projector, *rows));
        }
    }
    Component { path, kind: ComponentKind::Tower, weights }
}
