//! Writes the largest headers there are into a folder, sparse, and says how long reading them takes.
//!
//! `cargo run --release --example large_headers -- FOLDER`, then `slipstick model FOLDER/405b`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement by hand")]

#[path = "../../slipstick-import/tests/files/writer.rs"]
#[expect(dead_code, reason = "the catalogue's tests use all of it")]
mod writer;

use std::{
    fs::{self, File},
    path::Path,
    time::Instant,
};

use slipstick_world::{Endpoint, Options, Silent, resolve};

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let folder = Path::new(&folder);
    for (name, write) in
        [("405b", dense_405b as fn(&Path)), ("experts", many_experts), ("vocabulary", vocabulary)]
    {
        let at = folder.join(name);
        fs::create_dir_all(&at).unwrap();
        write(&at);
        let options = Options::new(Endpoint::new(Endpoint::DEFAULT).unwrap());
        let start = Instant::now();
        let files = resolve(at.to_str().unwrap(), &options, &Silent).unwrap();
        let file = files.tensor_file().unwrap();
        println!(
            "{name}: {} tensors, {} bytes of header, {:.1} ms",
            file.tensors.len(),
            file.header_bytes,
            start.elapsed().as_secs_f64() * 1e3
        );
    }
}

fn sparse(path: &Path, (header, size): &(Vec<u8>, u64)) {
    fs::write(path, header).unwrap();
    File::options().write(true).open(path).unwrap().set_len(*size).unwrap();
}

type Tensors = Vec<(String, &'static str, Vec<u64>)>;

/// Shards of so many tensors each, with their index.
fn sharded(folder: &Path, tensors: &Tensors, per_shard: usize) {
    let shards = tensors.len().div_ceil(per_shard);
    let mut map = Vec::new();
    for (at, tensors) in tensors.chunks(per_shard).enumerate() {
        let name = format!("model-{:05}-of-{shards:05}.safetensors", at + 1);
        map.extend(tensors.iter().map(|(tensor, ..)| format!("\"{tensor}\":\"{name}\"")));
        sparse(&folder.join(name), &writer::safetensors(tensors));
    }
    let index = format!("{{\"metadata\":{{}},\"weight_map\":{{{}}}}}", map.join(","));
    fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
}

/// Llama-3.1-405B: 126 layers in 191 shards.
fn dense_405b(folder: &Path) {
    fs::write(
        folder.join("config.json"),
        include_str!("../../slipstick-catalog/data/models/meta-llama--Meta-Llama-3.1-405B.json"),
    )
    .unwrap();
    let mut tensors: Tensors = Vec::new();
    let mut add = |name: String, shape: &[u64]| tensors.push((name + ".weight", "BF16", shape.to_vec()));
    add("model.embed_tokens".into(), &[128_256, 16_384]);
    add("lm_head".into(), &[128_256, 16_384]);
    add("model.norm".into(), &[16_384]);
    for layer in 0..126 {
        let at = format!("model.layers.{layer}");
        for (name, shape) in [
            ("self_attn.q_proj", [16_384, 16_384]),
            ("self_attn.k_proj", [1024, 16_384]),
            ("self_attn.v_proj", [1024, 16_384]),
            ("self_attn.o_proj", [16_384, 16_384]),
            ("mlp.gate_proj", [53_248, 16_384]),
            ("mlp.up_proj", [53_248, 16_384]),
            ("mlp.down_proj", [16_384, 53_248]),
        ] {
            add(format!("{at}.{name}"), &shape);
        }
        add(format!("{at}.input_layernorm"), &[16_384]);
        add(format!("{at}.post_attention_layernorm"), &[16_384]);
    }
    sharded(folder, &tensors, 6);
}

/// DeepSeek-V3's experts with their scales: 91,000 tensors in 163 shards.
fn many_experts(folder: &Path) {
    fs::write(
        folder.join("config.json"),
        include_str!("../../slipstick-catalog/data/models/deepseek-ai--DeepSeek-V3.json"),
    )
    .unwrap();
    let mut tensors: Tensors = Vec::new();
    for layer in 3..62 {
        for expert in 0..256 {
            let at = format!("model.layers.{layer}.mlp.experts.{expert}");
            for (name, shape) in
                [("gate_proj", [2048, 7168]), ("up_proj", [2048, 7168]), ("down_proj", [7168, 2048])]
            {
                tensors.push((format!("{at}.{name}.weight"), "F8_E4M3", shape.to_vec()));
                let tiles = shape.iter().map(|side| side / 128).collect();
                tensors.push((format!("{at}.{name}.weight_scale_inv"), "F32", tiles));
            }
        }
    }
    sharded(folder, &tensors, 556);
}

/// A GGUF file with 250,000 tokens.
fn vocabulary(folder: &Path) {
    let mut writer = writer::Gguf::new(3)
        .text("general.architecture", "qwen3")
        .u32("qwen3.block_count", 36)
        .u32("qwen3.embedding_length", 4096)
        .u32("qwen3.attention.head_count", 32)
        .u32("qwen3.attention.head_count_kv", 8)
        .u32("qwen3.attention.key_length", 128)
        .u32("qwen3.attention.value_length", 128)
        .u32("qwen3.feed_forward_length", 12_288)
        .tokens(250_000)
        .merges(250_000)
        .tensor("token_embd.weight", &[4096, 250_000], 12, 250_000 * 16 * 144)
        .tensor("output_norm.weight", &[4096], 0, 16_384);
    for layer in 0..36 {
        for (name, shape) in [
            ("attn_q", [4096, 4096]),
            ("attn_k", [4096, 1024]),
            ("attn_v", [4096, 1024]),
            ("attn_output", [4096, 4096]),
            ("ffn_gate", [4096, 12_288]),
            ("ffn_up", [4096, 12_288]),
            ("ffn_down", [12_288, 4096]),
        ] {
            let bytes = shape[0] * shape[1] / 256 * 144;
            writer = writer.tensor(&format!("blk.{layer}.{name}.weight"), &shape, 12, bytes);
        }
    }
    sparse(&folder.join("large-vocabulary-Q4_K.gguf"), &writer.finish());
}
