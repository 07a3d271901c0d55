//! Terms that engines printed, through the same door as a user's table.

use serde_json::Value;
use slipstick_api::{
    ApiError, Catalog,
    registry::Question,
    request::ValidateRequest,
    rows::{DocumentWriter, Form},
};

use crate::world::every_path;

const HEADER: &str = "id,source,n_gpus,context_tokens,slots,ubatch,kv_dtype,measured_what,value,unit,memory_fraction,visible_gib,\
max_sequences,max_batched_tokens,accelerator_id,model_id,engine,engine_version,precision\n";

/// Start-up logs of vLLM (llm-d-planner's table; a thread on V0 profiling, which profiles one prompt of the longest
/// context), llama.cpp (Mixtral), transformers (vramcalc) and a file page; read 2026-08.
const ROWS: &str = "\
w1,table,1,16000,,,bf16,weights,14.99,GiB,0.9,79.18,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,vllm,0.11.0,bf16
w2,table,1,16000,,,bf16,activation_peak,4.76,GiB,0.9,79.18,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,vllm,0.11.0,bf16
w3,table,1,16000,,,bf16,kv_cache_budget,51.38,GiB,0.9,79.18,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,vllm,0.11.0,bf16
w4,table,2,16000,,,bf16,weights,33.88,GiB,0.9,79.18,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-70B-Instruct,vllm,0.11.0,fp8
w5,table,2,16000,,,bf16,kv_cache_budget,32.0,GiB,0.9,79.18,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-70B-Instruct,vllm,0.11.0,fp8
w6,alone,1,16000,,,bf16,kv_cache_budget,-1.44,GiB,,,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-70B-Instruct,vllm,0.11.0,fp8
w7,table,1,16000,,,bf16,weights,13.47,GiB,0.9,79.18,,,nvidia-h100-sxm-80gb,openai/gpt-oss-20b,vllm,0.11.0,mxfp4
b1,thread,1,20000,,,bf16,kv_cache_budget,3.81,GiB,0.9,23.58,256,20000,nvidia-rtx-3090-24gb,meta-llama/Llama-3.1-8B-Instruct,vllm,0.11.0,bf16
b2,thread,1,20000,,,bf16,kv_blocks,1952,blocks of 16,0.9,23.58,256,20000,nvidia-rtx-3090-24gb,meta-llama/Llama-3.1-8B-Instruct,vllm,0.11.0,bf16
b3,thread,1,20000,,,bf16,torch_peak_total,17.06,GiB,0.9,23.58,256,20000,nvidia-rtx-3090-24gb,meta-llama/Llama-3.1-8B-Instruct,vllm,0.11.0,bf16
l1,log,1,512,,512,f16,kv_buffer,64.0,MiB,,,,,,mistralai/Mixtral-8x7B-v0.1,llama.cpp,,
l2,log,16,32768,,256,f16,kv_buffer,2196.0,MiB,,,,,,deepseek-ai/DeepSeek-V3,llama.cpp,,
f1,page,1,,,,,file_size,37.22,GiB,,,,,,meta-llama/Llama-3.1-70B-Instruct,llama.cpp,,q4_0
t1,tool,1,2048,1,,bf16,peak_allocated,16.88,GB,,,,,nvidia-rtx-a6000-48gb,meta-llama/Llama-3.1-8B-Instruct,transformers,,bf16
";

/// A table of measured serving, of which one row is refused.
const SERVED: &str = "\
id,regime,usable,engine,accelerator_id,gpus,tp_ranks,model_id,precision,isl,osl,concurrency,ttft_ms,tpot_ms,throughput_tok_s
a,agg_saturated,yes,vllm,nvidia-h100-sxm-80gb,1,1,meta-llama/Llama-3.1-8B-Instruct,fp8,1000,200,32,90,9.5,3300
b,agg_saturated,yes,vllm,nvidia-h100-sxm-80gb,1,1,meta-llama/Llama-3.1-8B-Instruct,fp8,2000,200,8,120,8.1,900
c,disagg,yes,vllm,nvidia-h100-sxm-80gb,1,1,meta-llama/Llama-3.1-8B-Instruct,fp8,2000,200,8,120,8.1,900
";

/// Rows that are written as they come make the same text as all at once; so does a table without any.
#[test]
fn rows_written_one_by_one_are_the_same_document() {
    let tables = [format!("{HEADER}{ROWS}"), HEADER.to_owned(), SERVED.to_owned()];
    for (table, form) in tables.iter().flat_map(|table| [(table, Form::Json), (table, Form::Csv)]) {
        let request = ValidateRequest::new("table.csv");
        let (catalog, world) = (Catalog::builtin(), every_path(table.clone()));
        let at_once = request.answer(&catalog, &world).unwrap();
        let expected = match form {
            Form::Json => format!("{:#}\n", at_once.document(false)),
            Form::Csv | Form::View => at_once.csv().unwrap(),
        };
        let mut written = Vec::new();
        let mut document = DocumentWriter::new(&mut written, form);
        let rest = request.answer_to(&catalog, &world, &mut document).unwrap();
        assert_eq!(rest.view, at_once.view);
        document.finish(&rest, false).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}

/// What `slipstick validate` answers about a table.
fn validated(table: &str) -> Result<Value, ApiError> {
    let request = ValidateRequest::new("table.csv");
    Ok(request.answer(&Catalog::builtin(), &every_path(table.to_owned()))?.document(false))
}

fn outcome(rows: &str) -> Vec<Value> {
    let answer = validated(&format!("{HEADER}{rows}")).expect("the table is read");
    answer["rows"].as_array().expect("it has rows").clone()
}

#[test]
fn logs_are_met() {
    let rows = outcome(ROWS);
    assert_eq!(rows.len(), 14);
    for row in &rows {
        let (id, measured) = (&row["id"], row["measured"].as_f64().expect("a number"));
        let predicted = row["predicted"].as_f64().unwrap_or_else(|| panic!("{id}: {}", row["refused"]));
        let allowed = if id == "b1" { 0.07 } else { 0.009 };
        assert!((predicted / measured - 1.0).abs() < allowed, "{id}: {predicted} against {measured}");
        assert!(row["bytes"]["low"].as_f64() <= row["bytes"]["high"].as_f64(), "{id}");
    }
    // The pool of the same run is given, and said to be.
    assert_eq!(rows[8]["given"], "kv_cache_budget");
}

#[test]
fn what_a_row_does_not_say_is_not_guessed() {
    let rows = outcome(
        "r1,s,1,2048,,,bf16,weights,1,GiB,,,,,,none/none,vllm,,bf16\n\
         r2,s,1,,,,bf16,kv_buffer,1,GiB,,,,,,meta-llama/Llama-3.1-8B-Instruct,llama.cpp,,bf16\n\
         r3,s,1,2048,,,turboquant,kv_buffer,1,GiB,,,,,,meta-llama/Llama-3.1-8B-Instruct,llama.cpp,,bf16\n\
         r4,s,3,2048,,,bf16,weights,1,GiB,,,,,nvidia-h100-sxm-80gb,meta-llama/Llama-3.1-8B-Instruct,vllm,,bf17\n\
         r5,s,1,2048,,,bf16,kv_cache_budget,1,GiB,,,,,,meta-llama/Llama-3.1-8B-Instruct,vllm,,bf16\n\
         r6,s,1,2048,,,bf16,weights,1,GiB,,,,,,meta-llama/Llama-3.1-8B-Instruct,torch,,bf16\n\
         r7,s,1,2048,,,bf16,humour,1,GiB,,,,,,meta-llama/Llama-3.1-8B-Instruct,vllm,,bf16\n",
    );
    let expected = ["configuration", "context", "turboquant", "bf17", "accelerator", "engine", "humour"];
    for (row, word) in rows.iter().zip(expected) {
        let reason = row["refused"].as_str().unwrap_or_else(|| panic!("{} is refused", row["id"]));
        assert!(reason.contains(word), "{reason} names {word}");
    }
}

#[test]
fn a_summary_counts_by_engine_and_term() {
    let answer = validated(&format!("{HEADER}{ROWS}")).expect("the table is read");
    let summary = answer["summary"].as_array().expect("it has a summary");
    let weights = summary
        .iter()
        .find(|s| s["engine"] == "vllm" && s["term"] == "weights")
        .expect("there are such rows");
    assert_eq!(weights["n"], 3);
    assert_eq!(weights["within_1_percent"], 3);
    assert!(weights["median_error"].as_f64().is_some_and(|error| error < 0.005));
}

#[test]
fn what_is_no_table_is_refused() {
    for bad in ["", "id\n1", "id,measured_what,value,unit\nx,weights,many,GiB", "\u{0}\u{1}"] {
        let error = validated(bad).expect_err(bad);
        assert!(error.help.is_some(), "{bad:?}: {error}");
    }
    let error = validated("id,measured_what,value,unit\nx,weights,NaN,GiB").expect_err("no value");
    assert!(error.message.contains("row 1"), "{error}");
}
