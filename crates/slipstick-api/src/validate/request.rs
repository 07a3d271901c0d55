//! A row of measurements as the request it is: what a table's columns say, and nothing else.
//!
//! A column named like a request's field sets it, or one of the words that public tables have for it. What a row leaves
//! out takes the same default as anywhere else; what it says and nobody can read refuses it.

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Engine, EngineProfile},
    plan::Degrees,
    units::{Bytes, Frequency},
};

use super::table::{Cells, count, number};
use crate::{
    request::{
        ArrivalKind, Count, DeploymentRequest, Memory, PlacedPool, PoolLayout, PoolsRequest, Rate,
        text::on_off,
    },
    resolve::{self, memory_alone},
};

/// The text of a column read with `read`; none where the cell is empty.
///
/// # Errors
/// If the cell says something else.
fn stated<T>(
    cells: &Cells<'_>,
    columns: &[&str],
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(text) = cells.first(columns) else { return Ok(None) };
    let unread = || {
        let shown: String = text.chars().take(40).collect();
        format!("{}: {shown:?} cannot be read", columns.join(" or "))
    };
    read(text).map(Some).ok_or_else(unread)
}

/// Whether a cell says yes or no.
fn flag(cells: &Cells<'_>, column: &str) -> Result<Option<bool>, String> {
    stated(cells, &[column], |text| match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => None,
    })
}

/// A count; zero is none.
fn counted(cells: &Cells<'_>, columns: &[&str]) -> Result<Option<Count>, String> {
    let read =
        |text: &str| if text == "0" { Some(None) } else { count(text).map(|count| Some(Count(count))) };
    stated(cells, columns, read).map(Option::flatten)
}

fn text(cells: &Cells<'_>, columns: &[&str]) -> Option<String> {
    cells.first(columns).map(str::to_owned)
}

/// The deployment that a row describes; `model` and `on` are its arguments.
///
/// # Errors
/// If a cell of a size or a share cannot be read.
pub(super) fn deployment(
    cells: &Cells<'_>,
    model: String,
    on: String,
    catalog: &Catalog,
) -> Result<DeploymentRequest, String> {
    Ok(DeploymentRequest {
        engine: engine(cells, catalog)?,
        tp: counted(cells, &["tp_ranks", "tensor_parallel", "tp"])?,
        pp: counted(cells, &["pp_ranks", "pipeline_parallel", "pp"])?,
        ep: counted(cells, &["ep_ranks", "ep"])?,
        dp: counted(cells, &["dp", "data_parallel"])?,
        quant: text(cells, &["precision", "quant"]),
        kv_dtype: text(cells, &["kv_dtype", "precision_kv", "kv_type"]),
        memory_fraction: stated(cells, &["memory_fraction"], number)?,
        max_sequences: counted(cells, &["max_sequences"])?,
        max_batched_tokens: counted(cells, &["max_batched_tokens"])?,
        block_size: counted(cells, &["block_size"])?,
        micro_batch: counted(cells, &["micro_batch", "ubatch"])?,
        cache_memory: memory(cells, "cache_memory")?,
        visible_memory: visible(cells)?,
        enforce_eager: flag(cells, "enforce_eager")?,
        flash_attention: flag(cells, "flash_attention")?,
        // The workload has a sequence for each slot.
        slots: None,
        unified_cache: flag(cells, "unified_cache")?,
        whole_window_cache: flag(cells, "whole_window_cache")?,
        // A row that says nothing of an encoder measured text.
        image_encoder: flag(cells, "image_encoder")?.or(Some(false)),
        draft_tokens: counted(cells, &["draft_tokens"])?.filter(|_| !drafts(cells)),
        speculative: speculative(cells)?,
        acceptance: parsed(cells, "acceptance")?,
        chunked_prefill: switched(cells, "chunked_prefill")?,
        hold_steps: stated(cells, &["hold_steps"], number)?,
        frontend: frontend(cells)?,
        prefix_caching: switched(cells, "prefix_caching")?,
        ..DeploymentRequest::new(model, on)
    })
}

/// A cell in the words of a request's field.
///
/// # Errors
/// If it cannot be read.
pub(super) fn parsed<T: core::str::FromStr<Err: core::fmt::Display>>(
    cells: &Cells<'_>,
    column: &str,
) -> Result<Option<T>, String> {
    cells.first(&[column]).map(str::parse).transpose().map_err(|error| format!("{column}: {error}"))
}

fn switched(cells: &Cells<'_>, column: &str) -> Result<Option<bool>, String> {
    cells.first(&[column]).map(on_off).transpose().map_err(|error| format!("{column}: {error}"))
}

/// Whether requests passed a frontend before the engine; a table of several protocols calls runs behind Dynamo `aiperf`.
fn frontend(cells: &Cells<'_>) -> Result<bool, String> {
    let stated = flag(cells, "frontend")?;
    Ok(stated.unwrap_or_else(|| cells.get("protocol") == "aiperf"))
}

/// Whether the row says what drafts.
fn drafts(cells: &Cells<'_>) -> bool {
    cells.first(&["speculative"]).is_some_and(|said| !matches!(said, "no" | "unknown"))
}

/// What drafts: in the words of the flag, or as public tables say that something does, with how many tokens.
fn speculative(cells: &Cells<'_>) -> Result<Option<String>, String> {
    let drafted = counted(cells, &["draft_tokens"])?;
    match cells.first(&["speculative"]) {
        None | Some("no" | "unknown") => Ok(None),
        Some("yes") => {
            let Count(tokens) =
                drafted.ok_or("drafts are on, and how many tokens are drafted is not stated")?;
            Ok(Some(format!("mtp={tokens}")))
        }
        Some(form) => Ok(Some(form.to_owned())),
    }
}

/// The accelerators: as many as the row's layout uses.
pub(super) fn accelerators(cells: &Cells<'_>) -> Result<String, String> {
    if let Some(on) = cells.first(&["on"]) {
        return Ok(on.to_owned());
    }
    let id = cells.first(&["accelerator_id"]).ok_or("the accelerator is not known")?;
    let degree = |columns: &[&str]| cells.count(columns).unwrap_or(1);
    let layout = degree(&["tp_ranks", "tp"]) * degree(&["pp_ranks", "pp"]) * degree(&["dp"]);
    let count = cells.count(&["gpus", "n_gpus"]).unwrap_or(layout);
    Ok(if count == 1 { id.to_owned() } else { format!("{id}:{count}") })
}

/// The pools that a row describes: under their flags' names, or as workers and the degrees of one worker.
///
/// # Errors
/// If only a part of them is said.
pub(super) fn pools(cells: &Cells<'_>) -> Result<Option<PoolsRequest>, String> {
    let prefill = pool(cells, "prefill", ["prefill_workers", "prefill_tp", "prefill_dp", "prefill_ep"])?;
    let decode = pool(cells, "decode", ["decode_workers", "decode_tp", "decode_dp", "decode_ep"])?;
    Ok((prefill.is_some() || decode.is_some()).then_some(PoolsRequest { prefill, decode }))
}

fn pool(cells: &Cells<'_>, flag: &str, columns: [&str; 4]) -> Result<Option<PlacedPool>, String> {
    if let Some(text) = cells.first(&[flag]) {
        return text.parse().map(Some).map_err(|error| format!("{flag}: {error}"));
    }
    let [workers, tp, dp, ep] = columns.map(|column| counted(cells, &[column]));
    let (workers, [tp, dp, ep]) = (workers?, [tp?, dp?, ep?]);
    let Some(Count(workers)) = workers else {
        let layout = [tp, dp, ep].iter().any(Option::is_some);
        return if layout { Err(format!("the workers of the {flag} pool are not known")) } else { Ok(None) };
    };
    let degree = |count: Option<Count>| count.map_or(1, |count| count.0);
    let (tp, dp) = (degree(tp), degree(dp));
    // Ranks of one worker that hold attention of their own share the experts: those that do not would be workers.
    let ep = if dp > 1 { degree(ep).max(dp) } else { degree(ep) };
    Ok(Some(PoolLayout { workers, degrees: Degrees { tp, pp: 1, ep, dp } }.into()))
}

/// The accelerators of two pools.
pub(super) fn accelerators_of(
    cells: &Cells<'_>,
    pools: &PoolsRequest,
    catalog: &Catalog,
) -> Result<String, String> {
    if let Some(on) = cells.first(&["on"]) {
        return Ok(on.to_owned());
    }
    let id = cells.first(&["accelerator_id"]).ok_or("the accelerator is not known")?;
    let pools = [&pools.prefill, &pools.decode].into_iter().flatten();
    let used: u64 = pools.filter(|pool| pool.on.is_none()).map(|pool| pool.layout.accelerators()).sum();
    let node = catalog.accelerator_by_id(id).map_or(1, |entry| entry.accelerator.node_size);
    Ok(resolve::pools::holding(id, node, used))
}

/// The engine, at its version where rules of that version are known.
fn engine(cells: &Cells<'_>, catalog: &Catalog) -> Result<Option<String>, String> {
    let name = cells.first(&["engine"]).ok_or("the engine is not known")?;
    if name.contains('@') {
        return Ok(Some(name.to_owned()));
    }
    let version = cells.first(&["engine_version"]).and_then(|stated| {
        let engine = name.parse::<Engine>().ok()?;
        catalog.profile(engine, stated).ok().map(|_| stated)
    });
    let named = version.map(|version| format!("{name}@{version}"));
    Ok(Some(named.or_else(|| of_year(cells, name, catalog)).unwrap_or_else(|| name.to_owned())))
}

/// The engine as it was in the year of the run, where the catalogue knows it as an engine of its own: the earliest that is
/// not of a year before.
fn of_year(cells: &Cells<'_>, name: &str, catalog: &Catalog) -> Option<String> {
    let engine = name.parse::<Engine>();
    let name = engine.as_ref().map_or(name, |engine| engine.name());
    let year: u16 = cells.first(&["engine_era", "era", "date"])?.get(..4)?.parse().ok()?;
    let of = |id: &str| id.strip_prefix(name)?.strip_prefix('-')?.parse::<u16>().ok();
    let years = catalog.engines().into_iter().filter_map(|entry| of(&entry.id));
    years.filter(|own| year <= *own).min().map(|own| format!("{name}-{own}"))
}

/// The rules of a row's engine, for terms that no model shapes.
pub(super) fn profile(cells: &Cells<'_>, catalog: &Catalog) -> Result<Arc<EngineProfile>, String> {
    let stated = engine(cells, catalog)?;
    let any = memory_alone(Bytes::gib(1));
    let choice = resolve::engine(stated.as_deref(), None, &any, catalog, &mut Vec::new());
    choice.map(|choice| choice.profile).map_err(|error| error.to_string())
}

fn memory(cells: &Cells<'_>, column: &str) -> Result<Option<Memory>, String> {
    let stated = cells.first(&[column]);
    stated.map(str::parse).transpose().map_err(|error| format!("{column}: {error}"))
}

/// The memory that a driver showed: under its flag's name with a unit, or as a number of GiB.
fn visible(cells: &Cells<'_>) -> Result<Option<Memory>, String> {
    match number(cells.get("visible_gib")) {
        Some(gib) => Ok(Some(Memory(Bytes::gib_f64(gib)))),
        None => memory(cells, "visible_memory"),
    }
}

/// How requests arrive, where the row says so.
///
/// # Errors
/// If they come in a way that is not modelled.
pub(super) fn arrival(cells: &Cells<'_>) -> Result<Option<ArrivalKind>, String> {
    match cells.first(&["arrival"]) {
        None => Ok(None),
        // A rate with so many requests in flight is a loop that holds them.
        Some("open") if count(cells.get("concurrency_or_batch")).is_some() => Ok(None),
        Some("open") if rate(cells).is_none() => {
            Err("requests arrive at a rate that is not known".to_owned())
        }
        Some(kind) => kind.parse().map(Some).map_err(|_| format!("the arrival {kind:?} is not known")),
    }
}

/// Requests that arrive per second, where the row says so.
pub(super) fn rate(cells: &Cells<'_>) -> Option<Rate> {
    number(cells.get("request_rate_per_s")).map(|rate| Rate(Frequency::per_s(rate)))
}
