//! How the requests of a benchmark arrived, and what was measured of them.

use super::Run;
use super::json::whole;

/// The share of requests that may fail.
const MOST_FAILED: f64 = 0.01;

/// How requests arrived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Arrivals {
    /// So many are in flight: a new one for each answer.
    Closed(u64),
    /// So many at once.
    Burst(u64),
    /// So many a second.
    Open(f64),
}

impl Arrivals {
    /// Of a benchmark that sends `requests`, at most `concurrency` of them at once, at `rate` a second; without a rate as
    /// soon as it may.
    pub(super) fn of(concurrency: Option<u64>, rate: Option<f64>, requests: u64) -> Self {
        match (concurrency, rate) {
            (_, Some(rate)) => Self::Open(rate),
            (Some(slots), None) if slots < requests => Self::Closed(slots),
            _ => Self::Burst(requests),
        }
    }
}

/// What a benchmark of requests says of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) arrivals: Arrivals,
    pub(super) requests: u64,
    /// Mean tokens in and out.
    pub(super) input: Option<f64>,
    pub(super) output: Option<f64>,
}

/// What was measured: milliseconds, and tokens a second of the whole system.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) ttft_ms: Option<f64>,
    pub(super) tpot_ms: Option<f64>,
    pub(super) output_rate: Option<f64>,
    pub(super) total_rate: Option<f64>,
}

/// Refuses a run of which so many requests succeeded and so many failed.
///
/// # Errors
/// If more failed than one in a hundred: those that did not fail met another load than the file says.
pub(super) fn few_failed(succeeded: f64, failed: Option<f64>) -> Result<(), String> {
    match failed {
        Some(failed) if failed > MOST_FAILED * succeeded => {
            Err(format!("{failed} requests failed, so it is no measurement of those that did not"))
        }
        _ => Ok(()),
    }
}

impl Load {
    /// The run's cells of its load.
    pub(super) fn say(&self, run: Run) -> Run {
        let run = run.with("isl", self.input.map(whole)).with("osl", self.output.map(whole));
        match self.arrivals {
            Arrivals::Closed(slots) => run
                .with("regime", Some("agg_unsaturated"))
                .with("arrival", Some("closed"))
                .with("concurrency_or_batch", Some(slots))
                .with("requests_per_slot", Some(self.requests as f64 / slots.max(1) as f64)),
            Arrivals::Burst(requests) => run
                .with("regime", Some("offline_max"))
                .with("arrival", Some("burst"))
                .with("concurrency_or_batch", Some(requests)),
            Arrivals::Open(rate) => run
                .with("regime", Some("agg_unsaturated"))
                .with("arrival", Some("open"))
                .with("request_rate_per_s", Some(rate)),
        }
    }
}

impl Figures {
    /// The run's cells of what was measured.
    ///
    /// # Errors
    /// If nothing was.
    pub(super) fn say(&self, run: Run) -> Result<Run, String> {
        let all = [self.ttft_ms, self.tpot_ms, self.output_rate, self.total_rate];
        if all.iter().all(Option::is_none) {
            return Err("it measured neither a time nor a rate".to_owned());
        }
        Ok(run
            .with("ttft_ms", self.ttft_ms)
            .with("tpot_ms", self.tpot_ms)
            .with("throughput_tok_s", self.output_rate)
            .with("throughput_total_tok_s", self.total_rate))
    }
}
