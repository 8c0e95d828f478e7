"""Sample texts of a term: every declared property once, in order, with short values.

A grammar is rehearsed on one when it is compiled, so that the states and masks that most texts need are ready before
the first of them comes. A sample is only a guess: where a rule that is not looked at here forbids it, the rehearsal
ends there, and nothing depends on it.
"""

from __future__ import annotations

from time import perf_counter
from typing import Final

from structgen.regex.derivatives import matches, transitions
from structgen.regex.kinds import Node, Words
from structgen.regex.nodes import ANYTHING, NOTHING
from structgen.regex.spelling import spell
from structgen.schema.terms import FALSE, ArrayShape, ObjectShape, Term, ValueSet
from structgen.schema.writing import Writing

__all__ = ["sample"]

_MAX_DEPTH: Final = 24
_MAX_STRING: Final = 40  # characters of one string
_NUMBERS: Final = ("12", "1.5", "1", "0", "0.5", "-1")


def sample(term: Term, writing: Writing, most: int, end: float) -> bytes:
    """The beginning of a JSON text that is likely to be valid; with the spaces of ``json.dumps`` where they are free.

    Parameters
    ----------
    most : int
        About how many bytes; the text breaks off after them.
    end : float
        When it breaks off at the latest, by ``perf_counter``.
    """
    sampler = _Sampler(most, end)
    sampler.value(term, writing, 0)
    return b"".join(sampler.pieces)


class _Sampler:
    def __init__(self, most: int, end: float) -> None:
        self.pieces: list[bytes] = []
        self.left = most
        self.end = end

    def write(self, piece: bytes) -> None:
        if self.left > 0:
            self.pieces.append(piece)
            self.left -= len(piece)

    def value(self, term: Term, writing: Writing, depth: int) -> None:
        if self.left <= 0 or perf_counter() > self.end:
            self.left = 0
            return
        values = term.values()
        if depth > _MAX_DEPTH:
            self.left = 0
        elif values.string is ANYTHING or not (values.objects or values.arrays):
            self.scalar(values, writing)
        elif values.objects:
            self.object(values.objects[0], writing, depth)
        else:
            self.array(values.arrays[0], writing, depth)

    def scalar(self, values: ValueSet, writing: Writing) -> None:
        if values.string is not NOTHING:
            self.string(_member(values.string, self.end), writing)
        elif values.number is not NOTHING:
            self.write(_number(values.number, self.end).encode())
        elif values.booleans:
            self.write(b"true" if True in values.booleans else b"false")
        else:
            self.write(b"null")

    def string(self, text: str | None, writing: Writing) -> None:
        if text is None:
            self.left = 0
        else:
            self.write(b'"' + spell(text, writing.spelling) + b'"')

    def array(self, shape: ArrayShape, writing: Writing, depth: int) -> None:
        most = 2 if shape.max_items is None else min(shape.max_items, max(2, len(shape.prefix)))
        before = b"[" + writing.after_open
        comma = b", " if writing.max_whitespace != 0 else b"," + writing.after_comma
        is_empty = True
        for index in range(most):
            term = shape.prefix[index] if index < len(shape.prefix) else shape.rest
            if term is FALSE or self.left <= 0:
                break
            self.write(before)
            self.value(term, writing.inside, depth + 1)
            before, is_empty = comma, False
        self.write(b"[]" if is_empty else writing.before_close + b"]")

    def object(self, shape: ObjectShape, writing: Writing, depth: int) -> None:
        before = b"{" + writing.after_open
        comma = b", " if writing.max_whitespace != 0 else b"," + writing.after_comma
        colon = b": " if writing.max_whitespace != 0 else b":" + writing.after_colon
        is_empty = True
        for name, term in shape.properties:
            if self.left <= 0:
                return
            if term is not FALSE:
                self.write(before)
                self.string(name, writing)
                self.write(colon)
                self.value(term, writing.inside, depth + 1)
                before, is_empty = comma, False
        self.write(b"{}" if is_empty else writing.before_close + b"}")


def _number(node: Node, end: float) -> str:
    for text in _NUMBERS:
        if matches(node, text):
            return text
    return _member(node, end) or "1"


def _member(node: Node, end: float) -> str | None:
    """A short member, preferably not empty; None where none is found in time."""
    if node is ANYTHING:
        return "ab"
    characters: list[str] = []
    while not (node.nullable and characters):
        if isinstance(node, Words):
            return "".join(characters) + node.table.texts[node.low][node.depth :]
        if len(characters) == _MAX_STRING or perf_counter() > end:
            return None
        following = transitions(node)
        if not following:
            break
        charset, node = min(following, key=_distance)
        characters.append(charset.representative())
    return "".join(characters)


def _distance(following: tuple[object, Node]) -> int:
    return following[1].min_length
