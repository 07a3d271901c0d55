//! What models are made for, as their publishers say.

/// One thing that a model is made for; a model may be made for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Answers instructions and holds conversations.
    Chat,
    /// Continues texts: pretrained, to be tuned.
    Base,
    /// Writes programs, before other things.
    Code,
    /// Takes images.
    Vision,
    /// Takes sound.
    Audio,
    /// Writes down or translates speech, and does nothing else.
    Speech,
    /// Fills in and classifies.
    Encoder,
    /// Makes vectors of texts.
    Embedding,
}

impl Purpose {
    /// Each.
    pub const ALL: [Self; 8] = [
        Self::Chat,
        Self::Base,
        Self::Code,
        Self::Vision,
        Self::Audio,
        Self::Speech,
        Self::Encoder,
        Self::Embedding,
    ];

    /// As it is written in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Base => "base",
            Self::Code => "code",
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::Speech => "speech",
            Self::Encoder => "encoder",
            Self::Embedding => "embedding",
        }
    }

    /// The one that is written so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}
