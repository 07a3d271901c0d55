//! A world without files and without a network opens nothing, whatever a request holds.

use std::{fs, path::PathBuf};

use slipstick_api::{ApiError, Catalog, Output, World, request::Request, resolve};
use slipstick_world::{ClosedWorld, LocalWorld, Silent};

fn asked(words: &[&str]) -> Result<Output, ApiError> {
    Request::from_words(words)?.answer(&Catalog::builtin(), &ClosedWorld::default())
}

fn model(model: &str) -> Result<Output, ApiError> {
    asked(&["model", model])
}

fn memory(on: &str) -> Result<Output, ApiError> {
    asked(&["memory", "llama-3.1-8b", "--on", on])
}

/// Each of these files is there, so a refusal is not for want of it.
#[test]
fn a_path_in_a_request_is_refused() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let config = here.join("../../examples/llama-3.1-8b/config.json").display().to_string();
    let folder = here.join("../../examples/llama-3.1-8b").display().to_string();
    assert!(fs::exists(&config).unwrap());
    for path in
        [config.as_str(), &folder, "./Cargo.toml", "~/model.gguf", "https://huggingface.co/a/b", "a/b"]
    {
        let error = model(path).unwrap_err();
        assert_eq!((error.code, error.at.as_deref()), ("world.closed", Some("MODEL")), "{path}");
    }
    let chip = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("closed.toml");
    fs::write(&chip, "").unwrap();
    for on in [chip.display().to_string().as_str(), "auto"] {
        let error = memory(on).unwrap_err();
        assert_eq!((error.code, error.at.as_deref()), ("world.closed", Some("--on")), "{on}");
    }
    for words in [
        &["validate", "--data", &config][..],
        &["prices", "import", &config],
        &["run", &config],
        &["compare", "mine.toml", "yours.toml"],
    ] {
        assert_eq!(asked(words).unwrap_err().code, "world.closed", "{words:?}");
    }
}

#[test]
fn names_of_the_catalogue_are_answered_and_unknown_ones_get_their_neighbours() {
    assert!(model("llama-3.1-8b").is_ok() && memory("h100").is_ok());
    assert_eq!(model("lama-3.1-8b").unwrap_err().code, "model.not_found");
    let world = ClosedWorld::default();
    assert!(resolve::catalog(&world).is_ok());
    assert!(world.today().year() >= 2026);
}

/// Rows are answered side by side, each thread asking the same world.
#[test]
fn one_world_serves_many_threads() {
    let config = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/llama-3.1-8b/config.json");
    let config = config.display().to_string();
    let world: Box<dyn World> =
        Box::new(LocalWorld { catalogs: Vec::new(), offline: true, today: None, progress: Box::new(Silent) });
    let names: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            (0..8).map(|_| scope.spawn(|| world.local_model(&config).unwrap().unwrap().name)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(names, ["llama-3.1-8b"; 8]);
}
