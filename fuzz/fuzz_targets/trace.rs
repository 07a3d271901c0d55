//! `cargo fuzz run trace`.
#![no_main]

#[path = "../../crates/slipstick-api/tests/hostile/targets.rs"]
#[expect(dead_code, reason = "each target runs one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::trace(data));
