//! Tables of measurements that hold what nobody measured.

use std::fs;

use crate::run::{directory, document};

/// The reasons of refusal of each row of a table in which one cell of the second row is another.
#[track_caller]
fn reasons(head: &str, row: &[&str], column: &str, wrong: &str) -> Vec<Option<String>> {
    let at = head.split(',').position(|one| one == column).expect("the column is there");
    let mut spoilt = row.to_vec();
    spoilt[at] = wrong;
    let path = directory(&format!("measured-{column}")).join("table.csv");
    fs::write(&path, format!("{head}\n{}\n{}\n{}\n", row.join(","), spoilt.join(","), row.join(",")))
        .expect("Cargo gives tests a directory to write to");
    let (code, answer) = document(&["validate", "--data", path.to_str().expect("it is UTF-8")]);
    assert_eq!(code, 0, "{answer}");
    let rows = answer["rows"].as_array().expect("there are rows").clone();
    rows.iter().map(|row| row["refused"].as_str().map(str::to_owned)).collect()
}

#[track_caller]
fn only_the_wrong_row_is_refused(head: &str, row: &[&str], columns: &[&str]) {
    for column in columns {
        for wrong in ["NaN", "-3", "inf", "-inf", "1e999", "0", "fast"] {
            let found = reasons(head, row, column, wrong);
            assert_eq!((found.len(), &found[0], &found[2]), (3, &None, &None), "{found:?}");
            let reason = found[1].as_deref().unwrap_or_default();
            assert!(reason.starts_with(&format!("{column}: {wrong:?} is no measurement")), "{found:?}");
        }
    }
}

#[test]
fn a_row_of_inference_that_cannot_be_measured_is_refused() {
    only_the_wrong_row_is_refused(
        "regime,engine,accelerator_id,precision,isl,osl,concurrency_or_batch,ttft_ms,tpot_ms,model_id",
        &[
            "agg_unsaturated",
            "vllm",
            "nvidia-h100-sxm-80gb",
            "bf16",
            "1024",
            "128",
            "4",
            "40",
            "8",
            "Qwen/Qwen3-8B",
        ],
        &["ttft_ms", "tpot_ms"],
    );
}

#[test]
fn a_row_of_training_that_cannot_be_measured_is_refused() {
    only_the_wrong_row_is_refused(
        "model_id,dp_ranks,global_batch_size,sequence_length,iter_time_s,peak_mem_gib",
        &["Qwen/Qwen3-8B", "4", "16", "4096", "0.843", "60"],
        &["iter_time_s", "peak_mem_gib"],
    );
}

/// An engine may be told to take longer sequences than a model's file states, and then it ran so; only where positions
/// are rows of a table is there none to look up beyond.
#[test]
fn a_run_beyond_the_stated_context_was_measured_all_the_same() {
    let head = "regime,engine,accelerator_id,precision,isl,osl,concurrency_or_batch,tpot_ms,model_id";
    let row = |model: &str, input: &str| {
        format!("agg_unsaturated,vllm,nvidia-h100-sxm-80gb,bf16,{input},128,4,8,{model}\n")
    };
    let path = directory("measured-beyond").join("table.csv");
    let table = format!("{head}\n{}{}", row("meta-llama/Meta-Llama-3-8B", "8192"), row("gpt2", "1024"));
    fs::write(&path, table).expect("Cargo gives tests a directory to write to");
    let (code, answer) = document(&["validate", "--data", path.to_str().expect("it is UTF-8")]);
    assert_eq!(code, 0, "{answer}");
    assert!(answer["rows"][0]["tpot_s"]["value"].is_number(), "{answer}");
    let reason = answer["rows"][1]["refused"].as_str().unwrap_or_default();
    assert!(reason.contains("more than the 1024 that the model takes"), "{answer}");
}

/// Llama-2-7B converted to 4 bits a weight, with 6 for the head: 6,476,005,376 values of linear layers, a head of
/// 131,072,000, and an embedding and norms of 131,338,240 in 16 bits.
#[test]
fn an_average_rate_counts_linear_layers_and_head_apart() {
    let (code, answer) = document(&[
        "memory",
        "llama-2-7b",
        "--on",
        "rtx-4090",
        "--engine",
        "exllamav2",
        "--quant",
        "exl2-4bpw",
    ]);
    assert_eq!(code, 0, "{answer}");
    let weights = answer["per_accelerator"]["weights_bytes"].as_u64();
    assert_eq!(weights, Some(6_476_005_376 / 2 + 131_072_000 * 6 / 8 + 131_338_240 * 2), "{answer}");
}
