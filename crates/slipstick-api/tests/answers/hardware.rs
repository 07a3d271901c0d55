//! What `--on` means.

use slipstick_api::{Catalog, request::Request};

use super::world::{Asked, Machine};

/// `cpu` is the processor of the world that is asked, with its memory; any other goes by name.
#[test]
fn a_processor_brings_the_memory_that_is_fitted() {
    let here = Asked::new("llama-3.1-8b --on cpu --engine llama.cpp").memory();
    assert_eq!(here["accelerator"]["id"], "cpu-amd-epyc-9654", "{here}");
    assert_eq!(here["accelerator"]["capacity_bytes"], 384_u64 << 30, "{here}");
    let named = Asked::new("llama-3.1-8b --on epyc-9654:256GiB --engine llama.cpp").memory();
    assert_eq!(named["accelerator"]["capacity_bytes"], 256_u64 << 30, "{named}");
}

/// A processor whose kernel or hypervisor names no model is refused with names that work, and this machine's memory.
#[test]
fn an_unknown_processor_is_named_by_another() {
    for processor in ["Arm core 0xd4f of implementer 0x41:65011712KiB", "AMD EPYC:65011712KiB:2"] {
        let machine = Machine { processor };
        let asked = |on: &str| {
            let words = ["memory", "llama-3.1-8b", "--on", on, "--engine", "llama.cpp"];
            Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), &machine))
        };
        let refusal = asked("cpu").expect_err("it is not in the catalogue");
        assert_eq!((refusal.code, refusal.at.as_deref()), ("gpu.unknown", Some("--on")));
        let name = processor.split(':').next().unwrap();
        assert!(refusal.message.contains(name), "{refusal}");
        let help = refusal.help.expect("a cure");
        assert!(help.contains("cpu-aws-graviton4") && help.contains("cpu-nvidia-grace"), "{help}");
        let cure = help.split("--on ").nth(1).and_then(|rest| rest.split(';').next()).expect("a name");
        assert!(cure.ends_with(":62GiB"), "{cure}");
        asked(cure).expect("what the cure says works");
    }
}

/// What runs on a host takes nothing of a device: no context, no captured graphs, no driver's reserve.
#[test]
fn a_host_has_no_device_context() {
    for engine in ["vllm", "sglang", "transformers", "llama.cpp"] {
        let overhead = |on: &str| {
            let answer = Asked::new(&format!("qwen3-0.6b --engine {engine} --on {on}")).memory();
            let overheads = &answer["overhead"];
            let of = |part: &str| overheads[part]["value"].as_u64().unwrap_or_else(|| panic!("{answer}"));
            (of("context_bytes"), of("graphs_bytes"))
        };
        let (device, host) = (overhead("h100"), overhead("epyc-9654"));
        assert!(host.0 < device.0 && host.1 == 0, "{engine}: {host:?} against {device:?}");
    }
}
