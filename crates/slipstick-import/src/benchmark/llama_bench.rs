//! llama-bench of llama.cpp: JSON, JSON lines, csv and markdown.

use serde_json::Value;

use super::{
    BenchmarkError, Kind, LeftOut, Measurements, Reader, Run, has,
    json::{Object, figure, number, text, whole},
    log,
};

const TOOL: &str = "llama-bench";

/// From so many layers on a card it means all of them.
const ALL_LAYERS: f64 = 90.0;

pub(super) const READER: Reader = Reader {
    tool: |_| TOOL,
    knows: |object| has(object, &["model_type", "n_prompt", "n_gen", "avg_ts"]),
    runs: |object| vec![run(object).map_err(|why| LeftOut::new(test(object), why))],
};

/// What is run, as its tables say it: `pp512`, `tg128`.
fn test(object: &Object) -> String {
    let tokens = |key: &str| object.get(key).and_then(number).unwrap_or(0.0);
    format!("pp{} tg{}", tokens("n_prompt"), tokens("n_gen"))
}

fn run(object: &Object) -> Result<Run, String> {
    let count = |key: &str| figure(object, key).map(|found| found.map(whole));
    let (prompt, generated) = (count("n_prompt")?, count("n_gen")?);
    let depth = count("n_depth")?;
    let rate = figure(object, "avg_ts")?.ok_or("it measured no rate")?;
    on_device(object)?;
    let run = served(object)?
        .with("regime", Some("single_stream"))
        .with("arrival", Some("static"))
        .with("concurrency_or_batch", Some(1))
        .with("micro_batch", count("n_ubatch")?)
        .with("kv_dtype", text(object, &["type_k"]).map(|name| cache(&name)))
        .with("flash_attention", object.get("flash_attn").and_then(switch));
    match (prompt, generated, depth) {
        (Some(_), None, Some(_)) => Err("it reads a prompt behind another, which is no request".to_owned()),
        (Some(prompt), None, None) => {
            Ok(run.with("isl", Some(prompt)).with("osl", Some(0)).with("throughput_total_tok_s", Some(rate)))
        }
        (None, Some(generated), depth) => {
            Ok(run.with("isl", depth).with("osl", Some(generated)).with("throughput_tok_s", Some(rate)))
        }
        (Some(prompt), Some(generated), None) => Ok(run
            .with("isl", Some(prompt))
            .with("osl", Some(generated))
            .with("throughput_total_tok_s", Some(rate))),
        _ => Err("it states no test of prompt or output".to_owned()),
    }
}

/// Refuses a run of which layers may have stayed on the host.
fn on_device(object: &Object) -> Result<(), String> {
    let layers = object.get("n_gpu_layers").and_then(number);
    match layers {
        Some(layers) if (0.0..ALL_LAYERS).contains(&layers) && text(object, &["gpu_info"]).is_some() => {
            Err(format!("with -ngl {layers} layers may have stayed on the host: run it with -ngl 99"))
        }
        _ => Ok(()),
    }
}

fn served(object: &Object) -> Result<Run, String> {
    let stated = text(object, &["model_type"]).unwrap_or_default();
    let build = object.get("build_number").and_then(number).map(|build| format!("b{build}"));
    let devices = text(object, &["gpu_info"]).unwrap_or_default();
    let devices: Vec<&str> =
        devices.split([',', '/']).map(str::trim).filter(|name| !name.is_empty()).collect();
    if devices.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err("it ran on accelerators that differ".to_owned());
    }
    let split = text(object, &["split_mode"]).unwrap_or_else(|| "layer".to_owned());
    let ranks = if split == "none" { 1 } else { devices.len() };
    let on =
        devices.first().map(|name| if ranks > 1 { format!("{name}:{ranks}") } else { (*name).to_owned() });
    let several = (ranks > 1).then_some(ranks);
    Ok(Run::default()
        .with("engine", Some("llama.cpp"))
        .with("engine_version", build)
        .with("model_id", text(object, &["model_filename"]).map(|path| name(&path)))
        .with("precision", log::llama_format(&stated))
        .with("on", on)
        .with("pp_ranks", several.filter(|_| split == "layer"))
        .with("tp_ranks", several.filter(|_| split == "row"))
        .with("date", text(object, &["test_time"]).and_then(|time| super::serving::day(&time))))
}

/// A model file's name without its folder, ending, parts and format.
fn name(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".gguf");
    let file = file.split("-0000").next().unwrap_or_default();
    let lower = file.to_ascii_lowercase();
    let formats = ["-q", ".q", "-iq", ".iq", "-f16", ".f16", "-bf16", ".bf16", "-mxfp4", "-ud-"];
    let digit = |at: usize, mark: &str| {
        let after = lower[at + mark.len()..].chars().next();
        !mark.ends_with('q') || after.is_some_and(|letter| letter.is_ascii_digit())
    };
    let starts = formats.iter().flat_map(|mark| {
        lower.match_indices(mark).filter(|(at, _)| digit(*at, mark)).map(|(at, _)| at).collect::<Vec<usize>>()
    });
    file[..starts.min().unwrap_or(file.len())].to_owned()
}

/// A cache's format by the name that other tables have for it.
fn cache(name: &str) -> String {
    if name == "f16" { "fp16".to_owned() } else { name.to_owned() }
}

fn switch(value: &Value) -> Option<&'static str> {
    let on = match value {
        Value::Bool(on) => *on,
        other => number(other)? > 0.0,
    };
    Some(if on { "yes" } else { "no" })
}

/// Whether a text is its csv.
pub(super) fn is_csv(text: &str) -> bool {
    let head = text.lines().next().unwrap_or_default();
    ["n_prompt", "n_gen", "avg_ts", "model_type"].iter().all(|column| head.contains(column))
}

/// Reads its csv.
pub(super) fn csv(text: &str) -> Result<Measurements, BenchmarkError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| BenchmarkError::Table(error.to_string());
    let head = reader.headers().map_err(wrong)?.clone();
    let mut found = Measurements::of(TOOL, Kind::Serving);
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let cells = head.iter().zip(record.iter());
        let object = cells.map(|(name, cell)| (name.to_owned(), Value::String(cell.to_owned()))).collect();
        found.extend((READER.runs)(&object));
        if found.runs.len() + found.left_out.len() > super::MOST_RUNS {
            return Err(BenchmarkError::TooMany { tool: TOOL });
        }
    }
    Ok(found)
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let line = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(line.split('|').map(str::trim).collect())
}

fn is_head(cells: &[&str]) -> bool {
    ["model", "test", "t/s"].iter().all(|name| cells.contains(name))
}

/// Whether a text holds its table.
pub(super) fn is_markdown(text: &str) -> bool {
    text.lines().filter_map(cells).any(|cells| is_head(&cells))
}

/// Reads its tables, and the device and build that it prints around them.
pub(super) fn markdown(text: &str) -> Measurements {
    let devices: Vec<&str> = text.lines().filter_map(device).collect();
    let build = text.lines().find_map(|line| {
        let (_, number) = line.trim().strip_prefix("build: ")?.split_once('(')?;
        number.trim_end_matches(')').parse::<u64>().ok()
    });
    let mut head: Vec<&str> = Vec::new();
    let mut found = Measurements::of(TOOL, Kind::Serving);
    for row in text.lines().filter_map(cells) {
        if is_head(&row) {
            head = row;
            continue;
        }
        if head.is_empty() || row.iter().all(|cell| cell.chars().all(|c| "-: ".contains(c))) {
            continue;
        }
        let mut object = of_row(&head, &row);
        let mut say = |key: &str, text: String| object.insert(key.to_owned(), Value::String(text));
        say("gpu_info", devices.join(", "));
        if let Some(build) = build {
            say("build_number", build.to_string());
        }
        found.extend((READER.runs)(&object));
    }
    found
}

/// What its columns are in JSON.
const COLUMNS: [(&str, &str); 6] = [
    ("model", "model_type"),
    ("ngl", "n_gpu_layers"),
    ("n_ubatch", "n_ubatch"),
    ("type_k", "type_k"),
    ("fa", "flash_attn"),
    ("sm", "split_mode"),
];

/// A row of its table as the object that its JSON would have.
fn of_row(head: &[&str], row: &[&str]) -> Object {
    let cell = |name: &str| head.iter().position(|known| *known == name).and_then(|at| row.get(at).copied());
    let mut object = Object::new();
    let mut say =
        |key: &str, text: &str| object.insert(key.to_owned(), Value::String(text.trim().to_owned()));
    for (column, key) in COLUMNS {
        if let Some(text) = cell(column) {
            say(key, text);
        }
    }
    say("avg_ts", cell("t/s").unwrap_or_default().split('±').next().unwrap_or_default());
    let stated = cell("test").unwrap_or_default();
    let (test, depth) = stated.split_once(" @ d").unwrap_or((stated, "0"));
    say("n_depth", depth);
    for part in test.split('+').map(str::trim) {
        for (mark, key) in [("pp", "n_prompt"), ("tg", "n_gen")] {
            if let Some(tokens) = part.strip_prefix(mark) {
                say(key, tokens);
            }
        }
    }
    object
}

/// The name in `  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes`.
fn device(line: &str) -> Option<&str> {
    let (number, rest) = line.trim().strip_prefix("Device ")?.split_once(": ")?;
    number.parse::<u32>().ok()?;
    Some(rest.split(',').next().unwrap_or(rest).trim())
}
