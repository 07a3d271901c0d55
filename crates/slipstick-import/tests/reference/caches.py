"""Caches of models that are built without weights: one configuration a line in, what each layer keeps a line out.

    venv/bin/python caches.py < configurations.jsonl > caches.jsonl

`kinds` is what the reference's cache class makes of the configuration, a run of equal layers an entry: the class of the
layer, its window, and how many there are. `kv` are the elements that a token adds to the layers without a window, `sliding`
those of the layers with one, `state` what does not grow: seen after a pass of a few tokens, and absent where no pass can be
made without weights.
"""

import itertools

import counts

import torch
import transformers
from transformers.cache_utils import DynamicCache, EncoderDecoderCache

TOKENS = 8


def kinds(cache):
    def kind(layer):
        window = getattr(layer, "sliding_window", None)
        return type(layer).__name__.removeprefix("Dynamic").removesuffix("Layer"), window

    return [[*key, len(list(run))] for key, run in itertools.groupby(kind(layer) for layer in cache.layers)]


def tensors(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from tensors(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors(one)


def sizes(cache):
    """Elements that grow with the tokens, by whether the layer has a window, and those that do not."""
    kv = sliding = state = 0
    for layer in cache.layers:
        grown = sum(one.numel() for name in ("keys", "values", "indexer_keys") for one in tensors(getattr(layer, name, None)))
        if getattr(layer, "sliding_window", None):
            sliding += grown
        else:
            kv += grown
        state += sum(one.numel() for name in ("conv_states", "recurrent_states") for one in tensors(getattr(layer, name, None)))
    return {"kv": kv / TOKENS, "sliding": sliding / TOKENS, "state": state}


def passed(model, cache):
    inputs = torch.zeros((1, TOKENS), dtype=torch.long, device="meta")
    keys = {"decoder_input_ids": inputs} if model.config.is_encoder_decoder else {}
    if model.config.is_encoder_decoder:
        cache = EncoderDecoderCache(cache, DynamicCache())
    found = model(input_ids=inputs, past_key_values=cache, use_cache=True, **keys).past_key_values
    return found.self_attention_cache if isinstance(found, EncoderDecoderCache) else found


def answer(values):
    model = counts.build(values)
    cache = DynamicCache(config=model.config)
    out = {"kinds": kinds(cache)}
    try:
        with torch.no_grad():
            found = passed(model, cache)
        out = {"kinds": kinds(found), **sizes(found)}
    except Exception as error:  # noqa: BLE001
        out["error"] = f"{type(error).__name__}: {str(error)[:160]}"
    return out


if __name__ == "__main__":
    counts.each_line(answer, 90, 160)
