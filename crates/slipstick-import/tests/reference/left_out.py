"""Leaves each key out of a configuration of each type and counts what is left: tests/goldens/left_out.jsonl.

    venv/bin/python left_out.py < configurations.jsonl > ../goldens/left_out.jsonl

One configuration a type in; a line a type out, with the total and untied parameters without each key. A key of a part is
written as `part.key`; nothing stands for a key without which the reference refuses the configuration too.
"""

import copy
import json
import sys

import class_tables
import counts


def reduced(value):
    if isinstance(value, dict):
        return {key: reduced(item) for key, item in value.items() if keeps(key, item)}
    return value


def keeps(key, item):
    return key in ("architectures", "model_type") or (class_tables.speaks(key) and key != "label2id" and item is not None)


def without(configuration):
    """Each key with the configuration that lacks it."""
    for key, value in configuration.items():
        if key in ("architectures", "model_type"):
            continue
        rest = copy.deepcopy(configuration)
        del rest[key]
        yield key, rest
        if isinstance(value, dict):
            for inner in value:
                if inner != "model_type":
                    rest = copy.deepcopy(configuration)
                    del rest[key][inner]
                    yield f"{key}.{inner}", rest


def answer(configuration):
    try:
        found = counts.count(configuration)
        return [found["total"], found["untied"]]
    except Exception:  # noqa: BLE001
        return None


def main():
    for line in sys.stdin:
        configuration = reduced(json.loads(line))
        whole = answer(configuration)
        if whole is None:
            continue
        left_out = {key: answer(rest) for key, rest in without(configuration)}
        # Most keys change nothing: their classes assume the same.
        changed = {key: found for key, found in left_out.items() if found != whole}
        row = {"whole": whole, "keys": [key for key in left_out if key not in changed], "changed": changed}
        print(json.dumps({**row, "config": configuration}), flush=True)


if __name__ == "__main__":
    main()
