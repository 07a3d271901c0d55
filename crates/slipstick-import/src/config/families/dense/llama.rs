//! Llama 1 to 3 and the many that share its block: RMSNorm, rotary grouped-query attention, gated feed-forward. They
//! differ in which projections have biases, and in what a checkpoint calls its parts.

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{AttentionNames, FeedForward, NormKind},
};

use super::{Config, ConfigError, Family, Paths, ResidualDecoder, Tie};

pub(super) const FAMILY: Family = Family {
    model_types: &[
        "llama",
        "code_llama",
        "Yi",
        "aquila",
        "xverse",
        "diffllama",
        "granite",
        "granite_docling_text",
        "iquestcoder",
        "hyperclovax",
        "arcee",
        "seed_oss",
        "helium",
        "ernie4_5",
        "paddleocr_vl_text",
        "orion",
        "baichuan",
        "internlm",
        "internlm2",
        "internlm3",
        "exaone",
    ],
    read,
};

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let (norm, tie) = match c.model_type() {
        "orion" => (NormKind::Layer, Tie::OnlyIfStated),
        "ernie4_5" | "paddleocr_vl_text" | "granite_docling_text" | "exaone" => {
            (NormKind::Rms, Tie::UnlessStated)
        }
        _ => (NormKind::Rms, Tie::OnlyIfStated),
    };
    let mut decoder = ResidualDecoder::read(c, norm, tie)?;
    let [qkv, out, mlp] = biases(c)?;
    decoder.attention = decoder.attention.with_bias(qkv, out);
    decoder.feed_forward = decoder.feed_forward.with_bias(mlp);
    match c.model_type() {
        "diffllama" => {
            let vector = |name| Weight::vector(name, Role::AttentionOther, decoder.dims.head_dim);
            decoder.extra = DIFFERENTIAL.into_iter().map(vector).collect();
        }
        "arcee" => {
            decoder.feed_forward =
                FeedForward::plain(decoder.dims.hidden, decoder.feed_forward.intermediate, mlp);
        }
        "helium" if decoder.dims.heads * decoder.dims.head_dim != decoder.dims.hidden => {
            return Err(ConfigError::Contradiction(format!(
                "{} heads of {} do not make up the hidden size {}",
                decoder.dims.heads, decoder.dims.head_dim, decoder.dims.hidden
            )));
        }
        "hyperclovax" if c.flag_or("use_post_norm", true)? => {
            decoder.norms = &["input_layernorm", "post_attention_layernorm", "post_norm1", "post_norm2"];
        }
        _ => {}
    }
    rename(&mut decoder, c.model_type());
    decoder.model(c)
}

/// The four vectors that weigh the second attention map against the first (arXiv 2410.05258, section 2.1).
const DIFFERENTIAL: [&str; 4] =
    ["self_attn.lambda_q1", "self_attn.lambda_k1", "self_attn.lambda_q2", "self_attn.lambda_k2"];

/// Biases on query, key and value; on the attention's output; and on the feed-forward.
fn biases(c: &Config<'_>) -> Result<[bool; 3], ConfigError> {
    let flag = |keys: &[&str]| {
        let stated = keys.iter().find(|key| c.has(key)).or(keys.first()).copied().unwrap_or_default();
        c.flag_or(stated, false)
    };
    Ok(match c.model_type() {
        "ernie4_5" | "paddleocr_vl_text" => [flag(&["use_bias"])?; 3],
        "seed_oss" => {
            [c.flag_or("attention_bias", true)?, flag(&["attention_out_bias"])?, flag(&["mlp_bias"])?]
        }
        "helium" => [flag(&["attention_bias"])?, false, flag(&["mlp_bias"])?],
        "orion" | "baichuan" => [false; 3],
        "internlm" | "internlm2" => {
            let bias = c.flag_or("bias", true)?;
            [bias, bias, false]
        }
        "internlm3" => {
            let rest = flag(&["bias", "mlp_bias"])?;
            [flag(&["qkv_bias", "attention_bias"])?, rest, rest]
        }
        _ => {
            let bias = flag(&["attention_bias"])?;
            [bias, bias, flag(&["mlp_bias"])?]
        }
    })
}

fn rename(decoder: &mut ResidualDecoder, model_type: &str) {
    match model_type {
        "baichuan" => decoder.attention.names = AttentionNames::fused("self_attn.W_pack", "self_attn.o_proj"),
        "internlm2" => {
            decoder.attention.names = AttentionNames::fused("attention.wqkv", "attention.wo");
            decoder.feed_forward.names = ["feed_forward.w1", "feed_forward.w3", "feed_forward.w2"];
            decoder.norms = &["attention_norm", "ffn_norm"];
            (decoder.frame.paths.embedding, decoder.frame.paths.head) = ("model.tok_embeddings", "output");
        }
        "exaone" => {
            decoder.attention.names = AttentionNames::split(
                "attn.attention.q_proj",
                "attn.attention.k_proj",
                "attn.attention.v_proj",
                "attn.attention.out_proj",
            );
            decoder.feed_forward.names = ["mlp.c_fc_0", "mlp.c_fc_1", "mlp.c_proj"];
            decoder.norms = &["ln_1", "ln_2"];
            decoder.frame.paths = Paths::TRANSFORMER;
        }
        _ => {}
    }
}
