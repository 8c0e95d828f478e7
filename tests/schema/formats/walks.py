"""Random members of a language, and texts that are nearly members."""

from __future__ import annotations

import random

from structgen.regex.derivatives import transitions
from structgen.regex.nodes import Node

__all__ = ["member", "mutated"]


def member(node: Node, chance: random.Random) -> str:
    """A text of the language; fails where a path doesn't lead to one."""
    text = ""
    longest = chance.choice([2, 5, 12, 30, 80])
    while True:
        steps = transitions(node)
        assert steps or node.nullable, f"no way on after {text!r}"
        if node.nullable and (not steps or len(text) >= longest or chance.random() < 0.1):
            return text
        if len(text) > longest:
            steps = tuple(sorted(steps, key=lambda step: step[1].min_length)[:2])
        charset, node = chance.choice(steps)
        low, high = chance.choice(charset.ranges)
        text += chr(chance.randint(low, high))


def mutated(text: str, alphabet: str, chance: random.Random) -> str:
    """The text with a character or two changed, left out, doubled or put in."""
    for _ in range(chance.choice([1, 1, 2])):
        place = chance.randrange(len(text) + 1)
        way = chance.randrange(4)
        if way == 0:
            text = text[:place] + chance.choice(alphabet) + text[place:]
        elif way == 1:
            text = text[:place] + text[place + 1 :]
        elif way == 2:
            text = text[:place] + chance.choice(alphabet) + text[place + 1 :]
        else:
            text = text[:place] + text[place : place + 1] * 2 + text[place + 1 :]
    return text
