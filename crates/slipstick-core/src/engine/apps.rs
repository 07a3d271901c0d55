//! Programs without rules of their own: they run on an engine, or their memory is not modelled, and each is started in its
//! own words.

use super::{
    Command, Launch,
    launch::{Words, checkpoint, placeholder},
};

type Start = fn(&Launch<'_>) -> Command;

/// How each is started, by the catalogue's id of it. Sources, as of 2026-11: ollama `docs/faq.mdx` (context, parallel
/// requests, fused attention, cache types), lmstudio-ai/lms `src/subcommands/load.ts`, lmstudio-ai/lmstudio-bug-tracker#2024
/// (`--parallel`; the cache's type has no flag), ml-explore/mlx-lm `mlx_lm/SERVER.md` and `server.py`.
const PROGRAMS: &[(&str, Start)] = &[("ollama", ollama), ("lm-studio", lm_studio), ("mlx-lm", mlx_lm)];

impl Launch<'_> {
    /// The command of a program that is known by its own words; none of any other.
    pub fn program(&self, name: &str) -> Option<Command> {
        PROGRAMS.iter().find(|(known, _)| *known == name).map(|(_, start)| start(self))
    }
}

/// The server takes no model: what it loads is named by the first who asks. It multiplies the context itself.
fn ollama(with: &Launch<'_>) -> Command {
    let fused = with.options.flash_attention != Some(false);
    let mut words = vec![
        format!("OLLAMA_CONTEXT_LENGTH={}", with.context),
        format!("OLLAMA_NUM_PARALLEL={}", with.sequences),
        format!("OLLAMA_FLASH_ATTENTION={}", u8::from(fused)),
    ];
    let cache = with.kv_dtype.map(str::to_ascii_lowercase);
    let known = cache.as_deref().filter(|cache| matches!(*cache, "q8_0" | "q4_0"));
    words.extend(known.map(|cache| format!("OLLAMA_KV_CACHE_TYPE={cache}")));
    words.extend(["ollama", "serve"].map(str::to_owned));
    let wants = format!("then ollama run 'hf.co/{}' loads the model", gguf(with));
    Command { words, wants: Some(wants) }
}

fn lm_studio(with: &Launch<'_>) -> Command {
    let mut words = Words::new(&["lms", "load", &gguf(with), "--gpu", "max"]);
    // All of its parallel predictions share the context.
    words.flag("--context-length", with.context.saturating_mul(with.sequences));
    words.flag("--parallel", with.sequences);
    let mut wants = format!("the command wants {} downloaded; lms server start then serves it", gguf(with));
    if let Some(cache) = with.kv_dtype {
        wants += "; no flag of it sets the cache's format: choose ";
        wants += cache;
        wants += " in the app's advanced settings";
    }
    Command { words: words.0, wants: Some(wants) }
}

fn mlx_lm(with: &Launch<'_>) -> Command {
    let made = with.quantisation.map(|format| placeholder("an MLX checkpoint", with.model, format));
    let model = made.as_deref().unwrap_or(with.model);
    let mut words = Words::new(&["mlx_lm.server", "--model", model]);
    words.flag("--decode-concurrency", with.sequences);
    words.optional("--kv-bits", with.kv_dtype.and_then(|cache| cache.strip_prefix("int")));
    Command { words: words.0, wants: made.as_deref().map(checkpoint) }
}

/// The files that llama.cpp's relatives load, whatever repository holds them.
fn gguf(with: &Launch<'_>) -> String {
    let format = with.quantisation.unwrap_or("16 bit");
    placeholder("a GGUF repository", with.model, format)
}
