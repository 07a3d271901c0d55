"""Counts models that are built without weights: one configuration a line in, its parameters a line out.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 transformers==5.24.0
    venv/bin/python counts.py < configurations.jsonl > counts.jsonl
    cargo run -p slipstick-import --example counts < configurations.jsonl

The class is the one that `architectures` names first, else the type's usual one. `untied` counts a tensor that has two
names twice.
"""

import json
import logging
import os
import signal
import sys

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
logging.disable(logging.CRITICAL)

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers.models.auto import modeling_auto  # noqa: E402
from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: E402

USUAL = ("CAUSAL_LM", "IMAGE_TEXT_TO_TEXT", "SEQ_TO_SEQ_CAUSAL_LM", "MASKED_LM")


def usual_class(model_type):
    for task in USUAL:
        names = getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES")
        if model_type in names:
            return names[model_type]
    return modeling_auto.MODEL_MAPPING_NAMES[model_type]


def build(values):
    values = dict(values)
    configuration = CONFIG_MAPPING[values["model_type"]].from_dict(values)
    name = (values.get("architectures") or [usual_class(values["model_type"])])[0]
    configuration.dtype = torch.float32
    with torch.device("meta"):
        model = getattr(transformers, name)._from_config(configuration)
    model.tie_weights()
    return model


def count(values):
    model = build(values)
    return {
        "total": sum(weight.numel() for weight in model.parameters()),
        "untied": sum(weight.numel() for _, weight in model.named_parameters(remove_duplicate=False)),
    }


def too_long(*_):
    raise TimeoutError("more than a minute")


def each_line(answer, seconds, letters):
    """Answers each question of standard input in a line, or says why not in so many letters."""
    signal.signal(signal.SIGALRM, too_long)
    for line in sys.stdin:
        signal.alarm(seconds)
        try:
            found = answer(json.loads(line))
        except Exception as error:  # noqa: BLE001
            found = {"error": f"{type(error).__name__}: {str(error)[:letters]}"}
        signal.alarm(0)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    each_line(count, 60, 200)
