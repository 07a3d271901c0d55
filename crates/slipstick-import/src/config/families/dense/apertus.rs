//! Norms on query and key heads with other feed-forwards: Hunyuan, Apertus (two matrices and a learned activation),
//! nanochat (two matrices, norms without parameters).

use slipstick_core::model::{
    Model, Role, Weight,
    blocks::{FeedForward, NormKind},
};

use super::{Config, ConfigError, Family, ResidualDecoder, Tie};

pub(super) const FAMILY: Family =
    Family { model_types: &["hunyuan_v1_dense", "apertus", "apertus1p5_text", "nanochat"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let norm = if c.model_type() == "nanochat" { NormKind::Bare } else { NormKind::Rms };
    let mut decoder = ResidualDecoder::read(c, norm, Tie::OnlyIfStated)?;
    let bias = c.flag_or("attention_bias", false)?;
    decoder.attention = decoder.attention.with_bias(bias, bias);
    if !c.flag_or("use_qk_norm", true)? {
        return Err(
            c.unsupported("use_qk_norm is false, and the library's class has those norms all the same")
        );
    }
    decoder.attention = decoder.attention.with_head_norm(norm);
    let plain = FeedForward::plain(decoder.dims.hidden, decoder.feed_forward.intermediate, false);
    match c.model_type() {
        "apertus" | "apertus1p5_text" => {
            decoder.feed_forward = plain;
            decoder.norms = &["attention_layernorm", "feedforward_layernorm"];
            if c.text("hidden_act")?.unwrap_or("xielu") == "xielu" {
                let scalar = |name| Weight::vector(name, Role::Other, 1);
                decoder.extra = vec![scalar("mlp.act_fn.alpha_p"), scalar("mlp.act_fn.alpha_n")];
            }
        }
        "nanochat" => decoder.feed_forward = plain.named(["", "mlp.fc1", "mlp.fc2"]),
        _ => {
            if c.flag_or("use_cla", false)? {
                return Err(
                    c.unsupported("use_cla is set: layers share caches in a way that is not described")
                );
            }
            (decoder.attention.names.q_norm, decoder.attention.names.k_norm) =
                ("self_attn.query_layernorm", "self_attn.key_layernorm");
        }
    }
    decoder.model(c)
}
