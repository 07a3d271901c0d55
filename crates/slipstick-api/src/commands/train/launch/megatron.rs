//! Arguments of Megatron-LM, and what recipes of Megatron-Bridge are told otherwise: the same words with underscores.

use slipstick_core::{
    numeric::ScalarFormat,
    training::{AttentionKernel, Loss, Optimizer, Parts, Recompute, Sharding},
};

use super::{Arguments, Command, Said};

/// Parts of a layer that can be computed again, by the names of its modules; which are of experts alone.
const MODULES: [(Parts, &str, bool); 6] = [
    (Parts::ATTENTION, "core_attn", false),
    (Parts::NORMS, "layernorm", false),
    (Parts::LATENT_UP, "mla_up_proj", false),
    (Parts::FEED_FORWARD, "mlp", false),
    (Parts::ACTIVATION, "moe_act", true),
    (Parts::EXPERTS, "moe", true),
];

/// What a run is told, as Megatron-LM's arguments without their dashes: with a value, or as a switch.
type Words = Vec<(&'static str, Option<String>)>;

/// Headings of Megatron-Bridge, and the words that stand below each.
const HEADINGS: [(&str, &[&str]); 4] = [
    ("train", &["micro-batch-size", "global-batch-size", "train-iters"]),
    (
        "ddp",
        &[
            "use-distributed-optimizer",
            "use-megatron-fsdp",
            "data-parallel-sharding-strategy",
            "grad-reduce-in-bf16",
        ],
    ),
    ("optimizer", &["optimizer", "optimizer-cpu-offload"]),
    ("dataset", &["seq-length"]),
];

impl Said<'_> {
    /// Megatron-LM's own program for decoders.
    pub(super) fn megatron(&self) -> Command {
        let start = self.torchrun("pretrain_gpt.py ${MODEL_ARGS[@]} ${DATA_ARGS[@]}");
        let mut arguments = Arguments::new(start, " ");
        for (key, value) in self.words(self.version()) {
            match value {
                Some(value) => arguments.say(&format!("--{key}"), value),
                None => arguments.switch(&format!("--{key}"), true),
            }
        }
        let notes = vec![
            "MODEL_ARGS are the model's layers, widths and vocabulary, DATA_ARGS your data set and learning rate".to_owned(),
        ];
        Command::new("megatron-lm", "core 0.19.0", arguments.text, notes)
    }

    /// The program for recipes that Megatron-Bridge has had since 0.3, of containers since 26.02.
    pub(super) fn bridge(&self) -> Result<Command, String> {
        if self.version() < [26, 2] {
            return Err("Megatron-Bridge has had one program for all its recipes since 26.02: ask for --stack megatron-bridge@26.02 or later".to_owned());
        }
        let start = self.torchrun("scripts/training/run_recipe.py --recipe RECIPE --mode pretrain");
        let mut arguments = Arguments::new(start, "=");
        let narrow = ["bf16", "fp16", "fp8-format", "fp8-recipe", "fp4-format"];
        for (key, value) in self.words([0, u64::MAX]).into_iter().filter(|(key, _)| !narrow.contains(key)) {
            let head =
                HEADINGS.iter().find(|(_, words)| words.contains(&key)).map_or("model", |(head, _)| head);
            let own = match key {
                "num-virtual-stages-per-pipeline-rank" => "virtual_pipeline_model_parallel_size".to_owned(),
                key => key.replace('-', "_"),
            };
            let value = value.unwrap_or_else(|| "true".to_owned());
            if value.contains(' ') {
                arguments.switch(&format!("'{head}.{own}=[{}]'", value.replace(' ', ",")), true);
            } else {
                arguments.say(&format!("{head}.{own}"), value);
            }
        }
        // What is left out is what the recipe says.
        if self.recipe().sharding == Sharding::Whole {
            arguments.say("ddp.use_distributed_optimizer", "false");
        }
        if self.recipe().recompute == Recompute::None {
            arguments.say("model.recompute_granularity", "null");
        }
        if let Some(mixed) = self.mixed() {
            arguments.say("mixed_precision", mixed);
        }
        let notes = vec![
            "RECIPE is the model's own of Megatron-Bridge, such as llama32_1b_pretrain_config".to_owned(),
        ];
        Ok(Command::new("megatron-bridge", "0.6.0", arguments.text, notes))
    }

    /// The recipe of formats.
    fn mixed(&self) -> Option<&'static str> {
        match self.precision() {
            "bf16" => Some("bf16_mixed"),
            "fp16" => Some("fp16_mixed"),
            "fp8" | "fp8-delayed" => Some("bf16_with_fp8_delayed_scaling_mixed"),
            "fp8-current" => Some("bf16_with_fp8_current_scaling_mixed"),
            "fp8-blockwise" => Some("bf16_with_fp8_subchannel_scaling_mixed"),
            "mxfp8" => Some("bf16_with_mxfp8_mixed"),
            "nvfp4" => Some("bf16_with_nvfp4_mixed"),
            _ => None,
        }
    }

    /// What either is told, where its release has the word.
    fn words(&self, version: [u64; 2]) -> Words {
        let mut words = self.split(version);
        words.extend(self.batch());
        words.extend(self.shared(version));
        words.extend(self.again(version));
        words.extend(self.formats(version));
        words.extend(self.habits(version));
        words
    }

    fn split(&self, version: [u64; 2]) -> Words {
        let layout = self.layout();
        let mut words = vec![
            ("tensor-model-parallel-size", Some(layout.tp.to_string())),
            ("pipeline-model-parallel-size", Some(layout.pp.to_string())),
            ("context-parallel-size", Some(layout.cp.to_string())),
        ];
        if self.planned.shape.experts > 0 {
            words.push(("expert-model-parallel-size", Some(layout.ep.to_string())));
            if version >= [0, 10] {
                words.push(("expert-tensor-parallel-size", Some(layout.etp.to_string())));
            }
        }
        let layers = self.planned.shape.layers.len() as u64;
        let chunks = layout.pp.saturating_mul(layout.vpp);
        if self.is_interleaved() && version >= [0, 11] {
            words.push(("num-virtual-stages-per-pipeline-rank", Some(layout.vpp.to_string())));
        } else if self.is_interleaved() && layers.is_multiple_of(chunks) {
            words.push(("num-layers", Some(layers.to_string())));
            words.push(("num-layers-per-virtual-pipeline-stage", Some((layers / chunks).to_string())));
        }
        let splits = self.recipe().sequence_parallel && layout.tp > 1;
        words.extend(splits.then_some(("sequence-parallel", None)));
        words
    }

    fn batch(&self) -> Words {
        vec![
            ("micro-batch-size", Some(self.planned.chosen.batch.micro.to_string())),
            ("global-batch-size", Some(self.global().to_string())),
            ("seq-length", Some(self.planned.sequence.to_string())),
            ("train-iters", Some(self.steps.to_string())),
        ]
    }

    fn shared(&self, version: [u64; 2]) -> Words {
        let strategy = match self.recipe().sharding {
            Sharding::Whole => return Vec::new(),
            Sharding::Optimizer => return vec![("use-distributed-optimizer", None)],
            Sharding::Gradients => "optim_grads",
            Sharding::Weights => "optim_grads_params",
        };
        let own = if version >= [0, 14] { "use-megatron-fsdp" } else { "use-custom-fsdp" };
        if version < [0, 12] {
            return Vec::new();
        }
        let strategy = ("data-parallel-sharding-strategy", Some(strategy.to_owned()));
        vec![("use-distributed-optimizer", None), (own, None), strategy]
    }

    fn again(&self, version: [u64; 2]) -> Words {
        let layers = |count: u64, method: &str| {
            let own = ("recompute-granularity", Some("full".to_owned()));
            vec![
                own,
                ("recompute-method", Some(method.to_owned())),
                ("recompute-num-layers", Some(count.to_string())),
            ]
        };
        match self.recipe().recompute {
            Recompute::None => Vec::new(),
            Recompute::Full => layers(1, "uniform"),
            Recompute::Block(count) => layers(count, "block"),
            Recompute::Selective(parts) => {
                let experts = self.planned.shape.experts > 0;
                let own = MODULES
                    .iter()
                    .filter(|(part, _, of_experts)| parts.has(*part) && (experts || !of_experts));
                let names: Vec<&str> = own.map(|(_, name, _)| *name).collect();
                let mut words = vec![("recompute-granularity", Some("selective".to_owned()))];
                match names.as_slice() {
                    [] => return Vec::new(),
                    ["core_attn"] => {}
                    _ if version < [0, 12] => return Vec::new(),
                    names => words.push(("recompute-modules", Some(names.join(" ")))),
                }
                words
            }
        }
    }

    fn formats(&self, version: [u64; 2]) -> Words {
        let recipe = match self.precision() {
            "bf16" => return vec![("bf16", None)],
            "fp16" => return vec![("fp16", None)],
            "nvfp4" if version >= [0, 15] => {
                return vec![("bf16", None), ("fp4-format", Some("e2m1".to_owned()))];
            }
            "fp8" | "fp8-delayed" => "delayed",
            "fp8-current" => "tensorwise",
            "fp8-blockwise" => "blockwise",
            "mxfp8" => "mxfp8",
            _ => return Vec::new(),
        };
        let mut words = vec![("bf16", None), ("fp8-format", Some("hybrid".to_owned()))];
        if version >= [0, 12] {
            words.push(("fp8-recipe", Some(recipe.to_owned())));
        }
        words
    }

    fn habits(&self, version: [u64; 2]) -> Words {
        let recipe = self.recipe();
        let mut words = Words::new();
        let optimizer = match recipe.optimizer {
            Optimizer::AdamW => Some("adam"),
            Optimizer::Momentum => Some("sgd"),
            Optimizer::Muon if version >= [0, 16] => Some("muon"),
            _ => None,
        };
        words.extend(optimizer.map(|name| ("optimizer", Some(name.to_owned()))));
        let unfused = recipe.attention == AttentionKernel::Unfused;
        if version >= [0, 11] {
            words.push(("attention-backend", Some(if unfused { "unfused" } else { "flash" }.to_owned())));
        } else if !unfused {
            words.push(("use-flash-attn", None));
        }
        let narrow = recipe.gradient_bytes < 4.0 && recipe.compute != ScalarFormat::Fp32;
        let switches = [
            ("cross-entropy-loss-fusion", recipe.loss == Loss::Fused && version >= [0, 8]),
            ("grad-reduce-in-bf16", narrow && version >= [0, 12]),
            ("optimizer-cpu-offload", recipe.offload.optimizer && version >= [0, 12]),
        ];
        words.extend(switches.into_iter().filter(|(_, holds)| *holds).map(|(key, _)| (key, None)));
        if recipe.multi_token > 0 && version >= [0, 12] {
            words.push(("mtp-num-layers", Some(recipe.multi_token.to_string())));
        }
        words
    }
}
