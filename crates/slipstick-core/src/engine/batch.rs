//! Batch limits that an engine picks by the size of the device.

use crate::units::Bytes;

/// The limits an engine picks on devices of at least some memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchDefault {
    /// The smallest memory it applies to.
    pub from_memory: Bytes,
    /// Parts of device names it does not apply to.
    pub except: Vec<String>,
    /// Tokens of one step at most.
    pub max_batched_tokens: u64,
    /// Sequences at once at most.
    pub max_sequences: u64,
}

impl BatchDefault {
    /// The first of `defaults` that applies to a device.
    pub fn pick<'a>(defaults: &'a [Self], memory: Bytes, device: &str) -> Option<&'a Self> {
        let device = device.to_ascii_lowercase();
        let applies = |default: &&Self| {
            memory >= default.from_memory && !default.except.iter().any(|part| device.contains(part.as_str()))
        };
        defaults.iter().find(applies)
    }
}
