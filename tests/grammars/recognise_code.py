"""Whether a text is in a shipped grammar, decided without structgen: Lark reads the notation and computes lookaheads, a
generalized LR parser runs them, and a lexer takes the longest text of any terminal.

Only for grammars with ``%lexer longest``. `_Indentation` is `lark.indenter.Indenter`, with one rule more: nothing that
is ignored begins a line, since the newline terminal holds the whitespace that the indentation is read off.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from lark.common import ParserConf
from lark.grammar import Rule, Symbol
from lark.lexer import PatternStr, TerminalDef
from lark.load_grammar import load_grammar
from lark.parsers.lalr_analysis import LALR_Analyzer

FOLDER: Final = Path(__file__).resolve().parents[2] / "grammars"
END: Final = "$END"
TAB_WIDTH: Final = 8

_Lexeme: TypeAlias = tuple[str, str]
"""A terminal's name and its text."""


class UnknownText(Exception):
    """No terminal matches, or a line begins where no block does."""


@dataclass(frozen=True, slots=True)
class _Indentation:
    newline: str
    indent: str
    dedent: str
    opening: frozenset[str]
    closing: frozenset[str]


class _Lexer:
    """Cuts a text into the longest texts of any terminal."""

    def __init__(self, terminals: list[TerminalDef], ignored: frozenset[str], indentation: _Indentation | None) -> None:
        self.ignored = ignored
        self.indentation = indentation
        self.literals: dict[str, tuple[int, str]] = {}
        self.folded: dict[str, tuple[int, str]] = {}
        self.patterns: list[tuple[int, str, re.Pattern[str]]] = []
        spelled = []
        for terminal in terminals:
            if not terminal.pattern.value:
                continue
            if isinstance(terminal.pattern, PatternStr):
                table = self.folded if "i" in terminal.pattern.flags else self.literals
                text = terminal.pattern.value
                table[text.lower() if "i" in terminal.pattern.flags else text] = (terminal.priority, terminal.name)
                spelled.append(terminal.pattern)
            else:
                pattern = re.compile(terminal.pattern.to_regexp())
                self.patterns.append((terminal.priority, terminal.name, pattern))
        spelled.sort(key=lambda pattern: -len(pattern.value))
        self.spelled = re.compile("|".join(pattern.to_regexp() for pattern in spelled) or r"(?!)")

    def _longest(self, text: str, at: int) -> tuple[str, int]:
        best: tuple[int, int, bool] = (at, 0, False)
        name = ""
        if match := self.spelled.match(text, at):
            literal = match.group()
            found = self.literals.get(literal) or self.folded[literal.lower()]
            best, name = (match.end(), found[0], True), found[1]
        for priority, terminal, pattern in self.patterns:
            match = pattern.match(text, at)
            if match and match.end() > at and (match.end(), priority, False) > best:
                best, name = (match.end(), priority, False), terminal
        return name, best[0]

    def lexemes(self, text: str) -> Iterator[_Lexeme]:
        at = 0
        while at < len(text):
            name, end = self._longest(text, at)
            if end == at:
                raise UnknownText(text[at : at + 20])
            yield name, text[at:end]
            at = end

    def words(self, text: str) -> Iterator[_Lexeme]:
        """Without what is ignored; with indents and dedents."""
        indentation = self.indentation
        if indentation is None:
            yield from (lexeme for lexeme in self.lexemes(text) if lexeme[0] not in self.ignored)
            return
        widths, depth, begins_line = [0], 0, True
        for name, lexeme in self.lexemes(text):
            if name in self.ignored:
                if begins_line:
                    raise UnknownText("ignored text begins a line")
                continue
            if name == indentation.newline:
                if depth:
                    continue
                yield name, lexeme
                begins_line = True
                blanks = re.search(r"[ \t]*\Z", lexeme)
                width = len((blanks.group() if blanks else "").expandtabs(TAB_WIDTH))
                if width > widths[-1]:
                    widths.append(width)
                    yield indentation.indent, ""
                while width < widths[-1]:
                    widths.pop()
                    yield indentation.dedent, ""
                if width != widths[-1]:
                    raise UnknownText("no enclosing block begins at this width")
                continue
            begins_line = False
            depth += (name in indentation.opening) - (name in indentation.closing)
            yield name, lexeme
            if depth < 0:
                return
        yield from [(indentation.dedent, "")] * (len(widths) - 1)


@dataclass(eq=False, slots=True)
class _Node:
    """One state on top of stacks that share it."""

    state: int
    below: list[_Node] = field(default_factory=list)


_Actions: TypeAlias = dict[str, tuple[int, list[tuple[int, str]]]]
"""By terminal: the state that it leads to or -1, and the rules that it completes, as lengths and origins."""


class Recogniser:
    """A generalized LR(1) recogniser over a graph of stacks."""

    def __init__(self, rules: list[Rule], start: str) -> None:
        analyzer = LALR_Analyzer(ParserConf(rules, {}, [start]))
        analyzer.compute_lr0_states()
        analyzer.compute_reads_relations()
        analyzer.compute_includes_lookback()
        analyzer.compute_lookaheads()
        (first,) = analyzer.lr0_start_states.values()
        numbers: dict[Any, int] = {first: 0}
        for state in analyzer.lr0_itemsets:
            numbers.setdefault(state, len(numbers))
        self.actions: list[_Actions] = [{} for _ in numbers]
        self.goto: list[dict[str, int]] = [{} for _ in numbers]
        self.final = -1
        self.conflicts = 0
        for state, number in numbers.items():
            for item in state.closure:
                if item.is_satisfied and item.rule.origin.name == f"$root_{start}":
                    self.final = number
            shifts: dict[str, int] = {}
            for symbol, target in state.transitions.items():
                (shifts if symbol.is_term else self.goto[number])[symbol.name] = numbers[target]
            reductions: dict[Symbol, set[Rule]] = state.lookaheads
            completed = {
                symbol.name: [(len(rule.expansion), rule.origin.name) for rule in found]
                for symbol, found in reductions.items()
            }
            for name in {*shifts, *completed}:
                rules_here = completed.get(name, [])
                self.actions[number][name] = (shifts.get(name, -1), rules_here)
                self.conflicts += (name in shifts) + len(rules_here) > 1

    def accepts(self, words: Iterator[_Lexeme]) -> bool:
        frontier = {0: _Node(0)}
        try:
            for name, _ in words:
                self._reduce(frontier, name)
                following: dict[int, _Node] = {}
                for node in frontier.values():
                    target = self.actions[node.state].get(name, (-1, []))[0]
                    if target >= 0:
                        following.setdefault(target, _Node(target)).below.append(node)
                if not following:
                    return False
                frontier = following
        except UnknownText:
            return False
        self._reduce(frontier, END)
        return self.final in frontier

    def _reduce(self, frontier: dict[int, _Node], name: str) -> None:
        pending = list(frontier.values())
        nothing: tuple[int, list[tuple[int, str]]] = (-1, [])
        while pending:
            node = pending.pop()
            for length, origin in self.actions[node.state].get(name, nothing)[1]:
                bases = [node]
                for _ in range(length):
                    bases = [below for base in bases for below in base.below]
                for base in bases:
                    target = self.goto[base.state][origin]
                    reached = frontier.get(target)
                    if reached is None:
                        frontier[target] = reached = _Node(target, [base])
                        pending.append(reached)
                    elif base not in reached.below:
                        reached.below.append(base)
                        # What was reduced through this node may have another way now.
                        pending.extend(frontier.values())


def directives(text: str) -> tuple[str, dict[str, list[str]]]:
    """The notation as Lark reads it, and the statements that are structgen's own."""
    found: dict[str, list[str]] = {}
    kept = []
    for line in text.splitlines():
        match = re.fullmatch(r"%(lexer|indentation)\s+(.*)", line.strip())
        if match:
            found[match[1]] = match[2].split()
        kept.append("" if match else line)
    return "\n".join(kept), found


@functools.cache
def compiled(grammar_file: str, start: str = "start") -> tuple[_Lexer, Recogniser]:
    """The lexer and the parser of a grammar, given by the name of its file in ``grammars/``."""
    notation, own = directives((FOLDER / grammar_file).read_text("utf-8"))
    if own.get("lexer") != ["longest"]:
        raise NotImplementedError("only %lexer longest")
    grammar, _ = load_grammar(notation, grammar_file, [], False)
    terminals, rules, ignored = grammar.compile([start], ())
    indentation = None
    if "indentation" in own:
        newline, indent, dedent, *brackets = own["indentation"]
        indentation = _Indentation(newline, indent, dedent, frozenset(brackets[::2]), frozenset(brackets[1::2]))
    return _Lexer(terminals, frozenset(ignored), indentation), Recogniser(rules, start)


def accepts(grammar_file: str, text: str, start: str = "start") -> bool:
    """Whether ``text`` is a text of ``grammars/<grammar_file>``."""
    lexer, recogniser = compiled(grammar_file, start)
    return recogniser.accepts(lexer.words(text))
