//! What a file holds, by its name.

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Any other JSON file.
    Config,
    /// The index of safetensors shards.
    Index,
    /// A safetensors file.
    Safetensors,
    /// A GGUF file.
    Gguf,
    /// Nothing that is read.
    Other,
}

/// The endings, the longest first.
const ENDINGS: [(&str, FileKind); 4] = [
    (".safetensors.index.json", FileKind::Index),
    (".json", FileKind::Config),
    (".safetensors", FileKind::Safetensors),
    (".gguf", FileKind::Gguf),
];

impl FileKind {
    /// By the ending of a name, in any case.
    pub(crate) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map_or(Self::Other, |(_, kind)| *kind)
    }
}
