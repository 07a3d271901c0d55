//! GPT-J, CodeGen and Phi 1 to 2: attention and feed-forward side by side behind one LayerNorm, and a head with a bias.

use slipstick_core::model::{
    Model,
    blocks::{AttentionNames, NormKind},
};

use super::{Config, ConfigError, Dims, Family, Paths, ResidualDecoder, Tie};

pub(super) const GPTJ: Family = Family { model_types: &["gptj", "codegen"], read: read_gptj };
pub(super) const PHI: Family = Family { model_types: &["phi"], read: read_phi };

fn read_gptj(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder = ResidualDecoder::read_plain(c, Dims::read(c)?, Tie::OnlyIfStated, &["n_inner"])?;
    let names = match c.model_type() {
        "codegen" => AttentionNames::fused("attn.qkv_proj", "attn.out_proj"),
        _ => AttentionNames::split("attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.out_proj"),
    };
    decoder.attention = decoder.attention.named(names);
    decoder.feed_forward = decoder.feed_forward.named(["", "mlp.fc_in", "mlp.fc_out"]);
    decoder.norms = &["ln_1"];
    decoder.frame = decoder.frame.named(Paths::TRANSFORMER);
    decoder.frame.head_bias = true;
    decoder.model(c)
}

fn read_phi(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut decoder =
        ResidualDecoder::read_plain(c, Dims::read(c)?, Tie::OnlyIfStated, &["intermediate_size"])?;
    let names = AttentionNames { out: "self_attn.dense", ..AttentionNames::SEPARATE };
    decoder.attention = decoder.attention.named(names).with_bias(true, true);
    if c.flag_or("qk_layernorm", false)? {
        decoder.attention = decoder.attention.with_head_norm(NormKind::Layer);
    }
    decoder.feed_forward = decoder.feed_forward.named(["", "mlp.fc1", "mlp.fc2"]);
    decoder.norms = &["input_layernorm"];
    decoder.frame.paths.norm = "model.final_layernorm";
    decoder.frame.head_bias = true;
    decoder.model(c)
}
