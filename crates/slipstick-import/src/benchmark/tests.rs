//! What each tool writes, in little, and what is no measurement.

use super::{BenchmarkError, Kind, Measurements, Run, read};

const SERVE: &str = r#"{"date": "20251126-101530", "endpoint_type": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct",
 "num_prompts": 320, "request_rate": "inf", "max_concurrency": 32, "duration": 100.5, "completed": 320, "failed": 0,
 "total_input_tokens": 327680, "total_output_tokens": 81920, "output_throughput": 2600.5,
 "total_token_throughput": 13002.5, "mean_ttft_ms": 140.25, "mean_tpot_ms": 11.9}"#;

const LLAMA: &str = r#"[{"build_number": 6123, "gpu_info": "NVIDIA GeForce RTX 4090",
 "model_filename": "/srv/m/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "model_type": "llama 8B Q4_K - Medium",
 "n_ubatch": 512, "type_k": "f16", "n_gpu_layers": 99, "split_mode": "layer", "flash_attn": true,
 "n_prompt": 512, "n_gen": 0, "n_depth": 0, "test_time": "2025-11-26T10:15:30Z", "avg_ts": 10500.5},
 {"gpu_info": "NVIDIA GeForce RTX 4090, NVIDIA GeForce RTX 4090", "model_filename": "a.gguf", "model_type": "llama 8B F16",
 "n_gpu_layers": 99, "n_prompt": 0, "n_gen": 128, "n_depth": 4096, "avg_ts": 135.5}]"#;

const GUIDELLM: &str = r#"{"args": {"model": "org/m"}, "benchmarks": [{"config": {"strategy": {"type_": "concurrent", "streams": 16}},
      "metrics": {"request_totals": {"successful": 160}, "prompt_token_count": {"successful": {"mean": 512.2}},
      "output_token_count": {"successful": {"mean": 128}}, "time_to_first_token_ms": {"successful": {"mean": 80.5}},
      "inter_token_latency_ms": {"successful": {"mean": 9.5}}, "output_tokens_per_second": {"successful": {"mean": 1500.5}}}}]}"#;

const AIPERF: &str = r#"{"input_config": {"endpoint": {"model_names": ["org/m"]}, "loadgen": {"concurrency": 8}},
      "request_throughput": {"unit": "requests/sec", "avg": 3}, "request_latency": {"unit": "ms", "avg": 900},
      "request_count": {"unit": "requests", "avg": 80}, "time_to_first_token": {"unit": "ms", "avg": 55.5},
      "inter_token_latency": {"unit": "ms", "avg": 7.5}, "output_token_throughput": {"unit": "tokens/sec", "avg": 900.5},
      "input_sequence_length": {"unit": "tokens", "avg": 550}, "output_sequence_length": {"unit": "tokens", "avg": 100}}"#;

const PERF: &str = r#"{"load_summary": {"count": 100, "requested_rate": 5.5}, "successes": {"count": 100,
      "latency": {"time_to_first_token": {"mean": 0.125}, "time_per_output_token": {"mean": 0.01}},
      "throughput": {"output_tokens_per_sec": 500.5}, "prompt_len": {"mean": 700}, "output_len": {"mean": 90}}}"#;

fn found(text: &str) -> Measurements {
    read(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn only(text: &str) -> Run {
    let mut found = found(text);
    assert_eq!(found.runs.len(), 1, "{found:?}");
    found.runs.remove(0)
}

#[track_caller]
fn says(run: &Run, cells: &[(&str, &str)]) {
    for (column, text) in cells {
        assert_eq!(run.get(column), Some(*text), "{column} of {run:?}");
    }
}

#[test]
fn a_served_benchmark_says_its_load_and_its_times() {
    let run = only(SERVE);
    says(
        &run,
        &[("engine", "vllm"), ("isl", "1024"), ("osl", "256"), ("arrival", "closed"), ("date", "2025-11-26")],
    );
    says(
        &run,
        &[
            ("concurrency_or_batch", "32"),
            ("requests_per_slot", "10"),
            ("ttft_ms", "140.25"),
            ("tpot_ms", "11.9"),
        ],
    );
    says(&run, &[("throughput_tok_s", "2600.5"), ("throughput_total_tok_s", "13002.5")]);
    assert_eq!(found(SERVE).tool, "vllm bench serve");
    let at_once = only(&SERVE.replace("\"max_concurrency\": 32", "\"max_concurrency\": null"));
    says(&at_once, &[("arrival", "burst"), ("concurrency_or_batch", "320")]);
    let open = only(&SERVE.replace("\"inf\"", "4.5"));
    says(&open, &[("arrival", "open"), ("request_rate_per_s", "4.5")]);
    // A protocol that many engines speak names none.
    assert_eq!(only(&SERVE.replace("\"vllm\"", "\"openai-chat\"")).get("engine"), None);
}

#[test]
fn sglang_writes_lines_with_infinity() {
    let line = SERVE
        .replace('\n', "")
        .replace("\"vllm\"", "\"vllm\", \"backend\": \"sglang\", \"mean_e2e_latency_ms\": 3000.5")
        .replace("\"inf\"", "Infinity");
    let two = found(&format!("{line}\n{line}\n"));
    assert_eq!((two.tool, two.runs.len()), ("sglang bench_serving", 2));
    says(&two.runs[1], &[("engine", "sglang"), ("arrival", "closed")]);
}

#[test]
fn llama_bench_says_the_same_in_every_form() {
    let json = found(LLAMA);
    let one =
        [("engine", "llama.cpp"), ("engine_version", "b6123"), ("model_id", "Meta-Llama-3.1-8B-Instruct")];
    says(&json.runs[0], &one);
    says(
        &json.runs[0],
        &[("precision", "q4_k_m"), ("kv_dtype", "fp16"), ("on", "NVIDIA GeForce RTX 4090"), ("osl", "0")],
    );
    says(&json.runs[0], &[("isl", "512"), ("throughput_total_tok_s", "10500.5"), ("arrival", "static")]);
    says(
        &json.runs[1],
        &[("on", "NVIDIA GeForce RTX 4090:2"), ("pp_ranks", "2"), ("isl", "4096"), ("osl", "128")],
    );
    says(&json.runs[1], &[("precision", "f16"), ("throughput_tok_s", "135.5")]);
    let csv = "build_number,gpu_info,model_type,n_gpu_layers,n_prompt,n_gen,n_depth,avg_ts\n6123,NVIDIA GeForce RTX 4090,llama 8B Q4_K - Medium,99,512,0,0,10500.5\n";
    says(&only(csv), &[("isl", "512"), ("precision", "q4_k_m"), ("throughput_total_tok_s", "10500.5")]);
    let md = "  Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes\n\
        | model | size | params | backend | ngl | fa | test | t/s |\n\
        | --- | ---: | ---: | --- | --: | -: | ---: | ---: |\n\
        | llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | 1 | pp512 | 10500.50 ± 12.30 |\n\
        | llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | 1 | tg128 @ d4096 | 135.50 ± 0.30 |\n\n\
        build: 1e2f3a4 (6123)\n";
    let md = found(md);
    says(
        &md.runs[0],
        &[
            ("isl", "512"),
            ("on", "NVIDIA GeForce RTX 4090"),
            ("engine_version", "b6123"),
            ("flash_attention", "yes"),
        ],
    );
    says(&md.runs[1], &[("isl", "4096"), ("osl", "128"), ("throughput_tok_s", "135.5")]);
}

#[test]
fn batches_and_offline_runs_say_what_they_can() {
    let latency = only(r#"{"avg_latency": 2.5, "latencies": [2.5, 2.5], "percentiles": {"50": 2.5}}"#);
    says(&latency, &[("arrival", "static"), ("batch_seconds", "2.5")]);
    let throughput = only(
        r#"{"elapsed_time": 10, "num_requests": 500, "total_num_tokens": 64000, "requests_per_second": 50, "tokens_per_second": 6400.5}"#,
    );
    says(
        &throughput,
        &[("arrival", "burst"), ("concurrency_or_batch", "500"), ("throughput_total_tok_s", "6400.5")],
    );
}

#[test]
fn other_benchmarks_are_told_apart() {
    says(
        &only(GUIDELLM),
        &[("model_id", "org/m"), ("concurrency_or_batch", "16"), ("isl", "512"), ("tpot_ms", "9.5")],
    );
    assert_eq!(found(AIPERF).tool, "aiperf");
    says(&only(AIPERF), &[("ttft_ms", "55.5"), ("requests_per_slot", "10"), ("isl", "550")]);
    let genai = AIPERF
        .replace("\"loadgen\": {", "\"perf_analyzer\": {\"stimulus\": {")
        .replace("8}}", "8}}}")
        .replace("\"unit\": \"ms\", \"avg\": 55.5", "\"unit\": \"s\", \"avg\": 0.0555");
    assert_eq!(found(&genai).tool, "genai-perf");
    says(&only(&genai), &[("ttft_ms", "55.5"), ("concurrency_or_batch", "8")]);
    let trt = r#"{"engine": {"model": "org/m", "version": "1.0.0", "kv_cache_dtype": "FP8", "quantization": "FP8"},
      "machine": {"name": "NVIDIA H100 80GB HBM3"}, "world_info": {"tp_size": 2, "pp_size": 1, "ep_size": 1, "world_size": 2, "max_batch_size": 64},
      "request_info": {"num_requests": 640, "avg_input_length": 1024, "avg_output_length": 128},
      "performance": {"request_throughput_req_s": 9.5, "system_output_throughput_tok_s": 1200.5}}"#;
    says(
        &only(trt),
        &[("on", "NVIDIA H100 80GB HBM3:2"), ("precision", "fp8"), ("tp_ranks", "2"), ("requests", "640")],
    );
    says(
        &only(PERF),
        &[("arrival", "open"), ("request_rate_per_s", "5.5"), ("ttft_ms", "125"), ("tpot_ms", "10")],
    );
}

#[test]
fn start_logs_say_what_memory_is_taken() {
    let vllm = "INFO Initializing a V1 LLM engine (v0.11.0) with config: model='org/m', tokenizer='org/m', dtype=torch.bfloat16, max_seq_len=16384, tensor_parallel_size=2, pipeline_parallel_size=1, data_parallel_size=1, quantization=None, enforce_eager=False, kv_cache_dtype=auto, served_model_name=org/other\n\
        (Worker_TP0) Model loading took 7.5100 GiB and 2.3 seconds\n(Worker_TP1) Model loading took 7.5200 GiB and 2.4 seconds\n\
        Available KV cache memory: 54.10 GiB\nGPU KV cache size: 443,184 tokens\nMaximum concurrency for 16,384 tokens per request: 27.05x\nGraph capturing finished in 12 secs, took 0.57 GiB\n";
    let found_vllm = found(vllm);
    assert_eq!((found_vllm.kind, found_vllm.runs.len()), (Kind::Memory, 5));
    says(
        &found_vllm.runs[0],
        &[("measured_what", "weights"), ("value", "7.51"), ("model_id", "org/m"), ("gpus", "2")],
    );
    says(
        &found_vllm.runs[0],
        &[
            ("precision", "bf16"),
            ("kv_dtype", "bf16"),
            ("context_tokens", "16384"),
            ("engine_version", "0.11.0"),
        ],
    );
    says(&found_vllm.runs[2], &[("measured_what", "kv_tokens"), ("value", "443184"), ("unit", "tokens")]);
    says(&found_vllm.runs[3], &[("unit", "x @16384"), ("value", "27.05")]);
    says(&found_vllm.runs[4], &[("measured_what", "cudagraph"), ("value", "0.57")]);
    let llama = "using device CUDA0 (NVIDIA GeForce RTX 4090) - 22600 MiB free\nprint_info: file type   = Q4_K - Medium\n\
        load_tensors: offloaded 20/33 layers to GPU\nload_tensors:        CUDA0 model buffer size =  4403.50 MiB\n\
        load_tensors:   CPU_Mapped model buffer size =   281.81 MiB\nllama_context: n_ctx         = 8192\n\
        llama_kv_cache:      CUDA0 KV buffer size =  1024.00 MiB\nsize = 1024.00 MiB ( 8192 cells), K (f16):  512.00 MiB\n\
        llama_context:      CUDA0 compute buffer size =   258.50 MiB\nllama_context:  CUDA_Host compute buffer size =    24.01 MiB\n";
    let found_llama = found(llama);
    let terms: Vec<_> = found_llama.runs.iter().filter_map(|run| run.get("measured_what")).collect();
    assert_eq!(terms, ["weights", "host_weights", "kv_buffer", "compute_buffer", "host_buffer"]);
    says(
        &found_llama.runs[0],
        &[
            ("precision", "q4_k_m"),
            ("kv_dtype", "fp16"),
            ("layers_on_device", "20"),
            ("context_tokens", "8192"),
        ],
    );
}

/// The terms of a start log and what it says of each.
fn terms(text: &str) -> Vec<(String, String)> {
    let cell = |run: &Run, column| run.get(column).unwrap_or_default().to_owned();
    found(text).runs.iter().map(|run| (cell(run, "measured_what"), cell(run, "value"))).collect()
}

#[test]
fn start_logs_of_every_version_are_read() {
    let holds = |text: &str, known: &[(&str, &str)]| {
        let known: Vec<_> =
            known.iter().map(|(term, value)| ((*term).to_owned(), (*value).to_owned())).collect();
        assert_eq!(terms(text), known, "{text}");
    };
    // 0.6.5, vllm-project/vllm#10511; what it calls GB is divided by 2^30.
    let lines = "Loading model weights took 14.9595 GB\ntotal_gpu_memory     79.22GiB\ngpu_memory_utilization       0.90\n\
        model weights take   14.96GiB\nnon_torch_memory     1.79GiB\nPyTorch activation peak memory       1.26GiB\navailable_kv_cache_memory    53.29GiB\n";
    let taken = [
        ("weights", "14.9595"),
        ("non_torch", "1.79"),
        ("activation_peak", "1.26"),
        ("kv_cache_budget", "53.29"),
    ];
    holds(lines, &taken);
    says(&found(lines).runs[0], &[("unit", "GiB"), ("visible_gib", "79.22"), ("memory_fraction", "0.9")]);
    // 0.7, vllm-project/vllm#15815.
    let sentence = "the current vLLM instance can use total_gpu_memory (44.42GiB) x gpu_memory_utilization (0.90) = 39.98GiB\n\
        model weights take 30.71GiB; non_torch_memory takes 0.30GiB; PyTorch activation peak memory takes 1.26GiB; the rest of the memory reserved for KV Cache is 7.71GiB.\n\
        # CUDA blocks: 3947, # CPU blocks: 2048\n";
    holds(
        sentence,
        &[
            ("weights", "30.71"),
            ("kv_cache_budget", "7.71"),
            ("activation_peak", "1.26"),
            ("non_torch", "0.3"),
            ("kv_blocks", "3947"),
        ],
    );
    // V1, as 0.11 and later say it once they are up.
    let up = "Model loading took 14.9889 GiB and 3.6 seconds\nEstimated CUDA graph memory: 0.73 GiB total\n\
        Free memory on device (30.27/31.4 GiB) on startup. Desired GPU memory utilization is (0.92, 28.88 GiB). Actual usage is 14.99 GiB for weight, 1.59 GiB for peak activation, 0.07 GiB for non-torch memory, and 0.09 GiB for CUDAGraph memory.\n";
    holds(
        up,
        &[
            ("weights", "14.9889"),
            ("cudagraph_est", "0.73"),
            ("activation_peak", "1.59"),
            ("non_torch", "0.07"),
            ("cudagraph", "0.09"),
        ],
    );
    says(&found(up).runs[0], &[("visible_gib", "31.4"), ("memory_fraction", "0.92")]);
    // llama.cpp of 2024, and the table that it prints since 2025.
    let old = "llm_load_print_meta: model ftype      = Q4_0\nllm_load_tensors:        CPU buffer size =   297.00 MiB\nllm_load_tensors:      CUDA0 buffer size =  7317.71 MiB\n\
        llama_new_context_with_model: flash_attn = 0\nllama_kv_cache_init:      CUDA0 KV buffer size =   180.00 MiB\n\
        llama_memory_breakdown_print: |   - CUDA0 (RTX 3090)   | 24124 = 23860 + (15946 = 15364 +     411 +     170) +      -15681 |\n\
        llama_memory_breakdown_print: |   - CUDA0 (RTX 3090)   | 24124 =  7120 + (15946 = 15364 +     411 +     170) +        1058 |\n\
        llama_memory_breakdown_print: |   - Host               |                    804 =   682 +       0 +     122                |\n";
    holds(
        old,
        &[
            ("host_weights", "297"),
            ("weights", "7317.71"),
            ("kv_buffer", "180"),
            ("context_overhead", "1058"),
        ],
    );
    says(&found(old).runs[0], &[("precision", "q4_0"), ("flash_attention", "no")]);
}

/// The reason why nothing in a text can be used.
#[track_caller]
fn refused(text: &str) -> String {
    let error = read(text).expect_err("it is no measurement");
    assert!(!error.cure().is_empty());
    error.to_string()
}

#[test]
fn what_is_no_file_of_a_benchmark_is_refused() {
    assert_eq!(read(""), Err(BenchmarkError::Empty));
    assert_eq!(read(" \n\t "), Err(BenchmarkError::Empty));
    assert_eq!(read("a\0b"), Err(BenchmarkError::Binary));
    for text in [
        "hello",
        "{}",
        "[]",
        "[1, 2, 3]",
        "{\"a\": 1}",
        "[{\"a\": 1}]",
        "a,b\n1,2\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
    ] {
        assert_eq!(read(text), Err(BenchmarkError::Unrecognised), "{text}");
    }
    assert!(refused(&SERVE[..200]).starts_with("it is not JSON: EOF"));
    assert!(refused(&"[".repeat(100_000)).contains("recursion limit"));
    let lines = "{\"a\": 1}\n".repeat(super::MOST_RUNS + 1);
    assert!(refused(&lines).contains("over 10000 runs"));
    let head = "build_number,model_type,n_prompt,n_gen,avg_ts\n";
    assert!(
        refused(&format!("{head}{}", "1,llama 8B F16,512,0,9\n".repeat(super::MOST_RUNS + 1)))
            .contains("over 10000 runs")
    );
    assert!(refused(head).ends_with("it lists no run"));
}

/// Those that did not fail met another load than the file says.
#[test]
fn a_run_whose_requests_failed_is_left_out() {
    let guidellm = GUIDELLM.replace("\"successful\": 160}", "\"successful\": 160, \"errored\": 500}");
    let count = "\"request_count\"";
    let failed = format!("\"error_request_count\": {{\"unit\": \"requests\", \"avg\": 40}}, {count}");
    let aiperf = AIPERF.replace(count, &failed);
    let perf = PERF.replace("\"successes\"", "\"failures\": {\"count\": 200}, \"successes\"");
    for (text, count) in [(guidellm, 500), (aiperf, 40), (perf, 200)] {
        let why = refused(&text);
        assert!(why.contains(&format!("{count} requests failed")), "{why}");
    }
}

#[test]
fn figures_that_no_run_measures_leave_it_out() {
    let with = |from: &str, to: &str| refused(&SERVE.replace(from, to));
    assert!(with("140.25", "NaN").contains("mean_ttft_ms is \"NaN\""));
    assert!(with("140.25", "-1").contains("mean_ttft_ms is -1"));
    assert!(with("140.25", "1e300").contains("which no run measures"));
    assert!(with("140.25", "\"fast\"").contains("\"fast\""));
    assert!(with("140.25", "[1]").contains("[1]"));
    assert!(with("\"completed\": 320", "\"completed\": 0").contains("no request was completed"));
    assert!(with("\"failed\": 0", "\"failed\": 100").contains("100 requests failed"));
    assert!(with("\"inf\"", "-4").contains("no rate of requests"));
    assert!(with("\"failed\": 0", "\"accept_length\": 2.5").contains("speculative decoding"));
    let nothing =
        SERVE.replace("140.25", "0").replace("11.9", "0").replace("2600.5", "0").replace("13002.5", "0");
    assert!(refused(&nothing).contains("neither a time nor a rate"));
    let llama = |from: &str, to: &str| found(&LLAMA.replace(from, to)).left_out[0].why.clone();
    assert!(
        llama("\"n_gpu_layers\": 99, \"split_mode\"", "\"n_gpu_layers\": 20, \"split_mode\"")
            .contains("-ngl 99")
    );
    assert!(llama("\"n_depth\": 0", "\"n_depth\": 64").contains("behind another"));
    assert!(llama("4090, NVIDIA GeForce RTX 4090", "4090, NVIDIA GeForce RTX 3090").contains("differ"));
    assert!(llama("10500.5", "-Infinity").contains("-Infinity"));
}

#[test]
fn a_word_in_a_text_is_no_number_of_python() {
    let run = only(&SERVE.replace("meta-llama/Llama-3.1-8B-Instruct", "a/NaN\\\"Infinity"));
    says(&run, &[("model_id", "a/NaN\"Infinity")]);
}
