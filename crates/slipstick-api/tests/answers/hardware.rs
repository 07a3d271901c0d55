//! What `--on` means.

use super::world::Asked;

/// `cpu` is the processor of the world that is asked, with its memory; any other goes by name.
#[test]
fn a_processor_brings_the_memory_that_is_fitted() {
    let here = Asked::new("llama-3.1-8b --on cpu --engine llama.cpp").memory();
    assert_eq!(here["accelerator"]["id"], "cpu-amd-epyc-9654", "{here}");
    assert_eq!(here["accelerator"]["capacity_bytes"], 384_u64 << 30, "{here}");
    let named = Asked::new("llama-3.1-8b --on epyc-9654:256GiB --engine llama.cpp").memory();
    assert_eq!(named["accelerator"]["capacity_bytes"], 256_u64 << 30, "{named}");
}
