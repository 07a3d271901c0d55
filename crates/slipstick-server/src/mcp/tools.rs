//! The tools: every command of the registry.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};
use slipstick_api::{ApiError, commands::COMMANDS, provenance::asked, registry::Command};

use super::Settings;

/// What every tool takes for a model.
const MODELS: &str = "A model is a name of the catalogue (the tool models searches it) or the object of a config.json; \
    hardware is a name of the tool gpus with a count, such as h100:8; counts may be written as 32k; where a file is meant, \
    its text may stand in place of its path.";

/// The tools that there are.
pub(super) fn all(settings: &Settings) -> Result<Vec<Tool>, ApiError> {
    let mut tools: Vec<Tool> = COMMANDS.iter().map(tool).collect();
    tools.push(explain());
    let names: Vec<String> = tools.iter().map(|tool| tool.name.clone().into_owned()).collect();
    if let Some(odd) = settings.tools.iter().find(|name| !names.contains(name)) {
        let known = names.iter().map(String::as_str);
        return Err(ApiError::unknown("mcp.unknown_tool", "tool", odd, known).at("--tools"));
    }
    tools.retain(|tool| settings.tools.is_empty() || settings.tools.iter().any(|name| *name == tool.name));
    Ok(tools)
}

fn tool(command: &Command) -> Tool {
    let about = [command.about, command.notes, MODELS].join("\n");
    let schema = command.request_schema().as_object().cloned().unwrap_or_default();
    Tool::new(command.key(), about, Arc::new(schema)).annotate(reads(command.name))
}

fn explain() -> Tool {
    Tool::new(asked::NAME, asked::ABOUT, Arc::new(asked::schema())).annotate(reads(asked::NAME))
}

/// What a client may rely on: a question changes nothing, however often it is asked.
fn reads(title: &str) -> ToolAnnotations {
    ToolAnnotations::with_title(title).read_only(true).idempotent(true).open_world(false)
}
