"""Texts of a shipped grammar, drawn at random from its rules as Lark reads them."""

from __future__ import annotations

import functools
import math
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lark.lexer import PatternStr
from lark.load_grammar import load_grammar

FOLDER: Final = Path(__file__).resolve().parents[2] / "grammars"
INDENT: Final = "    "

_STATEMENT: Final = re.compile(r"^%(lexer|contextual|indentation)[ \t].*$", re.MULTILINE)
"""What Lark doesn't know."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """By nonterminal: its expansions, and the height of the lowest tree of each."""

    expansions: Mapping[str, Sequence[tuple[tuple[str, bool], ...]]]
    heights: Mapping[str, float]
    literals: Mapping[str, str]

    def height(self, expansion: Sequence[tuple[str, bool]]) -> float:
        return 1 + max((0 if is_terminal else self.heights[name] for name, is_terminal in expansion), default=0)


@functools.cache
def _rules(grammar_file: str, start: str) -> _Rules:
    notation = _STATEMENT.sub("", (FOLDER / grammar_file).read_text("utf-8"))
    load: Any = load_grammar
    grammar, _ = load(notation, grammar_file, [], False)
    terminals, rules, _ = grammar.compile([start], ())
    expansions: dict[str, list[tuple[tuple[str, bool], ...]]] = defaultdict(list)
    for rule in rules:
        expansions[rule.origin.name].append(tuple((symbol.name, symbol.is_term) for symbol in rule.expansion))
    heights: dict[str, float] = dict.fromkeys(expansions, math.inf)
    found = _Rules(expansions, heights, {})
    while True:
        lower = {name: min(map(found.height, alternatives)) for name, alternatives in expansions.items()}
        if lower == heights:
            break
        heights.update(lower)
    literals = {
        terminal.name: terminal.pattern.value for terminal in terminals if isinstance(terminal.pattern, PatternStr)
    }
    return _Rules(expansions, heights, literals)


def random_words(
    grammar_file: str,
    choices: random.Random,
    examples: Mapping[str, Sequence[str]],
    *,
    size: int = 40,
    start: str = "start",
) -> list[tuple[str, str]]:
    """The terminals, with their texts, of a random tree, which ends as it can from about ``size`` terminals on."""
    rules = _rules(grammar_file, start)
    words: list[tuple[str, str]] = []
    pending = [(start, False)]
    while pending:
        name, is_terminal = pending.pop()
        if is_terminal:
            words.append((name, rules.literals[name] if name in rules.literals else choices.choice(examples[name])))
            continue
        height = rules.heights[name]
        finite = [expansion for expansion in rules.expansions[name] if rules.height(expansion) < math.inf]
        if len(words) + len(pending) > size:
            finite = [expansion for expansion in finite if rules.height(expansion) == height]
        pending.extend(reversed(choices.choice(finite)))
    return words


def random_text(
    grammar_file: str, choices: random.Random, examples: Mapping[str, Sequence[str]], *, size: int = 40
) -> str:
    """A random text, with a space between any two words."""
    return " ".join(text for _, text in random_words(grammar_file, choices, examples, size=size))


def random_indented_text(
    grammar_file: str, choices: random.Random, examples: Mapping[str, Sequence[str]], *, size: int = 40
) -> str:
    """A random text whose NEWLINE, INDENT and DEDENT are line breaks with the indentation that they stand for."""
    examples = {**examples, "NEWLINE": ["\n"], "INDENT": [""], "DEDENT": [""]}
    while True:
        text = _indented(random_words(grammar_file, choices, examples, size=size))
        if text is not None:
            return text


def _indented(words: Sequence[tuple[str, str]]) -> str | None:
    """None where a block ends in the middle of a line, which only the end of a text does."""
    parts: list[str] = []
    depth, line_begins, has_ended = 0, False, False
    for name, text in words:
        if name in ("INDENT", "DEDENT"):
            depth += 1 if name == "INDENT" else -1
            has_ended |= name == "DEDENT" and not line_begins
        elif has_ended:
            return None
        elif name == "NEWLINE":
            parts.append("\n")
            line_begins = True
        else:
            parts.append(INDENT * depth if line_begins else " " if parts else "")
            parts.append(text)
            line_begins = False
    return "".join(parts)
