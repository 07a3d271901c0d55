//! `scale`: published numbers, questions turned round, records that replay, and what is refused.

use std::collections::BTreeSet;

use serde_json::Value;
use slipstick_api::{ApiError, Catalog, request::Request};
use slipstick_core::{formula::Formula, formulas::ALL};
use slipstick_methods::METHODS;

use crate::{provenance::numbers, world::NOWHERE};

fn ask(flags: &str) -> Result<Value, ApiError> {
    let words = std::iter::once("scale").chain(flags.split_whitespace());
    let output = Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), &NOWHERE));
    output.map(|output| output.document(true))
}

fn answer(flags: &str) -> Value {
    ask(flags).unwrap_or_else(|error| panic!("{flags}: {error}"))
}

#[track_caller]
fn number(document: &Value, pointer: &str) -> f64 {
    let value = document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    value.as_f64().or_else(|| value["value"].as_f64()).unwrap_or_else(|| panic!("{pointer}: {value}"))
}

fn near(x: f64, y: f64, within: f64) -> bool {
    (x - y).abs() <= within * x.abs().max(y.abs())
}

fn row<'a>(document: &'a Value, law: &str) -> &'a Value {
    let rows = document["laws"].as_array().expect("laws");
    rows.iter().find(|row| row["law"] == law).unwrap_or_else(|| panic!("no {law}"))
}

/// Chinchilla's budget: the refit says 72 billion, the constants as printed 32, in full 40.
#[test]
fn three_fits_of_one_law_stand_side_by_side() {
    let answer = answer("--flops 5.76e23");
    assert_eq!(answer["law"], "besiroglu-2024");
    for (law, parameters, tokens, loss) in [
        ("besiroglu-2024", 7.225e10, 1.329e12, 1.97444),
        ("hoffmann-2022-3", 3.219e10, 2.982e12, 1.93075),
        ("hoffmann-2022-3-unrounded", 4.036e10, 2.379e12, 1.91841),
    ] {
        let row = row(&answer, law);
        assert!(near(number(row, "/parameters"), parameters, 2e-4), "{row}");
        assert!(near(number(row, "/tokens"), tokens, 2e-4), "{row}");
        assert!(near(number(row, "/loss"), loss, 3e-6), "{row}");
        assert_eq!(row["in_range"], false);
    }
    let said = answer["warnings"].as_array().expect("warnings");
    assert!(said.iter().any(|text| text.as_str().is_some_and(|text| text.contains("fitted on"))), "{said:?}");
    // A budget's model is its own best, and the curve is lowest there.
    assert!(near(number(&answer, "/over_training"), 1.0, 1e-12));
    let curve = answer["curve"].as_array().expect("a curve");
    assert_eq!(curve.len(), 17);
    let least = curve.iter().map(|point| number(point, "/loss")).fold(f64::INFINITY, f64::min);
    assert!(near(least, number(&answer, "/loss"), 1e-12));
    for point in curve {
        assert!(near(6.0 * number(point, "/parameters") * number(point, "/tokens"), 5.76e23, 1e-12));
    }
}

/// Within what laws were fitted on nothing is warned of.
#[test]
fn a_small_budget_lies_within_the_fit() {
    let answer = answer("--flops 1e21");
    assert_eq!(answer["in_range"], true);
    assert_eq!(row(&answer, "hoffmann-2022-1")["in_range"], true);
    assert_eq!(row(&answer, "deepseek-llm")["in_range"], false);
}

/// The same training however it is asked.
#[test]
fn questions_turned_round_agree() {
    let whole = answer("--flops 1e22");
    let (n, d) = (number(&whole, "/parameters"), number(&whole, "/tokens"));
    let loss = number(&whole, "/loss");
    for flags in [
        format!("--loss {loss}"),
        format!("--parameters {n:.0}"),
        format!("--parameters {n:.0} --tokens {d:.0}"),
    ] {
        let other = answer(&flags);
        for field in ["/parameters", "/tokens", "/flops", "/loss"] {
            assert!(near(number(&other, field), number(&whole, field), 1e-7), "{flags}: {field}");
        }
    }
    let small = answer("--flops 1e22 --parameters 2b");
    assert!(near(number(&small, "/tokens"), 1e22 / 6.0 / 2e9, 1e-12));
    assert!(number(&small, "/over_training") > 1.0 && number(&small, "/least_flops") < 1e22);
    let back = answer(&format!("--parameters 2b --loss {}", number(&small, "/loss")));
    assert!(near(number(&back, "/flops"), 1e22, 1e-6));
    let large = answer("--flops 1e22 --tokens 20B");
    assert!(near(number(&large, "/parameters"), 1e22 / 6.0 / 20e9, 1e-12));
    assert!(number(&large, "/over_training") < 1.0);
}

/// Llama-3-8B on 15 trillion tokens: losses of the three fits, and how far it is beyond its optimum.
#[test]
fn a_model_that_is_trained_for_long() {
    let answer = answer("--parameters 8b --tokens 15T");
    assert!(near(number(row(&answer, "besiroglu-2024"), "/asked_loss"), 2.02206, 3e-6));
    assert!(near(number(row(&answer, "hoffmann-2022-3"), "/asked_loss"), 1.94853, 3e-6));
    assert!(near(number(row(&answer, "hoffmann-2022-3-unrounded"), "/asked_loss"), 1.94362, 3e-6));
    assert!(near(number(&answer, "/flops"), 7.2e23, 1e-12));
    assert!(number(&answer, "/over_training") > 100.0);
    assert!(number(&answer, "/least_flops") < number(&answer, "/flops"));
}

#[test]
fn repeated_text_and_served_tokens() {
    let scarce = answer("--flops 1e22 --unique-tokens 25B");
    assert_eq!(scarce["law"], "muennighoff-2023");
    assert!(near(number(&scarce, "/tokens"), 237_336_955_477.55, 1e-12));
    assert!(near(number(&scarce, "/parameters"), 7_022_364_735.88, 1e-11));
    assert_eq!(row(&scarce, "besiroglu-2024")["ignores"][0], "--unique-tokens");
    let served = answer("--parameters 13b --inference-tokens 2T");
    assert!(near(number(&served, "/lifetime/parameters"), 6.098e9, 1e-4));
    assert!(near(number(&served, "/lifetime/tokens"), 7.370e11, 1e-4));
    assert!(near(number(&served, "/lifetime/saving"), 0.2896, 1e-3));
    let theirs = answer("--law sardana --parameters 13b --inference-tokens 2T");
    assert!(near(number(&theirs, "/lifetime/parameters"), 6.969e9, 1e-4));
    assert!(near(number(&theirs, "/lifetime/saving"), 0.17447, 1e-3));
    let experts = answer("--flops 1e21 --experts 16");
    assert_eq!(experts["law"], "ludziejewski-2025");
    assert!(row(&experts, "krajewski-2024")["parameters"].is_number());
}

/// Hours, money and work are one thing where the price and the speed are.
#[test]
fn hours_and_money_are_work_on_some_hardware() {
    let money = answer("--usd 1M --on 64x8xh100 --price $1000/h");
    let hours = number(&money, "/run/accelerator_hours");
    assert!(near(hours, 1e6 / (1000.0 / 512.0), 1e-12));
    let same = answer(&format!("--gpu-hours {hours} --on 64x8xh100 --price $1000/h"));
    for field in ["/parameters", "/tokens", "/flops", "/loss", "/run/usd"] {
        assert!(near(number(&money, field), number(&same, field), 1e-9), "{field}");
    }
    assert!(near(number(&money, "/run/usd"), 1e6, 1e-9));
    let work = answer(&format!("--flops {} --on 64x8xh100 --price $1000/h", number(&money, "/flops")));
    // Neighbouring sizes may split differently: where two name each other, either stands for both.
    assert!(near(number(&work, "/run/accelerator_hours"), hours, 0.06));
    // What `train` says of that model there, in its own count of work.
    let mfu = number(&work, "/run/mfu");
    assert!((0.2..0.6).contains(&mfu), "{mfu}");
    // Twice the money is more than twice the tokens of a model that does as well.
    let more = answer("--usd 2M --on 64x8xh100 --price $1000/h");
    assert!(number(&more, "/flops") > 1.8 * number(&money, "/flops"));
}

/// Its own configuration where a model is named: the same hours that `train` gives, but for a step.
#[test]
fn hours_are_those_of_train() {
    let scale = answer("--model llama-3.1-8b --tokens 1T --on 8xh100");
    let words = "train llama-3.1-8b --on 8xh100 --tokens 1T".split_whitespace();
    let train = Request::from_words(words).and_then(|request| request.answer(&Catalog::builtin(), &NOWHERE));
    let train = train.expect("it trains").document(false);
    let (ours, theirs) = (number(&scale, "/run/accelerator_hours"), number(&train, "/run/accelerator_hours"));
    assert!(near(ours, theirs, 1e-4), "{ours} {theirs}");
    assert!(near(number(&scale, "/run/tokens_per_s"), number(&train, "/tokens_per_s"), 1e-12));
}

/// With prices the served tokens weigh what they cost, and the bill of the smaller model is the smaller one.
#[test]
fn a_lifetime_in_money() {
    let answer = answer("--loss 2.0 --inference-tokens 10T --on 8xh100");
    let (own, base) = (number(&answer, "/lifetime/bill/usd"), number(&answer, "/lifetime/replaced_bill/usd"));
    assert!(own < base, "{own} {base}");
    assert!(near(number(&answer, "/lifetime/usd_saving"), 1.0 - own / base, 1e-9));
    assert!(number(&answer, "/lifetime/parameters") < number(&answer, "/parameters"));
    assert!(number(&answer, "/lifetime/weighed_tokens") > 0.0);
}

const QUESTIONS: &[&str] = &[
    "--flops 5.76e23",
    "--flops 1e21 --law kaplan",
    "--flops 1e21 --law chinchilla-1",
    "--flops 1e21 --law llama-3",
    "--flops 1e21 --law deepseek-llm",
    "--flops 1e21 --law gadre",
    "--flops 1e21 --experts 16",
    "--flops 1e21 --granularity 16",
    "--flops 1e22 --unique-tokens 25B",
    "--usd 1M --on 8xh100",
    "--gpu-hours 100k --on 8xh100 --tokens 1T",
    "--parameters 8b --tokens 15T --on 256x8xh100",
    "--parameters 13b --loss 2.1",
    "--parameters 13b --inference-tokens 2T",
    "--model deepseek-v3 --tokens 14.8T",
    "--loss 2.0 --inference-tokens 10T --on 8xh100",
    "--loss 2.2 --law ludziejewski --experts 8",
];

/// The formulas that a record may mean: those of budgets, and those of the laws.
fn formulas() -> Vec<&'static Formula> {
    let laws = METHODS.iter().flat_map(|method| method.quantities.iter().map(|quantity| quantity.formula));
    ALL.iter().copied().chain(laws).collect()
}

#[test]
fn every_number_is_recorded_and_every_record_is_replayed() {
    let known = formulas();
    let mut used = BTreeSet::new();
    for question in QUESTIONS {
        let document = answer(question);
        let records = document["provenance"].as_object().expect("explained");
        let mut all = Vec::new();
        numbers(&document, "", &mut all);
        let missing: Vec<&String> = all.iter().filter(|pointer| !records.contains_key(*pointer)).collect();
        assert!(missing.is_empty(), "{question}: {missing:#?}");
        for (pointer, record) in records {
            let place = format!("{question}: {pointer}");
            let shown = document.pointer(pointer).map(|_| number(&document, pointer));
            let shown =
                shown.or_else(|| record["value"].as_f64()).unwrap_or_else(|| panic!("{place} is no number"));
            for (symbol, input) in record["inputs"].as_object().expect("inputs") {
                let Some(target) = input["pointer"].as_str() else {
                    assert!(input["source"].is_string(), "{place}: {symbol} has no source");
                    continue;
                };
                let behind = records.get(target).unwrap_or_else(|| panic!("{place}: no record of {target}"));
                let there = document.pointer(target).map(|_| number(&document, target));
                let there = there.or_else(|| behind["value"].as_f64()).expect("a number");
                let given = input["value"].as_f64().expect("a number");
                assert!(near(there, given, 1e-9), "{place}: {symbol} is {given}, but {there} at {target}");
            }
            if record["formula"] == "stated" {
                assert!(record["source"].is_string(), "{place}");
                continue;
            }
            let inputs = record["inputs"].as_object().expect("inputs");
            let names: Vec<&str> = inputs.keys().map(String::as_str).collect();
            let same = |formula: &&&Formula| {
                formula.plain() == record["formula"].as_str()
                    && (formula.parameters.is_empty() || formula.parameters == names)
            };
            let formula = known.iter().find(same).unwrap_or_else(|| panic!("{place}: {record}"));
            let values: Vec<f64> =
                inputs.values().map(|input| input["value"].as_f64().expect("a number")).collect();
            let again = (formula.eval)(&values).expect("its terms");
            assert!(near(shown, again, 1e-9), "{place} is {shown}, {} gives {again}", formula.id());
            used.insert(formula.id());
        }
    }
    let idle: Vec<String> = ALL
        .iter()
        .map(|formula| formula.id())
        .filter(|id| id.starts_with("formulas::training::budget::") && !used.contains(id))
        .collect();
    assert!(idle.is_empty(), "no answer shows {idle:#?}");
}

#[test]
fn what_is_refused_says_where_and_what_to_type() {
    for (flags, code, at) in [
        ("", "scale.no_question", "--flops"),
        ("--flops=-1", "number.invalid", "--flops"),
        ("--flops 0", "scale.range", "--flops"),
        ("--flops NaN", "number.invalid", "--flops"),
        ("--flops 1e300", "scale.range", "--flops"),
        ("--flops 1e400", "number.invalid", "--flops"),
        ("--flops 5bananas", "unit.unknown", "--flops"),
        ("--flops 1e21 --usd 5M --on h100", "scale.budgets", "--flops"),
        ("--gpu-hours 100 --usd 5 --on h100", "scale.budgets", "--flops"),
        ("--gpu-hours 100", "scale.no_hardware", "--gpu-hours"),
        ("--usd 5M", "scale.no_hardware", "--usd"),
        ("--usd=-5 --on h100", "number.invalid", "--usd"),
        ("--usd 5M --on h1000", "gpu.unknown", "--on"),
        ("--usd 5M --on 8xrtx-4090 --cloud nowhere", "cloud.unknown", "--cloud"),
        ("--gpu-hours 1e-9 --on h100", "scale.range", "--gpu-hours"),
        ("--flops 1e21 --law kaplam", "law.unknown", "--law"),
        ("--flops 1e21 --law hoffmann", "law.unknown", "--law"),
        ("--flops 1e21 --law=", "law.unknown", "--law"),
        ("--tokens 5T", "scale.tokens_alone", "--tokens"),
        ("--parameters 0", "scale.zero_count", "--parameters"),
        ("--parameters 8b --tokens 0", "scale.zero_count", "--tokens"),
        ("--parameters 1e30 --tokens 1T", "number.invalid", "--parameters"),
        ("--parameters 8b --model llama-3.1-8b", "scale.two_sizes", "--model"),
        ("--flops 1e21 --parameters 8b --tokens 1T", "scale.too_much", "--tokens"),
        ("--flops 1e21 --loss 2", "scale.too_much", "--tokens"),
        ("--tokens 1T --loss 2", "scale.too_much", "--loss"),
        ("--loss 1.0", "law.no_answer", "--loss"),
        ("--loss NaN", "scale.range", "--loss"),
        ("--loss=-1", "scale.range", "--loss"),
        ("--loss 1e9", "scale.range", "--loss"),
        ("--parameters 8b --loss 1.83", "law.no_answer", "--loss"),
        ("--loss 2 --law kaplan", "law.no_quantity", "--law"),
        ("--flops 1e21 --law llama-3 --inference-tokens 1T", "law.no_quantity", "--law"),
        ("--flops 1e21 --experts 0", "scale.zero_count", "--experts"),
        ("--flops 1e21 --unique-tokens 0", "scale.zero_count", "--unique-tokens"),
        ("--parameters 9e18 --tokens 1T --on h100", "scale.no_shape", "--on"),
        ("--flops 1e21 --on 8xh100 --precision fp7", "train.precision", "--precision"),
        ("--flops 1e22 --inference-tokens 1T --on 8xh100 --serve-on h10O", "gpu.unknown", "--serve-on"),
    ] {
        let error = ask(flags).expect_err(flags);
        assert_eq!((error.code, error.at.as_deref()), (code, Some(at)), "{flags}: {error}");
        assert!(error.help.is_some() && !error.message.ends_with('.'), "{flags}: {error}");
    }
}

/// Whatever the numbers, there is an answer of finite numbers or a refusal.
#[test]
fn odd_budgets_are_answered_or_refused() {
    for exponent in (9..=36).step_by(3) {
        for law in ["besiroglu", "kaplan", "muennighoff", "gadre", "chinchilla-2", "deepseek-llm", "llama-3"]
        {
            if let Ok(document) = ask(&format!("--flops 1e{exponent} --law {law} --unique-tokens 1B")) {
                let mut all = Vec::new();
                numbers(&document, "", &mut all);
                assert!(
                    all.iter().all(|pointer| number(&document, pointer).is_finite()),
                    "1e{exponent} {law}"
                );
            }
        }
    }
}
