//! What follows from the fields of a report.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use slipstick_core::{
    basis::{Basis, Known},
    units::{Bytes, Seconds},
};

use super::{Estimated, Field, Plain, Report, ReportKind, arrange, csv, fields};
use crate::{
    commands::{COMMANDS, reports},
    request::{Count, Page},
};

/// A list.
#[derive(Debug, Serialize, JsonSchema)]
struct Listed {
    rows: Vec<Row>,
    total: usize,
}

impl Report for Listed {
    const COMMAND: &'static str = "listed";
    const ROWS: Option<&'static str> = Some("rows");
}

/// A row.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    name: &'static str,
    latency: Option<Latency>,
    free_bytes: Plain<Bytes>,
    formats: Vec<&'static str>,
    shares: BTreeMap<&'static str, f64>,
    parts: Vec<Latency>,
}

/// Times.
#[derive(Debug, Serialize, JsonSchema)]
struct Latency {
    tpot_s: Estimated<Seconds>,
}

fn row(name: &'static str, tpot: Option<[f64; 3]>, free: u64) -> Row {
    let latency = |[low, value, high]: [f64; 3]| Latency {
        tpot_s: Known {
            value: Seconds::s(value),
            low: Seconds::s(low),
            high: Seconds::s(high),
            basis: Basis::Fitted,
        }
        .into(),
    };
    Row {
        name,
        latency: tpot.map(latency),
        free_bytes: Bytes::new(free).into(),
        formats: vec!["fp8", "awq"],
        shares: BTreeMap::from([(name, 0.5)]),
        parts: tpot.map(latency).into_iter().collect(),
    }
}

fn rows() -> Vec<Row> {
    vec![
        row("a", Some([0.01, 0.02, 0.04]), 3 << 30),
        row("=b", None, 5),
        row("c", Some([0.0, 0.001, 0.5]), 7),
    ]
}

#[test]
fn a_list_is_wide_rows_of_base_units() {
    let document = serde_json::to_value(Listed { rows: rows(), total: 3 }).unwrap();
    let text = csv(ReportKind::of::<Listed>(), &document).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "name,latency.tpot_s,latency.tpot_s.low,latency.tpot_s.high,free_bytes,formats,shares.a,shares.=b,shares.c",
            "a,0.02,0.01,0.04,3221225472,fp8;awq,0.5,,",
            "'=b,,,,5,fp8;awq,,0.5,",
            "c,0.001,0.0,0.5,7,fp8;awq,,,0.5",
        ]
    );
}

#[test]
fn an_answer_is_one_row() {
    let document =
        json!({"name": "a", "latency": null, "free_bytes": 1, "formats": [], "shares": {}, "parts": []});
    let text = csv(ReportKind::of::<One>(), &document).unwrap();
    assert_eq!(text.lines().nth(1), Some("a,,,,1,"));
}

/// A row as an answer of its own.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
struct One(Row);

impl Report for One {
    const COMMAND: &'static str = "one";
}

#[test]
fn rows_are_sorted_by_any_path_with_or_without_its_unit_and_what_is_unknown_goes_last() {
    for wanted in ["latency.tpot_s", "tpot_s", "tpot", "latency.tpot", "Time"] {
        for (descending, expected) in [(false, ["c", "a", "=b"]), (true, ["a", "c", "=b"])] {
            let mut rows = rows();
            let page = Page { sort: Some(wanted.to_owned()), descending, limit: Some(Count(9)) };
            assert_eq!(arrange(&mut rows, &[("latency.tpot_s", "time")], &page).unwrap(), 3);
            assert_eq!(rows.iter().map(|row| row.name).collect::<Vec<_>>(), expected, "{wanted}");
        }
    }
    let page = Page { sort: Some("tpto".to_owned()), descending: false, limit: None };
    let refusal = arrange(&mut rows(), &[], &page).unwrap_err();
    assert!(refusal.help.unwrap_or_default().contains("latency.tpot_s"));
}

/// What a name must hold, by the unit of its numbers.
const NAMES: [(&str, &str); 15] = [
    ("kWh", "_kwh"),
    ("h", "hours"),
    ("kg", "_kg"),
    ("B", "bytes"),
    ("s", "_s"),
    ("1/s", "per_s"),
    ("B/s", "bytes_per_s"),
    ("bit/s", "bits_per_s"),
    ("FLOP", "flops"),
    ("FLOP/s", "flops"),
    ("FLOP/B", "flops_per_byte"),
    ("W", "_w"),
    ("J", "j"),
    ("USD", "usd"),
    ("USD/h", "usd_per_hour"),
];

fn all_fields(schema: &Value) -> Vec<Field> {
    let lists = schema.pointer("/properties").and_then(Value::as_object).into_iter().flatten();
    let items = lists.filter_map(|(_, inner)| inner.get("items")).flat_map(|items| fields(items, &[]));
    fields(schema, &[]).into_iter().chain(items).collect()
}

#[test]
fn every_name_says_its_unit() {
    let mut units = 0;
    for kind in reports() {
        for field in all_fields(&kind.fields(true).to_value()) {
            let Some(unit) = &field.unit else { continue };
            let (_, part) = NAMES.iter().find(|(known, _)| known == unit).expect("every unit has its word");
            assert!(field.name().contains(part), "{}: {} in {unit}", kind.command, field.name());
            units += 1;
        }
    }
    assert!(units > 30, "{units}");
}

/// `run` answers as the command that its file asks.
#[test]
fn every_question_is_answered_with_a_report_of_its_own() {
    let mut seen = BTreeSet::new();
    for command in COMMANDS {
        assert_eq!(command.reports.is_empty(), command.name == "run", "{}", command.name);
        assert!(command.reports.iter().all(|kind| kind.command.starts_with(&command.name.replace(' ', "."))));
    }
    assert!(reports().iter().all(|kind| seen.insert(kind.command)), "two reports of one name");
}
