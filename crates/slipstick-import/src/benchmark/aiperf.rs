//! genai-perf and aiperf: one summary, each metric with its unit.

use super::{
    LeftOut, Reader, Run,
    json::{Object, at, figure, first, text, whole},
    load::{Arrivals, Figures, Load, few_failed},
};

pub(super) const READER: Reader = Reader {
    tool: |object| {
        if at(object, "input_config/loadgen").is_some() || object.contains_key("aiperf_version") {
            "aiperf"
        } else {
            "genai-perf"
        }
    },
    knows: |object| {
        ["request_throughput", "request_latency"].iter().all(|metric| {
            at(object, &format!("{metric}/unit")).is_some() && at(object, &format!("{metric}/avg")).is_some()
        })
    },
    runs: |object| vec![run(object).map_err(|why| LeftOut::new("the run", why))],
};

fn run(object: &Object) -> Result<Run, String> {
    let mean = |metric: &str| figure(object, &format!("{metric}/avg"));
    let requests = mean("request_count")?.or(first(object, &REQUESTS)?);
    if let Some(requests) = requests {
        few_failed(requests, mean("error_request_count")?)?;
    }
    // Who does not say how many requests there were has had many.
    let count = requests.map_or(u64::MAX, whole);
    let load = Load {
        arrivals: arrivals(object, count)?,
        requests: count,
        input: mean("input_sequence_length")?,
        output: mean("output_sequence_length")?,
    };
    let figures = Figures {
        ttft_ms: milliseconds(object, "time_to_first_token")?,
        tpot_ms: milliseconds(object, "inter_token_latency")?,
        output_rate: mean("output_token_throughput")?,
        total_rate: mean("total_token_throughput")?,
    };
    let served = Run::default()
        .with("engine", engine(object))
        .with("model_id", text(object, &MODELS))
        .with("date", text(object, &["start_time"]).and_then(|time| super::serving::day(&time)));
    let run = figures.say(load.say(served))?;
    Ok(if requests.is_none() { run.without("requests_per_slot") } else { run })
}

/// Where its versions keep how many requests there were, and what was asked.
const REQUESTS: [&str; 2] = ["input_config/loadgen/request_count", "input_config/request_count"];
const MODELS: [&str; 4] = [
    "input_config/endpoint/model_names/0",
    "input_config/model_names/0",
    "input_config/model/0",
    "input_config/formatted_model_name",
];

/// Where its versions keep how requests are sent.
const LOADS: [&str; 3] = ["input_config/loadgen", "input_config/perf_analyzer/stimulus", "input_config"];

fn arrivals(object: &Object, requests: u64) -> Result<Arrivals, String> {
    let stated = |name: &str| {
        let paths = LOADS.map(|load| format!("{load}/{name}"));
        first(object, &paths.each_ref().map(String::as_str))
    };
    let (slots, rate) = (stated("concurrency")?, stated("request_rate")?);
    if slots.is_none() && rate.is_none() {
        return Err("it states neither a concurrency nor a rate of requests".to_owned());
    }
    Ok(Arrivals::of(slots.map(whole), rate, requests))
}

/// The engine, where a file names one and not a protocol.
fn engine(object: &Object) -> Option<&'static str> {
    match text(object, &["input_config/backend", "input_config/endpoint/backend"])?
        .to_ascii_lowercase()
        .as_str()
    {
        "vllm" => Some("vllm"),
        "tensorrtllm" | "trtllm" | "tensorrt-llm" => Some("tensorrt-llm"),
        "sglang" => Some("sglang"),
        _ => None,
    }
}

/// A time in the unit that stands beside it.
fn milliseconds(object: &Object, metric: &str) -> Result<Option<f64>, String> {
    let Some(mean) = figure(object, &format!("{metric}/avg"))? else { return Ok(None) };
    let unit = text(object, &[&format!("{metric}/unit")]).unwrap_or_default();
    let scale = match unit.as_str() {
        "ms" => 1.0,
        "s" | "sec" => 1e3,
        "us" => 1e-3,
        "ns" => 1e-6,
        _ => return Err(format!("{metric} is in {unit:?}, which is no unit of time that is known")),
    };
    Ok(Some(mean * scale))
}
