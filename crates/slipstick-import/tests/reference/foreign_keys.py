"""Keys that other classes have and that a class makes nothing of, wherever it stands: `@ignores` in the class table.

    venv/bin/python foreign_keys.py < configurations.jsonl > probes.jsonl
    venv/bin/python counts.py < probes.jsonl > reference.jsonl
    cargo run -p slipstick-import --example counts < probes.jsonl > ours.jsonl
    venv/bin/python foreign_keys.py probes.jsonl reference.jsonl ours.jsonl ../../data/config_class_defaults.json

Each configuration is made small and stated once with each such key in each of its sections. A key that changes our count and
in no section of a type the reference's is ignored there, whatever a file states for it.
"""

import collections
import copy
import json
import os
import re
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"

from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: E402

DEPTH = re.compile(r"(num_hidden_layers|num_layers|depth|n_layers?|encoder_layers|decoder_layers|num_encoder_layers)$")
FLAGS = (
    "attention_bias",
    "enable_bias",
    "is_gated_act",
    "mlp_bias",
    "multimodal_projector_bias",
    "qkv_bias",
    "router_bias",
    "tie_embedding",
    "tie_word_embeddings",
    "use_qk_norm",
)
WIDTHS = (
    "embedding_size",
    "ffn_dim",
    "head_dim",
    "init_pos_emb_height",
    "init_pos_emb_width",
    "intermediate_size",
    "mm_hidden_size",
    "n_inner",
    "vt_hidden_size",
    "vt_intermediate_size",
    "vt_num_hidden_layers",
)
COUNTS = ("num_channels", "num_key_value_heads", "num_nextn_predict_layers")
# Labels, what is written as no number, and what must be as long as the layers are many.
LEFT = ("id2label", "label2id", "transformers_version", "_name_or_path", "time_step_limit", "layer_types")


def sections(values, path=()):
    yield path, values
    for key, value in values.items():
        if isinstance(value, dict) and (key.endswith("config") or "model_type" in value):
            yield from sections(value, (*path, key))


def small(values):
    """A configuration without nulls, few layers deep."""
    out = {}
    for key, value in values.items():
        if isinstance(value, dict):
            out[key] = small(value)
        elif value is not None and key not in LEFT:
            is_deep = DEPTH.search(key) and isinstance(value, int) and value > 4
            out[key] = 4 if is_deep and "layer_types" not in values else value
    return out


def stated(section):
    """Each foreign key with values that change a class that heeds it."""
    heads = next((section[key] for key in ("num_attention_heads", "n_head", "num_heads") if isinstance(section.get(key), int)), 8)
    width = next((section[key] for key in ("hidden_size", "d_model", "n_embd") if isinstance(section.get(key), int)), 64)
    usual = {"head_dim": max(8, width // heads // 2), "num_key_value_heads": heads // 2 if heads % 2 == 0 else 1}
    yield from ((key, [True, False]) for key in FLAGS)
    yield from ((key, [usual.get(key, 2 * width)]) for key in WIDTHS)
    yield from ((key, [usual.get(key, 2)]) for key in COUNTS)


def probes(configuration):
    """The configuration by itself, then with each foreign key; where that stands is noted under "_"."""
    base = small(configuration)
    yield base
    for path, section in sections(base):
        own = section.get("model_type")
        cls = CONFIG_MAPPING[own] if own in CONFIG_MAPPING else None
        fields = {*cls.__dataclass_fields__, *getattr(cls, "attribute_map", {})} if cls else ()
        for key, values in stated(section):
            for value in values if cls and key not in fields and key not in section else ():
                changed = copy.deepcopy(base)
                place = changed
                for step in path:
                    place = place[step]
                place[key] = value
                yield changed | {"_": [own, key]}


def ignored(asked, reference, ours):
    """By type, the keys that change our count and never the reference's."""
    seen, base = collections.defaultdict(lambda: [False, False]), None
    for probe, there, here in zip(asked, reference, ours):
        counts = [(one.get("total"), one.get("untied")) for one in (there, here)]
        if "_" not in probe:
            base = counts
        elif base[0] != (None, None) and "refused" not in here:
            moved = seen[tuple(probe["_"])]
            moved[0] |= counts[0] != base[0]
            moved[1] |= counts[1] != base[1]
    out = collections.defaultdict(list)
    for (own, key), (there, here) in sorted(seen.items()):
        if here and not there:
            out[own].append(key)
    return out


def write(path, found):
    table = json.load(open(path, encoding="utf-8"))
    for name, row in table.items():
        keys = found.get(row.get("model_type") if "." in name else name, [])
        keys = sorted({*row.pop("@ignores", []), *keys})
        if keys:
            row["@ignores"] = keys
    rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in table.items()]
    with open(path, "w", encoding="utf-8") as out:
        out.write("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        for line in sys.stdin:
            for probe in probes(json.loads(line)):
                print(json.dumps(probe))
    else:
        *lists, table = sys.argv[1:]
        write(table, ignored(*([json.loads(line) for line in open(path, encoding="utf-8")] for path in lists)))
