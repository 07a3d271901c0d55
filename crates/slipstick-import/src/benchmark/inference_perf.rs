//! The life-cycle report of inference-perf, of all stages or of one.

use super::{
    LeftOut, Reader, Run,
    json::{Object, at, figure, first, whole},
    load::{Arrivals, Figures, Load, few_failed},
};

pub(super) const READER: Reader = Reader {
    tool: |_| "inference-perf",
    knows: |object| at(object, "load_summary").is_some() && at(object, "successes/latency").is_some(),
    runs: |object| vec![run(object).map_err(|why| LeftOut::new("the run", why))],
};

fn run(object: &Object) -> Result<Run, String> {
    let requests = figure(object, "successes/count")?.ok_or("no request succeeded")?;
    few_failed(requests, figure(object, "failures/count")?)?;
    let requests = whole(requests);
    let slots = figure(object, "load_summary/concurrency")?;
    let rate = figure(object, "load_summary/requested_rate")?;
    if slots.is_none() && rate.is_none() {
        return Err("it states neither a concurrency nor a rate of requests".to_owned());
    }
    let rate = rate.filter(|_| slots.is_none());
    let milliseconds = |metric: &str| {
        let mean = figure(object, &format!("successes/latency/{metric}/mean"))?;
        Ok::<_, String>(mean.map(|seconds| 1e3 * seconds))
    };
    let load = Load {
        arrivals: Arrivals::of(slots.map(whole), rate, requests),
        requests,
        input: first(object, &["successes/prompt_tokens/mean", "successes/prompt_len/mean"])?,
        output: first(object, &["successes/output_tokens/mean", "successes/output_len/mean"])?,
    };
    let figures = Figures {
        ttft_ms: milliseconds("time_to_first_token")?,
        tpot_ms: milliseconds("time_per_output_token")?,
        output_rate: figure(object, "successes/throughput/output_tokens_per_sec")?,
        total_rate: figure(object, "successes/throughput/total_tokens_per_sec")?,
    };
    figures.say(load.say(Run::default()))
}
