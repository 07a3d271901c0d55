//! `sweep` as its users meet it: every row is what `estimate` says of it, numbers stand for themselves, and a table that
//! was broken off is gone on with.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::run::{directory, document, near, number, program, texts};

const SPEC: &str = r#"
model = ["llama-3.1-8b", "qwen3-32b"]
on = ["h100", "l40s"]
count = [1, 3]
quant = ["checkpoint", "fp8"]
input = [1024, "8k"]
output = 256
concurrency = {from = 1, to = 64, factor = 4}
cloud = ["lambda", "runpod-secure"]
"#;

fn spec(name: &str, text: &str) -> String {
    let path = directory(name).join("sweep.toml");
    fs::write(&path, text).expect("the test made it");
    path.to_str().expect("the test made it").to_owned()
}

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the test made it");
    text.lines().map(|line| serde_json::from_str(line).expect("the test made it")).collect()
}

/// What a question is refused with.
fn refusal(arguments: &[&str]) -> Value {
    let (code, answer) = document(arguments);
    assert_eq!(code, 2, "{arguments:?}: {answer}");
    answer["error"].clone()
}

/// Each row of the table, asked alone as an estimate, gives the same figures; three accelerators are no whole number of
/// heads, so such rows say why.
#[test]
fn a_row_is_what_estimate_says_of_it() {
    let spec = spec("sweep_rows", SPEC);
    let out = Path::new(&spec).with_file_name("rows.jsonl");
    let (code, answer) = document(&["sweep", &spec, "--out", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{answer}");
    let rows = rows(&out);
    assert_eq!((rows.len() as u64, answer["combinations"].as_u64()), (2 * 2 * 2 * 2 * 2 * 4 * 2, Some(256)));
    let count = |verdict: &str| rows.iter().filter(|row| row["verdict"] == verdict).count() as u64;
    for verdict in ["holds", "queues", "does_not_start", "refused"] {
        assert_eq!(answer[verdict].as_u64(), Some(count(verdict)), "{verdict}");
    }
    for (id, row) in rows.iter().enumerate() {
        assert_eq!(row["id"].as_u64(), Some(id as u64));
        assert_eq!(row["verdict"] == "refused", row["reason"].is_string(), "{row}");
        let starts = row["verdict"] == "holds" || row["verdict"] == "queues";
        assert_eq!(starts, row["tpot_s"].is_f64(), "{row}");
    }
    let served: Vec<&Value> = rows.iter().filter(|row| row["usd_per_hour"].is_f64()).step_by(7).collect();
    assert!(served.len() > 5, "nothing is priced");
    for row in served {
        let on = format!("{}x{}", row["accelerators"], row["on"].as_str().unwrap());
        let [input, output, flight] = ["input", "output", "concurrency"].map(|name| row[name].to_string());
        let (_, estimate) = document(&[
            "estimate",
            row["model"].as_str().unwrap(),
            "--on",
            &on,
            "--quant",
            row["quant"].as_str().unwrap(),
            "--input",
            &input,
            "--output",
            &output,
            "--concurrency",
            &flight,
            "--cloud",
            row["cloud"].as_str().unwrap(),
        ]);
        for (column, pointer) in [
            ("ttft_s", "/latency/ttft_s"),
            ("ttft_s.high", "/latency/ttft_s/high"),
            ("tpot_s", "/latency/tpot_s"),
            ("tpot_s.low", "/latency/tpot_s/low"),
            ("e2e_s", "/latency/e2e_s"),
            ("output_tokens_per_s", "/throughput/output_tokens_per_s"),
            ("requests_per_s", "/throughput/requests_per_s"),
            ("usd_per_hour", "/cost/usd_per_hour"),
            ("usd_per_million_tokens", "/cost/usd_per_million_tokens"),
            ("usd_per_million_output_tokens", "/cost/usd_per_million_output_tokens"),
            ("joules_per_token", "/energy/per_output_token_j"),
            ("memory_bytes", "/memory/per_accelerator/total_bytes"),
        ] {
            let (found, said) = (number(row, &format!("/{column}")), number(&estimate, pointer));
            assert!((found - said).abs() < f64::EPSILON, "{column}: {found}, not {said}, of {row}");
        }
    }
}

/// Axes of a few commands only, such as drafts and cached prefixes, are axes as any other.
#[test]
fn every_flag_of_an_estimate_is_an_axis() {
    let text = "model = \"llama-3.1-8b\"\non = \"h100\"\nspeculative = [\"none\", \"ngram=3\"]\n\
                prefix_hit = [0.25, 0.5]\nconcurrency = [1, 16]\ninput = 4096\noutput = 256\n";
    let spec = spec("sweep_flags", text);
    let out = Path::new(&spec).with_file_name("rows.jsonl");
    let (code, answer) = document(&["sweep", &spec, "--out", out.to_str().unwrap()]);
    assert_eq!((code, answer["holds"].as_u64()), (0, Some(8)), "{answer}");
    for row in rows(&out) {
        let (drafts, hit) = (row["speculative"].as_str().unwrap(), row["prefix_hit"].to_string());
        let flight = row["concurrency"].to_string();
        let asked = ["estimate", "llama-3.1-8b", "--on", "h100", "--input", "4096", "--output", "256"];
        let more = ["--speculative", drafts, "--prefix-hit", &hit, "--concurrency", &flight];
        let (_, estimate) = document(&[&asked[..], &more].concat());
        for (column, pointer) in [
            ("ttft_s", "/latency/ttft_s"),
            ("tpot_s", "/latency/tpot_s"),
            ("tpot_s.high", "/latency/tpot_s/high"),
            ("memory_bytes", "/memory/per_accelerator/total_bytes"),
        ] {
            near(number(&row, &format!("/{column}")), number(&estimate, pointer), column);
        }
    }
}

/// The best, the best of each model and the front are those of the table.
#[test]
fn what_is_shown_is_the_best_of_the_table() {
    let spec = spec("sweep_best", SPEC);
    let out = Path::new(&spec).with_file_name("rows.jsonl");
    let front = "tokens-per-s-per-user,usd-per-million-tokens";
    let flags = [
        "--by",
        "tokens-per-usd",
        "--top",
        "3",
        "--best-per",
        "model",
        "--front",
        front,
        "--histogram",
        "tpot",
    ];
    let (_, answer) = document(&[&["sweep", &spec, "--out", out.to_str().unwrap()], &flags[..]].concat());
    let rows = rows(&out);
    let held: Vec<&Value> =
        rows.iter().filter(|row| row["verdict"] == "holds" && row["usd_per_hour"].is_f64()).collect();
    let mut best: Vec<f64> = held.iter().map(|row| number(row, "/tokens_per_usd")).collect();
    best.sort_by(|a, b| b.total_cmp(a));
    let top = answer["top"].as_array().unwrap();
    assert_eq!(top.iter().map(|row| number(row, "/figure")).collect::<Vec<_>>(), best[..3]);
    near(1e6 / number(&top[0], "/usd_per_million_tokens"), best[0], "tokens for a dollar");
    for group in answer["groups"].as_array().unwrap() {
        let of = held.iter().filter(|row| row["model"] == group["value_of_axis"]);
        let best = of.map(|row| number(row, "/tokens_per_usd")).fold(0.0, f64::max);
        near(number(group, "/figure"), best, "the best of a model");
    }
    let beats = |x: f64, y: f64| {
        held.iter().any(|row| {
            let (user, token) =
                (number(row, "/tokens_per_s_per_user"), number(row, "/usd_per_million_tokens"));
            user >= x && token <= y && (user > x || token < y)
        })
    };
    let front = answer["front"].as_array().unwrap();
    assert!(front.len() > 2);
    for point in front {
        assert!(!beats(number(point, "/x"), number(point, "/y")), "{point}");
    }
    let counted: u64 =
        answer["histogram"].as_array().unwrap().iter().filter_map(|bin| bin["rows"].as_u64()).sum();
    assert_eq!(counted, rows.iter().filter(|row| row["tpot_s"].is_f64()).count() as u64);
}

/// Any number alone gives the row that it has in the whole table, however many threads there are.
#[test]
fn a_number_alone_says_its_row() {
    let spec = spec("sweep_ids", SPEC);
    let file = |name: &str| Path::new(&spec).with_file_name(name).to_str().unwrap().to_owned();
    for more in [&["all.csv", "--threads", "3"][..], &["some.csv", "--ids", "101..104", "--threads", "1"]] {
        let (code, _, said) = texts(&[&["sweep", &spec, "-q", "--out", &file(more[0])], &more[1..]].concat());
        assert_eq!(code, 0, "{said}");
    }
    let text = |name: &str| fs::read_to_string(file(name)).unwrap();
    let (all, some) = (text("all.csv"), text("some.csv"));
    let all: Vec<&str> = all.lines().collect();
    assert_eq!(some.lines().skip(1).collect::<Vec<_>>(), all[102..105]);
}

/// The filter and the chosen columns are what is written.
#[test]
fn a_filter_keeps_rows_and_columns_are_chosen() {
    let text = format!(
        "{SPEC}columns = [\"id\", \"tpot_s\", \"verdict\"]\n[filter]\nverdict = \"holds\"\ntpot_s = {{max = 0.02}}\n"
    );
    let spec = spec("sweep_filter", &text);
    let out = Path::new(&spec).with_file_name("rows.jsonl");
    let (_, answer) = document(&["sweep", &spec, "--out", out.to_str().unwrap()]);
    let rows = rows(&out);
    assert_eq!(answer["kept"].as_u64(), Some(rows.len() as u64));
    assert!(!rows.is_empty() && rows.len() < 256);
    for row in &rows {
        assert_eq!(row.as_object().unwrap().len(), 3);
        assert!(row["verdict"] == "holds" && number(row, "/tpot_s") <= 0.02, "{row}");
    }
}

/// A directory that lacks some of its files gets those; another sweep is not mixed into it.
#[test]
fn a_directory_is_gone_on_with() {
    let spec = spec("sweep_parts", SPEC);
    let directory = format!("{}/", Path::new(&spec).with_file_name("parts").to_str().unwrap());
    let _ = fs::remove_dir_all(&directory);
    let asked = ["sweep", &spec, "--out", &directory, "--part-rows", "100"];
    let (_, first) = document(&asked);
    assert_eq!((first["parts"].as_u64(), first["parts_before"].as_u64()), (Some(3), Some(0)));
    let lost = format!("{directory}part-000001.parquet");
    let whole = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    let (_, second) = document(&asked);
    assert_eq!((second["parts"].as_u64(), second["rows"].as_u64()), (Some(1), Some(100)));
    assert_eq!(fs::read(&lost).unwrap(), whole);
    let other = refusal(&["sweep", &spec, "--out", &directory, "--part-rows", "90"]);
    assert_eq!(other["code"], "sweep.other");
}

#[test]
fn what_makes_no_sweep_is_refused() {
    let good = "model = \"llama-3.1-8b\"\non = \"h100\"\n";
    for (text, code) in [
        ("model = \"llama-3.1-8b\"", "sweep.axis"),
        ("on = \"h100\"", "sweep.axis"),
        ("model = [", "sweep.syntax"),
        ("", "sweep.axis"),
        ("model = \"lama\"\non = \"h100\"", "model.not_found"),
        ("model = \"llama-3.1-8b\"\non = \"h1000\"", "gpu.unknown"),
        (&format!("{good}concurency = 1"), "sweep.unknown_axis"),
        (&format!("{good}concurrency = []"), "sweep.axis"),
        (&format!("{good}concurrency = 0"), "sweep.axis"),
        (&format!("{good}concurrency = -1"), "sweep.value"),
        (&format!("{good}concurrency = [1, 1]"), "sweep.axis"),
        (&format!("{good}concurrency = {{from = 1}}"), "sweep.axis"),
        (&format!("{good}concurrency = {{from = 1, to = 9, step = 0}}"), "sweep.axis"),
        (&format!("{good}concurrency = {{from = 9, to = 1, step = 1}}"), "sweep.axis"),
        (&format!("{good}concurrency = {{from = 1, to = 1e15, step = 1}}"), "sweep.axis"),
        (&format!("{good}input = [{{}}]"), "sweep.axis"),
        (&format!("{good}input = \"many\""), "sweep.value"),
        (&format!("{good}quant = \"fp7\""), "format.unknown"),
        (&format!("{good}utilisation = 2"), "utilisation.range"),
        (&format!("{good}cloud = \"nowhere\""), "cloud.unknown"),
        (&format!("{good}term = \"ever\""), "term.unknown"),
        (&format!("{good}columns = [\"speed\"]"), "sweep.unknown_column"),
        (&format!("{good}[filter]\nspeed = {{max = 1}}"), "sweep.unknown_figure"),
        (&format!("{good}[filter]\ntpot_s = 1"), "sweep.axis"),
        (&format!("{good}[filter]\ntpot_s = {{max = \"a\"}}"), "sweep.axis"),
        (&format!("{good}[filter]\nverdict = \"maybe\""), "sweep.unknown_verdict"),
        ("model = \"llama-3.1-8b\"\non = \"8xh100\"\ncount = 2", "sweep.axis"),
        (
            &format!(
                "{good}input = {{from = 1, to = 1000000, step = 1}}\noutput = {{from = 1, to = 1000000, step = 1}}\nconcurrency = [1, 2]"
            ),
            "sweep.too_many",
        ),
    ] {
        let refused = refusal(&["sweep", "--toml", text, "--out", "/nowhere/x.csv"]);
        assert_eq!(refused["code"], code, "{text}: {refused}");
        assert!(refused["help"].is_string(), "{refused}");
    }
    for (flags, code) in [
        (vec!["--ids", "7..2"], "sweep.ids"),
        (vec!["--ids", "0..2"], "sweep.ids"),
        (vec!["--ids", "x"], "sweep.ids"),
        (vec!["--by", "beauty"], "sweep.unknown_figure"),
        (vec!["--front", "tpot"], "sweep.front"),
        (vec!["--front", "tpot,beauty"], "sweep.unknown_figure"),
        (vec!["--histogram", "beauty"], "sweep.unknown_figure"),
        (vec!["--best-per", "cloud"], "sweep.unknown_group"),
        (vec!["--part-rows", "5"], "sweep.parts"),
        (vec!["--everything"], "sweep.conflict"),
        (vec!["--out", "table.xls"], "table.kind"),
        (vec!["--out", "/nowhere/x.csv"], "file.not_written"),
        (vec!["--out", "/tmp"], "table.kind"),
    ] {
        let refused = refusal(&[&["sweep", "--toml", good], &flags[..]].concat());
        assert_eq!(refused["code"], code, "{flags:?}: {refused}");
    }
    assert_eq!(refusal(&["sweep"])["code"], "usage.missing_argument");
    let near = refusal(&["sweep", "--toml", &format!("{good}ouput = 2")]);
    assert!(near["help"].as_str().unwrap().contains("output"), "{near}");
}

/// The page's specification, its commands and, where Python has the libraries, its queries.
#[test]
fn the_page_works() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sweep.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = |language: &str| {
        let start = format!("```{language}\n");
        page.split(start.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect::<Vec<_>>()
    };
    let place = directory("sweep_page");
    fs::write(place.join("sweep.toml"), blocks("toml")[0]).unwrap();
    for line in blocks("sh").into_iter().flat_map(str::lines) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let run = program().current_dir(&place).args(&words).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&run.stderr));
    }
    assert!(place.join("sweep.parquet").exists() && place.join("sweep/part-000001.parquet").exists());
    for block in blocks("python") {
        let library = block.split_whitespace().nth(1).unwrap();
        let python = |code: &str| Command::new("python3").current_dir(&place).args(["-c", code]).output();
        if python(&format!("import {library}")).is_ok_and(|run| run.status.success()) {
            let run = python(block).unwrap();
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        }
    }
}

/// The best of a few models is the best of their sweep, each list is in order, and limits are kept.
#[test]
fn the_best_are_the_top_of_a_sweep() {
    let among =
        ["--model", "llama-3.1-8b,qwen3-32b", "--on", "h100,l40s,h200", "--tpot", "30ms", "--cloud", "all"];
    let (code, answer) =
        document(&[&["best", "--per", "model,on,cloud", "--limit", "4"], &among[..]].concat());
    assert_eq!(code, 0, "{answer}");
    let best = answer["best"].as_array().unwrap();
    assert_eq!(best.len(), 4);
    for pair in best.windows(2) {
        assert!(number(&pair[0], "/figure") >= number(&pair[1], "/figure"));
    }
    let groups = answer["groups"].as_array().unwrap();
    for axis in ["model", "on", "cloud"] {
        let of: Vec<&Value> = groups.iter().filter(|group| group["axis"] == axis).collect();
        assert!(!of.is_empty() && of.len() <= 4, "{axis}");
        near(number(of[0], "/figure"), number(&best[0], "/figure"), axis);
        for group in of {
            assert!(number(group, "/tpot_s") <= 0.03 && group["verdict"] == "holds", "{group}");
        }
    }
    let (code, none) = document(&[&["best", "--ttft", "1us"], &among[..]].concat());
    assert_eq!((code, none["best"].as_array().map(Vec::len)), (1, Some(0)));
    assert_eq!(refusal(&["best", "--by", "beauty"])["code"], "sweep.unknown_figure");
    assert_eq!(refusal(&["best", "--model", "lama"])["error"], Value::Null);
}

/// Nobody who asks for the best means a model of speech or of code alone.
#[test]
fn the_best_of_everything_is_made_for_chat() {
    let (code, answer) = document(&["best", "--on", "rtx-4090,h100", "--concurrency", "16", "--limit", "50"]);
    assert_eq!(code, 0, "{answer}");
    let names = |list: &str| -> Vec<String> {
        let rows = answer[list].as_array().unwrap().iter();
        rows.map(|row| row["model"].as_str().unwrap().to_lowercase()).collect()
    };
    assert!(names("best").iter().chain(&names("groups")).all(|name| !name.contains("whisper")));
}

/// Rates that arrive and separate pools are axes, and each row is what `estimate` says of it.
#[test]
fn a_rate_and_pools_are_axes() {
    let text = "model = \"llama-3.1-70b\"\non = \"8xh100\"\nquant = \"fp8\"\nengine = \"vllm\"\n\
                prefill = [\"none\", \"4xtp1\"]\ndecode = [\"none\", \"1xtp4\"]\ninput = 4096\noutput = 500\n\
                rate = [\"1/s\", \"4/s\", \"400/s\"]\n";
    let spec = spec("sweep_pools", text);
    let out = Path::new(&spec).with_file_name("rows.jsonl");
    let (code, answer) = document(&["sweep", &spec, "--out", out.to_str().unwrap()]);
    assert_eq!(
        (code, answer["saturated"].as_u64(), answer["refused"].as_u64()),
        (0, Some(2), Some(6)),
        "{answer}"
    );
    let asked = "estimate llama-3.1-70b --on 8xh100 --quant fp8 --engine vllm --input 4096 --output 500";
    for row in rows(&out).iter().filter(|row| row["verdict"] != "refused") {
        let mut words: Vec<&str> =
            asked.split(' ').chain(["--rate", row["rate"].as_str().unwrap()]).collect();
        if row["prefill"] != "none" {
            words.extend(["--prefill", "4xtp1", "--decode", "1xtp4"]);
        }
        let (_, estimate) = document(&words);
        assert_eq!(row["verdict"], estimate["verdict"], "{row}");
        for (column, pointer) in [
            ("tpot_s", "/latency/tpot_s"),
            ("tpot_s.high", "/latency/tpot_s/high"),
            ("requests_per_s", "/throughput/requests_per_s"),
            ("usd_per_million_tokens", "/cost/usd_per_million_tokens"),
            ("joules_per_token", "/energy/per_output_token_j"),
        ] {
            near(
                number(row, &format!("/{column}")),
                number(&estimate, pointer),
                &format!("{column} of {row}"),
            );
        }
        assert_eq!(row["ttft_s"].is_null(), row["verdict"] == "saturated", "{row}");
    }
}
