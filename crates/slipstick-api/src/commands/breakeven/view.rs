//! What a person reads of one's own deployment against hosted prices.

use slipstick_core::{
    estimate::hosted::Against,
    units::{
        Usd,
        show::{counted, grouped, scaled},
    },
};

use super::{Answer, hosted::Hosted, plot::plot};
use crate::{
    commands::{
        catalogue::{aged, staleness},
        memory::view as memory_view,
    },
    resolve::calibration_note,
    view::{Block, Cell, Column, Measured, Table, Tone, View, bare},
};

pub(super) fn view(a: &Answer<'_>) -> View {
    let mut view = View::new(title(a));
    view.pairs(own(a));
    view.push(Block::Table(prices(a)));
    view.push(Block::Plot(plot(a)));
    if !a.others.is_empty() {
        view.push(Block::Table(others(a)));
    }
    if let Some(launches) = &a.replica.launches {
        view.push(Block::Code { language: "sh", text: format!("# a replica\n{}", launches.serves) });
    }
    notes(&mut view, a);
    view
}

fn usd(usd: Usd) -> String {
    usd.to_string()
}

/// How busy one's own is, in words.
fn load(a: &Answer<'_>) -> String {
    match a.own.asked {
        Some(load) if !a.demand.hours.is_empty() => {
            format!("at {:.2} requests/s in the mean hour", load.requests)
        }
        Some(load) => format!("at {:.2} requests/s", load.requests),
        None => format!("busy {:.0} % of the time", 100.0 * a.demand.utilisation),
    }
}

fn title(a: &Answer<'_>) -> Cell {
    let (hosted, against) = a.cheapest();
    let place = memory_view::placed(&a.replica.memory.resolved);
    let name = &a.replica.memory.resolved.model.name;
    let own = a.token().banded(usd);
    let (busy, provider) = (100.0 * against.utilisation, &hosted.provider);
    let price = format!("{provider} asks {}", usd(against.token));
    let verdict = if a.pays() { "one's own pays" } else { "the hosted price is lower" };
    let from = if busy > 100.0 {
        "one's own never costs less".to_owned()
    } else {
        format!("they are equal at {busy:.0} % of full load")
    };
    let text = format!("{name} on {place} costs {own} per 1M tokens {}, {price}: {verdict}; {from}", load(a));
    Cell::toned(text, if a.pays() { Tone::Good } else { Tone::Warn })
}

fn own(a: &Answer<'_>) -> Vec<(&'static str, Cell)> {
    let workload = &a.replica.memory.workload;
    let request = format!(
        "{} in, {} out; {} in flight on a replica",
        counted(workload.input(), "token"),
        grouped(workload.output()),
        counted(workload.concurrency(), "request")
    );
    let mut pairs: Vec<(&'static str, Cell)> = vec![("load", request.into())];
    if let Some(estimate) = &a.replica.estimate {
        let (sure, service) = (a.replica.memory.sureness(), &estimate.service);
        let pace = format!(
            "first token after {}, then one every {}",
            sure.ttft(service.ttft).banded(|time| time.to_string()),
            sure.tpot(service.tpot, slipstick_core::units::Seconds::s).banded(|time| time.to_string())
        );
        pairs.push(("pace", pace.into()));
    }
    let holds = format!(
        "{} tokens/s read, {} written at full load",
        scaled(a.own.full.input),
        scaled(a.own.full.output)
    );
    pairs.push(("replicas", format!("{}: {holds}", a.own.replicas).into()));
    pairs.extend(hours(a).into_iter().map(|(label, text)| (label, text.into())));
    let lost = match a.interruptions {
        Some(_) => format!("; a replica with interruptions {}", a.paid.price),
        None => String::new(),
    };
    pairs.push(("cost", format!("{} in all{lost}", a.own.hourly).into()));
    pairs
}

/// What hours of unequal load and commitments make of the replicas.
fn hours(a: &Answer<'_>) -> Vec<(&'static str, String)> {
    let Some(hours) = a.own.hours else { return Vec::new() };
    let mut pairs = Vec::new();
    if let Some(profile) = a.profile {
        let mean = 100.0 * a.demand.mean_hour();
        pairs.push(("hours", format!("{}: the mean hour has {mean:.0} % of the busiest", profile.name)));
    }
    if a.demand.follows {
        let a_day = 24.0 * hours.starts;
        let start = a.paid.start;
        pairs.push((
            "running",
            format!("{:.2} replicas in the mean hour, {a_day:.1} starts a day of {start} each", hours.mean),
        ));
    }
    if let (Some(price), Some(share)) = (a.paid.committed, hours.share) {
        let kept = format!(
            "{} of {} replicas committed to at {price} each, {:.2} more in the mean hour; it pays where one is needed in over {:.0} % \
             of the hours",
            hours.committed,
            a.own.replicas,
            hours.beyond,
            100.0 * share
        );
        pairs.push(("commitment", kept));
    }
    pairs
}

fn prices(a: &Answer<'_>) -> Table {
    let mut table = Table::new(vec![
        Column::text("provider"),
        Column::number("$/1M in").priority(3),
        Column::number("$/1M cached").priority(4),
        Column::number("$/1M out").priority(3),
        Column::number("$/1M here"),
        Column::number("equal at load"),
        Column::number("tokens/month").priority(1),
        Column::number("requests/day").priority(2),
        Column::number("from requests/day").priority(2),
        Column::text("one's own"),
        Column::text("as of (age)").priority(5),
    ]);
    table.caption = Some(
        "Hosted prices at this mix of tokens; the share of full load, and the tokens and requests, at which these replicas cost the \
         same; and from how many requests as many replicas as they take cost less"
            .to_owned(),
    );
    for row in 0..a.api.len() {
        table.row(price(a, row));
    }
    table
}

fn price(a: &Answer<'_>, row: usize) -> [Cell; 11] {
    let (hosted, against) = &a.api[row];
    let day = match (&hosted.as_of, hosted.age_days) {
        (Some(as_of), Some(days)) => aged(as_of, days),
        _ => Cell::toned("given", Tone::Faint),
    };
    [
        provider(a, hosted).into(),
        bare(hosted.price.input).into(),
        hosted.price.cached.map_or_else(|| "-".to_owned(), bare).into(),
        bare(hosted.price.output).into(),
        bare(against.token).into(),
        a.busy(against).banded(|share| format!("{:.0} %", 100.0 * share)).into(),
        scaled(against.tokens_per_month).into(),
        scaled(against.requests_per_day).into(),
        a.crossings[row].map_or_else(|| "never".to_owned(), scaled).into(),
        verdict(a, against),
        day,
    ]
}

/// Who asks the price; where one provider asks several, for what.
fn provider(a: &Answer<'_>, hosted: &Hosted) -> String {
    let batch = if hosted.batch { " (batch)" } else { "" };
    let is_other = |(other, _): &(Hosted, Against)| {
        other.provider == hosted.provider && other.batch == hosted.batch && other.model != hosted.model
    };
    let name = hosted.model.rsplit('/').next().filter(|_| a.api.iter().any(is_other));
    format!("{}{batch}{}", hosted.provider, name.map_or_else(String::new, |name| format!(" {name}")))
}

fn verdict(a: &Answer<'_>, against: &Against) -> Cell {
    match (a.own.token < against.token, against.utilisation > 1.0) {
        (true, _) => Cell::toned("pays", Tone::Good),
        (false, true) => Cell::toned("never pays", Tone::Bad),
        (false, false) => Cell::toned("not at this load", Tone::Warn),
    }
}

fn others(a: &Answer<'_>) -> Table {
    let mut table = Table::new(vec![
        Column::text("replica"),
        Column::number("replicas").priority(2),
        Column::number("in flight").priority(1),
        Column::time("TTFT").priority(1),
        Column::time("TPOT").priority(1),
        Column::number("$/h"),
        Column::number("$/1M tokens"),
    ]);
    table.caption = Some("The next cheapest".to_owned());
    for other in &a.others {
        table.row([
            Cell::from(other.on.clone()),
            other.replicas.to_string().into(),
            grouped(other.concurrency).into(),
            Measured::of(other.ttft).into(),
            Measured::of(other.tpot).into(),
            bare(other.hourly).into(),
            bare(other.token).into(),
        ]);
    }
    table
}

fn notes(view: &mut View, a: &Answer<'_>) {
    of_hours(view, a);
    of_cached(view, a);
    view.note(calibration_note(a.replica.memory.resolved.calibration()));
    view.note(match &a.price.as_of {
        Some(as_of) => format!("price of a replica: {} as of {as_of}", a.price.source),
        None => format!("price of a replica: {}", a.price.source),
    });
    if !a.price.passed_over.is_empty() {
        view.note(format!("cheaper offers passed over: {}", a.price.passed_over.join("; ")));
    }
    for default in &a.defaults {
        view.note(default.to_string());
    }
    let ages = a.api.iter().filter_map(|(hosted, _)| hosted.age_days).chain(a.price.age_days);
    if let Some(warning) = staleness(ages) {
        view.warning(warning);
    }
}

/// What to know of hours and commitments.
fn of_hours(view: &mut View, a: &Answer<'_>) {
    if let Some(profile) = a.profile {
        view.note(format!("hours {}: {}", profile.name, profile.about));
    }
    if a.demand.follows && a.demand.least <= 0.0 {
        view.note(format!(
            "the first request after an idle hour waits {} for a replica to start",
            a.paid.start
        ));
    }
    if let Some(source) = &a.committed_source {
        view.note(format!("price of a replica that is committed to: {source}"));
    }
}

/// What to know of prompts that are found in a cache.
fn of_cached(view: &mut View, a: &Answer<'_>) {
    if a.demand.cached > 0.0 {
        view.note("one's own finds the same share of prompts in its cache: its capacity is that of the rest");
        let silent = a.api.iter().filter(|(hosted, _)| hosted.price.cached.is_none());
        let silent: Vec<&str> = silent.map(|(hosted, _)| hosted.provider.as_str()).collect();
        if !silent.is_empty() {
            view.note(format!(
                "no price of cached input is known, and the full one taken: {}",
                silent.join(", ")
            ));
        }
    }
}
