"""The sets of values of a term: languages of scalars, and the shapes of its arrays and objects, a level deep.

A shape's children are terms again. Every shape of `Term.values` has a member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from structgen.regex.nodes import NOTHING, Node

if TYPE_CHECKING:
    from structgen.schema.terms import Term

__all__ = ["ArrayShape", "Count", "Duty", "ObjectShape", "ValueSet"]


class Count(NamedTuple):
    """How many of the items from ``start`` on, and before ``stop``, may be in a term: ``at_least`` to ``at_most``."""

    term: Term
    """Not conjoined with the items' own terms."""
    start: int
    stop: int | None
    at_least: int
    at_most: int | None


class ArrayShape(NamedTuple):
    """Arrays of ``min_items`` to ``max_items`` items: the first of them by ``prefix``, all others by ``rest``.

    ``max_items`` ends before the first position that nothing can fill; from there on ``rest`` is FALSE. Every one of
    the counts holds; with ``unique`` no two items are equal as JSON values, with ``repeated`` some two are.
    """

    prefix: tuple[Term, ...]
    rest: Term
    min_items: int
    max_items: int | None
    counts: tuple[Count, ...] = ()
    unique: bool = False
    repeated: bool = False


class Duty(NamedTuple):
    """What an object must have somewhere: at least one of these holds.

    One of the listed names ``absent`` is absent; one of the listed properties ``named`` is present, its value in the
    term; or some property whose name is in the cell ``others[index]`` of the shape has its value in the term. The
    terms are inhabited, and already conjoined with the property's, or the cell's, own.
    """

    absent: frozenset[str]
    named: tuple[tuple[str, Term], ...]
    others: tuple[tuple[int, Term], ...]


class ObjectShape(NamedTuple):
    """Objects whose listed properties, where present, are by their terms, and every other one by its name's cell.

    ``properties`` are the declared ones in their order, then other names that are required or that a duty speaks of;
    a term is all that is said of the name. A property that can never be valid is listed with FALSE: it must be absent.
    ``others`` are pairwise disjoint languages of names, each with the inhabited term of its properties; a name that is
    neither listed nor in one of them may not come. What is listed is not meant by a cell, also where its language
    has it; a finite cell has none of the listed names in its language.
    """

    properties: tuple[tuple[str, Term], ...]
    others: tuple[tuple[Node, Term], ...]
    required: frozenset[str]
    min_properties: int = 0
    max_properties: int | None = None
    duties: tuple[Duty, ...] = ()


class ValueSet(NamedTuple):
    """A set of JSON values: the union of what it holds of each type.

    ``number`` is the language of the numbers' *spellings*, ``string`` that of the strings' *values*. Every
    alternative of arrays and objects has a member.
    """

    null: bool
    booleans: frozenset[bool]
    number: Node
    string: Node
    arrays: tuple[ArrayShape, ...]
    objects: tuple[ObjectShape, ...]

    def has_scalars(self) -> bool:
        """Whether a value that is neither an array nor an object is among them."""
        return self.null or bool(self.booleans) or self.number is not NOTHING or self.string is not NOTHING
