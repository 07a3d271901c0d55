//! Parameters, prediction blocks and block scales add up to what the checkpoints hold.

use serde_json::json;
use slipstick_core::model::{Model, Role, Weight};

use super::{deepseek_v3, deepseek_v4_flash, deepseek_v32, longcat_flash, model, with};

/// Scales of 128 by 128 blocks: one for each begun block of every linear layer but router, head and embedding.
fn block_scales<'a>(weights: impl Iterator<Item = &'a Weight>) -> u64 {
    let is_linear = |weight: &&Weight| {
        !weight.is_vector()
            && !matches!(weight.role, Role::Embedding | Role::LmHead | Role::Router | Role::MultiToken)
    };
    weights
        .filter(is_linear)
        .map(|weight| weight.rows.div_ceil(128) * weight.cols.div_ceil(128) * weight.copies)
        .sum()
}

fn sparse_layers(model: &Model) -> u64 {
    let is_sparse = |weights: &[Weight]| weights.iter().any(|weight| weight.role == Role::Router);
    model.layers.iter().filter(|layer| is_sparse(&layer.weights)).count() as u64
}

/// The hub's total for the safetensors of deepseek-ai/DeepSeek-V3 is 684,531,386,000 (read 2026-11): the model, the
/// prediction block with its own embedding and head, one bias for each expert of each routed layer, and block scales.
#[test]
fn deepseek_v3_is_its_checkpoint() {
    let model = model(&deepseek_v3());
    let counts = model.parameters();
    assert_eq!(counts.total, 671_026_404_352);
    assert_eq!(counts.multi_token, 13_463_426_304);
    let scales = block_scales(model.weights().chain(model.multi_token_weights()));
    assert_eq!(scales, 41_540_496);
    assert_eq!(counts.total + counts.multi_token + sparse_layers(&model) * 256 + scales, 684_531_386_000);
}

/// 685,396,921,376 for V3.2 (read 2026-11), whose indexers are in 8 bit too, but for the small weighting of heads.
#[test]
fn deepseek_v32_is_its_checkpoint() {
    let model = model(&deepseek_v32());
    let counts = model.parameters();
    assert_eq!((counts.total, counts.multi_token), (671_877_929_216, 13_477_385_728));
    let coded = |weight: &&Weight| weight.name != "self_attn.indexer.weights_proj";
    let scales = block_scales(model.weights().chain(model.multi_token_weights()).filter(coded));
    let sum = counts.total + counts.multi_token + sparse_layers(&model) * 256 + scales;
    assert_eq!(sum, 685_396_921_376);
}

/// 861,608,274,846 elements for deepseek-ai/DeepSeek-V4-Pro (read 2026-11): two expert weights share one, with a scale for
/// each 32; the other linear layers have block scales, but for compressors and the index's weighting of heads; the first
/// three routers choose by a table of six experts for each token of the vocabulary, the others have a bias.
#[test]
fn deepseek_v4_is_its_checkpoint() {
    let mut ratios = vec![128, 128];
    ratios.extend((2..61).map(|layer: u64| if layer.is_multiple_of(2) { 4 } else { 128 }));
    ratios.push(0);
    let change = json!({
        "hidden_size": 7168, "moe_intermediate_size": 3072, "num_hidden_layers": 61, "num_attention_heads": 128,
        "q_lora_rank": 1536, "o_groups": 16, "n_routed_experts": 384, "index_topk": 1024, "compress_ratios": ratios,
        "num_nextn_predict_layers": 1,
    });
    let model = model(&with(deepseek_v4_flash(), &change));
    let counts = model.parameters();
    assert_eq!((counts.total, counts.experts), (1_572_997_179_491, 1_547_396_186_112));
    let all = || model.weights().chain(model.multi_token_weights());
    let experts: u64 = all().filter(|weight| weight.role.is_expert()).map(Weight::parameters).sum();
    let is_plain = |weight: &&Weight| {
        weight.role.is_expert()
            || weight.role == Role::Other
            || weight.role == Role::Table
            || weight.name.contains("compressor")
            || weight.name == "attn.indexer.weights_proj"
    };
    let joints = 2 * (7168_u64 / 128).pow(2);
    let scales = block_scales(all().filter(|weight| !is_plain(weight))) + joints;
    let routers = 3 * 129_280 * 6 + 58 * 384;
    let stored = counts.total + counts.multi_token - experts + experts / 2 + experts / 32;
    assert_eq!(stored + scales + routers, 861_608_274_846);
}

/// 228,703,644,928 for MiniMaxAI/MiniMax-M2.5 (read 2026-11), which declares prediction blocks but ships none.
#[test]
fn minimax_m2_is_its_checkpoint() {
    let model = model(&json!({
        "model_type": "minimax_m2", "vocab_size": 200_064, "hidden_size": 3072, "intermediate_size": 1536,
        "num_hidden_layers": 62, "num_attention_heads": 48, "num_key_value_heads": 8, "head_dim": 128,
        "num_local_experts": 256, "num_experts_per_tok": 8, "num_mtp_modules": 3, "tie_word_embeddings": false,
    }));
    let counts = model.parameters();
    let scales = block_scales(model.weights());
    assert_eq!((counts.total, counts.multi_token, scales), (228_689_748_992, 0, 13_880_064));
    assert_eq!(counts.total + 62 * 256 + scales, 228_703_644_928);
}

/// The hub's totals of zai-org/GLM-4.5-Air, 110,468,824,832, and GLM-4.7-Flash, 31,221,488,576 (read 2026-11), hold one
/// prediction block and the biases of the routers.
#[test]
fn glm_is_its_checkpoint() {
    let air = model(&json!({
        "model_type": "glm4_moe", "vocab_size": 151_552, "hidden_size": 4096, "intermediate_size": 10_944,
        "moe_intermediate_size": 1408, "num_hidden_layers": 46, "first_k_dense_replace": 1,
        "num_attention_heads": 96, "num_key_value_heads": 8, "head_dim": 128, "attention_bias": true,
        "use_qk_norm": false, "n_routed_experts": 128, "n_shared_experts": 1, "num_experts_per_tok": 8,
        "num_nextn_predict_layers": 1,
    }));
    let flash = model(&json!({
        "model_type": "glm4_moe_lite", "vocab_size": 154_880, "hidden_size": 2048, "intermediate_size": 10_240,
        "moe_intermediate_size": 1536, "num_hidden_layers": 47, "first_k_dense_replace": 1,
        "num_attention_heads": 20, "q_lora_rank": 768, "kv_lora_rank": 512, "qk_nope_head_dim": 192,
        "qk_rope_head_dim": 64, "v_head_dim": 256, "n_routed_experts": 64, "n_shared_experts": 1,
        "num_experts_per_tok": 4, "num_nextn_predict_layers": 1,
    }));
    for (model, experts, published) in [(air, 128, 110_468_824_832), (flash, 64, 31_221_488_576)] {
        let counts = model.parameters();
        assert_eq!(counts.total + counts.multi_token + sparse_layers(&model) * experts, published);
    }
}

/// 561,862,880,256 for meituan-longcat/LongCat-Flash-Chat (read 2026-11): a bias for each choice of the 28 routers, and a
/// prediction block with a copy of the embedding.
#[test]
fn longcat_is_its_checkpoint() {
    let counts = model(&longcat_flash()).parameters();
    assert_eq!(counts.total, 560_664_958_976);
    assert_eq!(counts.total + counts.multi_token + 28 * (512 + 256), 561_862_880_256);
}

/// DeepSeek-V2-Lite has 15.7 billion parameters with 2.4 billion active (arXiv 2405.04434, appendix B) and plain queries.
#[test]
fn queries_are_plain_without_a_rank() {
    let change = json!({
        "model_type": "deepseek_v2", "architectures": ["DeepseekV2ForCausalLM"], "vocab_size": 102_400, "hidden_size": 2048, "intermediate_size": 10_944,
        "moe_intermediate_size": 1408, "num_hidden_layers": 27, "first_k_dense_replace": 1,
        "num_attention_heads": 16, "num_key_value_heads": 16, "q_lora_rank": null,
        "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6,
    });
    let counts = model(&with(deepseek_v3(), &change)).parameters();
    assert_eq!(counts.total, 15_706_484_224);
    assert_eq!((counts.active - counts.embedding) / 100_000_000, 24);
}
