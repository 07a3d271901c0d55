//! What `plan` chooses from: loads of every kind, offers, formats, drafts and limits; more choice never makes a plan worse.

use serde_json::Value;

use crate::run::{document, near, number, texts};

fn asked(question: &str) -> Value {
    let words: Vec<&str> = ["plan"].into_iter().chain(question.split_whitespace()).collect();
    let (code, answer) = document(&words);
    assert_eq!(code, 0, "{question}: {answer}");
    answer
}

fn hourly(question: &str) -> f64 {
    number(&asked(question), "/best/0/usd_per_hour")
}

#[test]
fn users_send_a_rate() {
    let shape = "llama-3.1-8b --on h100,l40s --input 1k --output 200";
    let users = asked(&format!("{shape} --users 600 --every 1min"));
    let rate = asked(&format!("{shape} --rate 10/s"));
    assert_eq!(users["best"], rate["best"]);
}

/// All replicas, full, answer the batch in its time, and one fewer would not.
#[test]
fn a_batch_is_answered_in_its_time() {
    let answer =
        asked("llama-3.1-8b --on h100 --quant fp8 --input 1k --output 200 --requests 2M --within 4h");
    let row = &answer["best"][0];
    let rate = 2e6 / (4.0 * 3600.0);
    near(number(row, "/requests_per_s"), rate, "requests a second");
    let on = row["on"].as_str().unwrap();
    let concurrency = number(row, "/concurrency").to_string();
    let question =
        ["estimate", "llama-3.1-8b", "--on", on, "--quant", "fp8", "--input", "1k", "--output", "200"];
    let (_, one) = document(&[&question[..], &["--concurrency", &concurrency]].concat());
    let full = number(&one, "/throughput/requests_per_s");
    near(number(row, "/replicas"), (rate / full).ceil(), "replicas");
    assert!(number(row, "/replicas") > 1.0 && number(row, "/utilisation") > 0.5, "{row}");
}

#[test]
fn a_use_has_lengths_and_times_of_its_own() {
    let used = asked("llama-3.1-8b --on h100,l40s --use-case chatbot --rate 5/s");
    let said =
        asked("llama-3.1-8b --on h100,l40s --input 1155 --output 211 --ttft 450ms --tpot 40ms --rate 5/s");
    assert_eq!(used["best"], said["best"]);
    let flags: Vec<&str> =
        used["defaults"].as_array().unwrap().iter().map(|taken| taken["flag"].as_str().unwrap()).collect();
    for flag in ["--input", "--output", "--ttft", "--tpot"] {
        assert!(flags.contains(&flag), "{flags:?}");
    }
    // What is said goes before what a use has.
    let slower = asked("llama-3.1-8b --on h100,l40s --use-case chatbot --rate 5/s --tpot 80ms");
    assert!(number(&slower, "/best/0/usd_per_hour") <= number(&used, "/best/0/usd_per_hour"));
    for (command, pointer) in [("estimate", "/workload/input_tokens"), ("compare", "/rows/0/input_tokens")] {
        let (_, answer) = document(&[command, "llama-3.1-8b", "--on", "h100", "--use-case", "reasoning"]);
        if let Some(input) = answer.pointer(pointer) {
            assert_eq!(input, 1024, "{command}");
        }
    }
}

#[test]
fn more_to_choose_from_is_never_worse() {
    let shape = "llama-3.1-8b --on h100,l40s --input 2k --output 300 --concurrency 200 --tpot 25ms";
    for (flag, choices) in [
        ("--kv-dtype", "bf16,fp8"),
        ("--speculative", "none,ngram=3"),
        ("--max-sequences", "32,256"),
        ("--max-batched-tokens", "2048,8192"),
        ("--term", "on-demand,1y"),
        ("--cloud", "aws,lambda"),
    ] {
        let all = hourly(&format!("{shape} {flag} {choices}"));
        let each = choices.split(',').filter_map(|choice| {
            let question = format!("plan {shape} {flag} {choice}");
            let (code, answer) = document(&question.split(' ').collect::<Vec<_>>());
            (code == 0).then(|| number(&answer, "/best/0/usd_per_hour"))
        });
        let least = each.fold(f64::INFINITY, f64::min);
        near(all, least, flag);
    }
    let drafted = asked(&format!("{shape} --speculative ngram=3 --max-sequences 64"));
    assert_eq!(drafted["best"][0]["options"], "ngram=3 max-sequences=64");
}

/// The offers of a plan hold the one that it is priced at as the cheapest of what is allowed.
#[test]
fn a_plan_is_priced_at_the_cheapest_offer_that_is_allowed() {
    let answer =
        asked("llama-3.1-8b --on 8xh100 --concurrency 64 --cloud aws,azure,gcp --term on-demand,1y,3y");
    let offers = answer["offers"].as_array().unwrap();
    assert!(offers.len() > 2, "{offers:?}");
    near(number(&offers[0], "/usd_per_hour"), number(&answer, "/best/0/usd_per_hour"), "the cheapest");
    for pair in offers.windows(2) {
        assert!(number(&pair[0], "/usd_per_hour") <= number(&pair[1], "/usd_per_hour"));
    }
    near(
        number(&offers[0], "/usd_per_million_tokens"),
        number(&answer, "/best/0/usd_per_million_tokens"),
        "a million tokens",
    );
}

#[test]
fn energy_is_compared_and_power_is_a_limit() {
    let shape = "llama-3.1-8b --on h100,l40s,b200 --input 1k --output 200 --rate 40/s --ttft 2s";
    let least = asked(&format!("{shape} --objective energy"));
    let cheapest = asked(shape);
    let joules = |answer: &Value| number(answer, "/best/0/joules_per_token");
    assert!(joules(&least) <= joules(&cheapest));
    let row = &least["best"][0];
    near(joules(&least), number(row, "/power_w") / (40.0 * 200.0), "energy of a token");
    let watts = number(row, "/power_w");
    let within = |watts: f64| {
        let question = format!("plan {shape} --max-watts {watts:.0}");
        document(&question.split(' ').collect::<Vec<_>>())
    };
    let (code, answer) = within(watts * 1.01 + 1.0);
    assert_eq!(code, 0);
    assert!(number(&answer, "/best/0/power_w") <= watts * 1.01 + 1.0);
    let (code, answer) = within(50.0);
    assert_eq!((code, &answer["binding"]), (1, &Value::from("--max-watts")));
}

#[test]
fn what_is_started_and_how_it_is_shared_is_said() {
    let answer = asked("llama-3.1-8b --on l40s --input 1k --output 200 --rate 40/s --spare 1");
    let pool = &answer["pools"][0];
    near(number(pool, "/replicas") * number(pool, "/router_weight"), 1.0, "all requests");
    assert!(pool["launch"].as_str().unwrap().contains("vllm serve"));
    let words = ["plan", "llama-3.1-8b", "--on", "l40s", "--rate", "40/s"];
    let (code, output, _) = texts(&words);
    assert_eq!(code, 0);
    assert!(output.contains("an output token"), "{output}");
}

/// A machine that is away half of the time is two machines.
#[test]
fn machines_that_are_taken_away_serve_less() {
    let load = "llama-3.1-8b --on h100 --rate 100/s --input 1k --output 200 --term spot";
    let stays = asked(load);
    let away = asked(&format!("{load} --interruptions 1/h --restart 20min --lost 10min"));
    near(number(&away, "/best/0/served_share"), 0.5, "half of the time");
    assert!(stays["best"][0].get("served_share").is_none());
    let of = |pointer: &str| [&stays, &away].map(|plan| number(plan, pointer));
    let [once, twice] = of("/best/0/replicas");
    assert!(twice >= 2.0 * once - 1.0 && twice <= 2.0 * once, "{once} {twice}");
    let [token, dearer] = of("/best/0/usd_per_million_tokens");
    near(dearer / token, twice / once, "as many times dearer as there are more");
}
