//! The physics of slipstick: pure functions from a model, hardware, a workload and a plan to memory, time and cost.
//!
//! Nothing here reads a file, a clock or the environment, names a model or a chip, or knows a serialisation format.
//! Modules are listed in reading order, and none imports one that stands after it.

pub mod units;

pub mod names;

pub mod basis;

pub mod formula;

pub mod quantity;

pub mod trace;

pub mod formulas;

pub mod numeric;

pub mod model;

pub mod hardware;

pub mod workload;

pub mod plan;

pub mod speculation;

pub mod engine;

pub mod deployment;

pub mod ops;

pub mod estimate;

pub mod fleet;

pub mod training;
