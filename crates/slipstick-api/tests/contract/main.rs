//! The contract through its public items, in a world made of texts.

mod hardware;
mod world;
