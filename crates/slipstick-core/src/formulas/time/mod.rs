//! How long operators, collectives and steps take.

pub mod batching;
pub mod collective;
pub mod experts;
pub mod latency;
pub mod pools;
pub mod queueing;
pub mod roofline;
pub mod span;
pub mod speculation;
pub mod utilisation;
