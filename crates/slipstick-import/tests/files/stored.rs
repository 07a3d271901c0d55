//! GGUF files whose tensors say what the model is, with the figures that are published of each.
//!
//! Parameters: totals of the safetensors files and of reference implementations (transformers 5.24.0), read 2026-11.
//! What is kept: llama.cpp's formulas, 16-bit keys and values.

use slipstick_core::{
    model::{Layer, Mixer, Span},
    numeric::Format,
};
use slipstick_import::{
    config::Imported,
    gguf::parse,
    gguf_config::{GgufConfigError, model},
};

use crate::writer;

/// One file a row: its keys, the tensors outside its layers and in each of them; `b` says that a bias stands beside, and
/// sizes of several layers are parted by colons.
const ROWS: &str = include_str!("../goldens/gguf_stored.csv");

fn with_keys(mut writer: writer::Gguf, arch: &str, keys: &str) -> writer::Gguf {
    for pair in keys.split_whitespace().collect::<Vec<_>>().chunks(2) {
        let key = format!("{arch}.{}", pair[0]);
        let items: Vec<u32> = pair[1].split(',').map(|item| item.parse().unwrap()).collect();
        writer = match items[..] {
            [one] => writer.u32(&key, one),
            _ => writer.u32_list(&key, &items),
        };
    }
    writer
}

/// The sizes of a tensor in a layer, the fastest first as the file has them, and whether it has a bias.
fn sizes(text: &str, layer: usize) -> (Vec<u64>, bool) {
    let has_bias = text.ends_with('b');
    let size = |sizes: &str| {
        let all: Vec<u64> = sizes.split(':').map(|size| size.parse().unwrap()).collect();
        all.get(layer).copied().unwrap_or(all[0])
    };
    (text.trim_end_matches('b').rsplit('x').map(size).collect(), has_bias)
}

fn with_tensors(mut writer: writer::Gguf, prefix: &str, tensors: &str, layer: usize) -> writer::Gguf {
    for tensor in tensors.split_whitespace() {
        let (name, text) = tensor.split_once('=').unwrap();
        let (shape, has_bias) = sizes(text, layer);
        writer =
            writer.tensor(&format!("{prefix}{name}.weight"), &shape, 0, 4 * shape.iter().product::<u64>());
        if has_bias {
            // A vector's own size, a matrix's rows, the rows of every expert.
            let bias = if shape.len() == 1 { &shape[..] } else { &shape[1..] };
            writer =
                writer.tensor(&format!("{prefix}{name}.bias"), bias, 0, 4 * bias.iter().product::<u64>());
        }
    }
    writer
}

fn read(arch: &str, keys: &str, outer: &str, layer: &str) -> Result<Option<Imported>, GgufConfigError> {
    let mut writer = with_keys(writer::Gguf::new(3).text("general.architecture", arch), arch, keys);
    writer = with_tensors(writer, "", outer, 0);
    let layers: usize = keys.split_whitespace().nth(1).unwrap().parse().unwrap();
    for index in 0..layers {
        writer = with_tensors(writer, &format!("blk.{index}."), layer, index);
    }
    let (bytes, size) = writer.finish();
    model(&parse(&bytes, Some(size)).unwrap().complete().unwrap())
}

#[test]
fn tensors_make_the_published_model() {
    let mut tried = 0;
    for row in csv::Reader::from_reader(ROWS.as_bytes()).records() {
        let row = row.unwrap();
        let text = |column: usize| row.get(column).unwrap();
        let model = read(text(1), text(7), text(8), text(9)).unwrap().unwrap().model;
        let (parameters, cache) = (model.parameters(), model.cache(Format::BF16));
        let found = [
            parameters.total,
            parameters.active,
            cache.bytes_per_token,
            cache.sliding_bytes_per_token,
            cache.state_elements,
        ];
        let published: Vec<u64> = (2..7).map(|column| text(column).parse().unwrap()).collect();
        assert_eq!(found[..], published, "{}", text(0));
        tried += 1;
    }
    assert!(tried >= 8, "{tried} rows");
}

const KEYS: &str = "block_count 8 embedding_length 64 attention.head_count 4 attention.head_count_kv 2 expert_count 4 expert_used_count 2";
const LAYER: &str = "attn_qkv=128x64 attn_output=64x64 ffn_gate_up_exps=4x64x64b ffn_down_exps=4x64x32";

fn spans(arch: &str, more: &str) -> String {
    let model = read(arch, &format!("{KEYS} {more}"), "token_embd=32x64", LAYER).unwrap().unwrap().model;
    let mixers = model.layers.iter().flat_map(Layer::mixers);
    mixers
        .map(|mixer| match mixer {
            Mixer::Attention(attention) if attention.span == Span::Window(16) => 's',
            Mixer::Attention(attention) if attention.span == Span::Full => 'f',
            _ => '?',
        })
        .collect()
}

/// Source: llama.cpp, `set_swa_pattern` and the periods of each architecture's `load_arch_hparams`.
#[test]
fn windows_follow_each_architecture_and_the_file() {
    let window = "attention.sliding_window 16";
    assert_eq!(spans("afmoe", ""), "ffffffff");
    assert_eq!(spans("grok", window), "ffffffff");
    assert_eq!(spans("afmoe", window), "sssfsssf");
    assert_eq!(spans("smallthinker", window), "fsssfsss");
    assert_eq!(spans("plamo3", window), "sssssssf");
    let period = "attention.sliding_window 16 attention.sliding_window_pattern 2";
    assert_eq!(spans("afmoe", period), "sfsfsfsf");
    let listed = "attention.sliding_window 16 attention.sliding_window_pattern 1,1,0,1,1,1,1,0";
    assert_eq!(spans("step35", listed), "ssfssssf");
}

#[test]
fn experts_and_fused_matrices_are_counted_by_what_a_token_passes() {
    let model = read("grok", KEYS, "token_embd=32x64", LAYER).unwrap().unwrap().model;
    let parameters = model.parameters();
    // Eight layers: attention 128 x 64 + 64 x 64; four experts of 64 x 64 + 64 + 64 x 32, two of them active.
    let (attention, expert) = (12_288, 6208);
    assert_eq!(parameters.total, 32 * 64 + 8 * (attention + 4 * expert));
    assert_eq!(parameters.active, 32 * 64 + 8 * (attention + 2 * expert));
    assert_eq!(model.cache(Format::BF16).bytes_per_token, 8 * 2 * 2 * 16 * 2);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |arch: &str, keys: &str| {
        read(arch, keys, "token_embd=32x64", "attn_q=64x64").unwrap_err().to_string()
    };
    let missing = refused("grok", "block_count 1 attention.head_count 2");
    assert!(missing.contains("grok.embedding_length"), "{missing}");
    let short = "block_count 4 embedding_length 64 attention.head_count 4 attention.head_count_kv 2,2";
    assert!(refused("openelm", short).contains("not a count for each layer"));
    let step = "block_count 2 embedding_length 64 attention.head_count 4 attention.sliding_window 16";
    assert!(refused("step35", step).contains("sliding_window_pattern"));
    assert_eq!(read("nobody", "block_count 1", "", "").unwrap(), None);
}
