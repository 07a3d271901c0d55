//! `cargo fuzz run catalogue`.
#![no_main]

#[path = "../../crates/slipstick-catalog/tests/hostile/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::catalogue(data));
