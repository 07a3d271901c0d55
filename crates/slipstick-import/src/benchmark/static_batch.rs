//! `vllm bench latency` and `vllm bench throughput`, which write times and rates and little of what ran.

use super::{
    LeftOut, Reader, Run, has,
    json::{Object, figure, whole},
};

pub(super) const LATENCY: Reader = Reader {
    tool: |_| "vllm bench latency",
    knows: |object| has(object, &["avg_latency", "latencies"]),
    runs: |object| vec![latency(object).map_err(|why| LeftOut::new("the run", why))],
};

pub(super) const THROUGHPUT: Reader = Reader {
    tool: |_| "vllm bench throughput",
    knows: |object| has(object, &["elapsed_time", "num_requests", "tokens_per_second"]),
    runs: |object| vec![throughput(object).map_err(|why| LeftOut::new("the run", why))],
};

/// One static batch from its prompt to its last token.
fn latency(object: &Object) -> Result<Run, String> {
    let seconds = figure(object, "avg_latency")?.ok_or("it took no time")?;
    Ok(Run::default()
        .with("engine", Some("vllm"))
        .with("arrival", Some("static"))
        .with("regime", Some("fixed_batch"))
        .with("batch_seconds", Some(seconds)))
}

/// All requests at once.
fn throughput(object: &Object) -> Result<Run, String> {
    let requests = figure(object, "num_requests")?.map(whole).ok_or("it had no request")?;
    let rate = figure(object, "tokens_per_second")?.ok_or("it had no tokens")?;
    Ok(Run::default()
        .with("engine", Some("vllm"))
        .with("arrival", Some("burst"))
        .with("regime", Some("offline_max"))
        .with("concurrency_or_batch", Some(requests))
        .with("throughput_total_tok_s", Some(rate)))
}
