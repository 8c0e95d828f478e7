"""A grammar as productions over numbered symbols, without empty ones: what the parser's tables are made of.

Terminals are the symbols below ``len(terminals)``, nonterminals the others. No production is empty (whether the empty
text belongs to the language is told apart), none is its own single symbol, and every symbol derives some text and is
reached from ``start``: so every stack of the parser can be completed, and holds no more symbols than the text has
terminals. Empty productions are removed as in Hopcroft and Ullman, after long ones with many parts that may be missing
were cut in two, so that their number stays in proportion to the grammar.

A repetition is left-recursive, which keeps the parser's stack flat; a counted one is a chain of one nonterminal per
count, which keeps it unambiguous.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

from structgen.errors import LimitExceededError
from structgen.grammar.checks import leaves
from structgen.grammar.expressions import (
    Choice,
    Declared,
    Document,
    Expression,
    Grammar,
    Reference,
    Repeat,
    Sequence,
    Terminal,
)
from structgen.regex import is_empty

__all__ = ["MAX_COUNT", "Leaf", "Productions", "productions_of"]

Leaf: TypeAlias = Terminal | Document | Declared
Symbol: TypeAlias = Expression | tuple[object, ...]
"""What a symbol stands for: an expression, or a part of one under a key of its own."""

MAX_COUNT: Final = 10_000
"""Bound on the counts of a repetition of anything but characters."""

_MAX_MISSING: Final = 3
"""So many parts that may be missing give 8 productions; where there are more, the production is cut."""


@dataclass(frozen=True, slots=True)
class Productions:
    """``productions[i]`` is ``(left, right)``: the nonterminal and its symbols.

    ``terminals`` are the leaves by number; ``is_nullable`` says whether the empty text is in the language. Where the
    language has no other text, there are no productions.
    """

    terminals: tuple[Leaf, ...]
    symbols: int
    productions: tuple[tuple[int, tuple[int, ...]], ...]
    start: int
    is_nullable: bool


def productions_of(grammar: Grammar) -> Productions:
    """Number the symbols of a grammar, and write its rules as productions.

    Raises
    ------
    LimitExceededError
        A count beyond ``MAX_COUNT``.
    """
    start: Symbol = Reference(grammar.start)
    rules = _Flattened(grammar).rules
    nullable = _nullable(rules)
    rules = _without_empty(rules, nullable)
    rules = _reachable(_productive(rules), start)
    terminals: dict[Symbol, int] = {}
    for symbol in _symbols(rules):
        if symbol not in rules:
            terminals.setdefault(symbol, len(terminals))
    for apart in (*grammar.ignored, *(_all_leaves(grammar) if grammar.lexer == "longest" else ())):
        terminals.setdefault(apart, len(terminals))
    numbers = dict(terminals)
    for symbol in rules:
        numbers[symbol] = len(numbers)
    if start not in numbers:
        numbers[start] = len(numbers)
    productions = tuple(
        (numbers[symbol], tuple(numbers[part] for part in right))
        for symbol, rights in rules.items()
        for right in rights
    )
    return Productions(
        tuple(leaf for leaf in terminals if isinstance(leaf, (Terminal, Document, Declared))),
        len(numbers),
        productions,
        numbers[start],
        start in nullable,
    )


def _all_leaves(grammar: Grammar) -> Iterator[Leaf]:
    """The terminals of the grammar, whether a text needs them or not."""
    yield from grammar.terminals
    for rule in grammar.rules.values():
        yield from (leaf for leaf in leaves(rule) if not isinstance(leaf, Reference))


_Rules: TypeAlias = dict[Symbol, list[tuple[Symbol, ...]]]


class _Flattened:
    """The rules with every expression that is not a leaf or a reference written out as productions of its own."""

    def __init__(self, grammar: Grammar) -> None:
        self.rules: _Rules = {}
        self._grammar = grammar
        self._pending: list[Symbol] = [Reference(grammar.start)]
        while self._pending:
            symbol = self._pending.pop()
            if symbol not in self.rules:
                self.rules[symbol] = []
                self.rules[symbol] = list(dict.fromkeys(self._rights(symbol)))

    def _rights(self, symbol: Symbol) -> Iterator[tuple[Symbol, ...]]:
        if isinstance(symbol, Reference):
            yield from self._alternatives(self._grammar.rules[symbol.name])
        elif isinstance(symbol, Choice):
            yield from self._alternatives(symbol)
        elif isinstance(symbol, Repeat):
            yield from self._repetition(symbol)
        elif isinstance(symbol, tuple):
            yield from self._counted(symbol)

    def _alternatives(self, expression: Expression) -> Iterator[tuple[Symbol, ...]]:
        parts = expression.parts if isinstance(expression, Choice) else (expression,)
        for part in parts:
            if isinstance(part, Choice):
                yield from self._alternatives(part)
            else:
                yield tuple(self._flat(part))

    def _flat(self, expression: Expression) -> Iterator[Symbol]:
        if isinstance(expression, Sequence):
            for part in expression.parts:
                yield from self._flat(part)
        elif isinstance(expression, Repeat) and expression.high is not None and expression.low == expression.high < 4:
            for _ in range(expression.low):
                yield from self._flat(expression.part)
        else:
            yield self._symbol(expression)

    def _symbol(self, symbol: Symbol) -> Symbol:
        if not isinstance(symbol, (Terminal, Document, Declared)) and symbol not in self.rules:
            self._pending.append(symbol)
        return symbol

    def _repetition(self, repeat: Repeat) -> Iterator[tuple[Symbol, ...]]:
        for count in (repeat.low, repeat.high or 0):
            if count > MAX_COUNT:
                raise LimitExceededError(
                    f"{MAX_COUNT} repetitions of a rule", f"{count} repetitions", hint="a terminal counts without bound"
                )
        if repeat.low == 0:
            yield ()
        if repeat.high is None:
            if repeat.low > 1:
                yield self._symbol(("count", repeat.part, repeat.low)), self._symbol(Repeat(repeat.part, 0, None))
            else:
                more = self._symbol(("more", repeat.part))
                yield (more,)
            return
        for count in range(max(repeat.low, 1), repeat.high + 1):
            yield (self._symbol(("count", repeat.part, count)),)

    def _counted(self, symbol: tuple[object, ...]) -> Iterator[tuple[Symbol, ...]]:
        kind, part, *count = symbol
        parts = tuple(self._flat(part))  # type: ignore[arg-type]
        if kind == "more":
            yield parts
            yield symbol, *parts
        elif count[0] == 1:
            yield parts
        else:
            yield self._symbol(("count", part, count[0] - 1)), *parts  # type: ignore[operator]


def _symbols(rules: _Rules) -> Iterator[Symbol]:
    for rights in rules.values():
        for right in rights:
            yield from right


def _is_nullable_leaf(symbol: Symbol) -> bool:
    return isinstance(symbol, Terminal) and symbol.node.nullable


def _nullable(rules: _Rules) -> set[Symbol]:
    nullable = {symbol for symbol in _symbols(rules) if _is_nullable_leaf(symbol)}
    return nullable | _derived(rules, nullable)


def _derived(rules: _Rules, known: Iterable[Symbol]) -> set[Symbol]:
    """The symbols with a production of known and derived symbols alone. Takes time in proportion to the rules."""
    derived: set[Symbol] = set()
    # Productions by number: symbols are nested values, and hashing pairs of them took a fifth of all of a compilation.
    lefts: list[Symbol] = []
    missing: list[int] = []
    uses: dict[Symbol, list[int]] = {}
    for symbol, rights in rules.items():
        for right in rights:
            if not right:
                derived.add(symbol)
            for part in right:
                uses.setdefault(part, []).append(len(lefts))
            lefts.append(symbol)
            missing.append(len(right))
    pending = [*derived, *(symbol for symbol in known if symbol not in derived)]
    while pending:
        for production in uses.get(pending.pop(), ()):
            missing[production] -= 1
            if missing[production] == 0 and lefts[production] not in derived:
                derived.add(lefts[production])
                pending.append(lefts[production])
    return derived


def _without_empty(rules: _Rules, nullable: set[Symbol]) -> _Rules:
    found: _Rules = {}
    pending = list(rules.items())
    while pending:
        symbol, rights = pending.pop()
        if symbol in found:
            continue
        shorter: dict[tuple[Symbol, ...], None] = {}
        for right in rights:
            cut = right
            if sum(part in nullable for part in right) > _MAX_MISSING:
                tail = ("tail", *right[1:])
                pending.append((tail, [right[1:]]))
                if all(part in nullable for part in right[1:]):
                    nullable.add(tail)
                cut = (right[0], tail)
            for variant in _variants(cut, nullable):
                if variant and variant != (symbol,):
                    shorter[variant] = None
        found[symbol] = list(shorter)
    return found


def _variants(right: tuple[Symbol, ...], nullable: set[Symbol]) -> Iterator[tuple[Symbol, ...]]:
    places = [place for place, part in enumerate(right) if part in nullable]
    for count in range(len(places) + 1):
        for dropped in combinations(places, count):
            yield tuple(part for place, part in enumerate(right) if place not in dropped)


def _productive(rules: _Rules) -> _Rules:
    others = {symbol for symbol in _symbols(rules) if symbol not in rules}
    known = {leaf for leaf in others if not isinstance(leaf, Terminal) or _has_text(leaf)}
    productive = known | _derived(rules, known)
    return {
        symbol: [right for right in rights if all(part in productive for part in right)]
        for symbol, rights in rules.items()
        if symbol in productive
    }


def _has_text(terminal: Terminal) -> bool:
    return terminal.node.max_length != 0 and not is_empty(terminal.node)


def _reachable(rules: _Rules, start: Symbol) -> _Rules:
    found: _Rules = {}
    pending = [start] if start in rules else []
    while pending:
        symbol = pending.pop()
        if symbol in rules and symbol not in found:
            found[symbol] = rules[symbol]
            pending += [part for right in rules[symbol] for part in right]
    return {symbol: found[symbol] for symbol in rules if symbol in found}
