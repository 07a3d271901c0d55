//! What was asked and how long it took, as Prometheus reads it.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use slipstick_api::{commands::COMMANDS, provenance::asked, registry::Command};

/// Upper ends of the times that are counted apart.
const ENDS: [Duration; 9] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_mins(1),
];

/// What became of a request.
const FATES: [&str; 3] = ["answered", "refused", "failed"];

/// The requests to one command.
#[derive(Debug, Default)]
struct Asked {
    fates: [AtomicU64; FATES.len()],
    times: [AtomicU64; ENDS.len()],
    all: AtomicU64,
    micros: AtomicU64,
}

/// Counts since the start.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// In the order of the registry, then explanations and everything else.
    asked: Vec<Asked>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { asked: (0..=COMMANDS.len() + 1).map(|_| Asked::default()).collect() }
    }
}

impl Metrics {
    /// Counts a response.
    pub(crate) fn count(&self, path: &str, status: u16, time: Duration) {
        let asked = &self.asked[place(path)];
        let fate = match status {
            ..400 => 0,
            400..500 => 1,
            _ => 2,
        };
        add(&asked.fates[fate], 1);
        add(&asked.all, 1);
        add(&asked.micros, u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        for (_, count) in ENDS.iter().zip(&asked.times).filter(|(end, _)| time <= **end) {
            add(count, 1);
        }
    }

    /// All counts in Prometheus' text format.
    pub(crate) fn text(&self, connections: usize) -> String {
        let mut text = String::from("# TYPE slipstick_requests_total counter\n");
        let names: Vec<String> = COMMANDS.iter().map(Command::key).collect();
        let all = || names.iter().map(String::as_str).chain([asked::NAME, "other"]).zip(&self.asked);
        for (name, asked) in all() {
            for (fate, count) in FATES.iter().zip(&asked.fates) {
                let labels = format!("command=\"{name}\",fate=\"{fate}\"");
                let _ = writeln!(text, "slipstick_requests_total{{{labels}}} {}", read(count));
            }
        }
        text.push_str("# TYPE slipstick_request_seconds histogram\n");
        for (name, asked) in all() {
            histogram(&mut text, name, asked);
        }
        let _ = writeln!(text, "# TYPE slipstick_connections gauge\nslipstick_connections {connections}");
        text
    }
}

fn histogram(text: &mut String, name: &str, asked: &Asked) {
    let all = read(&asked.all);
    let mut bucket = |end: &str, count: u64| {
        let labels = format!("command=\"{name}\",le=\"{end}\"");
        let _ = writeln!(text, "slipstick_request_seconds_bucket{{{labels}}} {count}");
    };
    for (end, count) in ENDS.iter().zip(&asked.times) {
        bucket(&seconds(*end), read(count));
    }
    bucket("+Inf", all);
    let sum = seconds(Duration::from_micros(read(&asked.micros)));
    let _ = writeln!(text, "slipstick_request_seconds_sum{{command=\"{name}\"}} {sum}");
    let _ = writeln!(text, "slipstick_request_seconds_count{{command=\"{name}\"}} {all}");
}

fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

/// Which command a path asks.
fn place(path: &str) -> usize {
    let key = path.strip_prefix("/v1/").unwrap_or_default();
    let key = key.strip_prefix("catalogue/").unwrap_or(key);
    let letters = |name: &'static str| name.bytes().map(|letter| if letter == b' ' { b'-' } else { letter });
    let found = COMMANDS.iter().position(|command| letters(command.name).eq(key.bytes()));
    found.unwrap_or(COMMANDS.len() + usize::from(key != asked::NAME))
}

fn add(count: &AtomicU64, by: u64) {
    count.fetch_add(by, Ordering::Relaxed);
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Metrics;

    #[test]
    fn requests_are_counted_under_their_command() {
        let metrics = Metrics::default();
        metrics.count("/v1/methods-eval", 200, Duration::from_micros(1500));
        metrics.count("/v1/estimate", 422, Duration::from_secs(90));
        metrics.count("/v1/catalogue/gpus", 200, Duration::ZERO);
        metrics.count("/v1/explain", 200, Duration::ZERO);
        metrics.count("/v1/nothing", 404, Duration::ZERO);
        let text = metrics.text(3);
        for line in [
            "slipstick_requests_total{command=\"methods-eval\",fate=\"answered\"} 1",
            "slipstick_request_seconds_bucket{command=\"methods-eval\",le=\"0.001000\"} 0",
            "slipstick_request_seconds_bucket{command=\"methods-eval\",le=\"0.002000\"} 1",
            "slipstick_requests_total{command=\"estimate\",fate=\"refused\"} 1",
            "slipstick_request_seconds_bucket{command=\"estimate\",le=\"60.000000\"} 0",
            "slipstick_request_seconds_bucket{command=\"estimate\",le=\"+Inf\"} 1",
            "slipstick_request_seconds_sum{command=\"estimate\"} 90.000000",
            "slipstick_requests_total{command=\"gpus\",fate=\"answered\"} 1",
            "slipstick_requests_total{command=\"explain\",fate=\"answered\"} 1",
            "slipstick_requests_total{command=\"other\",fate=\"refused\"} 1",
            "slipstick_connections 3",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
    }
}
