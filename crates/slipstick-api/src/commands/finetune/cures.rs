//! What would make a job fit: one change, else two together.

use slipstick_core::units::Bytes;

use super::{FinetuneRequest, Limits, job, limits, method};
use crate::{request::Count, resolve::Resolver};

/// A change of a request, as flags say it.
struct Change {
    flags: String,
    request: FinetuneRequest,
}

/// The changes that let it be trained; none if no two of them do.
pub(super) fn cures(
    request: &FinetuneRequest,
    found: &Limits,
    beside: Bytes,
    resolver: &Resolver<'_>,
) -> Vec<String> {
    let fits = |change: &Change| fits(&change.request, beside, resolver);
    let single = changes(request, found);
    let flags = |all: Vec<Change>| all.into_iter().map(|change| change.flags).collect();
    let (one, rest): (Vec<Change>, Vec<Change>) = single.into_iter().partition(fits);
    if !one.is_empty() {
        return flags(one);
    }
    let two = rest.iter().flat_map(|first| {
        let again = changes(&first.request, found).into_iter();
        again.map(|second| Change { flags: format!("{} {}", first.flags, second.flags), ..second })
    });
    flags(two.filter(fits).take(1).collect())
}

/// Changes that a request leaves room for, the least first.
fn changes(request: &FinetuneRequest, found: &Limits) -> Vec<Change> {
    let mut all = Vec::new();
    let mut add = |flags: &str, change: &dyn Fn(&mut FinetuneRequest)| {
        let mut own = request.clone();
        change(&mut own);
        if own != *request {
            all.push(Change { flags: flags.to_owned(), request: own });
        }
    };
    add("--loss chunked", &|own| own.recipe.loss = Some("chunked".to_owned()));
    if request.recipe.recompute.is_some() {
        add("--recompute full", &|own| own.recipe.recompute = None);
    }
    if request.batch.micro_batch.is_some_and(|micro| micro.0 > 1) {
        add("--micro-batch 1", &|own| own.batch.micro_batch = None);
    }
    add("--fsdp", &|own| {
        own.layout.fsdp = true;
        own.layout.zero = None;
    });
    match request.method.as_deref() {
        Some("full") => add("--method lora", &|own| own.method = Some("lora".to_owned())),
        None | Some("lora" | "rslora") if request.base_format.is_none() => {
            add("--method qlora", &|own| own.method = Some("qlora".to_owned()));
        }
        _ => {}
    }
    if found.sequence > 0 && request.batch.sequence.is_none_or(|asked| asked.0 > found.sequence) {
        let flag = format!("--sequence {}", found.sequence);
        add(&flag, &|own| own.batch.sequence = Some(Count(found.sequence)));
    }
    all
}

/// Whether a request's training fits beside what other models hold.
fn fits(request: &FinetuneRequest, beside: Bytes, resolver: &Resolver<'_>) -> bool {
    let planned =
        method::asked(request, resolver).and_then(|asked| job::planned(request, &asked, None, resolver));
    planned.is_ok_and(|mut planned| {
        planned.beside = beside;
        limits::fits(&planned, &planned.job())
    })
}
