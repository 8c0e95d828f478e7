"""EBNF as W3C recommendations write it: ``Name ::= NameStartChar (NameChar)* - 'xml'``.

``#xN`` is a character by its number, ``[a-z#xB7]`` a class, ``[^...]`` its complement, ``A - B`` the texts of A that
are none of B (both must be regular). Comments ``/* ... */``, constraints ``[wfc: ...]`` and ``[vc: ...]``, and the
numbers of productions, ``[12]`` before a name, mean nothing. A rule ends where the next one begins.

Source: "Extensible Markup Language (XML) 1.0", fifth edition, section 6.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args

from structgen.grammar.expressions import Grammar, Place
from structgen.grammar.folding import Either, Except, Leaf, Name, Part, Series, Times
from structgen.grammar.notation import Misspelled, Rule, read_rules
from structgen.regex import CharSet, characters, literal

__all__ = ["read_ebnf"]

_NOTATION: Final = r"""
start: rule*
rule: HEAD "::=" alternatives
alternatives: sequence ("|" sequence)*
sequence: difference*
?difference: item
     | difference MINUS item -> excepted
?item: name | text | charset | character
     | "(" alternatives ")"
     | item OPERATOR -> repeated
name: NAME
text: TEXT
charset: CLASS
character: CODE
HEAD.3: /[A-Za-z_][A-Za-z0-9_.-]*(?=(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*::=)/
NAME: /[A-Za-z_][A-Za-z0-9_.-]*/
TEXT: /"[^"]*"|'[^']*'/
CODE: /#x[0-9A-Fa-f]+/
CLASS: /\[\^?[^\]]+\]/
OPERATOR: /[*+?]/
MINUS: "-"
NUMBER.3: /\[[0-9]+[a-z]*\](?=\s*[A-Za-z_][A-Za-z0-9_.-]*\s*::=)/
CONSTRAINT.3: /\[\s*(?:wfc|vc|WFC|VC)\s*:[^\]]*\]/
COMMENT: /\/\*(?:[^*]|\*(?!\/))*\*\//
%ignore NUMBER
%ignore CONSTRAINT
%ignore COMMENT
%ignore /\s+/
"""

_NAMES: Final = {
    "HEAD": "a rule: name ::= ...",
    "NAME": "a rule's name",
    "VBAR": "'|'",
    "TEXT": "a 'text'",
    "CODE": "#xN",
    "CLASS": "a [class]",
    "LPAR": "'('",
    "RPAR": "')'",
}


def read_ebnf(text: str, *, start: str | None = None) -> Grammar:
    """The grammar of a text in W3C's EBNF; it starts with the first rule unless another is named.

    Raises
    ------
    GrammarError
        It isn't EBNF, or excepts something from recursive rules.
    LimitExceededError
        A rule nests too deep.
    """
    return read_rules(_parser(), _NAMES, text, start)


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

    def excepted(self, part: Part, minus: Token, without: Part) -> Part:
        return Except(part, without, _place(minus))

    def repeated(self, part: Part, operator: Token) -> Part:
        return Times(part, *_OPERATORS[operator[0]])

    def name(self, name: Token) -> Part:
        return Name(str(name), _place(name))

    def text(self, token: Token) -> Part:
        return Leaf(literal(token[1:-1]), str(token), is_literal=True)

    def character(self, token: Token) -> Part:
        code = _code(token, token.start_pos or 0)
        if 0xD800 <= code < 0xE000:
            raise Misspelled(f"{str(token)!r} is a surrogate, which no text has", token.start_pos or 0)
        return Leaf(literal(chr(code)), str(token), is_literal=True)

    def charset(self, token: Token) -> Part:
        offset = token.start_pos or 0
        is_negated = token.startswith("[^") and len(token) > 3
        ranges: list[tuple[int, int]] = []
        for found in _RANGE.finditer(token, 2 if is_negated else 1, len(token) - 1):
            low = _code(found[1], offset + found.start())
            high = low if found[2] is None else _code(found[2], offset + found.start(2))
            if high < low:
                raise Misspelled("a range that ends before it begins", offset + found.start())
            ranges.append((low, high))
        charset = CharSet.of_ranges(ranges)
        return Leaf(characters(~charset if is_negated else charset), str(token), is_literal=False)


_OPERATORS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
# A hyphen that is first or last is one.
_RANGE: Final = re.compile(r"(#x[0-9A-Fa-f]+|.)(?:-(#x[0-9A-Fa-f]+|.))?", re.DOTALL)


def _code(spelling: str, offset: int) -> int:
    code = int(spelling[2:], 16) if len(spelling) > 1 else ord(spelling)
    if code > 0x10FFFF:
        raise Misspelled(f"{str(spelling)!r} is beyond #x10FFFF", offset)
    return code


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


@functools.cache
def _parser() -> Lark:
    return Lark(_NOTATION, parser="lalr", lexer="basic", transformer=_Rules())
