//! Hoffmann et al. 2022, "Chinchilla": three ways to the best model of a budget.

mod frontiers;
mod parametric;

pub use frontiers::{FIRST, SECOND};
pub use parametric::{ROUNDED, UNROUNDED};

const AUTHORS: &str = "Jordan Hoffmann, Sebastian Borgeaud, Arthur Mensch, Elena Buchatskaya, Trevor Cai, Eliza \
                       Rutherford, and others";
const VALIDITY: &str = "Dense decoders of 44 million to 16 billion parameters, embeddings counted, on 5 to 500 billion \
                        tokens of MassiveText, each seen once, with a learning rate that falls over the whole run.";
