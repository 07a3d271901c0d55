//! Models in other formats against the sizes of real files.

use slipstick_catalog::Catalog;
use slipstick_core::model::Model;
use slipstick_import::config::import;

/// A shipped configuration.
fn model(name: &str) -> Model {
    let path = format!("{}/data/models/{}.json", env!("CARGO_MANIFEST_DIR"), name.replace('/', "--"));
    let text = std::fs::read(&path).expect("the catalogue ships the model");
    import(&text).expect("the model is supported").model
}

fn gib(model: &Model, quant: &str) -> f64 {
    let rules = Catalog::builtin().quant(quant).expect("a format's name").rules(model);
    model.weight_bytes(&rules).as_gib()
}

fn assert_within(predicted: f64, real: f64, share: f64, what: &str) {
    assert!((predicted / real - 1.0).abs() < share, "{what}: {predicted:.4} against {real:.4}");
}

/// Llama-3.1-8B as llama.cpp's own table of its quantiser lists it, in bits a weight (8.03 billion of them); read
/// 2026-08.
const LLAMA_8B: [(&str, f64); 24] = [
    ("IQ1_S", 2.004),
    ("IQ1_M", 2.146),
    ("IQ2_XXS", 2.382),
    ("IQ2_XS", 2.588),
    ("IQ2_S", 2.740),
    ("IQ2_M", 2.929),
    ("IQ3_XXS", 3.255),
    ("IQ3_XS", 3.498),
    ("IQ3_S", 3.661),
    ("IQ3_M", 3.763),
    ("IQ4_XS", 4.460),
    ("IQ4_NL", 4.682),
    ("Q2_K_S", 2.970),
    ("Q2_K", 3.159),
    ("Q3_K_S", 3.643),
    ("Q3_K_M", 3.996),
    ("Q3_K_L", 4.298),
    ("Q4_K_S", 4.667),
    ("Q4_K_M", 4.894),
    ("Q5_K_S", 5.570),
    ("Q5_K_M", 5.704),
    ("Q6_K", 6.563),
    ("Q8_0", 8.501),
    ("F16", 16.00),
];

#[test]
fn every_mixture_of_llama_8b() {
    let model = model("meta-llama/Llama-3.1-8B-Instruct");
    let parameters = model.parameters().total as f64;
    for (quant, bits) in LLAMA_8B {
        let predicted = gib(&model, quant) * 1_073_741_824.0 * 8.0 / parameters;
        assert_within(predicted, bits, 0.01, quant);
    }
}

/// Whole files: 70B in two types, and a model of 128 experts.
#[test]
fn other_models() {
    let gb = 1e9 / 1_073_741_824.0;
    let large = model("meta-llama/Llama-3.1-70B-Instruct");
    assert_within(gib(&large, "Q4_K_M"), 42.5 * gb, 0.01, "70B Q4_K_M");
    assert_within(gib(&large, "Q4_0"), 37.22, 0.01, "70B Q4_0");
    assert_within(gib(&model("Qwen/Qwen3-30B-A3B"), "Q5_K_M"), 20.23, 0.01, "30B-A3B Q5_K_M");
}

/// Mixtral-8x22B as bartowski published it with release b2636 of llama.cpp, in GB; read 2026-11.
const MIXTRAL_8X22B: [(&str, f64); 12] = [
    ("Q5_K_M", 99.96),
    ("Q5_K_S", 96.97),
    ("Q4_K_M", 85.58),
    ("Q4_K_S", 80.47),
    ("IQ4_XS", 76.35),
    ("Q3_K_L", 72.57),
    ("Q3_K_M", 67.78),
    ("IQ3_M", 64.49),
    ("IQ3_S", 61.49),
    ("Q3_K_S", 61.49),
    ("IQ3_XS", 58.22),
    ("Q2_K", 52.10),
];

/// Eight experts have rules of their own.
#[test]
fn mixtures_of_eight_experts() {
    let model = model("mistralai/Mixtral-8x22B-v0.1");
    for (quant, gb) in MIXTRAL_8X22B {
        assert_within(gib(&model, quant) * 1.073_741_824, gb, 0.01, quant);
    }
}

/// Loads that engines printed, in GiB.
#[test]
fn checkpoints_that_engines_loaded() {
    let llama = model("meta-llama/Llama-3.1-70B-Instruct");
    assert_within(gib(&llama, "w8a8"), 67.7229, 0.01, "70B int8");
    assert_within(gib(&llama, "fp8"), 67.72, 0.01, "70B fp8");
}
