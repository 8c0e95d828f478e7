"""Functions of a type's own and of pydantic that check values: what a schema can say of them, and a remark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from structgen.schema.remarks import remarked

__all__ = ["may_refuse", "shown", "validated"]

_KEYWORDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_ANY_PATH: Final = "GenerateSchema._path_schema.<locals>.path_validator"
"""pydantic's function that makes a path of any text."""


def validated(made: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Remark on a function that may refuse values."""
    function: Callable[..., Any] = schema["function"]["function"]
    if getattr(function, "__qualname__", "") == _ANY_PATH:
        return made
    # how pydantic checks the bounds of what is no number alone
    if isinstance(function, partial) and function.func.__module__.startswith("pydantic."):
        for name, bound in function.keywords.items():
            if name in _KEYWORDS and isinstance(bound, (int, float)):
                made = {_KEYWORDS[name]: bound, **made}
    return remarked(made, "type", may_refuse(function))


def may_refuse(function: Callable[..., Any]) -> str:
    """The remark on a function."""
    if isinstance(function, partial):
        return may_refuse(function.func).replace("()", f"({shown(function.keywords)})")
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"the function {name[-100:]}() may refuse values"


def shown(options: Mapping[str, Any]) -> str:
    """Options as a call has them."""
    return ", ".join(f"{name}={value}" for name, value in options.items())
