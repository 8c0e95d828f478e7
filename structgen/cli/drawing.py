"""An automaton's states as a picture: runs of bytes without a choice become one arrow."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from structgen.cli.bytenames import describe_ranges
from structgen.errors import ArgumentError
from structgen.tokens.exploration import Edge, ExploredState


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a place to ``target``, which is None beyond what was explored."""

    label: str
    """A text in quotes, or the bytes of which any will do."""
    target: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A state that is drawn, by its number in the exploration."""

    number: int
    is_accepting: bool
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The places, the first one first."""

    places: tuple[Place, ...]

    @property
    def is_cut(self) -> bool:
        """Whether some arrow leads beyond what was explored."""
        return any(arrow.target is None for place in self.places for arrow in place.arrows)


def draw(states: Sequence[ExploredState]) -> Drawing:
    """Join what needs no choice; leave out the states in between."""
    entries = Counter(edge.target for state in states for edge in state.edges)

    def is_passed_through(number: int) -> bool:
        state = states[number]
        return (
            number > 0
            and not state.is_accepting
            and entries[number] == 1
            and len(state.edges) == 1
            and _sole_byte(state.edges[0]) is not None
        )

    def follow(edge: Edge) -> Arrow:
        first = _sole_byte(edge)
        if first is None:
            return Arrow(describe_ranges(edge.bytes), edge.target)
        content = bytearray((first,))
        target = edge.target
        while target is not None and is_passed_through(target):
            (onwards,) = states[target].edges
            content.append(_sole_byte(onwards) or 0)
            target = onwards.target
        return Arrow(_quoted(bytes(content)), target)

    # A state that only leads on is drawn where its way in has a choice of bytes, and so names no text.
    drawn: dict[int, tuple[Arrow, ...]] = {}
    pending = [0]
    while pending:
        number = pending.pop()
        if number not in drawn:
            drawn[number] = tuple(follow(edge) for edge in states[number].edges)
            pending += [arrow.target for arrow in drawn[number] if arrow.target is not None]
    return Drawing(tuple(Place(number, states[number].is_accepting, drawn[number]) for number in sorted(drawn)))


def _sole_byte(edge: Edge) -> int | None:
    (low, high), *others = edge.bytes
    return low if low == high and not others else None


def _quoted(content: bytes) -> str:
    try:
        return repr(content.decode())
    except UnicodeDecodeError:  # a part of a character
        return " then ".join(describe_ranges([(byte, byte)]) for byte in content)


def to_dot(drawing: Drawing) -> str:
    """Return the picture in graphviz's language."""
    lines = [
        "digraph {",
        "    rankdir=LR",
        '    node [shape=circle fontname="sans-serif"]',
        "    edge [fontname=monospace]",
    ]
    lines += [f"    {place.number} [shape=doublecircle]" for place in drawing.places if place.is_accepting]
    if drawing.is_cut:
        lines.append('    beyond [label="…" shape=plaintext]')
    for place in drawing.places:
        for arrow in place.arrows:
            label = arrow.label.replace("\\", "\\\\").replace('"', '\\"')
            target = "beyond" if arrow.target is None else arrow.target
            lines.append(f'    {place.number} -> {target} [label="{label}"]')
    return "\n".join([*lines, "}"])


def to_svg(drawing: Drawing) -> str:
    """Return the picture as graphviz draws it.

    Raises
    ------
    ArgumentError
        graphviz is not installed, or failed.
    """
    program = shutil.which("dot")
    if program is None:
        raise ArgumentError("graphviz's dot is not installed", hint="install graphviz, or use --format dot")
    done = subprocess.run([program, "-Tsvg"], input=to_dot(drawing).encode(), capture_output=True, check=False)
    if done.returncode:
        raise ArgumentError("graphviz failed", reason=done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode()
