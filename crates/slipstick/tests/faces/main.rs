//! One question, the same answer whoever is asked: the terminal, the server over HTTP, and the tools for agents.

#![expect(clippy::unwrap_used, reason = "what a helper of a test cannot do fails the test")]

mod agent;
mod web;

use std::process::{Command, Output, Stdio};

use serde_json::{Map, Value};
use slipstick_api::{commands::COMMANDS, registry::Command as Known, request::Request};

use agent::Agent;
use web::Web;

/// Command lines without the program's name.
const QUESTIONS: &str = include_str!("questions.txt");

/// The program on a fixed date, without facts of whoever runs the test.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_slipstick"));
    program
        .env("SLIPSTICK_TODAY", "2026-11-01")
        .env("SLIPSTICK_HISTORY", "off")
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null());
    program
}

fn typed(words: &[&str]) -> String {
    let Output { stdout, .. } = program().args(words).arg("--json").output().unwrap();
    String::from_utf8(stdout).unwrap()
}

fn asked(words: &[&str]) -> (&'static Known, Map<String, Value>) {
    let request = Request::from_words(words.iter().copied()).unwrap();
    (request.command(), request.table())
}

#[test]
fn every_face_gives_the_same_answer() {
    let (web, mut agent) = (Web::start(program()), Agent::start(program(), &[]));
    for line in QUESTIONS.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (text, (command, table)) = (typed(&words), asked(&words));
        let (status, over_http) = web.ask(&command.key(), &Value::Object(table.clone()));
        let by_tool = agent.call(&command.key(), &Value::Object(table));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(by_tool["structuredContent"], document, "{line}");
        assert_eq!(by_tool["content"][0]["text"].as_str().unwrap(), text.trim_end_matches('\n'), "{line}");
        let Some(error) = document.get("error") else {
            assert_eq!((status, &over_http), (200, &text), "{line}");
            continue;
        };
        let problem: Value = serde_json::from_str(&over_http).unwrap();
        assert_eq!((status, by_tool["isError"].as_bool()), (422, Some(true)), "{line}");
        for (field, same) in [("code", "code"), ("message", "detail"), ("help", "help"), ("at", "at")] {
            assert_eq!(error[field], problem[same], "{line}");
        }
    }
    assert_eq!(web.end(), Some(0));
    assert_eq!(agent.end(), Some(0));
}

#[test]
fn every_command_is_a_tool_with_the_schema_of_its_request() {
    let mut agent = Agent::start(program(), &["--allow-files"]);
    let tools = agent.request("tools/list", &Value::Object(Map::new()))["tools"].clone();
    let tool = |name: &str| tools.as_array().unwrap().iter().find(|tool| tool["name"] == name).cloned();
    for command in COMMANDS {
        let found = tool(&command.key()).unwrap_or_else(|| panic!("{} is no tool", command.name));
        assert_eq!(found["inputSchema"], command.request_schema().to_value(), "{}", command.name);
    }
    assert!(tool("explain").is_some());
    assert_eq!(tools.as_array().map(Vec::len), Some(COMMANDS.len() + 1));
    assert_eq!(agent.end(), Some(0));
}

#[test]
fn an_agent_reads_pages_and_where_numbers_come_from() {
    let mut agent = Agent::start(program(), &["--tools", "explain,models"]);
    let pages = agent.request("resources/list", &Value::Object(Map::new()))["resources"].clone();
    assert!(pages.as_array().is_some_and(|pages| pages.len() > 10));
    for uri in [&pages[0]["uri"], &pages[5]["uri"]] {
        let page = agent.request("resources/read", &serde_json::json!({"uri": uri}));
        assert!(page["contents"][0]["text"].as_str().is_some_and(|text| text.len() > 300), "{uri}: {page}");
    }
    let question = serde_json::json!({"estimate": {"model": "llama-3.1-8b", "on": "h100"}});
    let explained = agent.call("explain", &serde_json::json!({"number": "tpot_s", "question": question}));
    let text = typed(&["explain", "tpot_s", "estimate", "llama-3.1-8b", "--on", "h100"]);
    assert_eq!(explained["structuredContent"], serde_json::from_str::<Value>(&text).unwrap());
    let web = Web::start(program());
    let asked = serde_json::json!({"number": "tpot_s", "question": question});
    assert_eq!(web.ask("explain", &asked), (200, text));
    assert_eq!(web.end(), Some(0));
    assert_eq!(agent.end(), Some(0));
}

/// Without leave an agent is as far from the machine's files as a stranger over HTTP.
#[test]
fn an_agent_opens_what_it_was_allowed_to() {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/llama-3.1-8b/config.json");
    let question = serde_json::json!({"model": config});
    let mut agent = Agent::start(program(), &[]);
    assert_eq!(agent.call("model", &question)["structuredContent"]["error"]["code"], "world.closed");
    assert_eq!(agent.end(), Some(0));
    let mut agent = Agent::start(program(), &["--allow-files"]);
    assert_eq!(agent.call("model", &question)["structuredContent"]["schema"], "slipstick.model/1");
    assert_eq!(agent.end(), Some(0));
}
