"""A type of the reference implementation: its configurations, and the weights that a class of it builds from one."""

import collections
import copy
import json
import logging
import os
import re
import signal
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: E402

from class_tables import literal, read, speaks  # noqa: E402

TEXTS = ("text_config", "llm_config", "language_config", "thinker_config")
# Encoders, whose head the whole has.
HEADLESS = ("modernbert", "ultrabert")
# Parts by the name of a decoder that no other family reads.
WHOLE = (
    "align",
    "altclip",
    "chinese_clip",
    "clap",
    "clip",
    "clipseg",
    "metaclip_2",
    "pix2struct",
    "pp_formulanet",
    "siglip",
    "siglip2",
)
# What a class takes from every published file and has no default for.
STATED = {
    # As ESM-2 has them.
    "esm": {
        "vocab_size": 33,
        "pad_token_id": 1,
        "mask_token_id": 32,
        "position_embedding_type": "rotary",
        "emb_layer_norm_before": False,
    },
    "nemotron_h_omni": {"vision_config.video_temporal_patch_size": 2},
    "qwen3_omni_moe": {
        "talker_config.spatial_merge_size": 2,
        "talker_config.text_config.head_dim": 128,
        "talker_config.text_config.shared_expert_intermediate_size": 768,
    }
}
DEPTH = re.compile(r"(num_hidden_layers|num_layers|depth|n_layers?|encoder_layers|decoder_layers|num_encoder_layers)$")


class Fault(Exception):
    pass


def too_long(*_):
    raise TimeoutError


def flat(values, before=""):
    for key, value in values.items():
        if isinstance(value, dict) and (key.endswith("_config") or "model_type" in value):
            yield from flat(value, f"{before}{key}.")
        elif speaks(key) and key not in ("model_type", "architectures", "id2label", "label2id"):
            yield f"{before}{key}", value


def put(values, path, value):
    *sections, key = path.split(".")
    for section in sections:
        values = values[section]
    values[key] = value


def own_fields(cls, configuration):
    """The values of a class's own fields and of its parts', which is what a file may state."""
    import dataclasses

    values = {"model_type": cls.model_type} if cls.model_type else {}
    parts = getattr(cls, "sub_configs", {})
    for field in dataclasses.fields(cls):
        value = read(configuration, field.name)
        if isinstance(value, transformers.PretrainedConfig):
            values[field.name] = own_fields(type(value), value)
        elif field.name in parts:
            # A part that the class does not build by itself.
            values[field.name] = None
        elif field.default is None and field.default_factory is dataclasses.MISSING:
            # Absent, the class works it out.
            values[field.name] = None
        elif value is None or literal(value):
            values[field.name] = copy.deepcopy(list(value) if isinstance(value, tuple) else value)
    return values


def without_nulls(values):
    return {key: without_nulls(one) if isinstance(one, dict) else one for key, one in values.items() if one is not None}


class Type:
    def __init__(self, name, class_name, supported, is_shallow=True):
        self.name, self.class_name = name, class_name
        self.cls = CONFIG_MAPPING[name]
        whole = own_fields(self.cls, self.cls())
        for path, value in STATED.get(name, {}).items():
            put(whole, path, value)
        if "Classification" in class_name:
            whole["num_labels"] = 2
        # Some classes take an absent key and no null.
        self.nulls = {path: None for path, value in flat(whole) if value is None}
        self.default = without_nulls(whole)
        self.base = self.default
        self.text = next((key for key in TEXTS if isinstance(self.base.get(key), dict)), None)
        if name in WHOLE:
            self.text = None
        if self.text and self.base[self.text].get("model_type") not in supported:
            raise Fault(f"its decoder {self.base[self.text].get('model_type')} is not known")
        self.is_headless = bool(self.text) and self.base[self.text].get("model_type") in HEADLESS
        self.cache = {}
        self.base = self.shallow() if is_shallow else self.base

    def shallow(self):
        """The same with few layers, as far as it can be built: what is learnt of three holds for thirty, or is refused."""
        values = copy.deepcopy(self.base)
        usual = {k[0] for k in patterns(self.build(values) or [])}
        for path, value in flat(self.base):
            if DEPTH.search(path) and isinstance(value, int) and value > 4:
                trial = copy.deepcopy(values)
                put(trial, path, 3)
                if {k[0] for k in patterns(self.build(trial) or [])} == usual:
                    values = trial
        return values

    def effective(self, values, path):
        """What the class takes a key to be where a file has these values."""
        try:
            part = self.cls.from_dict(copy.deepcopy(values))
            for key in path.split("."):
                part = getattr(part, key)
        except Exception:  # noqa: BLE001
            return None
        part = list(part) if isinstance(part, tuple) else part
        return json.loads(json.dumps(part)) if isinstance(part, (bool, int, float, str, list, dict)) else None

    def build(self, values):
        key = json.dumps(values, sort_keys=True)
        if key not in self.cache:
            signal.alarm(40)
            try:
                self.cache[key] = self._build(values)
            except TimeoutError:
                self.cache[key] = None
            except Exception as error:  # noqa: BLE001
                self.error = f"{type(error).__name__}: {error}"
                self.cache[key] = None
            finally:
                signal.alarm(0)
        return self.cache[key]

    def _build(self, values):
        configuration = self.cls.from_dict(copy.deepcopy(values))
        configuration.dtype = torch.float32
        with torch.device("meta"):
            model = getattr(transformers, self.class_name)._from_config(configuration)
        model.tie_weights()
        skip = ()
        if self.is_headless:
            skip = (f"{self.decoder_of(model)}.",)
        elif self.text:
            skip = (f"{self.decoder_of(model)}.", "lm_head.")
        seen, out = {}, []
        table = embeddings(model.get_input_embeddings) if not self.text else None
        head = embeddings(model.get_output_embeddings) if not self.text else None
        marks = {id(table.weight): "embedding"} if hasattr(table, "weight") else {}
        self.tied = bool(self.text) and id(model.get_output_embeddings().weight) == id(model.get_input_embeddings().weight) if self.text and model.get_output_embeddings() is not None else None
        for path, weight in model.named_parameters(remove_duplicate=False):
            if path.startswith(skip or ("\0",)):
                seen[id(weight)] = path
                continue
            owner = path.rsplit(".", 1)[0]
            role = marks.get(id(weight), "")
            if head is not None and any(weight is w for w in head.parameters()):
                role = "head" if weight.dim() == 2 else "head_bias"
                if id(weight) in marks and owner.endswith(self.embedding_owner(model, table)):
                    role = "embedding"
            alias = id(weight) in seen
            seen[id(weight)] = path
            out.append((path, tuple(weight.shape), alias, role))
        return out

    def decoder_of(self, model):
        """Where the part stands that another family reads."""
        text = read(model.config, self.text)
        prefixes = [n for n, m in model.named_modules() if n and getattr(m, "config", None) is text]
        prefixes = [p for p in prefixes if not any(p != q and p.startswith(f"{q}.") for q in prefixes)]
        # One module may be the decoder's embedding or rotary part alone.
        decoders = [p for p in prefixes if any(n.startswith(f"{p}.") for n, _ in model.named_parameters())]
        if len(decoders) > 1:
            # The one that holds the embedding.
            table = self.embedding_owner(model, model.get_input_embeddings())
            decoders = [p for p in decoders if table.startswith(f"{p}.")]
        if len(decoders) != 1:
            raise Fault(f"its decoder is not one module: {decoders}")
        return decoders[0]

    def embedding_owner(self, model, table):
        return next((n for n, m in model.named_modules() if m is table), "\0")


def embeddings(getter):
    """What a class says its table of tokens or its head is; none where it has no tokens."""
    try:
        return getter()
    except NotImplementedError:
        return None


def patterns(built):
    """Weights whose names differ in their numbers alone and whose shapes agree, as one; with how many there are."""
    groups = collections.OrderedDict()
    for path, shape, alias, role in built:
        star = re.sub(r"(?<=\.)\d+(?=\.|$)|(?<=\bexpert_)\d+", "*", path)
        groups.setdefault((star, alias, role), []).append((path, shape))
    out = collections.OrderedDict()
    for (star, alias, role), members in groups.items():
        shapes = {shape for _, shape in members}
        if len(shapes) == 1:
            out[star, alias, role] = (len(members), *shapes.pop())
        else:
            for path, shape in members:
                out[path, alias, role] = (1, *shape)
    return out
