//! Architectures that no family reads, read as the usual decoder where their keys leave no doubt.
//!
//! What comes out is a guess about an unknown class, so it is marked as one and only made on request. Whatever hints at a
//! layer that the usual decoder does not have is a reason to refuse.

use serde_json::{Map, Value};
use slipstick_core::model::{
    Layer, Model, Span, Weight,
    blocks::{Experts, FeedForward, NormKind, PRE_NORM},
};

use super::{Config, ConfigError, Dims, Imported, Tie, decoder::Frame, error, families, spans};
use families::{LatentDims, experts_of, routed_layers};

/// Parts of keys that belong to recurrences, sparse or shared attention, towers, encoders or layers of many kinds.
const MARKS: &[&str] = &[
    "ssm",
    "mamba",
    "rwkv",
    "conv",
    "recurrent",
    "lru",
    "state_size",
    "linear_",
    "lightning",
    "delta",
    "kda",
    "hybrid",
    "block_config",
    "block_type",
    "attn_type",
    "attn_config",
    "ffn_config",
    "index_",
    "indexer",
    "compress",
    "sparse_attn",
    "vision",
    "audio",
    "image",
    "video",
    "encoder",
    "decoder_layers",
    "cross_attention",
    "kv_shared",
    "shared_kv",
    "use_cla",
    "cla_share",
    "per_layer",
    "altup",
    "laurel",
    "hc_mult",
    "hyper_conn",
    "zero_expert",
    "engram",
    "sink",
    "text_config",
    "thinker",
    "talker",
    "latent_size",
    "swa_",
    "global_head_dim",
    "embedding_size",
    "embed_proj",
    "interleave_moe",
    "moe_layer_start",
    "moe_layer_end",
    "moe_layer_interval",
    "expert_layer_",
    "k_eq_v",
    "chunk",
];

/// Keys that hold a mark by chance.
const HARMLESS: &[&str] =
    &["chunk_size_feed_forward", "is_encoder_decoder", "decoder_sparse_step", "add_bias_linear"];

/// Reads a configuration as [`super::import`] does, and an unknown architecture as the usual decoder: norms of a scale
/// before attention and feed-forward, grouped or latent attention, gated feed-forward or experts.
///
/// # Errors
/// As [`super::import`], and if the keys of an unknown architecture leave doubt.
pub fn import_unknown(text: &[u8]) -> Result<Imported, ConfigError> {
    import_unknown_value(&super::parse(text)?)
}

/// Reads a configuration that is already parsed.
///
/// # Errors
/// As [`import_unknown`].
pub fn import_unknown_value(value: &Value) -> Result<Imported, ConfigError> {
    match super::import_value(value) {
        Err(ConfigError::UnknownType { .. }) => {}
        Err(ConfigError::Missing { key, .. }) if key == "model_type" => {}
        known => return known,
    }
    let config = Config::root(value)?;
    if let Some(object) = value.as_object() {
        refuse_marks(&config, object)?;
    }
    let model = read(&config)?;
    let parameters = error::counted(&model)?;
    Ok(Imported { model, parameters, assumed: config.into_assumed(), assumed_architecture: true })
}

fn doubt(c: &Config<'_>, reason: impl Into<String>) -> ConfigError {
    let model_type = c.model_type().chars().take(60).collect();
    ConfigError::Ambiguous { model_type, reason: reason.into() }
}

fn refuse_marks(c: &Config<'_>, object: &Map<String, Value>) -> Result<(), ConfigError> {
    let is_idle = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(items) => items.is_empty(),
        _ => false,
    };
    let speaks = |key: &str| !HARMLESS.contains(&key) && MARKS.iter().any(|mark| key.contains(mark));
    match object.iter().find(|(key, value)| speaks(key) && !is_idle(value)) {
        Some((key, _)) => {
            let key: String = key.chars().take(60).collect();
            Err(doubt(c, format!("the key {key:?} hints at layers of another kind")))
        }
        None => Ok(()),
    }
}

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    if !c.has("rms_norm_eps") {
        return Err(doubt(c, "there is no \"rms_norm_eps\", so the kind of norm is open"));
    }
    if !c.has("tie_word_embeddings") {
        return Err(doubt(c, "there is no \"tie_word_embeddings\", so whether there is a head is open"));
    }
    let activation = c.text("hidden_act")?.unwrap_or("silu");
    if !matches!(activation, "silu" | "swish" | "swiglu") {
        return Err(doubt(c, "the activation leaves open whether the feed-forward is gated"));
    }
    let attention = Attention::read(c)?;
    let blocks = feed_forwards(c, &attention)?;
    let norms: Vec<Weight> =
        PRE_NORM.iter().flat_map(|name| NormKind::Rms.weights(*name, attention.hidden)).collect();
    let layers = attention.layers.into_iter().zip(blocks);
    let layers = layers.map(|(layer, block)| layer.with(norms.iter().cloned()).with(block)).collect();
    Frame::new(attention.hidden, attention.vocab, NormKind::Rms, Tie::OnlyIfStated.read(c)?).model(c, layers)
}

/// The attention of each layer.
struct Attention {
    hidden: u64,
    vocab: u64,
    layers: Vec<Layer>,
}

impl Attention {
    fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        if c.has("kv_lora_rank") {
            let dims = LatentDims::read(c)?;
            let layer = Layer::default().with(dims.attention.weights()).mix(dims.attention.mixer());
            let layers = (0..dims.layers).map(|_| layer.clone()).collect();
            return Ok(Self { hidden: dims.hidden, vocab: dims.vocab, layers });
        }
        let dims = Dims::read(c)?;
        let bias = c.flag_or("attention_bias", false)?;
        let mut block = dims.attention().with_bias(bias || c.flag_or("qkv_bias", false)?, bias);
        block.v_dim = c.count_or("v_head_dim", block.head_dim)?.clamp(1, 1 << 16);
        if c.flag_or("use_qk_norm", false)? || c.flag_or("qk_layernorm", false)? {
            block = block.with_head_norm(NormKind::Rms);
        }
        let layer = |span| {
            let block = block.with_span(span);
            Layer::default().with(block.weights()).mix(block.mixer())
        };
        let layers = windows(c, dims.layers)?.into_iter().map(layer).collect();
        Ok(Self { hidden: dims.hidden, vocab: dims.vocab, layers })
    }
}

/// `layer_types`, or a pattern of every so-many-th full layer, or the upper layers, or the window everywhere.
fn windows(c: &Config<'_>, layers: u64) -> Result<Vec<Span>, ConfigError> {
    let is_on = c.flag_or("use_sliding_window", true)?;
    let window = c.optional_count("sliding_window")?.filter(|tokens| is_on && *tokens > 0);
    let first = if c.has("use_sliding_window") { c.count_or("max_window_layers", 0)? } else { 0 };
    let every = c.optional_count("sliding_window_pattern")?.unwrap_or(0);
    spans::spans(c, layers, window, |layer| {
        window.is_some() && layer >= first && (every == 0 || !(layer + 1).is_multiple_of(every))
    })
}

/// The one value that several keys give, if any is written.
fn agreed(c: &Config<'_>, keys: &[&str]) -> Result<Option<u64>, ConfigError> {
    let mut found = None;
    for key in keys {
        match (found, c.optional_count(key)?) {
            (Some(first), Some(other)) if first != other => {
                return Err(doubt(c, format!("{:?} and {key:?} disagree", keys.first().unwrap_or(key))));
            }
            (None, other) => found = other,
            _ => {}
        }
    }
    Ok(found.filter(|count| *count > 0))
}

/// The feed-forward of each layer: dense, or routed after the layers that are said to be dense.
fn feed_forwards(c: &Config<'_>, attention: &Attention) -> Result<Vec<Vec<Weight>>, ConfigError> {
    let (hidden, depth) = (attention.hidden, attention.layers.len() as u64);
    let bias = c.flag_or("mlp_bias", false)?;
    let dense = |c: &Config<'_>| {
        Ok(FeedForward::gated(hidden, c.count("intermediate_size")?).with_bias(bias).weights())
    };
    let count = agreed(c, &["num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"])?;
    let Some(count) = count else {
        let block = dense(c)?;
        return Ok(vec![block; attention.layers.len()]);
    };
    let experts = experts(c, hidden, count)?.weights();
    let routed = routed(c, depth)?;
    let block = if routed.contains(&false) { dense(c)? } else { Vec::new() };
    Ok(routed.into_iter().map(|routed| if routed { experts.clone() } else { block.clone() }).collect())
}

fn experts(c: &Config<'_>, hidden: u64, count: u64) -> Result<Experts, ConfigError> {
    let active = agreed(c, &["num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k"])?;
    let active = active.ok_or_else(|| c.missing("num_experts_per_tok"))?;
    let width = match agreed(c, &["moe_intermediate_size", "expert_intermediate_size"])? {
        Some(width) => width,
        None => c.count("intermediate_size")?,
    };
    let experts = experts_of(c, hidden, width, count, active)?;
    let shared = agreed(c, &["n_shared_experts", "num_shared_experts", "moe_num_shared_experts"])?;
    let shared_width =
        agreed(c, &["shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"])?;
    Ok(match (shared, shared_width) {
        (None, None) => experts,
        (None | Some(1), Some(width)) => experts.with_shared(width, false),
        (Some(shared), None) => experts.with_shared(shared.saturating_mul(width), false),
        (Some(_), Some(_)) => {
            return Err(doubt(c, "it is open whether the shared experts' width is that of one or of all"));
        }
    })
}

/// Which layers are routed.
fn routed(c: &Config<'_>, depth: u64) -> Result<Vec<bool>, ConfigError> {
    let first = c.count_or("first_k_dense_replace", 0)?;
    let step = c.optional_count("decoder_sparse_step")?.unwrap_or(1).max(1);
    let every = c.optional_count("moe_layer_freq")?.unwrap_or(1).max(1);
    let dense = c.counts("mlp_only_layers")?.unwrap_or_default();
    routed_layers(c, depth, |layer| {
        layer >= first
            && (layer + 1).is_multiple_of(step)
            && layer.is_multiple_of(every)
            && !dense.contains(&layer)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::import, import_unknown};

    fn text(value: &Value) -> Vec<u8> {
        value.to_string().into_bytes()
    }

    /// Llama 3 8B under a name that nobody knows has Llama 3 8B's 8,030,261,248 parameters (its safetensors index).
    fn unknown() -> Value {
        json!({
            "model_type": "nobody_knows", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128_256, "rms_norm_eps": 1e-5,
            "hidden_act": "silu", "tie_word_embeddings": false,
        })
    }

    #[test]
    fn an_unknown_type_is_read_only_on_request_and_marked() {
        let config = unknown();
        assert!(import(&text(&config)).is_err());
        let imported = import_unknown(&text(&config)).unwrap();
        assert!(imported.assumed_architecture);
        assert_eq!(imported.model.parameters().total, 8_030_261_248);
    }

    #[test]
    fn a_known_type_stays_known() {
        let mut config = unknown();
        config["model_type"] = json!("llama");
        assert!(!import_unknown(&text(&config)).unwrap().assumed_architecture);
    }

    /// Mixtral 8x7B: 46,702,792,704 parameters (arXiv 2401.04088 rounds to 47B, 13B active).
    #[test]
    fn experts_are_read_from_the_usual_keys() {
        let mut config = unknown();
        config["vocab_size"] = json!(32_000);
        config["num_local_experts"] = json!(8);
        config["num_experts_per_tok"] = json!(2);
        let parameters = import_unknown(&text(&config)).unwrap().model.parameters();
        assert_eq!((parameters.total, parameters.active), (46_702_792_704, 12_879_925_248));
    }

    #[test]
    fn doubt_is_refused() {
        for (key, value) in [
            ("mamba_d_state", json!(16)),
            ("conv_kernel", json!(4)),
            ("linear_num_value_heads", json!(32)),
            ("vision_config", json!({"depth": 3})),
            ("hidden_act", json!("gelu")),
            ("rms_norm_eps", Value::Null),
            ("tie_word_embeddings", Value::Null),
            ("num_experts", json!(64)),
        ] {
            let mut config = unknown();
            config[key] = value;
            assert!(import_unknown(&text(&config)).is_err(), "{key}");
        }
        let mut config = unknown();
        config["num_experts"] = json!(8);
        config["num_local_experts"] = json!(16);
        config["num_experts_per_tok"] = json!(2);
        assert!(import_unknown(&text(&config)).unwrap_err().to_string().contains("disagree"));
    }
}
