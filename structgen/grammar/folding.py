"""Notations without ignored text: whatever of a grammar is regular becomes one terminal.

Characters follow each other there with nothing between them, so a part of a rule that leads to no recursion is a
regular expression, and one automaton reads it instead of a stack of rules. `fold` does this for the largest such parts,
as long as they don't take too many leaves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from structgen.errors import LimitExceededError
from structgen.grammar.checks import MAX_NESTING
from structgen.grammar.expressions import EMPTY, Choice, Expression, Place, Reference, Repeat, Sequence, Terminal
from structgen.grammar.places import refusal
from structgen.regex import EPSILON, Node, complement, concat, intersection, repeat, union

__all__ = ["MAX_LEAVES", "Either", "Except", "Leaf", "Name", "Part", "Series", "Times", "fold"]

MAX_LEAVES: Final = 1000
"""Texts and classes in one terminal, each counted as often as the rules that hold it are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A text or a class of characters, with the notation's way to write it."""

    node: Node
    spelling: str
    is_literal: bool


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A rule's texts."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """Any of the parts."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """The part ``low`` to ``high`` times, or more where ``high`` is None."""

    part: Part
    low: int
    high: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Except:
    """The texts of the part that are none of ``without``; both must be regular."""

    part: Part
    without: Part
    place: Place


Part: TypeAlias = Leaf | Name | Series | Either | Times | Except


def fold(rules: Mapping[str, Part], start: str, source: str) -> dict[str, Expression]:
    """The rules as expressions. A rule that is one terminal stands only where it is named, if anywhere.

    Raises
    ------
    GrammarError
        An exception isn't between regular parts.
    LimitExceededError
        Parts nest deeper than `MAX_NESTING`.
    """
    for part in rules.values():
        _check_depth(part)
    folding = _Folding(source)
    named = {name for part in rules.values() for name, _ in _names(part)}
    folding.find_regular(rules)
    folded: dict[str, Expression] = {}
    for name, part in rules.items():
        if name == start or name not in named or name not in folding.regular or not folding.regular[name].is_small:
            folding.rule = name
            folded[name] = folding.expression(part)
    return folded


@dataclass(frozen=True, slots=True)
class _Regular:
    """A regular expression, and how many leaves it was made from."""

    node: Node
    leaves: int

    @property
    def is_small(self) -> bool:
        return self.leaves <= MAX_LEAVES


class _Folding:
    """What one grammar's rules have in common: which are regular, and the terminals by their texts."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.regular: dict[str, _Regular] = {}
        self.memo: dict[Part, _Regular | None] = {}
        self.terminals: dict[Node, Terminal] = {}
        self.names: set[str] = set()
        self.rule = ""

    def find_regular(self, rules: Mapping[str, Part]) -> None:
        """A rule is regular where all that it names are. One that leads back to itself never gets its turn."""
        users: dict[str, list[str]] = {}
        missing: dict[str, int] = {}
        for name, part in rules.items():
            needed = {needed for needed, _ in _names(part)}
            missing[name] = len(needed)
            for one in needed:
                users.setdefault(one, []).append(name)
        queue = deque(name for name, count in missing.items() if not count)
        while queue:
            name = queue.popleft()
            found = self.as_regular(rules[name])
            if found is None:
                continue
            self.regular[name] = found
            if found.is_small:
                self.named(found.node, name)
            for user in users.get(name, ()):
                missing[user] -= 1
                if not missing[user]:
                    queue.append(user)

    def as_regular(self, part: Part) -> _Regular | None:
        """A part as one expression; None where it isn't regular, or would nest too deep."""
        if part in self.memo:
            return self.memo[part]
        try:
            found = self._regular(part)
        except LimitExceededError:
            found = None
        self.memo[part] = found
        return found

    def _regular(self, part: Part) -> _Regular | None:
        if isinstance(part, Leaf):
            return _Regular(part.node, 1)
        if isinstance(part, Name):
            return self.regular.get(part.name)
        if isinstance(part, Except):
            both = self.as_regular(part.part), self.as_regular(part.without)
            if both[0] is None or both[1] is None:
                return None
            return _Regular(intersection(both[0].node, complement(both[1].node)), both[0].leaves + both[1].leaves)
        if isinstance(part, Times):
            inner = self.as_regular(part.part)
            return None if inner is None else _Regular(repeat(inner.node, part.low, part.high), inner.leaves)
        found = [self.as_regular(one) for one in part.parts]
        regular = [one for one in found if one is not None]
        leaves = sum(one.leaves for one in regular)
        # Far beyond what is ever used, so that rules which double at each step don't grow without end.
        if len(regular) < len(found) or leaves > 20 * MAX_LEAVES:
            return None
        join = concat if isinstance(part, Series) else union
        return _Regular(join(*[one.node for one in regular]), leaves)

    def expression(self, part: Part) -> Expression:
        found = self.as_regular(part)
        if found is not None and (found.is_small or isinstance(part, (Leaf, Except))):
            return EMPTY if found.node is EPSILON else self.terminal(part, found.node)
        if isinstance(part, Except):
            raise refusal(
                "an exception that isn't between regular parts", self.source, part.place,
                hint="parts that don't lead to recursion",
            )  # fmt: skip
        if isinstance(part, Name):
            return Reference(part.name, part.place)
        if isinstance(part, Times):
            return Repeat(self.expression(part.part), part.low, part.high)
        if isinstance(part, Series):
            return _sequence([self.expression(one) for one in self._grouped(part)])
        assert isinstance(part, Either)
        return _choice([self.expression(one) for one in self._grouped(part)])

    def _grouped(self, part: Series | Either) -> Iterator[Part]:
        """The parts, with neighbours of a series that are regular as one; of a choice, all that are."""
        kind = type(part)
        parts = sorted(part.parts, key=lambda one: not self._is_small(one)) if kind is Either else part.parts
        group: list[Part] = []
        leaves = 0
        for one in parts:
            found = self.as_regular(one)
            if found is not None and found.leaves + leaves <= MAX_LEAVES:
                group.append(one)
                leaves += found.leaves
                continue
            if group:
                yield group[0] if len(group) == 1 else kind(tuple(group))
            group, leaves = [], 0
            if found is not None and found.is_small:
                group, leaves = [one], found.leaves
            else:
                yield one
        if group:
            yield group[0] if len(group) == 1 else kind(tuple(group))

    def _is_small(self, part: Part) -> bool:
        found = self.as_regular(part)
        return found is not None and found.is_small

    def terminal(self, part: Part, node: Node) -> Terminal:
        known = self.terminals.get(node)
        if known is not None:
            return known
        if isinstance(part, Leaf):
            return self.named(node, part.spelling, is_literal=part.is_literal)
        return self.named(node, self.rule)

    def named(self, node: Node, name: str, *, is_literal: bool = False) -> Terminal:
        """The terminal of an expression, under a name that no other has."""
        known = self.terminals.get(node)
        if known is None:
            unique, number = name, 1
            while unique in self.names:
                number += 1
                unique = f"{name} ({number})"
            self.names.add(unique)
            known = self.terminals[node] = Terminal(unique, node, is_literal=is_literal)
        return known


def _sequence(parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _choice(parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Choice(tuple(parts))


def _names(part: Part) -> Iterator[tuple[str, Place]]:
    if isinstance(part, Name):
        yield part.name, part.place
    for below in _below(part):
        yield from _names(below)


def _below(part: Part) -> tuple[Part, ...]:
    if isinstance(part, (Series, Either)):
        return part.parts
    if isinstance(part, Times):
        return (part.part,)
    return (part.part, part.without) if isinstance(part, Except) else ()


def _check_depth(part: Part) -> None:
    level, depth = [part], 0
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise LimitExceededError(
                f"{MAX_NESTING} parts of a rule inside one another", "a deeper one", hint="rules of their own"
            )
        level = [below for one in level for below in _below(one)]
