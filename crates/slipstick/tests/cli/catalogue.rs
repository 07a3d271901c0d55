//! The catalogue from outside: lists, filters, order, one row in full, refusals.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, texts};

fn rows<'a>(document: &'a Value, key: &str) -> &'a Vec<Value> {
    document[key].as_array().unwrap_or_else(|| panic!("{key} in {document}"))
}

#[test]
fn every_list_has_its_schema_and_at_least_what_the_catalogue_promises() {
    for (command, key, least) in [
        ("gpus", "gpus", 120),
        ("instances", "instances", 300),
        ("prices", "prices", 200),
        ("models", "models", 60),
        ("engines", "engines", 30),
    ] {
        let (code, list) = document(&[command]);
        assert_eq!((code, list["schema"].as_str()), (0, Some(format!("slipstick.{command}/1").as_str())));
        assert!(rows(&list, key).len() >= least, "{command}");
        assert_eq!(list["total"].as_u64(), Some(rows(&list, key).len() as u64));
    }
}

#[test]
fn lists_are_filtered_sorted_and_cut() {
    let (_, list) = document(&[
        "gpus",
        "--vendor",
        "amd",
        "--min-memory",
        "100GiB",
        "--sort",
        "memory_bytes",
        "--descending",
        "--limit",
        "3",
    ]);
    let sizes: Vec<u64> = rows(&list, "gpus").iter().filter_map(|gpu| gpu["memory_bytes"].as_u64()).collect();
    assert_eq!(sizes.len(), 3);
    assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]) && sizes[2] >= 100 << 30, "{sizes:?}");
    let (_, list) = document(&["instances", "--gpu", "h100", "--min-count", "8", "--max-price", "$4/h"]);
    assert!(!rows(&list, "instances").is_empty());
    for offer in rows(&list, "instances") {
        assert_eq!(offer["gpu"], "nvidia-h100-sxm-80gb");
        assert!(offer["usd_per_hour_each"].as_f64().is_some_and(|usd| usd <= 4.0), "{offer}");
        assert!(offer["age_days"].as_i64().is_some_and(|days| days >= 0), "{offer}");
    }
    let (_, list) = document(&["models", "--like", "llama", "--max-memory", "20GiB", "--sort", "parameters"]);
    let counts: Vec<u64> =
        rows(&list, "models").iter().filter_map(|model| model["parameters"].as_u64()).collect();
    assert!(counts.len() > 4 && counts.is_sorted(), "{counts:?}");
}

#[test]
fn one_row_is_shown_in_full() {
    let (code, a10) = document(&["gpus", "NVIDIA A10"]);
    assert_eq!(code, 0);
    // The data sheet: 125 TFLOP/s, 600 GB/s, 150 W; the driver: 23,028 MiB.
    assert_eq!(a10["gpu"]["peak_flops"]["bf16"], 125e12);
    assert_eq!(a10["gpu"]["memory_bandwidth_bytes_per_s"], 600e9);
    assert_eq!(a10["gpu"]["memory_bytes"], 23_028_u64 << 20);
    assert_eq!(a10["gpu"]["power_w"], 150.0);
    let (_, vllm) = document(&["engines", "vLLM"]);
    assert!(rows(&vllm["engine"], "profiles").iter().any(|version| version == "0.33"), "{vllm}");
    let (_, mixtral) = document(&["models", "mixtral-8x7b"]);
    assert_eq!(mixtral["model"]["parameters"], 46_702_792_704_u64); // as published
}

#[test]
fn old_prices_say_so() {
    let (_, text, _) = texts(&["instances", "--gpu", "h100"]);
    assert!(text.contains("older than 180 days"), "{text}");
}

#[test]
fn what_is_not_known_is_refused_with_its_neighbours() {
    for (arguments, code, help) in [
        (&["gpus", "h10O"][..], "gpu.unknown", ""),
        (&["gpus", "--sort", "memroy_bytes"], "list.sort", "memory_bytes"),
        (&["gpus", "--sort", "zzz"], "list.sort", "known are architecture"),
        (&["instances", "--cloud", "awz"], "cloud.unknown", "aws"),
        (&["instances", "--gpu", "a100"], "gpu.unknown", ""),
        (&["instances", "--term", "sopt"], "term.unknown", "spot"),
        (&["prices", "--provider", "togehter"], "provider.unknown", "together"),
        (&["models", "lama-3.1-8b"], "model.not_found", ""),
        (&["engines", "vlm"], "engine.unknown", "vllm"),
    ] {
        let (exit, refusal) = document(arguments);
        let text = |key: &str| refusal["error"][key].as_str().unwrap_or_default().to_owned();
        assert_eq!((exit, text("code").as_str()), (2, code), "{refusal}");
        assert!(text("help").contains(help), "{refusal}");
    }
    let (exit, _) = document(&["gpus", "--min-memory", "80"]);
    assert_eq!(exit, 2, "a size without a unit");
}

#[test]
fn a_catalogue_of_ones_own_goes_before_the_shipped_one() {
    let folder = directory("own-catalogue");
    let chip = "[my-chip]\nlike = \"h100\"\nmemory = \"96GiB\"\nseen = \"2026-11-01\"\n";
    fs::write(folder.join("my-chip.toml"), chip).expect("a directory of ours");
    let folder = folder.to_str().expect("text");
    let (code, shown) = document(&["gpus", "my-chip", "--catalog", folder]);
    assert_eq!((code, shown["gpu"]["memory_bytes"].as_u64()), (0, Some(96 << 30)));
    assert_ne!(shown["gpu"]["layer"], "builtin");
}

#[test]
fn a_calibration_of_ones_own_changes_the_time_of_a_token() {
    let folder = directory("own-calibration");
    let table = "family,engine,version,from_version,to_version,wide,fp8,fp4,memory,memory_packed,per_layer_us,\
        per_expert_layer_us,per_step_us,per_sequence_us,per_request_ms,scale_up_share,scale_up_latency_us,\
        scale_up_latency_per_rank_us,tpot_low,tpot_high,ttft_low,ttft_high,points,source,seen\n\
        hopper,vllm,0.33,0.33,0.33,0.7,0.7,0.4,0.43,0.4,30,50,200,8,20,0.4,10,1.5,0.9,1.1,,,12,our lab,2026-11\n";
    fs::write(folder.join("calibrations.csv"), table).expect("a directory of ours");
    let folder = folder.to_str().expect("text");
    let ask = ["estimate", "qwen3-32b", "--on", "h100", "--quant", "fp8", "--no-history"];
    let (code, shipped) = document(&ask);
    assert_eq!((code, shipped["calibration"]["basis"].as_str()), (0, Some("assumed")), "{shipped}");
    assert_eq!(shipped["calibration"]["version"], "0.10 to 0.19, carried over to 0.33");
    let (code, own) = document(&[&ask[..], &["--catalog", folder]].concat());
    assert_eq!((code, own["calibration"]["basis"].as_str()), (0, Some("fitted")), "{own}");
    let source = own["calibration"]["source"].as_str().unwrap_or_default();
    assert!(source.starts_with("our lab (request ") && source.ends_with("calibrations.csv)"), "{source}");
    let tpot = |answer: &Value| answer["latency"]["tpot_s"]["value"].as_f64().expect("a time");
    assert!(
        tpot(&own) > 1.5 * tpot(&shipped),
        "half of the bandwidth: {} s, {} s",
        tpot(&own),
        tpot(&shipped)
    );
    let (_, older) = document(&[&ask[..], &["--engine", "vllm@0.12"]].concat());
    assert_eq!(older["calibration"]["basis"], "fitted");
}

#[test]
fn a_price_file_becomes_a_table_of_ones_own() {
    let folder = directory("import");
    let listed = folder.join("aws.csv");
    let text = "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size\n\
        p5.48xlarge,us-east-1,40.5,192,2048,8,H100,80,False,\n\
        x1.unknown,us-east-1,1.5,8,32,1,Z999,17,False,\n";
    fs::write(&listed, text).expect("a directory of ours");
    let kept = folder.join("mine");
    fs::create_dir(&kept).expect("a directory of ours");
    let table = kept.join("aws.csv");
    let (listed, table) = (listed.to_str().expect("text"), table.to_str().expect("text"));
    let (exit, refusal) = document(&["prices", "import", listed]);
    assert_eq!((exit, refusal["error"]["code"].as_str()), (2, Some("prices.no_date")));
    let (exit, read) = document(&["prices", "import", listed, "--as-of", "2026-11-20", "--output", table]);
    assert_eq!((exit, read["offers"].as_u64()), (0, Some(1)), "{read}");
    assert!(read["rejected"][0]["reason"].as_str().is_some_and(|why| why.contains("Z999")), "{read}");
    let kept = kept.to_str().expect("text");
    let (_, list) = document(&[
        "instances",
        "--cloud",
        "aws",
        "--region",
        "us-east-1",
        "--gpu",
        "h100",
        "--catalog",
        kept,
    ]);
    let mine =
        rows(&list, "instances").iter().find(|offer| offer["instance"] == "p5.48xlarge").expect("listed");
    assert_eq!((mine["usd_per_hour"].as_f64(), mine["layer"].as_str()), (Some(40.5), Some("request")));
}
