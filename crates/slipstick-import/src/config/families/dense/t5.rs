//! T5, mT5 and UMT5: encoder and decoder of RMSNorm without biases, and a table of relative positions.

use slipstick_core::model::{
    CacheUse, Component, ComponentKind, Layer, Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, GroupedQuery, NormKind},
};

use super::{Config, ConfigError, Family, Frame, Head, Paths, Tie, head, layers};

pub(super) const FAMILY: Family = Family { model_types: &["t5", "mt5", "umt5", "longt5"], read };

const PATHS: Paths =
    Paths { layers: "decoder.block", embedding: "shared", norm: "decoder.final_layer_norm", head: "lm_head" };
const SELF: AttentionNames = AttentionNames::split(
    "layer.0.SelfAttention.q",
    "layer.0.SelfAttention.k",
    "layer.0.SelfAttention.v",
    "layer.0.SelfAttention.o",
);
const CROSS: AttentionNames = AttentionNames::split(
    "layer.1.EncDecAttention.q",
    "layer.1.EncDecAttention.k",
    "layer.1.EncDecAttention.v",
    "layer.1.EncDecAttention.o",
);

/// What the layers of one model share.
struct Blocks {
    attention: GroupedQuery,
    /// Relative positions: buckets by heads.
    table: Weight,
    /// Whether each layer has its own table, and not the first only.
    in_each: bool,
    gated: bool,
    intermediate: u64,
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (hidden, vocab) = (c.count("d_model")?, c.count("vocab_size")?);
    if c.text("encoder_attention_type")?.is_some_and(|kind| kind != "local") {
        return Err(c.unsupported("encoder_attention_type is not \"local\""));
    }
    // Published files of mT5 say so and store a head; the library's class builds none.
    if c.model_type() != "t5" && !c.flag_or("tie_word_embeddings", true)? {
        return Err(c.unsupported("tie_word_embeddings is false, which the library's class does not heed"));
    }
    let blocks = Blocks::read(c, hidden)?;
    let depth = layers(c, &["num_layers"])?;
    let class = head::class(c)?.unwrap_or("ForConditionalGeneration");
    let mut frame = Frame::new(hidden, vocab, NormKind::Rms, Tie::UnlessStated.read(c)?).named(PATHS);
    if class.ends_with("EncoderModel") {
        (frame.head, frame.paths.norm) = (Head::Nothing, "encoder.final_layer_norm");
        frame.paths.layers = "encoder.block";
        let mut model = frame.model_as_is(c, blocks.stack(depth, false))?;
        model.components.push(aliased("encoder.embed_tokens", hidden, vocab));
        return Ok(model);
    }
    frame.head = if class.ends_with("Model") && !class.ends_with("LMHeadModel") {
        Head::Nothing
    } else if class.ends_with("ForConditionalGeneration") || class.ends_with("LMHeadModel") {
        Head::Vocabulary
    } else {
        return Err(c.unsupported(format!(
            "the head of {:?} is not known",
            class.chars().take(60).collect::<String>()
        )));
    };
    let decoder_depth = if c.has("num_decoder_layers") { layers(c, &["num_decoder_layers"])? } else { depth };
    let mut model = frame.model_as_is(c, blocks.stack(decoder_depth, true))?;
    let encoder = blocks.stack(depth, false).into_iter().flat_map(|layer| layer.weights);
    let encoder = encoder.chain(NormKind::Rms.weights("final_layer_norm", hidden));
    let weights = encoder.map(|weight| weight.with_role(Role::Encoder)).collect();
    model.components.push(Component { path: "encoder".into(), kind: ComponentKind::Encoder, weights });
    model.components.push(aliased("encoder.embed_tokens", hidden, vocab));
    model.components.push(aliased("decoder.embed_tokens", hidden, vocab));
    Ok(model)
}

fn aliased(path: &'static str, hidden: u64, vocab: u64) -> Component {
    Component::text(path, vec![Weight::matrix("", Role::Embedding, vocab, hidden).alias()])
}

impl Blocks {
    fn read(c: &Config<'_>, hidden: u64) -> Result<Self, ConfigError> {
        let (heads, width) = (c.count("num_heads")?, c.count("d_kv")?);
        if heads > 1 << 16 || width > 1 << 16 {
            return Err(c.invalid("num_heads", "at most 65536 heads of at most 65536"));
        }
        let activation = c.text("feed_forward_proj")?.unwrap_or_else(|| {
            c.assume("feed_forward_proj", "relu");
            "relu"
        });
        let buckets = c.count_or("relative_attention_num_buckets", 32)?;
        Ok(Self {
            attention: GroupedQuery::new(hidden, heads, heads, width).named(SELF),
            table: Weight::matrix(
                "layer.0.SelfAttention.relative_attention_bias",
                Role::AttentionOther,
                buckets,
                heads,
            ),
            in_each: c.model_type() == "umt5",
            gated: activation.starts_with("gated-"),
            intermediate: c.count("d_ff")?,
        })
    }

    fn stack(&self, depth: u64, is_decoder: bool) -> Vec<Layer> {
        (0..depth).map(|index| self.layer(index, is_decoder)).collect()
    }

    fn layer(&self, index: u64, is_decoder: bool) -> Layer {
        let hidden = self.attention.hidden;
        let mut attention = self.attention;
        attention.cache = if is_decoder { CacheUse::Own } else { CacheUse::None };
        let mut layer = Layer::default()
            .with(NormKind::Rms.weights("layer.0.layer_norm", hidden))
            .with(attention.weights())
            .mix(attention.mixer());
        if self.in_each || index == 0 {
            layer = layer.with([self.table.clone()]);
        }
        if is_decoder {
            let cross = attention.named(CROSS);
            layer = layer
                .with(NormKind::Rms.weights("layer.1.layer_norm", hidden))
                .with(cross.weights())
                .mix(cross.cross_mixer());
        }
        let (names, norm) = if is_decoder {
            (FEED_FORWARD_2, "layer.2.layer_norm")
        } else {
            (FEED_FORWARD_1, "layer.1.layer_norm")
        };
        let mut feed_forward = FeedForward::plain(hidden, self.intermediate, false);
        feed_forward.gated = self.gated;
        layer.with(NormKind::Rms.weights(norm, hidden)).with(feed_forward.named(names).weights())
    }
}

const FEED_FORWARD_1: [&str; 3] =
    ["layer.1.DenseReluDense.wi_0", "layer.1.DenseReluDense.wi_1", "layer.1.DenseReluDense.wo"];
const FEED_FORWARD_2: [&str; 3] =
    ["layer.2.DenseReluDense.wi_0", "layer.2.DenseReluDense.wi_1", "layer.2.DenseReluDense.wo"];
