//! The log of llama.cpp's programs: the buffers that it allocates, by device.

use super::{
    Kind, Measurements, Run,
    log::{after, llama_format, number, size},
};

/// What builds before 2025 say of weights, in lines of what is loaded alone.
const LOADED: &str = " buffer size =";

/// What a line says of a buffer behind the device's name, and the term's name on a device and on the host.
const BUFFERS: [(&str, &str, &str); 6] = [
    ("model buffer size =", "weights", "host_weights"),
    (LOADED, "weights", "host_weights"),
    ("KV buffer size =", "kv_buffer", ""),
    ("RS buffer size =", "recurrent_state", ""),
    ("compute buffer size =", "compute_buffer", "host_buffer"),
    ("output buffer size =", "output_buffer", "output_buffer"),
];

/// Whether a text is such a log.
pub(super) fn knows(text: &str) -> bool {
    ["model buffer size =", "KV buffer size ="].iter().any(|mark| text.contains(mark))
}

/// Reads a log; buffers of one kind on several devices are added up.
pub(super) fn read(text: &str) -> Measurements {
    let common = common(text);
    let mut found = Measurements::of("llama.cpp log", Kind::Memory);
    let mut terms: Vec<(&'static str, f64, usize)> = Vec::new();
    for (term, value) in text.lines().filter_map(buffer) {
        // The prompt's buffers of a draft or a second context would be counted twice.
        match terms.iter_mut().find(|(known, ..)| *known == term) {
            Some((_, all, devices)) => {
                *all += value;
                *devices += 1;
            }
            None => terms.push((term, value, 1)),
        }
    }
    // Before anything is loaded the same table is printed of what is planned.
    terms.extend(text.lines().rev().find_map(unaccounted).map(|value| ("context_overhead", value, 1)));
    for (term, value, devices) in terms {
        let scope = if devices == 1 && term != "host_weights" { "per device" } else { "all" };
        let run = common.clone().with("measured_what", Some(term)).with("value", Some(value));
        found.runs.push(run.with("unit", Some("MiB")).with("term_scope", Some(scope)));
    }
    found
}

/// The buffer that a line tells of: its term, and its MiB.
fn buffer(line: &str) -> Option<(&'static str, f64)> {
    let of_weights = line.contains("load_tensors:") && !line.contains("model buffer size =");
    BUFFERS.iter().filter(|(mark, ..)| *mark != LOADED || of_weights).find_map(
        |(mark, on_device, on_host)| {
            let (value, unit) = size(line, mark)?;
            let term = if is_host(line, mark) { on_host } else { on_device };
            (unit == "MiB" && !term.is_empty()).then_some((*term, value))
        },
    )
}

/// What a table of memory finds taken on a device that none of its buffers accounts for, in MiB:
/// `| - CUDA0 (RTX 3090) | 24124 = 7120 + (15946 = 15364 + 411 + 170) + 1058 |`.
fn unaccounted(line: &str) -> Option<f64> {
    let (_, rest) = line.split_once("memory_breakdown_print:")?;
    let (_, left) = rest.rsplit_once(") +").filter(|_| !rest.contains("Host"))?;
    number(left.trim_start()).map(|(value, _)| value)
}

/// Whether the buffer's device, the word before `mark`, is the host.
fn is_host(line: &str, mark: &str) -> bool {
    let before = line.split(mark).next().unwrap_or_default().trim_end();
    let device = before.rsplit([' ', ':']).next().unwrap_or_default();
    device.starts_with("CPU") || device.ends_with("_Host")
}

/// The value behind `key` and `=`, in a line such as `llama_context: n_ctx         = 4096`.
fn stated<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let before_value = line.split_once('=')?;
        let name = before_value.0.trim_end().rsplit([' ', ':']).next()?;
        let name = if key.contains(' ') { before_value.0.trim_end() } else { name };
        (name == key || (key.contains(' ') && name.ends_with(key))).then(|| before_value.1.trim())
    })
}

fn common(text: &str) -> Run {
    let count = |key: &str| stated(text, key).and_then(number).map(|(value, _)| value);
    let devices: Vec<&str> = text.lines().filter_map(device).collect();
    let first = devices.first().copied();
    let same = devices.iter().all(|name| Some(*name) == first);
    let on = first.filter(|_| same).map(|name| match devices.len() {
        1 => name.to_owned(),
        several => format!("{name}:{several}"),
    });
    let format = stated(text, "file type").or_else(|| stated(text, "model ftype")).and_then(llama_format);
    let fused = stated(text, "flash_attn").and_then(|said| match said.split_whitespace().next()? {
        "1" | "on" | "enabled" => Some("yes"),
        "0" | "off" | "disabled" => Some("no"),
        _ => None,
    });
    let cache = text.lines().find_map(|line| after(line, "K (")?.split(')').next());
    let layers = text.lines().find_map(|line| {
        let (some, all) = after(line, "offloaded ")?.split_once('/')?;
        Some((some.trim().parse::<u64>().ok()?, number(all)?.0))
    });
    let on_device = layers.filter(|(some, all)| (*some as f64) < *all).map(|(some, _)| some);
    Run::default()
        .with("engine", Some("llama.cpp"))
        .with("mode", Some("inference"))
        .with("model_id", stated(text, "general.name"))
        .with("precision", format)
        .with("kv_dtype", cache.map(|name| if name == "f16" { "fp16" } else { name }))
        .with("context_tokens", count("n_ctx"))
        .with("slots", count("n_seq_max"))
        .with("ubatch", count("n_ubatch"))
        .with("micro_batch", count("n_ubatch"))
        .with("flash_attention", fused)
        .with("layers_on_device", on_device)
        .with("on", on)
        .with("n_gpus", (!devices.is_empty()).then_some(devices.len()))
}

/// The name in `using device CUDA0 (NVIDIA GeForce RTX 4090) - 22600 MiB free`.
fn device(line: &str) -> Option<&str> {
    let (_, rest) = after(line, "using device ")?.split_once('(')?;
    Some(rest.split(')').next().unwrap_or(rest).trim())
}
