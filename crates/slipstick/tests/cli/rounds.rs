//! `slipstick finetune` with an algorithm that draws samples or compares: a round, phase by phase.

use serde_json::Value;

use crate::run::{document, number, texts};

fn ask(arguments: &str) -> Value {
    let words = ["finetune"].into_iter().chain(arguments.split_whitespace());
    let (exit, answer) = document(&words.collect::<Vec<_>>());
    assert!(exit <= 1, "{arguments}: {answer}");
    answer
}

fn phases(answer: &Value) -> Vec<(&str, f64)> {
    let phases = answer["round"]["phases"].as_array().expect("a round has phases");
    phases.iter().map(|phase| (phase["phase"].as_str().expect("a name"), number(phase, "/time_s"))).collect()
}

/// One after another they are the round, and what is not the update is before it.
#[test]
fn phases_sum_to_a_round_and_a_round_to_its_updates() {
    let answer = ask("llama-3.1-8b --on 8xh100 --algorithm grpo --sleep --sequence 4k --mean-length 1500");
    let all = phases(&answer);
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "samples",
            "log-probabilities of the policy",
            "training",
            "states to the host and back",
            "weights to the engine"
        ]
    );
    let round = number(&answer, "/round/time_s");
    assert!((all.iter().map(|(_, time)| time).sum::<f64>() / round - 1.0).abs() < 1e-9);
    let step = number(&answer, "/step/time_s/value");
    let parts = number(&answer, "/round/update_s") + number(&answer, "/step/before_training_s");
    assert!((parts / step - 1.0).abs() < 1e-9 && (step / round - 1.0).abs() < 1e-9);
    // 16-bit weights of eight billion parameters at no more than what refits were measured at, 91 GB/s.
    assert!(all[4].1 >= 16.06e9 / 91e9, "{all:?}");
}

#[test]
fn others_that_draw_meanwhile_make_it_the_longer_of_two() {
    let base = "qwen3-8b --on 8xh100 --method full --zero 3 --algorithm grpo --samples 1k --mean-length 3k --sequence 4k";
    let apart = ask(&format!("{base} --rollout-on 8xh100"));
    let more = ask(&format!("{base} --rollout-on 32xh100"));
    let time = |answer: &Value| number(answer, "/round/time_s");
    let of = |answer: &Value, name: &str| {
        phases(answer).into_iter().find(|(own, _)| *own == name).map_or(0.0, |(_, time)| time)
    };
    assert!(of(&more, "samples") < of(&apart, "samples"));
    assert!((of(&more, "training") / of(&apart, "training") - 1.0).abs() < 1e-9);
    let drawing = of(&apart, "samples");
    let here = time(&apart) - of(&apart, "weights to the engine");
    assert!(here >= drawing && here < drawing + of(&apart, "training") + 60.0, "{here} {drawing}");
    assert!(of(&apart, "states to the host and back") < f64::EPSILON, "nothing is in the engine's way");
    assert!(apart["models"].as_array().expect("a list").is_empty(), "nothing is beside the weights");
}

/// The engine of a model that one accelerator cannot hold is split by itself.
#[test]
fn an_engine_has_the_ranks_that_its_weights_need() {
    let answer = ask("llama-3.1-70b --on 8xh100 --algorithm grpo --sleep --fsdp --sequence 2k");
    assert!(answer["fits"].as_bool().expect("a verdict"), "{}", answer["memory"]);
    assert_eq!(answer["round"]["samples"]["engines"].as_u64(), Some(1));
    let small = ask("llama-3.2-1b --on 8xh100 --algorithm grpo --sequence 2k");
    assert_eq!(small["round"]["samples"]["engines"].as_u64(), Some(8));
}

#[test]
fn a_reference_is_looked_at_once_for_each_update() {
    let supervised = ask("llama-3.1-8b --on h100");
    assert!(supervised["round"].is_null() && supervised["step"]["before_training_s"].is_null());
    let compared = ask("llama-3.1-8b --on h100 --algorithm dpo");
    let all = phases(&compared);
    assert_eq!(
        all.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["log-probabilities of the reference", "training"]
    );
    // A forward pass of three, where layers are computed again and weights are frozen.
    let share = all[0].1 / all[1].1;
    assert!((0.2..0.45).contains(&share), "{share}");
    let ppo = ask("llama-3.2-1b --on h100 --method full --algorithm ppo --sequence 1k");
    let names: Vec<&str> = phases(&ppo).into_iter().map(|(name, _)| name).collect();
    assert!(
        names.contains(&"values of the critic") && names.contains(&"training of the critic"),
        "{names:?}"
    );
}

/// What does not fit says what would.
#[test]
fn what_does_not_fit_says_what_would() {
    let of = |arguments: &str| {
        let words = ["finetune"].into_iter().chain(arguments.split_whitespace());
        let (exit, text, _) = texts(&words.collect::<Vec<_>>());
        assert_eq!(exit, 1, "{text}");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let long = of("llama-3.1-8b --on rtx-4090 --method qlora --sequence 16k");
    assert!(long.contains("it fits with --loss chunked"), "{long}");
    let shared = of("llama-3.1-70b --on 4xl40s --method qlora --zero 3 --sequence 2k");
    assert!(shared.contains("it fits with") && shared.contains("--fsdp"), "{shared}");
    let whole = of("llama-3.1-8b --on rtx-4090 --method full --sequence 1k");
    assert!(whole.contains("--method lora"), "{whole}");
    let hopeless = of("llama-3.1-405b --on rtx-4090");
    assert!(!hopeless.contains("it fits with"), "{hopeless}");
}
