"""Lark's rules become expressions, as its grammar writes them: repetitions and choices stay what they are.

`lark` itself would turn them into plain rules first, for its own parsers; a repetition of a thousand times would be
dozens of rules. Templates are instantiated here for the same reason.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from lark import Token, Tree
from lark.grammar import NonTerminal
from lark.grammar import Terminal as TerminalName
from lark.lexer import Pattern

from structgen.errors import LimitExceededError
from structgen.grammar.checks import MAX_NESTING
from structgen.grammar.expressions import (
    EMPTY,
    Choice,
    Declared,
    Document,
    Expression,
    Reference,
    Repeat,
    Sequence,
    Terminal,
)
from structgen.grammar.lark_terminals import (
    Patterns,
    Refused,
    bounds,
    pattern_of_literal,
    pattern_of_range,
    read_pattern,
)
from structgen.grammar.places import START

__all__ = ["MAX_INSTANCES", "Definition", "Rules"]

MAX_INSTANCES: Final = 10_000
"""Templates with their arguments."""

_Tree = Tree[Any]
Definition = tuple[tuple[str, ...], _Tree | None]
"""The parameters of a rule, none unless it is a template, and its body, None where it is only declared."""

# What a template's parameter stands for: an expression, or the name of a template.
_Arguments = Mapping[str, Expression]


class Rules:
    """The expressions of a grammar's rules.

    ``items`` are structgen's own terminals by the names that stand for them; ``priorities`` those of named terminals.
    """

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        patterns: Patterns,
        priorities: Mapping[str, int],
        items: Mapping[str, Terminal | Document],
    ) -> None:
        self.definitions = definitions
        self.patterns = patterns
        self.priorities = priorities
        self.items = items
        self.terminals: dict[str, Terminal | Document | Declared] = {}
        self.spelled: dict[Pattern, Terminal] = {}
        self.by_pattern: dict[Pattern, str] = {}
        self.instances: dict[str, tuple[_Tree, _Arguments]] = {}
        self.waiting: deque[str] = deque()

    def read(self) -> dict[str, Expression]:
        """All rules, and the instances of templates that they need."""
        for name, tree in self.patterns.trees.items():
            if tree is not None and self.patterns.item(name) is None:
                self.by_pattern[self.patterns.pattern(name)] = name
        rules: dict[str, Expression] = {}
        for name, (parameters, tree) in self.definitions.items():
            if parameters:
                continue
            if tree is None:
                raise Refused(f"rule {name!r} is declared, but not defined", name=name)
            rules[str(name)] = self.expression(tree, {})
        while self.waiting:
            name = self.waiting.popleft()
            tree, arguments = self.instances[name]
            rules[name] = self.expression(tree, arguments)
        return rules

    def expression(self, tree: _Tree, arguments: _Arguments, depth: int = 0) -> Expression:
        if depth > 4 * MAX_NESTING:  # lark has up to four trees for one level of ours
            raise LimitExceededError(
                f"{MAX_NESTING} parts of a rule inside one another", "a deeper one", hint="rules of their own"
            )
        children = tree.children
        if tree.data == "expansions":
            parts = [self.expression(one, arguments, depth + 1) for one in children]
            return parts[0] if len(parts) == 1 else Choice(tuple(parts))
        if tree.data == "expansion":
            parts = [self.expression(one, arguments, depth + 1) for one in children]
            return parts[0] if len(parts) == 1 else Sequence(tuple(parts)) if parts else EMPTY
        if tree.data == "alias":
            return self.expression(children[0], arguments, depth + 1)
        if tree.data == "maybe":
            return Repeat(self.expression(children[0], arguments, depth + 1), 0, 1)
        if tree.data == "expr":
            low, high = bounds(tree)
            return Repeat(self.expression(children[0], arguments, depth + 1), low, high)
        if tree.data == "value":
            return self.value(children[0], arguments)
        return self.value(tree, arguments)

    def value(self, value: Any, arguments: _Arguments) -> Expression:
        if isinstance(value, TerminalName):
            return self.terminal(value.name)
        if isinstance(value, NonTerminal):
            found = arguments.get(value.name)
            if found is not None:
                return found
            if self.definitions[value.name][0]:
                raise Refused(f"template {value.name!r} needs arguments", used=value.name)
            return Reference(value.name)
        if value.data == "template_usage":
            return self.instance(value.children, arguments)
        if value.data == "literal":
            return self.literal(pattern_of_literal(value.children[0]), str(value.children[0]), value.children[0])
        if value.data == "range":
            first, last = value.children
            return self.literal(pattern_of_range(first, last), f"{first!s}..{last!s}", first)
        return self.expression(value, arguments)

    def instance(self, children: list[Any], arguments: _Arguments) -> Expression:
        """A reference to a template's rule for these arguments, which is read in its turn."""
        name = children[0].name
        if name in arguments:
            # A parameter that is itself used as a template stands for one.
            given = arguments[name]
            name = given.name if isinstance(given, Reference) else name
        parameters, tree = self.definitions.get(name, ((), None))
        values = [self.argument(one, arguments) for one in children[1:]]
        if tree is None or len(parameters) != len(values):
            raise Refused(f"template {name!r} takes {len(parameters)} arguments, not {len(values)}", used=name)
        spelled = f"{name}{{{', '.join(one.name for one in values)}}}"
        if spelled not in self.instances:
            if len(self.instances) == MAX_INSTANCES:
                raise LimitExceededError(f"{MAX_INSTANCES} templates with their arguments", "more")
            self.instances[spelled] = tree, dict(zip(parameters, values, strict=True))
            self.waiting.append(spelled)
        return Reference(spelled)

    def argument(self, tree: _Tree, arguments: _Arguments) -> Terminal | Document | Declared | Reference:
        value = tree.children[0] if tree.data == "value" else tree
        if isinstance(value, NonTerminal) and value.name not in arguments and self.definitions[value.name][0]:
            return Reference(value.name, START)
        found = self.value(value, arguments)
        assert isinstance(found, (Terminal, Document, Declared, Reference))
        return found

    def terminal(self, name: str) -> Terminal | Document | Declared:
        """A terminal by its name."""
        found = self.terminals.get(name)
        if found is None:
            found = self.terminals[name] = self._named(name)
        return found

    def _named(self, name: str) -> Terminal | Document | Declared:
        if name in self.items:
            return self.items[name]
        if self.patterns.trees[name] is None:
            return Declared(name)
        item = self.patterns.item(name)
        priority = self.priorities[name]
        if isinstance(item, Document):
            return Document(name, item.term, item.writing)
        if item is not None:
            return Terminal(name, item.node, priority, max_tokens=item.max_tokens)
        pattern = self.patterns.pattern(name)
        return read_pattern(pattern, name, priority=priority)

    def literal(self, pattern: Pattern, spelled: str, token: Token) -> Expression:
        """A text or pattern in a rule, which may be what a named terminal is."""
        if pattern in self.by_pattern:
            return self.terminal(self.by_pattern[pattern])
        found = self.spelled.get(pattern)
        if found is None:
            found = self.spelled[pattern] = read_pattern(pattern, spelled, token)
        return found
