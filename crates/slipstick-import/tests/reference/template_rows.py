"""Writes what templates.py has learnt as the table that the readers take: data/templates.jsonl.

    venv/bin/python template_rows.py learnt.jsonl [..] > ../../data/templates.jsonl

A line a class: its type, its name, its template. Weights of one shape in one place are one row; an encoder's layers, or a
decoder's, are listed once.
"""

import dataclasses
import json
import os
import re
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"

from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: E402

SOUND = re.compile(r"audio|speech|acoustic|semantic|codec")
JOINT = re.compile(
    r"project|aligner|connector|merger|mm_|adapter|qformer|query_tokens|newline|bridge|resampler|perceiver"
)
# A family reads the type; what it does is no text; parts that may be of any type.
# Three stacks that keep a cache each are no single one.
LEFT_OUT = {"blt", "deberta-v2", "pi0", "speech-encoder-decoder"}
# Keys that are not varied, with the one value for which the sizes hold: what a class saves beside its own keys, and keys
# whose names say elsewhere that no count depends on them.
PYRAMID = {str(25 + at): {"num_local_experts": count} for at, count in enumerate(range(4, 64, 4))}
SAVED = {
    "dots3_note": {
        "vision_config.per_layer_config": [PYRAMID],
        "vision_config.pyramid_num_routed": [[-1] * 25 + [*range(4, 65, 4), 64]],
        "vision_config.embed_dim": "vision_config.hidden_size",
        "vision_config.use_bias": [False],
        "audio_config.whisper_config": [None],
        "audio_config.whisper_adapter_in_dim": "audio_config.hidden_size",
    },
    "bros": {"dim_bbox_projection": "hidden_size//num_attention_heads", "dim_bbox_sinusoid_emb_2d": "hidden_size//4"},
    "canary": {"encoder_config.num_key_value_heads": "encoder_config.num_attention_heads"},
    "cohere_asr": {"encoder_config.num_key_value_heads": "encoder_config.num_attention_heads"},
    "deberta": {"embedding_size": "hidden_size"},
    # Otherwise more or fewer layers than eight have an aligner.
    "evolla": {"num_hidden_layers": "8*num_hidden_layers//8"},
    "lasr_ctc": {"encoder_config.num_key_value_heads": "encoder_config.num_attention_heads"},
    "parakeet_encoder": {"num_key_value_heads": "num_attention_heads"},
    "parakeet_ctc": {"encoder_config.num_key_value_heads": "encoder_config.num_attention_heads"},
    "perceiver": {"num_blocks": [1]},
    "aria": {"max_value_projector_patch_to_query_dict": [256]},
    "mobilebert": {"true_hidden_size": "intra_bottleneck_size"},
    "modernvbert": {"pixel_shuffle_factor": [4]},
    "qwen2_5_omni": {"token2wav_config.dit_config.enc_res2net_scale": [2], "tie_word_embeddings": [False]},
    "qwen3_omni_moe": {"tie_word_embeddings": [False]},
    "udop": {"is_gated_act": [False]},
    "ultravbert": {"pixel_shuffle_factor": [4]},
    "qianfan_ocr": {"vision_config.use_mask_token": [False]},
    "reformer": {"num_hidden_layers": [6]},
    "rembert": {"output_embedding_size": [1664]},
    "squeezebert": {"output_groups": [4]},
    "xmod": {"adapter_reduction_factor": [2]},
}
# Lists that the class works out, whatever they are: how far back a layer sees changes no size.
FREE = {
    "qwen2_5_omni": {"talker_config.layer_types", "enable_audio_output", "tie_word_embeddings"},
    "qwen3_omni_moe": {
        "talker_config.code_predictor_config.layer_types",
        "talker_config.text_config.layer_types",
        "code2wav_config.layer_types",
        "enable_audio_output",
        "tie_word_embeddings",
    },
}
# Experts that a token passes, of those whose number no key states.
CHOSEN = {"switch_transformers": 1, "nllb-moe": 2}
DECODER_HEADS = ("decoder_attention_heads", "num_decoder_attention_heads", "decoder_num_attention_heads")
# No attention at all.
MIXED = {"fnet"}
# Encoders, although a class or a part is called otherwise.
ENCODERS = {"xlnet", "xlm", "flaubert", "funnel"}
# Which layers have a window where `layer_types` is left out: all but every so-many-th.
REACH = {
    "neomme": {"full_every": 6, "last_is_full": True, "second_window": 1024},
    "ultrabert": {"full_every": 3},
}
# All layers have a window of so many tokens.
WINDOW = {"moshi": "sliding_window", "kyutai_speech_to_text": "sliding_window"}
# Decoders by themselves, although they know a flag that makes one of others.
DECODERS = {"csm", "evolla", "gpt_neox_japanese", "higgs_audio_v2", "kyutai_speech_to_text"}


def part(path, role, is_tower):
    owner = path.rsplit(".", 1)[0].rsplit(".", 1)[-1]
    if is_tower and path.startswith("lm_head."):
        return "head"
    if is_tower:
        return "audio" if SOUND.search(path) else "projector" if JOINT.search(path) else "vision"
    if role == "embedding":
        return "embedding"
    if role in ("head", "head_bias"):
        return "head"
    if re.search(r"norm|_ln$|^ln", owner, re.I):
        return "norm"
    return "table" if "embed" in path and path.endswith("weight") else "other"


def rows(learnt, is_tower):
    for path, role, count, *shape in learnt["weights"]:
        row = {"path": path, "part": part(path, "" if role == "alias" else role, is_tower)}
        if role == "alias":
            row["alias"] = True
            if not is_tower and len(shape) == 2 and path.endswith("weight"):
                row["part"] = "head"
        if count != "1":
            row["count"] = count
        if ".experts." in path and learnt["type"] in CHOSEN:
            row |= {"part": "expert", "chosen": CHOSEN[learnt["type"]]}
        yield {**row, "shape": shape}


def name_tables(found):
    """Of one table under several names, whichever came first, the embedding is the one that is called so."""
    if any(row["part"] == "embedding" for row in found):
        return
    for row in found:
        # A module of its own, that adds up several tables.
        if re.search(r"embed_tokens\.\w+\.weight$", row["path"]):
            row["part"] = "embedding"
            return
    head = next((row for row in found if row["part"] == "head" and len(row["shape"]) == 2 and not row.get("alias")), None)
    names = [row for row in found if head and row["shape"] == head["shape"] and (row is head or row.get("alias"))]
    owner = next((row for row in names if "embed" in row["path"]), None)
    if owner:
        for row in names:
            row |= {"alias": True, "part": "head" if "head" in row["path"] else "other"}
        owner["part"] = "embedding"
        del owner["alias"]


def heads(found):
    """What of a tied head is a parameter of its own is filed apart, and what belongs to another output too."""
    name_tables(found)
    table = next((row["shape"] for row in found if row["part"] == "embedding"), None)
    own = [row for row in found if row["part"] == "head" and not row.get("alias")]
    is_tied = not any(len(row["shape"]) == 2 for row in own)
    for row in found:
        other = row.get("alias") and row["shape"] != table
        if row["part"] == "head" and (other or is_tied and not row.get("alias")):
            row["part"] = "other"


def key_of(name, *candidates):
    whole = CONFIG_MAPPING[name]()
    parts = [("", whole)] + [(f"{part}.", getattr(whole, part, None)) for part in ("text_config", "decoder_config", "encoder_config")]
    for before, part in parts:
        for candidate in candidates:
            key = getattr(type(part), "attribute_map", {}).get(candidate, candidate)
            if isinstance(getattr(part, key, None), int):
                return before + key
    return None


def stack(learnt, found):
    """The rows of the layers, and the template's word on them; none if there is no such stack."""
    name, linked = learnt["type"], learnt["linked"]
    stacks = {}
    for row in found:
        if row["path"].count("*") == 1 and ".*." in row["path"]:
            stacks.setdefault((row["path"].split(".*.")[0], row.get("count", "1")), []).append(row)
    stacks = {key: rows for key, rows in stacks.items() if not re.search("vision|image|audio|protein|codec|subsampling", key[0])}
    decoders = [key for key in stacks if re.search(r"decoder\.(layers|block)", key[0]) and name not in ENCODERS]
    largest = max(decoders or stacks, key=lambda key: (not key[1].isdigit(), len(stacks[key])), default=None)
    hidden = key_of(name, "d_latents", "hidden_size", "d_model", "dim", "emb_dim")
    table = next((row for row in found if row["part"] == "embedding" and not row.get("alias")), None)
    if not (largest and hidden):
        return None
    if len(stacks[largest]) < 6:
        # Less than attention and a feed-forward block: not the layers.
        return None
    sees = "past_and_encoder" if decoders else sight(name, learnt["class"])
    count = key_of(name, "num_attention_heads", "n_heads", "num_heads", "num_self_attention_heads")
    if decoders:
        count = key_of(name, *DECODER_HEADS) or count
    if not count and name not in MIXED:
        return None
    for row in stacks[largest]:
        row.pop("count", None)
    layers = {"path": largest[0], "depth": largest[1], "hidden": linked.get(hidden, hidden)}
    known = {**learnt.get("derived", {}), **linked}
    known = {key: str(size[0]) if isinstance(size, list) else size for key, size in known.items()}
    width = key_of(name, "dim_head", "head_dim", "d_kv")
    kv_heads = key_of(name, "decoder_num_key_value_heads" if decoders else "num_key_value_heads")
    layers |= {"head_dim": known.get(width, width)} if width else {}
    layers |= {"kv_heads": known.get(kv_heads, kv_heads)} if kv_heads else {}
    layers |= {"reach": REACH[name]} if name in REACH else {}
    layers |= {"window": WINDOW[name]} if name in WINDOW else {}
    layers |= {"vocab": table["shape"][0] if table else key_of(name, "vocab_size") or "0"} | ({"heads": linked.get(count, count)} if count else {})
    layers["weights"] = stacks[largest]
    return layers if sees == "all" else layers | {"sees": sees}


def sight(name, class_name):
    fields = {field.name for field in dataclasses.fields(CONFIG_MAPPING[name])}
    is_decoder = class_name.endswith(("ForCausalLM", "LMHeadModel")) and name not in ENCODERS
    return "past" if name in DECODERS or is_decoder and "is_decoder" not in fields else "all"


def merged(found):
    out = {}
    for row in found:
        place = ".".join(row["path"].split(".")[:2])
        is_plain = row["part"] in ("vision", "audio", "projector", "encoder")
        shape = sorted(row["shape"]) if is_plain and len(row["shape"]) == 2 else row["shape"]
        key = (place, row["part"], row.get("alias", False), row.get("count", "1"), *shape)
        if key in out and row["part"] not in ("embedding", "head"):
            out[key] |= {"path": place, "times": out[key].get("times", 1) + 1}
        else:
            out[key] = dict(row)
    return list(out.values())


def head_widths(learnt):
    """What classes that do not list a width of a head take one to be, if a file states it all the same."""
    shared = re.compile(r"((?:\w+\.)*)hidden_size//((?:\w+\.)*)num_attention_heads")
    found = {}
    for weight in learnt["weights"]:
        for size in weight[2:]:
            for match in shared.finditer(size):
                if match.group(1) == match.group(2):
                    found[f"{match.group(1)}head_dim"] = match.group(0)
    return {key: size for key, size in found.items() if key not in learnt["used"]}


def template(learnt):
    is_tower = "text" in learnt
    found = list(rows(learnt, is_tower))
    free = FREE.get(learnt["type"], ())
    out = {"pinned": {key: value for key, value in learnt["pinned"].items() if key not in free}, "linked": learnt["linked"]}
    derived = {**head_widths(learnt), **learnt.get("derived", {}), **SAVED.get(learnt["type"], {})}
    if derived:
        out["derived"] = derived
    sizes = [*learnt["linked"].values(), *(value for value in derived.values() if isinstance(value, str))]
    if is_tower:
        if learnt["text"] == "thinker_config":
            out["text"] = {"section": learnt["text"], "alone_without": "enable_audio_output"}
            out["text"] |= {"model_type": learnt["text_type"], "ties": "text"}
        elif learnt["text"] == "text_config" and learnt["ties"] in ("top", "text", "either", "never", "always"):
            out["text"] = {"model_type": learnt["text_type"], "ties": learnt["ties"]}
        else:
            return None
    else:
        heads(found)
        layers = stack(learnt, found)
        if layers is None:
            return None
        out["layers"] = layers
        sizes += [layers[key] for key in ("vocab", "hidden", "heads", "head_dim", "kv_heads", "window") if key in layers]
        found = [row for row in found if not any(row is one for one in layers["weights"])]
        if layers.get("sees") == "past_and_encoder":
            for row in found:
                if "encoder.layers" in row["path"]:
                    row["part"] = "encoder_expert" if row["part"] == "expert" else "encoder"
        elif "sees" not in layers:
            out["pinned"] = {**out["pinned"], "is_decoder": False, "add_cross_attention": False}
    out["weights"] = merged(found)
    out["keys"] = sorted({*learnt["used"], *re.findall(r"[a-zA-Z_][\w.]*", " ".join(sizes))})
    return out


def main(*paths):
    lines = {}
    for path in paths:
        for line in open(path, encoding="utf-8"):
            learnt = json.loads(line)
            found = None if learnt["type"] in LEFT_OUT else template(learnt)
            if found is None:
                print(f"left out: {learnt['type']} {learnt['class']}", file=sys.stderr)
            else:
                lines[learnt["type"], learnt["class"]] = json.dumps(found, separators=(",", ":"))
    # The usual class of a type comes first: it is learnt first.
    order = {key: at for at, key in enumerate(lines)}
    for (name, class_name), text in sorted(lines.items(), key=lambda item: (item[0][0], order[item[0]])):
        print(name, class_name, text)


if __name__ == "__main__":
    main(*sys.argv[1:])
