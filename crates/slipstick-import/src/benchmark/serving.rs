//! `vllm bench serve` (`benchmark_serving.py`) and SGLang's `bench_serving`, which came from it.

use super::{
    LeftOut, Reader, Run, has,
    json::{Object, figure, first, number, text, whole},
    load::{Arrivals, Figures, Load, few_failed},
};

pub(super) const READER: Reader = Reader {
    tool: |object| if is_sglang(object) { "sglang bench_serving" } else { "vllm bench serve" },
    knows: |object| has(object, &["completed", "total_output_tokens", "output_throughput"]),
    runs: |object| vec![run(object).map_err(|why| LeftOut::new("the run", why))],
};

/// SGLang's copy names its data set and end-to-end times another way.
fn is_sglang(object: &Object) -> bool {
    object.contains_key("mean_e2e_latency_ms") || object.contains_key("sharegpt_output_len")
}

fn run(object: &Object) -> Result<Run, String> {
    let requests = figure(object, "completed")?.ok_or("no request was completed")?;
    few_failed(requests, figure(object, "failed")?)?;
    if figure(object, "accept_length")?.is_some_and(|accepted| accepted > 1.0) {
        return Err("it ran with speculative decoding, and the file does not say which".to_owned());
    }
    let mean = |path| figure(object, path).map(|total| total.map(|total| total / requests));
    let slots = figure(object, "max_concurrency")?.map(whole);
    let load = Load {
        arrivals: Arrivals::of(slots, rate(object)?, whole(requests)),
        requests: whole(requests),
        input: mean("total_input_tokens")?,
        output: mean("total_output_tokens")?,
    };
    let figures = Figures {
        ttft_ms: figure(object, "mean_ttft_ms")?,
        tpot_ms: figure(object, "mean_tpot_ms")?,
        output_rate: figure(object, "output_throughput")?,
        total_rate: first(object, &["total_token_throughput", "total_throughput"])?,
    };
    figures.say(load.say(served(object)))
}

/// Who served what.
fn served(object: &Object) -> Run {
    // A protocol that many engines speak names none.
    let engine = text(object, &["backend", "endpoint_type"]).and_then(|name| match name.as_str() {
        "vllm" | "vllm-chat" => Some("vllm"),
        "sglang" | "sglang-native" | "sglang-oai" | "sglang-oai-chat" => Some("sglang"),
        "trt" | "tensorrt-llm" => Some("tensorrt-llm"),
        _ => None,
    });
    Run::default()
        .with("engine", engine)
        .with("model_id", text(object, &["model_id", "model"]))
        .with("date", text(object, &["date"]).and_then(|date| day(&date)))
}

/// The day of `20251126-101530` or of `2025-11-26T10:15:30`.
pub(super) fn day(text: &str) -> Option<String> {
    let digits: String = text.chars().take(10).filter(char::is_ascii_digit).take(8).collect();
    (digits.len() == 8).then(|| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..8]))
}

/// Requests a second; none where they were sent as soon as they might.
fn rate(object: &Object) -> Result<Option<f64>, String> {
    let Some(value) = object.get("request_rate") else { return Ok(None) };
    match number(value) {
        Some(rate) if rate > 0.0 => Ok(rate.is_finite().then_some(rate)),
        None if value.is_null() => Ok(None),
        _ => {
            let shown: String = value.to_string().chars().take(40).collect();
            Err(format!("request_rate is {shown}, which is no rate of requests"))
        }
    }
}
