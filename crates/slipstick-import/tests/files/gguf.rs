//! GGUF headers, sound and damaged.

use slipstick_core::numeric::GgmlType;
use slipstick_import::{
    gguf::{self, Gguf, GgufError, Value, parse},
    tensors::{Prefix, StoredType},
};

use crate::writer;

fn small(version: u32) -> writer::Gguf {
    writer::Gguf::new(version)
        .text("general.architecture", "llama")
        .u32("llama.block_count", 2)
        .u32_list("llama.attention.head_count_kv", &[8, 4])
        .bool_list("llama.attention.sliding_window_pattern", &[true, false])
        .f32("llama.rope.freq_base", 500_000.0)
        .tokens(2000)
        .merges(1500)
        .tensor("token_embd.weight", &[256, 2000], 12, 2000 * 144)
        .tensor("blk.0.attn_norm.weight", &[256], 0, 1024)
}

fn read(writer: &writer::Gguf) -> Result<Gguf, GgufError> {
    let (bytes, size) = writer.finish();
    parse(&bytes, Some(size)).map(|parsed| parsed.complete().unwrap())
}

#[test]
fn versions_one_to_three() {
    for version in 1..=3 {
        let gguf = read(&small(version)).unwrap();
        assert_eq!(gguf.version, version);
        assert_eq!(gguf.architecture(), Some("llama"));
        assert_eq!(gguf.vocabulary(), Some(2000));
        assert_eq!(gguf.metadata.get("tokenizer.ggml.tokens"), Some(&Value::Skipped(2000)));
        assert_eq!(gguf.metadata.length("tokenizer.ggml.merges"), Some(1500));
        let per_layer = Value::List(vec![Value::Unsigned(8), Value::Unsigned(4)]);
        assert_eq!(gguf.metadata.get("llama.attention.head_count_kv"), Some(&per_layer));
        let pattern = Value::List(vec![Value::Bool(true), Value::Bool(false)]);
        assert_eq!(gguf.metadata.get("llama.attention.sliding_window_pattern"), Some(&pattern));
        assert_eq!(gguf.metadata.number("llama.rope.freq_base"), Some(500_000.0));
        // Row-major, as in safetensors.
        assert_eq!(gguf.file.tensors[0].shape, [2000, 256]);
        assert_eq!(gguf.file.tensors[0].bytes.get(), 288_000);
        assert!(!gguf.is_projector());
    }
}

/// A writer may fill the last tensor up to the alignment; nothing else belongs there.
#[test]
fn what_stands_after_the_last_tensor_is_named() {
    let writer = writer::Gguf::new(3).text("general.architecture", "x").tensor("t", &[31], 0, 124);
    let (bytes, size) = writer.finish();
    let trailing = |size: u64| parse(&bytes, Some(size)).unwrap().complete().unwrap().file.trailing.get();
    // Four bytes of the last block of 32 are padding.
    assert_eq!((trailing(size - 4), trailing(size), trailing(size + 777)), (0, 0, 777));
}

#[test]
fn every_prefix_asks_for_more_until_the_header_is_whole() {
    let writer =
        writer::Gguf::new(3).text("a", "b").u32_list("c", &[1, 2]).tensor("t", &[32], 0, 128).tokens(3);
    let (bytes, size) = writer.finish();
    for end in 0..bytes.len() {
        match parse(&bytes[..end], Some(size)).unwrap() {
            Prefix::NeedMore(more) => assert!(more > end as u64 && more <= size, "{end}: {more}"),
            // Only padding is left.
            Prefix::Complete(_) => assert!(bytes.len() - end < 32),
        }
    }
}

#[test]
fn every_type_has_its_bytes() {
    for &ggml in GgmlType::ALL {
        let layout = ggml.layout();
        let bytes = 3 * 2 * layout.bytes;
        let writer = writer::Gguf::new(3).tensor("t", &[2 * layout.values, 3], ggml.id(), bytes);
        let gguf = read(&writer).unwrap();
        assert_eq!(gguf.file.tensors[0].bytes.get(), bytes, "{ggml}");
        assert_eq!(gguf.file.tensors[0].stored, StoredType::Ggml(ggml));
    }
}

#[test]
fn an_unknown_type_takes_the_gap() {
    let writer = writer::Gguf::new(3).tensor("a", &[32], 145, 20).tensor("b", &[32], 0, 128).tensor(
        "c",
        &[32],
        145,
        64,
    );
    let gguf = read(&writer).unwrap();
    let bytes: Vec<u64> = gguf.file.tensors.iter().map(|tensor| tensor.bytes.get()).collect();
    assert_eq!(bytes, [32, 128, 64]);
    assert!(!gguf.file.tensors[0].stored.is_known());
    // Without the size of the file nothing tells where the last one ends.
    let (bytes, _) = writer.finish();
    assert!(matches!(parse(&bytes, None), Err(GgufError::Tensor { name, .. }) if name == "c"));
    let removed = read(&writer::Gguf::new(3).tensor("a", &[32], 31, 18)).unwrap_err().to_string();
    assert!(removed.contains("Q4_0_4_4") && removed.contains("removed"), "{removed}");
}

#[test]
fn lies_are_refused_without_reading_on() {
    let start = |tensors: u64, pairs: u64| {
        let mut file = b"GGUF\x03\0\0\0".to_vec();
        file.extend(tensors.to_le_bytes());
        file.extend(pairs.to_le_bytes());
        file
    };
    assert_eq!(parse(&start(1 << 60, 0), None), Err(GgufError::HeaderTooLong));
    assert_eq!(parse(&start(0, 1 << 60), None), Err(GgufError::TooManyPairs(1 << 60)));
    assert!(matches!(parse(&start(1 << 20, 0), Some(4096)), Err(GgufError::Truncated { .. })));
    let mut key = start(0, 1);
    key.extend(u64::MAX.to_le_bytes());
    assert!(matches!(parse(&key, None), Err(GgufError::Text { .. })));
    let array = |item: u32, count: u64| {
        let mut value = item.to_le_bytes().to_vec();
        value.extend(count.to_le_bytes());
        writer::Gguf::new(3).pair("k", 9, &value)
    };
    for (item, count) in [(10, u64::MAX), (8, 1 << 61), (0, 1 << 40)] {
        assert_eq!(parse(&array(item, count).finish().0, None), Err(GgufError::HeaderTooLong));
    }
    assert!(matches!(parse(&array(9, 1).finish().0, None), Err(GgufError::Value { .. })));
    assert!(matches!(parse(&array(99, 1).finish().0, None), Err(GgufError::ValueType { id: 99, .. })));
}

#[test]
fn damaged_files_are_told_apart() {
    assert_eq!(parse(b"GGML\x03\0\0\0", None), Err(GgufError::Magic));
    assert_eq!(parse(b"GGUF\0\0\0\x03", None), Err(GgufError::BigEndian));
    assert_eq!(parse(b"GGUF\x09\0\0\0", None), Err(GgufError::Version(9)));
    assert_eq!(parse(b"GG", Some(2)), Err(GgufError::Truncated { needed: 4, file: 2 }));
    let twice = writer::Gguf::new(3).u32("a", 1).u32("a", 2);
    assert_eq!(read(&twice), Err(GgufError::Duplicate("a".into())));
    let twice = writer::Gguf::new(3).tensor("t", &[1], 0, 4).tensor("t", &[1], 0, 4);
    assert_eq!(read(&twice), Err(GgufError::Duplicate("t".into())));
    let overlap = writer::Gguf::new(3).tensor_at("a", &[32], 0, 0).tensor_at("b", &[32], 0, 64);
    assert!(matches!(parse(&overlap.finish().0, None), Err(GgufError::Overlap(..))));
    for (shape, type_id, offset, says) in [
        (vec![33], 2, 0, "no whole number of Q4_0 blocks"),
        (vec![1 << 40, 1 << 40], 0, 0, "can be counted"),
        (vec![1, 1, 1, 1, 1], 0, 0, "at most 4"),
        (vec![32], 0, 7, "not aligned"),
        (vec![32], 0, u64::MAX - 31, "past the end"),
    ] {
        let file = writer::Gguf::new(3).tensor_at("t", &shape, type_id, offset).finish().0;
        let message = parse(&file, None).unwrap_err().to_string();
        assert!(message.contains(says), "{says}: {message}");
    }
    let (bytes, size) = small(3).finish();
    assert!(matches!(parse(&bytes, Some(size - 1024)), Err(GgufError::DataMissing { .. })));
}

#[test]
fn split_files_are_put_together() {
    let part = |no: u32, count: u32, tensor: &str| {
        let writer = writer::Gguf::new(3)
            .u32("split.no", no)
            .u32("split.count", count)
            .u32("split.tensors.count", 2)
            .tensor(tensor, &[32], 0, 128);
        read(&writer).unwrap()
    };
    let whole = gguf::assemble(vec![part(1, 2, "b"), part(0, 2, "a")]).unwrap();
    let names: Vec<&str> = whole.file.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let first = part(0, 2, "a").split.unwrap();
    assert_eq!(first.sibling("m-00001-of-00002.gguf", 1).as_deref(), Some("m-00002-of-00002.gguf"));
    assert_eq!(first.sibling("renamed.gguf", 1), None);
    for parts in [
        vec![part(0, 2, "a")],
        vec![part(0, 2, "a"), part(0, 2, "b")],
        vec![part(0, 2, "a"), part(1, 2, "a")],
        vec![part(0, 2, "a"), part(1, 3, "b")],
        vec![],
    ] {
        assert!(gguf::assemble(parts).is_err());
    }
    let bad = writer::Gguf::new(3).u32("split.no", 7).u32("split.count", 2);
    assert!(matches!(read(&bad), Err(GgufError::Split(_))));
}

#[test]
fn projectors_are_recognised() {
    assert!(read(&writer::Gguf::new(3).text("general.architecture", "clip")).unwrap().is_projector());
}
