//! What a person reads of an estimate.

use slipstick_catalog::{Freshness, offers::CHEAPEST};
use slipstick_core::{
    basis::Basis,
    estimate::{
        Estimate, Verdict,
        memory::limited,
        serving::{AtRate, Service},
    },
    hardware::Spread,
    units::{
        Frequency, Seconds,
        show::{counted, grouped, scaled},
    },
    workload::{Arrival, Workload},
};

use super::{EstimateAnswer, Launches, Sureness, bounded, pools, roofline, speculating};
use crate::{
    commands::{
        catalogue::REFRESH,
        memory::{Advised, view as memory_view},
    },
    resolve::calibration_note,
    view::{Block, Cell, Tone, View},
};

pub(super) fn view(a: &EstimateAnswer, advised: Option<&Advised>, next: &[(&'static str, String)]) -> View {
    let mut view = View::new(title(a));
    view.pairs(memory_view::facts(&a.memory.resolved));
    if let Some(estimate) = &a.estimate {
        view.pairs(answers(a, estimate));
    }
    if let Some(pools) = &a.pools {
        pools::add(&mut view, a, pools);
    }
    memory_view::add(&mut view, &a.memory);
    if let Some(advised) = advised {
        advised.add(&mut view, &a.memory);
    }
    if let Some(estimate) = &a.estimate {
        view.details.extend(roofline::blocks(estimate, a.sureness().basis()));
    }
    typed_next(&mut view, a, next);
    if a.estimate.is_some() {
        let calibration = a.workload().calibration(a.memory.resolved.calibration());
        view.note(calibration_note(&calibration));
        if let Some(distrust) = &a.distrust {
            view.note(distrust.clone());
        }
        one_sided(&mut view, "time per output token", a.spreads().tpot);
        one_sided(&mut view, "time to first token", a.spreads().ttft);
        price_notes(&mut view, a);
    }
    memory_view::notes(&mut view, &a.memory);
    view
}

/// What to ask next, and how the engine is started.
fn typed_next(view: &mut View, a: &EstimateAnswer, next: &[(&'static str, String)]) {
    if !next.is_empty() {
        view.pairs(next.iter().map(|(what, line)| (*what, line.as_str())));
        view.pairs([(
            "more",
            "--details: the memory to the byte, operators; --explain: where each number comes from",
        )]);
    }
    if let Some(Launches { reproduces, serves, wants }) = &a.launches {
        let text = started(a, reproduces, serves);
        view.push(Block::Code { language: "sh", text });
        if let Some(wants) = wants {
            view.note(wants.clone());
        }
    }
}

/// The commands, each with what it does.
fn started(a: &EstimateAnswer, reproduces: &str, serves: &str) -> String {
    if a.pools.is_some() {
        reproduces.to_owned()
    } else if reproduces == serves {
        format!("# reproduces this, and serves\n{reproduces}")
    } else {
        format!("# reproduces this\n{reproduces}\n# serves: as many at once as memory holds\n{serves}")
    }
}

fn title(a: &EstimateAnswer) -> Cell {
    let resolved = &a.memory.resolved;
    let alone = || memory_view::placed_on(a.memory.resolved.cluster());
    let place = a.pools.as_ref().map_or_else(alone, |pools| pools.placed());
    let Some(estimate) = &a.estimate else {
        let alone = || Cell::toned(memory_view::too_large(&a.memory, &place), Tone::Bad);
        return a.pools.as_ref().map_or_else(alone, |pools| pools::title(a, pools));
    };
    let service = &estimate.service;
    if let Some(at_rate) = service.at_rate.filter(|at_rate| !at_rate.is_held()) {
        return Cell::toned(saturated(a, &at_rate, &place), Tone::Warn);
    }
    let sure = a.sureness();
    let assumed = if sure.basis() == Basis::Assumed { ", assumed" } else { "" };
    let speed = format!(
        "{} output tokens/s{assumed}; first token after {}, then one every {}",
        sure.rate(service.output_rate).banded(rate),
        sure.ttft(service.ttft).banded(time),
        sure.tpot(service.tpot, Seconds::s).marked(time)
    );
    if a.memory.verdict == Verdict::Queues {
        return Cell::toned(format!("{}: {speed}", memory_view::queued(&a.memory, &place)), Tone::Warn);
    }
    Cell::toned(format!("{} on {place}: {speed}", resolved.model.name), Tone::Good)
}

/// A rate that is not held: what is, and how many of the like hold it.
fn saturated(a: &EstimateAnswer, at_rate: &AtRate, place: &str) -> String {
    let sure = a.sureness();
    let assumed = if sure.basis() == Basis::Assumed { ", assumed" } else { "" };
    format!(
        "{} on {place} is saturated at {} requests/s{assumed}: at {} the queue grows without bound; {} such deployments hold that",
        a.memory.resolved.model.name,
        sure.sustained(at_rate.sustained).banded(each),
        requests(Frequency::per_s(at_rate.offered)),
        at_rate.deployments
    )
}

fn each(rate: Frequency) -> String {
    format!("{:.2}", rate.get())
}

/// Requests a second, of rates as small as one an hour.
fn requests(rate: Frequency) -> String {
    let per_s = rate.get();
    if per_s < 0.1 { format!("{:.2} requests/min", per_s * 60.0) } else { format!("{per_s:.2} requests/s") }
}

fn time(time: Seconds) -> String {
    time.to_string()
}

fn rate(rate: Frequency) -> String {
    scaled(rate.get())
}

fn load(workload: &Workload) -> String {
    let (length, context) = (workload.length(), workload.context());
    let told =
        if context > length { format!(", up to {}", counted(context, "token")) } else { String::new() };
    let in_flight = counted(workload.concurrency(), "request");
    let arrive = match workload.arrival() {
        Arrival::Open { rate } => format!("{} arrive", requests(Frequency::per_s(rate))),
        Arrival::Steady | Arrival::Benchmark { .. } | Arrival::Burst | Arrival::Static => {
            format!("{in_flight} in flight")
        }
    };
    format!("{arrive}, {} in, {} out{told}", counted(workload.input(), "token"), grouped(workload.output()))
}

/// Times below are shown as nothing.
const SHOWN: Seconds = Seconds::us(1.0);

/// The part of the time to a first token that is waited for a place.
const QUEUED: &str = "of it in the queue";

/// The rate of one user alone, which people measure in two ways.
const ALONE: &str = "one user alone";

/// The rate while it writes, and over the whole request.
fn alone(service: &Service, sure: Sureness) -> String {
    let writing = sure.rate(1.0 / service.tpot.get()).marked(rate);
    let whole = sure.rate(service.output_rate).marked(rate);
    format!("{writing} tokens/s while it writes, {whole} with its prompt's time counted in")
}

/// A mean time, where there is one.
fn mean(time: Seconds, shown: impl FnOnce(Seconds) -> String) -> Cell {
    bounded(time).map_or_else(|| Cell::toned("grows without bound", Tone::Bad), |time| shown(time).into())
}

/// How a rate of arrivals is held.
fn held(at_rate: &AtRate, sure: Sureness) -> Cell {
    let sustained = sure.sustained(at_rate.sustained).banded(each);
    let use_of_it = format!("{sustained} requests/s, of which {:.0} % arrive", 100.0 * at_rate.share);
    if at_rate.is_held() {
        format!("{use_of_it}; {:.1} requests in flight in the mean", at_rate.in_flight).into()
    } else {
        Cell::toned(use_of_it, Tone::Bad)
    }
}

fn answers(a: &EstimateAnswer, estimate: &Estimate) -> Vec<(&'static str, Cell)> {
    let service = &estimate.service;
    let sure = a.sureness();
    let rates = format!(
        "{} output, {} input and output tokens/s; {} requests/s",
        sure.rate(service.output_rate).banded(rate),
        sure.rate(service.total_rate).marked(rate),
        sure.rate(service.request_rate).marked(each)
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![
        ("load", load(a.workload()).into()),
        ("time to first token", mean(service.ttft, |t| sure.ttft(t).banded(time))),
        (QUEUED, mean(service.queue, time)),
        ("time per output token", sure.tpot(service.tpot, Seconds::s).banded(time).into()),
        ("end to end", mean(service.e2e, |t| sure.e2e(t).banded(time))),
        (ALONE, alone(service, sure).into()),
        ("throughput", rates.into()),
        ("steps", steps(a, service).into()),
        ("bound by", service.bound.name().into()),
    ];
    if a.workload().concurrency() != 1 || service.at_rate.is_some() {
        pairs.retain(|(name, _)| *name != ALONE);
    }
    if service.queue < SHOWN {
        pairs.retain(|(name, _)| *name != QUEUED);
    }
    if let Some(at_rate) = &service.at_rate {
        pairs.push(("rate held", held(at_rate, sure)));
    }
    if let (Some(found), Some(speculation)) =
        (&estimate.speculated, a.memory.resolved.deployment().speculation.as_deref())
    {
        pairs.push(("drafts", speculating::shown(speculation, service, found).into()));
    }
    pairs.extend(spent(a, estimate));
    pairs
}

/// What it costs and draws.
fn spent(a: &EstimateAnswer, estimate: &Estimate) -> Vec<(&'static str, Cell)> {
    let sure = a.sureness();
    let mut pairs: Vec<(&'static str, Cell)> = Vec::new();
    if let (Some(price), Some(cost)) = (&a.price, &estimate.cost) {
        let text = format!(
            "{} per 1M input, {} per 1M output tokens at {} and {:.0} % use",
            sure.usd(cost.input).marked(|usd| usd.to_string()),
            sure.usd(cost.output).banded(|usd| usd.to_string()),
            price.hourly,
            a.utilisation * 100.0
        );
        pairs.push(("cost", text.into()));
    }
    if let (Some(power), Some(energy)) = (estimate.power, estimate.energy_per_output_token) {
        // Nobody measured either: the share of the limit that is drawn is assumed.
        pairs.push(("energy", format!("~{power}, ~{:.2} J an output token", energy.get()).into()));
    }
    pairs
}

/// What the engine puts into a step, and whether that is its own way.
fn steps(a: &EstimateAnswer, service: &Service) -> String {
    let resolved = &a.memory.resolved;
    let limit = limited(resolved.prepared.step_tokens(&a.memory.workload));
    let limit = limit.map_or_else(|| "any number of tokens".to_owned(), |limit| counted(limit, "token"));
    let options = resolved.options();
    let prompts = if resolved.prepared.divides_prompts(&a.memory.workload) { "divided" } else { "whole" };
    let own = options.chunked_prefill.is_none() && options.max_batched_tokens.is_none();
    let own = if own { format!(" (its own in {})", resolved.engine().version) } else { String::new() };
    let own = if resolved.engine().version.is_empty() { String::new() } else { own };
    let cached = if service.cached > 0.0 {
        format!(", {:.0} of {} found", service.cached, counted(a.memory.workload.input(), "prompt token"))
    } else {
        String::new()
    };
    format!(
        "up to {limit}, prompts {prompts}{own}; prefix cache {}{cached}",
        speculating::prefix_caching(resolved)
    )
}

/// Says where what was measured lies to one side of what is estimated: the interval is widened to hold the estimate.
fn one_sided(view: &mut View, what: &str, spread: Option<Spread>) {
    if let Some(spread) = spread.filter(|spread| !spread.holds_the_estimate()) {
        view.note(format!(
            "{what}: four of five measurements were {:.2} to {:.2} times such an estimate; the interval is widened to hold it",
            spread.low, spread.high
        ));
    }
}

fn price_notes(view: &mut View, a: &EstimateAnswer) {
    let Some(price) = &a.price else {
        view.note(
            "no price: nobody in the catalogue offers this; give one with --price, such as --price '$2.50/h'",
        );
        return;
    };
    let (Some(as_of), Some(age)) = (&price.as_of, price.age_days) else { return };
    let passed = match price.passed_over.len() {
        0 => String::new(),
        some => format!("; {} passed over, --details says why", counted(some as u64, "cheaper offer")),
    };
    let text = format!("price: {} as of {as_of}, {age} days old{passed}", price.source);
    if age > Freshness::STALE_DAYS {
        view.warning(format!("{text}; {REFRESH}"));
    } else {
        view.note(text);
    }
    if !price.passed_over.is_empty() {
        view.details.push(Block::Note(format!(
            "the price is {CHEAPEST}; cheaper ones passed over: {}",
            price.passed_over.join("; ")
        )));
    }
}
