"""Terms: conjunctions of subschemas, hash-consed, and the values that they allow.

A term is a lazy reference to the values of a conjunction. Within a document, two conjunctions of the same subschemas
are one object, so recursion leads back to terms that are there already; a term that only names types is one object
for all documents. `Term.values` looks one level deep: the children of its shapes are terms again. `Term.is_empty` is
a least fixpoint over the terms that an inhabitant would need: what could only be built from itself is empty.

Source of the construction: Attouche et al., "Witness generation for JSON Schema", VLDB 2022.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from structgen.regex.alphabet import restricted
from structgen.regex.charset import CharSet
from structgen.regex.derivatives import is_finite
from structgen.regex.nodes import complement, intersection, words
from structgen.schema.arrays import MergedArray
from structgen.schema.glance import surely_inhabited
from structgen.schema.merging import Conjunction, Merged, merge
from structgen.schema.negation import negation
from structgen.schema.objects import MergedDuty, MergedObject
from structgen.schema.shapes import ArrayShape, Count, Duty, ObjectShape, ValueSet
from structgen.schema.subschemas import ENUMERATION, EVERY_TYPE, IN_PLACE, Subschema

__all__ = [
    "FALSE",
    "TRUE",
    "ArrayShape",
    "Count",
    "Duty",
    "ObjectShape",
    "Term",
    "ValueSet",
    "array_shape",
    "both",
    "conjunction",
    "excluding",
    "object_shape",
]


class Term:
    """The values that are valid against every one of ``parts``. Compared by identity; made by `conjunction`."""

    __slots__ = ("_excluding", "_shapes", "_values", "empty", "parts")

    def __init__(self, parts: Conjunction) -> None:
        self.parts = parts
        self.empty: bool | None = None  # the verdict of `is_empty`, once there is one
        self._shapes: ValueSet | None = None
        self._values: ValueSet | None = None
        self._excluding: Term | None = None

    def __repr__(self) -> str:
        return f"Term({', '.join(part.pointer for part in self.parts)})"

    def values(self) -> ValueSet:
        """The canonical set of values; worked out on first use.

        Raises
        ------
        LimitExceededError
            The choices multiply out to too many alternatives, or a number needs too many digits; or whether an
            alternative has a member could not be settled by a bounded search.
        """
        if self._values is None:
            from structgen.schema.pruning import pruned

            self._values = pruned(self.shapes())
            self._shapes = None
        return self._values

    def shapes(self) -> ValueSet:
        """As `values`, but alternatives without a member may be among them: nothing below this value has been looked
        at."""
        if self._values is not None:
            return self._values
        if self._shapes is None:
            shapes = _with_terms(merge(self.parts))
            characters = _characters(self.parts)
            self._shapes = shapes if characters is CharSet.ANY else _spelled(shapes, characters)
        return self._shapes

    def is_empty(self) -> bool:
        """Whether no value is valid: a least fixpoint, cycles included; memoised."""
        if self.empty is None:
            if len(self.parts) == 1 and surely_inhabited(self.parts[0]):
                self.empty = False
                return False
            from structgen.schema.emptiness import decide

            decide(self)
        return bool(self.empty)

    @property
    def is_exact(self) -> bool:
        """Whether each value is certain to be valid either here or against the negation; by the document's formats."""
        return not any(part.table is not None and part.table.leaves_out for part in self.parts)

    @property
    def is_common(self) -> bool:
        """Whether it only names types, and so is one object for all documents."""
        return len(self.parts) == 1 and _is_plain(self.parts[0])

    @property
    def key(self) -> Hashable | None:
        """Equal for terms of any documents that allow the same values, where that is cheap to know: types and
        scalars."""
        if self.is_common:
            return self
        values = self.values()
        if values.arrays or values.objects:
            return None
        return values.null, values.booleans, values.number, values.string


_plain_terms: Final[dict[int, Term]] = {}


def _is_plain(part: Subschema) -> bool:
    """Whether a subschema only names types."""
    return not part.constrained & (part.types | ENUMERATION | IN_PLACE)


def _plain(types: int) -> Term:
    term = _plain_terms.get(types)
    if term is None:
        part = Subschema()
        part.types = types
        term = _plain_terms.setdefault(types, Term((part,)))
        part.term = term
    return term


TRUE: Final = _plain(EVERY_TYPE)
FALSE: Final = _plain(0)


def conjunction(parts: Conjunction) -> Term:
    """The one term for values that are valid against all of the parts. The parts are of one document."""
    if len(parts) == 1:
        part = parts[0]
        term = part.term
        if term is None:
            term = part.term = _plain(part.types) if not part.types or _is_plain(part) else Term(parts)
        return term
    types = EVERY_TYPE
    named = EVERY_TYPE
    distinct: dict[Subschema, None] = {}
    for part in parts:
        types &= part.types
        if _is_plain(part):
            named &= part.types
        else:
            distinct[part] = None
    if not types or not distinct:
        return _plain(types)
    for part in distinct:
        if part.types & ~named:
            # Only where the plain parts narrow a type of the others do they matter.
            distinct[_plain(named).parts[0]] = None
            break
    if len(distinct) == 1:
        return conjunction(tuple(distinct))
    key = frozenset(distinct)
    table = next(part.table for part in distinct if part.table is not None)
    term = table.get(key)
    return term if term is not None else table.setdefault(key, Term(tuple(distinct)))


def both(first: Term, second: Term) -> Term:
    """The one term for values of both; the terms are of one document, or only name types."""
    return first if first is second else conjunction((*first.parts, *second.parts))


def excluding(term: Term) -> Term:
    """The one term for all values that are not of this one."""
    found = term._excluding
    if found is None:
        parts = term.parts
        if len(parts) > 1:
            whole = next(part for part in parts if part.table is not None).beside()
            whole.choices, whole.constrained = tuple([(part,) for part in parts]), IN_PLACE
            parts = (whole,)
        found = term._excluding = conjunction((negation(parts[0]),))
        found._excluding = term
    return found


def _characters(parts: Conjunction) -> CharSet:
    for part in parts:
        if part.table is not None and part.table.characters is not CharSet.ANY:
            return part.table.characters
    return CharSet.ANY


def _spelled(shapes: ValueSet, characters: CharSet) -> ValueSet:
    """Without the strings, and the properties, that need other characters."""
    objects = []
    for shape in shapes.objects:
        properties = [(name, term if _is_spelled(name, characters) else FALSE) for name, term in shape.properties]
        listed = complement(words([name for name, _ in properties]))
        others = []
        for names, term in shape.others:
            names = restricted(names, characters)
            # No name of a cell that is finite is listed, and it may only be so now.
            others.append((intersection(names, listed) if is_finite(names) else names, term))
        objects.append(shape._replace(properties=tuple(properties), others=tuple(others)))
    return shapes._replace(string=restricted(shapes.string, characters), objects=tuple(objects))


def _is_spelled(name: str, characters: CharSet) -> bool:
    return all(character in characters for character in name)


def _with_terms(merged: Merged) -> ValueSet:
    null, booleans, number, string, arrays, objects = merged
    return ValueSet(
        null,
        booleans,
        number,
        string,
        tuple([array_shape(shape) for shape in arrays]) if arrays else (),
        tuple([object_shape(shape) for shape in objects]) if objects else (),
    )


def _meet(parts: Conjunction) -> Term:
    return conjunction(parts) if parts else TRUE


def array_shape(shape: MergedArray) -> ArrayShape:
    """A merged shape with terms for its conjunctions."""
    prefix = tuple([_meet(position) for position in shape.prefix])
    counts = tuple([Count(conjunction((count[0],)), *count[1:]) for count in shape.counts])
    return ArrayShape(prefix, _meet(shape.rest), shape.min_items, shape.max_items, counts, shape.unique, shape.repeated)


def object_shape(shape: MergedObject) -> ObjectShape:
    """A merged shape with terms for its conjunctions."""
    return ObjectShape(
        tuple([(name, _meet(parts)) for name, parts in shape.properties]),
        tuple([(names, _meet(parts)) for names, parts in shape.others]),
        shape.required,
        shape.min_properties,
        shape.max_properties,
        tuple([_duty(duty) for duty in shape.duties]),
    )


def _duty(duty: MergedDuty) -> Duty:
    named = tuple([(name, _meet(parts)) for name, parts in duty.named])
    return Duty(duty.absent, named, tuple([(index, _meet(parts)) for index, parts in duty.others]))
