//! What must stay true of the source itself: who imports whom, what no crate but the outermost may touch, sizes, words.

mod contract;
mod formulas;
mod imports;
mod purity;
mod shape;
mod source;
mod text;
mod vocabulary;
