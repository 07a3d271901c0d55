"""Reads off the reference implementation how many weights the classes of a type have.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 transformers==5.24.0
    venv/bin/python templates.py SUPPORTED < types.txt > learnt.jsonl
    venv/bin/python template_rows.py learnt.jsonl > ../../data/templates.jsonl

A line in is a type, and a class of it if another than the usual one is meant.

Each class is built without weights many times over: as its defaults are, with every key changed alone, with several
changed at once. A size is written as the expression of keys that all these builds agree on. A key whose part in the
sizes is not understood is listed with the one value for which they hold; whoever reads a file with another refuses it.
What a composite's decoder has is left to the decoder's own family: SUPPORTED is a file with the types that have one.
"""

import collections
import copy
import itertools
import json
import random
import re
import signal
import sys

# Quiet and offline before the libraries are loaded.
from built_types import Fault, Type, flat, patterns, put, too_long

import torch
import transformers

from counts import usual_class
from expressions import evaluate, expression, product

DRAWS = 7


def tries(value):
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        if value >= 64:
            return [2 * value, value + 48, value // 2, value * 3]
        return [2 * value, value + 1, value * 3, max(value - 1, 1)] if value else [1, 2]
    if isinstance(value, float):
        return [value * 2, value / 2]
    if value is None:
        return [8, 2, True]
    if isinstance(value, list) and value and all(isinstance(one, int) for one in value):
        return [[2 * one for one in value], value[:-1], value + value[-1:], [value[0] + 1, *value[1:]]]
    return []


class Learner:
    def __init__(self, kind):
        self.kind = kind
        self.base = kind.base
        built = kind.build(self.base)
        if built is None:
            raise Fault(kind.error)
        self.built = patterns(built)
        self.samples = [({}, self.built)]
        self.numbers, self.pinned, self.free, self.linked, self.derived = {}, {}, [], {}, {}
        width = next((key for key in ("hidden_size", "embed_dim", "d_model") if kind.text and key in kind.base[kind.text]), None)
        self.hidden = f"{kind.text}.{width}" if width else None
        # What of the decoder the rest may follow.
        self.followed = {self.hidden} | ({f"{kind.text}.vocab_size"} if kind.is_headless else set())

    def changed(self, change):
        """The defaults with some keys changed, and those that follow them."""
        values = copy.deepcopy(self.base)
        for path, value in change.items():
            put(values, path, value)
        for path, (factor, leader) in self.linked.items():
            if leader in change:
                put(values, path, factor * change[leader])
        return values

    def try_one(self, path, value):
        values = self.changed({path: value})
        built = self.kind.build(values)
        return None if built is None else patterns(built)

    def probe(self):
        for path, value in [*flat(self.base), *self.kind.nulls.items()]:
            if self.kind.text and path.startswith(f"{self.kind.text}.") and path not in self.followed:
                continue
            found = self.tried(path, value)
            if value is None and not found:
                found = self.tried_list(path)
            if found and all(built == self.built for _, built in found):
                self.free.append(path)
            elif isinstance(value, int) and not isinstance(value, bool) and found:
                self.numbers[path] = [new for new, _ in found]
                self.samples += [({path: new}, built) for new, built in found]
            else:
                self.pinned[path] = value
        for path in list(self.pinned):
            self.link(path)

    def tried_list(self, path):
        """A list that the class works out, stated the other way round."""
        known = self.kind.effective(self.base, path)
        if not isinstance(known, list) or known == known[::-1]:
            return []
        built = self.try_one(path, known[::-1])
        return [] if built is None else [(known[::-1], built)]

    def derive(self):
        """What the class makes of keys that a file leaves out: an expression of others, or always the same."""
        base = dict(flat(self.base))
        free = {path: base[path] for path in self.free if isinstance(base.get(path), int) and base[path] > 1}
        others = {**{path: tries(value) for path, value in free.items()}, **self.numbers}
        for path in [path for path, value in self.pinned.items() if value is None]:
            rows = [({}, self.kind.effective(self.base, path))]
            for key, values in others.items():
                value = self.kind.effective(self.changed({key: values[0]}), path)
                if value is not None:
                    rows.append(({key: values[0]}, value))
            values = [value for _, value in rows]
            if values[0] is None:
                continue
            if all(value == values[0] for value in values):
                self.derived[path] = [values[0]]
            elif all(isinstance(value, int) and not isinstance(value, bool) for value in values):
                keys = list(dict.fromkeys(key for change, value in rows for key in change if value != values[0]))
                table = [({key: self.value(change, key) for key in keys}, value) for change, value in rows]
                for _ in range(6):
                    change = {key: random.Random(len(table)).choice(others[key]) for key in keys}
                    value = self.kind.effective(self.changed(change), path)
                    if value is not None:
                        table.append(({key: self.value(change, key) for key in keys}, value))
                found = expression(keys, table) if len(keys) <= 3 and all(key in base for key in keys) else None
                if found:
                    self.derived[path] = found
        for path in self.derived:
            del self.pinned[path]

    def tried(self, path, value):
        """Two values that can be built."""
        found = []
        for new in tries(value):
            built = self.try_one(path, new)
            if built is not None:
                found.append((new, built))
            if len(found) == 2:
                break
        return found

    def probe_text(self):
        """Nothing of the decoder but its width may matter to the rest."""
        text = self.kind.base[self.kind.text]
        for key in ("num_hidden_layers", "vocab_size", "intermediate_size", "num_attention_heads"):
            if isinstance(text.get(key), int) and f"{self.kind.text}.{key}" not in self.followed:
                built = self.try_one(f"{self.kind.text}.{key}", 2 * text[key])
                if built is not None and built != self.built:
                    raise Fault(f"its {key} matters outside the decoder")

    def link(self, path):
        """A key that no class takes alone may follow another: an inner width that must be the outer one."""
        base = dict(flat(self.base))
        section = path.rpartition(".")[0]
        value = base.get(path)
        if not isinstance(value, int) or isinstance(value, bool) or value < 2 or path in self.linked.values():
            return False
        others = [key for key in base if key != path and key.rpartition(".")[0] == section and key not in self.linked]
        others = [key for key in others if isinstance(base[key], int) and base[key] > 1 and value % base[key] == 0]
        followed = {leader for _, leader in self.linked.values()}
        for leader in sorted(others, key=lambda key: (base[key] != value, "head" not in key)):
            if path in followed or leader in self.free:
                continue
            self.linked[path] = (value // base[leader], leader)
            found = self.tried(leader, base[leader])
            if len(found) > 1 and all(built.keys() == self.built.keys() and built != self.built for _, built in found):
                self.pinned.pop(path, None)
                self.pinned.pop(leader, None)
                self.numbers.pop(path, None)
                self.numbers[leader] = [new for new, _ in found]
                self.samples = [(c, b) for c, b in self.samples if path not in c and leader not in c]
                self.samples += [({leader: new}, built) for new, built in found]
                return True
            del self.linked[path]
        return False

    def draw(self):
        source = random.Random(5)
        wanted = DRAWS
        for _ in range(6 * DRAWS):
            keys = list(self.numbers)
            chosen = source.sample(keys, min(len(keys), source.randint(2, max(2, len(keys)))))
            change = {path: source.choice(self.numbers[path]) for path in chosen}
            values = self.changed(change)
            for path in source.sample(self.free, min(len(self.free), 3)):
                new = tries(dict(flat(self.base)).get(path))
                if new:
                    put(values, path, source.choice(new))
            built = self.kind.build(values)
            if built is not None:
                self.samples.append((change, patterns(built)))
                wanted -= 1
            if not wanted:
                return

    def value(self, sample, path):
        return sample.get(path, dict(flat(self.base))[path])

    def learn(self):
        base = {**self.kind.nulls, **dict(flat(self.base))}
        while True:
            try:
                return self._learn(base)
            except Unfit as fault:
                if not fault.keys:
                    raise Fault(f"{fault} is not understood") from None
                for path in fault.keys:
                    if not (self.renames(path) and self.link(path)):
                        self.pin(path, base)

    def pin(self, path, base):
        self.numbers.pop(path, None)
        self.pinned[path] = base[path]
        self.samples = [(change, built) for change, built in self.samples if path not in change]

    def _learn(self, base):
        names = list(collections.OrderedDict.fromkeys(name for _, built in self.samples for name in built))
        out = []
        for name in names:
            ranks = {len(built[name]) for _, built in self.samples if name in built}
            if len(ranks) != 1:
                raise Unfit(str(name), self.reshapes(name))
            sizes = []
            for at in range(ranks.pop()):
                values = [built.get(name, (0,))[at] if name in built else (0 if at == 0 else None) for _, built in self.samples]
                sizes.append(self.fit(name, at, values, base))
            out.append((name, sizes))
        return out

    def reshapes(self, name):
        """A key that alone gives a weight another number of dimensions."""
        usual = len(self.built.get(name, ()))
        singles = [(next(iter(change)), built) for change, built in self.samples if len(change) == 1 and name in built]
        return [path for path, built in singles if len(built[name]) != usual][:1]

    def involved(self, name, at):
        def seen(built):
            found = built.get(name)
            return found if at is None or found is None else found[at]

        usual = seen(self.built)
        return [next(iter(change)) for change, built in self.samples if len(change) == 1 and seen(built) != usual and (at in (None, 0) or seen(built) is not None)]

    def renames(self, path):
        """Whether a key alone adds or removes weights."""
        return any(built.keys() != self.built.keys() for change, built in self.samples if list(change) == [path])

    def least(self, keys):
        """What may best be held fast: what adds and removes weights, and a width only if nothing else will do."""
        order = sorted(keys, key=lambda path: (not self.renames(path), "hidden_size" in path or "d_model" in path, "layers" in path, path))
        return order[:1]

    def fit(self, name, at, values, base):
        keys = list(dict.fromkeys(self.involved(name, at)))
        rows = [(change, value) for (change, _), value in zip(self.samples, values) if value is not None]
        if not keys:
            if len({value for _, value in rows}) != 1:
                raise Unfit(f"{name} {at}", [path for change, value in rows if value != rows[0][1] for path in change][:1])
            return str(rows[0][1])
        table = [({path: change.get(path, base[path]) for path in keys}, value) for change, value in rows]
        found = expression(keys, table)
        if found is None:
            raise Unfit(f"{name} {at} {keys}", self.least(keys))
        return found


class Unfit(Exception):
    def __init__(self, what, keys):
        super().__init__(what)
        self.keys = keys


def has_odd_head(kind):
    """Whether an untied head is another than the embedding in size, as some wholes build it from keys of their own."""
    values = copy.deepcopy(kind.base)
    values["tie_word_embeddings"] = False
    configuration = kind.cls.from_dict(values)
    configuration.dtype = torch.float32
    try:
        with torch.device("meta"):
            model = getattr(transformers, kind.class_name)._from_config(configuration)
        model.tie_weights()
        head, table = model.get_output_embeddings(), model.get_input_embeddings()
        return head is not None and head.weight.shape != table.weight.shape
    except Exception:  # noqa: BLE001
        return True


def ties(kind):
    """Whether the composite's head is its embedding: by its own flag, the decoder's, either, or never."""
    found = {}
    for top, text in itertools.product((False, True), repeat=2):
        values = copy.deepcopy(kind.base)
        values["tie_word_embeddings"] = top
        values[kind.text]["tie_word_embeddings"] = text
        kind.cache.clear()
        if kind.build(values) is None:
            return None
        found[top, text] = kind.tied
    for name, rule in (
        ("top", lambda a, b: a),
        ("text", lambda a, b: b),
        ("either", lambda a, b: a or b),
        ("never", lambda a, b: False),
        ("always", lambda a, b: True),
    ):
        if all(rule(*key) == value for key, value in found.items()):
            return name
    return None


def verify(kind, weights):
    """What was learnt of few layers holds for the defaults as they are."""
    values = dict(flat(kind.default))
    found = {(path, alias, role): [evaluate(size, values.get) for size in sizes] for (path, alias, role), sizes in weights}
    def total(rows):
        return sum(product(sizes) for (_, alias, _), sizes in rows if not alias)
    true = patterns(kind.build(kind.default))
    if total(found.items()) != total(true.items()):
        raise Fault("what holds for few layers does not hold for all")


def learn(name, class_name, supported):
    """What is learnt of few layers, or where that does not hold for all, of the defaults as they are."""
    try:
        return learn_from(Type(name, class_name, supported))
    except (Fault, AssertionError):
        return learn_from(Type(name, class_name, supported, is_shallow=False))


def learn_from(kind):
    name, class_name = kind.name, kind.class_name
    learner = Learner(kind)
    if kind.text:
        learner.probe_text()
    learner.probe()
    learner.draw()
    weights = learner.learn()
    learner.derive()
    verify(kind, weights)
    texts = [size for _, sizes in weights for size in sizes] + [one for one in learner.derived.values() if isinstance(one, str)]
    used = {part for size in texts for part in re.findall(r"[a-zA-Z_][\w.]*", size)}
    out = {"type": name, "class": class_name}
    if kind.text:
        out["text"] = kind.text
        out["text_type"] = kind.base[kind.text]["model_type"]
        out["ties"] = ties(kind)
        if has_odd_head(kind):
            learner.pinned["tie_word_embeddings"] = kind.effective(kind.base, "tie_word_embeddings")
    out["pinned"] = learner.pinned
    out["derived"] = learner.derived
    out["linked"] = {path: f"{factor}*{leader}" if factor != 1 else leader for path, (factor, leader) in learner.linked.items()}
    out["weights"] = [[path, "alias" if alias else role, *sizes] for (path, alias, role), sizes in weights]
    out["used"] = sorted(used)
    return out


def main(path):
    supported = set(open(path, encoding="utf-8").read().split())
    signal.signal(signal.SIGALRM, too_long)
    for line in sys.stdin:
        name, _, class_name = line.strip().partition(" ")
        try:
            print(json.dumps(learn(name, class_name or usual_class(name), supported)), flush=True)
        except Exception as error:  # noqa: BLE001
            print(f"{name}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
