"""The error tree.

    StructgenError
    ├── SchemaError                  the schema is not a JSON Schema
    │   ├── UnsupportedSchemaError   a keyword that can't be represented exactly
    │   └── UnsatisfiableSchemaError no value is valid
    ├── RegexError                   a pattern that can't be read or isn't regular
    ├── GrammarError                 a grammar that can't be read
    ├── LimitExceededError           a documented bound on time, memory or states was passed
    ├── TokenizerError               the bytes of a tokenizer's tokens can't be known
    ├── ArgumentError                an argument of the wrong kind, size or range (a ValueError too)
    ├── ModelError                   a model that can't be loaded or used
    └── IncompleteOutputError        the budget ended before the text was complete

Every part of a message is an attribute too: what happened, where, why, and a way out.
"""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "GrammarError",
    "IncompleteOutputError",
    "LimitExceededError",
    "ModelError",
    "RegexError",
    "SchemaError",
    "StructgenError",
    "TokenizerError",
    "UnsatisfiableSchemaError",
    "UnsupportedSchemaError",
]


def _lines(what: str, **parts: str | None) -> str:
    labels = {"where": "at", "reason": "why", "hint": "try"}
    return "\n".join([what, *(f"  {labels[name]:<4}{text}" for name, text in parts.items() if text)])


class StructgenError(Exception):
    """Every error that structgen raises on purpose."""


class SchemaError(StructgenError):
    """The schema is malformed; ``pointer`` is the JSON Pointer (as a fragment) of the offending place."""

    def __init__(self, what: str, *, pointer: str = "#", reason: str = "", hint: str = "") -> None:
        super().__init__(_lines(what, where=pointer, reason=reason, hint=hint))
        self.what, self.pointer, self.reason, self.hint = what, pointer, reason, hint


class UnsupportedSchemaError(SchemaError):
    """A keyword that this compiler can't represent exactly, and so refuses."""

    def __init__(self, keyword: str, *, pointer: str, reason: str, hint: str = "") -> None:
        super().__init__(f"unsupported keyword {keyword!r}", pointer=pointer, reason=reason, hint=hint)
        self.keyword = keyword


class UnsatisfiableSchemaError(SchemaError):
    """No JSON value is valid against the schema."""


class RegexError(StructgenError):
    """A pattern that can't be read, or that isn't regular; ``position`` counts characters from 0."""

    def __init__(self, what: str, *, pattern: str, position: int | None = None, hint: str = "") -> None:
        shown = pattern if len(pattern) <= 200 else pattern[:200] + "…"
        where = f"position {position} of {shown!r}" if position is not None else repr(shown)
        super().__init__(_lines(what, where=where, hint=hint))
        self.what, self.pattern, self.position, self.hint = what, pattern, position, hint


class GrammarError(StructgenError):
    """A grammar that can't be read; ``line`` and ``column`` count from 1."""

    def __init__(self, what: str, *, line: int, column: int, excerpt: str, hint: str = "") -> None:
        caret = " " * (column - 1) + "^"
        super().__init__(
            f"{_lines(what, where=f'line {line}, column {column}', hint=hint)}\n    {excerpt}\n    {caret}"
        )
        self.what, self.line, self.column, self.excerpt, self.hint = what, line, column, excerpt, hint


class LimitExceededError(StructgenError):
    """A documented bound was passed; the object that raised it is unchanged and usable."""

    def __init__(self, limit: str, observed: str, *, hint: str = "") -> None:
        super().__init__(_lines(f"limit exceeded: {limit}", where=observed, hint=hint))
        self.limit, self.observed, self.hint = limit, observed, hint


class TokenizerError(StructgenError):
    """The exact bytes of a tokenizer's tokens can't be known, or a text can't be tokenized."""

    def __init__(self, what: str, *, reason: str = "", hint: str = "") -> None:
        super().__init__(_lines(what, reason=reason, hint=hint))
        self.what, self.reason, self.hint = what, reason, hint


class ArgumentError(StructgenError, ValueError):
    """An argument of the wrong kind, size or range."""

    def __init__(self, what: str, *, reason: str = "", hint: str = "") -> None:
        super().__init__(_lines(what, reason=reason, hint=hint))
        self.what, self.reason, self.hint = what, reason, hint


class ModelError(StructgenError):
    """A model that can't be loaded, or can't do what was asked of it."""

    def __init__(self, what: str, *, reason: str = "", hint: str = "") -> None:
        super().__init__(_lines(what, reason=reason, hint=hint))
        self.what, self.reason, self.hint = what, reason, hint


class IncompleteOutputError(StructgenError):
    """The token budget ended before the text was complete.

    ``text`` holds what there is, ``partial`` its readable part.
    """

    def __init__(self, text: str, partial: object = None) -> None:
        shown = text if len(text) <= 200 else "…" + text[-200:]
        super().__init__(_lines("the output is incomplete", where=repr(shown), hint="a larger max_tokens"))
        self.text, self.partial = text, partial
