//! Fine-tuning: the words that name what is trained and how the rest is held.

mod names;

pub(crate) use names::{base, targets};
