"""Whether a grammar of the shelf accepts a text, told by lark's own parsers.

``%lexer any`` is tried as LALR first, which is quick and accepts no more, then as Earley over all splits; ``%lexer
longest`` is LALR over the lexer below. Indentation comes from lark's ``Indenter``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import lark.lexer
from lark import Lark, Token
from lark.common import LexerConf
from lark.exceptions import GrammarError, LarkError
from lark.indenter import Indenter
from lark.lexer import Lexer, TerminalDef

# With it lark compares terminals when it builds a lexer, which takes up to 40 s a grammar.
lark.lexer.has_interegular = False

__all__ = ["Notation", "accepts", "notation"]

SHELF: Final = Path(__file__).parents[2] / "grammars"

_LEXER: Final = re.compile(r"^%lexer[ \t]+(any|longest)[ \t]*$", re.MULTILINE)
_INDENTATION: Final = re.compile(r"^%indentation[ \t]+(.+)$", re.MULTILINE)


class Notation:
    """A grammar's text in lark's notation, and what the statements say that lark doesn't know."""

    def __init__(self, text: str) -> None:
        lexer = _LEXER.search(text)
        indentation = _INDENTATION.search(text)
        self.is_longest = lexer is not None and lexer[1] == "longest"
        self.indentation: tuple[str, ...] = tuple(indentation[1].split()) if indentation else ()
        self.lark = _INDENTATION.sub("", _LEXER.sub("", text))


@functools.cache
def notation(grammar_file: str) -> Notation:
    return Notation((SHELF / grammar_file).read_text(encoding="utf-8"))


def accepts(grammar_file: str, text: str, start: str = "start") -> bool:
    """Whether the grammar in ``grammars/`` derives the whole text."""
    return any(_parses(parse, text) for parse in _parsers(grammar_file, start))


def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except LarkError:
        return False
    return True


@functools.cache
def _parsers(grammar_file: str, start: str) -> tuple[Callable[[str], Any], ...]:
    grammar = notation(grammar_file)
    postlex = _indenter(grammar.indentation) if grammar.indentation else None
    if grammar.is_longest:
        return (Lark(grammar.lark, parser="lalr", lexer=LongestMatch, start=start, postlex=postlex).parse,)
    if postlex:
        return (Lark(grammar.lark, parser="lalr", lexer="contextual", start=start, postlex=postlex).parse,)
    exact = Lark(grammar.lark, parser="earley", lexer="dynamic_complete", start=start, ambiguity="resolve").parse
    try:
        quick = Lark(grammar.lark, parser="lalr", lexer="contextual", start=start).parse
    except GrammarError:
        return (exact,)
    return quick, exact


class LongestMatch(Lexer):
    """Each time the longest text of any terminal; of several, the highest priority, literals first, then in order."""

    def __init__(self, lexer_conf: LexerConf) -> None:
        terminals: list[TerminalDef] = [*lexer_conf.terminals]
        self.ignored = frozenset(lexer_conf.ignore)
        self.patterns = [
            (re.compile(terminal.pattern.to_regexp()), terminal.priority, terminal.pattern.type == "str", terminal.name)
            for terminal in terminals
        ]

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]
        text = str(getattr(data, "text", data))
        start = 0
        while start < len(text):
            best: tuple[int, int, bool] = (start, 0, False)
            name = ""
            for pattern, priority, is_literal, candidate in self.patterns:
                match = pattern.match(text, start)
                if match and (match.end(), priority, is_literal) > best and match.end() > start:
                    best = (match.end(), priority, is_literal)
                    name = candidate
            if not name:
                raise LarkError(f"no terminal at {start}")
            if name not in self.ignored:
                yield Token(name, text[start : best[0]])
            start = best[0]


def _indenter(names: tuple[str, ...]) -> Indenter:
    newline, indent, dedent, *brackets = names

    class Blocks(Indenter):
        NL_type = newline
        INDENT_type = indent
        DEDENT_type = dedent
        OPEN_PAREN_types = brackets[::2]
        CLOSE_PAREN_types = brackets[1::2]
        tab_len = 8

    return Blocks()
