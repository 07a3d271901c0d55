//! What latent, sparse and compressed attention keep, and what they compute.

use serde_json::json;
use slipstick_core::{
    model::{Layer, Mixer, Model},
    numeric::Format,
};

use super::{deepseek_v3, deepseek_v4_flash, deepseek_v32, longcat_flash, model};

fn first_mixer(model: &Model) -> Mixer {
    *model.layers.iter().flat_map(Layer::mixers).next().expect("the model has an attention")
}

/// DeepSeek-V3 keeps 512 + 64 elements a layer: 70,272 bytes a token at 16 bit, "70 KB" in arXiv 2505.09343, table 1.
#[test]
fn a_latent_is_kept_once_for_all_heads() {
    let cache = model(&deepseek_v3()).cache(Format::BF16);
    assert_eq!((cache.bytes_per_token, cache.index_bytes_per_token), (70_272, 0));
}

/// V3.2's indexers add a key of 128 in each of 61 layers. GLM-5.2 shares them: 21 of 78 layers have their own.
#[test]
fn index_keys_are_kept_where_a_layer_has_its_own() {
    let cache = model(&deepseek_v32()).cache(Format::BF16);
    assert_eq!((cache.bytes_per_token, cache.index_bytes_per_token), (70_272, 15_616));
    let glm = model(&json!({
        "model_type": "glm_moe_dsa", "vocab_size": 154_880, "hidden_size": 6144, "intermediate_size": 12_288,
        "moe_intermediate_size": 2048, "num_hidden_layers": 78, "first_k_dense_replace": 3,
        "num_attention_heads": 64, "q_lora_rank": 2048, "kv_lora_rank": 512, "qk_nope_head_dim": 192,
        "qk_rope_head_dim": 64, "v_head_dim": 256, "n_routed_experts": 256, "n_shared_experts": 1,
        "num_experts_per_tok": 8, "index_n_heads": 32, "index_head_dim": 128, "index_topk": 2048,
        "index_topk_freq": 4, "index_skip_topk_offset": 3,
    }));
    assert_eq!(glm.cache(Format::BF16).index_bytes_per_token, 21 * 256);
    assert_eq!(glm.cache(Format::BF16).bytes_per_token, 89_856);
    // A sequence's cache holds both.
    assert_eq!(glm.cache_bytes(Format::BF16, 1000).get(), (89_856 + 5_376) * 1000);
}

/// V4-Flash: 21 layers keep 512 + 128 elements for 4 tokens, 20 layers 512 for 128, and all keep 128 tokens exactly;
/// the first two layers keep nothing else.
#[test]
fn a_compressed_cache_grows_by_a_fraction_of_a_row() {
    let flash = model(&deepseek_v4_flash());
    let cache = flash.cache(Format::BF16);
    assert_eq!(cache.bytes_per_token, 21 * (512 + 128) * 2 / 4 + 20 * 512 * 2 / 128);
    assert_eq!((cache.sliding_window, cache.sliding_bytes_per_token), (Some(128), 43 * 1024));
    let kinds = flash.layer_kinds();
    assert_eq!((kinds.full_attention, kinds.sliding_window, kinds.total), (41, 2, 43));
    let tokens = 131_072;
    let window = 43 * 128 * 1024;
    assert_eq!(flash.cache_bytes(Format::BF16, tokens).get(), cache.bytes_per_token * tokens + window);
}

/// Absorbed, a head works on the latent (512 + 64 for scores, 512 for values); expanded, on 192 and 128.
#[test]
fn latent_attention_costs_more_in_the_latent_space() {
    let mixer = first_mixer(&model(&deepseek_v3()));
    let per_pair = |absorbed| mixer.flops_per_token(1000.0, absorbed) / (2.0 * 128.0 * 1000.0);
    assert!((per_pair(true) - 1088.0).abs() < 1e-9 && (per_pair(false) - 320.0).abs() < 1e-9);
}

/// Beyond 2048 tokens V3.2 attends to 2048, and only the 64 index heads of 128 still see everything.
#[test]
fn sparse_attention_scores_everything_and_attends_to_the_best() {
    let mixer = first_mixer(&model(&deepseek_v32()));
    let at = |context| mixer.flops_per_token(context, true);
    let attended = 2.0 * 2048.0 * 128.0 * 1088.0;
    assert!((at(32_768.0) - (attended + 2.0 * 32_768.0 * 64.0 * 128.0)).abs() < 1.0);
    // Each token picks its own, so a prompt is attended to in the latent space as well.
    assert!((mixer.flops_per_token(32_768.0, false) - at(32_768.0)).abs() < 1.0);
    let dense = first_mixer(&model(&deepseek_v3())).flops_per_token(131_072.0, true);
    assert!(dense / at(131_072.0) > 10.0);
}

/// A V4 layer that pools 128 tokens sees its window and one entry for each 128 tokens; one that picks sees its window
/// and 512 of the entries for 4 tokens, after scoring all of them.
#[test]
fn compressed_attention_sees_its_window_and_entries() {
    let flash = model(&deepseek_v4_flash());
    let at = |layer: usize| flash.layers[layer].mixers[0].flops_per_token(65_536.0, true);
    let per_entry = 4.0 * 64.0 * 512.0;
    assert!((at(0) - 128.0 * per_entry).abs() < 1.0);
    assert!((at(3) - (128.0 + 512.0) * per_entry).abs() < 1.0);
    let scoring = 2.0 * 16_384.0 * 64.0 * 128.0;
    assert!((at(2) - ((128.0 + 512.0) * per_entry + scoring)).abs() < 1.0);
}

/// `LongCat`-Flash runs two latent attentions in each of its 28 layers, so it keeps 56 caches.
#[test]
fn two_attentions_in_a_layer_keep_two_caches() {
    let model = model(&longcat_flash());
    assert_eq!(model.layer_kinds().full_attention, 56);
    assert_eq!(model.cache(Format::BF16).bytes_per_token, 56 * 576 * 2);
}
