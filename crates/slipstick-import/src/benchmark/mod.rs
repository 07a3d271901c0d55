//! What benchmarks and engines print of their runs, as rows of a table of measurements.
//!
//! A file is told by what it holds, not by its name. The cells of a run are named as the columns of such a table; what a
//! file does not say is no cell, and nothing is guessed.

mod aiperf;
mod error;
mod guidellm;
mod inference_perf;
mod json;
mod llama_bench;
mod llama_log;
mod load;
mod log;
mod run;
mod serving;
mod static_batch;
mod trtllm;
mod vllm_log;

pub use error::BenchmarkError;
pub use run::{Kind, LeftOut, Measurements, Run};

use serde_json::Value;

use self::json::Object;

/// More runs than this are no benchmark of a person.
pub const MOST_RUNS: usize = 10_000;

/// A reader of JSON documents.
struct Reader {
    /// The tool, as people call it.
    tool: fn(&Object) -> &'static str,
    /// Whether a document is one of its own.
    knows: fn(&Object) -> bool,
    /// The runs of a document, each read or left out with a reason.
    runs: fn(&Object) -> Vec<Result<Run, LeftOut>>,
}

/// All readers of JSON; no two know the same document.
const READERS: &[Reader] = &[
    serving::READER,
    llama_bench::READER,
    static_batch::LATENCY,
    static_batch::THROUGHPUT,
    guidellm::READER,
    aiperf::READER,
    trtllm::READER,
    inference_perf::READER,
];

/// The files that are known, for a message.
pub const KNOWN: &str = "vllm bench serve, latency and throughput, llama-bench (JSON, JSONL, csv, md), SGLang bench_serving, guidellm, genai-perf, aiperf, trtllm-bench and inference-perf, and start logs of vLLM and llama.cpp";

/// Reads what a benchmark or an engine printed.
///
/// # Errors
/// If the text is of no known tool, cannot be read, or holds no run that says what it measured.
pub fn read(text: &str) -> Result<Measurements, BenchmarkError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(BenchmarkError::Empty);
    }
    if text.contains('\0') {
        return Err(BenchmarkError::Binary);
    }
    let found = if text.starts_with(['{', '[']) {
        documents(text)?
    } else if llama_bench::is_csv(text) {
        llama_bench::csv(text)?
    } else if llama_bench::is_markdown(text) {
        llama_bench::markdown(text)
    } else if vllm_log::knows(text) {
        vllm_log::read(text)
    } else if llama_log::knows(text) {
        llama_log::read(text)
    } else {
        return Err(BenchmarkError::Unrecognised);
    };
    checked(found)
}

/// Refuses what holds too much, or nothing.
fn checked(found: Measurements) -> Result<Measurements, BenchmarkError> {
    let tool = found.tool;
    if found.runs.len() + found.left_out.len() > MOST_RUNS {
        return Err(BenchmarkError::TooMany { tool });
    }
    match (found.runs.is_empty(), found.left_out.first()) {
        (true, Some(LeftOut { why, .. })) => Err(BenchmarkError::Nothing { tool, why: why.clone() }),
        (true, None) => Err(BenchmarkError::Nothing { tool, why: "it lists no run".to_owned() }),
        (false, _) => Ok(found),
    }
}

/// Reads a JSON document, a list of them, or one a line.
fn documents(text: &str) -> Result<Measurements, BenchmarkError> {
    let objects = json::objects(text)?;
    let Some(first) = objects.first() else {
        return Err(BenchmarkError::Unrecognised);
    };
    let reader = READERS.iter().find(|reader| (reader.knows)(first)).ok_or(BenchmarkError::Unrecognised)?;
    let mut found = Measurements::of((reader.tool)(first), Kind::Serving);
    for (place, object) in objects.iter().enumerate() {
        if (reader.knows)(object) {
            found.extend((reader.runs)(object));
        } else {
            found.left_out.push(LeftOut::new(format!("entry {}", place + 1), "it is of another kind"));
        }
    }
    Ok(found)
}

/// Whether a document has all of some keys.
fn has(object: &Object, keys: &[&str]) -> bool {
    keys.iter().all(|key| object.get(*key).is_some_and(|value| !matches!(value, Value::Null)))
}

#[cfg(test)]
mod tests;
