//! guidellm's report: one benchmark a rate or a concurrency.

use serde_json::Value;

use super::{
    LeftOut, Reader, Run, has,
    json::{Object, at, figure, first, text, whole},
    load::{Arrivals, Figures, Load, few_failed},
};

pub(super) const READER: Reader = Reader {
    tool: |_| "guidellm",
    knows: |object| has(object, &["benchmarks"]) && at(object, "benchmarks/0/metrics").is_some(),
    runs,
};

fn runs(object: &Object) -> Vec<Result<Run, LeftOut>> {
    let Some(Value::Array(list)) = object.get("benchmarks") else { return Vec::new() };
    let all = list.iter().enumerate().map(|(place, benchmark)| {
        let one = match benchmark {
            Value::Object(benchmark) => run(benchmark, object),
            _ => Err("it is no benchmark".to_owned()),
        };
        one.map_err(|why| LeftOut::new(format!("benchmark {}", place + 1), why))
    });
    all.collect()
}

fn run(benchmark: &Object, report: &Object) -> Result<Run, String> {
    let mean = |name: &str| figure(benchmark, &format!("metrics/{name}/successful/mean"));
    let counted = |outcome: &str| {
        let paths = COUNTS.map(|counts| format!("{counts}/{outcome}"));
        first(benchmark, &paths.each_ref().map(String::as_str))
    };
    let requests = counted("successful")?.ok_or("no request succeeded")?;
    few_failed(requests, counted("errored")?)?;
    let requests = whole(requests);
    let load = Load {
        arrivals: arrivals(benchmark, requests)?,
        requests,
        input: mean("prompt_token_count")?,
        output: mean("output_token_count")?,
    };
    let figures = Figures {
        ttft_ms: mean("time_to_first_token_ms")?,
        // Its time per output token counts the first one in.
        tpot_ms: mean("inter_token_latency_ms")?,
        output_rate: mean("output_tokens_per_second")?,
        total_rate: mean("tokens_per_second")?,
    };
    let model = text(report, &["args/model"])
        .or_else(|| text(benchmark, &["config/backend/model", "args/model", "worker/backend_model"]));
    figures.say(load.say(Run::default().with("model_id", model)))
}

/// Where its versions count requests by how they ended.
const COUNTS: [&str; 3] =
    ["metrics/request_totals", "run_stats/requests_made", "scheduler_metrics/requests_made"];

fn arrivals(benchmark: &Object, requests: u64) -> Result<Arrivals, String> {
    let found = ["config/strategy", "args/strategy", "scheduler/strategy"];
    let strategy = found.iter().find_map(|path| at(benchmark, path)?.as_object());
    let strategy = strategy.ok_or("it does not say how requests were sent")?;
    let figure = |names: &[&str]| first(strategy, names);
    match text(strategy, &["type_", "type"]).as_deref() {
        Some("synchronous") => Ok(Arrivals::Closed(1)),
        Some("concurrent") => {
            let streams = figure(&["streams", "max_concurrency"])?.ok_or("it states no streams")?;
            Ok(Arrivals::of(Some(whole(streams)), None, requests))
        }
        Some("throughput") => Ok(Arrivals::of(figure(&["max_concurrency"])?.map(whole), None, requests)),
        Some("constant" | "poisson" | "async") => {
            figure(&["rate"])?.map(Arrivals::Open).ok_or_else(|| "it states no rate".to_owned())
        }
        other => Err(format!("requests were sent as {:?}, which is not known", other.unwrap_or_default())),
    }
}
