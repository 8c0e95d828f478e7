"""Sample texts of a term: every declared property once, in order, with short values.

A grammar is rehearsed on one when it is compiled, so that the states and masks that most texts need are ready before
the first of them comes. A sample is only a guess: where a rule that is not looked at here forbids it, the rehearsal
ends there, and nothing depends on it.
"""

from __future__ import annotations

import json
from typing import Final

from structgen.regex.derivatives import matches, transitions
from structgen.regex.kinds import Node, Words
from structgen.regex.nodes import ANYTHING, NOTHING
from structgen.schema.terms import FALSE, ArrayShape, ObjectShape, Term, ValueSet

__all__ = ["sample"]

_MAX_DEPTH: Final = 24
_MAX_STRING: Final = 40  # characters of one string
_NUMBERS: Final = ("12", "1.5", "1", "0", "0.5", "-1")


def sample(term: Term, most: int) -> str:
    """The beginning of a JSON text that is likely to be valid, in the spelling of ``json.dumps``.

    Parameters
    ----------
    most : int
        About how many characters; the text breaks off after them.
    """
    sampler = _Sampler(most)
    sampler.value(term, 0)
    return "".join(sampler.pieces)


class _Sampler:
    def __init__(self, most: int) -> None:
        self.pieces: list[str] = []
        self.left = most

    def write(self, piece: str) -> None:
        if self.left > 0:
            self.pieces.append(piece)
            self.left -= len(piece)

    def value(self, term: Term, depth: int) -> None:
        if self.left <= 0:
            return
        values = term.values()
        if depth > _MAX_DEPTH:
            self.left = 0
        elif values.string is ANYTHING:
            self.write('"ab"')
        elif values.objects:
            self.object(values.objects[0], depth)
        elif values.arrays:
            self.array(values.arrays[0], depth)
        else:
            self.scalar(values)

    def scalar(self, values: ValueSet) -> None:
        if values.string is not NOTHING:
            self.string(values.string)
        elif values.number is not NOTHING:
            self.write(_number(values.number))
        elif values.booleans:
            self.write("true" if True in values.booleans else "false")
        else:
            self.write("null")

    def string(self, node: Node) -> None:
        """A member that is soon over, read off the derivatives."""
        text = _member(node, min(self.left, _MAX_STRING))
        if text is None:
            self.left = 0
        else:
            self.write(json.dumps(text, ensure_ascii=False))

    def array(self, shape: ArrayShape, depth: int) -> None:
        self.write("[")
        most = 2 if shape.max_items is None else min(shape.max_items, max(2, len(shape.prefix)))
        for index in range(most):
            term = shape.prefix[index] if index < len(shape.prefix) else shape.rest
            if term is FALSE or self.left <= 0:
                break
            if index:
                self.write(", ")
            self.value(term, depth + 1)
        self.write("]")

    def object(self, shape: ObjectShape, depth: int) -> None:
        before = "{"
        for name, term in shape.properties:
            if self.left <= 0:
                return
            if term is not FALSE:
                self.write(f"{before}{json.dumps(name, ensure_ascii=False)}: ")
                self.value(term, depth + 1)
                before = ", "
        self.write("{}" if before == "{" else "}")


def _number(node: Node) -> str:
    for text in _NUMBERS:
        if matches(node, text):
            return text
    return _member(node, _MAX_STRING) or "1"


def _member(node: Node, most: int) -> str | None:
    """A short member, preferably not empty; None where none is found within ``most`` characters."""
    if node is ANYTHING:
        return "ab"
    characters: list[str] = []
    while not (node.nullable and characters):
        if isinstance(node, Words):
            return "".join(characters) + node.table.texts[node.low][node.depth :]
        if len(characters) == most:
            return None
        following = transitions(node)
        if not following:
            break
        charset, node = min(following, key=_distance)
        characters.append(charset.representative())
    return "".join(characters)


def _distance(following: tuple[object, Node]) -> int:
    return following[1].min_length
