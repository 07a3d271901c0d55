//! What a tensor is for, read off its name.

use slipstick_core::model::Part;

/// The part of a model that a tensor belongs to, by its name in a checkpoint or in a GGUF file.
///
/// Names tell less than a configuration: shared experts are counted as feed-forward, projectors as the encoder that
/// they follow. Whether a numbered layer predicts further tokens cannot be seen from one name: the summary decides that.
///
/// ```
/// # use slipstick_import::tensors::part_of;
/// assert_eq!(part_of("model.layers.3.mlp.experts.9.up_proj.weight").name(), "experts");
/// ```
pub fn part_of(name: &str) -> Part {
    let segments: Vec<&str> = name.split('.').collect();
    TESTS.iter().find(|(_, test)| test(&segments)).map_or(Part::Other, |(part, _)| *part)
}

type Test = fn(&[&str]) -> bool;

/// Tried in this order: a norm inside attention is a norm, and `linear_attn` is no attention.
const TESTS: &[(Part, Test)] = &[
    (Part::Audio, is_audio),
    (Part::Vision, is_vision),
    (Part::MultiToken, is_mtp),
    (Part::Norms, is_norm),
    (Part::LmHead, is_head),
    (Part::Embedding, is_embedding),
    (Part::Router, is_router),
    (Part::Experts, is_expert),
    (Part::Attention, is_named_attention),
    (Part::FeedForward, is_named_feed_forward),
    (Part::Recurrent, is_mixer),
    (Part::Attention, is_attention),
    (Part::FeedForward, is_feed_forward),
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
        for (checkpoint, gguf, part) in [
            ("model.embed_tokens.weight", "token_embd.weight", Part::Embedding),
            ("lm_head.weight", "output.weight", Part::LmHead),
            ("model.norm.weight", "output_norm.weight", Part::Norms),
            ("model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight", Part::Attention),
            ("model.layers.0.self_attn.q_norm.weight", "blk.0.attn_q_norm.weight", Part::Norms),
            ("model.layers.0.mlp.up_proj.weight", "blk.0.ffn_up.weight", Part::FeedForward),
            ("model.layers.3.mlp.experts.9.up_proj.weight", "blk.3.ffn_up_exps.weight", Part::Experts),
            ("model.layers.3.mlp.gate.weight", "blk.3.ffn_gate_inp.weight", Part::Router),
            (
                "model.layers.3.mlp.shared_experts.up_proj.weight",
                "blk.3.ffn_up_shexp.weight",
                Part::FeedForward,
            ),
            ("model.layers.1.linear_attn.in_proj_qkv.weight", "blk.1.ssm_in.weight", Part::Recurrent),
            ("model.visual.blocks.0.attn.qkv.weight", "v.blk.0.attn_q.weight", Part::Vision),
            ("audio_tower.layers.0.fc1.weight", "a.blk.0.ffn_up.weight", Part::Audio),
            ("mtp.layers.0.mlp.up_proj.weight", "blk.61.nextn.eh_proj.weight", Part::MultiToken),
        ] {
            assert_eq!(part_of(checkpoint), part, "{checkpoint}");
            assert_eq!(part_of(gguf), part, "{gguf}");
        }
    }

    #[test]
    fn older_namings() {
        assert_eq!(part_of("transformer.h.0.attn.c_attn.weight"), Part::Attention);
        assert_eq!(part_of("transformer.h.0.mlp.c_fc.weight"), Part::FeedForward);
        assert_eq!(part_of("transformer.h.0.ln_1.bias"), Part::Norms);
        assert_eq!(part_of("gpt_neox.layers.0.attention.query_key_value.weight"), Part::Attention);
        assert_eq!(part_of("backbone.layers.0.mixer.in_proj.weight"), Part::Recurrent);
        assert_eq!(part_of("backbone.layers.5.mixer.q_proj.weight"), Part::Attention);
        assert_eq!(part_of("layers.5.ffn.experts.0.w1.weight"), Part::Experts);
        assert_eq!(part_of("layers.5.attn.wq_a.weight"), Part::Attention);
    }
}
