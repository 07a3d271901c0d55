//! Programs without rules of their own: they run on an engine, or their memory is not modelled, and each is started in its
//! own words.

use super::{
    Command, Launch,
    launch::{Words, checkpoint, placeholder},
};

type Start = fn(&Launch<'_>) -> Command;

/// How each is started, by the catalogue's id of it. Sources: docs.ollama.com (FAQ, import), lmstudio.ai (`lms` manual),
/// mlx-lm's `SERVER.md`, as of 2026-11.
const PROGRAMS: &[(&str, Start)] = &[("ollama", ollama), ("lm-studio", lm_studio), ("mlx-lm", mlx_lm)];

impl Launch<'_> {
    /// The command of a program that is known by its own words; none of any other.
    pub fn program(&self, name: &str) -> Option<Command> {
        PROGRAMS.iter().find(|(known, _)| *known == name).map(|(_, start)| start(self))
    }
}

/// The server takes no model: what it loads is named by the first who asks.
fn ollama(with: &Launch<'_>) -> Command {
    let mut words = vec![
        format!("OLLAMA_CONTEXT_LENGTH={}", with.context),
        format!("OLLAMA_NUM_PARALLEL={}", with.sequences),
        "OLLAMA_FLASH_ATTENTION=1".to_owned(),
    ];
    words.extend(with.kv_dtype.map(|format| format!("OLLAMA_KV_CACHE_TYPE={}", format.to_ascii_lowercase())));
    words.extend(["ollama", "serve"].map(str::to_owned));
    let wants = format!("then ollama run 'hf.co/{}' loads the model", gguf(with));
    Command { words, wants: Some(wants) }
}

fn lm_studio(with: &Launch<'_>) -> Command {
    let mut words = Words::new(&["lms", "load", &gguf(with), "--gpu", "max"]);
    words.flag("--context-length", with.context);
    let wants = format!("the command wants {} downloaded; lms server start then serves it", gguf(with));
    Command { words: words.0, wants: Some(wants) }
}

fn mlx_lm(with: &Launch<'_>) -> Command {
    let made = with.quantisation.map(|format| placeholder("an MLX checkpoint", with.model, format));
    let model = made.as_deref().unwrap_or(with.model);
    Command {
        words: Words::new(&["mlx_lm.server", "--model", model]).0,
        wants: made.as_deref().map(checkpoint),
    }
}

/// The files that llama.cpp's relatives load, whatever repository holds them.
fn gguf(with: &Launch<'_>) -> String {
    let format = with.quantisation.unwrap_or("16 bit");
    placeholder("a GGUF repository", with.model, format)
}
