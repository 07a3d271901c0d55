//! Models on the disk.

use slipstick_world::SourceErrorKind as Kind;

use crate::{Folder, get, options, safetensors, writer};

fn local(path: &str) -> Result<slipstick_api::ModelFiles, slipstick_world::SourceError> {
    get(path, &options("http://127.0.0.1:9"))
}

/// A file as long as its header says, without writing the data.
fn sparse(folder: &Folder, name: &str, (header, size): (Vec<u8>, u64)) -> String {
    let path = folder.write(name, &header);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
    path
}

#[test]
fn every_kind_of_file() {
    let folder = Folder::new("kinds");
    let config = folder.write("config.json", br#"{"model_type":"llama"}"#);
    folder.write("hf_quant_config.json", b"{}");
    let tensors = sparse(&folder, "model.safetensors", safetensors("w"));
    let gguf = writer::Gguf::new(3).text("general.architecture", "llama").tensor("t", &[32], 0, 128).finish();
    let gguf = sparse(&folder, "m.gguf", gguf);
    assert_eq!(local(&config).unwrap().origin, config);
    let one = local(&tensors).unwrap();
    assert!(one.config_json.is_some() && one.hf_quant_config.is_some());
    assert_eq!(one.tensors.unwrap().bytes().get(), 2 << 20);
    assert_eq!(local(&gguf).unwrap().tensor_file().unwrap().bytes().get(), 128);
    let all = local(folder.path()).unwrap();
    assert_eq!(all.origin, folder.path());
    assert!(all.config_json.is_some() && all.tensors.is_some());
    // A cache names its files by their hash.
    let nameless = folder.0.join("blob");
    std::fs::rename(&gguf, &nameless).unwrap();
    assert!(local(nameless.to_str().unwrap()).unwrap().gguf.is_some());
}

#[test]
fn a_sharded_folder_with_a_shard_missing() {
    let folder = Folder::new("shards");
    folder.write(
        "model.safetensors.index.json",
        br#"{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"#,
    );
    sparse(&folder, "model-1.safetensors", safetensors("a"));
    let error = local(folder.path()).unwrap_err();
    assert!(error.kind == Kind::NotFound && error.message.contains("model-2.safetensors"), "{error:?}");
    sparse(&folder, "model-2.safetensors", safetensors("b"));
    assert_eq!(local(folder.path()).unwrap().tensors.unwrap().tensors.len(), 2);
    // A download that stopped half way.
    let path = folder.0.join("model-2.safetensors");
    std::fs::File::options().write(true).open(path).unwrap().set_len(5000).unwrap();
    let error = local(folder.path()).unwrap_err();
    assert!(error.kind == Kind::Damaged && error.message.contains("incomplete"), "{error:?}");
}

#[test]
fn split_gguf_and_several_models() {
    let folder = Folder::new("split");
    for (no, tensor) in [(0, "a"), (1, "b")] {
        let part =
            writer::Gguf::new(3).u32("split.no", no).u32("split.count", 2).tensor(tensor, &[32], 0, 128);
        sparse(&folder, &format!("m-{:05}-of-00002.gguf", no + 1), part.finish());
    }
    folder.write("mmproj-F16.gguf", b"");
    assert_eq!(local(folder.path()).unwrap().gguf.unwrap().file.tensors.len(), 2);
    std::fs::remove_file(folder.0.join("m-00002-of-00002.gguf")).unwrap();
    let error = local(folder.path()).unwrap_err();
    assert!(error.kind == Kind::NotFound && error.message.contains("m-00002-of-00002.gguf"), "{error:?}");
    folder.write("other.gguf", b"");
    assert!(local(folder.path()).unwrap_err().help.contains("other.gguf"));
}

#[test]
fn what_is_not_there_or_not_a_model() {
    let folder = Folder::new("wrong");
    let empty = local(folder.path()).unwrap_err();
    assert!(empty.kind == Kind::NotAModel && empty.help.contains("empty"), "{empty:?}");
    folder.write("confg.json", b"{}");
    let near = local(&format!("{}/config.json", folder.path())).unwrap_err();
    assert!(near.kind == Kind::NotFound && near.help.contains("confg.json"), "{near:?}");
    let nowhere = local("/nowhere/at/all/config.json").unwrap_err();
    assert!(nowhere.help.contains("/nowhere/at/all"), "{nowhere:?}");
    let text = folder.write("notes.txt", b"hello");
    assert_eq!(local(&text).unwrap_err().kind, Kind::NotAModel);
    let huge = folder.write("big.json", b"{}");
    std::fs::File::options().write(true).open(&huge).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(local(&huge).unwrap_err().kind, Kind::TooLarge);
}

#[cfg(unix)]
#[test]
fn links_and_devices() {
    let folder = Folder::new("links");
    let link = |to: &str, name: &str| {
        let path = folder.0.join(name);
        std::os::unix::fs::symlink(to, &path).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let circle = link("b.gguf", "a.gguf");
    link("a.gguf", "b.gguf");
    let error = local(&circle).unwrap_err();
    assert!(error.kind == Kind::Unreadable && error.message.contains("circle"), "{error:?}");
    let dangling = local(&link("gone.gguf", "c.gguf")).unwrap_err();
    assert!(dangling.kind == Kind::NotFound && dangling.message.contains("link"), "{dangling:?}");
    let endless = local(&link("/dev/zero", "config.json")).unwrap_err();
    assert!(endless.kind == Kind::Unreadable && endless.message.contains("regular"), "{endless:?}");
}
