//! The table of accelerators against data sheets and drivers, and the names that lead into it.

use std::collections::{BTreeMap, BTreeSet};

use slipstick_catalog::{
    Catalog, LayerName,
    accelerators::{AcceleratorEntry, LookupError, MemoryBasis, RateKind, aliases, measured},
    source,
};
use slipstick_core::{
    hardware::{AcceleratorClass, LinkKind},
    units::{Bytes, FlopRate, Power},
};

#[test]
fn every_row_has_a_known_source_and_a_sane_size() {
    let catalog = Catalog::builtin();
    let all = catalog.accelerators();
    assert!(all.len() >= 120, "{}", all.len());
    let mut ids = BTreeSet::new();
    for entry in all {
        let a = &entry.accelerator;
        assert!(ids.insert(a.id.clone()), "{} twice", a.id);
        assert!(!entry.origin.sources.is_empty(), "{}", a.id);
        for key in &entry.origin.sources {
            assert!(source(key).is_some(), "{}: source {key:?} is not in sources.csv", a.id);
        }
        assert!(a.memory > Bytes::ZERO && a.memory_bandwidth.get() > 0.0, "{}", a.id);
        assert!(a.link.bandwidth.get() > 0.0 && a.domain_size >= 1 && a.node_size >= 1, "{}", a.id);
        assert!((2010..=2030).contains(&a.year), "{}", a.id);
        // A driver never reports more than 2^30 bytes for each gigabyte sold.
        let label = entry.label_gb * 1.073_741_824e9;
        assert!(a.memory.as_f64() <= label * 1.0001, "{}: {} of {label}", a.id, a.memory.get());
        assert!(a.memory.as_f64() >= label * 0.45, "{}: {} of {label}", a.id, a.memory.get());
    }
}

/// Sparse figures printed as dense are the commonest error in such tables.
#[test]
fn peaks_are_dense() {
    const ANNOUNCED: [&str; 2] = ["nvidia-rubin-288gb", "amd-mi455x-432gb"];
    // Data sheets round both figures. fp8 at the 16-bit rate or at a rate of its own, as these makers document.
    const OTHER_FP8: [&str; 3] = ["aws-trainium2", "aws-trainium3", "nvidia-rubin-288gb"];
    let ratio = |a: FlopRate, b: FlopRate| a / b;
    for entry in Catalog::builtin().accelerators() {
        let (id, peaks) = (&entry.accelerator.id, entry.accelerator.peaks);
        if let Some(bf16) = peaks.bf16 {
            if !ANNOUNCED.contains(&id.as_str()) {
                assert!(bf16 <= FlopRate::tflops_per_s(2520.0), "{id}");
            }
            if let Some(fp8) = peaks.fp8
                && !OTHER_FP8.contains(&id.as_str())
            {
                assert!((0.99..=2.03).contains(&ratio(fp8, bf16)), "{id}: {}", ratio(fp8, bf16));
            }
        }
        if let (Some(fp4), Some(fp8)) = (peaks.fp4, peaks.fp8)
            && entry.accelerator.class != AcceleratorClass::Npu
        {
            // GeForce fp8 is given with fp32 accumulation, a quarter of the fp4 rate; Blackwell Ultra has 3x.
            assert!((1.99..=4.01).contains(&ratio(fp4, fp8)), "{id}: {}", ratio(fp4, fp8));
        }
    }
}

#[test]
fn capacities_are_what_drivers_report() {
    let catalog = Catalog::builtin();
    for (name, mib) in [
        ("t4", 15_360),
        ("a10", 23_028),
        ("l4", 23_034),
        ("a100-sxm-40gb", 40_960),
        ("a100-sxm-80gb", 81_920),
        ("l40s", 46_068),
        ("h100", 81_559),
        ("h200", 143_771),
        ("b200", 183_359),
        ("gb200", 189_471),
        ("b300", 275_040),
        ("gb300", 284_208),
        ("rtx-pro-6000-server", 97_887),
    ] {
        let entry = catalog.accelerator(name).expect(name);
        assert_eq!(entry.accelerator.memory, Bytes::mib(mib), "{name}");
        assert_eq!(entry.memory_basis, MemoryBasis::Driver, "{name}");
    }
}

#[test]
fn the_a10_is_the_one_of_its_data_sheet() {
    let catalog = Catalog::builtin();
    let entry = catalog.accelerator("a10").expect("a10");
    let a10 = &entry.accelerator;
    assert_eq!(a10.peaks.bf16, Some(FlopRate::tflops_per_s(125.0)));
    assert!((a10.memory_bandwidth.as_gb_per_s() - 600.0).abs() < 1e-9);
    assert!((entry.label_gb - 24.0).abs() < 1e-9);
    assert_eq!(a10.power, Some(Power::watts(150.0)));
    assert_eq!(a10.compute_capability, Some(86));
    let a10g = catalog.accelerator("NVIDIA A10G").expect("a10g");
    assert_eq!(a10g.accelerator.peaks.bf16, Some(FlopRate::tflops_per_s(70.0)));
}

#[test]
fn links_are_one_direction() {
    let catalog = Catalog::builtin();
    // Printed as 900, 1800 and 64 GB/s: the sum of both directions.
    for (name, kind, gb) in
        [("h100", LinkKind::NvLink, 450.0), ("b200", LinkKind::NvLink, 900.0), ("l40s", LinkKind::Pcie, 32.0)]
    {
        let link = catalog.accelerator(name).expect(name).accelerator.link;
        assert_eq!((link.kind, link.bandwidth.as_gb_per_s()), (kind, gb), "{name}");
    }
    // TPU v5p: 4,800 Gb/s each way; TPU v4: 2,400 Gb/s each way.
    for (name, gb) in [("tpu-v5p", 600.0), ("tpu-v4", 300.0)] {
        assert!(
            (catalog.accelerator(name).expect(name).accelerator.link.bandwidth.as_gb_per_s() - gb).abs()
                < 1e-9
        );
    }
}

#[test]
fn names_are_found_however_they_are_written() {
    let catalog = Catalog::builtin();
    for (name, id) in [
        ("h100", "nvidia-h100-sxm-80gb"),
        ("H100 SXM", "nvidia-h100-sxm-80gb"),
        ("h100_sxm", "nvidia-h100-sxm-80gb"),
        ("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm-80gb"),
        ("nvidia-h100-pcie-80gb", "nvidia-h100-pcie-80gb"),
        ("NVIDIA GeForce RTX 4090", "nvidia-rtx-4090-24gb"),
        ("rtx4090", "nvidia-rtx-4090-24gb"),
        ("MI300X", "amd-mi300x-192gb"),
        ("7900-xtx", "amd-rx-7900-xtx-24gb"),
        ("m3 max:128GB", "apple-m3-max-128gb"),
        ("Apple M3 Max: 64 GiB", "apple-m3-max-64gb"),
        ("NVIDIA GeForce RTX 3060:12288MiB", "nvidia-rtx-3060-12gb"),
        ("NVIDIA H100 80GB HBM3:81559MiB", "nvidia-h100-sxm-80gb"),
        ("strix-halo:64GB", "amd-strix-halo-64gb"),
        ("tpu-v5e", "google-tpu-v5e"),
        ("trn2", "aws-trainium2"),
        ("Xeon Platinum 8480+ (SPR, 56c)", "cpu-intel-xeon-8480plus"),
        ("epyc-9654", "cpu-amd-epyc-9654"),
        ("GPUHUNT", ""),
    ] {
        match catalog.accelerator(name) {
            Ok(entry) => assert_eq!(entry.accelerator.id, id, "{name}"),
            Err(error) => assert!(id.is_empty(), "{name}: {error}"),
        }
    }
}

#[test]
fn every_id_and_label_finds_its_own_row() {
    let catalog = Catalog::builtin();
    for entry in catalog.accelerators() {
        let id = &entry.accelerator.id;
        assert_eq!(&catalog.accelerator(id).expect(id).accelerator.id, id);
        assert_eq!(&catalog.accelerator(&entry.accelerator.name).expect(id).accelerator.id, id);
    }
}

#[test]
fn every_alias_names_a_row_and_only_one_with_its_memory() {
    let catalog = Catalog::builtin();
    let mut seen = BTreeSet::new();
    for alias in aliases() {
        assert!(catalog.accelerator_by_id(alias.accelerator).is_some(), "{alias:?}");
        if alias.namespace != "short" {
            let key = (alias.namespace, alias.name, alias.memory_gb.map(f64::to_bits));
            assert!(seen.insert(key), "{alias:?} is ambiguous");
        }
    }
}

#[test]
fn an_ambiguous_name_lists_what_it_could_be() {
    let catalog = Catalog::builtin();
    let Err(LookupError::Ambiguous { candidates, .. }) = catalog.accelerator("A100") else {
        panic!("A100 is sold with 40 and 80 GB, as a module and as a card");
    };
    assert_eq!(candidates.len(), 4);
    let Err(LookupError::Ambiguous { candidates, .. }) = catalog.accelerator("NVIDIA GeForce RTX 3060")
    else {
        panic!("the 3060 is sold with 8 and 12 GB");
    };
    assert_eq!(candidates.len(), 2);
}

/// Chips whose makers sell several sizes: the stem alone never means one of them.
#[test]
fn a_chip_of_several_sizes_is_never_one_silently() {
    let catalog = Catalog::builtin();
    let mut by_stem: BTreeMap<&str, Vec<&AcceleratorEntry>> = BTreeMap::new();
    for entry in catalog.accelerators() {
        if let Some((stem, _)) = entry.accelerator.id.strip_suffix("gb").and_then(|id| id.rsplit_once('-')) {
            by_stem.entry(stem).or_default().push(entry);
        }
    }
    by_stem.retain(|_, entries| entries.len() > 1);
    assert!(by_stem.len() >= 35, "{}", by_stem.len());
    for (stem, entries) in by_stem {
        let found = catalog.accelerator(stem).map(|entry| &entry.accelerator.id);
        assert!(matches!(found, Err(LookupError::Ambiguous { .. })), "{stem}: {found:?}");
        for entry in entries {
            let sized = format!("{stem}:{}GB", entry.label_gb);
            assert_eq!(catalog.accelerator(&sized), Ok(entry), "{sized}");
        }
    }
}

/// What llama.cpp and MLX print as the working set: two thirds up to 32 GB, three quarters above.
#[test]
fn unified_memory_is_the_share_that_macos_gives_the_gpu() {
    let catalog = Catalog::builtin();
    for (name, mib) in
        [("m1:16GB", 10_922), ("m2-max:32GB", 21_845), ("m1-max:64GB", 49_152), ("m2-max:96GB", 73_728)]
    {
        assert_eq!(catalog.accelerator(name).expect(name).accelerator.memory, Bytes::mib(mib), "{name}");
    }
}

#[test]
fn an_unknown_name_lists_its_neighbours() {
    let catalog = Catalog::builtin();
    let message = catalog.accelerator("h10").expect_err("no such part").to_string();
    assert!(message.starts_with("no accelerator is called \"h10\"; did you mean"), "{message}");
    assert!(message.contains("h100"), "{message}");
    let long = "x".repeat(100_000);
    assert!(catalog.accelerator(&long).expect_err("nonsense").to_string().len() < 500);
    for nonsense in ["", " ", "\u{0}", "☃", "-", "a\nb"] {
        assert!(catalog.accelerator(nonsense).is_err(), "{nonsense:?}");
    }
}

#[test]
fn hardware_arguments() {
    let catalog = Catalog::builtin();
    for (text, id, per_node, nodes) in [
        ("h100", "nvidia-h100-sxm-80gb", 1, 1),
        ("h100:8", "nvidia-h100-sxm-80gb", 8, 1),
        ("8xh100", "nvidia-h100-sxm-80gb", 8, 1),
        ("h100:16", "nvidia-h100-sxm-80gb", 8, 2),
        ("2x8xh200", "nvidia-h200-sxm-141gb", 8, 2),
        ("4x mi300x", "amd-mi300x-192gb", 4, 1),
        ("gb200:72", "nvidia-gb200-186gb", 4, 18),
        ("7900-xtx", "amd-rx-7900-xtx-24gb", 1, 1),
        ("m3-ultra:512GiB:2", "apple-m3-ultra-512gb", 1, 2),
        ("4xv100-sxm2:16GB", "nvidia-v100-sxm2-16gb", 4, 1),
        ("m4-pro-48gb", "apple-m4-pro-48gb", 1, 1),
        ("epyc-9654:100GiB", "cpu-amd-epyc-9654", 1, 1),
    ] {
        let spec = catalog.accelerator_spec(text).expect(text);
        let found = (spec.entry.accelerator.id.as_str(), spec.per_node, spec.nodes);
        assert_eq!(found, (id, per_node, nodes), "{text}");
    }
    for (text, says) in [
        ("", "no accelerator is given"),
        ("h100:0", "\"0\""),
        ("h100:-1", "\"-1\""),
        ("h100:99999999999999999999", "count"),
        ("0x8xh100", "\"0\""),
        ("h100:12", "type 2x8xnvidia-h100-sxm-80gb"),
        ("8x", "no accelerator is called"),
        (":8", "no accelerator is given"),
        ("h1oo:8", "did you mean"),
        ("a100:8", "could be"),
        (
            "a100:80GB",
            "nvidia-a100-pcie-80gb (80.0 GiB), nvidia-a100-sxm-80gb (80.0 GiB); type one of these ids",
        ),
        ("m4-pro", "or add the size as sold, as in m4-pro:24GB"),
        ("h100:64GiB", "is not sold with 64"),
        ("m3-max:50GiB", "is not sold with 50"),
        ("rtx-3060:9GB", "is not sold with 8.38"),
        ("m3-maxx:64GiB", "did you mean"),
    ] {
        let message = catalog.accelerator_spec(text).expect_err(text).to_string();
        assert!(message.contains(says), "{text}: {message}");
    }
}

const MINE: &str = r#"
    [my-card]
    like = "h100"
    memory = "96GiB"
    peak = { bf16 = "1 PFLOP/s" }
    aliases = ["mine"]
    source = "our lab"
    seen = "2026-11-01"
"#;

#[test]
fn a_user_row_goes_before_the_shipped_ones_and_says_so() {
    let catalog = Catalog::builtin().with_overlay(LayerName::Project, "chips.toml", MINE).expect("valid");
    let mine = catalog.accelerator("mine").expect("its alias");
    assert_eq!(mine.accelerator.memory, Bytes::gib(96));
    assert_eq!(mine.accelerator.peaks.fp8, Some(FlopRate::tflops_per_s(1978.9)), "kept from `like`");
    assert_eq!(mine.origin.describe(), "project chips.toml (our lab, 2026-11-01, medium)");
    let renamed = MINE.replace("my-card", "nvidia-h100-sxm-80gb");
    let catalog = catalog.with_overlay(LayerName::User, "lower.toml", &renamed).expect("valid");
    assert_eq!(catalog.accelerator("h100").expect("h100").accelerator.memory, Bytes::gib(96));
    let higher = renamed.replace("96GiB", "64GiB");
    let catalog = catalog.with_overlay(LayerName::Request, "r.toml", &higher).expect("valid");
    assert_eq!(catalog.accelerator("h100").expect("h100").accelerator.memory, Bytes::gib(64));
}

#[test]
fn a_wrong_user_row_says_what_and_where() {
    for (old, new, says) in [
        ("\"96GiB\"", "96", "my-card.memory: 96 has no unit"),
        ("\"96GiB\"", "\"96\"", "the unit is missing"),
        ("\"96GiB\"", "\"0GiB\"", "above zero"),
        ("\"96GiB\"", "\"-1GiB\"", "negative"),
        ("memory =", "memmory =", "did you mean memory"),
        ("bf16 =", "bf61 =", "did you mean bf16"),
        ("\"1 PFLOP/s\"", "1e15", "has no unit"),
        ("\"h100\"", "\"h1000\"", "no accelerator is called"),
        ("\"2026-11-01\"", "\"yesterday\"", "is not a date"),
        ("seen = \"2026-11-01\"", "", "my-card.seen: it is missing"),
        ("like = \"h100\"", "", "my-card.memory_bandwidth: it is missing"),
        ("[my-card]", "[my-card", "line 2"),
        ("[\"mine\"]", "[1]", "list of texts"),
    ] {
        let text = MINE.replace(old, new);
        let error =
            Catalog::builtin().with_overlay(LayerName::User, "u.toml", &text).expect_err(new).to_string();
        assert!(error.starts_with("u.toml: ") && error.contains(says), "{new}: {error}");
    }
    assert!(Catalog::builtin().with_overlay(LayerName::User, "u.toml", "").is_err());
}

/// Facts about the facts: nothing measured beats what the part can do.
#[test]
fn measurements_stay_below_the_peaks() {
    let catalog = Catalog::builtin();
    assert!(measured().count() >= 70);
    for m in measured() {
        assert!(source(&m.origin.sources[0]).is_some(), "{m:?}");
        let a = &catalog.accelerator_by_id(&m.accelerator).expect("a known id").accelerator;
        let best = m.max.or(m.p50).expect("a value");
        let limit = match (m.quantity, m.format.as_deref()) {
            (RateKind::Launch | RateKind::GraphLaunch | RateKind::Context, _) => continue, // costs, no rates
            (RateKind::Memory | RateKind::Copy | RateKind::Write | RateKind::DecodeAttention, _) => {
                Some(a.memory_bandwidth.as_gb_per_s())
            }
            (RateKind::HostCopy, _) => Some(a.host_link.bandwidth.as_gb_per_s()),
            (_, Some("bf16")) => a.peaks.bf16.map(FlopRate::as_tflops_per_s),
            (_, Some("fp8")) => a.peaks.fp8.map(FlopRate::as_tflops_per_s),
            (_, Some("int8")) => a.peaks.int8.map(FlopRate::as_tflops_per_s),
            (_, Some("nvfp4")) => a.peaks.fp4.map(FlopRate::as_tflops_per_s),
            // A switch that reduces in flight lifts bus bandwidth to the rate of one direction, hardly above.
            _ => Some(a.link.bandwidth.as_gb_per_s() * 1.25),
        };
        let limit = limit.unwrap_or_else(|| panic!("{}: no peak in {:?}", a.id, m.format));
        assert!(best <= limit, "{}: {best} of {limit} ({:?})", a.id, m.quantity);
    }
}
