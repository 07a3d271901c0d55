//! The five source methods give the values that their authors' formulas give, case by case.

use slipstick_methods::{Kind, METHODS, Value, eval, find};

const CASES: &str = include_str!("methods/source_cases.txt");

fn value_of(method: &str, key: &str, text: &str) -> Value {
    let input =
        find(method).expect("a known method").input(key).unwrap_or_else(|| panic!("{method} takes no {key}"));
    match input.kind {
        Kind::Number(_) => Value::Number(text.parse().expect("the table is well-formed")),
        Kind::Flag => Value::Flag(text.parse().expect("the table is well-formed")),
        Kind::Choice(_) | Kind::Label => Value::Text(text.to_owned().into()),
    }
}

#[test]
fn all_worked_cases_are_equal_to_1e_9() {
    let mut method = "";
    let mut inputs: Vec<(&str, Value)> = Vec::new();
    let mut cases = 0;
    let mut worst = 0.0_f64;
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((name, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            method = name;
            let pairs = rest.split(' ').map(|pair| pair.split_once('=').unwrap());
            inputs = pairs.map(|(key, text)| (key, value_of(name, key, text))).collect();
            continue;
        }
        let mut words = line.splitn(3, ' ');
        let (quantity, expected, unit) =
            (words.next().unwrap(), words.next().unwrap().parse::<f64>().unwrap(), words.next().unwrap());
        let answer =
            eval(method, quantity, &inputs).unwrap_or_else(|error| panic!("{method} {quantity}: {error}"));
        let off = (answer.value - expected).abs() / expected.abs().max(f64::MIN_POSITIVE);
        let off = if expected == 0.0 { answer.value.abs() } else { off };
        assert!(off <= 1e-9, "{method} {quantity}: {} is not {expected}", answer.value);
        assert_eq!(answer.unit, unit, "{method} {quantity}");
        worst = worst.max(off);
        cases += 1;
    }
    println!("{cases} cases, worst relative difference {worst:e}");
    assert_eq!(cases, 233);
}

#[test]
fn tables_hang_together() {
    for method in METHODS {
        for (index, quantity) in method.quantities.iter().enumerate() {
            let what = format!("{} {}", method.id, quantity.name());
            assert_eq!(quantity.operands, quantity.formula.parameters, "{what}");
            for operand in quantity.operands {
                let above = method.quantities[..index].iter().any(|row| row.name() == *operand);
                assert!(above || method.input(operand).is_some(), "{what}: {operand} comes from nowhere");
            }
            let formula = quantity.formula;
            assert!(
                formula.plain().is_some() && formula.tex().is_some() && formula.source().is_some(),
                "{what}"
            );
            assert!((quantity.eval)(&[]).is_none(), "{what} answers without operands");
        }
        for fault in method.faults {
            assert!(!fault.quantities.is_empty(), "{} {}", method.id, fault.id);
            for name in fault.quantities {
                assert!(method.quantity(name).is_some(), "{} {}: {name}", method.id, fault.id);
            }
        }
        for row in method.common {
            assert!(method.quantity(row.quantity).is_some(), "{} {}", method.id, row.quantity);
        }
        let used = |key: &str| method.quantities.iter().any(|row| row.operands.contains(&key));
        let followed = |key: &str| {
            method.inputs.iter().any(|other| {
                other.fallback == slipstick_methods::Fallback::Like(method.input(key).unwrap().key)
            })
        };
        for input in method.inputs {
            let label = input.kind == Kind::Label;
            assert!(label || used(input.key) || followed(input.key), "{} {} is idle", method.id, input.key);
            assert!(!input.meaning.is_empty(), "{} {}", method.id, input.key);
        }
    }
}

#[test]
fn worked_examples_can_be_worked() {
    for method in METHODS {
        for example in method.examples {
            let worked =
                method.quantities.iter().filter(|row| method.eval(row.name(), example.inputs).is_ok());
            assert!(worked.count() > 0, "{}: {}", method.id, example.title);
        }
        for quantity in method.quantities {
            let shown =
                method.examples.iter().any(|example| method.eval(quantity.name(), example.inputs).is_ok());
            assert!(shown, "{} {} is in no example", method.id, quantity.name());
        }
    }
}

#[test]
fn bad_questions_are_answered_with_what_to_type() {
    let none: [(&str, Value); 0] = [];
    let ask =
        |method, quantity, inputs: &[(&str, Value)]| eval(method, quantity, inputs).unwrap_err().to_string();
    assert_eq!(ask("llm-tool", "kv_cache", &none), "there is no method \"llm-tool\"; did you mean llm-tools");
    assert_eq!(
        ask("llm-tools", "kvcache", &none),
        "llm-tools computes no \"kvcache\"; did you mean kv_cache"
    );
    assert_eq!(
        ask("llm-tools", "model_weights", &[("param", Value::Number(1.0))]),
        "llm-tools takes no \"param\"; did you mean params or bytes_per_param"
    );
    assert_eq!(
        ask("llm-tools", "kv_cache", &[("batch", Value::Number(1.0)), ("seq", Value::Number(8.0))]),
        "kv_cache needs more inputs: layers=.. (layers in layer), hidden=.. (hidden size in element)"
    );
    assert_eq!(
        ask("llm-tools", "model_weights", &[("params", Value::Number(f64::NAN))]),
        "params cannot be NaN; it must be a number above 0 (unit: parameter)"
    );
    assert_eq!(
        ask(
            "tokentally",
            "min_gpu_memory",
            &[("fp16_size_gb", Value::Number(1.0)), ("config", Value::name("int3"))]
        ),
        "config cannot be \"int3\"; it must be one of float16, bfloat16, float32, int8, int4, gptq"
    );
    let twice = [("params", Value::Number(1.0)), ("params", Value::Number(2.0))];
    assert_eq!(ask("llm-tools", "model_weights", &twice), "params is given twice; give it once");
    let zero = [("tflops", Value::Number(1.0)), ("bandwidth_gb_s", Value::Number(0.0))];
    assert_eq!(
        ask("inference-arithmetic", "ops_per_byte", &zero),
        "bandwidth_gb_s cannot be 0; it must be a number above 0 (unit: GB/s)"
    );
    let huge = [("params", Value::Number(1e308)), ("bytes_per_param", Value::Number(1e308))];
    assert_eq!(
        ask("llm-tools", "model_weights", &huge),
        "model_weights has no finite value for these inputs"
    );
}

#[test]
fn a_training_that_fails_faster_than_it_is_mended_has_no_end() {
    let mut inputs = find("llm-calculator").unwrap().examples[0].inputs.to_vec();
    inputs.retain(|(key, _)| *key != "failure_pct_per_instance_day");
    inputs.push(("failure_pct_per_instance_day", Value::Number(100.0)));
    let error = eval("llm-calculator", "total_training_cost", &inputs).unwrap_err().to_string();
    assert!(error.starts_with("cluster_actual_days comes to -"), "{error}");
    assert!(error.ends_with("below zero: the method has no answer for these inputs"), "{error}");
}

#[test]
fn defaults_are_visible_and_idle_inputs_are_named() {
    let inputs = [("params", Value::Number(7e9)), ("heads", Value::Number(32.0))];
    let answer = eval("llm-tools", "model_weights", &inputs).unwrap();
    assert_eq!(answer.ignored, ["heads"]);
    let assumed: Vec<&str> = answer.used.iter().filter(|used| used.assumed).map(|used| used.key).collect();
    assert_eq!(assumed, ["bytes_per_param"]);
}

/// Numbers that break arithmetic, among ordinary ones.
fn any_number() -> impl proptest::strategy::Strategy<Value = f64> {
    use proptest::prelude::*;
    let edges = [0.0, -0.0, 1.0, -1.0, 0.5, 1e308, 5e-324, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    prop_oneof![proptest::sample::select(edges.to_vec()), 0.0..1e6, (1_u32..100_000).prop_map(f64::from)]
}

proptest::proptest! {
    #[test]
    fn no_input_breaks_a_method(pick in 0_usize..1000, numbers in proptest::collection::vec(any_number(), 40)) {
        let method = METHODS[pick % METHODS.len()];
        let value = |(input, number): (&slipstick_methods::MethodInput, f64)| {
            let value = match input.kind {
                Kind::Number(_) => Value::Number(number),
                Kind::Flag => Value::Flag(number > 1.0),
                Kind::Choice(choices) => Value::name(choices[pick % choices.len()].0),
                Kind::Label => Value::name("any"),
            };
            (input.key, value)
        };
        let all: Vec<_> = method.inputs.iter().zip(numbers).map(value).collect();
        for quantity in method.quantities {
            // Only what the quantity needs, so that an edge elsewhere does not hide it.
            let keys: Vec<&str> = method.inputs_for(quantity).iter().map(|input| input.key).collect();
            let inputs: Vec<_> = all.iter().filter(|(key, _)| keys.contains(key)).cloned().collect();
            if let Ok(answer) = method.eval(quantity.name(), &inputs) {
                proptest::prop_assert!(answer.value.is_finite() && answer.value >= 0.0);
            }
        }
    }
}
