//! The load that a request asks about: what is stated, and usual figures for the rest.

use slipstick_core::{
    model::Model,
    workload::{Arrival, Workload},
};

use crate::{
    ApiError,
    request::{ArrivalKind, ArrivalRequest, Count, LoadRequest},
    resolve::Assumption,
};

/// Shape of a request where nobody says: a question with some context, an answer of a page.
const USUAL_INPUT: u64 = 1024;
const USUAL_OUTPUT: u64 = 256;

/// What `request` asks of a model; what stood in for something goes to `defaults`.
pub(crate) fn workload(
    request: &LoadRequest,
    model: &Model,
    defaults: &mut Vec<Assumption>,
) -> Result<Workload, ApiError> {
    let mut or = |flag: &'static str, stated: Option<Count>, usual: u64| {
        stated.map_or_else(
            || {
                let why = "nothing else was asked for".to_owned();
                defaults.push(Assumption { flag, value: usual.to_string(), why });
                usual
            },
            |count| count.0,
        )
    };
    let input = or("--input", request.input, USUAL_INPUT);
    let output = or("--output", request.output, USUAL_OUTPUT);
    let concurrency = or("--concurrency", request.concurrency, 1);
    let arrival = arrival(request, defaults)?;
    let workload = match (input, arrival) {
        (0, Arrival::Static) => Workload::generation(output, concurrency)?,
        _ => Workload::new(input, output, concurrency)?.with_arrival(arrival)?,
    };
    let limit = model.max_context;
    // A batch that no engine serves runs beyond it all the same; the answer warns.
    let served = arrival != Arrival::Static;
    if let Some(limit) = limit.filter(|limit| served && workload.context() > *limit) {
        let message = format!(
            "{} input and {} output tokens are more than the {limit} that the model takes",
            workload.input(),
            workload.output()
        );
        return Err(ApiError::input("context.beyond_model", message)
            .at("--input")
            .help("lower --input or --output, or choose a model with a longer context"));
    }
    Ok(workload)
}

/// How requests arrive: a closed loop in steady state unless something else is said.
fn arrival(request: &LoadRequest, defaults: &mut Vec<Assumption>) -> Result<Arrival, ApiError> {
    let ArrivalRequest { arrival, requests_per_slot } = request.arrival;
    if arrival.is_none() && requests_per_slot.is_none() {
        let why = "steady state: each answer is followed by a new request".to_owned();
        defaults.push(Assumption { flag: "--arrival", value: "closed".to_owned(), why });
    }
    match (arrival.unwrap_or_default(), requests_per_slot) {
        (ArrivalKind::Closed, None) => Ok(Arrival::Steady),
        (ArrivalKind::Closed, Some(requests_per_slot)) => Ok(Arrival::Benchmark { requests_per_slot }),
        (ArrivalKind::Burst, None) => Ok(Arrival::Burst),
        (ArrivalKind::Static, None) => Ok(Arrival::Static),
        (kind, Some(_)) => {
            let message = format!("requests per slot are of a closed loop, and {kind} arrivals are none");
            Err(ApiError::input("arrival.conflict", message)
                .at("--requests-per-slot")
                .help("leave it out, or say --arrival closed"))
        }
    }
}
