//! Scaling laws: how much loss so many parameters, tokens and FLOPs leave, as those who measured it wrote it.
//!
//! Each law is a method like any other. What several of them answer goes by one name, so that they can be asked alike:
//! `loss` of `parameters` and `tokens`, `optimal_parameters` and `optimal_tokens` of `flops`, and so on.
//! Losses of two laws are not comparable: each counts in nats per token of its own text and tokenizer.
#![expect(non_snake_case, reason = "the symbols are the authors', and the inputs' keys")]

mod cards;
mod law;
mod root;

pub mod besiroglu;
pub mod clark;
pub mod deepseek;
pub mod experts;
pub mod frontier;
pub mod gadre;
pub mod hoffmann;
pub mod kaplan;
pub mod krajewski;
pub mod llama;
pub mod ludziejewski;
pub mod muennighoff;
pub mod parametric;
pub mod sardana;

pub use law::{LAWS, Law, Range, law};
