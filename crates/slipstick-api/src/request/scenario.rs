//! Requests as TOML files.

use super::DeploymentRequest;
use crate::ApiError;

/// Reads a scenario; `file` is for messages.
///
/// # Errors
/// If it is no TOML, has a key that is not known, or a value that is not one.
///
/// ```
/// # use slipstick_api::request::read_scenario;
/// let text = "model = \"llama-3.1-8b\"\non = \"h100\"\n[workload]\ninput = \"1k\"\nconcurrency = 32\n";
/// let request = read_scenario("chat.toml", text).unwrap();
/// assert_eq!(request.workload.input.unwrap().0, 1000);
/// assert_eq!(read_scenario("chat.toml", "modle = \"x\"").unwrap_err().code, "scenario.invalid");
/// ```
pub fn read_scenario(file: &str, text: &str) -> Result<DeploymentRequest, ApiError> {
    let request: DeploymentRequest = toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ApiError::input("scenario.invalid", error.message().to_owned())
            .at(format!("{file}:{line}"))
            .help("keys: model, on, engine, quant, kv_dtype, [plan], [workload], [prices]")
    })?;
    if request.model.trim().is_empty() {
        return Err(ApiError::input("scenario.no_model", "the scenario names no model")
            .at(file.to_owned())
            .help("add a line such as model = \"llama-3.1-8b\""));
    }
    Ok(request)
}

/// A scenario as TOML.
///
/// # Errors
/// Never for a request that was read; it is a bug if it happens.
pub fn write_scenario(request: &DeploymentRequest) -> Result<String, ApiError> {
    toml::to_string(request).map_err(|error| {
        ApiError::internal("scenario.write", format!("the scenario cannot be written: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{read_scenario, write_scenario};
    use crate::request::{Count, DeploymentRequest, PlanRequest, PriceRequest, WorkloadRequest};

    #[test]
    fn what_is_written_is_read_back() {
        let request = DeploymentRequest {
            model: "llama-3.1-70b".to_owned(),
            on: Some("2x8xh200".to_owned()),
            engine: Some("vllm@0.11".to_owned()),
            plan: PlanRequest { tp: Some(Count(8)), pp: Some(Count(2)), ..PlanRequest::default() },
            workload: WorkloadRequest {
                input: Some(Count(1024)),
                rate: Some("120/min".parse().unwrap()),
                ..WorkloadRequest::default()
            },
            prices: PriceRequest {
                price: Some("$2.50/h".parse().unwrap()),
                utilisation: Some("60%".parse().unwrap()),
                ..PriceRequest::default()
            },
            ..DeploymentRequest::default()
        };
        let text = write_scenario(&request).unwrap();
        assert_eq!(read_scenario("x.toml", &text).unwrap(), request, "{text}");
    }

    #[test]
    fn a_wrong_value_is_found_by_its_line() {
        let error = read_scenario("x.toml", "model = \"m\"\n\n[workload]\ninput = \"-3\"\n").unwrap_err();
        assert_eq!(error.at.as_deref(), Some("x.toml:4"));
    }
}
