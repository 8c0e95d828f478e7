"""What the readers of notations like ``name ::= ...`` share: the parser's run, its errors, and the grammar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.expressions import Grammar, Place
from structgen.grammar.folding import Part, fold
from structgen.grammar.places import Lines, refusal

__all__ = ["Misspelled", "Rule", "read_rules", "syntax_error"]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A definition."""

    name: str
    part: Part
    place: Place


class Misspelled(Exception):
    """A token that the notation's parser takes, and that means nothing; ``offset`` counts inside the text."""

    def __init__(self, what: str, offset: int, *, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.offset, self.hint = what, offset, hint


def read_rules(parser: Lark, names: Mapping[str, str], text: str, start: str | None) -> Grammar:
    """The grammar of a text that ``parser`` turns into a list of rules; without ``start``, the first is the start.

    ``names`` say what the parser's tokens are called.
    """
    try:
        rules: list[Rule] = parser.parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise syntax_error(error, text, names) from None
    except Misspelled as error:
        raise refusal(error.what, text, Lines(text).place(error.offset), hint=error.hint) from None
    except RecursionError:
        raise LimitExceededError("nesting of a rule", "as deep as Python's stack goes") from None
    if not rules:
        raise refusal("there are no rules", text, None, hint="name ::= ...")
    parts: dict[str, Part] = {}
    places: dict[str, Place] = {}
    for rule in rules:
        if rule.name in parts:
            first = places[rule.name]
            raise refusal(
                f"rule {rule.name!r} is defined twice", text, rule.place,
                hint=f"one definition with alternatives; the first is in line {first.line}",
            )  # fmt: skip
        parts[rule.name], places[rule.name] = rule.part, rule.place
    start = start if start is not None else rules[0].name
    return Grammar(fold(parts, start, text), start, places=places, source=text)


def syntax_error(error: UnexpectedInput, text: str, names: Mapping[str, str]) -> GrammarError:
    """The error for what a parser didn't expect."""
    expected: set[str] = set()
    if isinstance(error, UnexpectedCharacters):
        place, what = Place(error.line, error.column), f"unexpected {error.char!r}"
        expected = set(error.allowed or ())
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        place, what = Place(error.line, error.column), f"unexpected {str(error.token)!r}"
        expected = set(error.accepts or error.expected)
        if not error.token.strip():
            what = f"unexpected {names.get(error.token.type, 'space').removeprefix('a ')}"
    else:
        place, what = Lines(text).place(len(text.rstrip())), "unexpected end of the grammar"
        expected = set(getattr(error, "accepts", None) or getattr(error, "expected", None) or ())
    wanted = sorted({names[one] for one in expected if one in names})
    hint = " or ".join(wanted)
    if isinstance(error, UnexpectedCharacters):
        hint = {'"': "a closing quote", "'": "a closing quote", "[": "a closing bracket"}.get(error.char, hint)
    return refusal(what, text, place, hint=hint)
