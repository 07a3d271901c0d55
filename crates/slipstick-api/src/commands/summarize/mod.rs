//! `slipstick summarize`: what a measured run amounts to.

mod report;
mod request;
mod view;

pub use report::{
    SummarizeReport, SummarizedAccelerator, SummarizedBandwidth, SummarizedLatency, SummarizedModel,
    SummarizedRun, SummarizedThroughput, SummarizedWork,
};
pub use request::SummarizeRequest;

use slipstick_catalog::{Catalog, assumptions};
use slipstick_core::{
    estimate::{
        answer::dominant_format,
        compute,
        summary::{Run, Summary, summarize as sum_up},
    },
    hardware::Cluster,
    model::FormattedModel,
    numeric::{CacheFormat, Format, ScalarFormat},
    ops::{Hardware, LoweredModel, Lowering, lower},
    plan::Plan,
    trace::Records,
    units::FlopRate,
};

use crate::{
    Answered, ApiError, Provenance, World,
    provenance::Names,
    request::Count,
    resolve::{self, Assumption, ResolvedModel},
};

/// A run of more tokens, sequences or seconds than this is a slip of the keyboard.
const LARGEST: u64 = 1 << 50;

/// Everything an answer shows.
struct Measured {
    model: ResolvedModel,
    formats_name: String,
    run: Run,
    hardware: Option<(Cluster, ScalarFormat, FlopRate)>,
    summary: Summary,
    defaults: Vec<Assumption>,
}

/// Latency, rates and utilisation of a measured run.
///
/// # Errors
/// If anything the request names is unknown, or its numbers make no run.
pub fn summarize(
    request: &SummarizeRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<SummarizeReport>, ApiError> {
    let mut defaults = Vec::new();
    let run = run(request, &mut defaults)?;
    let model = resolve::model(&request.model, resolve::Unknown::Refused, catalog, world)?;
    let (formats, formats_name) = model.formats_as(request.quant.as_deref(), catalog)?;
    let cluster = request.on.as_deref().map(|on| resolve::cluster(on, catalog, world)).transpose()?;
    let cache = match model.scheme.as_ref().and_then(|scheme| scheme.kv_cache) {
        Some(format) => CacheFormat::uniform(format),
        None => CacheFormat::uniform(Format::BF16),
    };
    let lowered: LoweredModel = lower(
        &FormattedModel::new(&*model.model, &formats),
        &Lowering {
            cache: cache.key,
            state_element_bytes: assumptions().assumptions.state_bytes.value,
            plan: Plan::SINGLE,
            compute: compute::compute_format,
            hardware: cluster
                .as_ref()
                .map_or_else(Hardware::default, |on| compute::hardware(&on.accelerator)),
            head_kernel: None,
        },
    );
    let hardware = cluster.map(|cluster| peak(cluster, &lowered)).transpose()?;
    let against = hardware.as_ref().map(|(cluster, _, peak)| (cluster, *peak));
    let records = Records::default();
    let summary = sum_up(&run, &model.model, &lowered, against, records.trace());
    let names =
        Names::of_run(model.source.clone(), against.map(|(cluster, _)| cluster.accelerator.id.as_str()));
    let provenance = Provenance::recorded(records.into_nodes(), "", &names);
    let measured = Measured { model, formats_name, run, hardware, summary, defaults };
    let answered = Answered::new(SummarizeReport::of(&measured), view::view(&measured));
    Ok(answered.explained(provenance))
}

/// The peak in the format that most of the model is computed in.
fn peak(cluster: Cluster, lowered: &LoweredModel) -> Result<(Cluster, ScalarFormat, FlopRate), ApiError> {
    let format = dominant_format(lowered);
    let Some(peak) = compute::peak(&cluster.accelerator, format) else {
        let id = &cluster.accelerator.id;
        return Err(ApiError::input(
            "gpu.no_peak",
            format!("{id} states no rate that matrix products could run at"),
        )
        .at("--on")
        .help("describe it in a .toml file with its bf16, fp16 or fp32 peak"));
    };
    Ok((cluster, format, peak))
}

fn run(request: &SummarizeRequest, defaults: &mut Vec<Assumption>) -> Result<Run, ApiError> {
    let elapsed = request.elapsed.0;
    let wrong =
        |at: &str, message: String, help: &str| Err(ApiError::input("run.range", message).at(at).help(help));
    if !(elapsed.get() > 0.0 && elapsed.get() < 1e12) {
        return wrong(
            "--elapsed",
            format!("a run of {elapsed} is out of range"),
            "give its time, such as 12.5s",
        );
    }
    let count = |flag: &'static str, count: u64| {
        if (1..=LARGEST).contains(&count) {
            return Ok(count as f64);
        }
        let message = format!("a count of {count} is out of range");
        Err(ApiError::input("run.range", message).at(flag).help("give at least 1, such as 16384"))
    };
    let mut or = |flag: &'static str, stated: Option<Count>, usual: u64, why: &str| {
        stated.map_or_else(
            || {
                defaults.push(Assumption { flag, value: usual.to_string(), why: why.to_owned() });
                usual
            },
            |stated| stated.0,
        )
    };
    let output = count("--tokens", request.tokens.0)?;
    let batch = or("--batch", request.batch, 1, "one sequence at a time, as nothing else was said");
    let batch = count("--batch", batch)?;
    let input = or("--input", request.input, 0, "the time is taken for that of generation alone");
    if input > LARGEST {
        return wrong(
            "--input",
            format!("{input} tokens are out of range"),
            "give the tokens of all prompts",
        );
    }
    if batch > output {
        let message = format!("{batch} sequences cannot share {output} tokens");
        return wrong("--batch", message, "--tokens counts those of all sequences together");
    }
    Ok(Run { elapsed, output, input: input as f64, batch })
}
