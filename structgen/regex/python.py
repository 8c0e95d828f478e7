"""Python's ``re`` syntax, read by Python's own parser, so that syntax, flags, classes and case are exactly those of the
running version.

Sets under IGNORECASE are read off compiled one-item patterns, which leaves every rule about case to ``re``.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

from structgen.errors import LimitExceededError, RegexError
from structgen.regex.assertions import (
    TEXT_END,
    TEXT_START,
    Boundary,
    followed_by,
    line_end,
    line_start,
    nonempty_text,
    preceded_by,
    sequence,
)
from structgen.regex.charset import CharSet
from structgen.regex.kinds import Node
from structgen.regex.lookarounds import lookahead
from structgen.regex.nodes import EPSILON, NOTHING, characters, concat, repeat, union, words
from structgen.regex.unicode import all_characters, charset_of_runs

__all__ = ["parse_python"]

# Where Python keeps its parser; without stubs.
parser: Any = importlib.import_module("re._parser")
compiler: Any = importlib.import_module("re._compiler")
sre: Any = importlib.import_module("re._constants")
_EXTRA_CASES: dict[int, tuple[int, ...]] = importlib.import_module("re._casefix")._EXTRA_CASES

_NEWLINE: Final = CharSet.of_text("\n")
# From this many alternatives on, those that are plain texts are kept as a table of words.
_WORDS: Final = 5
# An item of the parser's tree: an operator and its argument.
_Item = tuple[Any, Any]


def parse_python(pattern: str, flags: int, *, lazy: bool = False) -> Node:
    """The expression of a pattern; contextual where it has assertions, or with ``lazy`` lazy repetitions."""
    try:
        parsed = parser.parse(pattern, flags)
    except re.error as error:
        raise RegexError(error.msg, pattern=pattern, position=error.pos) from None
    except RecursionError as error:
        raise LimitExceededError("groups nest as deep as Python's parser goes", str(error)) from None
    except OverflowError as error:  # what Python's parser says of a count
        hint = "a smaller count, or none"
        raise LimitExceededError(f"{sre.MAXREPEAT - 1} repetitions in a pattern", str(error), hint=hint) from None
    try:
        translation = _LazyTranslation(pattern) if lazy and _is_lazy(parsed) else _Translation(pattern)
        return translation.sequence(parsed, parsed.state.flags)
    except RecursionError:
        raise LimitExceededError("groups nest as deep as Python's stack goes", "deeper groups") from None


class _Translation:
    """From the parser's tree to nodes."""

    __slots__ = ("pattern",)

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def refuse(self, what: str, found_by: str, hint: str = "") -> RegexError:
        """An error at the first place of the pattern that looks like the refused construct."""
        place = re.search(found_by, self.pattern)
        return RegexError(what, pattern=self.pattern, position=place.start() if place else None, hint=hint)

    def sequence(self, items: Sequence[_Item], flags: int) -> Node:
        return sequence([self.item(operator, argument, flags) for operator, argument in items])

    def item(self, operator: Any, argument: Any, flags: int) -> Node | Boundary:
        if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.IN):
            return characters(_item_set((operator, argument), flags))
        if operator is sre.ANY:
            return characters(CharSet.ANY if flags & re.DOTALL else ~_NEWLINE)
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, body = argument
            return repeat(self.sequence(body, flags), low, None if high is sre.MAXREPEAT else high)
        if operator is sre.SUBPATTERN:
            _, added, removed, body = argument
            return self.sequence(body, compiler._combine_flags(flags, added, removed))
        if operator is sre.BRANCH:
            return self.branch(argument[1], flags)
        if operator is sre.AT:
            return _anchor(argument, flags)
        if operator in (sre.ASSERT, sre.ASSERT_NOT):
            return self.assertion(argument[0], argument[1], flags, negated=operator is sre.ASSERT_NOT)
        if operator is sre.FAILURE:
            return NOTHING
        return self.unusual(operator, argument, flags)

    def assertion(self, direction: int, body: Any, flags: int, *, negated: bool) -> Node:
        node = self.sequence(body, flags)
        if direction > 0:
            return followed_by(node, negated=negated)
        shortest, longest = body.getwidth()
        if shortest != longest:
            # Nothing here needs that, but a pattern means what it means to `re`.
            raise self.refuse("look-behind requires fixed-width pattern", r"\(\?<[=!]", hint="alternative look-behinds")
        return preceded_by(node, negated=negated)

    def branch(self, branches: Sequence[Sequence[_Item]], flags: int) -> Node:
        texts: list[Sequence[_Item]] = []
        others: list[Sequence[_Item]] = []
        for items in branches:
            is_text = not flags & re.IGNORECASE and all(operator is sre.LITERAL for operator, _ in items)
            (texts if is_text else others).append(items)
        if len(texts) < _WORDS:
            return union(*[self.sequence(items, flags) for items in branches])
        table = words(["".join(chr(argument) for _, argument in items) for items in texts])
        return union(table, *[self.sequence(items, flags) for items in others])

    def unusual(self, operator: Any, argument: Any, flags: int) -> Node:
        if operator is sre.ATOMIC_GROUP:
            return self.atomic(argument, flags)
        if operator is sre.POSSESSIVE_REPEAT:
            low, high, body = argument
            return self.possessive(low, None if high is sre.MAXREPEAT else high, self.sequence(body, flags))
        if operator is sre.GROUPREF:
            what, found_by = "back-references aren't regular", r"\\[1-9]|\(\?P="
        elif operator is sre.GROUPREF_EXISTS:
            what, found_by = "conditional groups aren't supported", r"\(\?\("
        else:
            what, found_by = f"{str(operator).lower()} isn't supported", r"(?!)"
        raise self.refuse(what, found_by, hint="write out the alternatives")

    def atomic(self, items: Sequence[_Item], flags: int) -> Node:
        body = self.sequence(items, flags)
        if body.min_length == body.max_length:
            return body
        if len(items) == 1 and items[0][0] is sre.MAX_REPEAT:
            low, high, inner = items[0][1]
            return self.possessive(low, None if high is sre.MAXREPEAT else high, self.sequence(inner, flags))
        raise self.refuse(
            "an atomic group whose matches at one place differ in length", r"\(\?>", hint="a plain group (?:...)"
        )

    def possessive(self, low: int, high: int | None, body: Node) -> Node:
        """As often as possible: where all iterations have one length, only their number could be given back."""
        if body.min_length != body.max_length:
            raise self.refuse(
                "a possessive repetition of matches that differ in length", r"[*+?}]\+", hint="a plain repetition"
            )
        if body is EPSILON or body is NOTHING or body.max_length == 0:
            return repeat(body, low, high)
        no_more = followed_by(body, negated=True)
        if high is None:
            return concat(repeat(body, low, None), no_more)
        exhausted = repeat(body, high, high)
        return exhausted if low == high else union(exhausted, concat(repeat(body, low, high - 1), no_more))


class _LazyTranslation(_Translation):
    """Lazy repetitions go on only where what follows them, up to the pattern's end, doesn't match yet."""

    __slots__ = ("after", "plain")

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.plain = _Translation(pattern)
        # What follows, whatever its repetitions prefer: here only whether it matches counts.
        self.after = EPSILON

    def sequence(self, items: Sequence[_Item], flags: int) -> Node:
        outer = self.after
        nodes: list[Node | Boundary] = []
        for operator, argument in reversed(items):
            nodes.append(self.item(operator, argument, flags))
            self.after = sequence([self.plain.item(operator, argument, flags), self.after])
        self.after = outer
        return sequence(nodes[::-1])

    def item(self, operator: Any, argument: Any, flags: int) -> Node | Boundary:
        if operator not in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return super().item(operator, argument, flags)
        low, high, body = argument
        outer = self.after
        if high is sre.MAXREPEAT and low <= 1:
            self.after = sequence([repeat(self.plain.sequence(body, flags), 0, None), outer])
        elif high != 1 and _is_lazy(body):
            raise self.refuse(
                "a lazy repetition inside a counted one", r"[*+?}]\?", hint="write out the iterations, or repeat freely"
            )
        node = self.sequence(body, flags)
        self.after = outer
        if operator is sre.MAX_REPEAT:
            return repeat(node, low, None if high is sre.MAXREPEAT else high)
        going_on = sequence([followed_by(outer, negated=True), node])
        rest = None if high is sre.MAXREPEAT else high - low
        return concat(repeat(node, low, low), repeat(going_on, 0, rest))

    def assertion(self, direction: int, body: Any, flags: int, *, negated: bool) -> Node:
        return self.plain.assertion(direction, body, flags, negated=negated)

    def unusual(self, operator: Any, argument: Any, flags: int) -> Node:
        return self.plain.unusual(operator, argument, flags)


def _is_lazy(items: Sequence[_Item]) -> bool:
    """Whether a lazy repetition is inside, other than in an assertion."""
    for operator, argument in items:
        if operator is sre.MIN_REPEAT:
            return True
        if operator is sre.BRANCH:
            bodies = argument[1]
        else:
            bodies = [argument[-1]] if operator in (sre.SUBPATTERN, sre.MAX_REPEAT) else []
        if any(_is_lazy(body) for body in bodies):
            return True
    return False


def _anchor(place: Any, flags: int) -> Node | Boundary:
    multiline = flags & re.MULTILINE
    if place is sre.AT_BEGINNING_STRING or (place is sre.AT_BEGINNING and not multiline):
        return TEXT_START
    if place is sre.AT_BEGINNING:
        return line_start(_NEWLINE)
    if place is sre.AT_END_STRING:
        return TEXT_END
    if place is sre.AT_END:
        return line_end(_NEWLINE) if multiline else lookahead(union(EPSILON, characters(_NEWLINE)))
    word = _category("word", bool(flags & re.ASCII))
    boundary = Boundary(word, place is sre.AT_NON_BOUNDARY)
    if place is sre.AT_NON_BOUNDARY and sys.version_info < (3, 14):
        # Until 3.13, \B doesn't match in the empty text.
        return sequence([boundary, nonempty_text()])
    return boundary


_ESCAPES: Final = {"word": r"\w", "digit": r"\d", "space": r"\s"}


@functools.cache
def _category(name: str, ascii_only: bool) -> CharSet:
    pattern = re.compile(f"{_ESCAPES[name]}+", re.ASCII if ascii_only else re.NOFLAG)
    return charset_of_runs(pattern, all_characters())


@functools.cache
def _cased_characters() -> str:
    """Every character that another one may equal under IGNORECASE."""
    codes = {code for code in range(0x20000) if chr(code).lower() != chr(code) or chr(code).upper() != chr(code)}
    codes |= set(_EXTRA_CASES).union(*_EXTRA_CASES.values())
    codes |= {ord(character) for code in codes for character in chr(code).lower() + chr(code).upper()}
    return "".join(map(chr, sorted(codes)))


def _item_set(item: _Item, flags: int) -> CharSet:
    """The set of a literal, a negated literal or a class."""
    operator, argument = item
    if flags & re.IGNORECASE:
        key = tuple(argument) if operator is sre.IN else argument
        return _caseless_set(operator, key, flags & (re.IGNORECASE | re.ASCII | re.UNICODE))
    if operator is sre.LITERAL:
        return CharSet.of_code(argument)
    if operator is sre.NOT_LITERAL:
        return ~CharSet.of_code(argument)
    negated = bool(argument) and argument[0][0] is sre.NEGATE
    ranges = []
    categories = CharSet.NONE
    for kind, value in argument[1:] if negated else argument:
        if kind is sre.LITERAL:
            ranges.append((value, value))
        elif kind is sre.RANGE:
            ranges.append(value)
        else:
            # "CATEGORY_NOT_WORD" and the like.
            *_, inverted, name = ["", *str(value).lower().removeprefix("category_").split("_")]
            found = _category(name, bool(flags & re.ASCII))
            categories = categories | (~found if inverted == "not" else found)
    charset = CharSet.of_ranges(ranges) | categories
    return ~charset if negated else charset


@functools.lru_cache(maxsize=1024)
def _caseless_set(operator: Any, argument: Any, flags: int) -> CharSet:
    if operator is sre.IN:
        item = (operator, list(argument))
        loop = (sre.MAX_REPEAT, (1, sre.MAXREPEAT, _subpattern(item, flags)))
        return charset_of_runs(_compiled(loop, flags), all_characters())
    literal = CharSet.of_code(argument)
    equals = _compiled((sre.LITERAL, argument), flags)
    # Only characters with case can equal another one, which saves a pass over all of Unicode for each letter.
    same = literal | CharSet.of_text(character for character in _cased_characters() if equals.match(character))
    return same if operator is sre.LITERAL else ~same


def _subpattern(item: _Item, flags: int) -> Any:
    state = parser.State()
    state.flags = flags
    return parser.SubPattern(state, [item])


def _compiled(item: _Item, flags: int) -> re.Pattern[str]:
    compiled: re.Pattern[str] = compiler.compile(_subpattern(item, flags), flags)
    return compiled
