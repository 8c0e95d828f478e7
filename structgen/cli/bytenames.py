"""Bytes as a person would name them."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = {0x20: "space", 0x09: "tab", 0x0A: "line feed", 0x0D: "carriage return"}


def describe_ranges(ranges: Sequence[tuple[int, int]]) -> str:
    """Name ranges of bytes: ``'a' to 'z' or space``."""
    return " or ".join(_describe(low, high) for low, high in ranges)


def _describe(low: int, high: int) -> str:
    between = "" if low == high else " or " if low + 1 == high else " to "
    return _name(low) + (between and between + _name(high))


def _name(byte: int) -> str:
    if byte in _NAMES:
        return _NAMES[byte]
    return repr(chr(byte)) if 0x20 < byte < 0x7F else f"byte 0x{byte:02X}"
