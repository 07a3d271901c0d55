//! What software takes where its file says nothing, whatever would be best.

use super::{Format, LaunchFile, Stated, megatron, text::Setting};

/// A field, and what it is where nobody says.
type Usual = (&'static str, &'static str);

/// No rank splits anything.
const DEGREES: [Usual; 4] = [("tp", "1"), ("pp", "1"), ("cp", "1"), ("ep", "1")];

/// What the Trainer of Transformers does: its `TrainingArguments`.
const TRAINER: [Usual; 2] = [("micro_batch", "8"), ("accumulation", "1")];

/// TRL's `SFTConfig` and its kin.
const TRL: [Usual; 1] = [("recompute", "full")];

/// LLaMA-Factory's `FinetuningArguments`, `DataArguments` and `ModelArguments`.
const LLAMA_FACTORY: [Usual; 3] = [("method", "lora"), ("sequence", "2048"), ("recompute", "full")];

/// Axolotl's schema.
const AXOLOTL: [Usual; 3] = [("micro_batch", "1"), ("accumulation", "1"), ("recompute", "none")];

/// Adapters, where peft is not told which: those of most decoders in its own table.
const PEFT_TARGETS: Usual = ("targets", "q_proj,v_proj");

/// What a file leaves unsaid, in its order.
pub(super) fn of(file: &LaunchFile, settings: &[Setting]) -> Vec<Stated> {
    let mut assumed = Vec::new();
    take(file, DEGREES.map(|(field, value)| (field, value.to_owned())), "not stated", &mut assumed);
    let adapts = file.get("method").is_some_and(|method| !matches!(method, "full" | "freeze"))
        || file.get("method").is_none() && file.get("rank").is_some();
    let is_trl = file.get("stack") == Some("trl");
    let shared = ["zero", "fsdp", "hsdp"].into_iter().any(|field| file.get(field).is_some());
    let mut usual = own(file, settings, is_trl, adapts);
    let peft = matches!(file.format, Format::Transformers | Format::Axolotl);
    usual.extend((peft && adapts).then_some(PEFT_TARGETS));
    // A model is named to programs that make adapters themselves, and to no bare Trainer.
    let makes = file.format == Format::Transformers && file.get("model").is_some();
    let trains_all = matches!(file.format, Format::Axolotl | Format::Torchtune) || is_trl || makes;
    usual.extend((trains_all && !adapts).then_some(("method", "full")));
    let alone = matches!(file.format, Format::Axolotl | Format::LlamaFactory);
    usual.extend((alone && !shared).then_some(("zero", "0")));
    let usual = usual.into_iter().map(|(field, value)| (field, value.to_owned()));
    let more = (file.format == Format::Megatron).then(|| megatron::unsaid(file, settings));
    take(file, usual.chain(more.into_iter().flatten()), "its software's default", &mut assumed);
    assumed
}

/// What the software of a format does by itself.
fn own(file: &LaunchFile, settings: &[Setting], is_trl: bool, adapts: bool) -> Vec<Usual> {
    let mut usual: Vec<Usual> = Vec::new();
    match file.format {
        Format::Transformers => {
            usual.extend(if is_trl { &TRL[..] } else { &[("recompute", "none")] });
            usual.extend(TRAINER);
        }
        Format::LlamaFactory => {
            usual.extend(LLAMA_FACTORY);
            let lora =
                matches!(file.get("method"), None | Some("lora" | "qlora" | "dora" | "rslora" | "qdora"));
            usual.extend(lora.then_some(("rank", "8")));
            usual.extend(TRAINER);
        }
        Format::Axolotl => {
            usual.extend(AXOLOTL);
            usual.extend(adapts.then_some(("rank", "8")));
        }
        Format::Torchtune => usual.extend([("recompute", "none"), ("accumulation", "1")]),
        Format::Accelerate => usual.extend(accelerated(settings)),
        Format::Torchtitan => usual.extend(titan(file, settings)),
        // Megatron's own follow below: they go by its other settings.
        Format::Megatron | Format::DeepSpeed | Format::Bridge | Format::Unsloth => {}
    }
    usual
}

/// Experts are whole, one chunk is a stage, and interleaved stages have two unless their layers are counted.
fn titan(file: &LaunchFile, settings: &[Setting]) -> Vec<Usual> {
    let counted = settings.iter().any(|one| one.key == "parallelism.pipeline_parallel_layers_per_stage");
    let mut usual: Vec<Usual> = file.get("ep").map(|_| ("etp", "1")).into_iter().collect();
    match file.get("schedule") {
        None => usual.extend(file.get("pp").map(|_| ("schedule", "1f1b"))),
        Some("interleaved") if !counted => usual.push(("vpp", "2")),
        Some(_) => {}
    }
    usual
}

/// How ranks share states by the kind of a run alone.
fn accelerated(settings: &[Setting]) -> Option<Usual> {
    let kind =
        settings.iter().find(|setting| setting.key == "distributed_type")?.value.text().to_ascii_lowercase();
    match kind.as_str() {
        "fsdp" => Some(("fsdp", "true")),
        "deepspeed" => Some(("zero", "2")),
        "megatron_lm" => None,
        _ => Some(("zero", "0")),
    }
}

/// Takes what neither the file states nor it leaves open.
fn take(
    file: &LaunchFile,
    usual: impl IntoIterator<Item = (&'static str, String)>,
    why: &str,
    assumed: &mut Vec<Stated>,
) {
    for (field, value) in usual {
        let known = match field {
            "accumulation" => file.accumulation.is_some() || file.get("global_batch").is_some(),
            field => file.get(field).is_some(),
        };
        let shares = |name: &str| ["zero", "fsdp", "hsdp"].contains(&name);
        let known = known || shares(field) && file.fields.iter().any(|stated| shares(stated.field));
        let named = file.open.iter().map(String::as_str);
        let unread = file.unread.iter().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key);
        let is_open = named.chain(unread).any(|key| leaves(key, field));
        if !known && !is_open && assumed.iter().all(|one| one.field != field) {
            assumed.push(Stated { field, value, key: why.to_owned() });
        }
    }
}

/// Whether a key that is left open or not understood is of a field.
fn leaves(key: &str, field: &str) -> bool {
    let words: &[&str] = match field {
        "accumulation" => &["gradient_accumulation_steps"],
        "micro_batch" => &["per_device_train_batch_size", "micro_batch_size", "batch_size"],
        "recompute" => &["gradient_checkpointing"],
        "sequence" => &["cutoff_len"],
        "targets" => &["lora_target_modules", "lora_target"],
        "method" => &["finetuning_type", "adapter", "unfrozen_parameters"],
        "tp" => &["tensor-model-parallel-size", "tensor_parallel_size"],
        "pp" => &["pipeline-model-parallel-size"],
        "cp" => &["context-parallel-size"],
        "ep" => &["expert-model-parallel-size"],
        _ => &[],
    };
    words.contains(&key)
}
