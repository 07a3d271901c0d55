//! `slipstick sweep`: every combination of the axes, as a table and in short.

mod axis;
mod columns;
mod figures;
mod found;
mod known;
mod output;
mod pooled;
mod reduce;
mod report;
mod request;
mod rows;
mod run;
mod space;
mod spec;
mod view;

pub use report::{AxisReport, Bin, FrontPoint, GroupRow, SweepReport, SweptRow};
pub use request::SweepRequest;

use core::ops::Range;
use std::thread::available_parallelism;

use slipstick_catalog::Catalog;

use crate::{
    Answered, ApiError, World,
    request::Count,
    resolve::{Resolver, given},
    steps::Steps,
};
pub(super) use figures::in_order;
pub(super) use view::{axis_name, ranked, worded};

use columns::Columns;
use found::Swept;
use known::known;
use output::Sink;
use reduce::{Reduced, Wanted};
use rows::Evaluator;
use run::Plan;
use space::Space;
use spec::Spec;

/// Rows of the best that are shown where nobody says.
const USUAL_TOP: u64 = 10;

/// More threads than this only wait for each other.
const MOST_THREADS: usize = 256;

/// A specification of this many bytes is none.
const SPEC_LIMIT: u64 = 1 << 20;

/// Works out every combination.
///
/// # Errors
/// If the axes cannot be read, name what nobody knows, or the table cannot be written.
pub fn sweep(
    request: &SweepRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<SweepReport>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let started = world.elapsed();
    let (spec, text) = read(request, &resolver)?;
    let space = Space::new(spec.axes.clone())?;
    let range = range(request, &space)?;
    admit(&space, &range, world)?;
    known(&space, &resolver)?;
    let wanted = wanted(request, &space)?;
    // Columns are read even where no table is written: a name that nobody knows is a mistake there too.
    let columns = Columns::new(&space, &spec.columns)?;
    let columns = request.out.as_ref().map(|_| columns);
    let read: Vec<usize> =
        wanted.figures().into_iter().chain(spec.filter.within.iter().map(|(figure, ..)| *figure)).collect();
    let evaluator = Evaluator::new(&space, &resolver, columns::wants(columns.as_ref(), &read))?;
    let plan = Plan {
        space: &space,
        evaluator: &evaluator,
        filter: &spec.filter,
        wanted: &wanted,
        columns: columns.as_ref(),
    };
    let mut sink = Sink::new(request, columns.as_ref(), &text, range, world)?;
    let threads = threads(request)?.min(world.bounds().threads.max(1));
    let reduced = written(&plan, &mut sink, threads, world)?;
    let seconds = world.elapsed().zip(started).map(|(now, then)| now.saturating_sub(then).as_secs_f64());
    let swept = Swept { space: &space, evaluator: &evaluator, resolver: &resolver, wanted: &wanted };
    let report = swept.report(request, &reduced, (&sink, seconds))?;
    let view = view::view(&report, &wanted);
    Ok(Answered::new(report, view))
}

/// Refuses more than the world allows: rows, or loads and prices, which are all read beforehand.
fn admit(space: &Space, range: &Range<u64>, world: &dyn World) -> Result<(), ApiError> {
    let [_, read @ ..] = space.sizes();
    let counts = read.into_iter().chain([range.end - range.start]);
    counts.max().map_or(Ok(()), |most| world.bounds().admit(most))
}

/// Works out and writes every file of a sink; what is kept of all rows.
fn written(
    plan: &Plan<'_>,
    sink: &mut Sink<'_>,
    threads: usize,
    world: &dyn World,
) -> Result<Reduced, ApiError> {
    let mut reduced = Reduced::default();
    let ranges = sink.ranges();
    let all: u64 = ranges.iter().map(|range| range.end - range.start).sum();
    let mut steps = Steps::new(world, "combinations", all);
    for part in ranges {
        plan.run(part, threads, |block| {
            steps.advance(block.range.end - block.range.start)?;
            reduced.join(block.reduced, plan.wanted);
            block.chunk.map_or(Ok(()), |chunk| sink.write(chunk))
        })?;
        sink.finish_part()?;
    }
    Ok(reduced)
}

/// The axes, and the text that says them.
fn read(request: &SweepRequest, resolver: &Resolver<'_>) -> Result<(Spec, String), ApiError> {
    let several = "a sweep has one specification: a file, --toml or --everything";
    let help = "slipstick sweep --help shows a specification";
    let text = match (&request.spec, &request.toml, request.everything) {
        (Some(file), None, false) => given(file, SPEC_LIMIT, resolver.world())?.text,
        (None, Some(text), false) => text.clone(),
        (None, None, true) => EVERYTHING.to_owned(),
        (None, None, false) => {
            return Err(ApiError::input("usage.missing_argument", several).at("SPEC").help(help));
        }
        _ => return Err(ApiError::input("sweep.conflict", several).at("SPEC").help("leave out all but one")),
    };
    let spec = Spec::read(&text, resolver)?;
    Ok((spec, text))
}

/// Everything, in usual counts, formats and loads.
const EVERYTHING: &str = "\
model = \"all\"
on = \"all\"
count = [1, 2, 4, 8]
quant = [\"checkpoint\", \"fp8\"]
input = [1024, 8192]
output = 1024
concurrency = {from = 1, to = 256, factor = 4}
";

/// What is kept of the rows.
fn wanted(request: &SweepRequest, space: &Space) -> Result<Wanted, ApiError> {
    let by = figures::named(request.by.as_deref().unwrap_or("tokens_per_usd"), "--by")?;
    let top = usize::try_from(request.top.map_or(USUAL_TOP, |count| count.0)).unwrap_or(usize::MAX);
    let group = |name: &String| {
        space.place(name).ok_or_else(|| {
            let axes = space.axes().map(|axis| axis.name.as_str());
            ApiError::unknown("sweep.unknown_group", "axis of this sweep", name, axes).at("--best-per")
        })
    };
    let groups = request.best_per.iter().map(group).collect::<Result<_, ApiError>>()?;
    let front = match request.front.as_slice() {
        [] => None,
        [x, y] => Some(front(x, y)?),
        other => {
            let message = format!("a front lies between two figures, not {}", other.len());
            return Err(ApiError::input("sweep.front", message)
                .at("--front")
                .help("such as --front tokens-per-s-per-user,usd-per-million-tokens"));
        }
    };
    let histogram =
        request.histogram.as_deref().map(|name| figures::named(name, "--histogram")).transpose()?;
    Ok(Wanted { best: Some((by, top)), groups, front, histogram })
}

/// Two figures, which are not the same.
fn front(x: &str, y: &str) -> Result<(usize, usize), ApiError> {
    let both = (figures::named(x, "--front")?, figures::named(y, "--front")?);
    if both.0 == both.1 {
        return Err(ApiError::input(
            "sweep.front",
            format!("a front lies between two figures, and {x} is one"),
        )
        .at("--front")
        .help("such as --front tokens-per-s-per-user,usd-per-million-tokens"));
    }
    Ok(both)
}

/// The numbers that are asked for.
fn range(request: &SweepRequest, space: &Space) -> Result<Range<u64>, ApiError> {
    let Some(text) = &request.ids else { return Ok(0..space.total()) };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let read = match text.split_once("..") {
        Some((from, to)) => number(from).zip(number(to)),
        None => number(text).and_then(|one| Some((one, one.checked_add(1)?))),
    };
    match read {
        Some((from, to)) if from < to && to <= space.total() => Ok(from..to),
        _ => Err(ApiError::input("sweep.ids", format!("{text:?} are no numbers of this sweep"))
            .at("--ids")
            .help(format!("numbers go from 0 to {}; write 0..1000 or 42", space.total() - 1))),
    }
}

fn threads(request: &SweepRequest) -> Result<usize, ApiError> {
    let machine = || available_parallelism().map_or(1, core::num::NonZero::get);
    match request.threads {
        Some(Count(0)) => Err(ApiError::input("sweep.threads", "nothing is worked out on no thread")
            .at("--threads")
            .help("give at least 1, or leave it out for those of the machine")),
        Some(Count(count)) => Ok(usize::try_from(count).unwrap_or(usize::MAX).min(MOST_THREADS)),
        None => Ok(machine().min(MOST_THREADS)),
    }
}
