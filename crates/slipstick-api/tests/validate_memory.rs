//! Terms that engines printed, through the same door as a user's table.

use slipstick_api::{
    Catalog,
    validate::memory::{MemoryRow, validate_memory},
};

const HEADER: &str = "id,source,version,model,n_gpus,quant,context,batch,kv_type,measured_what,value,unit,notes,accelerator_id,model_id,config_file,engine,precision\n";

/// Start-up logs of vLLM (llm-d-planner's table; a thread on V0 profiling), llama.cpp (Mixtral), transformers (vramcalc)
/// and a file page; read 2026-08.
const ROWS: &str = "\
w1,table,0.11.0,Llama-3.1-8B,1,bf16,16000,default,bf16,weights,14.99,GiB,util=0.9; visible 79.18 GiB,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16
w2,table,0.11.0,Llama-3.1-8B,1,bf16,16000,default,bf16,activation_peak,4.76,GiB,util=0.9; visible 79.18 GiB,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16
w3,table,0.11.0,Llama-3.1-8B,1,bf16,16000,default,bf16,kv_cache_budget,51.38,GiB,util=0.9; visible 79.18 GiB,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16
w4,table,0.11.0,Llama-3.3-70B FP8,2,fp8,16000,default,bf16,weights,33.88,GiB,util=0.9; visible 79.18 GiB,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-70B-Instruct,,vllm,fp8
w5,table,0.11.0,Llama-3.3-70B FP8,2,fp8,16000,default,bf16,kv_cache_budget,32.0,GiB,util=0.9; visible 79.18 GiB,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-70B-Instruct,,vllm,fp8
w6,alone,0.11.0,Llama-3.3-70B FP8,1,fp8,16000,default,bf16,kv_cache_budget,-1.44,GiB,start fails,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-70B-Instruct,,vllm,fp8
w7,table,0.11.0,gpt-oss-20b,1,mxfp4,16000,default,bf16,weights,13.47,GiB,util=0.9; visible 79.18 GiB,nvidia-h100-sxm-80gb,openai/gpt-oss-20b,,vllm,mxfp4
b1,thread,V0 engine,Llama-3.1-8B,1,bf16,20000,,bf16,kv_cache_budget,3.81,GiB,util .90 of 23.58 GiB,nvidia-rtx-3090-24gb,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16
b2,thread,V0 engine,Llama-3.1-8B,1,bf16,20000,,bf16,kv_blocks,1952,blocks of 16,util .90 of 23.58 GiB,nvidia-rtx-3090-24gb,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16
b3,thread,V0 engine,Llama-3.1-8B,1,bf16,20000,,bf16,torch_peak_total,17.06,GiB,util .90 of 23.58 GiB,nvidia-rtx-3090-24gb,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16
l1,log,,Mixtral-8x7B,1,,512,ubatch 512,f16,kv_buffer,64.0,MiB,,,mistralai/Mixtral-8x7B-v0.1,,llama.cpp,
l2,log,,DeepSeek-R1,16,,32768,b512 ub256,f16,kv_buffer,2196.0,MiB,,,deepseek-ai/DeepSeek-V3,,llama.cpp,
f1,page,,Llama-3.1-70B,0,Q4_0,,,,file_size,37.22,GiB,,,meta-llama/Llama-3.1-70B-Instruct,,gguf,q4_0
t1,tool,,Llama-3.1-8B,1,bf16,2048,1,bf16,peak_allocated,16.88,GB,inference 2048 sdpa,nvidia-rtx-a6000-48gb,meta-llama/Llama-3.1-8B-Instruct,,transformers,bf16
";

fn outcome(rows: &str) -> Vec<MemoryRow> {
    let table = format!("{HEADER}{rows}");
    validate_memory(&table, &Catalog::builtin(), &|_| None).expect("the table is read").rows
}

#[test]
fn logs_are_met() {
    let rows = outcome(ROWS);
    assert_eq!(rows.len(), 14);
    for row in &rows {
        let predicted = row.predicted.unwrap_or_else(|| panic!("{}: {:?}", row.id, row.refused));
        let allowed = if row.id == "b1" { 0.07 } else { 0.009 };
        assert!(
            (predicted / row.measured - 1.0).abs() < allowed,
            "{}: {predicted} against {}",
            row.id,
            row.measured
        );
    }
    // The pool of the same run is given, and said to be.
    assert_eq!(rows[8].given, Some("kv_cache_budget"));
}

#[test]
fn what_a_row_does_not_say_is_not_guessed() {
    let rows = outcome(
        "r1,s,,Unknown-Model,1,bf16,2048,,bf16,weights,1,GiB,,,none/none,,vllm,bf16\n\
         r2,s,,Llama-3.1-8B,1,bf16,,,bf16,kv_buffer,1,GiB,,,meta-llama/Llama-3.1-8B-Instruct,,llama.cpp,bf16\n\
         r3,s,,Llama-3.1-8B,1,bf16,2048,,turboquant,kv_buffer,1,GiB,,,meta-llama/Llama-3.1-8B-Instruct,,llama.cpp,bf16\n\
         r4,s,,Llama-3.1-8B,3,bf16,2048,,bf16,weights,1,GiB,,,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16\n\
         r5,s,,Llama-3.1-8B,1,bf16,2048,,bf16,kv_cache_budget,1,GiB,,,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16\n\
         r6,s,,Llama-3.1-8B,1,bf16,2048,,bf16,weights,1,GiB,,,meta-llama/Llama-3.1-8B-Instruct,,mlx,bf16\n\
         r7,s,,Llama-3.1-8B,1,bf16,2048,,bf16,humour,1,GiB,,,meta-llama/Llama-3.1-8B-Instruct,,vllm,bf16\n",
    );
    let reasons: Vec<&str> =
        rows.iter().map(|row| row.refused.as_deref().expect("each is refused")).collect();
    let expected = ["configuration", "context", "turboquant", "tp 3", "accelerator", "mlx", "humour"];
    for (reason, word) in reasons.iter().zip(expected) {
        assert!(reason.contains(word), "{reason} names {word}");
    }
}

#[test]
fn a_summary_counts_by_engine_and_term() {
    let table = format!("{HEADER}{ROWS}");
    let summary = validate_memory(&table, &Catalog::builtin(), &|_| None).expect("the table is read").summary;
    let weights =
        summary.iter().find(|s| s.engine == "vllm" && s.term == "weights").expect("there are such rows");
    assert_eq!((weights.n, weights.refused, weights.within_1_percent), (3, 0, 3));
    assert!(weights.median_error.is_some_and(|error| error < 0.005));
}

#[test]
fn what_is_no_table_is_refused() {
    for bad in ["", "id\n1", "id,measured_what,value,unit\nx,weights,many,GiB", "\u{0}\u{1}"] {
        let result = validate_memory(bad, &Catalog::builtin(), &|_| None);
        assert!(result.map_or(true, |validation| validation.rows.is_empty()), "{bad:?}");
    }
}
