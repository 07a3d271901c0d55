//! Reads configurations, one JSON object a line, and writes each one's counts or refusal, one JSON object a line.
//!
//! `tests/reference/counts.py` writes the counts of the reference implementation for the same lines.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use slipstick_core::numeric::Format;
use slipstick_import::config::{Imported, import};

fn counts(imported: &Imported) -> Value {
    let model = &imported.model;
    let parameters = model.parameters();
    let kinds = model.layer_kinds();
    let cache = model.cache(Format::BF16);
    let assumed: Vec<&str> = imported.assumed.iter().map(|assumed| assumed.key.as_str()).collect();
    json!({
        "total": parameters.total, "untied": parameters.total_untied, "embedding": parameters.embedding,
        "lm_head": parameters.lm_head, "active": parameters.active, "experts": parameters.experts,
        "layers": kinds.total, "full": kinds.full_attention, "sliding": kinds.sliding_window,
        "linear": kinds.linear_or_ssm, "kv": cache.bytes_per_token, "window": cache.sliding_window,
        "kv_sliding": cache.sliding_bytes_per_token, "state": 2 * cache.state_elements, "assumed": assumed,
    })
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = match import(line?.as_bytes()) {
            Ok(imported) => counts(&imported),
            Err(error) => json!({"refused": error.to_string()}),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}
