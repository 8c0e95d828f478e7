"""How JSON is written: the choices that a compiled schema makes where the schema itself leaves them open."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["DEFAULT_MAX_WHITESPACE", "PropertyOrder", "Writing"]

DEFAULT_MAX_WHITESPACE = 256
"""Bytes of whitespace in a row, between two of JSON's tokens."""

PropertyOrder = Literal["schema", "any"]


class Writing(NamedTuple):
    """How texts are written.

    ``property_order`` "schema": declared properties in their order, then the others. ``max_whitespace`` None: no bound.
    """

    property_order: PropertyOrder = "schema"
    max_whitespace: int | None = DEFAULT_MAX_WHITESPACE
