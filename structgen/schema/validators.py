"""Functions of a type's own and of pydantic that check values: what a schema can say of them, and a remark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from structgen.schema.remarks import remarked

__all__ = ["may_refuse", "shown", "validated"]

_BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_KEYWORDS: Final = {
    "array": {"min_length": "minItems", "max_length": "maxItems"},
    "object": {"min_length": "minProperties", "max_length": "maxProperties"},
    "string": {"min_length": "minLength", "max_length": "maxLength"},
    "integer": _BOUNDS,
    "number": _BOUNDS,
}
"""The constraints that a schema of one type can say."""
_HARMLESS: Final = ("GenerateSchema._path_schema.<locals>.path_validator", "defaultdict_validator")
"""Functions of pydantic's that refuse nothing."""


def validated(made: dict[str, Any], schema: Any) -> dict[str, Any]:
    """The schema with what a function asserts, or with a remark on what it may refuse."""
    function: Callable[..., Any] = schema["function"]["function"]
    inner = function.func if isinstance(function, partial) else function
    if getattr(inner, "__module__", "").startswith("pydantic."):
        if inner.__qualname__ in _HARMLESS:
            return made
        constraints = function.keywords if isinstance(function, partial) else {}
        keywords = [_KEYWORDS.get(one.get("type"), {}) for one in made.get("anyOf", [made])]
        if constraints and all(_is_said(constraints, known) for known in keywords):
            said = {known[name]: bound for known in keywords for name, bound in constraints.items()}
            return {"allOf": [made, said]} if made.keys() & said.keys() else {**made, **said}
    return remarked(made, "type", may_refuse(function))


def _is_said(constraints: Mapping[str, Any], keywords: Mapping[str, str]) -> bool:
    return all(name in keywords and isinstance(bound, (int, float)) for name, bound in constraints.items())


def may_refuse(function: Callable[..., Any]) -> str:
    """The remark on a function."""
    if isinstance(function, partial):
        return may_refuse(function.func).replace("()", f"({shown(function.keywords)})")
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"the function {name[-100:]}() may refuse values"


def shown(options: Mapping[str, Any]) -> str:
    """Options as a call has them."""
    return ", ".join(f"{name}={value}" for name, value in options.items())
