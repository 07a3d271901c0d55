//! What must stay true of the source itself: who imports whom, what no crate but the outermost may touch, sizes, words.

mod formulas;
mod imports;
mod purity;
mod source;
mod text;
mod vocabulary;
