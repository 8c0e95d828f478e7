"""JSON Pointers and relative ones, and UUIDs.

Sources: RFC 6901, section 3; draft-handrews-relative-json-pointer-01 up to 2019-09, and for 2020-12
draft-bhutton-relative-json-pointer-00, where an index may be moved; RFC 4122, section 3.
"""

from __future__ import annotations

from typing import Final

from structgen.regex.kinds import Node
from structgen.regex.patterns import parse

__all__ = ["json_pointer", "moving_relative_json_pointer", "relative_json_pointer", "uuid"]

_POINTER: Final = "(?:/(?:[^~/]|~[01])*)*"


def json_pointer() -> Node:
    """``json-pointer``, as a string's value: no fragment of a URI."""
    return parse(_POINTER)


def relative_json_pointer() -> Node:
    """``relative-json-pointer`` before 2020-12."""
    return parse(f"(?:0|[1-9][0-9]*)(?:#|{_POINTER})")


def moving_relative_json_pointer() -> Node:
    """``relative-json-pointer`` of 2020-12."""
    return parse(f"(?:0|[1-9][0-9]*)(?:#|(?:[+-][1-9][0-9]*)?{_POINTER})")


def uuid() -> Node:
    """``UUID``, of any version and variant."""
    return parse("[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
