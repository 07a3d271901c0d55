//! The format of a cache, which may treat keys and values apart.

use super::Format;

/// How keys and values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheFormat {
    /// Keys, latents and index keys.
    pub key: Format,
    /// Values.
    pub value: Format,
    /// Bytes of a scale kept for every token and head, for the key and for the value each; 0 without such scales.
    pub head_scale_bytes: u64,
}

impl CacheFormat {
    /// The same format for both, without scales a head.
    pub const fn uniform(format: Format) -> Self {
        Self { key: format, value: format, head_scale_bytes: 0 }
    }

    /// Whether a key element takes a byte.
    pub const fn is_eight_bits(self) -> bool {
        let key = self.key.layout();
        key.bytes == key.values
    }

    /// Whether elements are narrower than 16 bits.
    pub const fn is_quantised(self) -> bool {
        self.key.is_quantised() || self.value.is_quantised()
    }
}

impl From<Format> for CacheFormat {
    fn from(format: Format) -> Self {
        Self::uniform(format)
    }
}
