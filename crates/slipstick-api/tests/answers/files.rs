//! Weight files against their configuration.

use serde_json::{Value, json};
use slipstick_api::{
    Catalog, ModelFiles,
    registry::Command,
    resolve::{Unknown, from_files},
};
use slipstick_import::{safetensors::parse_header, tensors::TensorFile};

use crate::world::{GLM, NOWHERE};

const HIDDEN: u64 = 64;
const INNER: u64 = 128;
const VOCABULARY: u64 = 256;

fn config(tied: bool) -> Vec<u8> {
    let value = json!({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "torch_dtype": "bfloat16",
        "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": 2, "vocab_size": VOCABULARY,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 512, "tie_word_embeddings": tied,
    });
    serde_json::to_vec(&value).expect("a document")
}

/// The tensors of that configuration, and more.
fn tensors(more: &[(&str, &str, &[u64])]) -> TensorFile {
    let mut rows: Vec<(String, &str, Vec<u64>)> = vec![
        ("model.embed_tokens.weight".into(), "BF16", vec![VOCABULARY, HIDDEN]),
        ("model.norm.weight".into(), "BF16", vec![HIDDEN]),
    ];
    for layer in 0..2 {
        let shapes: [(&str, &[u64]); 9] = [
            ("input_layernorm", &[HIDDEN]),
            ("post_attention_layernorm", &[HIDDEN]),
            ("self_attn.q_proj", &[64, HIDDEN]),
            ("self_attn.k_proj", &[32, HIDDEN]),
            ("self_attn.v_proj", &[32, HIDDEN]),
            ("self_attn.o_proj", &[HIDDEN, 64]),
            ("mlp.gate_proj", &[INNER, HIDDEN]),
            ("mlp.up_proj", &[INNER, HIDDEN]),
            ("mlp.down_proj", &[HIDDEN, INNER]),
        ];
        rows.extend(
            shapes
                .map(|(name, shape)| (format!("model.layers.{layer}.{name}.weight"), "BF16", shape.to_vec())),
        );
    }
    rows.extend(more.iter().map(|(name, dtype, shape)| ((*name).to_owned(), *dtype, shape.to_vec())));
    let mut header = serde_json::Map::new();
    let mut at = 0;
    for (name, dtype, shape) in rows {
        let width = if dtype == "F32" { 4 } else { 2 };
        let bytes = width * shape.iter().product::<u64>();
        header.insert(name, json!({"dtype": dtype, "shape": shape, "data_offsets": [at, at + bytes]}));
        at += bytes;
    }
    let text = serde_json::to_vec(&Value::Object(header)).expect("a document");
    let mut file = (text.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(&text);
    let size = file.len() as u64 + at;
    parse_header(&file, Some(size)).expect("a header").complete().expect("all of it")
}

fn notes(tied: bool, more: &[(&str, &str, &[u64])]) -> String {
    let files =
        ModelFiles { config_json: Some(config(tied)), tensors: Some(tensors(more)), ..ModelFiles::default() };
    from_files(&files, Unknown::Refused).expect("a model").notes.join("; ")
}

const HEAD: (&str, &str, &[u64]) = ("lm_head.weight", "BF16", &[VOCABULARY, HIDDEN]);

#[test]
fn files_that_agree_are_not_remarked_on() {
    assert_eq!(notes(true, &[]), "");
    assert_eq!(notes(false, &[HEAD]), "");
}

#[test]
fn a_tied_head_that_is_stored_is_named() {
    let remark = notes(true, &[HEAD]);
    assert!(remark.contains("tied to the embedding by the configuration, yet stored"), "{remark}");
    let missing = notes(false, &[]);
    assert!(missing.contains("head: 0 parameters in the files, 16,384 by the configuration"), "{missing}");
}

#[test]
fn buffers_are_told_from_weights() {
    let buffer: (&str, &str, &[u64]) = ("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", &[8]);
    let files = ModelFiles {
        config_json: Some(config(true)),
        tensors: Some(tensors(&[buffer])),
        ..ModelFiles::default()
    };
    let model = from_files(&files, Unknown::Refused).expect("a model");
    let summary = model.files.expect("headers were read");
    assert_eq!((summary.buffers.tensors, summary.buffers.bytes.get(), summary.scales.tensors), (1, 32, 0));
    assert_eq!(summary.parameters(), Some(model.model.parameters().total));
}

/// A page has no path to give, and a server opens none: the text of a configuration is a model too.
#[test]
fn a_configuration_in_the_request_is_read_as_its_file() {
    let asked = |command: &str, model: Value| {
        let fields = json!({"model": model, "on": "8xh200"});
        let command = Command::named(command).expect("a command");
        let request = command.read(fields.as_object().expect("fields").clone()).expect("a request");
        request.answer(&Catalog::builtin(), &NOWHERE).expect("an answer").document(false)
    };
    let text = include_str!("models/glm-4.5.json");
    let (pasted, file) = (asked("memory", text.into()), asked("memory", GLM.into()));
    assert_eq!(pasted["per_accelerator"], file["per_accelerator"]);
    let compared = asked("compare", json!([text, GLM]));
    assert_eq!(compared["rows"][0]["tpot_s"], compared["rows"][1]["tpot_s"]);
}
