//! Headers with the shapes of published checkpoints add up to their published figures.

use slipstick_core::{
    model::{Checkpoint, Part},
    numeric::{Format, GgmlType},
    units::Bytes,
};
use slipstick_import::{
    config::{import, import_value, parse_json},
    gguf, quantization,
    safetensors::parse_header,
    tensors::{Difference, Packing, TensorSummary},
};

use crate::writer;

type Row = (String, &'static str, Vec<u64>);

fn summary(rows: &[Row], bits: Option<u8>) -> TensorSummary {
    let (bytes, size) = writer::safetensors(rows);
    let file = parse_header(&bytes, Some(size)).unwrap().complete().unwrap();
    TensorSummary::of(&file, &|_| bits)
}

/// DeepSeek-V3's config.json.
const LAYERS: u64 = 61;
const HIDDEN: u64 = 7168;
const EXPERTS: u64 = 256;

fn fp8(rows: &mut Vec<Row>, module: &str, out: u64, input: u64) {
    rows.push((format!("{module}.weight"), "F8_E4M3", vec![out, input]));
    rows.push((format!("{module}.weight_scale_inv"), "F32", vec![out.div_ceil(128), input.div_ceil(128)]));
}

fn bf16(rows: &mut Vec<Row>, name: &str, shape: &[u64]) {
    rows.push((format!("{name}.weight"), "BF16", shape.to_vec()));
}

fn gated(rows: &mut Vec<Row>, module: &str, width: u64) {
    fp8(rows, &format!("{module}.gate_proj"), width, HIDDEN);
    fp8(rows, &format!("{module}.up_proj"), width, HIDDEN);
    fp8(rows, &format!("{module}.down_proj"), HIDDEN, width);
}

fn deepseek_layer(rows: &mut Vec<Row>, layer: u64) {
    let at = format!("model.layers.{layer}");
    bf16(rows, &format!("{at}.input_layernorm"), &[HIDDEN]);
    bf16(rows, &format!("{at}.post_attention_layernorm"), &[HIDDEN]);
    bf16(rows, &format!("{at}.self_attn.q_a_layernorm"), &[1536]);
    bf16(rows, &format!("{at}.self_attn.kv_a_layernorm"), &[512]);
    fp8(rows, &format!("{at}.self_attn.q_a_proj"), 1536, HIDDEN);
    fp8(rows, &format!("{at}.self_attn.q_b_proj"), 128 * 192, 1536);
    fp8(rows, &format!("{at}.self_attn.kv_a_proj_with_mqa"), 576, HIDDEN);
    fp8(rows, &format!("{at}.self_attn.kv_b_proj"), 128 * 256, 512);
    fp8(rows, &format!("{at}.self_attn.o_proj"), HIDDEN, 128 * 128);
    if layer < 3 {
        return gated(rows, &format!("{at}.mlp"), 18_432);
    }
    bf16(rows, &format!("{at}.mlp.gate"), &[EXPERTS, HIDDEN]);
    rows.push((format!("{at}.mlp.gate.e_score_correction_bias"), "F32", vec![EXPERTS]));
    gated(rows, &format!("{at}.mlp.shared_experts"), 2048);
    for expert in 0..EXPERTS {
        gated(rows, &format!("{at}.mlp.experts.{expert}"), 2048);
    }
}

/// The repository's safetensors total is 684,531,386,000 elements, of which 41,540,496 are scales of fp8 tiles.
#[test]
fn deepseek_v3_in_fp8_tiles() {
    let mut rows = Vec::new();
    bf16(&mut rows, "model.embed_tokens", &[129_280, HIDDEN]);
    bf16(&mut rows, "lm_head", &[129_280, HIDDEN]);
    bf16(&mut rows, "model.norm", &[HIDDEN]);
    (0..=LAYERS).for_each(|layer| deepseek_layer(&mut rows, layer));
    let predicting = format!("model.layers.{LAYERS}");
    bf16(&mut rows, &format!("{predicting}.embed_tokens"), &[129_280, HIDDEN]);
    bf16(&mut rows, &format!("{predicting}.shared_head.head"), &[129_280, HIDDEN]);
    bf16(&mut rows, &format!("{predicting}.shared_head.norm"), &[HIDDEN]);
    bf16(&mut rows, &format!("{predicting}.eh_proj"), &[HIDDEN, 2 * HIDDEN]);
    bf16(&mut rows, &format!("{predicting}.enorm"), &[HIDDEN]);
    bf16(&mut rows, &format!("{predicting}.hnorm"), &[HIDDEN]);
    let summary = summary(&rows, None);
    assert_eq!(summary.total.elements, 684_531_386_000);
    assert_eq!(summary.total.elements - summary.total.parameters, 41_540_496);
    // The predicting layer and the router biases of the 58 others are in no count of the model class.
    let mtp = summary.components[&Part::MultiToken];
    assert_eq!(mtp.parameters, 13_463_426_304);
    assert_eq!(summary.total.parameters - mtp.parameters - 58 * EXPERTS, 671_026_404_352);
    assert_eq!(summary.layers.len() as u64, LAYERS);
    assert!(summary.packings[&Packing::Fp8].bytes.get() > 670_000_000_000);
    // The same bytes follow from the configuration and its quantisation, router biases and prediction apart.
    let biases = Bytes::new(58 * EXPERTS * 4);
    let from_headers = summary.total.bytes.saturating_sub(mtp.bytes).saturating_sub(biases);
    let config = include_str!("../../../slipstick-catalog/data/models/deepseek-ai--DeepSeek-V3.json");
    assert_eq!(from_config(config), from_headers);
    // The one thing that the files hold and the model class does not count.
    let parameters = import(config.as_bytes()).unwrap().model.parameters();
    let differences = summary.differences(&parameters).unwrap();
    let router = Difference {
        component: Part::Router,
        in_files: parameters.by_component["router"] + 58 * EXPERTS,
        by_configuration: parameters.by_component["router"],
    };
    assert_eq!(differences, [router]);
}

/// The bytes of a checkpoint as its configuration describes it.
fn from_config(text: &str) -> Bytes {
    let value = parse_json(text.as_bytes()).unwrap();
    let scheme = quantization::parse(&value).unwrap().unwrap();
    let model = import_value(&value).unwrap().model;
    model.weight_bytes(&Checkpoint { scheme: &scheme, plain: Format::BF16 })
}

/// gpt-oss-120b stores 3,583,180,800 scale bytes beside 116,829,156,672 parameters.
#[test]
fn gpt_oss_in_mxfp4_blocks() {
    let (hidden, experts, layers) = (2880_u64, 128_u64, 36);
    let mut rows = Vec::new();
    for layer in 0..layers {
        let at = format!("block.{layer}.mlp.experts");
        for (name, out) in [("gate_up_proj", 2 * hidden), ("down_proj", hidden)] {
            rows.push((format!("{at}.{name}_blocks"), "U8", vec![experts, out, hidden / 32, 16]));
            rows.push((format!("{at}.{name}_scales"), "U8", vec![experts, out, hidden / 32]));
            rows.push((format!("{at}.{name}_bias"), "BF16", vec![experts, out]));
        }
    }
    let summary = summary(&rows, None);
    let weights = layers * experts * 3 * hidden * hidden;
    let biases = layers * experts * 3 * hidden;
    assert_eq!(summary.total.parameters, weights + biases);
    assert_eq!(summary.total.elements - weights / 2 - biases, 3_583_180_800);
    assert_eq!(summary.total.bytes.get(), weights / 2 + 3_583_180_800 + 2 * biases);
    assert_eq!(summary.components[&Part::Experts].parameters, weights + biases);
    // All else is in 16 bits.
    let rest = 116_829_156_672 - weights - biases;
    let whole = summary.total.bytes + Bytes::new(2 * rest);
    assert_eq!(whole.get(), 65_248_815_744);
    assert_eq!(
        from_config(include_str!("../../../slipstick-catalog/data/models/openai--gpt-oss-120b.json")),
        whole
    );
}

/// A part of a module: its name, type and shape.
type Tensor = (&'static str, &'static str, &'static [u64]);

const OUT: u64 = 14_336;
const IN: u64 = 4096;

/// One 4096 × 14336 projection in every packing that a checkpoint may hold it in, with the bits its config states.
const PACKED: &[(Packing, Option<u8>, &[Tensor])] = &[
    (
        Packing::Gptq,
        None,
        &[
            ("qweight", "I32", &[IN / 8, OUT]),
            ("qzeros", "I32", &[32, OUT / 8]),
            ("scales", "F16", &[32, OUT]),
            ("g_idx", "I32", &[IN]),
        ],
    ),
    (
        Packing::Gptq,
        None,
        &[
            ("qweight", "I32", &[IN * 3 / 32, OUT]),
            ("qzeros", "I32", &[32, OUT * 3 / 32]),
            ("scales", "F16", &[32, OUT]),
        ],
    ),
    (
        Packing::Awq,
        None,
        &[
            ("qweight", "I32", &[IN, OUT / 8]),
            ("qzeros", "I32", &[32, OUT / 8]),
            ("scales", "F16", &[32, OUT]),
        ],
    ),
    (
        Packing::Bnb4,
        None,
        &[
            ("weight", "U8", &[OUT * IN / 2, 1]),
            ("weight.absmax", "U8", &[OUT * IN / 64]),
            ("weight.quant_map", "F32", &[16]),
            ("weight.nested_absmax", "F32", &[OUT * IN / 64 / 256]),
            ("weight.quant_state.bitsandbytes__nf4", "U8", &[80]),
        ],
    ),
    (Packing::Bnb8, None, &[("weight", "I8", &[OUT, IN]), ("SCB", "F32", &[OUT])]),
    (
        Packing::Nvfp4,
        None,
        &[
            ("weight", "U8", &[OUT, IN / 2]),
            ("weight_scale", "F8_E4M3", &[OUT, IN / 16]),
            ("weight_scale_2", "F32", &[]),
            ("input_scale", "F32", &[]),
        ],
    ),
    (
        Packing::Nvfp4,
        None,
        &[
            ("weight_packed", "U8", &[OUT, IN / 2]),
            ("weight_scale", "F8_E4M3", &[OUT, IN / 16]),
            ("weight_global_scale", "F32", &[1]),
        ],
    ),
    (Packing::Mxfp4, None, &[("weight", "I8", &[OUT, IN / 2]), ("scale", "F8_E8M0", &[OUT, IN / 32])]),
    (Packing::Int8, None, &[("weight", "I8", &[OUT, IN]), ("weight_scale", "BF16", &[OUT, 1])]),
    (
        Packing::CompressedTensors,
        Some(4),
        &[
            ("weight_packed", "I32", &[OUT, IN / 8]),
            ("weight_scale", "BF16", &[OUT, IN / 32]),
            ("weight_shape", "I64", &[2]),
        ],
    ),
    (
        Packing::Mlx,
        Some(6),
        &[
            ("weight", "U32", &[OUT, IN * 6 / 32]),
            ("scales", "BF16", &[OUT, IN / 64]),
            ("biases", "BF16", &[OUT, IN / 64]),
        ],
    ),
    (
        Packing::Exl2,
        None,
        &[
            ("q_weight", "I32", &[IN * 5 / 32, OUT]),
            ("q_invperm", "I32", &[IN]),
            ("q_scale", "I32", &[32, OUT / 8]),
            ("q_scale_max", "F16", &[32]),
            ("q_groups", "I16", &[64]),
        ],
    ),
    (
        Packing::Exl3,
        None,
        &[("trellis", "I16", &[IN / 16, OUT / 16, 48]), ("suh", "F16", &[IN]), ("svh", "F16", &[OUT])],
    ),
    (Packing::BitNet, None, &[("weight", "U8", &[OUT / 4, IN]), ("weight_scale", "BF16", &[1])]),
];

#[test]
fn packed_words_are_unpacked() {
    for (packing, bits, parts) in PACKED {
        let rows: Vec<Row> = parts
            .iter()
            .map(|(part, dtype, shape)| {
                (format!("model.layers.0.mlp.up_proj.{part}"), *dtype, shape.to_vec())
            })
            .collect();
        let summary = summary(&rows, *bits);
        assert_eq!(summary.parameters(), Some(OUT * IN), "{packing:?}");
        assert_eq!(summary.packings.keys().collect::<Vec<_>>(), [packing]);
        assert_eq!(summary.packings[packing].bytes, summary.total.bytes, "{packing:?}");
    }
}

#[test]
fn words_of_unknown_bits_are_not_guessed() {
    let rows = [
        ("a.weight".to_owned(), "U32", vec![64, 32]),
        ("a.scales".to_owned(), "BF16", vec![64, 4]),
        ("a.biases".to_owned(), "BF16", vec![64, 4]),
    ];
    let summary = summary(&rows, None);
    assert_eq!(summary.parameters(), None);
    assert_eq!(summary.unresolved_examples, ["a"]);
}

/// Llama-3.1-8B in Q4_K_M: 4.58 GiB at 4.894 bits a weight (llama.cpp's own table), its last and every third layer
/// between the first and last eighth with `attn_v` and `ffn_down` in Q6_K.
#[test]
fn llama_8b_in_q4_k_m() {
    let layers = 32;
    let more = |layer: u64| layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    let mut writer = writer::Gguf::new(3).text("general.architecture", "llama");
    let mut add = |name: String, shape: &[u64], ggml: GgmlType| {
        let layout = ggml.layout();
        let bytes = shape.iter().product::<u64>() / layout.values * layout.bytes;
        let taken = std::mem::replace(&mut writer, writer::Gguf::new(3));
        writer = taken.tensor(&name, shape, ggml.id(), bytes);
    };
    add("token_embd.weight".into(), &[4096, 128_256], GgmlType::Q4K);
    add("output.weight".into(), &[4096, 128_256], GgmlType::Q6K);
    add("output_norm.weight".into(), &[4096], GgmlType::F32);
    add("rope_freqs.weight".into(), &[64], GgmlType::F32);
    for layer in 0..layers {
        let high = if more(layer) { GgmlType::Q6K } else { GgmlType::Q4K };
        for (name, shape, ggml) in [
            ("attn_norm", &[4096][..], GgmlType::F32),
            ("ffn_norm", &[4096], GgmlType::F32),
            ("attn_q", &[4096, 4096], GgmlType::Q4K),
            ("attn_k", &[4096, 1024], GgmlType::Q4K),
            ("attn_v", &[4096, 1024], high),
            ("attn_output", &[4096, 4096], GgmlType::Q4K),
            ("ffn_gate", &[4096, 14_336], GgmlType::Q4K),
            ("ffn_up", &[4096, 14_336], GgmlType::Q4K),
            ("ffn_down", &[14_336, 4096], high),
        ] {
            add(format!("blk.{layer}.{name}.weight"), shape, ggml);
        }
    }
    let (bytes, size) = writer.finish();
    let file = gguf::parse(&bytes, Some(size)).unwrap().complete().unwrap().file;
    let summary = TensorSummary::of(&file, &|_| None);
    assert_eq!(summary.total.parameters, 8_030_261_248);
    assert_eq!(format!("{:.2}", summary.total.bytes.as_gib()), "4.58");
    let bits_per_weight = summary.total.bytes.as_f64() * 8.0 / 8_030_261_248.0;
    assert_eq!(format!("{bits_per_weight:.3}"), "4.894");
    assert!(summary.has_head());
    assert_eq!(summary.layers.len(), 32);
    assert_eq!(summary.formats["Q4_K"].tensors + summary.formats["Q6_K"].tensors, 226);
}
