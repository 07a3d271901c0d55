//! What each architecture keeps of the tokens it has read.

/// An architecture that is read by its tensors.
pub(super) struct Kept {
    /// Its names in `general.architecture`.
    pub(super) names: &'static [&'static str],
    /// What its layers keep.
    pub(super) memory: Memory,
    /// Which of them see a window only.
    pub(super) windows: Windows,
    /// Whether a missing output matrix is the embedding once more.
    pub(super) is_tied: bool,
}

/// What layers keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// Keys and values.
    Keys,
    /// Nothing: every layer sees the whole input at once.
    Nothing,
    /// One compressed vector a token.
    Latent,
    /// The state of RWKV, with so many FLOPs a token for each of its elements.
    Receptance(u64),
    /// Keys and values in layers with key heads, the state of a selective scan in the others.
    Scan,
}

/// Which layers see a window, where the file states one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Windows {
    /// None.
    Never,
    /// Those that the file names.
    Stated,
    /// All but the last of every so many, unless the file states others.
    AllButLast(u64),
    /// All but the first of every so many, unless the file states others.
    AllButFirst(u64),
}

const fn keys(names: &'static [&'static str], windows: Windows) -> Kept {
    Kept { names, memory: Memory::Keys, windows, is_tied: true }
}

const fn encoder(names: &'static [&'static str], windows: Windows) -> Kept {
    Kept { names, memory: Memory::Nothing, windows, is_tied: false }
}

const fn of(names: &'static [&'static str], memory: Memory) -> Kept {
    Kept { names, memory, windows: Windows::Never, is_tied: true }
}

/// Decoders whose every layer attends to all tokens.
const PLAIN: &[&str] = &[
    "arctic",
    "chameleon",
    "codeshell",
    "cogvlm",
    "deepseek2-ocr",
    "grok",
    "grovemoe",
    "hunyuan_vl",
    "jais",
    "jais2",
    "llama-embed",
    "maincoder",
    // Both keep expanded heads, though their keys and values come out of one narrow vector.
    "minicpm3",
    "plm",
    "openelm",
    "paddleocr",
    "pangu-embedded",
    "plamo",
    "qwen",
    "refact",
    "talkie",
    "xverse",
];

pub(super) const KEPT: &[Kept] = &[
    keys(PLAIN, Windows::Never),
    keys(&["plamo3"], Windows::AllButLast(8)),
    keys(&["afmoe", "exaone-moe", "mellum"], Windows::AllButLast(4)),
    keys(&["cohere2moe", "laguna", "smallthinker"], Windows::AllButFirst(4)),
    keys(&["mimo2", "step35"], Windows::Stated),
    encoder(
        &["bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert"],
        Windows::Never,
    ),
    encoder(&["modern-bert"], Windows::AllButFirst(3)),
    encoder(&["gemma-embedding"], Windows::AllButLast(6)),
    // Diffusion: all tokens are worked on at every step.
    of(&["dream", "llada", "llada-moe", "rnd1"], Memory::Nothing),
    of(&["mistral4"], Memory::Latent),
    of(&["plamo2"], Memory::Scan),
    // Decay, outer product, sum and reading; RWKV-7 also takes out what was written under a key.
    of(&["rwkv6", "rwkv6qwen2"], Memory::Receptance(6)),
    of(&["rwkv7", "arwkv7"], Memory::Receptance(9)),
];
