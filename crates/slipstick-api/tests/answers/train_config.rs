//! `train --config`: a launch file says what flags would, and what of it is not taken is named.

use serde_json::Value;
use slipstick_api::{ApiError, Catalog, World, request::Request};

use crate::world::{NOWHERE, every_path};

fn ask(flags: &str, world: &dyn World) -> Result<Value, ApiError> {
    asked("train", flags, world)
}

fn asked(command: &'static str, flags: &str, world: &dyn World) -> Result<Value, ApiError> {
    let words = [command].into_iter().chain(flags.split_whitespace());
    let output = Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), world));
    output.map(|output| output.document(false))
}

#[track_caller]
fn answer(flags: &str, text: &'static str) -> Value {
    ask(flags, &every_path(text.to_owned())).unwrap_or_else(|error| panic!("{flags}: {error}"))
}

const ZERO: &str = r#"{"zero_optimization": {"stage": 3, "overlap_comm": true, "reduce_bucket_size": 5e8},
    "train_micro_batch_size_per_gpu": 2, "gradient_accumulation_steps": 4, "bf16": {"enabled": true}}"#;

const ARGUMENTS: &str = "--tensor-model-parallel-size 2 --pipeline-model-parallel-size 2 --sequence-parallel \
                         --use-distributed-optimizer --micro-batch-size 1 --global-batch-size 64 --seq-length 8192 --bf16 \
                         --recompute-granularity full --num-layers 32";

/// A file says what its flags say, number by number.
#[test]
fn a_file_and_flags_give_one_answer() {
    for (file, text, flags) in [
        (
            "ds.json",
            ZERO,
            "--stack deepspeed --zero 3 --micro-batch 2 --global-batch 64 --precision bf16 --tp 1 --pp 1 --cp 1 --ep 1",
        ),
        (
            "m.args",
            ARGUMENTS,
            "--stack megatron-core --tp 2 --pp 2 --cp 1 --ep 1 --sequence-parallel true --zero 1 --micro-batch 1 \
             --global-batch 64 --sequence 8192 --precision bf16 --recompute full --vpp 1 --loss full",
        ),
    ] {
        let mut read = answer(&format!("llama-3.1-8b --on 8xh100 --config {file}"), text);
        let config = read["config"].take();
        let mut typed = ask(&format!("llama-3.1-8b --on 8xh100 {flags}"), &NOWHERE).expect("typed");
        typed["config"].take();
        for document in [&mut read, &mut typed] {
            let table = document.as_object_mut().expect("a document");
            table.remove("warnings");
        }
        assert_eq!(read, typed, "{file}");
        assert!(!config["taken"].as_array().expect("taken").is_empty(), "{config}");
    }
}

/// What a layout is read from a file stands in the answer, and asked with its flags it is that layout again.
#[test]
fn a_layout_goes_round() {
    let first = answer("llama-3.1-8b --on 8xh100 --config m.args", ARGUMENTS);
    let layout = &first["layout"];
    let degree = |name: &str| layout[name].as_u64().expect("a degree");
    assert_eq!([degree("tp"), degree("pp"), degree("dp"), degree("micro_batch")], [2, 2, 2, 1]);
    let toml = format!(
        "[training]\nlocal_batch_size = {}\nglobal_batch_size = 64\nseq_len = 8192\n[parallelism]\ntensor_parallel_degree = \
         {}\npipeline_parallel_degree = {}\n[activation_checkpoint]\nmode = \"{}\"\n",
        degree("micro_batch"),
        degree("tp"),
        degree("pp"),
        layout["recompute"].as_str().expect("a word")
    );
    let flags = "llama-3.1-8b --on 8xh100 --stack megatron-core --zero 1 --config t.toml";
    let again = answer(flags, Box::leak(toml.into_boxed_str()));
    assert_eq!(again["layout"], first["layout"]);
    assert_eq!(again["config"]["overridden"][0], "--stack torchtitan");
}

#[test]
fn flags_go_before_the_file_and_nothing_is_dropped() {
    let read = answer("llama-3.1-8b --on 8xh100 --zero 2 --config ds.json", ZERO);
    assert_eq!(read["layout"]["zero"], 2);
    let config = &read["config"];
    assert_eq!(config["format"], "DeepSpeed");
    assert_eq!(config["overridden"][0], "--zero 3");
    assert_eq!(config["without_effect"][0], "zero_optimization.overlap_comm");
    assert_eq!(config["not_understood"][0], "zero_optimization.reduce_bucket_size = 500000000");
    let said = read["warnings"].as_array().expect("warnings");
    assert!(
        said.iter().any(|text| text.as_str().is_some_and(|text| text.contains("reduce_bucket_size"))),
        "{said:?}"
    );
    // An adapter is nothing that `train` takes: it is named too.
    let text = "base_model: m\nadapter: qlora\nmicro_batch_size: 1\ngradient_accumulation_steps: 2\n";
    let read = answer("llama-3.1-8b --on 8xh100 --config a.yml", text);
    let unread = read["config"]["not_understood"].as_array().expect("a list");
    assert!(unread.contains(&Value::from("adapter = qlora")), "{unread:?}");
}

/// The same for fine-tuning: adapters, frozen weights and micro-batches are flags there.
#[test]
fn a_file_of_fine_tuning_and_flags_give_one_answer() {
    let text = "base_model: m\nadapter: qlora\nlora_r: 32\nlora_target_linear: true\nsequence_len: 2048\nmicro_batch_size: \
                2\ngradient_accumulation_steps: 4\noptimizer: paged_adamw_8bit\nbf16: auto\ngradient_checkpointing: \
                true\nflash_attention: true\n";
    let read = asked("finetune", "llama-3.1-8b --on a100-80gb --config q.yml", &every_path(text.to_owned()));
    let mut read = read.unwrap_or_else(|error| panic!("{error}"));
    let flags = "llama-3.1-8b --on a100-80gb --stack axolotl --method qlora --rank 32 --targets all-linear --sequence 2048 \
                 --micro-batch 2 --accumulation 4 --optimizer paged-adamw-8bit --recompute full --attention flash --tp 1 \
                 --pp 1 --cp 1 --ep 1";
    let mut typed = asked("finetune", flags, &NOWHERE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read["config"]["left_open"][0], "bf16");
    read["config"].take();
    typed["config"].take();
    assert_eq!(read, typed);
}

#[test]
fn bad_files_are_refused_at_the_flag() {
    for (name, text, code) in [
        ("a.json", "{", "config.syntax"),
        ("a.yaml", "base_model: &a [*a]\n", "config.syntax"),
        ("a.yaml", "hello: world\n", "config.unknown_kind"),
        ("a.yaml", "base_model: m\nmicro_batch_size: 0\n", "config.value"),
        ("a.args", "--micro-batch-size 1 --micro-batch-size 2", "config.contradiction"),
    ] {
        let error = ask(&format!("llama-3.1-8b --on 8xh100 --config {name}"), &every_path(text.to_owned()))
            .expect_err(text);
        assert_eq!((error.code, error.at.as_deref()), (code, Some("--config")), "{text}: {error}");
        assert!(error.help.is_some(), "{error}");
    }
    let missing = ask("llama-3.1-8b --on 8xh100 --config nowhere.json", &NOWHERE).expect_err("no file");
    assert_eq!(missing.at.as_deref(), Some("--config"));
    // A layout that the accelerators cannot have is refused as if it had been typed.
    let odd = "--tensor-model-parallel-size 3 --micro-batch-size 1";
    let error = ask("llama-3.1-8b --on 8xh100 --config a.args", &every_path(odd.to_owned()))
        .expect_err("three of eight");
    assert_eq!(error.code, "train.accelerators");
}
