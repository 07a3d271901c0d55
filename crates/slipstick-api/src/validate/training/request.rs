//! A row of measured training as the request it is: what the columns say, and nothing else.

use std::sync::Arc;

use slipstick_catalog::training::padding_growth;
use slipstick_core::{
    hardware::Cluster,
    units::{Bytes, FlopRate},
};

use super::{adapter, shape};
use crate::{
    commands::train::{BatchRequest, Given, LayoutRequest, RecipeRequest, TrainRequest},
    request::Count,
    resolve::memory_alone,
    validate::{Cells, Models, table::count},
};

/// A row as a request.
pub(super) struct Asked {
    pub(super) request: TrainRequest,
    pub(super) given: Given,
}

/// Reads a row.
///
/// # Errors
/// If it leaves out what no default can stand for.
pub(super) fn request(cells: &Cells<'_>, models: &Models<'_>) -> Result<Asked, String> {
    let layout = Stated::read(cells)?;
    let sequence = cells
        .count(&["mean_sequence", "sequence_length", "seq", "sequence"])
        .ok_or("the sequence length is not known")?;
    let shape = shape::shape(cells, models)?;
    let mut request = TrainRequest {
        model: if shape.is_some() { cells.get("model").to_owned() } else { models.argument(cells)? },
        on: on(cells, layout.accelerators).unwrap_or_default(),
        tokens: Some(Count(1)),
        batch: BatchRequest {
            sequence: Some(Count(sequence)),
            global_batch: Some(Count(layout.global_batch)),
            micro_batch: layout.micro.map(Count),
        },
        recipe: recipe(cells, models),
        layout: split(cells, &layout),
        ..TrainRequest::default()
    };
    shared(cells, &mut request.layout);
    let shape = match shape {
        Some(shape) => Some(shape),
        None => shape::changed(cells, &request.model, models)?,
    };
    Ok(Asked {
        request,
        given: Given {
            shape,
            adapter: adapter::adapter(cells, models)?,
            uneven: uneven(cells),
            cluster: anywhere(cells, layout.accelerators)?,
            ran: true,
            release: release(cells, models),
        },
    })
}

/// How the weights were trained.
fn recipe(cells: &Cells<'_>, models: &Models<'_>) -> RecipeRequest {
    let offload = stated(cells, "offload");
    RecipeRequest {
        stack: stack(cells, models),
        optimizer: stated(cells, "optimizer"),
        precision: cells.first(&["precision_recipe", "precision_canonical", "precision"]).map(str::to_owned),
        master: stated(cells, "master_weights"),
        gradients: stated(cells, "gradient_dtype"),
        recompute: Some(recompute(cells)),
        compile: flag(cells.get("compile")),
        attention: stated(cells, "attention"),
        loss: loss(cells),
        offload: offload.map(|text| text.split(':').next().unwrap_or_default().to_owned()),
        multi_token: count(cells.get("mtp_layers")).map(Count),
        ..RecipeRequest::default()
    }
}

/// Examples whose mean length a row states are strung together, and differ.
fn uneven(cells: &Cells<'_>) -> Option<f64> {
    cells.first(&["mean_sequence"]).map(|_| padding_growth())
}

/// How the model was split.
fn split(cells: &Cells<'_>, layout: &Stated) -> LayoutRequest {
    LayoutRequest {
        tp: layout.tp.map(Count),
        pp: layout.pp.map(Count),
        vpp: layout.vpp.map(Count),
        cp: layout.cp.map(Count),
        ep: layout.ep.map(Count),
        // Experts that are split between ranks keep no tensor-parallel ranks of attention's.
        etp: cells.count(&["etp"]).or(layout.ep.filter(|ep| *ep > 1).map(|_| 1)).map(Count),
        dp: layout.dp.map(Count),
        sequence_parallel: flag(cells.get("sequence_parallel")),
        tensor_overlap: flag(cells.get("tensor_overlap")),
        ..LayoutRequest::default()
    }
}

/// The layout and batch that a row states; what it leaves open is searched, as for anyone who leaves it open.
struct Stated {
    accelerators: u64,
    tp: Option<u64>,
    pp: Option<u64>,
    vpp: Option<u64>,
    cp: Option<u64>,
    ep: Option<u64>,
    dp: Option<u64>,
    micro: Option<u64>,
    global_batch: u64,
}

impl Stated {
    fn read(cells: &Cells<'_>) -> Result<Self, String> {
        let [tp, pp, cp, ep] =
            [["tp_ranks", "tp"], ["pp_ranks", "pp"], ["cp_ranks", "cp"], ["ep_ranks", "ep"]]
                .map(|columns| cells.count(&columns));
        let or_one = |degree: Option<u64>| degree.unwrap_or(1);
        let part = or_one(tp) * or_one(pp) * or_one(cp);
        let dp = cells.count(&["dp_ranks", "dp"]);
        let accelerators = cells
            .count(&["gpus", "n_gpus"])
            .or(dp.map(|dp| dp * part))
            .ok_or("the number of accelerators is not known")?;
        // A row that states any degree leaves out those that are one.
        let says = tp.or(pp).or(cp).or(dp).is_some() || accelerators == 1;
        let known = |degree: Option<u64>| if says { Some(or_one(degree)) } else { degree };
        let accumulation = cells.count(&["accumulation"]);
        let stated = cells.count(&["global_batch_size", "global_batch"]);
        // Sequences of all ranks at once, where the row says a step's and how often they are taken.
        let together =
            stated.zip(accumulation).and_then(|(global, accumulation)| global.checked_div(accumulation));
        let own = says.then(|| dp.unwrap_or(accelerators / part).max(1));
        let micro = micro(cells, accelerators == 1)
            .or_else(|| together.and_then(|together| derived_micro(together, own, accelerators)));
        let dp = own.or_else(|| together.map(|together| together / or_one(micro)));
        let ranks = or_one(dp) * or_one(micro);
        let whole = stated.filter(|global| global % ranks == 0);
        if whole.is_none()
            && accumulation.is_none()
            && (accelerators > 1 && micro.is_none() || part > 1 && or_one(pp) > 1)
        {
            return Err("the batch of a step is not known".to_owned());
        }
        let global_batch = whole.unwrap_or(ranks * or_one(accumulation));
        // A rank's share of a known batch may have been any number of micro-batches, unless the row says.
        let open = whole.is_some() && accumulation.is_none() || !says && dp.is_none();
        let micro = if open { micro } else { Some(or_one(micro)) };
        Ok(Self {
            accelerators: if says { part * or_one(dp) } else { accelerators },
            tp: known(tp),
            pp: known(pp),
            vpp: chunks(cells, pp, global_batch / ranks),
            cp: known(cp),
            ep: known(ep),
            dp,
            micro,
            global_batch,
        })
    }
}

fn stated(cells: &Cells<'_>, column: &str) -> Option<String> {
    cells.first(&[column]).map(str::to_owned)
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Chunks a stage: interleaving needs rounds of micro-batches, and a row that has none ran without.
fn chunks(cells: &Cells<'_>, pp: Option<u64>, micro_batches: u64) -> Option<u64> {
    let rounds = pp.is_some_and(|pp| pp > 1 && micro_batches.is_multiple_of(pp));
    let interleaved = rounds && cells.get("schedule") != "1f1b";
    match cells.count(&["vpp_ranks", "vpp"]) {
        Some(vpp) if vpp > 1 && interleaved => Some(vpp),
        None if interleaved => None,
        Some(_) | None => Some(1),
    }
}

/// Sequences of a micro-batch. The column as recorded may hold a rank's whole batch, so it counts only where nothing was
/// derived from it.
fn micro(cells: &Cells<'_>, alone: bool) -> Option<u64> {
    let recorded = cells.get("gpus").is_empty() || alone;
    cells.count(&["micro_batch_size"]).or_else(|| cells.count(&["micro_batch"]).filter(|_| recorded))
}

/// Sequences of a micro-batch where all ranks take so many at once: a rank's share of them, or where no one says how many
/// ranks there are, as few as leave no more ranks than the accelerators can be shared out among.
fn derived_micro(together: u64, dp: Option<u64>, accelerators: u64) -> Option<u64> {
    let divides = |by: u64, whole: u64| by > 0 && whole > 0 && whole.is_multiple_of(by);
    match dp {
        Some(dp) => divides(dp, together).then(|| together / dp),
        None => {
            (1..=together).find(|micro| divides(*micro, together) && divides(together / micro, accelerators))
        }
    }
}

/// The accelerators, if the row names any.
fn on(cells: &Cells<'_>, accelerators: u64) -> Option<String> {
    let stated = cells.first(&["on"]).map(str::to_owned);
    stated.or_else(|| Some(format!("{}:{accelerators}", cells.first(&["accelerator_id"])?)))
}

/// Memory does not depend on the accelerator: a row that names none is asked on any that is large enough.
fn anywhere(cells: &Cells<'_>, accelerators: u64) -> Result<Option<Arc<Cluster>>, String> {
    if on(cells, accelerators).is_some() {
        return Ok(None);
    }
    let per_node = u32::try_from(accelerators).map_err(|_| "too many accelerators".to_owned())?;
    let mut cluster = Cluster { per_node, ..memory_alone(Bytes::gib(1 << 20)) };
    cluster.accelerator.peaks.bf16 = Some(FlopRate::tflops_per_s(1.0));
    Ok(Some(Arc::new(cluster)))
}

/// The software, where its rules are known.
fn stack(cells: &Cells<'_>, models: &Models<'_>) -> Option<String> {
    let stated = cells.first(&["stack", "engine"])?;
    let known = models.resolver().catalog().training_stack(stated)?;
    let name = &known.stack.name;
    Some(version(cells).map_or_else(|| name.clone(), |version| format!("{name}@{version}")))
}

/// The software with its version as the row states it. A software that states none is as old as its run.
fn release(cells: &Cells<'_>, models: &Models<'_>) -> Option<String> {
    let stated = cells.first(&["stack", "engine"])?;
    let name = &models.resolver().catalog().training_stack(stated)?.stack.name;
    let year = || cells.get("date").split('-').next().filter(|year| !year.is_empty());
    Some(format!("{name}@{}", cells.first(&["stack_version"]).or_else(year)?))
}

/// The version that the row states; the last word of it, unless that names a state of the source.
fn version<'a>(cells: &'a Cells<'_>) -> Option<&'a str> {
    let word = cells.get("stack_version").split_whitespace().next_back()?;
    let version = word.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    version.contains('.').then_some(version)
}

fn recompute(cells: &Cells<'_>) -> String {
    let parts = cells.get("recompute_parts");
    match cells.get("recompute_mode") {
        "full" => "full".to_owned(),
        "selective" if matches!(parts, "layer") => "full".to_owned(),
        "selective" if parts.is_empty() => "selective".to_owned(),
        "selective" => parts.replace(' ', ","),
        "block" => cells
            .count(&["recompute_layers", "recompute_parts"])
            .map_or("full".to_owned(), |layers| format!("block:{layers}")),
        _ => "none".to_owned(),
    }
}

fn loss(cells: &Cells<'_>) -> Option<String> {
    let kernel = cells.get("loss_kernel");
    let word = match (cells.get("loss"), kernel) {
        (_, "fused-linear" | "cut" | "chunked") | ("fused" | "chunked", _) => "chunked",
        (_, "fused-ce") => "fused",
        ("full", _) => "full",
        _ => return None,
    };
    Some(word.to_owned())
}

/// How states are shared.
fn shared(cells: &Cells<'_>, request: &mut LayoutRequest) {
    let group = cells.count(&["shard_group"]);
    match cells.get("sharding") {
        "ddp" | "none" => request.zero = Some(Count(0)),
        "dist-opt" | "zero1" => request.zero = Some(Count(1)),
        "zero2" => request.zero = Some(Count(2)),
        "zero3" | "fsdp" => match group {
            Some(ranks) => request.hsdp = Some(Count(ranks)),
            None => request.zero = Some(Count(3)),
        },
        _ => {}
    }
}

/// A cell that is a number of layers, none if it says nothing.
pub(super) fn layers(cells: &Cells<'_>, column: &str) -> Option<usize> {
    count(cells.get(column)).and_then(|value| usize::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::derived_micro;

    #[test]
    fn a_micro_batch_follows_from_what_all_ranks_take_at_once() {
        // 32 sequences in two turns are 16 at once: two on each of eight ranks.
        assert_eq!(derived_micro(16, None, 8), Some(2));
        assert_eq!(derived_micro(16, Some(4), 8), Some(4));
        // Fewer sequences than accelerators leave ranks that split the model.
        assert_eq!(derived_micro(9, None, 36), Some(1));
        assert_eq!(derived_micro(9, Some(2), 8), None);
    }
}
