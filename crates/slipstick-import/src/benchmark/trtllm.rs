//! The report of `trtllm-bench`.

use super::{
    LeftOut, Reader, Run,
    json::{Object, at, figure, text, whole},
    load::Figures,
};

pub(super) const READER: Reader = Reader {
    tool: |_| "trtllm-bench",
    knows: |object| {
        ["engine/model", "world_info/tp_size", "performance/request_throughput_req_s"]
            .iter()
            .all(|path| at(object, path).is_some())
    },
    runs: |object| vec![run(object).map_err(|why| LeftOut::new("the run", why))],
};

fn run(object: &Object) -> Result<Run, String> {
    if at(object, "decoding_stats").is_some() {
        return Err("it ran with speculative decoding".to_owned());
    }
    let count = |path| figure(object, path).map(|found| found.map(whole));
    let figures = Figures {
        ttft_ms: figure(object, "streaming_metrics/avg_ttft_ms")?,
        tpot_ms: figure(object, "streaming_metrics/avg_tpot_ms")?,
        output_rate: figure(object, "performance/system_output_throughput_tok_s")?,
        total_rate: figure(object, "performance/system_total_throughput_tok_s")?,
    };
    // It does not say whether its requests were all sent at once or held at a number.
    let run = Run::default()
        .with("regime", Some("agg_unsaturated"))
        .with("engine", Some("tensorrt-llm"))
        .with("engine_version", text(object, &["engine/version"]))
        .with("model_id", text(object, &["engine/model"]))
        .with("on", accelerators(object)?)
        .with("tp_ranks", count("world_info/tp_size")?)
        .with("pp_ranks", count("world_info/pp_size")?)
        .with("ep_ranks", count("world_info/ep_size")?)
        .with("max_sequences", count("world_info/max_batch_size")?)
        .with("max_batched_tokens", count("world_info/max_num_tokens")?)
        .with("kv_dtype", text(object, &["engine/kv_cache_dtype"]).map(|name| name.to_ascii_lowercase()))
        .with("precision", text(object, &["engine/quantization"]).map(|name| name.to_ascii_lowercase()))
        .with("isl", count("request_info/avg_input_length")?)
        .with("osl", count("request_info/avg_output_length")?)
        .with("requests", count("request_info/num_requests")?);
    figures.say(run)
}

fn accelerators(object: &Object) -> Result<Option<String>, String> {
    let count = figure(object, "world_info/world_size")?.map_or(1, whole);
    let name = text(object, &["machine/name"]);
    Ok(name.map(|name| if count == 1 { name } else { format!("{name}:{count}") }))
}
