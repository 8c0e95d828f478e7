"""Whitespace between JSON's tokens: a run of at most so many bytes, which returns to the control it was pushed over;
or, in a fixed layout, bytes that belong to the tokens beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import GOTO, SPACE, STOP, TEMPLATE, WHOLE, Edge

__all__ = ["spacing", "spelled_edge"]

_RANGES = ((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20))


def spacing(runtime: Runtime, longest: int | None) -> int:
    """The control to give as ``space`` to controls that whitespace may stand before; 0 where ``longest`` is 0."""
    if longest == 0:
        return 0
    key = ("spacing", longest)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = runtime.add_passing(_Start(longest))
        if longest is None or longest > runtime.reach:
            runtime.template_names[control] = "space"
        runtime.machine.describe(control)
    return control


def spelled_edge(runtime: Runtime, text: bytes, operation: int, target: int, aux: int) -> Edge:
    """The edge that reads ``text``, whose last byte has the given operation."""
    if len(text) == 1:
        return text[0], text[0], operation, target, aux
    return text[0], text[0], GOTO, runtime.tables.chain(text[1:], operation, target, aux), 0


def _run(runtime: Runtime, longest: int | None, length: int) -> int:
    # A run that is far from its bound is like any other.
    length = 1 if longest is None else length
    key = ("space", longest, length)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = runtime.add_passing(_Run(longest, length))
    return control


@dataclass(slots=True, eq=False)
class _Start:
    """Before the first byte of a run; never entered itself."""

    longest: int | None

    def expand(self, runtime: Runtime, control: int) -> None:
        target = _run(runtime, self.longest, 1)
        runtime.tables.define(control, [(lo, hi, GOTO, target, 0) for lo, hi in _RANGES], flags=TEMPLATE)


@dataclass(slots=True, eq=False)
class _Run:
    """After ``length`` bytes of a run."""

    longest: int | None
    length: int

    def expand(self, runtime: Runtime, control: int) -> None:
        edges: list[Edge]
        flags = 0
        if self.longest is not None and self.length >= self.longest:
            edges = [(lo, hi, STOP, 0, 0) for lo, hi in _RANGES]
        else:
            target = _run(runtime, self.longest, self.length + 1)
            edges = [(lo, hi, GOTO, target, 0) for lo, hi in _RANGES]
            if self.longest is None or self.longest - self.length >= runtime.reach:
                flags = SPACE
        runtime.tables.define(control, edges, end_result=WHOLE, flags=flags)
