"""Calls in Python: which arguments a text gives, which parameters a callee has, and what may still stand.

Everything is a union over the callee's overloads that fit what was written; where none fits, nothing is known. What is
unpacked (``*`` or ``**``) may give any number of arguments, so that no number is asked for after it.

Source: Python's reference, "Calls"; the labels of signatures as language servers write them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from structgen.monitors.answers import (
    ANY_NAME,
    BEFORE_NO_EQUALS,
    BEFORE_NO_EQUALS_OPEN,
    KEYWORD,
    NOT_IDENTIFIER,
    Answer,
    Others,
)
from structgen.monitors.monitor import Unanswered

__all__ = [
    "Arguments",
    "Parameter",
    "Signature",
    "arguments",
    "fitting",
    "may_close",
    "next_argument",
    "read_signature",
]

_WORD: Final = re.compile(r"\blambda\b|\bfor\b|\bin\b|:=|[:,]")
_NAMED: Final = re.compile(r"\s*(\w+)\s*=(?!=)")
_LONE_NAME: Final = re.compile(r"\s*[^\W\d]\w*\s*\Z")
_PIECE: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|->|[(\[{]|[)\]}]|[,:]|=(?!=)")
_SKIPS: Final = b" \t\r\n"
_NO_POSITIONAL: Final = b"*#\\"

Kind = Literal["positional", "either", "keyword", "args", "kwargs"]


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call's text gives: how many arguments by position, and which by name.

    ``current`` is the text of the last one, which may be unfinished; it is counted where it can't become a name.
    """

    positional: int
    named: frozenset[str]
    is_unpacked: bool
    has_mapping: bool
    current: str

    @property
    def must_be_named(self) -> bool:
        """Whether only keywords may follow."""
        return bool(self.named) or self.has_mapping


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a callee; ``annotation`` is "" where there is none."""

    name: str
    kind: Kind
    is_required: bool
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A callee's parameters; ``hidden`` of them, at the beginning, may be bound or not."""

    parameters: tuple[Parameter, ...]
    hidden: int = 0

    def by_position(self) -> list[Parameter]:
        """What arguments without a name go to, in order."""
        return [given for given in self.parameters if given.kind in ("positional", "either")]

    def keywords(self) -> frozenset[str]:
        """What arguments may be named."""
        return frozenset(given.name for given in self.parameters if given.kind in ("either", "keyword"))

    def has(self, kind: Kind) -> bool:
        """Whether a parameter is of ``kind``."""
        return any(given.kind == kind for given in self.parameters)

    def takes(self, given: Arguments) -> bool:
        """Whether a call with these arguments, and maybe more, fits."""
        if not self.has("args") and given.positional > len(self.by_position()) + self.hidden:
            return False
        filled = set() if given.is_unpacked else self._filled(given.positional - self.hidden)
        return not given.named & filled and (self.has("kwargs") or given.named <= self.keywords())

    def takes_another(self, given: Arguments) -> bool:
        """Whether one more argument without a name fits."""
        return self.has("args") or given.positional < len(self.by_position()) + self.hidden

    def left(self, given: Arguments) -> frozenset[str]:
        """The keywords that may still come."""
        filled = set() if given.is_unpacked else self._filled(given.positional - self.hidden)
        return self.keywords() - given.named - filled

    def lacks(self, given: Arguments) -> bool:
        """Whether a parameter that must be given isn't."""
        if given.is_unpacked or given.has_mapping:
            return False
        filled = {id(parameter) for parameter in self.by_position()[: given.positional]}
        return any(
            parameter.is_required and id(parameter) not in filled and parameter.name not in given.named
            for parameter in self.parameters
        )

    def target(self, given: Arguments, name: str) -> Parameter | None:
        """The parameter of the next argument: the one of that name, or, where it is "", the next by position."""
        if name:
            named = [one for one in self.parameters if one.name == name and one.kind in ("either", "keyword")]
            return named[0] if named else None
        places = self.by_position()
        if self.hidden or given.is_unpacked:
            return None
        if given.positional < len(places):
            return places[given.positional]
        return next((one for one in self.parameters if one.kind == "args"), None)

    def _filled(self, positional: int) -> set[str]:
        places = self.by_position()[: max(positional, 0)]
        return {given.name for given in places if given.kind == "either"}


def arguments(inside: str, *, is_closed: bool = False) -> Arguments:
    """The arguments in ``inside``: a call's text in its parentheses, strings blank, nested brackets emptied.

    Where it is not closed, a last argument that is a lone name counts for nothing: it may become a keyword.
    """
    parts, begins, lambdas, in_target = [], 0, 0, False
    for found in _WORD.finditer(inside):
        word = found[0]
        if word == "lambda":
            lambdas += 1
        elif word == ":":
            lambdas = max(lambdas - 1, 0)
        elif word in ("for", "in"):
            in_target = word == "for"
        elif word == "," and not lambdas and not in_target:
            parts.append(inside[begins : found.start()])
            begins = found.end()
    current = inside[begins:]
    if current.strip() and (is_closed or _LONE_NAME.fullmatch(current) is None):
        parts.append(current)
    named = [_NAMED.match(part) for part in parts]
    bare = [part.lstrip() for part, name in zip(parts, named, strict=True) if name is None]
    return Arguments(
        positional=sum(not part.startswith("*") for part in bare),
        named=frozenset(name[1] for name in named if name is not None),
        is_unpacked=any(part.startswith("*") and not part.startswith("**") for part in bare),
        has_mapping=any(part.startswith("**") for part in bare),
        current=current,
    )


def fitting(signatures: Iterable[Signature], given: Arguments) -> list[Signature]:
    """The overloads that what was written fits; `Unanswered` where there is none."""
    found = [signature for signature in signatures if signature.takes(given)]
    if not found:
        raise Unanswered("unknown")
    return found


def may_close(signatures: Sequence[Signature], given: Arguments) -> bool:
    """Whether the call may end with these arguments."""
    found = [signature for signature in signatures if signature.takes(given)]
    return not found or any(not signature.lacks(given) for signature in found)


def next_argument(signatures: Sequence[Signature], given: Arguments) -> Answer:
    """What may stand where the next argument begins; `Unanswered` where anything may."""
    found = fitting(signatures, given)
    may_end = any(not signature.lacks(given) for signature in found)
    any_name = any(signature.has("kwargs") for signature in found)
    by_position = not given.must_be_named and (
        given.is_unpacked or any(signature.takes_another(given) for signature in found)
    )
    names = frozenset[str]().union(*(signature.left(given) for signature in found))
    closer = b")" if may_end else b""
    others: Others | None
    if by_position and any_name:
        if may_end:
            raise Unanswered("unknown")
        others, names = ANY_NAME, frozenset()
        exits = NOT_IDENTIFIER.replace(b")", b"")
    elif by_position:
        others = BEFORE_NO_EQUALS if may_end else BEFORE_NO_EQUALS_OPEN
        exits = NOT_IDENTIFIER if may_end else NOT_IDENTIFIER.replace(b")", b"")
    else:
        others, exits = KEYWORD if any_name else None, _NO_POSITIONAL + closer
    if any_name:
        names = frozenset()
    return Answer((), ends=dict.fromkeys(names, b"="), skips=_SKIPS, exits=exits, others=others, may_be_absent=True)


def read_signature(label: str, listed: Sequence[str]) -> Signature:
    """A signature from its label, such as ``def f(a: int, /, b=1, *, c) -> str``; `Unanswered` where it tells nothing.

    ``listed`` are the parameters that the server names; a receiver is in the label alone where it may be bound.
    """
    pieces = _pieces(label)
    if "..." in pieces:
        raise Unanswered("unknown")
    parameters: list[Parameter] = []
    kind: Kind = "either"
    for piece in pieces:
        if piece == "/":
            parameters = [Parameter(one.name, "positional", one.is_required, one.annotation) for one in parameters]
        elif piece.startswith("*"):
            kind = "keyword"
            name = re.match(r"\*+(\w+)", piece)
            if name is not None:
                mark: Kind = "kwargs" if piece.startswith("**") else "args"
                parameters.append(Parameter(name[1], mark, False, _annotation(piece)))
        else:
            name = re.match(r"\w+", piece)
            if name is None:
                raise Unanswered("unknown")
            has_default = any(found == "=" for found, _ in _outer(piece))
            # a name that begins with two underscores can't be given by name: the older way to write a slash
            own: Kind = "positional" if name[0].startswith("__") and not name[0].endswith("__") else kind
            parameters.append(Parameter(name[0], own, not has_default, _annotation(piece)))
    named = sum(one not in ("*", "/") for one in listed)
    hidden = max(len(parameters) - named, 0)
    return Signature(tuple(parameters[hidden:]), hidden)


def _outer(text: str) -> list[tuple[str, int]]:
    """The marks of ``text`` that are in no bracket, with their places; brackets themselves at their outer ends."""
    depth, found = 0, []
    for mark in _PIECE.finditer(text):
        if mark[0] in ")]}":
            depth -= 1
        if depth == 0:
            found.append((mark[0], mark.start()))
        if mark[0] in "([{":
            depth += 1
    return found


def _pieces(label: str) -> list[str]:
    """The parameters between a label's parentheses."""
    marks = _outer(label)
    opens = next((place for mark, place in marks if mark == "("), None)
    closes = next((place for mark, place in marks if mark == ")"), None)
    if opens is None or closes is None:
        raise Unanswered("unknown")
    inside = label[opens + 1 : closes]
    commas = [-1, *(place for mark, place in _outer(inside) if mark == ","), len(inside)]
    return [inside[a + 1 : b].strip() for a, b in itertools.pairwise(commas) if inside[a + 1 : b].strip()]


def _annotation(piece: str) -> str:
    marks = _outer(piece)
    begins = next((place for mark, place in marks if mark == ":"), None)
    if begins is None:
        return ""
    ends = next((place for mark, place in marks if mark == "=" and place > begins), len(piece))
    return piece[begins + 1 : ends].strip()
