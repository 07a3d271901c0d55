//! The facts of slipstick: what hardware, engines, prices and models are, and the importers that read them.
//!
//! Nothing here opens a file or computes an answer: text or bytes come in, checked values go out.

pub mod import;
