//! safetensors headers and indices, sound and damaged.

use slipstick_import::{
    safetensors::{AssembleError, IndexError, SafetensorsError, assemble, parse_header, parse_index},
    tensors::{Prefix, StoredType, TensorFile},
};

use slipstick_core::units::Bytes;

use crate::writer;

fn header(json: &str) -> Vec<u8> {
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend(json.bytes());
    file
}

fn refused(json: &str) -> SafetensorsError {
    parse_header(&header(json), None).unwrap_err()
}

fn parsed(tensors: &[(&str, &str, &[u64])]) -> TensorFile {
    let tensors: Vec<_> = tensors.iter().map(|(n, d, s)| ((*n).to_owned(), *d, s.to_vec())).collect();
    let (bytes, size) = writer::safetensors(&tensors);
    parse_header(&bytes, Some(size)).unwrap().complete().unwrap()
}

#[test]
fn asks_for_what_it_needs_and_no_more() {
    let (bytes, size) = writer::safetensors(&[("a".into(), "BF16", vec![4, 8])]);
    assert_eq!(parse_header(&[], Some(size)), Ok(Prefix::NeedMore(8)));
    assert_eq!(parse_header(&bytes[..20], Some(size)), Ok(Prefix::NeedMore(bytes.len() as u64)));
    let file = parse_header(&bytes, Some(size)).unwrap().complete().unwrap();
    assert_eq!((file.bytes().get(), file.unclaimed.get()), (64, 0));
    assert_eq!(file.metadata["format"], "pt");
}

#[test]
fn lengths_that_lie_are_refused_before_anything_is_read() {
    let lie = |length: u64| length.to_le_bytes();
    assert_eq!(parse_header(&lie(u64::MAX), None), Err(SafetensorsError::HeaderTooLong(u64::MAX)));
    assert_eq!(
        parse_header(&lie(90_000_000), Some(1000)),
        Err(SafetensorsError::Truncated { file: 1000, header: 90_000_008 })
    );
    assert_eq!(parse_header(b"", Some(3)), Err(SafetensorsError::Truncated { file: 3, header: 8 }));
    let (bytes, size) = writer::safetensors(&[("a".into(), "BF16", vec![4, 8])]);
    assert_eq!(
        parse_header(&bytes, Some(size - 1)),
        Err(SafetensorsError::DataMissing { needed: size, file: size - 1 })
    );
}

#[test]
fn tensors_that_cannot_be_are_refused_by_name() {
    for (json, says) in [
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "ends at 0, before it starts at 8"),
        (
            r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
            "takes 8 bytes, but its offsets span 4",
        ),
        (
            r#"{"a":{"dtype":"F32","shape":[1152921504606846976,16],"data_offsets":[0,4]}}"#,
            "more elements than can be counted",
        ),
        (
            r#"{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}"#,
            "more bits than can be counted",
        ),
        (r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "invalid value"),
        (r#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "invalid type"),
        (r#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, "16"),
        (r#"{"a":{"dtype":"F32","shape":[1]}}"#, "missing field `data_offsets`"),
        (r"[]", "an object of tensors"),
        (r#"{"a":"#, "EOF"),
    ] {
        let message = refused(json).to_string();
        assert!(message.contains(says), "{json}: {message}");
    }
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(refused(&deep), SafetensorsError::Json(_)));
    let deep = format!(
        r#"{{"a":{{"x":{}{},"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    // What is not needed is skipped without recursion.
    assert!(parse_header(&header(&deep), None).unwrap().complete().is_some());
}

#[test]
fn names_and_bytes_belong_to_one_tensor() {
    let tensor = r#"{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#;
    let twice = refused(&format!(r#"{{"a":{tensor},"a":{tensor}}}"#));
    assert_eq!(twice, SafetensorsError::Duplicate("a".into()));
    let overlap = refused(&format!(r#"{{"a":{tensor},"b":{tensor}}}"#));
    assert_eq!(overlap, SafetensorsError::Overlap("a".into(), "b".into()));
}

#[test]
fn an_unknown_type_keeps_its_bytes() {
    let json = r#"{"a":{"dtype":"F2_X","shape":[4],"data_offsets":[8,12]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}}"#;
    let file = parse_header(&header(json), None).unwrap().complete().unwrap();
    assert_eq!(file.tensors[0].stored, StoredType::UnknownDtype("F2_X".into()));
    assert_eq!((file.bytes().get(), file.unclaimed.get()), (4, 8));
}

#[test]
fn what_stands_after_the_last_tensor_is_named() {
    let json = r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#;
    let prefix = header(json);
    let read = |more: u64| {
        let size = prefix.len() as u64 + 4 + more;
        parse_header(&prefix, Some(size)).unwrap().complete().unwrap()
    };
    assert_eq!(read(0).trailing_remark(), None);
    let remark = read(99).trailing_remark().unwrap();
    assert!(remark.starts_with("99 bytes after the last tensor"), "{remark}");
}

#[test]
fn an_index_stays_in_its_folder() {
    let index = |shard: &str| parse_index(format!(r#"{{"weight_map":{{"a":"{shard}"}}}}"#).as_bytes());
    assert_eq!(index("transformer/model-00001-of-00002.safetensors").unwrap().shards.len(), 1);
    for shard in [
        "../model.safetensors",
        "/etc/model.safetensors",
        "a/../../b.safetensors",
        "..\\\\a.safetensors",
        "C:a.safetensors",
        "a//b.safetensors",
        "http://x/a.safetensors",
        "",
        "a%2f..%2fb.safetensors",
        "a.safetensors?x",
    ] {
        let message = index(shard).unwrap_err().to_string();
        assert!(message.contains("inside the model's folder"), "{shard}: {message}");
    }
    let cyclic = index("model.safetensors.index.json").unwrap_err().to_string();
    assert!(cyclic.contains("not a .safetensors file"), "{cyclic}");
    assert!(index("pytorch_model-00001-of-00002.bin").unwrap_err().to_string().contains("convert"));
}

#[test]
fn an_index_is_read_in_any_order() {
    let index = parse_index(
        br#"{"weight_map":{"z":"2.safetensors","a":"1.safetensors","b":"2.safetensors"},"metadata":{"total_size":7.0}}"#,
    )
    .unwrap();
    assert_eq!(index.shards, ["1.safetensors", "2.safetensors"]);
    assert_eq!((index.tensors["z"], index.tensors["a"], index.tensors["b"]), (1, 0, 1));
    assert_eq!(index.total_size.map(Bytes::get), Some(7));
    assert_eq!(parse_index(br#"{"metadata":{}}"#), Err(IndexError::Empty));
    assert!(matches!(parse_index(br#"{"weight_map":{"a":3}}"#), Err(IndexError::Json(_))));
    let twice = parse_index(br#"{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}"#).unwrap_err();
    assert!(twice.to_string().contains("'a' is listed twice"), "{twice}");
}

#[test]
fn shards_are_checked_against_their_index() {
    let index = parse_index(
        br#"{"metadata":{"total_size":99},"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}}"#,
    )
    .unwrap();
    let one = parsed(&[("a", "U8", &[4]), ("b", "U8", &[4])]);
    let two = parsed(&[("d", "U8", &[4])]);
    let shards = vec![("1.safetensors".to_owned(), one.clone()), ("2.safetensors".to_owned(), two)];
    let whole = assemble(Some(&index), shards).unwrap();
    assert_eq!(whole.file.bytes().get(), 12);
    for says in ["places tensor 'b'", "names tensor 'c'", "holds tensor 'd'", "states 99 bytes"] {
        assert!(whole.notes.iter().any(|note| note.contains(says)), "{says}: {:?}", whole.notes);
    }
    let twice = assemble(None, vec![("1".into(), one.clone()), ("2".into(), one)]).unwrap_err();
    assert!(matches!(twice, AssembleError::Duplicate { tensor, .. } if tensor == "a"));
}
