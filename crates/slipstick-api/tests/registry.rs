//! What holds of every command of the registry, whichever it is.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use slipstick_api::{
    commands::COMMANDS,
    registry::{Command, words},
    request::Request,
};

fn examples() -> impl Iterator<Item = (&'static Command, Request)> {
    COMMANDS.iter().flat_map(|command| command.examples.iter().map(move |example| (command, *example))).map(
        |(command, example)| {
            let request = Request::from_words(words(example));
            (command, request.unwrap_or_else(|error| panic!("{example}: {error}")))
        },
    )
}

#[test]
fn a_field_is_a_flag_and_a_key_of_the_schema() {
    for command in COMMANDS {
        let flags = command.with_arguments(clap::Command::new("flags"));
        let ids: BTreeSet<String> = flags.get_arguments().map(|one| one.get_id().to_string()).collect();
        let schema = command.request_schema();
        let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), ids, "{}", command.name);
        assert_eq!(schema.get("additionalProperties"), Some(&json!(false)));
        for one in flags.get_arguments() {
            let id = one.get_id().as_str();
            let about = properties[id]["description"].as_str().map(|text| text.replace('\n', " "));
            assert_eq!(one.get_help().map(ToString::to_string), about, "{} {id}", command.name);
            let flag = one.get_long().map(|long| long.replace('-', "_"));
            assert!(flag.is_none_or(|flag| flag == id), "{} {id}", command.name);
        }
    }
}

#[test]
fn every_example_is_a_question_of_its_command_or_leads_to_one() {
    let asked: BTreeSet<&str> = examples().map(|(_, request)| request.command().name).collect();
    let all: BTreeSet<&str> = COMMANDS.iter().map(|command| command.name).collect();
    assert_eq!(asked, all, "a command has no example");
    assert_eq!(all.len(), COMMANDS.len(), "two commands of one name");
    assert_eq!(COMMANDS.iter().map(Command::key).collect::<BTreeSet<_>>().len(), COMMANDS.len());
}

#[test]
fn a_question_means_the_same_as_a_file_and_as_a_document() {
    for (_, request) in examples() {
        let text = request.to_toml().unwrap();
        assert_eq!(Request::from_toml(&text, "again.toml").as_ref(), Ok(&request), "{text}");
        let document = serde_json::to_value(&request).unwrap();
        assert_eq!(serde_json::from_value::<Request>(document).unwrap(), request);
        assert!(request.table().values().all(|value| !value.is_null() && !value.is_object()), "{text}");
    }
}

/// Anything that a key may be given over HTTP or in a file.
fn value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        "[ -~]{0,12}",
        Just("1e999".to_owned()),
        Just("-0".to_owned()),
        Just("\u{0}é".to_owned())
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_table_is_more_than_refused(index in 0..COMMANDS.len(), values in prop::collection::vec((any::<prop::sample::Index>(), value()), 0..6)) {
        let command = &COMMANDS[index];
        let schema = command.request_schema();
        let keys: Vec<String> = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned()
            .chain(["deployment", "base", "nonsense"].map(str::to_owned)).collect();
        let table: Map<String, Value> = values.into_iter().map(|(key, value)| (key.get(&keys).clone(), value)).collect();
        match command.read(table) {
            Ok(request) => prop_assert_eq!(request.command().name, command.name),
            Err(refusal) => {
                prop_assert!(refusal.code.starts_with("request."), "{}", refusal.code);
                prop_assert!(refusal.help.is_some() && !refusal.message.is_empty(), "{}", refusal.message);
            }
        }
    }

    #[test]
    fn no_text_is_more_than_refused(text in "(\\[[a-z.\\-]{0,9}\\]\n)?([a-z_]{0,8} ?= ?[ -~]{0,12}\n){0,4}\\PC{0,8}") {
        if let Err(refusal) = Request::from_toml(&text, "any.toml") {
            prop_assert_eq!(refusal.code, "scenario.invalid");
            prop_assert!(refusal.help.is_some());
        }
    }
}
