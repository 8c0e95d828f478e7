"""GBNF, the notation of llama.cpp: ``root ::= "a" [b-d]* (x | y){1,3}``.

A rule ends with its line, except inside parentheses and after ``::=`` and ``|``. What llama.cpp takes only in part is
exact here: a repetition of more than 2,000 times isn't endless, and left recursion is no error. What it takes silently
for something else is refused: an empty class, a range that ends before it begins, a second definition of a rule. Its
notation for the tokens of a vocabulary, ``<think>``, is refused as well: grammars are over texts.

Source: llama.cpp, `grammars/README.md` and `src/llama-grammar.cpp`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args

from structgen.grammar.expressions import Grammar, Place
from structgen.grammar.folding import Either, Leaf, Name, Part, Series, Times
from structgen.grammar.notation import Misspelled, Rule, read_rules
from structgen.regex import CharSet, characters, literal

__all__ = ["read_gbnf"]

_NOTATION: Final = r"""
start: (rule _NEWLINE)* rule?
rule: NAME _DEFINED alternatives
alternatives: sequence (_OR sequence)*
sequence: item*
?item: name | text | charset | any_character | token
     | "(" alternatives ")"
     | item OPERATOR -> repeated
     | item COUNTS -> counted
name: NAME
text: TEXT
charset: CLASS
any_character: "."
token: TOKEN
NAME: /[A-Za-z0-9_-]+/
_DEFINED: "::="
_OR: "|"
TEXT: /"(?:[^"\\]|\\.)*"/s
CLASS: /\[(?:[^\]\\]|\\.)*\]/s
OPERATOR: /[*+?]/
COUNTS: /\{\s*[0-9]+\s*(?:,\s*(?:[0-9]+\s*)?)?\}/
TOKEN: /!?<(?:\[[0-9]+\]|[^>\r\n]*)>/
_NEWLINE: /[\r\n]/
%ignore /[ \t]+/
%ignore /#[^\r\n]*/
"""

_NAMES: Final = {
    "NAME": "a rule's name",
    "_DEFINED": "'::='",
    "_OR": "'|'",
    "TEXT": 'a "text"',
    "CLASS": "a [class]",
    "LPAR": "'('",
    "RPAR": "')'",
    "_NEWLINE": "a new line",
}


def read_gbnf(text: str, *, start: str = "root") -> Grammar:
    """The grammar of a text in GBNF.

    Raises
    ------
    GrammarError
        It isn't GBNF.
    LimitExceededError
        A rule nests too deep.
    """
    return read_rules(_parser(), _NAMES, text, start)


class _Lines:
    """Keeps of the new lines those that end a rule."""

    always_accept = ("_NEWLINE",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth, may_end = 0, False
        for token in stream:
            if token.type == "_NEWLINE":
                if depth == 0 and may_end:
                    yield token
                    may_end = False
                continue
            if token.type == "LPAR":
                depth += 1
            elif token.type == "RPAR":
                depth -= 1
            may_end = token.type not in ("_DEFINED", "_OR")
            yield token


@v_args(inline=True)
class _Rules(Transformer[Token, Any]):
    """From the parser's tokens to parts, while it parses."""

    def start(self, *rules: Rule) -> list[Rule]:
        return list(rules)

    def rule(self, name: Token, part: Part) -> Rule:
        return Rule(str(name), part, _place(name))

    def alternatives(self, *parts: Part) -> Part:
        return parts[0] if len(parts) == 1 else Either(parts)

    def sequence(self, *parts: Part) -> Part:
        return parts[0] if len(parts) == 1 else Series(parts)

    def name(self, name: Token) -> Part:
        return Name(str(name), _place(name))

    def text(self, token: Token) -> Part:
        codes = [code for code, _ in _codes(token, 1, len(token) - 1)]
        for code in codes:
            if 0xD800 <= code < 0xE000:
                raise Misspelled(f"U+{code:04X} is a surrogate, which no text has", token.start_pos or 0)
        return Leaf(literal("".join(map(chr, codes))), str(token), is_literal=True)

    def any_character(self) -> Part:
        return Leaf(characters(CharSet.ANY), ".", is_literal=False)

    def token(self, token: Token) -> Part:
        raise Misspelled(
            f"{str(token)!r} is a token of a vocabulary, and a grammar is over texts",
            token.start_pos or 0,
            hint='its text, in quotes: "<think>"',
        )

    def charset(self, token: Token) -> Part:
        offset = token.start_pos or 0
        is_negated = token.startswith("[^")
        ranges: list[tuple[int, int]] = []
        codes = list(_codes(token, 2 if is_negated else 1, len(token) - 1))
        if not codes:
            raise Misspelled(
                "a class without characters", offset, hint='"" for the empty text, or "." for any character'
            )
        index = 0
        while index < len(codes):
            low, at = codes[index]
            # A hyphen that is escaped, or the last, is one.
            if index + 2 < len(codes) and token[codes[index + 1][1]] == "-":
                high = codes[index + 2][0]
                if high < low:
                    raise Misspelled("a range that ends before it begins", offset + at)
                index += 3
            else:
                high = low
                index += 1
            ranges.append((low, high))
        charset = CharSet.of_ranges(ranges)
        return Leaf(characters(~charset if is_negated else charset), str(token), is_literal=False)

    def repeated(self, part: Part, operator: Token) -> Part:
        return Times(part, *_OPERATORS[operator[0]])

    def counted(self, part: Part, counts: Token) -> Part:
        numbers = re.findall("[0-9]+", counts)
        low = int(numbers[0])
        high = (None if "," in counts else low) if len(numbers) == 1 else int(numbers[1])
        if high is not None and high < low:
            raise Misspelled(f"{str(counts)!r} ends before it begins", counts.start_pos or 0)
        return Times(part, low, high)


_OPERATORS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_ESCAPES: Final = {"n": 10, "r": 13, "t": 9, "\\": 92, '"': 34, "[": 91, "]": 93, "-": 45}
_DIGITS: Final = {"x": 2, "u": 4, "U": 8}


def _codes(token: Token, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The characters that part of a token spells, each with its offset in the token."""
    offset = token.start_pos or 0
    at = begin
    while at < end:
        if token[at] != "\\":
            yield ord(token[at]), at
            at += 1
            continue
        kind = token[at + 1]
        if kind in _ESCAPES:
            yield _ESCAPES[kind], at
            at += 2
            continue
        if kind not in _DIGITS:
            raise Misspelled(
                f"unknown escape: '\\{kind}'", offset + at,
                hint=r'one of \n \r \t \\ \" \[ \] \- \xHH \uHHHH \UHHHHHHHH',
            )  # fmt: skip
        digits = token[at + 2 : min(end, at + 2 + _DIGITS[kind])]
        if not re.fullmatch(f"[0-9a-fA-F]{{{_DIGITS[kind]}}}", digits):
            raise Misspelled(f"'\\{kind}' needs {_DIGITS[kind]} hexadecimal digits", offset + at)
        code = int(digits, 16)
        if code > 0x10FFFF:
            raise Misspelled(f"'\\{kind}{digits}' is beyond U+10FFFF", offset + at)
        yield code, at
        at += 2 + _DIGITS[kind]


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


@functools.cache
def _parser() -> Lark:
    return Lark(_NOTATION, parser="lalr", lexer="basic", transformer=_Rules(), postlex=_Lines())
