//! Every key of every type is left out once: what its class takes for it gives the reference implementation's counts, or the
//! file is refused.

use serde_json::Value;
use slipstick_import::config::import_value;

/// One configuration a type, with the total and untied parameters as it is, the keys that may go without a change, and the
/// counts without each other key (null where the reference refuses that too). Counted by transformers 5.24.0 on the meta
/// device, 2026-11; `tests/reference/left_out.py` writes the table.
const LEFT_OUT: &str = include_str!("goldens/left_out.jsonl");

/// What these keys are left at is senseless, so they are refused where the reference builds something.
const SENSELESS: &[&str] = &[
    "is no multiple of",
    "a token uses",
    "state space heads of",
    "num_experts_per_tok",
    "moe_intermediate_size is not",
    "slides, but",
];

fn without(config: &Value, key: &str) -> Value {
    let mut config = config.clone();
    let (object, key) = match key.split_once('.') {
        Some((section, key)) => (&mut config[section], key),
        None => (&mut config, key),
    };
    if let Some(object) = object.as_object_mut() {
        object.remove(key);
    }
    config
}

#[test]
fn each_key_may_be_missing() {
    let (mut equal, mut refused, mut wrong) = (0, 0, Vec::new());
    for line in LEFT_OUT.lines() {
        let row: Value = serde_json::from_str(line).expect("the table is valid JSON");
        let config = &row["config"];
        let same = row["keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let same = same.map(|key| (key, &row["whole"]));
        let changed =
            row["changed"].as_object().into_iter().flatten().map(|(key, counts)| (key.as_str(), counts));
        for (key, counts) in same.chain(changed).filter(|(_, counts)| !counts.is_null()) {
            let model_type = &config["model_type"];
            match import_value(&without(config, key)) {
                Ok(imported) => {
                    let ours = imported.model.parameters();
                    if counts[0] == ours.total && counts[1] == ours.total_untied {
                        equal += 1;
                    } else {
                        wrong.push(format!("{model_type} without {key}: {} against {counts}", ours.total));
                    }
                }
                Err(error) if SENSELESS.iter().any(|why| error.to_string().contains(why)) => refused += 1,
                Err(error) => wrong.push(format!("{model_type} without {key}: {error}")),
            }
        }
    }
    println!("{equal} equal, {refused} refused, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(equal > 2500 && refused < 40, "{equal} equal, {refused} refused");
}
