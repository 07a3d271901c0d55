//! Launch files as people have them, and as nobody should.

use slipstick_import::launch::{Format, LaunchFile, LaunchFileError, read};

fn file(name: &str, text: &str) -> LaunchFile {
    read(name, text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn says(file: &LaunchFile, fields: &[(&str, &str)]) {
    for (field, value) in fields {
        assert_eq!(file.get(field), Some(*value), "{field}: {file:#?}");
    }
    let known: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
    let more: Vec<_> = file.fields.iter().filter(|stated| !known.contains(&stated.field)).collect();
    assert!(more.is_empty(), "{more:?}");
}

/// As in the documentation of Transformers: everything that the Trainer knows is left to it.
const DEEPSPEED: &str = r#"{
    "bf16": {"enabled": "auto"},
    "optimizer": {"type": "AdamW", "params": {"lr": "auto", "betas": "auto", "eps": "auto", "weight_decay": "auto"}},
    "scheduler": {"type": "WarmupLR", "params": {"warmup_min_lr": "auto", "warmup_max_lr": "auto"}},
    "zero_optimization": {
        "stage": 3,
        "offload_optimizer": {"device": "cpu", "pin_memory": true},
        "offload_param": {"device": "nvme", "nvme_path": "/local_nvme"},
        "overlap_comm": true,
        "contiguous_gradients": true,
        "sub_group_size": 1e9,
        "reduce_bucket_size": "auto",
        "stage3_prefetch_bucket_size": "auto",
        "stage3_gather_16bit_weights_on_model_save": true
    },
    "gradient_accumulation_steps": 4,
    "gradient_clipping": "auto",
    "steps_per_print": 2000,
    "train_batch_size": 128,
    "train_micro_batch_size_per_gpu": 2,
    "wall_clock_breakdown": false,
    "hybrid_engine": {"enabled": false}
}"#;

#[test]
fn deepspeed() {
    let file = file("ds_config_zero3.json", DEEPSPEED);
    assert_eq!(file.format, Format::DeepSpeed);
    says(
        &file,
        &[
            ("stack", "deepspeed"),
            ("zero", "3"),
            ("offload", "optimizer,weights"),
            ("optimizer", "adamw"),
            ("global_batch", "128"),
            ("micro_batch", "2"),
            // 128 = 2 x 4 x 16.
            ("dp", "16"),
        ],
    );
    assert_eq!(file.accumulation, Some(4));
    assert_eq!(file.open, ["bf16.enabled"]);
    assert!(file.idle.iter().any(|key| key == "zero_optimization.overlap_comm"));
    // Buckets decide memory and are not taken from the file: named, never dropped.
    assert!(
        file.unread.iter().any(|line| line.starts_with("zero_optimization.reduce_bucket_size")),
        "{file:#?}"
    );
    assert!(file.unread.iter().any(|line| line == "hybrid_engine.enabled = false"), "{file:#?}");
}

#[test]
fn trainer_arguments() {
    let text = "model_name_or_path: meta-llama/Llama-3.1-8B\nper_device_train_batch_size: 2\ngradient_accumulation_steps: 8\n\
                max_length: 8192\nbf16: true\ngradient_checkpointing: true\noptim: adamw_torch_fused\nattn_implementation: \
                flash_attention_2\nuse_liger_kernel: true\nfsdp: full_shard auto_wrap\nfsdp_config:\n  \
                transformer_layer_cls_to_wrap: LlamaDecoderLayer\nlearning_rate: 2.0e-5\noutput_dir: out\nneftune_noise_alpha: 5\n";
    let file = file("sft.yaml", text);
    assert_eq!(file.format, Format::Transformers);
    says(
        &file,
        &[
            ("stack", "hf-trainer"),
            ("model", "meta-llama/Llama-3.1-8B"),
            ("micro_batch", "2"),
            ("sequence", "8192"),
            ("precision", "bf16"),
            ("recompute", "full"),
            ("optimizer", "adamw-fused"),
            ("attention", "flash"),
            ("loss", "chunked"),
            ("fsdp", "true"),
        ],
    );
    assert_eq!(
        (file.accumulation, file.unread.as_slice()),
        (Some(8), ["neftune_noise_alpha = 5".to_owned()].as_slice())
    );
}

#[test]
fn accelerate() {
    let text = "compute_environment: LOCAL_MACHINE\ndebug: false\ndistributed_type: FSDP\ndowncast_bf16: 'no'\nfsdp_config:\n  \
                fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP\n  fsdp_sharding_strategy: FULL_SHARD\n  \
                fsdp_offload_params: true\n  fsdp_activation_checkpointing: true\n  fsdp_version: 1\nmachine_rank: \
                0\nmain_training_function: main\nmixed_precision: bf16\nnum_machines: 1\nnum_processes: 8\nuse_cpu: false\n";
    let fsdp = file("accelerate.yaml", text);
    assert_eq!(fsdp.format, Format::Accelerate);
    says(
        &fsdp,
        &[
            ("stack", "hf-trainer"),
            ("fsdp", "true"),
            ("offload", "weights"),
            ("recompute", "full"),
            ("precision", "bf16"),
        ],
    );
    assert!(fsdp.unread.is_empty(), "{fsdp:#?}");
    let text = "compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\ndeepspeed_config:\n  zero_stage: 2\n  \
                offload_optimizer_device: cpu\n  offload_param_device: none\n  gradient_accumulation_steps: 1\n  \
                zero3_init_flag: false\nmixed_precision: 'no'\nnum_processes: 4\n";
    let deepspeed = file("ds.yml", text);
    says(
        &deepspeed,
        &[("stack", "deepspeed"), ("zero", "2"), ("offload", "optimizer"), ("precision", "fp32")],
    );
    let text = "distributed_type: MEGATRON_LM\nmegatron_lm_config:\n  megatron_lm_tp_degree: 4\n  megatron_lm_pp_degree: 2\n  \
                megatron_lm_num_micro_batches: 16\n  megatron_lm_sequence_parallelism: true\n  \
                megatron_lm_use_distributed_optimizer: true\n";
    let megatron = file("m.yaml", text);
    says(
        &megatron,
        &[("stack", "megatron-core"), ("tp", "4"), ("pp", "2"), ("sequence_parallel", "true"), ("zero", "1")],
    );
}

#[test]
fn axolotl() {
    let text = "base_model: NousResearch/Llama-3.2-1B\nload_in_4bit: true\nadapter: qlora\nlora_r: 32\nlora_alpha: \
                16\nlora_target_linear: true\nsequence_len: 4096\nsample_packing: true\ngradient_accumulation_steps: \
                4\nmicro_batch_size: 2\noptimizer: paged_adamw_32bit\nlr_scheduler: cosine\nlearning_rate: 0.0002\nbf16: \
                auto\ntf32: false\ngradient_checkpointing: true\nflash_attention: true\ndatasets:\n  - path: \
                teknium/GPT4-LLM-Cleaned\n    type: alpaca\ndeepspeed: deepspeed_configs/zero2.json\nplugins:\n  - \
                axolotl.integrations.liger.LigerPlugin\n";
    let file = file("qlora.yml", text);
    assert_eq!(file.format, Format::Axolotl);
    says(
        &file,
        &[
            ("stack", "axolotl"),
            ("model", "NousResearch/Llama-3.2-1B"),
            ("method", "qlora"),
            ("rank", "32"),
            ("targets", "all-linear"),
            ("packing", "true"),
            ("sequence", "4096"),
            ("micro_batch", "2"),
            ("optimizer", "paged-adamw"),
            ("recompute", "full"),
            ("attention", "flash"),
            ("zero", "2"),
        ],
    );
    assert_eq!(file.open, ["bf16"]);
    // A plugin of which its own settings say what it does.
    assert_eq!(file.unread, <[String; 0]>::default(), "{file:#?}");
}

#[test]
fn llama_factory() {
    let text = "### model\nmodel_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct\ntrust_remote_code: true\n### method\nstage: \
                sft\ndo_train: true\nfinetuning_type: lora\nlora_rank: 8\nlora_target: all\n### dataset\ndataset: \
                identity\ntemplate: llama3\ncutoff_len: 2048\n### train\nper_device_train_batch_size: \
                1\ngradient_accumulation_steps: 8\nlearning_rate: 1.0e-4\nbf16: true\nquantization_bit: 4\n";
    let file = file("llama3_lora_sft.yaml", text);
    assert_eq!(file.format, Format::LlamaFactory);
    says(
        &file,
        &[
            ("stack", "hf-trainer"),
            ("model", "meta-llama/Meta-Llama-3-8B-Instruct"),
            ("method", "lora"),
            ("rank", "8"),
            ("targets", "all-linear"),
            ("base_format", "nf4-dq"),
            ("sequence", "2048"),
            ("micro_batch", "1"),
            ("precision", "bf16"),
        ],
    );
    assert!(file.unread.is_empty(), "{file:#?}");
}

#[test]
fn names_of_a_list_add_up() {
    let text = "base_model: m\nadapter: lora\nload_in_8bit: true\nlora_dropout: 0.05\nlora_target_modules:\n  - q_proj\n  - \
                v_proj\n";
    let file = file("lora.yml", text);
    let own =
        [("targets", "q_proj,v_proj"), ("base_format", "int8"), ("dropout", "0.05"), ("method", "lora")];
    for (field, value) in own {
        assert_eq!(file.get(field), Some(value), "{file:#?}");
    }
}

#[test]
fn torchtitan() {
    let text = "[job]\ndump_folder = \"./outputs\"\n[model]\nname = \"llama3\"\nflavor = \"70B\"\n[optimizer]\nname = \
                \"AdamW\"\nlr = 1.5e-4\n[training]\nlocal_batch_size = 8\nseq_len = 8192\nsteps = 1000\n[parallelism]\n\
                data_parallel_replicate_degree = 1\ndata_parallel_shard_degree = -1\ntensor_parallel_degree = \
                8\npipeline_parallel_degree = 1\ncontext_parallel_degree = 1\npipeline_parallel_schedule = \"Interleaved1F1B\"\n[activation_checkpoint]\nmode = \"full\"\n";
    let file = file("llama3_70b.toml", text);
    assert_eq!(file.format, Format::Torchtitan);
    says(
        &file,
        &[
            ("stack", "torchtitan"),
            ("optimizer", "adamw"),
            ("micro_batch", "8"),
            ("sequence", "8192"),
            ("tp", "8"),
            ("recompute", "full"),
        ],
    );
    assert!(file.unread.iter().any(|line| line == "model.flavor = 70B"), "{file:#?}");
}

const MEGATRON: &str = "#!/bin/bash\n# Llama 3 70B\ntorchrun --nproc_per_node 8 pretrain_gpt.py \\\n    --tensor-model-parallel-size 4 \\\n    \
                        --pipeline-model-parallel-size=8 \\\n    --sequence-parallel \\\n    --use-distributed-optimizer \\\n    --micro-batch-size 1 \\\n    \
                        --global-batch-size 512 \\\n    --seq-length 8192 \\\n    --bf16 \\\n    --recompute-granularity selective \\\n    \
                        --num-layers 80 \\\n    --lr 1.5e-4 # a comment\n";

#[test]
fn megatron() {
    let file = file("train.sh", MEGATRON);
    assert_eq!(file.format, Format::Megatron);
    says(
        &file,
        &[
            ("stack", "megatron-core"),
            ("tp", "4"),
            ("pp", "8"),
            ("sequence_parallel", "true"),
            ("zero", "1"),
            ("micro_batch", "1"),
            ("global_batch", "512"),
            ("sequence", "8192"),
            ("precision", "bf16"),
            // Selective is what its modules say, and scores alone where they say nothing.
            ("recompute", "attention"),
        ],
    );
    assert_eq!(file.unread, ["num-layers = 80"]);
    assert!(file.idle.iter().any(|key| key == "lr"), "{file:#?}");
}

/// A layout that is written as arguments, as torchtitan's TOML or as DeepSpeed's JSON is read back as it was.
#[test]
fn a_layout_that_is_written_and_read_back_is_the_same() {
    for (tp, pp, cp, ep, micro, global) in
        [(1, 1, 1, 1, 1, 64), (8, 4, 2, 1, 2, 512), (2, 16, 1, 8, 1, 2048), (4, 1, 4, 64, 4, 96)]
    {
        let number = |file: &LaunchFile, field: &str| {
            file.get(field).map_or(1, |text| text.parse::<u64>().expect("a count"))
        };
        let arguments = format!(
            "--tensor-model-parallel-size {tp} --pipeline-model-parallel-size {pp} --context-parallel-size {cp} \
             --expert-model-parallel-size {ep} --micro-batch-size {micro} --global-batch-size {global}"
        );
        let toml = format!(
            "[training]\nlocal_batch_size = {micro}\nglobal_batch_size = {global}\n[parallelism]\n\
             pipeline_parallel_microbatch_size = {micro}\ntensor_parallel_degree = {tp}\npipeline_parallel_degree = {pp}\ncontext_parallel_degree = {cp}\nexpert_parallel_degree = {ep}\n"
        );
        for (name, text) in [("a.args", arguments), ("a.toml", toml)] {
            let file = file(name, &text);
            let read =
                ["tp", "pp", "cp", "ep", "micro_batch", "global_batch"].map(|field| number(&file, field));
            assert_eq!(read, [tp, pp, cp, ep, micro, global], "{name}");
            assert!(file.unread.is_empty(), "{file:#?}");
        }
    }
}

fn refused(name: &str, text: &str) -> String {
    read(name, text).expect_err(text).to_string()
}

#[test]
fn what_is_refused_says_what_is_wrong() {
    // No launch file.
    assert!(refused("a.yaml", "").contains("no launch file"));
    assert!(refused("a.yaml", "hello: world\n").contains("axolotl"));
    assert!(refused("a.yaml", "- 1\n- 2\n").contains("no launch file"));
    assert!(refused("a.yaml", "just words").contains("no launch file"));
    assert!(refused("a.json", "{}").contains("no launch file"));
    assert!(refused("a.toml", "title = 'x'\n").contains("no launch file"));
    assert!(refused("a.sh", "ls -la\n").contains("no launch file"));
    // Not what it looks like.
    assert!(refused("a.json", "{\"train_batch_size\": ").starts_with("it is no JSON"));
    assert!(refused("a.toml", "[parallelism\n").starts_with("it is no TOML"));
    assert!(refused("a.yaml", "base_model: [1, 2\n").starts_with("it is no YAML"));
    assert!(refused("a.yaml", "base_model: a\nbase_model: b\n").starts_with("it is no YAML"));
    assert!(refused("a.sh", "--micro-batch-size 'one\n").contains("quotation mark"));
    // Values that cannot be.
    let base = "base_model: m\n";
    for wrong in ["0", "-2", "1.5", "many", "1e30", "[a]"] {
        let text = format!("{base}micro_batch_size: {wrong}\n");
        assert!(refused("a.yaml", &text).starts_with("micro_batch_size cannot be"), "{wrong}");
    }
    assert!(refused("a.yaml", "base_model: m\nmicro_batch_size: .nan\n").starts_with("it is no YAML"));
    assert!(refused("a.sh", "--tensor-model-parallel-size -8").contains("cannot be"));
    // Contradictions.
    let zero =
        r#"{"train_batch_size": 100, "train_micro_batch_size_per_gpu": 3, "gradient_accumulation_steps": 4}"#;
    assert!(refused("a.json", zero).contains("do not divide it"));
    let both = "compute_environment: L\ndistributed_type: FSDP\nfsdp_config:\n  fsdp_sharding_strategy: FULL_SHARD\n  \
                fsdp_reshard_after_forward: false\n";
    let error = read("a.yaml", both).expect_err("zero 3 and 2");
    assert!(matches!(error, LaunchFileError::Contradiction { .. }), "{error}");
    assert!(refused("a.sh", "--micro-batch-size 1 --micro-batch-size 2").contains("says"));
    assert!(refused("a.yaml", "base_model: m\nbf16: true\nfp16: true\n").contains("fp16 says fp16"));
}

/// Text that would grow without bounds is refused while it is small.
#[test]
fn bombs_are_refused() {
    let mut laughs = String::from("base_model: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (index, letter) in ('b'..='j').enumerate() {
        let before = char::from(b'a' + u8::try_from(index).expect("few"));
        let many = vec![format!("*{before}"); 9].join(", ");
        laughs.extend([format!("{letter}: &{letter} [{many}]\n")]);
    }
    assert!(refused("a.yaml", &laughs).starts_with("it is no YAML"));
    let deep = format!("base_model: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    assert!(refused("a.yaml", &deep).starts_with("it is no YAML"));
    let nested = format!("{{\"train_batch_size\": {}1{}}}", "[".repeat(100), "]".repeat(100));
    assert!(refused("a.json", &nested).contains("deeper"));
    let json = format!("{{\"train_batch_size\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(refused("a.json", &json).starts_with("it is no JSON"));
    let long = format!("base_model: {}\n", "x".repeat(2 << 20));
    assert!(refused("a.yaml", &long).contains("more than the"));
    let itself = "base_model: &x\n  y: *x\n";
    assert!(refused("a.yaml", itself).starts_with("it is no YAML"));
    let many = "--x ".repeat(30_000);
    assert!(refused("a.sh", &many).contains("longer than any"));
    let two = "base_model: a\n---\nbase_model: b\n";
    assert!(refused("a.yaml", two).starts_with("it is no YAML"));
}

/// Any prefix of a file, and any file with a byte changed, is read or refused.
#[test]
fn broken_files_are_read_or_refused() {
    for (name, text) in
        [("a.json", DEEPSPEED), ("a.sh", MEGATRON), ("a.yaml", "base_model: m\nfsdp: [full_shard]\n")]
    {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = read(name, &text[..end]);
            let mut changed = text.as_bytes().to_vec();
            changed[end] = b'*';
            if let Ok(changed) = String::from_utf8(changed) {
                let _ = read(name, &changed);
            }
        }
    }
}

/// As `--yaml-cfg` takes it: headings of its own, arguments with underscores, null for what is not given.
#[test]
fn megatron_yaml() {
    let text = "language_model:\n  num_layers: 80\n  recompute_granularity: full\n  num_moe_experts: null\nmodel_parallel:\n  \
                tensor_model_parallel_size: 8\n  pipeline_model_parallel_size: 4\n  virtual_pipeline_model_parallel_size: null\n  \
                context_parallel_size: 1\n  sequence_parallel: True\n  bf16: True\n  fp16: False\nmicro_batch_size: \
                2\nglobal_batch_size: 128\nseq_length: 4096\noptimizer: adam\nuse_flash_attn: False\n\
                use_distributed_optimizer: True\nlr: 2.5e-4\ntrain_iters: null\n";
    let yaml = file("gpt_config.yaml", text);
    assert_eq!(yaml.format, Format::Megatron);
    let expected = [
        ("stack", "megatron-core"),
        ("recompute", "full"),
        ("tp", "8"),
        ("pp", "4"),
        ("sequence_parallel", "true"),
        ("precision", "bf16"),
        ("micro_batch", "2"),
        ("global_batch", "128"),
        ("sequence", "4096"),
        ("optimizer", "adamw"),
        ("zero", "1"),
    ];
    says(&yaml, &expected);
    assert_eq!(yaml.unread, ["num-layers = 80"]);
    // The same as arguments is the same layout.
    let arguments = "--num-layers 80 --recompute-granularity full --tensor-model-parallel-size 8 --pipeline-model-parallel-size 4 \
                     --context-parallel-size 1 --sequence-parallel --bf16 --micro-batch-size 2 --global-batch-size 128 \
                     --seq-length 4096 --optimizer adam --use-distributed-optimizer --lr 2.5e-4";
    let script = file("train.sh", arguments);
    let fields = |file: &LaunchFile| {
        let mut all: Vec<_> = file.fields.iter().map(|one| (one.field, one.value.clone())).collect();
        all.sort();
        all
    };
    assert_eq!(fields(&yaml), fields(&script));
}
