//! Pipes and devices at every door: nothing waits for what never comes.
#![cfg(unix)]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::run::{directory, example, program};

/// Nobody waits longer for an answer that takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

fn pipe(path: &Path) -> String {
    let made = Command::new("mkfifo").arg(path).status().expect("every unix has mkfifo");
    assert!(made.success());
    path.display().to_string()
}

/// What the program answers, which it must do before anybody loses patience.
fn answer(mut command: Command) -> Output {
    let shown = format!("{command:?}");
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("Cargo has built it");
    let start = Instant::now();
    while child.try_wait().expect("it is our child").is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().expect("it is our child");
            panic!("{shown} waits for ever");
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("it has ended")
}

fn refusal(arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = program();
    command.args(arguments).arg("--json");
    let output = answer(command);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

fn refused(arguments: &[&str]) {
    let (code, document) = refusal(arguments);
    let error = &document["error"];
    assert_eq!(code, Some(2), "{arguments:?}: {document}");
    let said = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    assert!(said("message").contains("not a regular file"), "{arguments:?}: {document}");
    assert!(said("help").contains("give that"), "{arguments:?}: {document}");
}

#[test]
fn a_pipe_is_refused_wherever_a_file_is_meant() {
    let folder = directory("pipes");
    let toml = pipe(&folder.join("chip.toml"));
    refused(&["memory", &example(), "--on", &toml]);
    refused(&["run", &toml]);
    refused(&["compare", &toml, &toml]);
    refused(&["validate", "--data", &toml]);
    refused(&["calibrate", "--from", &toml]);
    refused(&["prices", "import", &toml]);
    refused(&["gpus", "--catalog", &folder.display().to_string()]);
    for name in ["config.json", "model.safetensors", "model.gguf", "nameless"] {
        let folder = directory(&format!("pipe-{name}"));
        refused(&["model", &pipe(&folder.join(name))]);
        if name != "nameless" {
            refused(&["model", &folder.display().to_string()]);
        }
    }
    let folder = directory("pipe-beside");
    fs::copy(example(), folder.join("config.json")).expect("the example is there");
    pipe(&folder.join("hf_quant_config.json"));
    refused(&["model", &folder.display().to_string()]);
}

#[test]
fn a_device_is_refused_wherever_a_file_is_meant() {
    refused(&["run", "/dev/zero"]);
    refused(&["model", "/dev/zero"]);
    refused(&["validate", "--data", "/dev/zero"]);
    refused(&["calibrate", "--from", "/dev/zero"]);
    let folder = directory("devices");
    std::os::unix::fs::symlink("/dev/zero", folder.join("prices.csv")).expect("the folder is ours");
    refused(&["gpus", "--catalog", &folder.display().to_string()]);
}

/// A table names its configurations itself: one that cannot be read is one that is missing.
#[test]
fn a_pipe_among_the_configurations_of_a_table_holds_nobody_up() {
    let folder = directory("pipe-configs");
    let table = folder.join("table.csv");
    fs::write(&table, "measured_what,config_file,value\nweights,c.json,1\n").expect("the folder is ours");
    pipe(&folder.join("c.json"));
    let (table, folder) = (table.display().to_string(), folder.display().to_string());
    let (code, _) = refusal(&["validate", "--data", &table, "--configs", &folder]);
    assert!(code.is_some());
}

fn with(variable: &str, path: &Path, arguments: &[&str]) -> Output {
    let mut command = program();
    command.env(variable, path).args(arguments);
    answer(command)
}

#[test]
fn a_pipe_as_the_history_costs_the_record_alone() {
    let data = directory("pipe-history");
    fs::create_dir(data.join("slipstick")).expect("the folder is ours");
    pipe(&data.join("slipstick").join("history.jsonl"));
    let asked = with("XDG_DATA_HOME", &data, &["model", &example(), "-v"]);
    assert_eq!(asked.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&asked.stderr).contains("not a regular file"), "{asked:?}");
    let listed = with("XDG_DATA_HOME", &data, &["history"]);
    assert_eq!(listed.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&listed.stderr).contains("not a regular file"), "{listed:?}");
}

#[test]
fn a_pipe_among_the_hubs_files_counts_as_nothing() {
    let folder = directory("pipe-hub");
    let asked = ["model", "org/name", "--offline"];
    pipe(&folder.join("token"));
    assert_eq!(with("HF_TOKEN_PATH", &folder.join("token"), &asked).status.code(), Some(3));
    fs::create_dir_all(folder.join("models--org--name/refs")).expect("the folder is ours");
    pipe(&folder.join("models--org--name/refs/main"));
    assert_eq!(with("HF_HUB_CACHE", &folder, &asked).status.code(), Some(3));
}
