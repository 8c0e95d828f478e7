"""Random texts of a grammar, unlikely ones rather than likely ones: what a language model may be led to write.

A text is a random derivation whose terminals are random matches of their patterns, with ignored text at random.
"""

from __future__ import annotations

import functools
import importlib
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from lark import Lark
from lark.grammar import NonTerminal, Rule, Symbol

from tests.grammars.by_lark import accepts, notation

__all__ = ["sentences"]

_parser: Any = importlib.import_module("re._parser")
_sre: Any = importlib.import_module("re._constants")

# What stands for the characters of a class: ASCII, and whatever has led a parser astray.
_CHARACTERS: Final = (
    "".join(map(chr, range(0x80)))
    + "\x80\x85\x9f\xa0\xad\xb2\xb5\xd7éßØ\u0130\u0301\u0660\u1680\u2000\u200b\u200d\u2028\u2029\u202e\u3000\u4e00"
    + "\ud7ff\ue000\ufeff\ufffd\ufffe\uffff\U00010000\U0001f600\U0010ffff"
)


def sentences(grammar_file: str, count: int, seed: int = 0, start: str = "start", size: int = 40) -> Iterator[str]:
    """``count`` texts of about ``size`` terminals at most.

    With ``%lexer longest``, of the texts drawn only those that the lexer cuts in a way that parses.
    """
    source = _source(grammar_file, start)
    chance = random.Random(seed)
    is_longest = notation(grammar_file).is_longest
    found = 0
    for _ in range(100 * count):
        text = source.text(chance, chance.randrange(size))
        if is_longest and not accepts(grammar_file, text, start):
            continue
        yield text
        found += 1
        if found == count:
            return
    raise AssertionError(f"only {found} of {100 * count} texts drawn from {grammar_file} are cut into its terminals")


@functools.cache
def _source(grammar_file: str, start: str) -> _Source:
    return _Source(grammar_file, start)


class _Source:
    def __init__(self, grammar_file: str, start: str) -> None:
        grammar = notation(grammar_file)
        lark = Lark(grammar.lark, parser="earley", lexer="dynamic", start=start)
        self.start = NonTerminal(start)
        self.indentation = grammar.indentation
        self.is_longest = grammar.is_longest
        self.ignored = list(lark.ignore_tokens)
        self.patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in lark.terminals}
        self.trees = {name: _parser.parse(pattern) for name, pattern in self.patterns.items()}
        self.rules: dict[Symbol, list[Sequence[Symbol]]] = {}
        for rule in lark.rules:
            self.rules.setdefault(rule.origin, []).append(rule.expansion)
        self.costs = _costs(lark.rules)

    def cost(self, expansion: Sequence[Symbol]) -> int:
        return sum(self.costs.get(symbol, 1) for symbol in expansion)

    def text(self, chance: random.Random, size: int) -> str:
        parts: list[tuple[str, str]] = []
        todo: list[Symbol] = [self.start]
        while todo:
            symbol = todo.pop()
            expansions = self.rules.get(symbol)
            if expansions is None:
                parts.append((symbol.name, self.terminal(symbol.name, chance)))
            elif len(parts) + len(todo) > size:
                least = min(map(self.cost, expansions))
                todo += reversed(chance.choice([one for one in expansions if self.cost(one) == least]))
            else:
                # Of two, the longer one: most texts would be a terminal or two otherwise.
                longer: Sequence[Symbol] = max(chance.choice(expansions), chance.choice(expansions), key=self.cost)
                todo += reversed(longer)
        if self.indentation:
            return self.indented(parts, chance)
        return "".join(self.gap(chance) + text for _, text in parts) + self.gap(chance)

    def gap(self, chance: random.Random) -> str:
        if not self.ignored or chance.random() < 0.6:
            return ""
        # A line break ends comments, which the longest match would make of all that follows.
        return self.terminal(chance.choice(self.ignored), chance) + ("\n" if self.is_longest else "")

    def indented(self, parts: list[tuple[str, str]], chance: random.Random) -> str:
        newline, indent, dedent, *_ = self.indentation
        levels = [0]
        text = ""
        for name, part in parts:
            if name == indent:
                levels.append(levels[-1] + chance.choice([1, 2, 4]))
                text += " " * (levels[-1] - levels[-2])
            elif name == dedent:
                text = text[: len(text) - levels.pop() + levels[-1]]
            elif name == newline:
                text += part.rstrip(" \t") + " " * levels[-1]
            else:
                text += part
        return text

    def terminal(self, name: str, chance: random.Random) -> str:
        if name not in self.trees:
            return ""
        for _ in range(10_000):
            text = _match(self.trees[name], chance)
            if re.fullmatch(self.patterns[name], text):
                return text
        raise AssertionError(f"no text of terminal {name} found")


def _costs(rules: Sequence[Rule]) -> dict[Symbol, int]:
    """How many terminals the shortest text of each rule has, and one for each rule on the way."""
    costs: dict[Symbol, int] = {rule.origin: 10**9 for rule in rules}
    changed = True
    while changed:
        changed = False
        for rule in rules:
            cost = 1 + sum(costs.get(symbol, 1) for symbol in rule.expansion)
            if cost < costs[rule.origin]:
                costs[rule.origin] = cost
                changed = True
    return costs


def _match(items: Any, chance: random.Random) -> str:
    return "".join(_item(operator, argument, chance) for operator, argument in items)


def _item(operator: Any, argument: Any, chance: random.Random) -> str:
    if operator is _sre.LITERAL:
        return chr(argument)
    if operator in (_sre.NOT_LITERAL, _sre.IN, _sre.ANY):
        return chance.choice(_members(operator, repr(argument), argument))
    if operator in (_sre.MAX_REPEAT, _sre.MIN_REPEAT):
        low, high, body = argument
        most = min(high, low + chance.choice([0, 1, 1, 2, 3, 6]))
        return "".join(_match(body, chance) for _ in range(chance.randint(low, most)))
    if operator is _sre.SUBPATTERN:
        return _match(argument[3], chance)
    if operator is _sre.BRANCH:
        return _match(chance.choice(argument[1]), chance)
    if operator in (_sre.ASSERT, _sre.ASSERT_NOT, _sre.AT):
        return ""
    raise AssertionError(f"{operator} in a terminal")


_classes: dict[str, str] = {}


def _members(operator: Any, key: str, argument: Any) -> str:
    key = f"{operator}{key}"
    if key not in _classes:
        _classes[key] = "".join(_class_members(operator, argument))
    return _classes[key]


def _class_members(operator: Any, argument: Any) -> Iterator[str]:
    if operator is _sre.ANY:
        yield from _CHARACTERS.replace("\n", "")
    elif operator is _sre.NOT_LITERAL:
        yield from _CHARACTERS.replace(chr(argument), "")
    elif argument[0][0] is _sre.NEGATE:
        yield from (character for character in _CHARACTERS if not _is_in(argument[1:], ord(character)))
    else:
        for kind, value in argument:
            if kind is _sre.LITERAL:
                yield chr(value)
            elif kind is _sre.RANGE:
                yield chr(value[0])
                yield chr(value[1])
        yield from (character for character in _CHARACTERS if _is_in(argument, ord(character)))


def _is_in(items: Any, code: int) -> bool:
    for kind, value in items:
        if kind is _sre.LITERAL and value == code:
            return True
        if kind is _sre.RANGE and value[0] <= code <= value[1]:
            return True
        if kind is _sre.CATEGORY:
            escape = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}[str(value)]
            if re.match(escape, chr(code)):
                return True
    return False
