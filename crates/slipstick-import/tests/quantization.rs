//! What published quantisation configs say of a module, each checked against what its checkpoint holds.
//!
//! Sources: `config.json` and `hf_quant_config.json` of the repositories named, as of 2026-08; lists are cut to the
//! entries that a row asks about.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use serde_json::{Value, json};
use slipstick_core::{
    model::{Checkpoint, FormatRules as _, Place},
    numeric::{Format, QuantScheme, ScalarFormat},
};
use slipstick_import::{
    config::import_value,
    quantization::{QuantError, parse, parse_hf_quant_config},
};

const BF16: Format = Format::BF16;
const UP: &str = "model.layers.5.mlp.up_proj";
const EXPERT: &str = "model.layers.5.mlp.experts.up_proj";
const ATTENTION: &str = "model.layers.5.self_attn.o_proj";
const SHARED: &str = "model.layers.5.mlp.shared_experts.up_proj";

fn scheme(section: &Value) -> QuantScheme {
    parse(&json!({"quantization_config": section})).unwrap().unwrap()
}

fn check(scheme: &QuantScheme, modules: &[(&str, Format)]) {
    for (module, format) in modules {
        assert_eq!(scheme.format_of(module, BF16), *format, "{} {module}", scheme.method);
    }
    assert_eq!(scheme.format_of("lm_head", BF16), BF16, "{}", scheme.method);
    assert_eq!(scheme.embedding_format("model.embed_tokens", BF16), BF16, "{}", scheme.method);
}

#[test]
fn integers_in_groups() {
    let int4 = |group| Format::IntGroup { bits: 4, group, zeros: true };
    let gptq = scheme(&json!({"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": true,
        "dynamic": {"-:.*\\.self_attn\\.o_proj": {}, "+:.*\\.mlp\\.shared_experts\\..*": {"bits": 8}}}));
    check(&gptq, &[(UP, int4(128)), (ATTENTION, BF16), ("model.visual.blocks.0.mlp.up_proj", BF16)]);
    assert_eq!(gptq.packed_bits(SHARED), Some(8));
    let awq = scheme(&json!({"quant_method": "awq", "bits": 4, "group_size": 64, "zero_point": true,
        "modules_to_not_convert": ["gate"]}));
    check(&awq, &[(UP, int4(64)), ("model.layers.0.block_sparse_moe.gate", BF16)]);
    // TheBloke's files of groups of -1: one scale and one zero point a row.
    for bits in [3, 4, 8] {
        let row = Format::IntChannel { bits, zeros: true };
        check(&scheme(&json!({"quant_method": "gptq", "bits": bits, "group_size": -1})), &[(UP, row)]);
        let (rows, cols) = (11_008, 4096);
        let bytes = rows * cols * u64::from(bits) / 8 + rows * 2 + rows * u64::from(bits) / 8;
        assert_eq!(row.tensor(rows, cols).get(), bytes);
    }
}

#[test]
fn bits_and_bytes() {
    let nf4 = json!({"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4"});
    check(&scheme(&nf4), &[(UP, Format::Nf4), (ATTENTION, Format::Nf4)]);
    let double = json!({"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_use_double_quant": true,
        "llm_int8_skip_modules": ["model.layers.5.mlp"]});
    check(&scheme(&double), &[(UP, BF16), (ATTENTION, Format::Nf4Double)]);
    let int8 = json!({"quant_method": "bitsandbytes", "load_in_8bit": true, "load_in_4bit": false});
    check(&scheme(&int8), &[(UP, Format::Int8Channel)]);
}

/// deepseek-ai/DeepSeek-V3, DeepSeek-V4-Pro; mistralai/Devstral-Small-2-24B-Instruct-2512; MiniMaxAI/MiniMax-M2.5.
#[test]
fn eight_bit_floats() {
    let tiles = json!({"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]});
    check(&scheme(&tiles), &[(UP, Format::Fp8Block128), (EXPERT, Format::Fp8Block128)]);
    let experts = parse(&json!({"expert_dtype": "fp4", "quantization_config": tiles})).unwrap().unwrap();
    check(
        &experts,
        &[(EXPERT, Format::Mxfp4), (SHARED, Format::Fp8Block128), (ATTENTION, Format::Fp8Block128)],
    );
    let devstral = json!({"quant_method": "fp8", "activation_scheme": "static", "weight_block_size": null,
        "modules_to_not_convert": ["model.vision_tower", "model.multi_modal_projector", "lm_head"]});
    let tower = "model.vision_tower.transformer.layers.0.attention.q_proj";
    check(&scheme(&devstral), &[(UP, Format::Fp8Tensor), (tower, BF16)]);
    let minimax = json!({"quant_method": "fp8", "weight_block_size": [128, 128],
        "modules_to_not_convert": ["gate", "e_score_correction_bias", "lm_head"]});
    check(&scheme(&minimax), &[(EXPERT, Format::Fp8Block128), ("model.layers.5.mlp.gate", BF16)]);
    let odd = json!({"quantization_config": {"quant_method": "fp8", "weight_block_size": [64, 64]}});
    assert!(matches!(parse(&odd), Err(QuantError::Unsupported { .. })));
}

/// moonshotai/Kimi-K2.5, whose dense and shared feed-forward stay in 16 bits, and Kimi-K3 in MXFP4.
#[test]
fn compressed_tensors() {
    let group = |weights: Value| {
        json!({"quant_method": "compressed-tensors",
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights}},
        "ignore": ["lm_head", "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"],
        "kv_cache_scheme": {"num_bits": 8, "type": "float"}})
    };
    let int4 =
        json!({"num_bits": 4, "type": "int", "strategy": "group", "group_size": 32, "symmetric": true});
    let k25 = scheme(&group(int4));
    let format = Format::IntGroup { bits: 4, group: 32, zeros: false };
    check(&k25, &[(EXPERT, format), (UP, BF16), (SHARED, BF16), (ATTENTION, BF16)]);
    assert_eq!(k25.kv_cache, Some(Format::Plain(ScalarFormat::Fp8E4m3)));
    for (weights, format) in [
        (json!({"num_bits": 4, "type": "float", "strategy": "group", "group_size": 32}), Format::Mxfp4),
        (
            json!({"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16}),
            Format::Nvfp4,
        ),
        (
            json!({"num_bits": 8, "type": "float", "strategy": "channel", "group_size": null}),
            Format::Fp8Channel,
        ),
        (json!({"num_bits": 8, "type": "float", "strategy": "tensor"}), Format::Fp8Tensor),
        (
            json!({"num_bits": 8, "type": "float", "strategy": "block", "block_structure": [128, 128]}),
            Format::Fp8Block128,
        ),
        (json!({"num_bits": 8, "type": "int", "strategy": "channel"}), Format::Int8Channel),
    ] {
        check(&scheme(&group(weights)), &[(EXPERT, format)]);
    }
    let odd = json!({"num_bits": 3, "type": "float", "strategy": "channel"});
    assert!(parse(&json!({"quantization_config": group(odd)})).is_err());
}

/// openai/gpt-oss-120b: only the experts.
#[test]
fn mxfp4_experts() {
    let section = json!({"quant_method": "mxfp4", "modules_to_not_convert":
        ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]});
    check(
        &scheme(&section),
        &[(EXPERT, Format::Mxfp4), (ATTENTION, BF16), ("model.layers.5.mlp.router", BF16)],
    );
}

/// nvidia/DeepSeek-V3.1-NVFP4, GLM-5.2-NVFP4, Qwen3.6-35B-A3B-NVFP4, Llama-3.1-70B-Instruct-FP8.
#[test]
fn modelopt_exports() {
    let hf = |quantization: Value| {
        parse_hf_quant_config(
            &serde_json::to_vec(&json!({"producer": {"name": "modelopt"},
            "quantization": quantization}))
            .unwrap(),
        )
    };
    let v31 = hf(json!({"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8", "group_size": 16,
        "exclude_modules": ["lm_head", "model.layers.5.self_attn.q_a_proj", "model.layers.5.self_attn.kv_b_proj"]}))
    .unwrap();
    check(
        &v31,
        &[(EXPERT, Format::Nvfp4), (ATTENTION, Format::Nvfp4), ("model.layers.5.self_attn.kv_b_proj", BF16)],
    );
    assert_eq!(v31.kv_cache, Some(Format::Plain(ScalarFormat::Fp8E4m3)));
    let glm = hf(json!({"quant_algo": "NVFP4", "group_size": 16, "exclude_modules": ["lm_head", "model.embed_tokens",
        "model.layers.0*", "model.layers.1.*", "model.layers.5.mlp.shared_experts*", "model.layers.5.self_attn*"]}))
    .unwrap();
    check(&glm, &[(EXPERT, Format::Nvfp4), (SHARED, BF16), (ATTENTION, BF16)]);
    check(
        &glm,
        &[("model.layers.1.mlp.up_proj", BF16), ("model.layers.10.mlp.experts.up_proj", Format::Nvfp4)],
    );
    let mixed = json!({"quant_algo": "MIXED_PRECISION", "kv_cache_quant_algo": null, "quantized_layers": {
        "model.language_model.layers.5.linear_attn.out_proj": {"quant_algo": "FP8"},
        "model.language_model.layers.5.mlp.experts": {"quant_algo": "W4A16_NVFP4", "group_size": 16},
        "model.language_model.layers.5.mlp.shared_expert.up_proj": {"quant_algo": "W4A16_NVFP4", "group_size": 16}}});
    let qwen = hf(mixed.clone()).unwrap();
    let linear = "model.language_model.layers.5.linear_attn.out_proj";
    check(
        &qwen,
        &[(EXPERT, Format::Nvfp4), (SHARED, Format::Nvfp4), (linear, Format::Fp8Tensor), (ATTENTION, BF16)],
    );
    let fp8 = hf(json!({"quant_algo": "FP8", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}))
        .unwrap();
    check(&fp8, &[(UP, Format::Fp8Tensor)]);
    // nvidia/MiniMax-M3-NVFP4 lists 21,888 experts by their numbers, nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4 as many
    // as it has; taken as modules of their own they left all experts in 16 bits.
    let listed = |second: &str| {
        hf(json!({"quant_algo": "MIXED_PRECISION", "quantized_layers": {
            "language_model.model.layers.5.self_attn.o_proj": {"quant_algo": "MXFP8"},
            "language_model.model.layers.5.block_sparse_moe.experts.0.w1": {"quant_algo": "NVFP4", "group_size": 16},
            "language_model.model.layers.5.block_sparse_moe.experts.1.w2": {"quant_algo": second}}}))
    };
    let numbered = "model.layers.5.mlp.experts.*.down_proj";
    check(
        &listed("NVFP4").unwrap(),
        &[(numbered, Format::Nvfp4), (ATTENTION, Format::Mxfp8), (SHARED, BF16)],
    );
    assert!(listed("FP8").unwrap_err().to_string().contains("experts have several formats"));
    // An export that does not say what it spares says so in its scheme.
    assert_eq!(hf(json!({"quant_algo": "NVFP4"})).unwrap().notes.len(), 1);
    assert!(hf(json!({"quant_algo": "MIXED_PRECISION", "quantized_layers": {}})).is_err());
    assert!(hf(json!({"quant_algo": "NVFP5"})).is_err());
    // The same under an fp8 checkpoint: what is not listed stays in tiles (nvidia/DeepSeek-V4-Pro-NVFP4).
    let mut over_fp8 = mixed;
    over_fp8["quant_method"] = json!("fp8");
    over_fp8["weight_block_size"] = json!([128, 128]);
    check(&scheme(&over_fp8), &[(EXPERT, Format::Nvfp4), (ATTENTION, Format::Fp8Block128)]);
}

/// nvidia/Gemma-4-26B-A4B-NVFP4 spares each layer's `mlp`, router and attention: its experts stand beside them.
#[test]
fn experts_beside_a_dense_block_are_not_in_it() {
    let config = json!({"model_type": "gemma4_text", "enable_moe_block": true, "num_experts": 8, "top_k_experts": 2,
        "moe_intermediate_size": 64, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 6,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "global_head_dim": 64, "vocab_size": 1000,
        "hidden_size_per_layer_input": 0, "num_kv_shared_layers": 0});
    let model = import_value(&config).unwrap().model;
    let kept: Vec<String> = (0..6)
        .flat_map(|layer| {
            ["mlp", "router", "self_attn"].map(|part| format!("model.language_model.layers.{layer}.{part}*"))
        })
        .collect();
    let nvfp4 = scheme(&json!({"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": kept}));
    let rules = Checkpoint { scheme: &nvfp4, plain: BF16 };
    for weight in model.layers[0].weights.iter().filter(|weight| weight.cols > 1) {
        let place = Place { parent: "model.layers", layer: Some(0), name: &weight.name };
        let expected = if weight.role.is_expert() { Format::Nvfp4 } else { BF16 };
        assert_eq!(rules.format_of(place, weight), expected, "{}", weight.name);
    }
}

/// amd/Llama-3.1-70B-Instruct-FP8-KV, and the schemes of amd/DeepSeek-R1-MXFP4 as vLLM tells them apart.
#[test]
fn quark() {
    let fp8 = json!({"dtype": "fp8_e4m3", "qscheme": "per_tensor", "is_dynamic": false, "symmetric": true});
    let with_cache = scheme(&json!({"quant_method": "quark", "exclude": ["lm_head"],
        "export": {"kv_cache_group": ["*k_proj", "*v_proj"], "weight_format": "real_quantized"},
        "global_quant_config": {"weight": fp8, "input_tensors": fp8},
        "layer_quant_config": {"*k_proj": {"weight": fp8, "output_tensors": fp8}}}));
    check(&with_cache, &[(UP, Format::Fp8Tensor), ("model.layers.5.self_attn.k_proj", Format::Fp8Tensor)]);
    assert_eq!(with_cache.kv_cache, Some(Format::Plain(ScalarFormat::Fp8E4m3)));
    let fp4 = json!({"dtype": "fp4", "qscheme": "per_group", "group_size": 32, "scale_format": "e8m0"});
    let channel = json!({"dtype": "fp8_e4m3", "qscheme": "per_channel"});
    let mixed = scheme(&json!({"quant_method": "quark", "exclude": ["lm_head", "re:.*mlp\\.gate$"],
        "global_quant_config": {"weight": fp4},
        "layer_quant_config": {"*self_attn*": {"weight": channel}, "*shared_experts*": {"weight": null}}}));
    check(
        &mixed,
        &[
            (EXPERT, Format::Mxfp4),
            (ATTENTION, Format::Fp8Channel),
            (SHARED, BF16),
            ("model.layers.5.mlp.gate", BF16),
        ],
    );
    let nvfp4 = json!([{"dtype": "fp4", "qscheme": "per_group", "group_size": 16}, {"dtype": "fp8_e4m3", "qscheme": "per_tensor"}]);
    let two_stages = scheme(
        &json!({"quant_method": "quark", "exclude": ["lm_head"], "global_quant_config": {"weight": nvfp4}}),
    );
    check(&two_stages, &[(UP, Format::Nvfp4)]);
    for refused in [
        json!({"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "int4", "qscheme": "per_group", "group_size": 128}}}),
        json!({"quant_method": "quark", "export": {"weight_format": "fake_quantized"}, "global_quant_config": {"weight": fp8}}),
    ] {
        let read = parse(&json!({"quantization_config": refused}));
        assert!(matches!(read, Err(QuantError::Unsupported { .. })), "{read:?}");
    }
}

/// As `TorchAoConfig` of transformers writes what torchao 0.18 makes: one configuration, one by name (pytorch's files of
/// Phi-4-mini and Qwen3 are so), and an older file.
#[test]
fn torchao() {
    let config =
        |kind: &str, version: u32, data: Value| json!({"_type": kind, "_version": version, "_data": data});
    let whole = |config: Value| json!({"quant_method": "torchao", "quant_type": {"default": config}});
    let row = json!({"_type": "PerRow", "_version": 1, "_data": {"dim": -1}});
    let int4 = |group| Format::Mlx { bits: 4, group };
    for (written, format) in [
        (
            config(
                "Int4WeightOnlyConfig",
                2,
                json!({"group_size": 128, "int4_packing_format": "tile_packed_to_4d"}),
            ),
            int4(128),
        ),
        (config("Int4WeightOnlyConfig", 1, json!({"group_size": 32})), int4(32)),
        (
            config("Int8WeightOnlyConfig", 2, json!({"granularity": row, "group_size": null})),
            Format::Int8Channel,
        ),
        (config("Float8WeightOnlyConfig", 2, json!({"granularity": null})), Format::Fp8Channel),
        (
            config("Float8DynamicActivationFloat8WeightConfig", 2, json!({"granularity": [row, row]})),
            Format::Fp8Channel,
        ),
        (
            config("Float8DynamicActivationFloat8WeightConfig", 2, json!({"granularity": null})),
            Format::Fp8Tensor,
        ),
        (config("NVFP4WeightOnlyConfig", 1, json!({})), Format::Nvfp4),
        (
            config(
                "MXDynamicActivationMXWeightConfig",
                1,
                json!({"weight_dtype": {"_type": "torch.dtype", "_data": "float8_e4m3fn"}}),
            ),
            Format::Mxfp8,
        ),
    ] {
        check(&scheme(&whole(written)), &[(UP, format), (ATTENTION, format)]);
    }
    let eight = config("Int8WeightOnlyConfig", 2, json!({}));
    let four = config("Int4WeightOnlyConfig", 2, json!({"group_size": 32}));
    let entries =
        json!({"_default": four, "model.embed_tokens": eight, "lm_head": null, "re:.*o_proj": eight});
    let by_name = scheme(&whole(config("FqnToConfig", 1, json!({"fqn_to_config": entries}))));
    assert_eq!(by_name.format_of(UP, BF16), int4(32));
    assert_eq!(by_name.format_of(ATTENTION, BF16), Format::Int8Channel);
    assert_eq!(by_name.format_of("lm_head", BF16), BF16);
    assert_eq!(by_name.embedding_format("model.embed_tokens", BF16), Format::Int8Channel);
    let older = json!({"quant_method": "torchao", "quant_type": "int4_weight_only", "quant_type_kwargs": {"group_size": 64}});
    check(&scheme(&older), &[(UP, int4(64))]);
    let unpacked = whole(config("Int8DynamicActivationIntxWeightConfig", 2, json!({})));
    let refused = parse(&json!({"quantization_config": unpacked})).unwrap_err().to_string();
    assert!(refused.contains("what Int8DynamicActivationIntxWeightConfig stores is not known"), "{refused}");
    assert!(parse(&json!({"quantization_config": {"quant_method": "torchao"}})).is_err());
}

/// Sizes that the authors print beside their files (gigabytes; README of ISTA-DASLab/Llama-2-70b-AQLM-2Bit-1x16-hf, read
/// 2026-11): matrices of Llama 2 in codebooks, its two tables of 32,000 tokens in fp16.
#[test]
fn aqlm() {
    let llama = |layers: u64, hidden: u64, kv: u64, wide: u64, format: Format| {
        let matrices = [
            (hidden, hidden),
            (kv, hidden),
            (kv, hidden),
            (hidden, hidden),
            (wide, hidden),
            (wide, hidden),
            (hidden, wide),
        ];
        let layer: u64 = matrices.iter().map(|(rows, cols)| format.tensor(*rows, *cols).get()).sum();
        layers * layer + 2 * 32_000 * hidden * 2
    };
    let of = |books: u32, bits: u32, group: u32| {
        let section = json!({"quant_method": "aqlm", "in_group_size": group, "out_group_size": 1, "num_codebooks": books,
            "nbits_per_codebook": bits, "linear_weights_not_to_quantize": ["model.embed_tokens.weight", "lm_head.weight"]});
        let scheme = scheme(&section);
        let format = scheme.linear.unwrap();
        check(&scheme, &[(UP, format), (ATTENTION, format)]);
        format
    };
    for (layers, hidden, kv, wide, format, printed) in [
        (32, 4096, 4096, 11_008, of(1, 16, 8), 24),
        (32, 4096, 4096, 11_008, of(2, 8, 8), 22),
        (40, 5120, 5120, 13_824, of(1, 16, 8), 41),
        (80, 8192, 1024, 28_672, of(1, 16, 8), 188),
        (80, 8192, 1024, 28_672, of(2, 8, 8), 182),
    ] {
        let bytes = llama(layers, hidden, kv, wide, format);
        // They print one digit, and some of them rounded up.
        assert!(bytes.abs_diff(printed * 100_000_000) <= 60_000_000, "{format:?} {bytes}");
    }
    let pairs = json!({"quant_method": "aqlm", "in_group_size": 8, "out_group_size": 2, "num_codebooks": 1, "nbits_per_codebook": 16});
    assert!(matches!(parse(&json!({"quantization_config": pairs})), Err(QuantError::Unsupported { .. })));
}

#[test]
fn mlx_and_average_rates() {
    let mlx = parse(&json!({"quantization": {"group_size": 64, "bits": 4, "mode": "affine",
        "model.layers.5.mlp.gate": {"group_size": 64, "bits": 8}, "lm_head": false}}))
    .unwrap()
    .unwrap();
    let q4 = Format::Mlx { bits: 4, group: 64 };
    assert_eq!(mlx.format_of(UP, BF16), q4);
    assert_eq!(mlx.embedding_format("model.embed_tokens", BF16), q4);
    assert_eq!(mlx.format_of("lm_head", BF16), BF16);
    assert_eq!(mlx.packed_bits("model.layers.5.mlp.gate"), Some(8));
    let exl = scheme(&json!({"quant_method": "exl2", "bits": 4.25, "head_bits": 6}));
    assert_eq!(exl.format_of(UP, BF16), Format::Average { centibits: 425 });
    assert_eq!(exl.format_of("lm_head", BF16), Format::Average { centibits: 600 });
}

#[test]
fn what_is_not_understood_is_refused() {
    assert_eq!(parse(&json!({"model_type": "llama"})), Ok(None));
    assert_eq!(parse(&json!({"quantization_config": null})), Ok(None));
    let nested = json!({"text_config": {"quantization_config": {"quant_method": "eetq"}}});
    assert!(parse(&nested).unwrap().is_some());
    let unknown = parse(&json!({"quantization_config": {"quant_method": "spqr"}})).unwrap_err().to_string();
    assert!(unknown.contains("'spqr' is not known; known are gptq, awq"), "{unknown}");
    for bad in [
        json!([]),
        json!({}),
        json!({"quant_method": 3}),
        json!({"quant_method": "gptq"}),
        json!({"quant_method": "gptq", "bits": 4000, "group_size": 128}),
        json!({"quant_method": "gptq", "bits": 4, "group_size": 1_000_000_007}),
        json!({"quant_method": "gptq", "bits": 4, "group_size": 128, "dynamic": {"-:(?!a)": {}}}),
        json!({"quant_method": "compressed-tensors"}),
        json!({"quant_method": "compressed-tensors", "config_groups": {}, "ignore": ["re:(?!a)"]}),
        json!({"quant_method": "compressed-tensors", "config_groups": {}, "ignore": [{}]}),
        json!({"quant_method": "compressed-tensors", "config_groups": {}, "ignore": ["re:(a{90}){90}"]}),
        json!({"quant_method": "exl2", "bits": 1e30}),
    ] {
        assert!(parse(&json!({"quantization_config": bad})).is_err(), "{bad}");
    }
}
