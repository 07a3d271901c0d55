//! A trace of requests as a load: their mean lengths, and the rate at which they came.
//!
//! Three forms are known by their columns: Azure's (`TIMESTAMP, ContextTokens, GeneratedTokens`), BurstGPT's (`Timestamp`,
//! `Request tokens`, `Response tokens`) and Mooncake's (JSON lines with `timestamp` in milliseconds, `input_length`,
//! `output_length`); `arrival_s, input_tokens, output_tokens` is read too.

use std::io::{BufRead, BufReader};

use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::Value;
use slipstick_core::units::Frequency;

use super::PlanRequest;
use crate::{
    ApiError, World,
    request::{Count, Rate, nearest_count},
    resolve::{Assumption, opened, shown},
};

/// A trace of more bytes is cut down first.
const LARGEST: u64 = 1 << 28;

/// Names of columns, in small letters and without what is no letter.
const ARRIVED: [&str; 6] = ["timestamp", "arrivals", "arrivedat", "arrivaltime", "time", "arrival"];
const READ: [&str; 7] = [
    "contexttokens",
    "requesttokens",
    "inputlength",
    "inputtokens",
    "prompttokens",
    "numprefilltokens",
    "inputlen",
];
const WRITTEN: [&str; 7] = [
    "generatedtokens",
    "responsetokens",
    "outputlength",
    "outputtokens",
    "completiontokens",
    "numdecodetokens",
    "outputlen",
];

/// A request of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    at: f64,
    input: f64,
    output: f64,
}

/// The request with what its trace says where it says nothing itself, and what was taken.
pub(super) fn filled(
    request: &PlanRequest,
    world: &dyn World,
    defaults: &mut Vec<Assumption>,
) -> Result<PlanRequest, ApiError> {
    let mut filled = request.clone();
    let Some(path) = &request.trace else { return Ok(filled) };
    let text = opened(path, LARGEST, world).map_err(|error| error.at("--trace"))?;
    let path = shown(path);
    let seen = read(path, BufReader::new(text))?;
    let mut mean = |flag: &'static str, stated: Option<Count>, of: fn(&Seen) -> f64| {
        stated.unwrap_or_else(|| {
            let (mean, why) = length(path, seen.iter().map(of).collect());
            defaults.push(Assumption { flag, value: mean.to_string(), why });
            Count(mean)
        })
    };
    filled.input = Some(mean("--input", request.input, |seen| seen.input));
    filled.output = Some(mean("--output", request.output, |seen| seen.output));
    let in_flight = request.concurrency.or(request.users).or(request.requests).is_some();
    if request.rate.is_none() && !in_flight {
        let (rate, spread) = arrivals(path, &seen)?;
        filled.rate = Some(Rate(Frequency::per_s(rate)));
        let why = format!(
            "as they came in {path}; times between them are {spread:.1} times as spread as where requests arrive at random"
        );
        defaults.push(Assumption { flag: "--rate", value: format!("{rate:.4}/s"), why });
    }
    Ok(filled)
}

/// The mean of lengths, rounded, and how they are spread.
fn length(path: &str, mut all: Vec<f64>) -> (u64, String) {
    all.sort_by(f64::total_cmp);
    let mean = nearest_count(all.iter().sum::<f64>() / all.len() as f64);
    let [half, most] = [2, 20].map(|part| all[all.len() - 1 - all.len() / part]);
    let count = all.len();
    (
        mean,
        format!(
            "the mean of {count} requests of {path}; half of them have at most {half}, 95 % at most {most}"
        ),
    )
}

/// Requests a second, and the coefficient of variation of the times between them.
fn arrivals(path: &str, seen: &[Seen]) -> Result<(f64, f64), ApiError> {
    let mut times: Vec<f64> = seen.iter().map(|seen| seen.at).collect();
    times.sort_by(f64::total_cmp);
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let span: f64 = gaps.iter().sum();
    if span <= 0.0 {
        return Err(ApiError::input("trace.no_time", format!("all requests of {path} came at once"))
            .at("--trace")
            .help("say the rate as well, such as --rate 5/s"));
    }
    let mean = span / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / gaps.len() as f64;
    Ok((1.0 / mean, variance.sqrt() / mean))
}

/// The requests of a trace.
fn read(path: &str, mut text: impl BufRead) -> Result<Vec<Seen>, ApiError> {
    let start = text.fill_buf().map_err(|error| wrong(path, 1, &error.to_string()))?;
    let is_json = start.trim_ascii_start().starts_with(b"{");
    let rows = if is_json { json_lines(path, text)? } else { comma(path, text)? };
    if rows.is_empty() {
        return Err(wrong(path, 1, "it holds no request"));
    }
    Ok(rows)
}

fn wrong(path: &str, line: usize, why: &str) -> ApiError {
    ApiError::input("trace.invalid", format!("{path}, line {line}: {why}")).at("--trace").help(
        "a trace has a time, input and output tokens a request: CSV with TIMESTAMP, ContextTokens and GeneratedTokens, or JSON lines with timestamp (ms), input_length and output_length",
    )
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
}

fn comma(path: &str, text: impl BufRead) -> Result<Vec<Seen>, ApiError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let heads: Vec<String> =
        reader.headers().map_err(|error| wrong(path, 1, &error.to_string()))?.iter().map(plain).collect();
    let column = |names: &[&str], what: &str| {
        let place = names.iter().find_map(|name| heads.iter().position(|head| head == name));
        place.ok_or_else(|| wrong(path, 1, &format!("no column holds {what}")))
    };
    let places =
        [column(&ARRIVED, "times")?, column(&READ, "input tokens")?, column(&WRITTEN, "output tokens")?];
    let mut rows = Vec::new();
    for (place, record) in reader.records().enumerate() {
        let line = place + 2;
        let record = record.map_err(|error| wrong(path, line, &error.to_string()))?;
        let cell = |at: usize| record.get(places[at]).unwrap_or_default();
        let seen = moment(cell(0)).zip(tokens(cell(1))).zip(tokens(cell(2)));
        let Some(((at, input), output)) = seen else {
            return Err(wrong(path, line, "it is no time with two counts of tokens"));
        };
        rows.extend(served(at, input, output));
    }
    Ok(rows)
}

fn json_lines(path: &str, text: impl BufRead) -> Result<Vec<Seen>, ApiError> {
    let mut rows = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let line = line.map_err(|error| wrong(path, place + 1, &error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let row: Value =
            serde_json::from_str(&line).map_err(|error| wrong(path, place + 1, &error.to_string()))?;
        let field = |names: &[&str]| {
            let known = |(name, value): (&String, &Value)| {
                names.contains(&plain(name).as_str()).then(|| value.as_f64())?
            };
            row.as_object()?.iter().find_map(known)
        };
        let seen = field(&ARRIVED).zip(field(&READ)).zip(field(&WRITTEN));
        let Some(((at, input), output)) = seen else {
            return Err(wrong(path, place + 1, "it is no time with two counts of tokens"));
        };
        rows.extend(served(at / 1000.0, input, output));
    }
    Ok(rows)
}

/// A request, unless it failed: such have no output.
fn served(at: f64, input: f64, output: f64) -> Option<Seen> {
    (output > 0.0 && input > 0.0).then_some(Seen { at, input, output })
}

/// A count of tokens.
fn tokens(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|count| count.is_finite() && *count >= 0.0)
}

/// Seconds, or a date with its time.
fn moment(text: &str) -> Option<f64> {
    let seconds = || text.parse::<f64>().ok().filter(|time| time.is_finite());
    let dated = || {
        let at = text.trim_end_matches("+00:00").parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(at.timestamp().as_nanosecond() as f64 / 1e9)
    };
    seconds().or_else(dated)
}

#[cfg(test)]
mod tests {
    use super::{arrivals, read};

    /// The first rows of Azure's conversations of 2023, a row of each other form, and what is none.
    #[test]
    fn traces_are_read_in_every_form() {
        let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n";
        let found = read("a.csv", azure.as_bytes()).unwrap();
        assert_eq!((found[1].input, found[1].output), (396.0, 109.0));
        assert!((found[1].at - found[0].at - 4.314_579).abs() < 1e-5);
        let burst = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n45,ChatGPT,10,0,10,API log\n";
        // A request without an answer failed.
        assert_eq!(read("b.csv", burst.as_bytes()).unwrap().len(), 1);
        let mooncake = "{\"timestamp\":0,\"input_length\":6758,\"output_length\":500,\"hash_ids\":[0]}\n{\"timestamp\":3000,\"input_length\":10,\"output_length\":2,\"hash_ids\":[1]}\n";
        let found = read("c.jsonl", mooncake.as_bytes()).unwrap();
        assert_eq!((found[1].at, found[0].input), (3.0, 6758.0));
        for (text, why) in [
            ("time,tokens\n1,2\n", "no column holds input tokens"),
            ("time,input_tokens,output_tokens\nsoon,1,2\n", "line 2"),
            ("time,input_tokens,output_tokens\n", "no request"),
            ("{\"timestamp\":0}", "no time with two counts"),
            ("", "no column"),
        ] {
            let error = read("x", text.as_bytes()).unwrap_err();
            assert!(error.message.contains(why), "{text}: {}", error.message);
        }
    }

    #[test]
    fn even_arrivals_do_not_vary() {
        let text = "time,input_tokens,output_tokens\n0,1,1\n0.5,1,1\n1.0,1,1\n1.5,1,1\n";
        let (rate, spread) = arrivals("x", &read("x", text.as_bytes()).unwrap()).unwrap();
        assert!((rate - 2.0).abs() < 1e-12 && spread < 1e-9);
        assert!(
            arrivals("x", &read("x", "time,input_tokens,output_tokens\n0,1,1\n".as_bytes()).unwrap())
                .is_err()
        );
    }
}
