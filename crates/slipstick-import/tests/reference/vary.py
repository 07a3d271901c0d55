"""Varies configurations at random: values changed, keys left out, up to three at a time.

    venv/bin/python vary.py SEED COUNT < configurations.jsonl > varied.jsonl
    venv/bin/python counts.py < varied.jsonl > reference.jsonl
    cargo run -p slipstick-import --example counts < varied.jsonl > ours.jsonl

The lines of both answer each other: equal totals, or a refusal, or a fault of ours.
"""

import copy
import json
import random
import sys

from class_tables import speaks


def changed(value, known, draw):
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return draw.choice(known)
    if isinstance(value, float):
        return draw.choice([2 * value, value / 2])
    if isinstance(value, list):
        # As long, in another order; shorter; longer.
        return draw.choice([draw.sample(value, len(value)), value[:-1], value + value[-1:]])
    if value == 0:
        return draw.choice([0, 1, 2])
    if value >= 64:
        return draw.choice([2 * value, value // 2, value + value // 4, value // 4]) // 8 * 8 or value
    return draw.choice([value + 1, max(1, value - 1), 2 * value, max(1, value // 2)])


def places(section):
    """Every key that may matter, in every section; sections themselves may be left out."""
    for key, value in section.items():
        if isinstance(value, dict) and (key.endswith("config") or "model_type" in value):
            yield section, key
            yield from places(value)
        elif key not in ("architectures", "model_type", "dtype", "torch_dtype") and speaks(key) and not isinstance(value, dict):
            yield section, key


def texts(configurations):
    """The texts that stand under a key anywhere."""
    known = {}
    for configuration in configurations:
        for section, key in places(configuration):
            if isinstance(section[key], str):
                known.setdefault(key, set()).add(section[key])
    return {key: sorted(values) for key, values in known.items()}


def vary(configuration, known, draw):
    configuration = copy.deepcopy(configuration)
    spots = list(places(configuration))
    for section, key in draw.sample(spots, min(len(spots), draw.choice([1, 1, 2, 3]))):
        value = section.get(key)
        if draw.random() < 0.25 or isinstance(value, dict) or value is None:
            section.pop(key, None)
        else:
            section[key] = changed(value, known.get(key, [value]), draw)
    return configuration


def main(seed, count):
    draw = random.Random(int(seed))
    configurations = [json.loads(line) for line in sys.stdin]
    known = texts(configurations)
    for _ in range(int(count)):
        print(json.dumps(vary(draw.choice(configurations), known, draw)))


if __name__ == "__main__":
    main(*sys.argv[1:])
