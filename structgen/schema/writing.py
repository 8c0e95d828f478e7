"""How JSON is written: the choices that a compiled schema makes where the schema itself leaves them open."""

from __future__ import annotations

from typing import Final, Literal

from structgen.errors import ArgumentError
from structgen.regex.spelling import Spelling

__all__ = ["DEFAULT_MAX_WHITESPACE", "Escapes", "PropertyOrder", "Whitespace", "Writing"]

DEFAULT_MAX_WHITESPACE = 256
"""Bytes of whitespace in a row, between two of JSON's tokens."""

MAX_WHITESPACE: Final = 100_000
MAX_INDENT: Final = 64

PropertyOrder = Literal["schema", "any"]
Whitespace = Literal["any", "compact", "spaced", "indented"]
Escapes = Literal["minimal", "any"]

_SPELLINGS: Final = {
    ("minimal", False): Spelling.JSON,
    ("minimal", True): Spelling.JSON_ASCII,
    ("any", False): Spelling.JSON_FREE,
    ("any", True): Spelling.JSON_FREE_ASCII,
}


class Writing:
    """How texts are written. Equal ones are one object, so that they are cheap in keys.

    Attributes
    ----------
    property_order : "schema" or "any"
        "schema": declared properties in their order, then the others.
    max_whitespace : int or None
        Bound on the whitespace that may stand between two tokens; None: no bound. 0 in a fixed layout.
    spelling : Spelling
        How names and strings become bytes.
    after_colon, after_comma, after_open, before_close : bytes
        What a fixed layout writes at these places; the last two in arrays and objects that aren't empty.
    inside : Writing
        How the parts of an array or object are written, where it is written so itself.
    """

    __slots__ = (
        *("after_colon", "after_comma", "after_open", "before_close", "max_whitespace", "property_order", "spelling"),
        *("_depth", "_inside", "_key"),
    )

    property_order: PropertyOrder
    max_whitespace: int | None
    spelling: Spelling
    after_colon: bytes
    after_comma: bytes
    after_open: bytes
    before_close: bytes
    _key: _Key
    _depth: int
    _inside: Writing | None

    def __new__(
        cls,
        property_order: PropertyOrder = "schema",
        max_whitespace: int | None = DEFAULT_MAX_WHITESPACE,
        *,
        whitespace: Whitespace = "any",
        indent: int = 2,
        ensure_ascii: bool = False,
        escapes: Escapes = "minimal",
    ) -> Writing:
        """See ``structgen.compile``.

        Raises
        ------
        ArgumentError
            An option has no such value.
        """
        if property_order not in ("schema", "any"):
            raise ArgumentError(f"property_order is 'schema' or 'any', not {property_order!r}")
        if whitespace not in ("any", "compact", "spaced", "indented"):
            raise ArgumentError(f"whitespace is 'any', 'compact', 'spaced' or 'indented', not {whitespace!r}")
        if max_whitespace is not None and not _is_count(max_whitespace, MAX_WHITESPACE):
            raise ArgumentError(f"max_whitespace is None or from 0 to {MAX_WHITESPACE:,}, not {max_whitespace!r}")
        if not _is_count(indent, MAX_INDENT):
            raise ArgumentError(f"indent is from 0 to {MAX_INDENT}, not {indent!r}")
        if escapes not in ("minimal", "any"):
            raise ArgumentError(f"escapes is 'minimal' or 'any', not {escapes!r}")
        spelling = _SPELLINGS[escapes, bool(ensure_ascii)]
        bound = max_whitespace if whitespace == "any" else 0
        key = (property_order, bound, whitespace, indent if whitespace == "indented" else 0, spelling)
        known = _writings.get(key)
        return known if known is not None else _writings.setdefault(key, _made(key, 0))

    @property
    def inside(self) -> Writing:
        if self._inside is None:
            self._inside = _made(self._key, self._depth + 1) if self._key[2] == "indented" else self
        return self._inside


_Key = tuple[PropertyOrder, int | None, Whitespace, int, Spelling]
_writings: Final[dict[_Key, Writing]] = {}


def _made(key: _Key, depth: int) -> Writing:
    property_order, max_whitespace, whitespace, indent, spelling = key
    made = object.__new__(Writing)
    made.property_order, made.max_whitespace, made.spelling = property_order, max_whitespace, spelling
    made._key, made._depth, made._inside = key, depth, None
    made.after_colon = b"" if whitespace in ("any", "compact") else b" "
    made.after_comma = b" " if whitespace == "spaced" else b""
    made.after_open = made.before_close = b""
    if whitespace == "indented":
        made.after_open = made.after_comma = b"\n" + b" " * (indent * (depth + 1))
        made.before_close = b"\n" + b" " * (indent * depth)
    return made


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
