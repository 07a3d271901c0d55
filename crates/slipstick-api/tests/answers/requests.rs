//! Every request can be made from outside the crate, with the words that it cannot be without.

use serde_json::Value;
use slipstick_api::{
    commands::COMMANDS,
    request::{
        BestRequest, BreakevenRequest, CalibrateRequest, CompareRequest, Count, Duration, EnginesRequest,
        EstimateRequest, FinetuneRequest, FleetRequest, GpusRequest, ImportRequest, InstancesRequest,
        LoadRequest, MemoryRequest, MethodsCompareRequest, MethodsEvalRequest, MethodsListRequest,
        MethodsPageRequest, MethodsShowRequest, ModelRequest, ModelsRequest, PlanRequest, PricesRequest,
        RecommendRequest, Request, RunRequest, ScaleRequest, SummarizeRequest, SweepRequest, TrainRequest,
        ValidateRequest, WordsRequest,
    },
};
use slipstick_core::units::Seconds;

fn requests() -> Vec<Request> {
    vec![
        ModelRequest::new("m").into(),
        MemoryRequest::new("m", "h100").into(),
        EstimateRequest::new("m", "h100").into(),
        CompareRequest::new(["m"]).into(),
        RecommendRequest::default().into(),
        PlanRequest::new("m").into(),
        BreakevenRequest::new("m").into(),
        FleetRequest::new("a.toml").into(),
        SweepRequest::default().into(),
        BestRequest::default().into(),
        TrainRequest::new("m", "8xh100").into(),
        FinetuneRequest::new("m", "rtx-4090").into(),
        ScaleRequest::default().into(),
        SummarizeRequest::new("m", Duration(Seconds::s(2.0)), Count(8)).into(),
        RunRequest::new("a.toml").into(),
        ValidateRequest::new("a.csv").into(),
        CalibrateRequest::new(["a.json"]).into(),
        MethodsListRequest::default().into(),
        MethodsShowRequest::new("kipply").into(),
        MethodsCompareRequest::new("m", "h100").into(),
        MethodsPageRequest::new("kipply").into(),
        MethodsEvalRequest::new("kipply", "flops").into(),
        GpusRequest::default().into(),
        InstancesRequest::default().into(),
        PricesRequest::default().into(),
        ImportRequest::new("a.csv").into(),
        ModelsRequest::default().into(),
        EnginesRequest::default().into(),
        WordsRequest::default().into(),
    ]
}

#[test]
fn a_request_says_what_its_command_requires_and_nothing_else() {
    let requests = requests();
    assert_eq!(requests.len(), COMMANDS.len(), "a command has no request above");
    for (request, command) in requests.iter().zip(COMMANDS) {
        assert_eq!(request.command().name, command.name);
        let text = request.to_toml().expect("a request is written");
        let table: toml::Table = text.parse().expect("as TOML");
        let schema = command.request_schema();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut said: Vec<&String> =
            table.values().filter_map(toml::Value::as_table).flat_map(toml::Table::keys).collect();
        said.sort();
        let mut required: Vec<String> = required.into_iter().map(str::to_owned).collect();
        required.sort();
        assert_eq!(said.into_iter().cloned().collect::<Vec<_>>(), required, "{}: {text}", command.name);
    }
}

#[test]
fn a_load_is_three_counts() {
    let load = LoadRequest::new(1000, 256, 32);
    assert_eq!(
        (load.input, load.output, load.concurrency),
        (Some(Count(1000)), Some(Count(256)), Some(Count(32)))
    );
    assert!(load.arrival.arrival.is_none());
}
