//! `slipstick finetune`: fine-tuning a model.

mod names;

pub(crate) use names::{base, targets};
