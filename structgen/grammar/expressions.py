"""What a grammar says: rules over terminals, in the one form that every notation and the Python combinators build.

Expressions are immutable values. A `Reference` names a rule of the same grammar; `Terminal`, `Document` and `Declared`
are the leaves, whose texts no ignored text interrupts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from structgen.regex.kinds import Node
from structgen.schema.terms import Term
from structgen.schema.writing import Writing

__all__ = [
    "EMPTY",
    "Choice",
    "Declared",
    "Document",
    "Expression",
    "Grammar",
    "Indentation",
    "Lexer",
    "Place",
    "Reference",
    "Repeat",
    "Sequence",
    "Terminal",
]

Lexer: TypeAlias = Literal["any", "longest"]
"""How a text is cut into terminals: in any way that parses, or each time the longest text of any terminal."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a notation something stands; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Terminal:
    """Texts of a regular language.

    Attributes
    ----------
    name : str
        Unique in its grammar.
    node : Node
        The texts. The empty one may be among them.
    priority : int
        With ``lexer="longest"``, of several terminals that match the same longest text the one with the highest
        priority is meant; among those, a literal; among those, the one that comes first in the grammar.
    is_literal : bool
        Whether the grammar spells the text out, rather than giving a pattern.
    max_tokens : int or None
        After so many tokens inside, it ends as soon as it can.
    is_cut : bool
        Whether an assertion of its pattern would see what stands around it, if it could.
    """

    name: str
    node: Node
    priority: int = 0
    is_literal: bool = False
    max_tokens: int | None = None
    is_cut: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """JSON texts of a schema."""

    name: str
    term: Term
    writing: Writing


@dataclass(frozen=True, slots=True)
class Declared:
    """A terminal without text of its own: an indent or dedent."""

    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The texts of a rule."""

    name: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other, with ignored text between terminals; no part is the empty text."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of the parts; no part is no text at all."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part ``low`` to ``high`` times; any number of times from ``low`` on where ``high`` is None."""

    part: Expression
    low: int
    high: int | None


Expression: TypeAlias = Terminal | Document | Declared | Reference | Sequence | Choice | Repeat

EMPTY: Final = Sequence(())


@dataclass(frozen=True, slots=True)
class Indentation:
    """Blocks told by indentation, as in Python.

    After each ``newline`` terminal the spaces after its last line break are compared with the enclosing blocks': more
    of them are an ``indent`` too, fewer are as many ``dedent`` as blocks end. At the end of the text all blocks end.
    Between brackets ``newline`` is ignored text.
    """

    newline: str
    indent: str
    dedent: str
    brackets: tuple[tuple[str, str], ...] = ()
    """Names of terminals, opening and closing."""
    tab_width: int = 8


@dataclass(frozen=True, slots=True)
class Grammar:
    """Rules by name. Texts begin with the rule ``start``.

    ``ignored`` may stand before, between and after terminals. ``terminals`` are those that have a name of their own, in
    the order of their definitions; others may stand in the rules. With ``lexer="longest"`` those not needed by any rule
    take texts away from the others too. ``contextual`` are the names of terminals that neither take texts away nor lose
    any: where a rule lets one stand, it is read beside all others, as far as it goes; those not needed by any rule say
    where others may not end. ``places`` says where rules and these terminals are defined, in ``source``.
    """

    rules: Mapping[str, Expression]
    start: str
    ignored: tuple[Terminal, ...] = ()
    lexer: Lexer = "any"
    indentation: Indentation | None = None
    terminals: tuple[Terminal | Document | Declared, ...] = ()
    contextual: frozenset[str] = frozenset()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    source: str = field(default="", compare=False)
