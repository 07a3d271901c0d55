//! Launch files by the habits of those that projects publish: scripts with variables, defaults that nobody writes down, names
//! of files that programs come with.

use slipstick_import::launch::{Format, LaunchFile, read};

#[track_caller]
fn file(name: &str, text: &str) -> LaunchFile {
    read(name, text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A field as the file states it, or as its software takes it.
fn value<'a>(file: &'a LaunchFile, field: &str) -> Option<&'a str> {
    let mut all = file.fields.iter().chain(&file.assumed);
    all.find(|stated| stated.field == field).map(|stated| stated.value.as_str())
}

#[track_caller]
fn means(file: &LaunchFile, fields: &[(&str, &str)]) {
    for (field, expected) in fields {
        assert_eq!(value(file, field), Some(*expected), "{field}: {file:#?}");
    }
}

/// Megatron-LM's examples keep arguments in lists, and numbers in variables.
#[test]
fn a_script_with_variables() {
    let text = "#!/bin/bash\nexport CUDA_DEVICE_MAX_CONNECTIONS=1\nTP_SIZE=2\nPP=${PP:-4}\nGPUS=8\nNODES=2\n\
                WORLD=$(($GPUS*$NODES))\nMODEL_ARGS=(\n    --num-layers 32\n    --seq-length 8192 # tokens\n)\nDTYPE_ARGS=()\n\
                DTYPE_ARGS+=(\n    \"--fp8-format hybrid\"\n)\nPARALLEL_ARGS=(\n    --tensor-model-parallel-size $TP_SIZE\n    \
                --pipeline-model-parallel-size ${PP}\n    --sequence-parallel\n    --micro-batch-size 1\n    \
                --global-batch-size ${WORLD}\n    --num-layers-per-virtual-pipeline-stage 2\n    --bf16\n)\nif [ -z \"$X\" ]; then\n  \
                echo \"don't\"\nfi\ntorchrun --nproc_per_node $GPUS pretrain_gpt.py ${MODEL_ARGS[@]} ${PARALLEL_ARGS[@]} 2>&1 | tee \
                log.txt\n";
    let script = file("train.sh", text);
    assert_eq!(script.format, Format::Megatron);
    let stated = [
        ("tp", "2"),
        ("pp", "4"),
        // 32 layers in stages of four and chunks of two layers.
        ("vpp", "4"),
        ("sequence", "8192"),
        ("micro_batch", "1"),
        ("global_batch", "16"),
        ("precision", "fp8-delayed"),
        ("sequence_parallel", "true"),
    ];
    means(&script, &stated);
    // Megatron shares nothing and computes nothing again unless it is told to.
    means(&script, &[("zero", "0"), ("recompute", "none"), ("loss", "full"), ("cp", "1")]);
}

/// Older ones keep arguments between quotation marks over several lines.
#[test]
fn arguments_in_a_variable() {
    let text = "GPT_ARGS=\"\n    --micro-batch-size 4 \\\n    --global-batch-size $bs \\\n    --fp16\n\"\npython pretrain_gpt.py \
                $GPT_ARGS --tensor-model-parallel-size 8\n";
    let script = file("train.sh", text);
    means(&script, &[("micro_batch", "4"), ("tp", "8"), ("precision", "fp16")]);
    // What the script does not say is left open, and is no broken number.
    assert_eq!(
        (value(&script, "global_batch"), script.open.as_slice()),
        (None, ["global-batch-size".to_owned()].as_slice())
    );
}

/// Variables that double each time grow no further than a value may be long.
#[test]
fn variables_do_not_grow() {
    let mut text = String::from("A=xxxxxxxxxxxxxxxx\n");
    for (before, after) in ('A'..='Y').zip('B'..='Z') {
        text.extend([format!("{after}=\"${{{before}}}${{{before}}}\"\n")]);
    }
    text.push_str("python pretrain_gpt.py --micro-batch-size 1 --save $Z --split \"$Z$Z$Z\"\n");
    let script = file("a.sh", &text);
    means(&script, &[("micro_batch", "1")]);
    let dollars = format!("--micro-batch-size 1 --save {}", "$".repeat(100_000));
    means(&file("b.sh", &dollars), &[("micro_batch", "1")]);
}

/// Its tests write arguments as YAML, dashes and all.
#[test]
fn arguments_as_yaml() {
    let text = "ENV_VARS:\n  NCCL_ALGO: Ring\nMODEL_ARGS:\n  --micro-batch-size: 4\n  --global-batch-size: 32\n  \
                --tensor-model-parallel-size: 2\n  --expert-model-parallel-size: 4\n  --num-experts: 8\n  --use-distributed-optimizer: \
                true\n  --recompute-granularity: selective\n  --recompute-modules: [core_attn, moe_act]\n";
    let yaml = file("model_config.yaml", text);
    let stated =
        [("tp", "2"), ("ep", "4"), ("zero", "1"), ("recompute", "core_attn,moe_act"), ("micro_batch", "4")];
    means(&yaml, &stated);
    // Experts are split as all else is, unless their own degree is given.
    means(&yaml, &[("etp", "2")]);
}

#[test]
fn megatron_shares_by_a_strategy() {
    let fsdp = "--micro-batch-size 1 --use-distributed-optimizer --use-megatron-fsdp";
    means(&file("a.sh", fsdp), &[("fsdp", "true")]);
    let gradients = format!("{fsdp} --data-parallel-sharding-strategy optim_grads");
    means(&file("a.sh", &gradients), &[("zero", "2")]);
    // A strategy alone is Megatron-FSDP's, and nobody else's.
    let without = "--micro-batch-size 1 --use-distributed-optimizer --data-parallel-sharding-strategy optim_grads_params";
    means(&file("a.sh", without), &[("zero", "1")]);
    let block =
        "--micro-batch-size 1 --recompute-granularity full --recompute-method block --recompute-num-layers 4";
    means(&file("a.sh", block), &[("recompute", "block:4")]);
}

/// Megatron-Bridge's recipes are told what is otherwise, as YAML or after the command.
#[test]
fn megatron_bridge() {
    let text = "model:\n  tensor_model_parallel_size: 4\n  pipeline_model_parallel_size: 1\n  sequence_parallel: true\ntrain:\n  \
                micro_batch_size: 1\n  global_batch_size: 8\nddp:\n  use_distributed_optimizer: false\nmixed_precision: \
                bf16_with_mxfp8_mixed\n";
    let yaml = file("override.yaml", text);
    assert_eq!(yaml.format, Format::Bridge);
    let all = [
        ("stack", "megatron-bridge"),
        ("tp", "4"),
        ("micro_batch", "1"),
        ("zero", "0"),
        ("precision", "mxfp8"),
    ];
    means(&yaml, &all);
    let line = "torchrun scripts/training/run_recipe.py --recipe llama3_8b_pretrain_config model.tensor_model_parallel_size=4 \
                train.micro_batch_size=1 train.global_batch_size=8 ddp.use_distributed_optimizer=false \
                mixed_precision=bf16_with_mxfp8_mixed";
    means(&file("run.sh", line), &all);
}

/// Stages of torchtitan take a rank's batch in micro-batches.
#[test]
fn torchtitan_with_stages() {
    let text = "[training]\nlocal_batch_size = 8\nseq_len = 4096\n[parallelism]\npipeline_parallel_degree = 4\n\
                pipeline_parallel_microbatch_size = 2\npipeline_parallel_schedule = \"Interleaved1F1B\"\n\
                data_parallel_replicate_degree = 2\ndata_parallel_shard_degree = 4\ncontext_parallel_degree = 2\n[activation_checkpoint]\n\
                mode = \"selective\"\nselective_ac_option = \"op\"\n";
    let toml = file("train.toml", text);
    means(&toml, &[("micro_batch", "2"), ("pp", "4"), ("vpp", "2"), ("recompute", "op"), ("dp", "8")]);
    assert_eq!(toml.accumulation, Some(4));
    // Ranks that share states hold parts of sequences too.
    means(&toml, &[("hsdp", "8")]);
    let layers = file("train.toml", &text.replace("\"op\"", "\"2\""));
    assert_eq!(layers.unread, ["activation_checkpoint.selective_ac_option = 2"]);
}

/// Since August 2026 its batches are tokens.
#[test]
fn torchtitan_in_tokens() {
    let line = "torchrun -m torchtitan.train --module llama3 --config llama3_8b --training.max_context_length 8192 \
                --training.num_tokens_per_microbatch_per_dp_rank 16384 --training.num_tokens_per_train_step 1048576 \
                --parallelism.tensor_parallel_degree 2";
    let script = file("run.sh", line);
    means(&script, &[("sequence", "8192"), ("micro_batch", "2"), ("global_batch", "128"), ("tp", "2")]);
    let odd = file("run.sh", &line.replace("16384", "10000"));
    assert_eq!(odd.unread, ["training.num_tokens_per_microbatch_per_dp_rank = 10000"]);
}

/// What LLaMA-Factory does where its file says nothing.
#[test]
fn llama_factory_defaults() {
    let text = "model_name_or_path: m\nstage: sft\nfinetuning_type: lora\nquantization_bit: 4\ntemplate: llama3\ndeepspeed: \
                examples/deepspeed/ds_z3_offload_config.json\nbf16: true\n";
    let yaml = file("sft.yaml", text);
    means(&yaml, &[("method", "lora"), ("rank", "8"), ("sequence", "2048"), ("recompute", "full")]);
    means(&yaml, &[("base_format", "nf4-dq"), ("zero", "3"), ("offload", "optimizer,weights")]);
    // A method that is not known is named, and no other is taken for it.
    let other = file("sft.yaml", &text.replace("lora", "oft"));
    assert_eq!(
        (value(&other, "method"), other.unread.as_slice()),
        (None, ["finetuning_type = oft".to_owned()].as_slice())
    );
}

/// A model with adapters is known by its builder alone.
#[test]
fn torchtune_builders() {
    let text = "model:\n  _component_: torchtune.models.llama3_1.qlora_llama3_1_8b\n  lora_rank: 8\ntokenizer:\n  max_seq_len: \
                null\nbatch_size: 2\nbatch_size_val: ${batch_size}\nenable_activation_checkpointing: true\nloss:\n  _component_: \
                torchtune.rlhf.loss.DPOLoss\n";
    let yaml = file("qlora.yaml", text);
    means(&yaml, &[("method", "qlora"), ("base_format", "nf4-dq"), ("rank", "8"), ("algorithm", "dpo")]);
    assert_eq!(yaml.unread, <[String; 0]>::default());
    let full = file(
        "full.yaml",
        "model:\n  _component_: torchtune.models.llama3_1.llama3_1_8b\nbatch_size: 2\n\
                                  enable_activation_checkpointing: true\n",
    );
    means(&full, &[("method", "full")]);
}

/// The kind of a run alone says what ranks share.
#[test]
fn accelerate_kinds() {
    let kind = |word: &str| {
        file("a.yaml", &format!("compute_environment: LOCAL_MACHINE\ndistributed_type: {word}\n"))
    };
    means(&kind("MULTI_GPU"), &[("zero", "0")]);
    means(&kind("FSDP"), &[("fsdp", "true")]);
    means(&kind("DEEPSPEED"), &[("zero", "2"), ("stack", "deepspeed")]);
    let both = "compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\nfsdp_config:\n  fsdp_version: 2\n  \
                fsdp_reshard_after_forward: true\nparallelism_config:\n  parallelism_config_dp_replicate_size: 2\n  \
                parallelism_config_dp_shard_size: 2\n  parallelism_config_tp_size: 2\n";
    means(&file("a.yaml", both), &[("tp", "2"), ("dp", "4"), ("hsdp", "2")]);
    let elsewhere = "compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\ndeepspeed_config:\n  \
                     deepspeed_config_file: my.json\n";
    assert_eq!(file("a.yaml", elsewhere).unread, ["deepspeed_config.deepspeed_config_file = my.json"]);
}

/// Axolotl's newer words, and what is null.
#[test]
fn axolotl_words() {
    let text = "base_model: m\nadapter: lora\nlora_r: 16\nlora_model_dir: null\nattn_implementation: flash_attention_2\n\
                gradient_checkpointing: offload\ndeepspeed: deepspeed_configs/zero3_bf16_cpuoffload_params.json\n\
                max_packed_sequence_len:\nunknown_key:\n";
    let yaml = file("a.yaml", text);
    means(
        &yaml,
        &[("attention", "flash"), ("recompute", "full"), ("zero", "3"), ("offload", "activations,weights")],
    );
    // peft trains queries and values where nobody says which layers.
    means(&yaml, &[("targets", "q_proj,v_proj"), ("micro_batch", "1")]);
    // Null says nothing, of whatever it is.
    assert_eq!(yaml.unread, <[String; 0]>::default());
    assert!(yaml.open.iter().any(|key| key == "unknown_key"), "{yaml:#?}");
}

/// Layers are known by the last part of their names, and a pattern by none.
#[test]
fn names_of_layers() {
    let lora = |targets: &str| {
        file("a.yaml", &format!("base_model: m\nadapter: lora\nlora_r: 8\nlora_target_modules: {targets}\n"))
    };
    means(
        &lora("[self_attn.q_proj, self_attn.v_proj, shared_expert.up_proj]"),
        &[("targets", "q_proj,v_proj,shared_expert")],
    );
    let pattern = lora("'model.layers.[\\d]+.(mlp|self_attn).(up|down|q)_proj'");
    assert_eq!(value(&pattern, "targets"), None);
    assert!(pattern.unread.iter().any(|line| line.starts_with("lora_target_modules")), "{pattern:#?}");
}

/// A model that is named to TRL is trained whole unless adapters are asked for, in micro-batches that are the Trainer's.
#[test]
fn trainer_defaults() {
    let text = "model_name_or_path: m\nlearning_rate: 2.0e-5\noutput_dir: out\nbf16: true\n";
    let yaml = file("sft.yaml", text);
    means(&yaml, &[("method", "full"), ("micro_batch", "8"), ("accumulation", "1"), ("recompute", "none")]);
    let lora = file("sft.yaml", &format!("{text}use_peft: true\n"));
    means(&lora, &[("method", "lora"), ("targets", "q_proj,v_proj")]);
    // What is left to be chosen is chosen by nobody here.
    let open = file("sft.yaml", &format!("{text}gradient_accumulation_steps: auto\n"));
    assert_eq!(value(&open, "accumulation"), None);
}
