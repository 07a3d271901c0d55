"""Holds the names of the GGUF tables against llama.cpp's own: architectures, tensors of each, metadata keys.

    python3 -m venv venv && venv/bin/pip install gguf==0.19.0
    venv/bin/python gguf_names.py ../../src

Names of ours that llama.cpp has not are faults. Shapes are the files' own, so there is nothing to hold them against.
"""

import pathlib
import re
import sys

from gguf import constants



def keys(group):
    """The metadata keys of a group and of those in it, without the architecture before them."""
    for value in vars(group).values():
        if isinstance(value, type):
            yield from keys(value)
        elif isinstance(value, str):
            yield value.replace("{arch}.", "")


KEYS = set(keys(constants.Keys))
# In llama.cpp's own constants after that release.
NEWER = {"cohere2moe", "deepseek32", "laguna", "mellum", "talkie"}
TEXT = re.compile(r'"([a-z0-9_.-]+)"')


def tensors(architecture):
    """The names of an architecture's tensors, without the number of their layer."""
    index = {name: one for one, name in constants.MODEL_ARCH_NAMES.items()}
    names = [constants.TENSOR_NAMES[one] for one in constants.MODEL_TENSORS[index[architecture]]]
    return {re.sub(r"^blk\.\{bid\}\.", "", name) for name in names}


def main(source):
    known = set(constants.MODEL_ARCH_NAMES.values())
    ours, faults = set(), []
    everywhere = set().union(*(tensors(name) for name in known))
    for path in sorted(pathlib.Path(source, "gguf_config").rglob("*.rs")):
        text = path.read_text(encoding="utf-8")
        for entry in re.finditer(r"(?:Arch::\w+\(|names:|keys\(|encoder\(|of\(|PLAIN[^=]*=)\s*&\[([^\]]*)\]", text):
            lines = re.sub(r"//[^\n]*", "", entry.group(1))
            ours |= set(TEXT.findall(lines))
        for name in re.findall(r'(?:Tensor|NoTensor|IfTensor)\(\s*"([a-z0-9_.]+)"', text):
            if re.sub(r"\.(weight|bias)$", "", name) not in everywhere:
                faults.append(f"{path.name}: no architecture has the tensor {name}")
        for name in re.findall(r'(?:Count|Optional|OrZero|OrNull|Flag)\(\s*"([a-z0-9_.]+)"', text):
            if name not in KEYS:
                faults.append(f"{path.name}: no key {name}")
    faults += [f"no architecture {name}" for name in sorted(ours - known - NEWER)]
    print(f"{len(ours & known)} of {len(known)} architectures; left: {' '.join(sorted(known - ours))}")
    print(*faults, sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
