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


def changed(value, draw):
    if isinstance(value, bool):
        return not value
    if value == 0:
        return draw.choice([0, 1, 2])
    if value >= 64:
        return draw.choice([2 * value, value // 2, value + value // 4, value // 4]) // 8 * 8 or value
    return draw.choice([value + 1, max(1, value - 1), 2 * value, max(1, value // 2)])


def places(configuration):
    sections = [configuration]
    sections += [part for key, part in configuration.items() if isinstance(part, dict) and key.endswith("config")]
    for section in sections:
        for key, value in section.items():
            if key not in ("architectures", "model_type") and speaks(key) and not isinstance(value, (str, dict, float)):
                yield section, key


def vary(configuration, draw):
    configuration = copy.deepcopy(configuration)
    spots = list(places(configuration))
    for section, key in draw.sample(spots, min(len(spots), draw.choice([1, 1, 2, 3]))):
        if draw.random() < 0.25 or not isinstance(section[key], int):
            del section[key]
        else:
            section[key] = changed(section[key], draw)
    return configuration


def main(seed, count):
    draw = random.Random(int(seed))
    configurations = [json.loads(line) for line in sys.stdin]
    for _ in range(int(count)):
        print(json.dumps(vary(draw.choice(configurations), draw)))


if __name__ == "__main__":
    main(*sys.argv[1:])
