//! Whose launch file it is.

use super::{
    accelerate, axolotl, deepspeed, llama_factory, megatron, rules::Rules, text::Setting, torchtitan,
    torchtune, transformers, unsloth,
};

/// A kind of launch file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// DeepSpeed's JSON.
    DeepSpeed,
    /// Arguments of the Trainer of Hugging Face Transformers or TRL, as YAML, JSON or a command.
    Transformers,
    /// The YAML of Hugging Face Accelerate.
    Accelerate,
    /// The YAML of axolotl.
    Axolotl,
    /// Arguments of Megatron-LM, as a script, a list or YAML.
    Megatron,
    /// What recipes of Megatron-Bridge are told otherwise, as YAML or after its command.
    Bridge,
    /// The TOML or the arguments of torchtitan.
    Torchtitan,
    /// The YAML of LLaMA-Factory.
    LlamaFactory,
    /// The command or the YAML of torchtune.
    Torchtune,
    /// The command of Unsloth's script.
    Unsloth,
}

impl Format {
    /// All of them, in words.
    pub const NAMES: &'static str = "DeepSpeed JSON, Hugging Face TrainingArguments (YAML or JSON), Accelerate YAML, axolotl \
                                     YAML, Megatron arguments (or YAML), torchtitan TOML, LLaMA-Factory YAML and commands of \
                                     TRL, torchtune and Unsloth are";

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeepSpeed => "DeepSpeed",
            Self::Transformers => "Hugging Face TrainingArguments",
            Self::Accelerate => "Hugging Face Accelerate",
            Self::Axolotl => "axolotl",
            Self::Megatron => "Megatron-LM",
            Self::Bridge => "Megatron-Bridge",
            Self::Torchtitan => "torchtitan",
            Self::LlamaFactory => "LLaMA-Factory",
            Self::Torchtune => "torchtune",
            Self::Unsloth => "Unsloth",
        }
    }

    /// The training software whose rules hold, unless the file names another.
    pub(super) const fn stack(self) -> &'static str {
        match self {
            Self::DeepSpeed => "deepspeed",
            Self::Transformers | Self::Accelerate | Self::LlamaFactory => "hf-trainer",
            Self::Axolotl => "axolotl",
            Self::Megatron => "megatron-core",
            Self::Bridge => "megatron-bridge",
            Self::Torchtitan => "torchtitan",
            Self::Torchtune => "torchtune",
            Self::Unsloth => "unsloth",
        }
    }

    pub(super) const fn rules(self) -> Rules {
        match self {
            Self::DeepSpeed => deepspeed::RULES,
            Self::Transformers => transformers::RULES,
            Self::Accelerate => accelerate::RULES,
            Self::Axolotl => axolotl::RULES,
            Self::Megatron | Self::Bridge => megatron::RULES,
            Self::Torchtitan => torchtitan::RULES,
            Self::LlamaFactory => llama_factory::RULES,
            Self::Torchtune => torchtune::RULES,
            Self::Unsloth => unsloth::RULES,
        }
    }

    /// By what only files of the kind say, the surest first.
    pub(super) fn of(name: &str, settings: &[Setting]) -> Option<Self> {
        let is_toml =
            std::path::Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
        let has = |key: &str| settings.iter().any(|setting| setting.key == key);
        let below = |start: &str| settings.iter().any(|setting| setting.key.starts_with(start));
        let signs: [(bool, Self); 12] = [
            (has("distributed_type") || has("compute_environment"), Self::Accelerate),
            (has("base_model"), Self::Axolotl),
            (has("enable_activation_checkpointing") || has("tokenizer.max_seq_len"), Self::Torchtune),
            (has("r") && has("max_seq_length"), Self::Unsloth),
            (has("finetuning_type") || has("cutoff_len"), Self::LlamaFactory),
            (has("train_micro_batch_size_per_gpu") || below("zero_optimization."), Self::DeepSpeed),
            (
                has("per_device_train_batch_size") || has("output_dir") && has("learning_rate"),
                Self::Transformers,
            ),
            (has("train_batch_size") && has("gradient_accumulation_steps"), Self::DeepSpeed),
            (
                has("train_batch_size")
                    && (has("optimizer.type") || has("steps_per_print") || has("fp16.enabled")),
                Self::DeepSpeed,
            ),
            (
                has("tensor-model-parallel-size") || has("micro-batch-size") || has("global-batch-size"),
                Self::Megatron,
            ),
            (below("parallelism.") || below("training.") && is_toml, Self::Torchtitan),
            (has("use-distributed-optimizer") || has("pipeline-model-parallel-size"), Self::Megatron),
        ];
        signs.into_iter().find(|(holds, _)| *holds).map(|(_, format)| format)
    }
}
