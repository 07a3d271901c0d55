"""Sizes as sums of products of keys, found from what they were in several builds."""

import fractions
import itertools
import re


def monomials(keys):
    """Products of up to three keys, each once or twice, and quotients of two rounded down, squared or not."""
    singles = [((path,), lambda row, path=path: row[path]) for path in keys]
    quotients = [
        ((f"{a}//{b}",), lambda row, a=a, b=b: row[a] // row[b] if row[b] else 0)
        for a, b in itertools.permutations(keys, 2)
    ] + [
        ((f"{a}/^{b}",), lambda row, a=a, b=b: -(-row[a] // row[b]) if row[b] else 0)
        for a, b in itertools.permutations(keys, 2)
    ]
    atoms = singles + (quotients if len(keys) <= 5 else [])
    out = [((), lambda row: 1)]
    for size in (1, 2, 3):
        for chosen in itertools.combinations_with_replacement(atoms, size):
            if size == 3 and (len(keys) > 4 or sum("/" in a[0][0] for a in chosen) > 2):
                continue
            name = tuple(itertools.chain.from_iterable(a[0] for a in chosen))
            out.append((name, lambda row, chosen=chosen: product(a[1](row) for a in chosen)))
    return out


def product(values):
    total = 1
    for value in values:
        total *= value
    return total


def solve(columns, target):
    """Exact coefficients of columns that add up to the target in every row, or none."""
    rows = [[fractions.Fraction(column[at]) for column in columns] + [fractions.Fraction(target[at])] for at in range(len(target))]
    width, rank = len(columns), 0
    for column in range(width):
        pivot = next((at for at in range(rank, len(rows)) if rows[at][column]), None)
        if pivot is None:
            return None
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        lead = rows[rank][column]
        rows[rank] = [value / lead for value in rows[rank]]
        for at in range(len(rows)):
            if at != rank and rows[at][column]:
                factor = rows[at][column]
                rows[at] = [value - factor * top for value, top in zip(rows[at], rows[rank])]
        rank += 1
    if any(row[-1] for row in rows[rank:]):
        return None
    return [rows[at][-1] for at in range(width)]


def expression(keys, table):
    target = [value for _, value in table]
    if len(target) < len(keys) + 2:
        return None
    candidates = [(name, [compute(row) for row, _ in table]) for name, compute in monomials(keys)]
    for terms in (1, 2, 3):
        if terms == 3 and len(candidates) > 40:
            candidates = candidates[:40]
        for chosen in itertools.combinations(candidates, terms):
            used = {part for name, _ in chosen for part in re.split(r"//|/\^", "//".join(name))}
            if not used.issuperset(keys):
                continue
            found = solve([column for _, column in chosen], target)
            if found and all(found) and is_plain(found):
                if len(target) >= terms + 2:
                    return written(zip(found, (name for name, _ in chosen)))
    return None


def is_plain(factors):
    """Several terms are small whole multiples; others fit the few builds by chance, as any curve through three points."""
    if len(factors) > 1:
        return all(f.denominator == 1 and abs(f.numerator) <= 4 for f in factors)
    return all(f.denominator <= 64 and abs(f.numerator) <= 4096 for f in factors)


def written(terms):
    out = []
    for factor, name in terms:
        parts = list(name)
        if abs(factor.numerator) != 1 or not parts:
            parts.insert(0, str(abs(factor.numerator)))
        text = "*".join(parts) + (f"/{factor.denominator}" if factor.denominator != 1 else "")
        out.append(("-" if factor < 0 else "+") + text)
    out.sort(key=lambda term: term[0] == "-")
    return "".join(out).removeprefix("+")


def evaluate(text, key):
    total = 0
    for sign, term in re.findall(r"([+-]?)([^+-]+)", text):
        product_of, divisor = term, 1
        if (match := re.fullmatch(r"(.*[^/])/(\d+)", term)):
            product_of, divisor = match.group(1), int(match.group(2))
        value = 1
        for part in product_of.split("*"):
            numbers = [int(one) if one.isdigit() else key(one) for one in re.split(r"//|/\^", part)]
            up = "/^" in part
            value *= numbers[0] if len(numbers) == 1 else -(-numbers[0] // numbers[1]) if up else numbers[0] // numbers[1]
        assert value % divisor == 0
        total += (-1 if sign == "-" else 1) * value // divisor
    return total
