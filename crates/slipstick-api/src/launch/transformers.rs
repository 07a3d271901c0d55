//! Transformers: its own server.

use super::{Launch, Words};

pub(super) fn words(with: &Launch<'_>) -> Vec<String> {
    Words::new(&["transformers", "serve", "--force-model", with.model]).0
}
