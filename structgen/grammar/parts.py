"""Parts of grammars as Python builds them, before they are put together.

Parts are immutable but for a `Rule`, which gets its texts after it has been used, and are told apart by identity. What
ignored text there is stays inside of an `Embedded` grammar.
"""

from __future__ import annotations

from dataclasses import dataclass

from structgen.errors import ArgumentError
from structgen.grammar.expressions import Document, Grammar, Terminal
from structgen.schema.notes import Note

__all__ = ["Either", "Embedded", "Leaf", "Part", "Rule", "Series", "Times"]


class Part:
    """Part of a grammar, or a whole one: what the combinators make and take, and what ``grammar=`` takes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Leaf(Part):
    """Texts of a regular language, or of a schema with what it doesn't assert.

    ``literal`` is the text where there is but one.
    """

    item: Terminal | Document
    literal: str | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Series(Part):
    """One part after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Either(Part):
    """Any of the parts."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Times(Part):
    """The part ``low`` to ``high`` times, or more where ``high`` is None."""

    part: Part
    low: int
    high: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Embedded(Part):
    """A whole grammar."""

    grammar: Grammar


class Rule(Part):
    """A part that may stand inside itself: used first, and then defined."""

    __slots__ = ("definition", "name")

    definition: Part | None

    def __init__(self, name: str) -> None:
        self.name = name
        self.definition = None

    def define(self, *parts: str | Part | Grammar) -> Rule:
        """Say what the texts are: those of ``parts``, one after the other. Returns the rule.

        Raises
        ------
        ArgumentError
            It is defined already, or something is no part.
        """
        from structgen.grammar.combinators import sequence

        if self.definition is not None:
            raise ArgumentError(f"the rule {self.name!r} is defined already", hint="choice(...) of both definitions")
        self.definition = sequence(*parts)
        return self

    def __repr__(self) -> str:
        return f"rule({self.name!r})"
