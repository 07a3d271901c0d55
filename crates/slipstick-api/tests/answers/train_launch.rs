//! What a training is launched with, read back with `--config`, is the same training.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::select, test_runner::Config};
use serde_json::Value;
use slipstick_api::{ApiError, Catalog, World, request::Request};

use crate::world::{Files, NOWHERE};

fn ask(command: &'static str, flags: &str, world: &dyn World) -> Result<Value, ApiError> {
    let words = [command].into_iter().chain(flags.split_whitespace());
    let output = Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), world));
    output.map(|output| output.document(false))
}

/// A launch as files, and the flags that it says it cannot say.
fn written(launch: &Value) -> (Files, String) {
    let text = |key: &str| launch[key].as_str().map(str::to_owned);
    let mut files = BTreeMap::from([("launch.sh".to_owned(), text("command").expect("a command"))]);
    let mut names = Vec::new();
    if let Some((name, text)) = text("file_name").zip(text("file")) {
        names.push(name.clone());
        files.insert(name, text);
    }
    // A command that says nothing of the training is no launch file.
    let speaks =
        ["--micro-batch-size", "micro_batch_size=", "--training.", "per_device_train", "batch_size="];
    if names.is_empty() || speaks.iter().any(|word| files["launch.sh"].contains(word)) {
        names.push("launch.sh".to_owned());
    }
    let unsaid = launch["unsaid"].as_array().expect("a list").iter().filter_map(Value::as_str);
    let flags: Vec<&str> = unsaid.collect();
    (Files(files), format!("--config {} {}", names.join(","), flags.join(" ")))
}

/// Asks, launches, reads the launch back, and asks again: nothing has moved. Whether there was anything to launch.
fn goes_round(flags: &str, may_lack: &[&str]) -> Result<bool, TestCaseError> {
    // What contradicts itself is refused, and what does not fit is not launched.
    let Ok(first) = ask("train", flags, &NOWHERE) else { return Ok(false) };
    let Some(launch) = first["launch"].get(0) else { return Ok(false) };
    let (files, config) = written(launch);
    let lacking = launch["unsaid"].as_array().expect("a list").iter().filter_map(Value::as_str);
    for flag in lacking.filter_map(|flag| flag.split_whitespace().next()) {
        prop_assert!(may_lack.contains(&flag), "{flags}: {flag} is not said: {launch:#}");
    }
    let place: Vec<&str> = flags.split_whitespace().take(3).collect();
    let again = ask("train", &format!("{} {config}", place.join(" ")), &files)
        .map_err(|error| TestCaseError::fail(format!("{flags}: {error}: {launch:#}")))?;
    for part in ["layout", "memory", "step", "tokens_per_s"] {
        prop_assert_eq!(
            &again[part],
            &first[part],
            "{} of {}: {:#} {:#}",
            part,
            flags,
            launch,
            again["config"]
        );
    }
    Ok(true)
}

fn degree() -> impl Strategy<Value = u64> {
    select(vec![1_u64, 1, 2, 4, 8])
}

/// Degrees, batches and habits of any software.
fn layouts() -> impl Strategy<Value = String> {
    let split =
        (degree(), degree(), select(vec![1_u64, 1, 2]), select(vec![1_u64, 2]), select(vec![1_u64, 2, 4]));
    let batch =
        (select(vec![1_u64, 2, 4]), select(vec![32_u64, 64, 256]), select(vec![2048_u64, 4096, 8192]));
    let habits = (
        select(vec!["none", "full", "block:3", "attention", "norms", "norms,attention"]),
        select(vec!["bf16", "bf16", "fp8-current", "fp8-blockwise", "fp8", "fp16"]),
        select(vec!["--zero 0", "--zero 1", "--zero 2", "--zero 3", "--fsdp", "--hsdp 4", ""]),
    );
    let open = select(vec![true, true, false]);
    (split, batch, habits, open).prop_map(|((tp, pp, vpp, cp, ep), (micro, global, sequence), habits, open)| {
        let (recompute, precision, sharing) = habits;
        let schedule = if vpp > 1 && pp > 1 { format!("--schedule interleaved --vpp {vpp}") } else { String::new() };
        let chosen = format!("--tp {tp} --pp {pp} --cp {cp} --ep {ep} --micro-batch {micro} --recompute {recompute} {schedule}");
        let said = if open { chosen } else { String::new() };
        format!("{said} --global-batch {global} --sequence {sequence} --precision {precision} {sharing}")
    })
}

/// Many layouts of a software; at least this share of them is launched.
fn software(stack: &str, models: &'static [&'static str], may_lack: &[&str], least: usize) {
    let runner = Config { cases: 160, failure_persistence: None, ..Config::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        runner,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let launched = core::cell::Cell::new(0);
    let places = select(vec!["8xh100", "2x8xh100", "8x8xh100", "h200"]);
    let cases = (select(models.to_vec()), places, layouts());
    let outcome = runner.run(&cases, |(model, place, layout)| {
        let flags = format!("{model} --on {place} --stack {stack} {layout}");
        if goes_round(&flags, may_lack)? {
            launched.set(launched.get() + 1);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{stack}: {error}"));
    assert!(launched.get() >= least, "{stack}: {} of 160 were launched", launched.get());
}

const DENSE: &[&str] = &["llama-3.1-8b", "qwen3-14b"];
const BOTH: &[&str] = &["llama-3.1-8b", "qwen3-30b-a3b"];

#[test]
fn megatron_core() {
    // Groups that share states are counted as instances there, and activation functions of dense layers are never computed
    // again.
    software("megatron-core", BOTH, &["--hsdp", "--recompute"], 30);
}

#[test]
fn an_older_megatron_core() {
    software(
        "megatron-core@0.9",
        BOTH,
        &["--stack", "--hsdp", "--zero", "--recompute", "--precision", "--etp"],
        30,
    );
}

#[test]
fn megatron_bridge() {
    software("megatron-bridge", BOTH, &["--hsdp", "--recompute"], 30);
}

#[test]
fn torchtitan() {
    // A group of all ranks is told as none, which it is.
    let lacks = ["--vpp", "--recompute", "--precision", "--stack", "--etp", "--zero", "--hsdp"];
    software("torchtitan", BOTH, &lacks, 30);
    software("torchtitan@2025.12", BOTH, &lacks, 30);
    software("torchtitan@2026.9", BOTH, &lacks, 30);
}

#[test]
fn deepspeed() {
    let lacks = ["--sequence", "--recompute", "--precision", "--pp", "--ep", "--vpp", "--schedule", "--etp"];
    software("deepspeed", BOTH, &lacks, 30);
}

#[test]
fn accelerate() {
    software(
        "hf-trainer",
        DENSE,
        &["--sequence", "--recompute", "--precision", "--stack", "--zero", "--hsdp"],
        20,
    );
}

/// Adapters, frozen formats, batches and habits of fine-tuning.
fn tunings() -> impl Strategy<Value = String> {
    let method = select(vec![
        "--method full",
        "--method lora --rank 8",
        "--method lora --rank 64 --targets q_proj,v_proj",
        "--method lora --targets attention",
        "--method dora --rank 32",
        "--method rslora --rank 16 --dropout 0.05",
        "--method qlora --rank 8",
        "--method qlora --base-format nf4 --rank 16",
        "--method qlora --base-format int8",
    ]);
    let batch = (select(vec![1_u64, 2, 4]), select(vec![1_u64, 4, 16]), select(vec![1024_u64, 2048, 4096]));
    let sharing = select(vec!["--zero 0", "--zero 1", "--zero 2", "--zero 3", "--fsdp", ""]);
    let habits = (
        select(vec!["--recompute full", "--recompute none", ""]),
        select(vec!["--optimizer adamw-8bit", "--optimizer paged-adamw-8bit", "--optimizer adafactor", ""]),
        select(vec!["--loss chunked", "--loss full", ""]),
        select(vec!["--packing true", "--packing false --mean-length 500", ""]),
    );
    (method, batch, sharing, habits).prop_map(|(method, (micro, accumulation, sequence), sharing, habits)| {
        let (recompute, optimizer, loss, packing) = habits;
        format!(
            "{method} --micro-batch {micro} --accumulation {accumulation} --sequence {sequence} {sharing} {recompute} \
             {optimizer} {loss} {packing}"
        )
    })
}

/// Every program's command of a fine-tuning, read back, is the same fine-tuning; how many there were.
fn tunes_round(place: &str, stack: &str, flags: &str) -> Result<usize, TestCaseError> {
    let whole = format!("{place} --stack {stack} {flags} --examples 10k");
    let Ok(first) = ask("finetune", &whole, &NOWHERE) else { return Ok(0) };
    let launches = first["launch"].as_array().cloned().unwrap_or_default();
    for launch in &launches {
        let (files, config) = written(launch);
        // Lengths of examples stand in no launch.
        let mean = if flags.contains("--mean-length") { "--mean-length 500" } else { "" };
        // A full loss is every program's own but Unsloth's, and not of each software that is priced.
        let loss = ["--loss full", "--loss chunked"].into_iter().find(|loss| flags.contains(loss));
        let own = launch["software"] == "unsloth" || loss == Some("--loss full");
        let loss = loss.filter(|_| own).unwrap_or_default();
        let zero = if flags.contains("--zero 0") && place.ends_with(" h100") { "--zero 0" } else { "" };
        let asked = format!("{place} --stack {stack} {config} --examples 10k {mean} {loss} {zero}");
        let again = ask("finetune", &asked, &files)
            .map_err(|error| TestCaseError::fail(format!("{whole}: {error}: {launch:#}")))?;
        // QLoRA is LoRA on frozen weights of few bits, which their format says.
        let method = |of: &Value| of["method"].as_str().map(|word| word.trim_start_matches('q').to_owned());
        prop_assert_eq!(method(&again), method(&first), "{}", whole);
        for part in ["layout", "trainable_parameters", "rank", "base_format", "memory", "step", "data"] {
            prop_assert_eq!(
                &again[part],
                &first[part],
                "{} of {}: {:#} {:#}",
                part,
                whole,
                launch,
                again["config"]
            );
        }
    }
    Ok(launches.len())
}

#[test]
fn programs_of_fine_tuning() {
    let config = Config { cases: 120, failure_persistence: None, ..Config::default() };
    let rng = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, rng);
    let launched = core::cell::Cell::new(0);
    let places = select(vec!["llama-3.1-8b --on h100", "llama-3.1-8b --on 8xh100", "qwen3-14b --on 4xh100"]);
    let stacks = select(vec!["trl", "axolotl", "torchtune", "unsloth", "hf-peft"]);
    let outcome = runner.run(&(places, stacks, tunings()), |(place, stack, flags)| {
        launched.set(launched.get() + tunes_round(place, stack, &flags)?);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(launched.get() >= 100, "{} commands were read back", launched.get());
}
