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

/// What an engine is not known to run on, to read or to divide is answered and said.
#[test]
fn what_an_engine_is_not_known_to_do_is_said() {
    let warnings = |question: &str| Asked::new(question).memory()["warnings"].to_string();
    for (question, said) in [
        ("llama-3.1-8b --on mi300x --engine tensorrt-llm", "not known to run on AMD Instinct MI300X"),
        ("llama-3.1-8b --on epyc-9654 --engine tensorrt-llm", "not known to run on AMD EPYC"),
        ("llama-3.1-8b --on h100 --engine llama.cpp --quant awq", "not known to read weights as awq"),
        (
            "llama-3.1-8b --on h100 --engine tensorrt-llm --quant q4_k_m",
            "not known to read weights as q4_k_m",
        ),
        ("mixtral-8x7b --on 4xh100 --engine llama.cpp --quant q4_k_m --ep 4", "by --ep 4"),
        ("llama-3.1-8b --on h100 --engine transformers --kv-dtype fp8", "keeps no cache as fp8_e4m3"),
    ] {
        assert!(warnings(question).contains(said), "{question}: {}", warnings(question));
    }
    for question in [
        "llama-3.1-8b --on mi300x --engine vllm --quant fp8",
        "llama-3.1-8b --on epyc-9654 --engine llama.cpp --quant q4_k_m",
        "mixtral-8x7b --on 4xh100 --engine sglang --dp 4 --tp 1 --ep 4",
    ] {
        assert_eq!(warnings(question), "null", "{question}");
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
