//! The JSON of DeepSpeed and its launcher.

use serde_json::{Map, Value, json};
use slipstick_core::training::Optimizer;

use super::{super::report::zero, Command, Said};

impl Said<'_> {
    pub(super) fn deepspeed(&self) -> Command {
        let cluster = &self.planned.cluster;
        let each = u64::from(cluster.per_node).min(cluster.accelerators()).max(1);
        let nodes = cluster.accelerators().div_ceil(each);
        let hosts = if nodes > 1 { format!(" --hostfile HOSTS --num_nodes {nodes}") } else { String::new() };
        let line = format!(
            "deepspeed{hosts} --num_gpus {each} train.py --deepspeed --deepspeed_config ds_config.json"
        );
        let text = serde_json::to_string_pretty(&Value::Object(self.config())).unwrap_or_default();
        let notes = vec!["train.py is your own; what its script says is no part of the file".to_owned()];
        Command::new("deepspeed", "0.19.6", line, notes).reads("ds_config.json", text)
    }

    fn config(&self) -> Map<String, Value> {
        let (batch, layout, recipe) = (self.planned.chosen.batch, self.layout(), self.recipe());
        let mut config = Map::new();
        let mut say = |key: &str, value: Value| config.insert(key.to_owned(), value);
        say("train_batch_size", json!(self.global()));
        say("train_micro_batch_size_per_gpu", json!(batch.micro));
        say("gradient_accumulation_steps", json!(batch.accumulation));
        say("zero_optimization", self.sharing());
        if matches!(self.precision(), "bf16" | "fp16") {
            say(self.precision(), json!({ "enabled": true }));
        }
        let optimizer = match recipe.optimizer {
            Optimizer::AdamW => Some("AdamW"),
            Optimizer::Lion => Some("Lion"),
            Optimizer::Muon => Some("Muon"),
            _ => None,
        };
        if let Some(name) = optimizer {
            say("optimizer", json!({ "type": name }));
        }
        if layout.tp > 1 {
            say("tensor_parallel", json!({ "autotp_size": layout.tp }));
        }
        if layout.cp > 1 {
            say("sequence_parallel_size", json!(layout.cp));
        }
        if self.request.recipe.gradients.is_some() {
            let format = if recipe.gradient_bytes < 4.0 { "bf16" } else { "fp32" };
            say("data_types", json!({ "grad_accum_dtype": format }));
        }
        config
    }
    /// What ranks share, and what of it waits in the host's memory.
    fn sharing(&self) -> Value {
        let recipe = self.recipe();
        let mut sharing = json!({ "stage": zero(recipe.sharding) });
        if recipe.offload.optimizer {
            sharing["offload_optimizer"] = json!({ "device": "cpu", "pin_memory": true });
        }
        if recipe.offload.weights {
            sharing["offload_param"] = json!({ "device": "cpu", "pin_memory": true });
        }
        if let Some(ranks) = recipe.shard_group {
            sharing["zero_hpz_partition_size"] = json!(ranks);
        }
        sharing
    }
}
