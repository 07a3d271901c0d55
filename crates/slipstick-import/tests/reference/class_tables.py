"""Writes what the configuration classes of transformers assume for keys that a file leaves out, and which classes
belong to a `model_type`, into crates/slipstick-import/data/.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 transformers==5.24.0
    venv/bin/python class_tables.py ../../data

Only literal values are recorded (numbers, flags, names and short lists), and of those none that can change no count.
"""

import collections
import dataclasses
import importlib
import inspect
import json
import logging
import os
import re
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
logging.disable(logging.CRITICAL)

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers.models.auto import modeling_auto  # noqa: E402
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES  # noqa: E402

assert transformers.__version__ == "5.24.0"

# Keys that no count depends on.
SILENT = re.compile(
    r"_token_id$|_token_index$|_token$|_id$|_ids$|_idx$|index$|dropout|drop_|droprate|initializer|_std$|_eps|eps_|^eps|"
    r"^use_cache$|"
    r"^output_|return_dict|rope|theta|_range$|^dtype$|transformers_version|_loss|loss_|_coef|chunk_size_feed|^id2label|"
    r"suppress|scale$|_scaling|^temperature|softcap|jitter|bos|eos|pad|_prob$|_probs|^mask_|_factor$|pretraining_tp|"
    r"_cutoff|^problem_type|architectures|_name_or_path|is_encoder_decoder|norm_topk|logits|_act$|act_fn|"
    r"multiplier$|_freq$|max_memory|cache_implementation|backend|kernel_mode|^chunkwise|_time_step|time_step_|"
    r"^prefix$|residual_in_fp32|rescale|upcast|attn_implementation|begin_"
)
# What the pattern takes too many of.
SPEAKING = re.compile(
    r"^(downsample_factor|scale_factor|proj_factor|ffn_proj_factor|qk_dim_factor|v_dim_factor|router_factor|"
    r"time_step_rank|pad_head_dim_to_multiple_of|moe_layer_freq|ffn_dim_multiplier|block_ffn_dim_multiplier|"
    r"hidden_act|hidden_activation|activation_function|feed_forward_proj|dense_act_fn|ffn_hidden_multiplier|"
    r"qk_rope_head_dim|output_dim|output_channels|subsampling_factor|conv_expansion_factor|no_rope_layer_interval|moe_layer_start_index|moe_layer_end_index|_remove_final_layer_norm|use_vision_boi_token|.*pad_token_id|pad_size|mlp_act|unpadded_vocab_size|use_task_id|"
    r"depthwise_multiplier|output_embedding_size|adapter_reduction_factor|pixel_shuffle_factor)$"
)


def speaks(key):
    return SPEAKING.match(key) or not (key.startswith("_") or SILENT.search(key))


def literal(value):
    if isinstance(value, (list, tuple)):
        return len(value) <= 128 and all(isinstance(item, (int, float, str, list, tuple)) for item in value)
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) < 40)


def defaults(cls):
    values = {}
    for field in dataclasses.fields(cls):
        value = field.default
        if field.default_factory is not dataclasses.MISSING:
            value = field.default_factory()
        if speaks(field.name) and (value is None or literal(value)):
            values[field.name] = value
    return values


def model_of(cls):
    """A model of a part's configuration, which has no place among the automatic classes."""
    module = importlib.import_module(cls.__module__.replace(".configuration_", ".modeling_"))
    ours = [one for one in vars(module).values() if getattr(one, "config_class", None) is cls]
    return next(one for one in ours if "Text" in one.__name__ and "PreTrained" not in one.__name__)


def rounds_head(name, cls):
    """Whether a class takes a hidden size that its heads do not divide, and rounds their width down."""
    if not {"hidden_size", "num_attention_heads"} <= {field.name for field in dataclasses.fields(cls)}:
        return False
    model = modeling_auto.MODEL_MAPPING_NAMES.get(name)
    try:
        sizes = {"hidden_size": 250, "num_attention_heads": 8, "num_key_value_heads": 8}
        configuration = cls(**sizes, num_hidden_layers=1, intermediate_size=64, vocab_size=300, pad_token_id=0)
        with torch.device("meta"):
            built = (getattr(transformers, model) if model else model_of(cls))(configuration)
        shapes = [tuple(weight.shape) for key, weight in built.named_parameters() if "q_proj.weight" in key or "qkv_proj.weight" in key]
        return bool(shapes) and all(rows % 31 == 0 for rows, _ in shapes)
    except Exception:
        return False


def takes_flat(cls):
    """Whether a composite reads the keys of its decoder where they stand beside its own."""
    try:
        return read(read(cls(num_hidden_layers=3), "text_config"), "num_hidden_layers") == 3
    except Exception:
        return False


def older_names(cls):
    """Names that a class lists nowhere and takes for one of its own keys all the same."""
    own = {field.name for field in dataclasses.fields(cls)} | {*getattr(cls, "attribute_map", {})}
    names = set(re.findall(r"kwargs\.(?:pop|get)\(\s*\"(\w+)\"", inspect.getsource(cls)))
    found = {}
    for name in filter(speaks, sorted(names - own)):
        try:
            usual, stated = cls(), cls(**{name: 96})
        except Exception:
            continue
        same = [key for key in defaults(cls) if read(stated, key) == 96 != read(usual, key)]
        if len(same) == 1:
            found[name] = same[0]
    return found


def partial(cls, key, own):
    """What a composite assumes for the keys of a part that is stated but leaves them out, beside the part's defaults.

    Asked twice, with another number of heads, so that what follows from other keys is told from what is fixed."""
    values = {}
    for stated in ({}, {"num_attention_heads": 16}):
        try:
            part, alone = read(cls(**{key: {"model_type": own.model_type, **stated}}), key), own(**stated)
        except Exception:
            continue
        for field in dataclasses.fields(own):
            value = read(part, field.name)
            if field.name not in stated and speaks(field.name) and literal(value) and value != read(alone, field.name):
                values[field.name] = value
    return values


def read(configuration, key):
    """A value, or none where it is one of each layer's own."""
    try:
        return getattr(configuration, key, None)
    except Exception:
        return None


def sections(cls, configuration, classes):
    """Each part that a composite builds for itself, as its type and what differs from that type's own defaults."""
    parts = {}
    for key in getattr(cls, "sub_configs", {}):
        part = read(configuration, key)
        if not isinstance(part, transformers.PretrainedConfig):
            continue
        own = type(part)
        # A part without a type of its own is known by its place.
        name = own.model_type or f"{cls.model_type}.{key}"
        classes.setdefault(name, own)
        usual = defaults(own)
        values = {"model_type": name}
        for field in dataclasses.fields(own):
            value = read(part, field.name)
            if speaks(field.name) and literal(value) and value != usual.get(field.name):
                values[field.name] = value
        nested = sections(own, part, classes)
        parts[key] = values
        for inner, value in nested.items():
            if value != {"model_type": value["model_type"]}:
                values[inner] = value
    return parts


def main(folder):
    classes, composites = {}, {}
    for name in CONFIG_MAPPING_NAMES:
        classes[name] = CONFIG_MAPPING[name]
    for name, cls in list(classes.items()):
        if getattr(cls, "sub_configs", {}):
            try:
                configuration = cls()
            except Exception as error:
                print(f"{name} has no default configuration: {error}", file=sys.stderr)
                continue
            found = sections(cls, configuration, classes)
            if found:
                composites[name] = found
    table = {name: defaults(cls) for name, cls in sorted(classes.items())}
    for name, parts in composites.items():
        table[name].update(parts)
        for key in parts:
            own = type(read(classes[name](), key))
            values = partial(classes[name], key, own) if own.model_type else {}
            if values:
                table[f"{name}.{key}"] = {"model_type": own.model_type, **defaults(own), **values}
    for name, cls in classes.items():
        if rounds_head(name, cls):
            table[name]["@rounds_head"] = True
        if takes_flat(cls):
            table[name]["@flat"] = True
        aliases = {alias: key for alias, key in getattr(cls, "attribute_map", {}).items() if alias != key}
        aliases |= older_names(cls)
        if aliases:
            table[name]["@aliases"] = aliases
    write(f"{folder}/config_class_defaults.json", table)

    architectures = collections.defaultdict(set)
    for mapping in sorted(vars(modeling_auto)):
        if mapping.endswith("_MAPPING_NAMES") and mapping != "CONFIG_MAPPING_NAMES":
            for name, of_type in getattr(modeling_auto, mapping).items():
                architectures[name].update(of_type if isinstance(of_type, (list, tuple)) else [of_type])
    write(f"{folder}/architectures.json", {name: sorted(names) for name, names in sorted(architectures.items())})


def write(path, table):
    with open(path, "w", encoding="utf-8") as out:
        rows = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in table.items()]
        out.write("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
