//! Repositories on a hub: listed, chosen, cached, gated, mirrored.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use slipstick_world::{Options, SourceErrorKind as Kind, Token};

use crate::{
    Folder, get, options, safetensors,
    server::{Reply, Request, Server},
    writer,
};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A hub with one repository of these files; each is its first bytes and its size.
fn hub(files: Vec<(&'static str, Vec<u8>, u64)>) -> Server {
    Server::start(move |request| answer(request, &files))
}

fn answer(request: &Request, files: &[(&'static str, Vec<u8>, u64)]) -> Reply {
    if let Some(revision) = request.path.strip_prefix("/api/models/org/name/revision/") {
        if !matches!(revision, "main" | "v1" | "refs%2Fpr%2F1") {
            return Reply::status(404).with("X-Error-Code", "RevisionNotFound").with("Content-Length", 0);
        }
        let names: Vec<String> =
            files.iter().map(|(name, ..)| format!(r#"{{"rfilename":"{name}"}}"#)).collect();
        return Reply::ok(format!(r#"{{"sha":"{COMMIT}","siblings":[{}]}}"#, names.join(",")));
    }
    let path = request.path.strip_prefix(&format!("/org/name/resolve/{COMMIT}/"));
    match files.iter().find(|(name, ..)| Some(*name) == path) {
        Some((_, start, size)) => Reply::part(request, start, *size),
        None => Reply::status(404).with("Content-Length", 0),
    }
}

fn whole(content: &str) -> (Vec<u8>, u64) {
    (content.as_bytes().to_vec(), content.len() as u64)
}

fn sharded() -> Vec<(&'static str, Vec<u8>, u64)> {
    let index = whole(
        r#"{"metadata":{"total_size":4194304},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"#,
    );
    let (a, b) = (safetensors("a"), safetensors("b"));
    let config = whole(r#"{"model_type":"llama"}"#);
    vec![
        ("config.json", config.0, config.1),
        ("model.safetensors.index.json", index.0, index.1),
        ("model-1.safetensors", a.0, a.1),
        ("model-2.safetensors", b.0, b.1),
        ("../evil.safetensors", vec![], 0),
    ]
}

#[test]
fn a_repository_by_its_headers() {
    let server = hub(sharded());
    let files = get("org/name", &options(&server.address)).unwrap();
    assert_eq!(files.config_json.as_deref(), Some(&br#"{"model_type":"llama"}"#[..]));
    assert_eq!(files.origin, format!("org/name at {COMMIT}"));
    assert_eq!((files.tensors.unwrap().bytes().get(), files.notes), (4 << 20, vec![]));
    // The listing, the config, the index and two headers.
    assert_eq!(server.requests().len(), 5);
    let mut only_config = options(&server.address);
    only_config.headers = false;
    assert_eq!(get("org/name@v1", &only_config).unwrap().tensors, None);
    assert!(get("org/name@refs/pr/1", &only_config).is_ok());
    let error = get("org/name@v2", &only_config).unwrap_err();
    assert!(error.kind == Kind::Missing && error.help.contains("@revision"), "{error:?}");
    // The web page of a file is that file.
    let page = format!("{}/org/name/blob/main/model-1.safetensors", server.address);
    let one = get(&page, &options(&server.address)).unwrap();
    assert_eq!(one.tensors.unwrap().tensors.len(), 1);
    let missing = get(&page.replace("model-1", "modle-1"), &options(&server.address)).unwrap_err();
    assert!(missing.help.contains("nearest is model-1.safetensors"), "{missing:?}");
}

fn cached(server: &Server, folder: &Folder) -> Options {
    let mut options = options(&server.address);
    options.cache = Some(folder.0.clone());
    options
}

#[test]
fn a_second_run_reads_the_cache() {
    let down = Arc::new(AtomicBool::new(false));
    let files = sharded();
    let server = Server::start({
        let down = down.clone();
        move |request| {
            if down.load(Ordering::Relaxed) {
                return Reply::status(503).with("Content-Length", 0);
            }
            answer(request, &files)
        }
    });
    let folder = Folder::new("cache");
    let mut options = cached(&server, &folder);
    options.retries = 0;
    let first = get("org/name", &options).unwrap();
    assert_eq!(server.requests().len(), 5);
    let second = get("org/name", &options).unwrap();
    // The listing alone is asked for again: everything else belongs to its commit.
    assert_eq!((server.requests().len(), &second), (6, &first));
    options.offline = true;
    assert_eq!(get("org/name", &options).unwrap(), first);
    assert_eq!(server.requests().len(), 6);
    let unknown = get("org/other", &options).unwrap_err();
    assert!(unknown.kind == Kind::Offline && unknown.help.contains("--offline"), "{unknown:?}");
    // A hub that is down is no reason to fail, but it is said.
    options.offline = false;
    down.store(true, Ordering::Relaxed);
    let stale = get("org/name", &options).unwrap();
    assert_eq!(stale.tensors, first.tensors);
    assert!(stale.notes[0].contains("what is cached is used"), "{:?}", stale.notes);
}

#[test]
fn a_damaged_cache_is_fetched_again_and_kept_small() {
    let server = hub(sharded());
    let folder = Folder::new("damaged");
    let mut options = cached(&server, &folder);
    let first = get("org/name", &options).unwrap();
    let mut entries = Vec::new();
    list(&folder.0, &mut entries);
    assert_eq!(entries.len(), 5, "{entries:?}");
    for entry in &entries {
        std::fs::write(entry, b"half a line").unwrap();
    }
    assert_eq!(get("org/name", &options).unwrap(), first);
    options.cache_bytes = 1000;
    get("org/name", &options).unwrap();
    let mut left = Vec::new();
    list(&folder.0, &mut left);
    let bytes: u64 = left.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    assert!(bytes <= 1000, "{bytes}");
}

fn list(folder: &std::path::Path, entries: &mut Vec<std::path::PathBuf>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() { list(&path, entries) } else { entries.push(path) }
    }
}

#[test]
fn a_url_is_confirmed_by_its_tag() {
    let (header, size) = safetensors("w");
    let server = Server::start(move |request| match request.header("if-none-match") {
        Some("\"v1\"") => Reply::status(304),
        _ => Reply::part(request, &header, size).with("ETag", "\"v1\""),
    });
    let folder = Folder::new("tag");
    let mut options = cached(&server, &folder);
    let url = format!("{}/m.safetensors", server.address);
    // A mirror on this host would take the address for its own.
    options.endpoint = slipstick_world::Endpoint::new("http://localhost:9").unwrap();
    let first = get(&url, &options).unwrap();
    assert_eq!(get(&url, &options).unwrap(), first);
    assert_eq!((server.requests().len(), server.sent()), (2, 100_000));
    options.offline = true;
    assert_eq!(get(&url, &options).unwrap(), first);
}

#[test]
fn gguf_by_quantisation_and_in_parts() {
    let part = |no: u32, tensor: &str| {
        writer::Gguf::new(3)
            .text("general.architecture", "llama")
            .u32("split.no", no)
            .u32("split.count", 2)
            .tensor(tensor, &[256], 12, 144)
            .finish()
    };
    let single =
        writer::Gguf::new(3).text("general.architecture", "llama").tensor("t", &[32], 8, 34).finish();
    let (one, two) = (part(0, "a"), part(1, "b"));
    let server = hub(vec![
        ("m-Q4_K_M-00001-of-00002.gguf", one.0, one.1),
        ("m-Q4_K_M-00002-of-00002.gguf", two.0, two.1),
        ("m-Q8_0.gguf", single.0, single.1),
        ("mmproj-F16.gguf", vec![], 0),
    ]);
    let options = options(&server.address);
    let split = get("org/name:Q4_K_M", &options).unwrap().gguf.unwrap();
    assert_eq!(split.file.bytes().get(), 288);
    assert_eq!(get("org/name:q8_0", &options).unwrap().gguf.unwrap().file.bytes().get(), 34);
    let several = get("org/name", &options).unwrap_err();
    assert!(several.help.contains("Q4_K_M, Q8_0"), "{several:?}");
    let none = get("org/name:Q5_K_M", &options).unwrap_err();
    assert_eq!(none.kind, Kind::Missing);
}

#[test]
fn a_mirror_that_lists_nothing() {
    let files = sharded();
    let server = Server::start(move |request| {
        let plain = request.path.strip_prefix("/mirror/org/name/resolve/main/").map(str::to_owned);
        match files.iter().find(|(name, ..)| Some(*name) == plain.as_deref()) {
            Some((_, start, size)) => Reply::part(request, start, *size),
            None => Reply::status(404).with("Content-Length", 0),
        }
    });
    let folder = Folder::new("mirror");
    let mut options = cached(&server, &folder);
    options.endpoint = slipstick_world::Endpoint::new(&format!("{}/mirror/", server.address)).unwrap();
    let first = get("org/name", &options).unwrap();
    assert_eq!((first.tensors.as_ref().unwrap().bytes().get(), first.origin.as_str()), (4 << 20, "org/name"));
    assert!(first.config_json.is_some());
    options.offline = true;
    assert_eq!(get("org/name", &options).unwrap(), first);
    options.offline = false;
    let missing = get("org/other", &options).unwrap_err();
    assert_eq!(missing.kind, Kind::Missing);
}

#[test]
fn what_the_hubs_own_tools_downloaded() {
    let folder = Folder::new("downloaded");
    let repository = folder.0.join("models--org--name");
    let snapshot = repository.join("snapshots").join(COMMIT);
    std::fs::create_dir_all(repository.join("refs")).unwrap();
    std::fs::create_dir_all(&snapshot).unwrap();
    std::fs::write(repository.join("refs/main"), COMMIT).unwrap();
    std::fs::write(snapshot.join("config.json"), b"{}").unwrap();
    let mut options = options("http://127.0.0.1:9");
    options.offline = true;
    assert_eq!(get("org/name", &options).unwrap_err().kind, Kind::Offline);
    options.hub_cache = Some(folder.0.clone());
    let files = get("org/name", &options).unwrap();
    assert_eq!(files.config_json.as_deref(), Some(&b"{}"[..]));
    assert_eq!(files.origin, format!("org/name at {COMMIT}"));
    assert!(get(&format!("org/name@{COMMIT}"), &options).is_ok());
    assert_eq!(get("org/name@v1", &options).unwrap_err().kind, Kind::Offline);
    std::fs::write(repository.join("refs/main"), b"../../..").unwrap();
    assert_eq!(get("org/name", &options).unwrap_err().kind, Kind::Offline);
}

#[test]
fn a_gated_repository_wants_a_token() {
    let files = sharded();
    let server = Server::start(move |request| match request.header("authorization") {
        Some("Bearer hf_good") => answer(request, &files),
        _ => Reply::status(401).with("X-Error-Code", "GatedRepo").with("Content-Length", 0),
    });
    let mut options = options(&server.address);
    let without = get("org/name", &options).unwrap_err();
    assert!(without.kind == Kind::Unauthorised && without.help.contains("set HF_TOKEN"), "{without:?}");
    options.token = Some(Token::new("hf_good\n").unwrap());
    assert!(get("org/name", &options).is_ok());
    options.token = Some(Token::new("hf_bad").unwrap());
    let refused = get("org/name", &options).unwrap_err();
    assert!(
        refused.help.contains("may read it") && !format!("{refused:?}").contains("hf_bad"),
        "{refused:?}"
    );
    for bad in ["", "a b", "a\r\nX-Evil: 1"] {
        assert!(Token::new(bad).is_err());
    }
}

#[test]
fn an_index_that_leads_elsewhere_is_refused() {
    let index = whole(r#"{"weight_map":{"a":"../../etc/passwd.safetensors"}}"#);
    let server = hub(vec![("model.safetensors.index.json", index.0, index.1)]);
    let error = get("org/name", &options(&server.address)).unwrap_err();
    assert!(error.kind == Kind::Damaged && error.message.contains("inside the model's folder"), "{error:?}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_listing_that_is_none() {
    for body in ["", "[]", "{\"siblings\":3}", "<html>"] {
        let server = Server::start(move |_| Reply::ok(body));
        let error = get("org/name", &options(&server.address)).unwrap_err();
        assert!(matches!(error.kind, Kind::Damaged), "{body}: {error:?}");
    }
    let server = Server::start(|_| Reply { zeros: 1 << 40, ..Reply::status(200) });
    let mut options = options(&server.address);
    options.retries = 0;
    let error = get("org/name", &options).unwrap_err();
    assert!(matches!(error.kind, Kind::TooLarge | Kind::Timeout), "{error:?}");
    let server = Server::start(|_| Reply::status(200).with("Content-Length", 1_u64 << 40));
    options.endpoint = slipstick_world::Endpoint::new(&server.address).unwrap();
    assert_eq!(get("org/name", &options).unwrap_err().kind, Kind::TooLarge);
}
