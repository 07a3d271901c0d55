//! GGUF metadata as llama.cpp's converter writes it, read back to the published totals.
//!
//! Figures: parameters and cache bytes a token (unbounded, bounded) of each model's reference implementation
//! (transformers 5.23.0 on the meta device, tied tensors once, 16-bit cache); read 2026-08.

use slipstick_core::numeric::Format;
use slipstick_import::{
    config::import_value,
    gguf::{Gguf, parse},
    gguf_config::{GgufConfigError, config, known},
};

use crate::writer;

/// Architecture; keys and counts; tokens; tensors that decide something; parameters, cache bytes, bounded cache bytes.
type Row = (&'static str, &'static str, u64, &'static str, u64, u64, u64);

const ROWS: &[Row] = &[
    // Llama-3.1-8B
    (
        "llama",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 14336 attention.key_length 128 attention.value_length 128 context_length 131072",
        128_256,
        "output.weight",
        8_030_261_248,
        131_072,
        0,
    ),
    // Mixtral-8x22B-v0.1
    (
        "llama",
        "block_count 56 embedding_length 6144 attention.head_count 48 attention.head_count_kv 8 feed_forward_length 16384 expert_count 8 expert_used_count 2",
        32_000,
        "output.weight",
        140_620_634_112,
        229_376,
        0,
    ),
    // granite-3.3-8b
    (
        "granite",
        "block_count 40 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 12800",
        49_159,
        "",
        8_170_864_640,
        163_840,
        0,
    ),
    // internlm2-chat-7b
    (
        "internlm2",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 14336",
        92_544,
        "output.weight",
        7_737_708_544,
        131_072,
        0,
    ),
    // SmolLM3-3B
    (
        "smollm3",
        "block_count 36 embedding_length 2048 attention.head_count 16 attention.head_count_kv 4 feed_forward_length 11008",
        128_256,
        "",
        3_075_098_624,
        73_728,
        0,
    ),
    // EXAONE-4.0-1.2B
    (
        "exaone4",
        "block_count 30 embedding_length 2048 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 4096",
        102_400,
        "",
        1_279_391_488,
        61_440,
        0,
    ),
    // Devstral-2-123B
    (
        "mistral3",
        "block_count 88 embedding_length 12288 attention.head_count 96 attention.head_count_kv 8 feed_forward_length 28672 attention.key_length 128 attention.value_length 128",
        131_072,
        "output.weight",
        125_025_988_608,
        360_448,
        0,
    ),
    // Llama-4-Scout, text
    (
        "llama4",
        "block_count 48 embedding_length 5120 attention.head_count 40 attention.head_count_kv 8 feed_forward_length 16384 expert_feed_forward_length 8192 expert_count 16 expert_used_count 1 interleave_moe_layer_step 1",
        202_048,
        "output.weight",
        107_769_861_120,
        49_152,
        147_456,
    ),
    // MiniMax-M2.5
    (
        "minimax-m2",
        "block_count 62 embedding_length 3072 attention.head_count 48 attention.head_count_kv 8 attention.key_length 128 attention.value_length 128 feed_forward_length 1536 expert_feed_forward_length 1536 expert_count 256 expert_used_count 8",
        200_064,
        "output.weight",
        228_689_748_992,
        253_952,
        0,
    ),
    // gpt-oss-120b
    (
        "gpt-oss",
        "block_count 36 embedding_length 2880 attention.head_count 64 attention.head_count_kv 8 attention.key_length 64 attention.value_length 64 feed_forward_length 2880 expert_feed_forward_length 2880 expert_count 128 expert_used_count 4 attention.sliding_window 128",
        201_088,
        "output.weight attn_q.bias",
        116_829_156_672,
        36_864,
        36_864,
    ),
    // Qwen2-7B
    (
        "qwen2",
        "block_count 28 embedding_length 3584 attention.head_count 28 attention.head_count_kv 4 feed_forward_length 18944",
        152_064,
        "output.weight attn_q.bias",
        7_615_616_512,
        57_344,
        0,
    ),
    // Qwen3-8B
    (
        "qwen3",
        "block_count 36 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 attention.key_length 128 attention.value_length 128 feed_forward_length 12288",
        151_936,
        "output.weight",
        8_190_735_360,
        147_456,
        0,
    ),
    // Qwen3-30B-A3B
    (
        "qwen3moe",
        "block_count 48 embedding_length 2048 attention.head_count 32 attention.head_count_kv 4 attention.key_length 128 attention.value_length 128 feed_forward_length 6144 expert_feed_forward_length 768 expert_count 128 expert_used_count 8",
        151_936,
        "output.weight",
        30_532_122_624,
        98_304,
        0,
    ),
    // Qwen1.5-MoE-A2.7B
    (
        "qwen2moe",
        "block_count 24 embedding_length 2048 attention.head_count 16 attention.head_count_kv 16 feed_forward_length 5632 expert_feed_forward_length 1408 expert_shared_feed_forward_length 5632 expert_count 60 expert_used_count 4",
        151_936,
        "output.weight attn_q.bias",
        14_315_784_192,
        196_608,
        0,
    ),
    // Qwen3-Next-80B-A3B
    (
        "qwen3next",
        "block_count 48 embedding_length 2048 attention.head_count 16 attention.head_count_kv 2 attention.key_length 256 attention.value_length 256 feed_forward_length 5120 expert_feed_forward_length 512 expert_shared_feed_forward_length 512 expert_count 512 expert_used_count 10 ssm.conv_kernel 4 ssm.state_size 128 ssm.group_count 16 ssm.time_step_rank 32 ssm.inner_size 4096",
        151_936,
        "output.weight",
        79_674_391_296,
        24_576,
        0,
    ),
    // Qwen3.5-27B, text
    (
        "qwen35",
        "block_count 64 embedding_length 5120 attention.head_count 24 attention.head_count_kv 4 attention.key_length 256 attention.value_length 256 feed_forward_length 17408 ssm.conv_kernel 4 ssm.state_size 128 ssm.group_count 16 ssm.time_step_rank 48 ssm.inner_size 6144 full_attention_interval 4",
        248_320,
        "output.weight",
        26_895_998_464,
        65_536,
        0,
    ),
    // Qwen3.5-122B-A10B, text
    (
        "qwen35moe",
        "block_count 48 embedding_length 3072 attention.head_count 32 attention.head_count_kv 2 attention.key_length 256 attention.value_length 256 expert_feed_forward_length 1024 expert_shared_feed_forward_length 1024 expert_count 256 expert_used_count 8 ssm.conv_kernel 4 ssm.state_size 128 ssm.group_count 16 ssm.time_step_rank 64 ssm.inner_size 8192",
        248_320,
        "output.weight",
        122_111_526_912,
        24_576,
        0,
    ),
    // gemma-2b
    (
        "gemma",
        "block_count 18 embedding_length 2048 attention.head_count 8 attention.head_count_kv 1 attention.key_length 256 attention.value_length 256 feed_forward_length 16384",
        256_000,
        "",
        2_506_172_416,
        18_432,
        0,
    ),
    // gemma-2-9b
    (
        "gemma2",
        "block_count 42 embedding_length 3584 attention.head_count 16 attention.head_count_kv 8 attention.key_length 256 attention.value_length 256 feed_forward_length 14336 attention.sliding_window 4096",
        256_000,
        "",
        9_241_705_984,
        172_032,
        172_032,
    ),
    // gemma-3-1b-it
    (
        "gemma3",
        "block_count 26 embedding_length 1152 attention.head_count 4 attention.head_count_kv 1 attention.key_length 256 attention.value_length 256 feed_forward_length 6912 attention.sliding_window 512",
        262_144,
        "",
        999_885_952,
        4096,
        22_528,
    ),
    // phi-4
    (
        "phi3",
        "block_count 40 embedding_length 5120 attention.head_count 40 attention.head_count_kv 10 feed_forward_length 17920 attention.sliding_window 0",
        100_352,
        "output.weight",
        14_659_507_200,
        204_800,
        0,
    ),
    // phi-2
    (
        "phi2",
        "block_count 32 embedding_length 2560 attention.head_count 32 attention.head_count_kv 32 feed_forward_length 10240",
        51_200,
        "output.weight output.bias attn_qkv.bias",
        2_779_683_840,
        327_680,
        0,
    ),
    // Phi-3.5-MoE
    (
        "phimoe",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 6400 expert_count 16 expert_used_count 2 attention.sliding_window 131072",
        32_064,
        "output.weight output.bias attn_q.bias",
        41_873_153_344,
        0,
        131_072,
    ),
    // DeepSeek-V3, older and newer files
    (
        "deepseek2",
        "block_count 61 embedding_length 7168 attention.head_count 128 attention.head_count_kv 128 attention.key_length 192 attention.value_length 128 attention.q_lora_rank 1536 attention.kv_lora_rank 512 rope.dimension_count 64 feed_forward_length 18432 expert_feed_forward_length 2048 expert_count 256 expert_used_count 8 expert_shared_count 1 leading_dense_block_count 3",
        129_280,
        "output.weight exp_probs_b.bias",
        671_026_404_352,
        70_272,
        0,
    ),
    (
        "deepseek2",
        "block_count 62 nextn_predict_layers 1 embedding_length 7168 attention.head_count 128 attention.head_count_kv 1 attention.key_length 576 attention.value_length 512 attention.key_length_mla 192 attention.value_length_mla 128 attention.q_lora_rank 1536 attention.kv_lora_rank 512 rope.dimension_count 64 feed_forward_length 18432 expert_feed_forward_length 2048 expert_count 256 expert_used_count 8 expert_shared_count 1 leading_dense_block_count 3",
        129_280,
        "output.weight exp_probs_b.bias",
        671_026_404_352,
        70_272,
        0,
    ),
    // DeepSeek-V2
    (
        "deepseek2",
        "block_count 60 embedding_length 5120 attention.head_count 128 attention.head_count_kv 128 attention.key_length 192 attention.value_length 128 attention.q_lora_rank 1536 attention.kv_lora_rank 512 rope.dimension_count 64 feed_forward_length 12288 expert_feed_forward_length 1536 expert_count 160 expert_used_count 6 expert_shared_count 2 leading_dense_block_count 1",
        102_400,
        "output.weight",
        235_741_434_880,
        69_120,
        0,
    ),
    // deepseek-moe-16b
    (
        "deepseek",
        "block_count 28 embedding_length 2048 attention.head_count 16 attention.head_count_kv 16 feed_forward_length 10944 expert_feed_forward_length 1408 expert_count 64 expert_used_count 6 expert_shared_count 2 leading_dense_block_count 1",
        102_400,
        "output.weight",
        16_375_728_128,
        229_376,
        0,
    ),
    // GLM-4-9B-0414
    (
        "glm4",
        "block_count 40 embedding_length 4096 attention.head_count 32 attention.head_count_kv 2 attention.key_length 128 attention.value_length 128 feed_forward_length 13696",
        151_552,
        "output.weight attn_q.bias",
        9_400_279_040,
        40_960,
        0,
    ),
    // GLM-4.5-Air, whose file counts its predicting layer
    (
        "glm4moe",
        "block_count 47 nextn_predict_layers 1 embedding_length 4096 attention.head_count 96 attention.head_count_kv 8 attention.key_length 128 attention.value_length 128 feed_forward_length 10944 expert_feed_forward_length 1408 expert_count 128 expert_used_count 8 expert_shared_count 1 leading_dense_block_count 1",
        151_552,
        "output.weight attn_q.bias",
        106_852_245_504,
        188_416,
        0,
    ),
    // falcon-180B
    (
        "falcon",
        "block_count 80 embedding_length 14848 attention.head_count 232 attention.head_count_kv 8 feed_forward_length 59392",
        65_024,
        "attn_norm_2.weight",
        178_557_088_768,
        163_840,
        0,
    ),
    // gpt2-xl
    (
        "gpt2",
        "block_count 48 embedding_length 1600 attention.head_count 25 feed_forward_length 6400 context_length 1024",
        50_257,
        "",
        1_557_611_200,
        307_200,
        0,
    ),
    // WizardCoder-15B
    (
        "starcoder",
        "block_count 40 embedding_length 6144 attention.head_count 48 attention.head_count_kv 1 feed_forward_length 24576 context_length 8192",
        49_153,
        "",
        15_517_462_528,
        20_480,
        0,
    ),
    // gpt-neox-20b
    (
        "gptneox",
        "block_count 44 embedding_length 6144 attention.head_count 64 feed_forward_length 24576",
        50_432,
        "output.weight attn_qkv.bias",
        20_554_567_680,
        1_081_344,
        0,
    ),
    // bloom-560m
    (
        "bloom",
        "block_count 24 embedding_length 1024 attention.head_count 16 feed_forward_length 4096",
        250_880,
        "",
        559_214_592,
        98_304,
        0,
    ),
    // mpt-7b
    (
        "mpt",
        "block_count 32 embedding_length 4096 attention.head_count 32 feed_forward_length 16384",
        50_432,
        "",
        6_649_286_656,
        524_288,
        0,
    ),
    // starcoder2-7b; its files do not state the window of 4096 tokens
    (
        "starcoder2",
        "block_count 32 embedding_length 4608 attention.head_count 36 attention.head_count_kv 4 feed_forward_length 18432",
        49_152,
        "attn_q.bias",
        7_173_923_840,
        65_536,
        0,
    ),
    // stablelm-2-12b
    (
        "stablelm",
        "block_count 40 embedding_length 5120 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 13824 use_parallel_residual true",
        100_352,
        "output.weight attn_q_norm.weight",
        12_143_185_920,
        204_800,
        0,
    ),
    // Nemotron-Mini-4B
    (
        "nemotron",
        "block_count 32 embedding_length 3072 attention.head_count 24 attention.head_count_kv 8 attention.key_length 128 attention.value_length 128 feed_forward_length 9216",
        256_000,
        "output.weight",
        4_190_509_056,
        131_072,
        0,
    ),
    // aya-23-8B
    (
        "command-r",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 14336",
        256_000,
        "",
        8_028_033_024,
        131_072,
        0,
    ),
    // c4ai-command-r7b
    (
        "cohere2",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 feed_forward_length 14336 attention.sliding_window 4096",
        256_000,
        "",
        8_028_033_024,
        32_768,
        98_304,
    ),
    // OLMo-2-13B
    (
        "olmo2",
        "block_count 40 embedding_length 5120 attention.head_count 40 attention.head_count_kv 40 feed_forward_length 13824",
        100_352,
        "output.weight",
        13_716_198_400,
        819_200,
        0,
    ),
    // Olmo-3-7B
    (
        "olmo2",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 32 feed_forward_length 11008 attention.sliding_window 4096 attention.sliding_window_pattern sssf",
        100_278,
        "output.weight",
        7_298_011_136,
        131_072,
        393_216,
    ),
    // OLMoE-1B-7B
    (
        "olmoe",
        "block_count 16 embedding_length 2048 attention.head_count 16 attention.head_count_kv 16 feed_forward_length 1024 expert_count 64 expert_used_count 8",
        50_304,
        "output.weight",
        6_919_161_856,
        131_072,
        0,
    ),
    // mamba-130m, falcon-mamba-7b, Mamba-Codestral-7B
    (
        "mamba",
        "block_count 24 embedding_length 768 ssm.conv_kernel 4 ssm.state_size 16 ssm.inner_size 1536 ssm.time_step_rank 48",
        50_280,
        "ssm_conv1d.bias",
        129_135_360,
        0,
        0,
    ),
    (
        "mamba",
        "block_count 64 embedding_length 4096 ssm.conv_kernel 4 ssm.state_size 16 ssm.inner_size 8192 ssm.time_step_rank 256 ssm.dt_b_c_rms true",
        65_024,
        "output.weight ssm_conv1d.bias",
        7_272_665_088,
        0,
        0,
    ),
    (
        "mamba2",
        "block_count 64 embedding_length 4096 ssm.conv_kernel 4 ssm.state_size 128 ssm.inner_size 8192 ssm.time_step_rank 128 ssm.group_count 8",
        32_768,
        "output.weight ssm_conv1d.bias",
        7_285_403_648,
        0,
        0,
    ),
    // LFM2-1.2B, LFM2-8B-A1B
    (
        "lfm2",
        "block_count 16 embedding_length 2048 attention.head_count 32 attention.head_count_kv 0,0,8,0,0,8,0,0,8,0,8,0,8,0,8,0 feed_forward_length 8192 shortconv.l_cache 3",
        65_536,
        "",
        1_170_340_608,
        12_288,
        0,
    ),
    (
        "lfm2moe",
        "block_count 24 embedding_length 2048 attention.head_count 32 attention.head_count_kv 0,0,8,0,0,0,8,0,0,0,8,0,0,0,8,0,0,0,8,0,0,8,0,0 feed_forward_length 7168 expert_feed_forward_length 1792 expert_count 32 expert_used_count 4 leading_dense_block_count 2 shortconv.l_cache 3",
        65_536,
        "",
        8_339_929_856,
        12_288,
        0,
    ),
    // granite-4.0-h-small
    (
        "granitehybrid",
        "block_count 40 embedding_length 4096 attention.head_count 32 attention.head_count_kv by:mmmmmammmmmmmmmammmmmmmmmammmmmmmmmammmm:a=8 feed_forward_length 768 expert_count 72 expert_used_count 10 expert_shared_feed_forward_length 1536 ssm.conv_kernel 4 ssm.state_size 128 ssm.group_count 1 ssm.time_step_rank 128 ssm.inner_size 8192",
        100_352,
        "blk.0.ssm_conv1d.bias",
        32_207_337_984,
        16_384,
        0,
    ),
    // Falcon-H1-0.5B
    (
        "falcon-h1",
        "block_count 36 embedding_length 1024 attention.head_count 8 attention.head_count_kv 2 attention.key_length 64 attention.value_length 64 feed_forward_length 2048 ssm.conv_kernel 4 ssm.state_size 128 ssm.group_count 1 ssm.time_step_rank 24 ssm.inner_size 1536",
        32_784,
        "output.weight ssm_conv1d.bias",
        521_411_104,
        18_432,
        0,
    ),
    // Nemotron-3-Super-120B-A12B
    (
        "nemotron_h_moe",
        "block_count 88 embedding_length 4096 attention.head_count 32 attention.head_count_kv by:MEMEMEMAEMEMEMEMAEMEMEMEMAEMEMEMEMEMAEMEMEMEMEMAEMEMEMEMEMAEMEMEMEMEMAEMEMEMEMAEMEMEMEME:A=2 attention.key_length 128 attention.value_length 128 feed_forward_length by:MEMEMEMAEMEMEMEMAEMEMEMEMAEMEMEMEMEMAEMEMEMEMEMAEMEMEMEMEMAEMEMEMEMEMAEMEMEMEMAEMEMEMEME:E=2688 expert_count 512 expert_used_count 22 expert_feed_forward_length 2688 expert_shared_feed_forward_length 5376 moe_latent_size 1024 ssm.conv_kernel 4 ssm.state_size 128 ssm.group_count 8 ssm.time_step_rank 128 ssm.inner_size 8192",
        131_072,
        "output.weight ssm_conv1d.bias",
        120_668_687_360,
        8192,
        0,
    ),
    // dbrx-instruct
    (
        "dbrx",
        "block_count 40 embedding_length 6144 attention.head_count 48 attention.head_count_kv 8 feed_forward_length 10752 expert_count 16 expert_used_count 4",
        100_352,
        "output.weight",
        131_596_523_520,
        163_840,
        0,
    ),
    // ERNIE-4.5-21B-A3B
    (
        "ernie4_5-moe",
        "block_count 28 embedding_length 2560 attention.head_count 20 attention.head_count_kv 4 attention.key_length 128 attention.value_length 128 feed_forward_length 12288 expert_count 64 expert_used_count 6 expert_shared_count 2 expert_feed_forward_length 1536 interleave_moe_layer_step 1 leading_dense_block_count 1",
        103_424,
        "",
        21_825_437_888,
        57_344,
        0,
    ),
    // Hunyuan-7B, Hunyuan-A13B
    (
        "hunyuan-dense",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 attention.key_length 128 attention.value_length 128 feed_forward_length 14336",
        128_167,
        "",
        7_504_568_320,
        131_072,
        0,
    ),
    (
        "hunyuan-moe",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv 8 attention.key_length 128 attention.value_length 128 feed_forward_length 3072 expert_count 64 expert_used_count 8 expert_shared_count 1 expert_feed_forward_length 3072",
        128_167,
        "",
        80_393_183_232,
        131_072,
        0,
    ),
    // Ling-mini-2.0
    (
        "bailingmoe2",
        "block_count 20 embedding_length 2048 attention.head_count 16 attention.head_count_kv 4 attention.key_length 128 attention.value_length 128 feed_forward_length 5120 expert_count 256 expert_used_count 8 expert_shared_count 1 expert_feed_forward_length 512 leading_dense_block_count 1",
        157_184,
        "output.weight blk.1.exp_probs_b.bias attn_q_norm.weight",
        16_255_638_528,
        40_960,
        0,
    ),
    // MiniCPM-2B
    (
        "minicpm",
        "block_count 40 embedding_length 2304 attention.head_count 36 attention.head_count_kv 36 feed_forward_length 5760",
        122_753,
        "",
        2_724_880_896,
        368_640,
        0,
    ),
    // BitNet-b1.58-2B-4T
    (
        "bitnet",
        "block_count 30 embedding_length 2560 attention.head_count 20 attention.head_count_kv 5 feed_forward_length 6912",
        128_256,
        "",
        2_412_820_480,
        76_800,
        0,
    ),
    // T5-base and v1.1-XXL
    (
        "t5",
        "block_count 12 decoder_block_count 12 embedding_length 768 attention.head_count 12 attention.key_length 64 feed_forward_length 3072 attention.relative_buckets_count 32",
        32_128,
        "",
        222_903_552,
        36_864,
        0,
    ),
    (
        "t5",
        "block_count 24 decoder_block_count 24 embedding_length 4096 attention.head_count 64 attention.key_length 64 feed_forward_length 10240 attention.relative_buckets_count 32",
        32_128,
        "output.weight enc.blk.0.ffn_gate.weight",
        11_135_332_352,
        393_216,
        0,
    ),
    // DeepSeek-V3.2 and GLM-5.2
    (
        "deepseek32",
        "block_count 61 embedding_length 7168 attention.head_count 128 attention.head_count_kv 1 attention.q_lora_rank 1536 attention.kv_lora_rank 512 attention.key_length_mla 192 attention.value_length_mla 128 rope.dimension_count 64 feed_forward_length 18432 expert_count 256 expert_used_count 8 expert_shared_count 1 expert_feed_forward_length 2048 leading_dense_block_count 3 attention.indexer.head_count 64 attention.indexer.key_length 128 attention.indexer.top_k 2048",
        129_280,
        "output.weight by:fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff:f=indexer.attn_q_b.weight",
        671_877_929_216,
        70_272,
        0,
    ),
    (
        "glm-dsa",
        "block_count 78 embedding_length 6144 attention.head_count 64 attention.head_count_kv 1 attention.q_lora_rank 2048 attention.kv_lora_rank 512 attention.key_length_mla 256 attention.value_length_mla 256 rope.dimension_count 64 feed_forward_length 12288 expert_count 256 expert_used_count 8 expert_shared_count 1 expert_feed_forward_length 2048 leading_dense_block_count 3 attention.indexer.head_count 32 attention.indexer.key_length 128 attention.indexer.top_k 2048",
        154_880,
        "output.weight by:fffsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsssfsss:f=indexer.attn_q_b.weight",
        743_377_000_704,
        89_856,
        0,
    ),
    // Kimi-Linear-48B-A3B
    (
        "kimi-linear",
        "block_count 27 embedding_length 2304 attention.head_count 32 attention.head_count_kv by:kkkfkkkfkkkfkkkfkkkfkkkfkkf:f=1 attention.kv_lora_rank 512 attention.key_length_mla 192 attention.value_length_mla 128 rope.dimension_count 64 feed_forward_length 9216 expert_count 256 expert_used_count 8 expert_shared_count 1 expert_feed_forward_length 1024 leading_dense_block_count 1 kda.head_dim 128 ssm.conv_kernel 4",
        163_840,
        "output.weight",
        49_122_675_072,
        8064,
        0,
    ),
    // gemma-3n-E4B, text; its table has a row less for what is no text
    (
        "gemma3n",
        "block_count 35 embedding_length 2048 attention.head_count 8 attention.head_count_kv 2 attention.key_length 256 attention.value_length 256 feed_forward_length 16384 attention.sliding_window 512 attention.sliding_window_pattern ssssf attention.shared_kv_layers 15 embedding_length_per_layer_input 256 altup.num_inputs 4",
        262_400,
        "laurel_l.weight*64 per_layer_token_embd.weight*262144",
        6_835_235_568,
        8192,
        32_768,
    ),
    // gemma-4-E2B and 31B, text
    (
        "gemma4",
        "block_count 35 embedding_length 1536 attention.head_count 8 attention.head_count_kv 1 attention.key_length 512 attention.key_length_swa 256 feed_forward_length by:aaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb:a=6144,b=12288 attention.sliding_window 512 attention.sliding_window_pattern ssssf attention.shared_kv_layers 20 embedding_length_per_layer_input 256",
        262_144,
        "blk.4.attn_k.weight blk.4.attn_v.weight",
        4_628_569_344,
        6144,
        12_288,
    ),
    (
        "gemma4",
        "block_count 60 embedding_length 5376 attention.head_count 32 attention.head_count_kv by:sssssfsssssfsssssfsssssfsssssfsssssfsssssfsssssfsssssfsssssf:s=16,f=4 attention.key_length 512 attention.key_length_swa 256 feed_forward_length 21504 attention.sliding_window 1024 attention.sliding_window_pattern sssssf attention.shared_kv_layers 0 embedding_length_per_layer_input 0",
        262_144,
        "blk.5.attn_k.weight",
        30_697_345_280,
        81_920,
        819_200,
    ),
    // Jamba-1.5-Mini
    (
        "jamba",
        "block_count 32 embedding_length 4096 attention.head_count 32 attention.head_count_kv by:mmmmammmmmmmammmmmmmammmmmmmammm:a=8 feed_forward_length 14336 expert_count 16 expert_used_count 2 ssm.conv_kernel 4 ssm.state_size 16 ssm.time_step_rank 256 ssm.inner_size 8192",
        65_536,
        "output.weight blk.0.ssm_conv1d.bias by:dededededededededededededededede:e=ffn_gate_inp.weight",
        51_570_323_328,
        16_384,
        0,
    ),
    // Llama-3_3-Nemotron-Super-49B
    (
        "deci",
        "block_count 80 embedding_length 8192 attention.head_count by:aaaaaazzaaazaaaaaaaaaaaaaaaaaaaaaaaaaaaaaazzzzzzzzzzazzzzzzzzzzzzzzzzzzaaaaaaaaa:a=64 attention.head_count_kv by:aaaaaazzaaazaaaaaaaaaaaaaaaaaaaaaaaaaaaaaazzzzzzzzzzazzzzzzzzzzzzzzzzzzaaaaaaaaa:a=8 feed_forward_length by:dfffffddfffeffffffffffffffffffffffffffffffcddcfcdcccfcbbcbbbccaabbaabaafffffffff:a=2816,b=5632,c=7168,d=14336,e=17920,f=28672",
        128_256,
        "output.weight",
        49_867_145_216,
        200_704,
        0,
    ),
];

/// `by:PATTERN:LETTER=VALUE,..`: what each letter of a pattern stands for.
fn by_letter(text: &str) -> Option<(&str, Vec<(char, &str)>)> {
    let (pattern, values) = text.strip_prefix("by:")?.split_once(':')?;
    let values = values.split(',').filter_map(|pair| pair.split_once('='));
    Some((pattern, values.filter_map(|(letter, value)| Some((letter.chars().next()?, value))).collect()))
}

fn file(arch: &str, keys: &str, tokens: u64, tensors: &str) -> Gguf {
    let mut writer = writer::Gguf::new(3).text("general.architecture", arch);
    let words: Vec<&str> = keys.split_whitespace().collect();
    for pair in words.chunks(2) {
        let key = format!("{arch}.{}", pair[0]);
        writer = match pair[1] {
            "true" => writer.pair(&key, 7, &[1]),
            patterned if patterned.starts_with("by:") => {
                let (pattern, values) = by_letter(patterned).unwrap();
                let of = |letter| values.iter().find(|(known, _)| *known == letter);
                let items =
                    pattern.chars().map(|letter| of(letter).map_or(0, |(_, value)| value.parse().unwrap()));
                writer.u32_list(&key, &items.collect::<Vec<u32>>())
            }
            list if list.contains(',') => {
                let items: Vec<u32> = list.split(',').map(|item| item.parse().unwrap()).collect();
                writer.u32_list(&key, &items)
            }
            cycle if cycle.starts_with('s') => {
                let items: Vec<bool> = cycle.chars().map(|letter| letter == 's').collect();
                writer.bool_list(&key, &items.repeat(64 / items.len()))
            }
            count => writer.u32(&key, count.parse().unwrap()),
        };
    }
    writer = writer.tensor("token_embd.weight", &[32, tokens], 0, 128 * tokens);
    for tensor in tensors.split_whitespace() {
        if let Some((pattern, values)) = by_letter(tensor) {
            for (layer, letter) in pattern.chars().enumerate() {
                for (_, name) in values.iter().filter(|(known, _)| *known == letter) {
                    writer = writer.tensor(&format!("blk.{layer}.{name}"), &[32], 0, 128);
                }
            }
            continue;
        }
        let (name, rows) =
            tensor.split_once('*').map_or((tensor, 1), |(name, rows)| (name, rows.parse().unwrap()));
        let is_whole =
            ["output", "blk.", "enc.", "per_layer_token_embd"].iter().any(|start| name.starts_with(start));
        let name = if is_whole { name.to_owned() } else { format!("blk.0.{name}") };
        writer = if rows == 1 {
            writer.tensor(&name, &[32], 0, 128)
        } else {
            writer.tensor(&name, &[32, rows], 0, 128 * rows)
        };
    }
    let (bytes, size) = writer.finish();
    parse(&bytes, Some(size)).unwrap().complete().unwrap()
}

#[test]
fn every_architecture_has_its_published_figures() {
    let mut wrong = Vec::new();
    for (arch, keys, tokens, tensors, parameters, cache, bounded) in ROWS {
        let config = config(&file(arch, keys, *tokens, tensors)).unwrap();
        match import_value(&config) {
            Ok(imported) => {
                let found = imported.model.cache(Format::BF16);
                let found =
                    (imported.model.parameters().total, found.bytes_per_token, found.sliding_bytes_per_token);
                if found != (*parameters, *cache, *bounded) {
                    wrong.push(format!("{arch}: {found:?} is not {:?}", (parameters, cache, bounded)));
                }
            }
            Err(error) => wrong.push(format!("{arch}: {error} in {config}")),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |arch, keys| config(&file(arch, keys, 32, "")).unwrap_err();
    let unknown = refused("qwen3moee", "").to_string();
    assert!(unknown.contains("did you mean qwen3moe"), "{unknown}");
    assert_eq!(refused("clip", ""), GgufConfigError::Projector);
    assert_eq!(refused("llama", ""), GgufConfigError::Missing("llama.block_count".to_owned()));
    let mixed = "block_count 2 embedding_length 64 attention.head_count 4 attention.head_count_kv 2,4";
    assert!(refused("llama", mixed).to_string().contains("layers of different counts"));
    let uneven = "block_count 2 embedding_length 64 attention.head_count 4 attention.key_length 16 attention.value_length 32";
    assert!(refused("llama", uneven).to_string().contains("another length"));
    let predicting = "block_count 1 nextn_predict_layers 2";
    assert!(refused("glm4moe", predicting).to_string().contains("more than there are"));
    let (bytes, size) = writer::Gguf::new(3).finish();
    let nameless = parse(&bytes, Some(size)).unwrap().complete().unwrap();
    assert_eq!(config(&nameless), Err(GgufConfigError::NoArchitecture));
    assert!(known().len() >= 60);
}
