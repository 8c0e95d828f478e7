"""Tools and values in free code: the tools' names, their arguments' names, and the keys of what schemas describe.

No server is asked: all names come from the schemas. A variable that the code may have bound anew, and an object that
may have keys which its schema doesn't list, are unconstrained.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, Literal

from structgen.errors import ArgumentError, StructgenError
from structgen.grammar.tools import read_tools
from structgen.monitors import braces_text, python_text
from structgen.monitors.answers import BEFORE_NO_EQUALS, IDENTIFIER, NOT_IDENTIFIER, Answer, Others
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.shapes import SchemaShape, Shape, shape_of
from structgen.monitors.texts import check_texts
from structgen.monitors.tool_places import Place, Reading, find_place

__all__ = ["Tools"]

_NAME: Final = re.compile(r"[^\W\d]\w*")
_DOTTED: Final = re.compile(r"(?:[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*)?")
_BLANKS: Final = b" \t\r\n"


class Tools(Monitor):
    """Calls of tools, and uses of values, that name only what their schemas declare.

    Parameters
    ----------
    tools : functions, Pydantic models and other types of objects, or dicts, as ``structgen.grammar.tool_calls`` takes
        them. A function's return type, and a dict's ``outputSchema``, tell what the call gives.
    values : variables of the code, each with what ``schema=`` takes: a JSON Schema or a type
    receiver : what the tools are called on, such as ``"tools"`` or ``"client.tools"``; "" where they are functions
    language : in Python an argument is a keyword, in JavaScript (and TypeScript) a key of the one object that is given
    prefix : the text before what is generated

    Raises
    ------
    ArgumentError
        A tool's name can't be written in code, there is neither a tool nor a value, or an argument has another form.
    SchemaError
        No JSON Schema can be made of a tool or a value.
    """

    triggers = b".(,{\"'"
    max_questions = sys.maxsize  # nobody is asked

    def __init__(
        self,
        tools: Iterable[Any] = (),
        *,
        values: Mapping[str, Any] | None = None,
        receiver: str = "tools",
        language: Literal["python", "javascript"] = "python",
        prefix: str = "",
    ) -> None:
        super().__init__()
        if language not in ("python", "javascript"):
            raise ArgumentError("language= is 'python' or 'javascript'", reason=f"got {language!r}")
        if not isinstance(receiver, str) or _DOTTED.fullmatch(receiver) is None:
            raise ArgumentError("receiver= is a name, or names with dots between", reason=f"got {receiver!r:.100}")
        given = list(tools) if isinstance(tools, Iterable) and not isinstance(tools, (str, Mapping)) else tools
        found = {tool.name: tool for tool in read_tools(given)} if given or not values else {}
        for name in (*found, *(values or {})):
            if _NAME.fullmatch(name) is None:
                raise ArgumentError(f"{name!r:.100} can't be named in code", hint="a name of letters, digits and _")
        assert isinstance(given, list), "read_tools refuses anything else"
        parameters = {name: SchemaShape([tool.parameters], tool.parameters) for name, tool in found.items()}
        is_python = language == "python"
        results = {
            name: shape
            for name, tool in zip(found, given, strict=True)
            if (shape := _result(tool, is_python)) is not None
        }
        shapes = {name: shape_of(value, has_attributes=is_python) for name, value in (values or {}).items()}
        self._reading = Reading(receiver, parameters, results, shapes, is_python)
        self._roots = tuple(
            root.encode() for root in {*shapes, *([receiver.partition(".")[0]] if receiver else parameters)}
        )
        check_texts(prefix=prefix)
        self._prefix = prefix
        self._answers_of: dict[tuple[Place, bytes], Answer] = {}
        self._last: tuple[bytes, Place | None] | None = None

    @property
    def key(self) -> object:
        return Tools, self._roots

    def is_alert(self, text: bytes) -> bool:
        """Whether the code has named a tool or a value, wholly or in part."""
        whole = self._prefix.encode() + text
        return any(root in whole for root in self._roots) or _begins(whole, self._roots)

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        before = prefix[:-1].rstrip()
        if not is_alert and not any(root in prefix for root in self._roots):
            return False
        if prefix.endswith(b"."):
            return not before or before[-1] in IDENTIFIER or before[-1] in b"])?!"
        if prefix.endswith((b'"', b"'")):
            return not before or before[-1] in b"[({,"
        return True

    def is_site(self, text: bytes) -> bool:
        return self._place(text) is not None

    def least(self, text: bytes) -> Others | None:
        place = self._place(text)
        is_free = place is not None and place.kind == "keyword" and not place.must_be_named
        return BEFORE_NO_EQUALS if is_free else None

    def question(self, text: bytes) -> Hashable:
        return self._place(text), text[-1:]

    def ask(self, text: bytes) -> Answer:
        place = self._place(text)
        if place is None:
            raise Unanswered("unknown")
        question = place, text[-1:]
        known = self._answers_of.get(question)
        if known is None:
            known = self._answers_of[question] = _answer(*question)
        return known

    def _place(self, text: bytes) -> Place | None:
        if self._last is None or self._last[0] != text:
            self._last = text, self._found(self._prefix + text.decode("utf-8", "replace"))
        return self._last[1]

    def _found(self, text: str) -> Place | None:
        blanked = python_text.blanked if self._reading.is_python else braces_text.blanked
        code, unfinished = blanked(text)
        is_quote = text.endswith(('"', "'"))
        if not unfinished:
            return None if is_quote else find_place(self._reading, text, code, in_string=False)
        if not is_quote or blanked(text[:-1])[1]:
            return None  # inside a string or a comment
        return find_place(self._reading, text, code, in_string=True)


def _begins(text: bytes, roots: Iterable[bytes]) -> bool:
    """Whether a root's beginning ends the text."""
    return any(text.endswith(root[:length]) for root in roots for length in range(1, len(root)))


def _result(tool: Any, has_attributes: bool) -> Shape | None:
    """The shape of what a tool's call gives; None where that isn't told."""
    if isinstance(tool, dict):
        inner: dict[str, Any] = tool["function"] if isinstance(tool.get("function"), dict) else tool
        schema = inner.get("outputSchema", inner.get("output_schema"))
        return SchemaShape([schema], schema) if isinstance(schema, (dict, bool)) else None
    if not inspect.isroutine(tool):
        return None
    try:
        given = inspect.signature(tool, eval_str=True).return_annotation
    except Exception:  # annotations that can't be read, or a function without a signature
        return None
    if given is inspect.Signature.empty or given is None or given is Any:
        return None
    try:
        return shape_of(given, has_attributes=has_attributes)
    except StructgenError:  # a result of any type will do: its names just aren't known
        return None


def _answer(place: Place, trigger: bytes) -> Answer:
    if place.kind == "keyword":
        return Answer(
            (),
            ends=dict.fromkeys(place.names - place.used, b"="),
            skips=_BLANKS,
            exits=NOT_IDENTIFIER,
            others=None if place.must_be_named else BEFORE_NO_EQUALS,
            may_be_absent=True,
        )
    if place.kind == "quoted":
        names = [name for name in place.names if not re.search(r"[\x00-\x1f\"'\\\x7f]", name)]
        if not names:
            raise Unanswered("unknown")
        return Answer((), ends=dict.fromkeys(names, trigger), blanks=b"")
    names = [name for name in place.names if _NAME.fullmatch(name)]
    if not names:
        raise Unanswered("unknown")
    if place.kind == "bare":
        return Answer((), ends=dict.fromkeys(names, b":,}"), skips=_BLANKS, exits=b"\"'`}[./")
    return Answer(names)  # no blanks after the dot: where one name is left, it is forced
