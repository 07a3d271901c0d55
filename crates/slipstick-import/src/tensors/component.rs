//! What a tensor is for, read off its name.

use core::fmt;

/// The part of a model that a tensor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Token and position tables.
    Embedding,
    /// Attention projections.
    Attention,
    /// Recurrent and linear-attention mixers: Mamba, delta nets, RWKV, short convolutions.
    Mixer,
    /// Dense feed-forward and shared experts.
    FeedForward,
    /// Routed experts.
    Experts,
    /// What picks the experts.
    Router,
    /// Norms of every kind.
    Norm,
    /// The output head.
    Head,
    /// Vision towers and their projectors.
    Vision,
    /// Audio towers and their projectors.
    Audio,
    /// Multi-token prediction.
    Mtp,
    /// Everything else.
    Other,
}

impl Component {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Attention => "attention",
            Self::Mixer => "mixer",
            Self::FeedForward => "feed_forward",
            Self::Experts => "experts",
            Self::Router => "router",
            Self::Norm => "norm",
            Self::Head => "head",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::Mtp => "mtp",
            Self::Other => "other",
        }
    }

    /// The component of a tensor, by its name in a checkpoint or in a GGUF file.
    ///
    /// Whether a numbered layer predicts further tokens cannot be seen from one name: the summary decides that.
    pub fn of(name: &str) -> Self {
        let segments: Vec<&str> = name.split('.').collect();
        TESTS.iter().find(|(_, test)| test(&segments)).map_or(Self::Other, |(component, _)| *component)
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

type Test = fn(&[&str]) -> bool;

/// Tried in this order: a norm inside attention is a norm, and `linear_attn` is no attention.
const TESTS: &[(Component, Test)] = &[
    (Component::Audio, is_audio),
    (Component::Vision, is_vision),
    (Component::Mtp, is_mtp),
    (Component::Norm, is_norm),
    (Component::Head, is_head),
    (Component::Embedding, is_embedding),
    (Component::Router, is_router),
    (Component::Experts, is_expert),
    (Component::Attention, is_named_attention),
    (Component::FeedForward, is_named_feed_forward),
    (Component::Mixer, is_mixer),
    (Component::Attention, is_attention),
    (Component::FeedForward, is_feed_forward),
];

fn any(segments: &[&str], test: impl Fn(&str) -> bool) -> bool {
    segments.iter().any(|segment| test(segment))
}

fn is_audio(segments: &[&str]) -> bool {
    segments.first() == Some(&"a") || any(segments, |s| s.contains("audio") || s.contains("speech"))
}

fn is_vision(segments: &[&str]) -> bool {
    matches!(segments.first(), Some(&("v" | "mm")))
        || any(segments, |s| {
            ["vision", "visual", "image", "multi_modal", "mm_projector", "patch_merge"]
                .iter()
                .any(|word| s.contains(word))
                || s == "vit"
        })
}

fn is_mtp(segments: &[&str]) -> bool {
    any(segments, |s| s == "mtp" || s == "nextn" || s.starts_with("mtp_"))
}

fn is_norm(segments: &[&str]) -> bool {
    any(segments, |s| s.contains("norm") || s == "ln" || s.starts_with("ln_"))
}

fn is_head(segments: &[&str]) -> bool {
    any(segments, |s| matches!(s, "lm_head" | "embed_out"))
        || matches!(segments, ["output" | "head" | "cls" | "score" | "classifier", ..])
}

fn is_embedding(segments: &[&str]) -> bool {
    any(segments, |s| {
        matches!(s, "wte" | "wpe" | "shared" | "token_embd" | "position_embd" | "token_types")
            || s == "embed"
            || s.starts_with("embed_")
            || s.contains("embedding")
            || s.starts_with("per_layer_token_embd")
    })
}

fn is_router(segments: &[&str]) -> bool {
    any(segments, |s| {
        matches!(s, "router" | "gate" | "e_score_correction_bias" | "ffn_gate_inp" | "shared_expert_gate")
            || s.starts_with("exp_probs_b")
            || s == "ffn_gate_inp_shexp"
    }) && !any(segments, |s| s == "self_attn")
}

fn is_expert(segments: &[&str]) -> bool {
    any(segments, |s| s == "experts" || s == "switch_mlp" || s.ends_with("_exps"))
}

fn is_named_attention(segments: &[&str]) -> bool {
    any(segments, |s| matches!(s, "q_proj" | "k_proj" | "v_proj" | "o_proj" | "qkv_proj" | "self_attn"))
        && !any(segments, |s| matches!(s, "linear_attn" | "mamba"))
}

fn is_named_feed_forward(segments: &[&str]) -> bool {
    any(segments, |s| {
        matches!(
            s,
            "mlp" | "up_proj" | "down_proj" | "gate_proj" | "gate_up_proj" | "feed_forward" | "shared_mlp"
        ) || s.starts_with("shared_expert")
            || s.ends_with("_shexp")
    })
}

fn is_mixer(segments: &[&str]) -> bool {
    any(segments, |s| {
        matches!(s, "mamba" | "mixer" | "linear_attn" | "conv" | "conv1d" | "rwkv")
            || s.starts_with("ssm")
            || s.starts_with("time_mix")
            || s.starts_with("shortconv")
    })
}

fn is_attention(segments: &[&str]) -> bool {
    any(segments, |s| s.contains("attn") || s.contains("attention") || s == "query_key_value")
}

fn is_feed_forward(segments: &[&str]) -> bool {
    any(segments, |s| {
        s.starts_with("ffn")
            || s.starts_with("channel_mix")
            || matches!(s, "fc1" | "fc2" | "fc_in" | "fc_out" | "w1" | "w2" | "w3" | "c_fc")
            || matches!(s, "dense_h_to_4h" | "dense_4h_to_h" | "DenseReluDense" | "intermediate")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_and_gguf_agree() {
        for (checkpoint, gguf, component) in [
            ("model.embed_tokens.weight", "token_embd.weight", Component::Embedding),
            ("lm_head.weight", "output.weight", Component::Head),
            ("model.norm.weight", "output_norm.weight", Component::Norm),
            ("model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight", Component::Attention),
            ("model.layers.0.self_attn.q_norm.weight", "blk.0.attn_q_norm.weight", Component::Norm),
            ("model.layers.0.mlp.up_proj.weight", "blk.0.ffn_up.weight", Component::FeedForward),
            ("model.layers.3.mlp.experts.9.up_proj.weight", "blk.3.ffn_up_exps.weight", Component::Experts),
            ("model.layers.3.mlp.gate.weight", "blk.3.ffn_gate_inp.weight", Component::Router),
            (
                "model.layers.3.mlp.shared_experts.up_proj.weight",
                "blk.3.ffn_up_shexp.weight",
                Component::FeedForward,
            ),
            ("model.layers.1.linear_attn.in_proj_qkv.weight", "blk.1.ssm_in.weight", Component::Mixer),
            ("model.visual.blocks.0.attn.qkv.weight", "v.blk.0.attn_q.weight", Component::Vision),
            ("audio_tower.layers.0.fc1.weight", "a.blk.0.ffn_up.weight", Component::Audio),
            ("mtp.layers.0.mlp.up_proj.weight", "blk.61.nextn.eh_proj.weight", Component::Mtp),
        ] {
            assert_eq!(Component::of(checkpoint), component, "{checkpoint}");
            assert_eq!(Component::of(gguf), component, "{gguf}");
        }
    }

    #[test]
    fn older_namings() {
        assert_eq!(Component::of("transformer.h.0.attn.c_attn.weight"), Component::Attention);
        assert_eq!(Component::of("transformer.h.0.mlp.c_fc.weight"), Component::FeedForward);
        assert_eq!(Component::of("transformer.h.0.ln_1.bias"), Component::Norm);
        assert_eq!(Component::of("gpt_neox.layers.0.attention.query_key_value.weight"), Component::Attention);
        assert_eq!(Component::of("backbone.layers.0.mixer.in_proj.weight"), Component::Mixer);
        assert_eq!(Component::of("backbone.layers.5.mixer.q_proj.weight"), Component::Attention);
        assert_eq!(Component::of("layers.5.ffn.experts.0.w1.weight"), Component::Experts);
        assert_eq!(Component::of("layers.5.attn.wq_a.weight"), Component::Attention);
    }
}
