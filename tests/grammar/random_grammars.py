"""Random grammars over a small alphabet: ambiguous, nullable, left- and right-recursive, cyclic, with ignored text."""

from __future__ import annotations

import random

__all__ = ["random_grammar"]

_TERMINALS = ('"a"', '"b"', '"ab"', '"ba"', "/a+/", "/[ab]/", "/ab?/", "/(ba)*b/", "/a|bb/")


def random_grammar(chance: random.Random, *, ignored: bool) -> str:
    """A grammar in Lark's notation whose texts are of ``a`` and ``b``, and of spaces where ``ignored``.

    Its rules may be unproductive, so that it may be refused.
    """
    names = [f"r{number}" for number in range(chance.randint(1, 4))]
    rules = [f"start: {_alternatives(chance, names, 2)}"]
    rules += [f"{name}: {_alternatives(chance, names, 2)}" for name in names]
    if ignored:
        rules.append("%ignore / +/")
    return "\n".join(rules) + "\n"


def _alternatives(chance: random.Random, names: list[str], depth: int) -> str:
    return " | ".join(_sequence(chance, names, depth) for _ in range(chance.choice((1, 2, 2, 3))))


def _sequence(chance: random.Random, names: list[str], depth: int) -> str:
    return " ".join(_item(chance, names, depth) for _ in range(chance.choice((0, 1, 1, 2, 2, 3))))


def _item(chance: random.Random, names: list[str], depth: int) -> str:
    kind = chance.random()
    if kind < 0.4:
        return chance.choice(_TERMINALS)
    if kind < 0.8:
        return chance.choice(names)
    inner = _alternatives(chance, names, depth - 1) if depth and kind > 0.9 else chance.choice(names)
    return f"({inner or '()'}){chance.choice(('?', '*', '+', '~2', '~1..3', ''))}"
