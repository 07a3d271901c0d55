//! What a key means: a field of a request, nothing that matters, or nothing that is known.

use super::{
    Format, LaunchFile, LaunchFileError, Stated, assumed, megatron, ranks, shown,
    text::{COMMAND, Scalar, Setting},
    torchtitan,
};

/// What a key says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// A whole number above zero.
    Count(&'static str),
    /// A degree of a layout: 0, 1 and -1 leave it as it is.
    Degree(&'static str),
    /// A whole number above zero, where -1 means what follows from the rest.
    Rest(&'static str),
    /// A share from 0 to 1; 0 says nothing.
    Share(&'static str),
    /// A word as it stands.
    Text(&'static str),
    /// A word that stands for another; an empty one says nothing.
    Words(&'static str, &'static [(&'static str, &'static str)]),
    /// Names that add up, some of which stand for others.
    Names(&'static str, &'static [(&'static str, &'static str)]),
    /// Yes sets a field, no says nothing.
    When(&'static str, &'static str),
    /// Yes and no set a field.
    Flag(&'static str),
    /// Where something lies: on a processor or a drive it is offloaded.
    Place(&'static str),
    /// Beginnings of a dotted name's last part, each of which sets a field.
    Begins(&'static [(&'static str, &'static str, &'static str)]),
    /// Words, or names of files, each of which sets fields.
    Sets(&'static [(&'static str, &'static str, &'static str)]),
    /// A whole number above zero, as a field; what is none is not understood.
    Whole(&'static str),
    /// Micro-batches of a step.
    Accumulation,
    /// Nothing that memory, time or layout depends on.
    Idle,
}

/// The rules of a format: keys with dots; `x.*` is everything below x.
pub(super) type Rules = &'static [(&'static str, Rule)];

/// Whether the optimizer steps in the backward pass.
pub(super) const IN_BACKWARD: &str = "optimizer in the backward pass";

/// Applies a format's rules to the settings of a file.
pub(super) fn apply(format: Format, settings: &[Setting]) -> Result<LaunchFile, LaunchFileError> {
    let empty = Vec::new;
    let mut file = LaunchFile {
        format,
        fields: Vec::new(),
        assumed: Vec::new(),
        accumulation: None,
        open: empty(),
        idle: empty(),
        unread: empty(),
    };
    file.fields.push(Stated {
        field: "stack",
        value: format.stack().to_owned(),
        key: format.name().to_owned(),
    });
    for setting in settings {
        one(setting, format.rules(), &mut file)?;
    }
    if matches!(format, Format::Megatron | Format::Bridge) {
        megatron::chunks(settings, &mut file);
    }
    if format == Format::Torchtitan {
        torchtitan::batches(&mut file);
        torchtitan::selective(settings, &mut file);
    }
    ranks::groups(settings, &mut file);
    batches(&mut file)?;
    one_stage(&mut file);
    fsdp(&mut file);
    in_backward(&mut file);
    method(&mut file)?;
    file.assumed = assumed::of(&file, settings);
    Ok(file)
}

fn rule(rules: Rules, key: &str) -> Option<Rule> {
    let below = |pattern: &str| {
        pattern
            .strip_suffix(".*")
            .is_some_and(|start| key.strip_prefix(start).is_some_and(|rest| rest.starts_with('.')))
    };
    let exact = rules.iter().find(|(pattern, _)| *pattern == key);
    exact.or_else(|| rules.iter().find(|(pattern, _)| below(pattern))).map(|(_, rule)| *rule)
}

fn one(setting: &Setting, rules: Rules, file: &mut LaunchFile) -> Result<(), LaunchFileError> {
    let Some(rule) = rule(rules, &setting.key) else {
        // Names of programs and scripts say nothing that a rule does not know, and null says nothing at all.
        match setting.value {
            _ if setting.key == COMMAND => {}
            Scalar::Nothing => file.open.push(setting.key.clone()),
            _ => file.unread.push(shown(setting)),
        }
        return Ok(());
    };
    if matches!(rule, Rule::Idle) {
        file.idle.push(setting.key.clone());
        return Ok(());
    }
    if setting.key != COMMAND && is_open(&setting.value) {
        file.open.push(setting.key.clone());
        return Ok(());
    }
    if let Rule::Sets(words) = rule {
        return sets(file, setting, words);
    }
    if let Rule::Begins(words) = rule {
        return begins(file, setting, words);
    }
    match said(rule, setting)? {
        Said::Field(field, value) => state(file, setting, field, value),
        Said::Accumulation(count) => accumulates(file, setting, count),
        Said::Nothing => Ok(()),
        Said::Unknown => {
            file.unread.push(shown(setting));
            Ok(())
        }
    }
}

/// Whether a value is left to be chosen: nothing, the program's own choice, or a variable that the file does not say.
fn is_open(value: &Scalar) -> bool {
    match value {
        Scalar::Nothing => true,
        Scalar::Text(text) => text.eq_ignore_ascii_case("auto") || text.contains('$'),
        Scalar::Yes(_) | Scalar::Number(_) => false,
    }
}

/// States the micro-batches of a step.
fn accumulates(file: &mut LaunchFile, setting: &Setting, count: u64) -> Result<(), LaunchFileError> {
    if let Some(other) = file.accumulation.filter(|other| *other != count) {
        return Err(LaunchFileError::Contradiction {
            key: setting.key.clone(),
            value: count.to_string(),
            other: "another setting".to_owned(),
            otherwise: format!("{other} micro-batches a step"),
        });
    }
    file.accumulation = Some(count);
    Ok(())
}

/// States all that a word or the last part of a path sets; one of a command that sets nothing is a name.
fn sets(
    file: &mut LaunchFile,
    setting: &Setting,
    words: &[(&str, &'static str, &'static str)],
) -> Result<(), LaunchFileError> {
    let text = setting.value.text().to_ascii_lowercase();
    let said = text.rsplit('/').next().unwrap_or_default();
    let mut known = words.iter().filter(|(word, ..)| *word == said || *word == text).peekable();
    if known.peek().is_none() && setting.key != COMMAND {
        file.unread.push(shown(setting));
    }
    known.try_for_each(|(_, field, value)| {
        if field.is_empty() { Ok(()) } else { state(file, setting, field, (*value).to_owned()) }
    })
}

/// States what the last part of a dotted name begins with; one that begins otherwise says nothing.
fn begins(
    file: &mut LaunchFile,
    setting: &Setting,
    words: &[(&str, &'static str, &'static str)],
) -> Result<(), LaunchFileError> {
    let text = setting.value.text();
    let name = text.rsplit('.').next().unwrap_or_default();
    let mut known = words.iter().filter(|(start, ..)| name.starts_with(start));
    file.idle.push(setting.key.clone());
    known.try_for_each(|(_, field, value)| state(file, setting, field, (*value).to_owned()))
}

/// The kind of a layer by its name, which may say where it stands; none if it is a pattern.
fn layer(name: &str) -> Option<&str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.,".contains(letter);
    let is_shared = name.starts_with("shared_expert");
    let last = if is_shared { "shared_expert" } else { name.rsplit('.').next().unwrap_or(name) };
    name.chars().all(plain).then_some(last)
}

/// What a setting says under its rule.
enum Said {
    Field(&'static str, String),
    Accumulation(u64),
    Nothing,
    Unknown,
}

fn said(rule: Rule, setting: &Setting) -> Result<Said, LaunchFileError> {
    let value = &setting.value;
    let flag = |field: &'static str, text: &str| Said::Field(field, text.to_owned());
    Ok(match rule {
        Rule::Count(field) => Said::Field(field, count(setting)?.to_string()),
        Rule::Degree(field) => match degree(setting)? {
            0 | 1 => Said::Nothing,
            degree => Said::Field(field, degree.to_string()),
        },
        Rule::Rest(field) => match degree(setting)? {
            0 => Said::Nothing,
            count => Said::Field(field, count.to_string()),
        },
        Rule::Share(field) => match &setting.value {
            Scalar::Number(share) if *share > 0.0 && *share < 1.0 => Said::Field(field, share.to_string()),
            Scalar::Number(share) if share.abs() < f64::MIN_POSITIVE => Said::Nothing,
            _ => Said::Unknown,
        },
        Rule::Whole(field) => {
            count(setting).map_or(Said::Unknown, |count| Said::Field(field, count.to_string()))
        }
        Rule::Accumulation => Said::Accumulation(count(setting)?),
        Rule::Text(field) => Said::Field(field, value.text()),
        Rule::Words(field, words) => {
            let said = value.text().to_ascii_lowercase();
            match words.iter().find(|(word, _)| *word == said) {
                Some((_, "")) => Said::Nothing,
                Some((_, known)) => flag(field, known),
                None => Said::Unknown,
            }
        }
        Rule::Names(field, words) => {
            let said = value.text();
            let known = words.iter().find(|(word, _)| said.eq_ignore_ascii_case(word));
            match (known, layer(&said)) {
                (Some((_, known)), _) => flag(field, known),
                // A list of none.
                (None, Some("")) => Said::Nothing,
                (None, Some(layer)) => flag(field, layer),
                // A pattern is no name.
                (None, None) => Said::Unknown,
            }
        }
        Rule::When(field, set) => match value.yes() {
            Some(true) => flag(field, set),
            Some(false) => Said::Nothing,
            None => Said::Unknown,
        },
        Rule::Flag(field) => match value.yes() {
            Some(yes) => Said::Field(field, yes.to_string()),
            None => Said::Unknown,
        },
        Rule::Place(what) => match value.text().to_ascii_lowercase().as_str() {
            "cpu" | "nvme" | "true" | "legacy" | "disk" | "hidden_states" => flag("offload", what),
            "none" | "false" | "no" => Said::Nothing,
            _ => Said::Unknown,
        },
        Rule::Idle | Rule::Sets(_) | Rule::Begins(_) => Said::Nothing,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, positive and below 2^53")]
pub(super) fn whole(setting: &Setting, least: f64, expected: &'static str) -> Result<u64, LaunchFileError> {
    let number = match &setting.value {
        Scalar::Number(number) => Some(*number),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Yes(_) | Scalar::Nothing => None,
    };
    let sound = |number: &f64| number.fract() == 0.0 && *number >= least && *number <= 1e15;
    number.filter(sound).map(|number| number.max(0.0) as u64).ok_or_else(|| LaunchFileError::Value {
        key: setting.key.clone(),
        value: setting.value.text().chars().take(40).collect(),
        expected,
    })
}

fn count(setting: &Setting) -> Result<u64, LaunchFileError> {
    whole(setting, 1.0, "a whole number, 1 or more")
}

/// A degree of a layout, where -1 means what is left.
fn degree(setting: &Setting) -> Result<u64, LaunchFileError> {
    whole(setting, -1.0, "a whole number, or -1 for what is left")
}

/// Fields that hold several names: those of a file add up.
const LISTS: [&str; 3] = ["offload", "targets", "method"];

/// States a field; names of a list add up, all else must agree.
fn state(
    file: &mut LaunchFile,
    setting: &Setting,
    field: &'static str,
    value: String,
) -> Result<(), LaunchFileError> {
    if let Some(known) = file.fields.iter_mut().find(|stated| stated.field == field) {
        if LISTS.contains(&field) {
            if !known.value.split(',').any(|part| part == value) {
                known.value = format!("{},{value}", known.value);
            }
            return Ok(());
        }
        if field == "stack" || refines(field, &known.value, &value) {
            known.value = value;
            known.key.clone_from(&setting.key);
            return Ok(());
        }
        if refines(field, &value, &known.value) {
            return Ok(());
        }
        if known.value != value {
            return Err(LaunchFileError::Contradiction {
                key: setting.key.clone(),
                value,
                other: known.key.clone(),
                otherwise: known.value.clone(),
            });
        }
        return Ok(());
    }
    file.fields.push(Stated { field, value, key: setting.key.clone() });
    Ok(())
}

/// Whether a value says more exactly what another says.
fn refines(field: &str, known: &str, value: &str) -> bool {
    matches!(
        (field, known, value),
        ("base_format", "nf4", "nf4-dq")
            | ("optimizer", "adamw-foreach" | "adamw", "adamw-fused")
            | ("optimizer", "adamw", "adamw-foreach")
    )
}

/// Variants of LoRA are asked for beside its name, and so is a base in few bits.
fn method(file: &mut LaunchFile) -> Result<(), LaunchFileError> {
    let Some(stated) = file.fields.iter_mut().find(|stated| stated.field == "method") else { return Ok(()) };
    let words: Vec<&str> = stated.value.split(',').collect();
    let [dora, rank, few] = ["dora", "rslora", "qlora"].map(|word| words.contains(&word));
    let alone = words.iter().find(|word| matches!(**word, "full" | "freeze"));
    if let Some(alone) = alone.filter(|_| words.len() > 1) {
        return Err(LaunchFileError::Contradiction {
            key: stated.key.clone(),
            value: stated.value.clone(),
            other: "the method".to_owned(),
            otherwise: format!("{alone}, which has no adapters"),
        });
    }
    let key = stated.key.clone();
    let joined = match (few, dora, rank) {
        (true, true, _) => "qdora",
        (true, false, false) => "qlora",
        (false, true, _) => "dora",
        (_, false, true) => "rslora",
        (false, false, false) => return Ok(()),
    };
    joined.clone_into(&mut stated.value);
    if few && joined == "rslora" && file.get("base_format").is_none() {
        file.fields.push(Stated { field: "base_format", value: "nf4-dq".to_owned(), key });
    }
    Ok(())
}

/// FSDP shares weights as stage 3 of ZeRO does, and quantised ones too, which that leaves whole; groups of ranks that share
/// them say it already.
fn fsdp(file: &mut LaunchFile) {
    let own = |stated: &Stated| {
        stated.field == "zero" && stated.value == "3" && stated.key.contains("fsdp") || stated.field == "fsdp"
    };
    if file.get("hsdp").is_some() {
        file.fields.retain(|stated| !(own(stated) || stated.field == "zero" && stated.value == "3"));
    }
    if let Some(stated) = file.fields.iter_mut().find(|stated| own(stated)) {
        (stated.field, stated.value) = ("fsdp", "true".to_owned());
    }
}

/// An optimizer that steps in the backward pass has a name of its own.
fn in_backward(file: &mut LaunchFile) {
    let Some(place) = file.fields.iter().position(|stated| stated.field == IN_BACKWARD) else { return };
    let mut stated = file.fields.remove(place);
    if let Some(optimizer) = file.fields.iter_mut().find(|stated| stated.field == "optimizer") {
        optimizer.value.push_str("-in-backward");
    } else {
        (stated.field, stated.value) = ("optimizer", "adamw-in-backward".to_owned());
        file.fields.push(stated);
    }
}

/// An order of micro-batches between stages says nothing where there is one stage.
fn one_stage(file: &mut LaunchFile) {
    if file.get("pp").is_some() {
        return;
    }
    if let Some(place) = file.fields.iter().position(|stated| stated.field == "schedule") {
        file.idle.push(file.fields.remove(place).key);
    }
}

/// A step's sequences, micro-batches and their size decide the data-parallel ranks.
fn batches(file: &mut LaunchFile) -> Result<(), LaunchFileError> {
    let number = |field: &str| file.get(field).and_then(|text| text.parse::<u64>().ok());
    let (Some(global), Some(micro), Some(accumulation)) =
        (number("global_batch"), number("micro_batch"), file.accumulation)
    else {
        return Ok(());
    };
    let each = micro.saturating_mul(accumulation);
    let refused = |otherwise: String| LaunchFileError::Contradiction {
        key: "the batch of a step".to_owned(),
        value: format!("{global} sequences"),
        other: "its micro-batches".to_owned(),
        otherwise,
    };
    if !global.is_multiple_of(each) {
        return Err(refused(format!("{accumulation} of {micro} on each rank, which do not divide it")));
    }
    match number("dp") {
        Some(dp) if dp.saturating_mul(each) != global => {
            Err(refused(format!("{accumulation} of {micro} on each of {dp} ranks")))
        }
        Some(_) => Ok(()),
        None => {
            let key = "the batch of a step".to_owned();
            file.fields.push(Stated { field: "dp", value: (global / each).to_string(), key });
            Ok(())
        }
    }
}
