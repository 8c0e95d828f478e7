"""Parts become one grammar, in which each rule and terminal has a name of its own.

A part that is used at several places becomes a rule, and so does one that is nested deep: the grammar is as large as
what the caller built, not as what it would be written out. Equal terminals become one, so that a text that is of both
is read once.

An embedded grammar's ignored text is written out: each terminal with any amount of it behind, and once before all. This
is what the machine makes of ``ignored`` too, as long as terminals may be cut in any way that parses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Final

from structgen.errors import ArgumentError
from structgen.grammar.checks import check
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
from structgen.grammar.parts import Either, Embedded, Leaf, Part, Rule, Series, Times
from structgen.grammar.places import refusal
from structgen.regex import repeat, union
from structgen.schema.notes import Note

__all__ = ["grammar_of", "notes_of"]

_MAX_DEPTH: Final = 20
"""Parts inside one another in one rule; deeper ones get rules of their own."""


def grammar_of(part: Part) -> Grammar:
    """The grammar of the texts of ``part``, checked.

    Raises
    ------
    ArgumentError
        A rule is used, and not defined.
    GrammarError
        A rule has no text; or an embedded grammar can't be a part.
    """
    while isinstance(part, Rule) and isinstance(part.definition, Embedded):
        part = part.definition
    if isinstance(part, Embedded):
        return check(part.grammar)
    return check(_Assembly(part).run())


def notes_of(part: Part) -> tuple[Note, ...]:
    """What the schemas among the parts don't assert."""
    return tuple(dict.fromkeys(note for one in _all(part) if isinstance(one, Leaf) for note in one.notes))


def _all(part: Part) -> list[Part]:
    """All parts that a part is made of, each once."""
    found = {id(part): part}
    pending = [part]
    while pending:
        for inner in _inner(pending.pop()):
            if id(inner) not in found:
                found[id(inner)] = inner
                pending.append(inner)
    return list(found.values())


def _inner(part: Part) -> tuple[Part, ...]:
    if isinstance(part, (Series, Either)):
        return part.parts
    if isinstance(part, Times):
        return (part.part,)
    if isinstance(part, Rule):
        if part.definition is None:
            raise ArgumentError(
                f"the rule {part.name!r} is used, and not defined", hint=f"define(...) of rule({part.name!r})"
            )
        return (part.definition,)
    return ()


class _Names:
    """Names that differ, as like as can be to those that are asked for."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        name = wanted
        while name in self._taken:
            self._last[wanted] = self._last.get(wanted, 1) + 1
            name = f"{wanted} ({self._last[wanted]})"
        self._taken.add(name)
        return name


class _Assembly:
    """One grammar in the making."""

    def __init__(self, start: Part) -> None:
        self.start = start
        self.uses = Counter(id(inner) for part in _all(start) for inner in _inner(part))
        self.rules: dict[str, Expression] = {}
        self.rule_names, self.terminal_names = _Names(), _Names()
        self.name_of: dict[int, str] = {}  # by the id of a part or an embedded grammar
        self.items: dict[Hashable, Terminal | Document] = {}
        self.pending: list[tuple[str, Part]] = []

    def run(self) -> Grammar:
        start = self.rule_of(self.start)
        while self.pending:
            name, part = self.pending.pop()
            self.rules[name] = self.expression(part, 0)
        return Grammar(self.rules, start)

    def rule_of(self, part: Part) -> str:
        """The name of the rule of a part, which is written once."""
        name = self.name_of.get(id(part))
        if name is None:
            is_start = part is self.start
            wanted = part.name if isinstance(part, Rule) else "start" if is_start else "part"
            name = self.name_of[id(part)] = self.rule_names.unique(wanted)
            self.pending.append((name, part))
        return name

    def expression(self, part: Part, depth: int) -> Expression:
        if isinstance(part, Leaf):
            return self.item(part.item)
        if isinstance(part, Embedded):
            return Reference(self.embedded(part.grammar))
        if isinstance(part, Rule):
            if depth:
                return Reference(self.rule_of(part))
            assert part.definition is not None
            return self.expression(part.definition, 1)
        if depth and (depth > _MAX_DEPTH or (self.uses[id(part)] > 1 and any(_inner(part)))):
            return Reference(self.rule_of(part))
        inner = tuple(self.expression(one, depth + 1) for one in _inner(part))
        if isinstance(part, Times):
            return Repeat(inner[0], part.low, part.high)
        return Choice(inner) if isinstance(part, Either) else Sequence(inner)

    def item(self, item: Terminal | Document) -> Terminal | Document:
        """The one terminal for all that are equal. How they rank among others means nothing here."""
        key: Hashable = (item.node, item.max_tokens) if isinstance(item, Terminal) else (item.term, item.writing)
        found = self.items.get(key)
        if found is None:
            name = self.terminal_names.unique(item.name)
            found = self.items[key] = replace(item, name=name)
        return found

    def embedded(self, grammar: Grammar) -> str:
        """The name of the rule that an embedded grammar starts with, which is written once."""
        name = self.name_of.get(id(grammar))
        if name is None:
            _check_may_be_part(grammar)
            name = self.name_of[id(grammar)] = _Embedding(self, grammar).run()
        return name


def _check_may_be_part(grammar: Grammar) -> None:
    if grammar.indentation is not None:
        raise refusal(
            "a grammar with blocks by indentation can't be a part of another",
            grammar.source,
            grammar.places.get("%indentation"),
            hint="a grammar of its own, or rules for each depth of indentation",
        )
    if grammar.lexer == "longest":
        raise refusal(
            "a grammar whose terminals are the longest possible can't be a part of another: what follows would decide "
            "where its last terminal ends",
            grammar.source,
            grammar.places.get("%lexer"),
            hint="lexer='any', where each way of cutting its texts into terminals will do",
        )


class _Embedding:
    """The rules of one embedded grammar, under names of their own."""

    def __init__(self, assembly: _Assembly, grammar: Grammar) -> None:
        self.assembly, self.grammar = assembly, grammar
        self.names = {name: assembly.rule_names.unique(name) for name in grammar.rules}
        self.ignored = self._ignored()
        self.followed: dict[str, str] = {}  # rules of terminals with ignored text behind

    def run(self) -> str:
        rules = self.assembly.rules
        for name, expression in self.grammar.rules.items():
            rules[self.names[name]] = self.renamed(expression)
        start = self.names[self.grammar.start]
        if self.ignored is None:
            return start
        name = self.assembly.rule_names.unique(f"{start} and ignored text")
        rules[name] = Sequence((self.ignored, Reference(start)))
        return name

    def _ignored(self) -> Expression | None:
        """Any amount of ignored text."""
        ignored = self.grammar.ignored
        if not ignored:
            return None
        if any(terminal.max_tokens is not None for terminal in ignored):
            return Repeat(Choice(tuple(map(self.assembly.item, ignored))), 0, None)
        # one terminal, since a run of blanks is many runs, one after the other, in as many ways
        name = f"ignored text ({', '.join(terminal.name for terminal in ignored)})"
        return self.assembly.item(Terminal(name, repeat(union(*[terminal.node for terminal in ignored]), 0, None)))

    def renamed(self, expression: Expression) -> Expression:
        if isinstance(expression, Reference):
            return Reference(self.names[expression.name])
        if isinstance(expression, (Terminal, Document)):
            return self.leaf(expression)
        if isinstance(expression, Sequence):
            return Sequence(tuple(self._inner(expression.parts)))
        if isinstance(expression, Choice):
            return Choice(tuple(self._inner(expression.parts)))
        if isinstance(expression, Repeat):
            return replace(expression, part=self.renamed(expression.part))
        assert not isinstance(expression, Declared)  # only indentation has them
        return expression

    def _inner(self, parts: tuple[Expression, ...]) -> Iterator[Expression]:
        return map(self.renamed, parts)

    def leaf(self, leaf: Terminal | Document) -> Expression:
        item = self.assembly.item(leaf)
        if self.ignored is None:
            return item
        name = self.followed.get(item.name)
        if name is None:
            name = self.followed[item.name] = self.assembly.rule_names.unique(f"{item.name} and ignored text")
            self.assembly.rules[name] = Sequence((item, self.ignored))
        return Reference(name)
