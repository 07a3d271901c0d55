//! Memory of training against what was measured, phase by phase, through the same door as a user's table.

use serde_json::Value;
use slipstick_api::{Catalog, registry::Question, request::ValidateRequest};

use crate::validate_memory::Table;

const MEASURED: &str = include_str!("../../../../measured/training.csv");

/// The rows whose name starts so, predicted.
fn predicted(prefix: &str) -> Vec<Value> {
    let mut lines = MEASURED.lines();
    let header = lines.next().expect("the table has a header");
    let own: Vec<&str> = lines.filter(|line| line.starts_with(prefix)).collect();
    let table = format!("{header}\n{}\n", own.join("\n"));
    let answer = ValidateRequest::new("table.csv").answer(&Catalog::builtin(), &Table(table)).unwrap();
    answer.document(false)["rows"].as_array().unwrap().clone()
}

/// How far a value is off.
fn error(row: &Value, at: &str) -> f64 {
    let ours = row.pointer(&format!("{at}/value")).and_then(Value::as_f64);
    let measured = row.pointer(&format!("/measured{at}")).and_then(Value::as_f64);
    (ours.unwrap() / measured.unwrap() - 1.0).abs()
}

/// One H200 on 2026-11-26: plain loops over transformers' Llama of 1B, 3B and 8B, and over four layers of a mixture of experts,
/// with bf16 weights and with fp32 weights under automatic casts, every layer computed again or none, eager attention or fused.
#[test]
fn phases_of_plain_loops_are_met() {
    let rows = predicted("h200-");
    assert_eq!(rows.len(), 26);
    for row in rows {
        let id = row["id"].as_str().unwrap();
        let experts = matches!(id, "h200-011" | "h200-012" | "h200-013" | "h200-023");
        let scores = matches!(id, "h200-020" | "h200-021" | "h200-022");
        let allowed = if experts || scores { 0.025 } else { 0.005 };
        for (phase, allowed) in [("forward", allowed), ("backward", allowed), ("optimizer", 0.001)] {
            let off = error(&row, &format!("/phases/{phase}_bytes"));
            assert!(off < allowed, "{id}, {phase}: off by {off}");
        }
        assert!(error(&row, "/peak_memory_bytes") < allowed, "{id}");
    }
}

/// Full fine-tuning of Mistral-7B, Llama-3-8B and PowerLM-3B under HF Trainer peaks in a foreach optimizer's step at 10.00
/// bytes a parameter, and at half of that on two ranks; where sharding turned the weights to fp32, at 20.
#[test]
fn a_foreach_optimizer_peaks_at_ten_bytes_a_parameter() {
    for id in ["fms-009", "fms-010", "fms-129", "fms-157", "fms-189", "fms-281"] {
        let row = &predicted(id)[0];
        assert!(error(row, "/peak_memory_bytes") < 0.005, "{id}");
    }
}

/// Megatron-Core 0.14 on B200, dense layers and those of DeepSeek-V3.
#[test]
fn fused_kernels_keep_what_was_measured() {
    let rows = predicted("simx-");
    let off: Vec<f64> = rows
        .iter()
        .filter(|row| !row["measured"]["peak_memory_bytes"].is_null())
        .map(|row| error(row, "/peak_memory_bytes"))
        .collect();
    assert_eq!(off.len(), 17);
    assert!(off.iter().sum::<f64>() / 17.0 < 0.005 && off.iter().all(|off| *off < 0.015), "{off:?}");
}
