"""Names, texts and paths that callers give, checked before they are used."""

from __future__ import annotations

import os
from collections.abc import Iterable

from structgen.errors import ArgumentError

__all__ = ["check_paths", "check_texts", "texts"]


def texts(given: object, what: str) -> tuple[str, ...]:
    """The texts of a collection, which ``what`` says; ArgumentError where it is none.

    A text alone is none: its letters are hardly meant.
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ArgumentError(f"{what} takes a collection of texts", reason=f"got {given!r}")
    found = tuple(given)
    for one in found:
        if not isinstance(one, str):
            raise ArgumentError(f"{what} takes a collection of texts", reason=f"one is {one!r}")
    return found


def check_texts(**given: object) -> None:
    """Raise ArgumentError unless each argument, by its name, is a text."""
    for name, text in given.items():
        if not isinstance(text, str):
            raise ArgumentError(f"{name}= is a text", reason=f"got {type(text).__name__}")


def check_paths(**given: object) -> None:
    """Raise ArgumentError unless each argument, by its name, is a path."""
    for name, path in given.items():
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(f"{name}= is a path", reason=f"got {type(path).__name__}")
