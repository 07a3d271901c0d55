//! `cargo fuzz run gguf`.
#![no_main]

#[path = "../../crates/slipstick-import/tests/hostile/targets.rs"]
#[expect(dead_code, reason = "each target runs one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::gguf(data));
