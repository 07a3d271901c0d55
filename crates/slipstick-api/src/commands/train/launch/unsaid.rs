//! What a launch cannot say: it is read back as `--config` reads it, and flags say what is another then.

use core::fmt::Debug;

use slipstick_core::training::Schedule;
use slipstick_import::launch::{LaunchFile, read};

use super::{
    super::{names, report},
    Command, Said,
};
use crate::ApiError;

/// Fields that say in several ways what ranks share.
const SHARINGS: [&str; 3] = ["zero", "fsdp", "hsdp"];

/// Fields that are taken again where nobody says them.
const HABITS: [&str; 7] =
    ["optimizer", "precision", "master", "gradients", "loss", "attention", "sequence_parallel"];

/// The flags that the launch needs beside it, to be read as the same training.
pub(super) fn unsaid(said: &Said<'_>, command: &Command) -> Vec<String> {
    let texts = [
        command.file.as_ref().map(|(name, text)| (*name, text.as_str())),
        Some(("launch.sh", command.line.as_str())),
    ];
    // A command that says nothing of its own, such as a launcher's, is no launch file.
    let files: Vec<LaunchFile> =
        texts.into_iter().flatten().filter_map(|(name, text)| read(name, text).ok()).collect();
    let mut flags: Vec<String> = stack(said, &files).into_iter().collect();
    // Several chunks a stage are taken in turn, whoever says it.
    let chunks = value_of(&files, "vpp").is_some() && said.is_interleaved();
    let settings = settings(said).into_iter().filter(|(field, _)| !(chunks && *field == "schedule"));
    let own = settings.filter(|(field, value)| {
        let none = *field == "etp" && value == "1";
        let habit = none
            || HABITS.contains(field)
                && said.planned.defaults.iter().any(|default| default.flag == flag(field));
        value_of(&files, field)
            .map_or(!habit && *field != "dp" && !steps_agree(said, &files, field), |(field, read)| {
                !same(field, &read, value)
            })
    });
    flags.extend(own.map(|(field, value)| match (field, value.as_str()) {
        ("fsdp", _) => "--fsdp".to_owned(),
        (field, value) => format!("{} {value}", flag(field)),
    }));
    flags
}

/// A field as its flag.
fn flag(field: &str) -> String {
    format!("--{}", field.replace('_', "-"))
}

/// The software, where another is read or a version was asked for.
fn stack(said: &Said<'_>, files: &[LaunchFile]) -> Option<String> {
    let own = &said.planned.software;
    let named = files.iter().filter_map(|file| file.get("stack"));
    let other = named.into_iter().any(|name| name != own.entry.stack.name);
    let asked = said.request.recipe.stack.as_deref().is_some_and(|stack| stack.contains('@'));
    let name = if asked { own.release() } else { own.entry.stack.name.clone() };
    (other || asked).then(|| format!("--stack {name}"))
}

/// What files state of a field, before what they leave to its software.
fn value_of(files: &[LaunchFile], field: &'static str) -> Option<(&'static str, String)> {
    let names: Vec<&'static str> = if SHARINGS.contains(&field) { SHARINGS.to_vec() } else { vec![field] };
    let stated = files.iter().flat_map(|file| &file.fields);
    let assumed = files.iter().flat_map(|file| &file.assumed);
    let own = stated.chain(assumed).find(|stated| names.contains(&stated.field))?;
    Some((own.field, own.value.clone()))
}

/// Whether a step is as many micro-batches as files state, on ranks that follow from the rest.
fn steps_agree(said: &Said<'_>, files: &[LaunchFile], field: &str) -> bool {
    let count = files.iter().find_map(|file| file.accumulation);
    field == "global_batch" && count == Some(said.planned.chosen.batch.accumulation)
}

/// Whether two values of a field mean the same.
fn same(field: &str, read: &str, own: &str) -> bool {
    match field {
        "zero" | "fsdp" | "hsdp" => shares(field, read) == Some(own.to_owned()) || read == own,
        "recompute" => equal(names::recompute, read, own),
        "schedule" => equal(names::schedule, read, own),
        "optimizer" => equal(names::optimizer, read, own),
        "loss" => equal(names::loss, read, own),
        "attention" => equal(names::attention, read, own),
        "master" => equal(names::master, read, own),
        "gradients" => equal(names::gradients, read, own),
        "offload" => equal(names::offload, read, own),
        "precision" => {
            let all = |word: &str| {
                names::precision(word)
                    .map(|format| (format, names::fine_scales(word), names::kept_input(word)))
            };
            equal(all, read, own)
        }
        _ => read == own,
    }
}

fn equal<T: Debug>(of: impl Fn(&str) -> Result<T, ApiError>, read: &str, own: &str) -> bool {
    match (of(read), of(own)) {
        // Settings without an equality of their own have a form to look at.
        (Ok(read), Ok(own)) => format!("{read:?}") == format!("{own:?}"),
        _ => false,
    }
}

/// The stage that a way to share states is.
fn shares(field: &str, value: &str) -> Option<String> {
    match field {
        "fsdp" if value == "true" => Some("3".to_owned()),
        "zero" => Some(value.to_owned()),
        _ => None,
    }
}

/// The training as flags.
fn settings(said: &Said<'_>) -> Vec<(&'static str, String)> {
    let (layout, batch, recipe) = (said.layout(), said.planned.chosen.batch, said.recipe());
    let mut own: Vec<(&'static str, String)> = Vec::new();
    let mut say = |field, value: String, holds: bool| own.extend(holds.then_some((field, value)));
    say("tp", layout.tp.to_string(), true);
    say("pp", layout.pp.to_string(), true);
    say("vpp", layout.vpp.to_string(), layout.vpp > 1);
    say("cp", layout.cp.to_string(), true);
    say("ep", layout.ep.to_string(), true);
    say("etp", layout.etp.to_string(), said.planned.shape.experts > 0);
    say("dp", layout.dp.to_string(), true);
    let order = if said.is_interleaved() { "interleaved" } else { recipe.schedule.name() };
    say(
        "schedule",
        order.to_owned(),
        layout.pp > 1 && (said.is_interleaved() || recipe.schedule != Schedule::OneForwardOneBackward),
    );
    say("sequence_parallel", recipe.sequence_parallel.to_string(), layout.tp > 1);
    say(
        "tensor_overlap",
        recipe.tensor_overlap.unwrap_or_default().to_string(),
        recipe.tensor_overlap.is_some(),
    );
    match recipe.shard_group {
        Some(ranks) => say("hsdp", ranks.to_string(), true),
        None => say("zero", report::zero(recipe.sharding).to_string(), true),
    }
    say("sequence", batch.sequence.to_string(), true);
    say("micro_batch", batch.micro.to_string(), true);
    say("global_batch", said.global().to_string(), true);
    say("recompute", report::recompute_name(recipe.recompute), true);
    recipe_words(said, &mut own);
    own
}

/// Formats and habits, as they were asked for or taken.
fn recipe_words(said: &Said<'_>, own: &mut Vec<(&'static str, String)>) {
    let (asked, recipe) = (&said.request.recipe, said.recipe());
    let taken = |flag: &str| said.planned.defaults.iter().find(|default| default.flag == flag);
    let words = [
        ("precision", asked.precision.clone()),
        ("optimizer", asked.optimizer.clone()),
        ("master", asked.master.clone()),
        ("gradients", asked.gradients.clone()),
        ("attention", asked.attention.clone()),
        ("loss", asked.loss.clone()),
        ("offload", asked.offload.clone()),
        ("compile", asked.compile.map(|yes| yes.to_string())),
        ("imbalance", asked.imbalance.map(|factor| factor.to_string())),
        ("multi_token", (recipe.multi_token > 0).then(|| recipe.multi_token.to_string())),
    ];
    for (field, word) in words {
        own.extend(
            word.or_else(|| taken(&flag(field)).map(|default| default.value.clone()))
                .map(|word| (field, word)),
        );
    }
}
