//! What is done with hostile bytes: each importer, and everything that follows from what it accepts.
//!
//! The fuzz targets under `fuzz/` call the same functions.

use slipstick_core::{
    model::{Checkpoint, Model},
    numeric::{Format, QuantScheme},
};
use slipstick_import::{
    config::{import, import_value, parse_json},
    gguf, gguf_config, quantization,
    safetensors::{assemble, parse_header, parse_index},
    tensors::{Prefix, TensorFile, TensorSummary},
};

/// A `config.json`.
pub(crate) fn config(data: &[u8]) {
    if let Ok(imported) = import(data) {
        everything_about(&imported.model, &QuantScheme::linear("none", Format::Nf4Double));
    }
}

fn everything_about(model: &Model, scheme: &QuantScheme) {
    let parameters = model.parameters();
    assert!(parameters.active <= parameters.total && parameters.total <= parameters.total_untied);
    let kinds = model.layer_kinds();
    assert_eq!(kinds.total, model.layers.len() as u64);
    model.cache(Format::FP16);
    let (short, long) = (model.cache_bytes(Format::BF16, 1), model.cache_bytes(Format::BF16, 1 << 20));
    assert!(short <= long);
    model.weight_bytes(&Checkpoint { scheme, plain: Format::BF16 });
    model.profile();
}

/// A safetensors file.
pub(crate) fn safetensors(data: &[u8]) {
    for size in [None, Some(data.len() as u64), Some(1 << 40)] {
        if let Ok(Prefix::Complete(file)) = parse_header(data, size) {
            summarise(&file);
        }
    }
}

fn summarise(file: &TensorFile) {
    for bits in [None, Some(0), Some(4)] {
        let summary = TensorSummary::of(file, &|_| bits);
        assert_eq!(summary.total.bytes, file.bytes());
        assert_eq!(summary.total.tensors, file.tensors.len() as u64);
        summary.parameters();
    }
}

/// A GGUF file.
pub(crate) fn gguf(data: &[u8]) {
    for size in [None, Some(data.len() as u64), Some(1 << 40)] {
        match gguf::parse(data, size) {
            Ok(Prefix::Complete(file)) => {
                summarise(&file.file);
                if let Ok(Some(read)) = gguf_config::model(&file) {
                    read.model.parameters();
                }
                if let Ok(config) = gguf_config::config(&file) {
                    drop(import_value(&config));
                }
                drop(gguf::assemble(vec![file.clone(), file]));
            }
            // A reader that obeys must get somewhere.
            Ok(Prefix::NeedMore(more)) => assert!(more > data.len() as u64),
            Err(_) => {}
        }
    }
}

/// An index of shards.
pub(crate) fn index(data: &[u8]) {
    if let Ok(index) = parse_index(data) {
        assert!(index.tensors.values().all(|shard| *shard < index.shards.len()));
        assert!(
            index
                .shards
                .iter()
                .all(|shard| !shard.starts_with('/') && shard.split('/').all(|step| step != ".."))
        );
        drop(assemble(Some(&index), Vec::new()));
    }
}

/// A quantisation config, within a `config.json` or by itself.
pub(crate) fn quantization(data: &[u8]) {
    let schemes = [
        parse_json(data).ok().and_then(|value| quantization::parse(&value).ok().flatten()),
        quantization::parse_hf_quant_config(data).ok(),
    ];
    for scheme in schemes.into_iter().flatten() {
        for module in
            ["lm_head", "model.layers.3.mlp.experts.*.up_proj", "model.layers.0.self_attn.q_proj", ""]
        {
            scheme.format_of(module, Format::BF16).tensor(4096, 4096);
            scheme.packed_bits(module);
        }
    }
}
